package accounting

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// Figures are what the books say of a VAT period.
type Figures struct {
	Boxes       Boxes  // as they are declared
	Exact       Boxes  // to the penny in all boxes: what the lists behind them add up to, with the adjustments
	Adjusted    Boxes  // what adjustments add to each box, to the penny
	Lines       [9]int // how many lines each box is made of; 3 and 5 of those of the boxes that they follow from
	Parts       []Part // what the documents add, by tax code and side: every line is in one of them
	Adjustments int
	// Hash changes when anything does that the boxes are made of: posted documents never
	// change, so their number and sums tell.
	Hash string
}

// Part is what the lines of one tax code come to on one side, sales or purchases, credit
// notes and refunds taken off. A part whose TaxID is 0 has no tax code and is in no box.
type Part struct {
	TaxID    int64
	Code     string
	Name     string // of the tax code, in the language of whoever had it computed
	Sales    bool
	Lines    int
	Net, VAT record.Money
	Feed     Feed
}

// In reports whether a part goes into a box; 3 and 5 have the parts of those that they
// follow from.
func (p Part) In(box int) bool {
	return slices.ContainsFunc(sourcesOf(box), func(n int) bool { return slices.Contains(p.Feed.VAT, n) || slices.Contains(p.Feed.Net, n) })
}

// group is what the lines of one tax code and one kind of document come to.
type group struct {
	tax      int64
	kind     string
	count    int
	net, vat record.Money
}

// Compute works out the nine boxes of a VAT period from its posted documents and its
// adjustments. The documents are added up by the database, in one statement however many
// there are. Errors: Forbidden or NotFound for who may not see the company's books.
func Compute(e *record.Env, p Period) (Figures, error) {
	if err := mayRead(e, int64(p.CompanyID)); err != nil {
		return Figures{}, err
	}
	act := e.Sudo("VAT return")
	taxes, err := taxesWhere(act, nil)
	if err != nil {
		return Figures{}, err
	}
	return compute(act, p, taxes)
}

// compute is [Compute] with all tax codes, for who may see the books.
func compute(act *record.Env, p Period, taxes map[record.ID]*Tax) (Figures, error) {
	groups, err := groupsOf(act, p)
	if err != nil {
		return Figures{}, err
	}
	adjustments, err := adjustmentsOf(act, p.ID)
	if err != nil {
		return Figures{}, err
	}
	return figuresOf(groups, taxes, adjustments), nil
}

// Survey is all that a page shows of a VAT period.
type Survey struct {
	Figures Figures
	Before  *Boxes  // of the period before, as its review froze them or the books have them; nil without one
	Checks  []Check // see [Checks]
}

// surveyed is what a survey is remembered by: it names tax codes.
type surveyed struct {
	period int64
	lang   string
}

// surveys are those of a database, while nobody writes to it.
type surveys struct {
	once   sync.Once
	memory *db.Memory[surveyed, Survey]
}

// mostSurveys bounds them: people look at one or two periods of their company. They may
// be a minute old should a process have been killed as it wrote: nothing is filed before
// the figures have been worked out again.
const (
	mostSurveys = 200
	surveyTrust = time.Minute
)

func surveysOf(e *record.Env) *db.Memory[surveyed, Survey] {
	s := record.Part[surveys](e.Registry())
	s.once.Do(func() { s.memory = db.NewMemory[surveyed, Survey](e.Database().DB, mostSurveys, surveyTrust) })
	return s.memory
}

// SurveyOf looks a VAT period over once, for a page, and remembers it until somebody
// writes: it is shared, and not to be changed. Errors: as for [Compute].
func SurveyOf(e *record.Env, p Period) (Survey, error) {
	if err := mayRead(e, int64(p.CompanyID)); err != nil {
		return Survey{}, err
	}
	return surveysOf(e).Of(e.Context, surveyed{p.ID, e.Lang}, func(bool) (Survey, error) { return survey(e.Sudo("survey of the VAT period"), p) })
}

func survey(act *record.Env, p Period) (Survey, error) {
	taxes, err := taxesWhere(act, nil)
	if err != nil {
		return Survey{}, err
	}
	var s Survey
	if s.Figures, err = compute(act, p, taxes); err != nil {
		return Survey{}, err
	}
	if s.Before, err = boxesBefore(act, p, taxes); err != nil {
		return Survey{}, err
	}
	s.Checks, err = checksOf(act, p, s.Figures)
	return s, err
}

