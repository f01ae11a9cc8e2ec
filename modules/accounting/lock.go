package accounting

import (
	"encoding/json"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Freeze keeps the figures of an open VAT period as they are now, at review. What is
// declared later is these; [Changed] tells whether the books have moved on, and [Close]
// refuses if so. Freezing again takes the figures of then.
//
// Errors: Forbidden for who is no accounting manager, Conflict for a closed period.
func Freeze(e *record.Env, p Period) (Figures, error) {
	var f Figures
	err := change(e, p.ID, func(in *record.Env, p *Period) error {
		if p.State == Closed {
			return alreadyClosed(p)
		}
		var err error
		if f, err = Compute(in, *p); err != nil {
			return err
		}
		text, err := json.Marshal(f)
		if err != nil {
			return err
		}
		now := in.Now
		p.Figures, p.FrozenAt, p.FrozenByID = string(text), &now, record.ID(in.User.UserID())
		p.show(f.Boxes)
		return nil
	})
	return f, err
}

// Frozen returns the figures that were frozen at the last review; false when none were.
func Frozen(e *record.Env, p Period) (Figures, bool, error) {
	if err := mayRead(e, int64(p.CompanyID)); err != nil {
		return Figures{}, false, err
	}
	p, err := record.Get[Period](e.Sudo("figures of the review"), p.ID)
	if err != nil || p.Figures == "" {
		return Figures{}, false, err
	}
	var f Figures
	return f, true, json.Unmarshal([]byte(p.Figures), &f)
}

// Change is how the books stand against the figures frozen at review.
type Change struct {
	Then, Now Figures
	Since     bool  // something has changed since
	Boxes     Boxes // how far each box has moved; all zero when only what is behind them has
	URL       string
}

// Changed compares the frozen figures of a period with those of now; Since is false and
// the rest empty when none were frozen. URL lists the documents posted since.
func Changed(e *record.Env, p Period) (Change, error) {
	then, ok, err := Frozen(e, p)
	if err != nil || !ok {
		return Change{}, err
	}
	now, err := Compute(e, p)
	if err != nil {
		return Change{}, err
	}
	c := Change{Then: then, Now: now, Since: then.Hash != now.Hash, Boxes: now.Boxes.Minus(then.Boxes)}
	if p, err = record.Get[Period](e.Sudo("figures of the review"), p.ID); err == nil && p.FrozenAt != nil {
		c.URL = listURL("accounting.invoice", postedSince(p))
	}
	return c, err
}

// Close closes a VAT period for good: nothing is posted into it any more. The figures
// must have been frozen and the books not have changed since; who posts at this moment
// is waited for, or waits and is refused. reference is what the return was filed as, ""
// when it was not filed from here; a period with one is never reopened.
//
// Errors: Forbidden for who is no accounting manager; Conflict for a period that is
// closed, was not reviewed, or has changed since (key accounting.period.changed).
func Close(e *record.Env, p Period, reference string) error {
	return change(e, p.ID, func(in *record.Env, p *Period) error {
		if p.State == Closed {
			return alreadyClosed(p)
		}
		then, ok, err := Frozen(in, *p)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Conflict, "The VAT period %s was not reviewed: freeze its figures first.", p.Name).
				Keyed("accounting.period.unreviewed", map[string]any{"Period": p.Name})
		}
		now, err := Compute(in, *p)
		if err != nil {
			return err
		}
		if now.Hash != then.Hash {
			return fault.New(fault.Conflict, "The books of %s have changed since the review: review the figures again.", p.Name).
				Keyed("accounting.period.changed", map[string]any{"Period": p.Name})
		}
		at := in.Now
		p.State, p.ClosedAt, p.ClosedByID, p.Reference = Closed, &at, record.ID(in.User.UserID()), reference
		return nil
	})
}

// SetReference says as what the return of a closed period was filed, once that is known.
// Errors: Conflict for a period that is open, or was filed as something else.
func SetReference(e *record.Env, p Period, reference string) error {
	return change(e, p.ID, func(_ *record.Env, p *Period) error {
		if p.State != Closed || p.Reference != "" && p.Reference != reference {
			return fault.New(fault.Conflict, "The VAT period %s is not one whose return was just filed.", p.Name).
				Keyed("accounting.period.unfiled", map[string]any{"Period": p.Name})
		}
		p.Reference = reference
		return nil
	})
}

// Reopen takes back that a period was closed, when its return was refused. The figures
// stay frozen. Errors: Conflict for a period that is open, or was filed.
func Reopen(e *record.Env, p Period) error {
	return change(e, p.ID, func(_ *record.Env, p *Period) error {
		if p.State != Closed {
			return fault.New(fault.Conflict, "The VAT period %s is open already.", p.Name).Keyed("accounting.period.open", map[string]any{"Period": p.Name})
		}
		if p.Reference != "" {
			return fault.New(fault.Conflict, "The return of %s was filed as %s: correct it in a later period.", p.Name, p.Reference).
				Keyed("accounting.period.filed", map[string]any{"Period": p.Name, "Reference": p.Reference})
		}
		p.State, p.ClosedAt, p.ClosedByID = Open, nil, 0
		return nil
	})
}

// change writes a period under locks that keep postings and adjustments out meanwhile.
func change(e *record.Env, id int64, with func(*record.Env, *Period) error) error {
	if !e.Member(GroupManager) {
		return fault.New(fault.Forbidden, "Only an accounting manager decides about VAT periods.").Keyed("accounting.period.forbidden", nil)
	}
	seen, err := record.Get[Period](e, id)
	if err != nil {
		return err
	}
	return e.Write(func(in *record.Env) error {
		if err := hold(in, "base_company", int64(seen.CompanyID), "NO KEY UPDATE"); err != nil {
			return err
		}
		if err := hold(in, "accounting_vat_period", id, "NO KEY UPDATE"); err != nil {
			return err
		}
		act := in.Sudo("VAT period")
		p, err := record.Get[Period](act, id)
		if err != nil {
			return err
		}
		if err := with(in, &p); err != nil {
			return err
		}
		return record.Save(act, &p)
	})
}

func alreadyClosed(p *Period) error {
	return fault.New(fault.Conflict, "The VAT period %s is closed already.", p.Name).Keyed("accounting.period.closed", map[string]any{"Period": p.Name})
}

// show puts the boxes into the fields that lists and forms have.
func (p *Period) show(b Boxes) {
	for i, field := range []*record.Money{&p.Box1, &p.Box2, &p.Box3, &p.Box4, &p.Box5, &p.Box6, &p.Box7, &p.Box8, &p.Box9} {
		*field = b[i]
	}
}
