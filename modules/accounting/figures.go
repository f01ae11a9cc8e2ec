package accounting

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
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

	adjustments []Adjustment
	groups      []group
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

// Compute works out the nine boxes of a VAT period from its posted documents and its
// adjustments. The documents are added up by the database, in one statement however many
// there are. Errors: Forbidden or NotFound for who may not see the company's books.
func Compute(e *record.Env, p Period) (Figures, error) {
	if err := mayRead(e, int64(p.CompanyID)); err != nil {
		return Figures{}, err
	}
	figures, _, err := compute(e.Sudo("VAT return"), p, nil)
	return figures, err
}

// compute is [Compute] for who may see the books. It reads those tax codes that are not
// known, and returns them.
func compute(act *record.Env, p Period, known taxCodes) (Figures, taxCodes, error) {
	groups, err := groupsOf(act, p)
	if err != nil {
		return Figures{}, nil, err
	}
	taxes, err := feedsOf(act, groups, known)
	if err != nil {
		return Figures{}, nil, err
	}
	adjustments, err := adjustmentsOf(act, p.ID)
	if err != nil {
		return Figures{}, nil, err
	}
	return figuresOf(groups, taxes, adjustments), taxes, nil
}

func figuresOf(groups []group, taxes taxCodes, adjustments []Adjustment) Figures {
	f := Figures{Adjustments: len(adjustments), adjustments: adjustments, groups: groups}
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
