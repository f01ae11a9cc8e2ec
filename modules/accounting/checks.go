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
	figures, err := Compute(e, p)
	if err != nil {
		return nil, err
	}
	return checksOf(e.Sudo("checks of the VAT period"), p, figures)
}

// checksOf is [Checks] with the figures of the period, for who may see the books.
func checksOf(act *record.Env, p Period, figures Figures) ([]Check, error) {
	out := []Check{
		{Name: CheckDrafts, Grave: true, Model: "accounting.invoice", Filter: domain.And{domain.Cond{Path: "company", Op: domain.Eq, Value: int64(p.CompanyID)},
			domain.Cond{Path: "state", Op: domain.Eq, Value: Draft}, domain.Cond{Path: "vat_date", Op: domain.Le, Value: string(p.Ends)}}},
		{Name: CheckNoTax, Grave: true, Model: "accounting.invoice_line", Filter: domain.And{linesIn(p), domain.Cond{Path: "tax", Op: domain.Eq, Value: nil}}},
		{Name: CheckNoVAT, Model: "accounting.invoice", Filter: domain.And{documentsIn(p), domain.Cond{Path: "lines.tax.partner_vat", Op: domain.Eq, Value: true},
			domain.Cond{Path: "partner.vat", Op: domain.Eq, Value: nil}}},
		{Name: CheckLate, Model: "accounting.invoice", Filter: domain.And{documentsIn(p), domain.Cond{Path: "tax_point", Op: domain.Lt, Value: string(p.Starts)}}},
	}
	for i := range out {
		c := &out[i]
		c.URL = listURL(c.Model, c.Filter)
		var err error
		if c.Count, err = record.Count(act, c.Model, record.Query{Filter: c.Filter}); err != nil {
			return nil, err
		}
	}
	totals, err := checkTotals(act, p)
	if err != nil {
		return nil, err
	}
	negative := Check{Name: CheckNegative}
	for n := 6; n <= 9; n++ {
		if figures.Boxes.Box(n) < 0 {
			negative.Count++
		}
	}
	return append(out, totals, negative), nil
}

// checkTotals holds the documents of a period against their lines, kind by kind: each
// is added up by itself, so what one statement lost, the other would show.
func checkTotals(e *record.Env, p Period) (Check, error) {
	c := Check{Name: CheckTotals, Grave: true, Model: "accounting.invoice", Filter: documentsIn(p)}
	c.URL = listURL(c.Model, c.Filter)
	documents, err := record.Totals(e, c.Model, record.Query{Filter: c.Filter}, []string{"kind"}, []string{"untaxed", "tax", "reversed", "total"})
	if err != nil {
		return c, err
	}
	lines, err := record.Totals(e, "accounting.invoice_line", record.Query{Filter: linesIn(p)}, []string{"invoice.kind"}, []string{"net", "vat", "gross"})
	if err != nil {
		return c, err
	}
	byKind := map[any][]int64{}
	for _, l := range lines {
		byKind[l.Values[0]] = l.Sums
	}
	for _, d := range documents {
		l := byKind[d.Values[0]]
		if len(l) != 3 || d.Sums[0] != l[0] || d.Sums[1]+d.Sums[2] != l[1] || d.Sums[3] != l[2] {
			c.Count += d.Count
		}
		delete(byKind, d.Values[0])
	}
	c.Count += len(byKind)
	return c, nil
}
