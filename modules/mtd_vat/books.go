package mtdvat

import (
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// What a return does to the books. One that goes to a sandbox is a rehearsal: it is kept,
// marked, and leaves the books as they are. It opens no period, freezes no figures and
// closes nothing. In a demo, where nothing is real, the stand-in plays HMRC itself, and
// what is filed there counts.

// rehearses reports whether what is filed at an API counts for nothing.
func rehearses(env *record.Env, at oauthconsumer.Standing) bool {
	if at.Environment == oauthconsumer.Production {
		return false
	}
	c := web.Within(env.Context)
	return c == nil || !c.App.Demo || at.BaseURL == hmrc.Sandbox.API
}

// unbooked reports whether the period is one that the books do not have.
func (d *filing) unbooked() bool { return d.Rehearsal && d.Period == 0 }

// period is the period of the run: in the books, or for a rehearsal the days that the
// sandbox has named.
func (d *filing) period(env *record.Env) (accounting.Period, error) {
	if d.unbooked() {
		starts, ends, _ := strings.Cut(d.Chosen, "/")
		return accounting.Period{Name: d.Label, CompanyID: record.ID(d.Subject.ID), Starts: record.Date(starts), Ends: record.Date(ends), State: accounting.Open}, nil
	}
	return record.Get[accounting.Period](env, d.Period)
}

// findPeriod finds the period of a company's days in the books, and opens it unless this
// is a rehearsal; then 0 says that the books have none.
func (d *filing) findPeriod(env *record.Env, company int64, c choice) (int64, error) {
	if !d.Rehearsal {
		p, err := accounting.PeriodOf(env, company, c.Starts, c.Ends, c.Due)
		return p.ID, err
	}
	p, err := record.First[accounting.Period](env, record.Query{Order: "id", Filter: domain.And{domain.Cond{Path: "company", Op: domain.Eq, Value: company},
		domain.Cond{Path: "starts", Op: domain.Eq, Value: string(c.Starts)}, domain.Cond{Path: "ends", Op: domain.Eq, Value: string(c.Ends)}}})
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	return p.ID, err
}

// freeze takes the figures that were looked at as those of the return.
func (d *filing) freeze(env *record.Env, p accounting.Period) (accounting.Figures, error) {
	if d.Rehearsal {
		return accounting.Compute(env, p)
	}
	return accounting.Freeze(env, p)
}

// moved tells whether, and how far, the books have moved on since the figures were taken.
func (d *filing) moved(env *record.Env, p accounting.Period) (accounting.Change, error) {
	if !d.Rehearsal {
		c, err := accounting.Changed(env, p)
		c.Since = c.Since || c.Then.Hash != d.Hash
		return c, err
	}
	now, err := accounting.Compute(env, p)
	return accounting.Change{Now: now, Since: now.Hash != d.Hash, Boxes: now.Boxes.Minus(d.Reviewed)}, err
}

// closePeriod closes the period with the figures of the review, or refuses as Conflict
// (key accounting.period.changed) when they are no longer those of the books.
func (d *filing) closePeriod(env *record.Env, p accounting.Period) error {
	change, err := d.moved(env, p)
	if err != nil {
		return err
	}
	if change.Since {
		return fault.New(fault.Conflict, "The books of %s have changed since the review: review the figures again.", p.Name).Keyed("accounting.period.changed", map[string]any{"Period": p.Name})
	}
	if d.Rehearsal {
		return nil
	}
	return accounting.Close(env, p, "")
}

// reopenPeriod takes back that the period was closed.
func (d *filing) reopenPeriod(env *record.Env) error {
	if d.Rehearsal {
		return nil
	}
	p, err := d.period(env)
	if err == nil {
		err = accounting.Reopen(env, p)
	}
	if fault.Is(err, fault.Conflict) {
		return nil // it is open, or was filed otherwise
	}
	return err
}

// lockPeriod says in the books as what the return was filed: from then on for good.
func (d *filing) lockPeriod(env *record.Env, p accounting.Period, reference string) error {
	if d.Rehearsal {
		return nil
	}
	return accounting.SetReference(env, p, reference)
}