// boxesBefore are those of the period before a period, nil without one. Nothing is posted
// into a closed one, so that what was frozen there still holds.
func boxesBefore(act *record.Env, p Period, taxes map[record.ID]*Tax) (*Boxes, error) {
	before, ok, err := Previous(act, p)
	if err != nil || !ok {
		return nil, err
	}
	if before.State == Closed && before.Figures != "" {
		return &Boxes{before.Box1, before.Box2, before.Box3, before.Box4, before.Box5, before.Box6, before.Box7, before.Box8, before.Box9}, nil
	}
	f, err := compute(act, before, taxes)
	return &f.Boxes, err
}

// groupsOf adds the booked lines of a period up by tax code and kind.
func groupsOf(e *record.Env, p Period) ([]group, error) {
	sums, err := record.Totals(e, "accounting.invoice_line", record.Query{Filter: linesIn(p)}, []string{"tax", "invoice.kind"}, []string{"booked_net", "booked_vat"})
	if err != nil {
		return nil, err
	}
	out := make([]group, len(sums))
	for i, s := range sums {
		out[i] = group{count: s.Count, net: record.Money(s.Sums[0]), vat: record.Money(s.Sums[1])}
		if tax, ok := s.Values[0].(*record.Ref); ok && tax != nil {
			out[i].tax = tax.ID
		}
		out[i].kind, _ = s.Values[1].(string)
	}
	slices.SortFunc(out, func(a, b group) int { return cmp.Or(cmp.Compare(a.tax, b.tax), cmp.Compare(a.kind, b.kind)) })
	return out, nil
}

func figuresOf(groups []group, taxes map[record.ID]*Tax, adjustments []Adjustment) Figures {
	f := Figures{Adjustments: len(adjustments)}
	hash := sha256.New()
	var entries []Entry
	for _, g := range groups {
		fmt.Fprintln(hash, g.tax, g.kind, g.count, g.net, g.vat)
		part := Part{TaxID: g.tax, Sales: sold(g.kind)}
		if t := taxes[record.ID(g.tax)]; t != nil {
			part.Code, part.Name, part.Feed = t.Code, t.Name, t.feed(g.kind)
		}
		entries = append(entries, Entry{Net: g.net, VAT: g.vat, Feed: part.Feed})
		at := slices.IndexFunc(f.Parts, func(p Part) bool { return p.TaxID == part.TaxID && p.Sales == part.Sales })
		if at < 0 {
			at, f.Parts = len(f.Parts), append(f.Parts, part)
		}
		f.Parts[at].Lines += g.count
		f.Parts[at].Net += g.net
		f.Parts[at].VAT += g.vat
	}
	for n := range f.Lines {
		for _, p := range f.Parts {
			if p.In(n + 1) {
				f.Lines[n] += p.Lines
			}
		}
	}
	for _, a := range adjustments {
		fmt.Fprintln(hash, a.ID, a.Box, int64(a.Amount))
	}
	f.Exact, f.Adjusted = Exact(entries, adjustments), Exact(nil, adjustments)
	f.Boxes = f.Exact.Rounded()
	f.Hash = hex.EncodeToString(hash.Sum(nil))
	return f
}

// documentsIn are the posted documents whose VAT a period declares.
func documentsIn(p Period) domain.Node { return documentsOf(p, "", Posted) }

// documentsOf are the documents in a state whose VAT date lies in a period, as a filter
// on whatever leads to them by a prefix.
func documentsOf(p Period, prefix, state string) domain.Node {
	return domain.And{
		domain.Cond{Path: prefix + "company", Op: domain.Eq, Value: int64(p.CompanyID)},
		domain.Cond{Path: prefix + "state", Op: domain.Eq, Value: state},
		domain.Cond{Path: prefix + "vat_date", Op: domain.Ge, Value: string(p.Starts)},
		domain.Cond{Path: prefix + "vat_date", Op: domain.Le, Value: string(p.Ends)},
	}
}

// linesIn are the lines of the posted documents of a period.
func linesIn(p Period) domain.Node { return documentsOf(p, "invoice.", Posted) }
