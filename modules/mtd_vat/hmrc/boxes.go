package hmrc

import (
	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/fault"
)

// Boxes are what a business declares, in pounds. Boxes 3 and 5 are derived from these
// and never typed.
type Boxes struct {
	VATDueSales        decimal.Decimal // 1
	VATDueAcquisitions decimal.Decimal // 2
	VATReclaimed       decimal.Decimal // 4
	SalesExVAT         decimal.Decimal // 6, whole pounds, as 7 to 9
	PurchasesExVAT     decimal.Decimal // 7
	GoodsSuppliedExVAT decimal.Decimal // 8
	AcquisitionsExVAT  decimal.Decimal // 9
}

// TotalVATDue is box 3: 1 + 2.
func (b Boxes) TotalVATDue() decimal.Decimal { return b.VATDueSales.Add(b.VATDueAcquisitions) }

// Balance is box 3 less box 4: what is to be paid, or below zero what comes back.
func (b Boxes) Balance() decimal.Decimal { return b.TotalVATDue().Sub(b.VATReclaimed) }

// NetVATDue is box 5: the difference of 3 and 4, which never is below zero.
func (b Boxes) NetVATDue() decimal.Decimal { return b.Balance().Abs() }

// Figures returns all nine.
func (b Boxes) Figures() Figures {
	return Figures{b.VATDueSales, b.VATDueAcquisitions, b.TotalVATDue(), b.VATReclaimed, b.NetVATDue(),
		b.SalesExVAT, b.PurchasesExVAT, b.GoodsSuppliedExVAT, b.AcquisitionsExVAT}
}

// Figures are the nine boxes in their order: Figures[0] is box 1.
type Figures [9]decimal.Decimal

// Box returns the figure of a box, 1 to 9.
func (f Figures) Box(n int) decimal.Decimal { return f[n-1] }

// Differences returns the numbers of the boxes in which two returns differ.
func (f Figures) Differences(g Figures) []int {
	var out []int
	for i := range f {
		if !f[i].Equal(g[i]) {
			out = append(out, i+1)
		}
	}
	return out
}

// form is how a box is written: its field, its decimals and its bounds.
type form struct {
	field    string
	decimals int32
	min, max decimal.Decimal
}

func pence(field, low, high string) form {
	return form{field, 2, decimal.RequireFromString(low), decimal.RequireFromString(high)}
}

func pounds(field string) form {
	bound := decimal.RequireFromString("9999999999999")
	return form{field, 0, bound.Neg(), bound}
}

const mostPence, leastPence = "9999999999999.99", "-9999999999999.99"

// forms are the nine boxes as HMRC takes them.
var forms = [9]form{
	pence("vatDueSales", leastPence, mostPence),
	pence("vatDueAcquisitions", leastPence, mostPence),
	pence("totalVatDue", leastPence, mostPence),
	pence("vatReclaimedCurrPeriod", leastPence, mostPence),
	pence("netVatDue", "0", "99999999999.99"),
	pounds("totalValueSalesExVAT"),
	pounds("totalValuePurchasesExVAT"),
	pounds("totalValueGoodsSuppliedExVAT"),
	pounds("totalAcquisitionsExVAT"),
}

// Field is the name of a box on the wire, by which HMRC's errors point at it ("/netVatDue").
func Field(box int) string { return forms[box-1].field }

// BoxAt returns the number of the box that a path of HMRC's errors points at, 0 for none.
func BoxAt(path string) int {
	for i, f := range forms {
		if path == "/"+f.field {
			return i + 1
		}
	}
	return 0
}

// Check returns what HMRC would refuse about the figures, all boxes at once; nil when
// nothing. The field of an error is that of the box.
func (f Figures) Check() error {
	var bad []*fault.Error
	for i, of := range forms {
		switch v := f[i]; {
		case !v.Equal(v.Truncate(of.decimals)) && of.decimals == 0:
			bad = append(bad, fault.New(fault.Invalid, "Box %d takes whole pounds.", i+1).Keyed("mtd_vat.box.pounds", map[string]any{"Box": i + 1}).On(of.field))
		case !v.Equal(v.Truncate(of.decimals)):
			bad = append(bad, fault.New(fault.Invalid, "Box %d takes pounds and pence.", i+1).Keyed("mtd_vat.box.pence", map[string]any{"Box": i + 1}).On(of.field))
		case v.LessThan(of.min), v.GreaterThan(of.max):
			bad = append(bad, fault.New(fault.Invalid, "Box %d is larger than HMRC takes.", i+1).Keyed("mtd_vat.box.bounds", map[string]any{"Box": i + 1}).On(of.field))
		}
	}
	return fault.Join(bad...)
}
