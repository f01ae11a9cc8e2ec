package accounting

import (
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
)

// Names of checks; their texts have the keys accounting.check.<name>, with the Count, and
// accounting.check.<name>.help.
const (
	CheckDrafts   = "drafts"   // documents of the period, or before it, that are not posted
	CheckNoTax    = "no_tax"   // booked lines without a tax code: in no box
	CheckNoVAT    = "no_vat"   // documents whose tax code wants a VAT number that the partner lacks
	CheckLate     = "late"     // documents of an earlier period, declared in this one
	CheckTotals   = "totals"   // documents that their lines do not add up to
	CheckNegative = "negative" // boxes of values below zero
)

// Check is one thing that was looked at before a return is filed.
type Check struct {
	Name  string
	Count int    // how many records, or boxes, are wrong; 0 is good
	Grave bool   // figures are wrong as they stand; else they may be as meant
	Model string // of the records; "" when it is about boxes
	// Filter finds them, URL lists them.
	Filter domain.Node
	URL    string
}

// Good reports whether there is nothing to mend.
func (c Check) Good() bool { return c.Count == 0 }

// Checks looks a VAT period over: one [Check] each, good ones too, in the order of their
// names above. Errors: as for [Compute].
func Checks(e *record.Env, p Period) ([]Check, error) {
	if err := mayRead(e, int64(p.CompanyID)); err != nil {
		return nil, err
	}
	act := e.Sudo("checks of the VAT period")
	seen, err := glanceAt(act, p)
	if err != nil {
		return nil, err
	}
	b, err := book(act, p, nil)
	return judge(p, b, seen), err
}

// judge makes the checks of a period from what its sums tell.
func judge(p Period, b booked, seen glance) []Check {
	noTax, late, negative := 0, 0, 0
	for _, g := range b.figures.groups {
		if g.tax == 0 {
			noTax += g.count
		}
	}
	for _, d := range b.documents {
		late += d.late
	}
	for n := 6; n <= 9; n++ {
		if b.figures.Boxes.Box(n) < 0 {
			negative++
		}
	}
	out := []Check{
		{Name: CheckDrafts, Count: seen.drafts, Grave: true, Model: "accounting.invoice", Filter: domain.And{domain.Cond{Path: "company", Op: domain.Eq, Value: int64(p.CompanyID)},
			domain.Cond{Path: "state", Op: domain.Eq, Value: Draft}, domain.Cond{Path: "vat_date", Op: domain.Le, Value: string(p.Ends)}}},
		{Name: CheckNoTax, Count: noTax, Grave: true, Model: "accounting.invoice_line", Filter: domain.And{linesIn(p), domain.Cond{Path: "tax", Op: domain.Eq, Value: nil}}},
		{Name: CheckNoVAT, Count: seen.nameless, Model: "accounting.invoice", Filter: domain.And{documentsIn(p), domain.Cond{Path: "lines.tax.partner_vat", Op: domain.Eq, Value: true},
			domain.Cond{Path: "partner.vat", Op: domain.Eq, Value: nil}}},
		{Name: CheckLate, Count: late, Model: "accounting.invoice", Filter: domain.And{documentsIn(p), domain.Cond{Path: "tax_point", Op: domain.Lt, Value: string(p.Starts)}}},
		{Name: CheckTotals, Count: apart(b.documents, b.figures.groups), Grave: true, Model: "accounting.invoice", Filter: documentsIn(p)},
		{Name: CheckNegative, Count: negative},
	}
	for i, c := range out {
		if c.Model != "" {
			out[i].URL = listURL(c.Model, c.Filter)
		}
	}
	return out
}

// apart counts the documents of the kinds whose lines do not add up to them.
func apart(documents []tally, lines []group) int {
	n, sums := 0, map[string]tally{}
	for _, g := range lines {
		t := sums[g.kind]
		sums[g.kind] = tally{untaxed: t.untaxed + g.untaxed, charged: t.charged + g.charged, gross: t.gross + g.gross}
	}
	for _, d := range documents {
		l, ok := sums[d.kind]
		if !ok || d.untaxed != l.untaxed || d.charged != l.charged || d.gross != l.gross {
			n += d.count
		}
		delete(sums, d.kind)
	}
	return n + len(sums)
}
