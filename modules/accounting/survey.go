package accounting

import (
	"sync"

	"github.com/tessera-erp/tessera/app/record"
)

// Survey is all that a page shows of a VAT period.
type Survey struct {
	Figures Figures
	Before  *Boxes  // of the period before, as its review froze them or the books have them; nil without one
	Checks  []Check // see [Checks]
	// Adjustments are those of the period, the first written first.
	Adjustments []Adjustment
}

// SurveyOf looks a VAT period over, for a page. It adds the documents up again only when
// there are others than at the last look. What it returns is shared, and not to be changed.
// Errors: as for [Compute].
func SurveyOf(e *record.Env, p Period) (Survey, error) {
	if err := mayRead(e, int64(p.CompanyID)); err != nil {
		return Survey{}, err
	}
	act := e.Sudo("survey of the VAT period")
	b, seen, err := record.Part[ledger](e.Registry()).of(act, p)
	if err != nil {
		return Survey{}, err
	}
	s := Survey{Figures: b.figures, Adjustments: b.figures.adjustments, Checks: judge(p, b, seen)}
	s.Before, err = boxesBefore(act, p)
	return s, err
}

// boxesBefore are those of the period before a period, nil without one. Nothing is posted
// into a closed one, so that what was frozen there still holds.
func boxesBefore(act *record.Env, p Period) (*Boxes, error) {
	before, ok, err := Previous(act, p)
	if err != nil || !ok {
		return nil, err
	}
	if before.State == Closed && before.Figures != "" {
		return &Boxes{before.Box1, before.Box2, before.Box3, before.Box4, before.Box5, before.Box6, before.Box7, before.Box8, before.Box9}, nil
	}
	b, _, err := record.Part[ledger](act.Registry()).of(act, before)
	return &b.figures.Boxes, err
}

// ledger keeps what was booked in periods, by what it was made of. Adding up takes longer
// than all else on a page; finding out that there is nothing new is one look at an index.
type ledger struct {
	mu   sync.Mutex
	held map[folio]entry
}

// folio is a period as somebody sees it: figures name tax codes.
type folio struct {
	company, period int64 // the period is 0 for days that the books have no period of
	starts, ends    record.Date
	lang            string
}

type entry struct {
	made   contents
	booked booked
}

// mostFolios bounds what is kept: people look at one or two periods of their company.
const mostFolios = 200

// of returns what is booked in a period, and what was seen before it was added up: what is
// posted meanwhile makes the next look differ.
func (l *ledger) of(act *record.Env, p Period) (booked, glance, error) {
	seen, err := glanceAt(act, p)
	if err != nil {
		return booked{}, seen, err
	}
	if act.Database().DB.InTransaction(act.Context) { // what it sees may be undone
		b, err := book(act, p, nil)
		return b, seen, err
	}
	at := folio{int64(p.CompanyID), p.ID, p.Starts, p.Ends, act.Lang}
	l.mu.Lock()
	known, ok := l.held[at]
	l.mu.Unlock()
	if ok && known.made == seen.contents {
		return known.booked, seen, nil
	}
	var taxes taxCodes
	if known.made.codes == seen.codes {
		taxes = known.booked.taxes
	}
	b, err := book(act, p, taxes)
	if err == nil {
		l.keep(at, entry{b.madeOf(seen.contents), b})
	}
	return b, seen, err
}

// madeOf corrects what was seen before by what was read: an adjustment can come and go
// again in between, all else only grows.
func (b booked) madeOf(seen contents) contents {
	seen.adjustments = adjustments{}
	for _, a := range b.figures.adjustments {
		seen.adjustments.count++
		seen.adjustments.ids += a.ID
		seen.adjustments.versions += a.Version
	}
	return seen
}

func (l *ledger) keep(at folio, e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil || len(l.held) >= mostFolios {
		l.held = map[folio]entry{}
	}
	l.held[at] = e
}
