package accounting

import (
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

// feeds are those of the tax codes that the module brings, as VAT Notice 700/12 has them.
var (
	sale20      = Feed{VAT: []int{1}, Net: []int{6}}
	saleZero    = Feed{Net: []int{6}}
	purchase20  = Feed{VAT: []int{4}, Net: []int{7}}
	rcServices  = Feed{VAT: []int{1, 4}, Net: []int{6, 7}}
	rcDomestic  = Feed{VAT: []int{1, 4}, Net: []int{7}}
	importPVA   = Feed{VAT: []int{1, 4}, Net: []int{7}}
	certificate = Feed{VAT: []int{4}}
	niSupply    = Feed{Net: []int{6, 8}}
	niGoods     = Feed{VAT: []int{2, 4}, Net: []int{7, 9}}
	outside     = Feed{}
)

func TestBoxes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		entries     []Entry
		adjustments []Adjustment
		want        Boxes
		owed        bool
	}{
		"Nil":              {want: Boxes{}},
		"Sale":             {entries: []Entry{{100_00, 20_00, sale20}}, want: Boxes{20_00, 0, 20_00, 0, 20_00, 100_00}, owed: true},
		"SaleAndPurchase":  {entries: []Entry{{100_00, 20_00, sale20}, {40_00, 8_00, purchase20}}, want: Boxes{20_00, 0, 20_00, 8_00, 12_00, 100_00, 40_00}, owed: true},
		"Reclaim":          {entries: []Entry{{40_00, 8_00, purchase20}}, want: Boxes{0, 0, 0, 8_00, 8_00, 0, 40_00}},
		"ZeroAndExempt":    {entries: []Entry{{100_00, 0, saleZero}, {50_00, 0, saleZero}}, want: Boxes{0, 0, 0, 0, 0, 150_00}},
		"OutsideTheScope":  {entries: []Entry{{100_00, 0, outside}}, want: Boxes{}},
		"ReverseServices":  {entries: []Entry{{640_00, 128_00, rcServices}}, want: Boxes{128_00, 0, 128_00, 128_00, 0, 640_00, 640_00}},
		"ReverseDomestic":  {entries: []Entry{{608_00, 121_60, rcDomestic}}, want: Boxes{121_60, 0, 121_60, 121_60, 0, 0, 608_00}},
		"ReverseSale":      {entries: []Entry{{1800_00, 360_00, saleZero}}, want: Boxes{0, 0, 0, 0, 0, 1800_00}},
		"ImportPostponed":  {entries: []Entry{{2440_00, 488_00, importPVA}}, want: Boxes{488_00, 0, 488_00, 488_00, 0, 0, 2440_00}},
		"ImportAtBorder":   {entries: []Entry{{1850_00, 0, Feed{Net: []int{7}}}, {0, 370_00, certificate}}, want: Boxes{0, 0, 0, 370_00, 370_00, 0, 1850_00}},
		"NorthernIreland":  {entries: []Entry{{975_00, 0, niSupply}, {450_00, 90_00, niGoods}}, want: Boxes{0, 90_00, 90_00, 90_00, 0, 975_00, 450_00, 975_00, 450_00}},
		"CreditNote":       {entries: []Entry{{100_00, 20_00, sale20}, {-30_00, -6_00, sale20}}, want: Boxes{14_00, 0, 14_00, 0, 14_00, 70_00}, owed: true},
		"MoreCreditNotes":  {entries: []Entry{{10_00, 2_00, sale20}, {-30_00, -6_00, sale20}}, want: Boxes{-4_00, 0, -4_00, 0, 4_00, -20_00}},
		"Refund":           {entries: []Entry{{40_00, 8_00, purchase20}, {-50_00, -10_00, purchase20}}, want: Boxes{0, 0, 0, -2_00, 2_00, 0, -10_00}, owed: true},
		"ReverseRefund":    {entries: []Entry{{-640_00, -128_00, rcServices}}, want: Boxes{-128_00, 0, -128_00, -128_00, 0, -640_00, -640_00}},
		"PoundsRoundOnce":  {entries: []Entry{{33, 7, sale20}, {33, 7, sale20}}, want: Boxes{14, 0, 14, 0, 14, 1_00}, owed: true}, // 0.66, not 0 twice
		"HalfPoundAway":    {entries: []Entry{{1_50, 0, saleZero}, {-2_50, 0, Feed{Net: []int{7}}}}, want: Boxes{0, 0, 0, 0, 0, 2_00, -3_00}},
		"UnderHalf":        {entries: []Entry{{1_49, 0, saleZero}, {-1_49, 0, Feed{Net: []int{7}}}}, want: Boxes{0, 0, 0, 0, 0, 1_00, -1_00}},
		"Adjusted":         {entries: []Entry{{100_00, 20_00, sale20}}, adjustments: []Adjustment{{Box: "1", Amount: -5_00}, {Box: "4", Amount: 3_00}, {Box: "6", Amount: 40}}, want: Boxes{15_00, 0, 15_00, 3_00, 12_00, 100_00}, owed: true},
		"DerivedNotTyped":  {adjustments: []Adjustment{{Box: "3", Amount: 5}, {Box: "5", Amount: 5}, {Box: "x", Amount: 5}}, want: Boxes{}},
		"BeyondFloats":     {entries: []Entry{{largest, 0, saleZero}, {1_00, 0, saleZero}}, want: Boxes{0, 0, 0, 0, 0, largest + 1_00}},
		"PenniesOfMillion": {entries: []Entry{{0, 9_999_999_999_999_99, certificate}, {0, -1, certificate}}, want: Boxes{0, 0, 0, 9_999_999_999_999_98, 9_999_999_999_999_98}},
	} {
		got := Exact(c.entries, c.adjustments).Rounded()
		if got != c.want || got.Owed() != c.owed {
			t.Errorf("%s: %v, owed %v, want %v, %v", name, got, got.Owed(), c.want, c.owed)
		}
	}
}

// Boxes read as HMRC wants them: two digits up to box 5, none from 6 on.
func TestBoxesAsDecimals(t *testing.T) {
	t.Parallel()
	b := Boxes{1_05, 0, 1_05, 10, 95, 123_00, -7_00}
	for n, want := range map[int]string{1: "1.05", 2: "0.00", 4: "0.10", 5: "0.95"} {
		if got := b.Decimal(n).StringFixed(2); got != want {
			t.Errorf("box %d is %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int]string{6: "123", 7: "-7", 9: "0"} {
		if got := b.Decimal(n).String(); got != want {
			t.Errorf("box %d is %s, want %s", n, got, want)
		}
	}
	if got := b.Minus(Boxes{5, 0, 5}); got != (Boxes{1_00, 0, 1_00, 10, 95, 123_00, -7_00}) {
		t.Errorf("the difference is %v", got)
	}
}

// Lines of one tax code add up to its VAT on the whole document, whatever their order,
// and a box over lines is one over documents.
func TestWorkOut(t *testing.T) {
	t.Parallel()
	taxes := map[record.ID]*Tax{
		1: {Rate: 20_00, OnSales: Charged, OnPurchases: Charged}, 2: {Rate: 5_00, OnSales: Charged, OnPurchases: Charged},
		3: {Rate: 20_00, OnSales: Reverse, OnPurchases: Reverse}, 4: {Rate: 0, OnSales: Unused, OnPurchases: VATOnly},
	}
	line := func(quantity int64, price record.Money, tax record.ID) Line {
		return Line{Quantity: quantity, UnitPrice: price, TaxID: tax}
	}
	for name, c := range map[string]struct {
		kind  string
		lines []Line
		want  totals
		vat   []record.Money
	}{
		"None":        {Sale, nil, totals{}, nil},
		"OnceACode":   {Sale, []Line{line(100, 33, 1), line(100, 33, 1), line(100, 33, 1)}, totals{99, 20, 0, 119}, []record.Money{7, 6, 7}},
		"CodesApart":  {Sale, []Line{line(100, 33, 1), line(100, 33, 2), line(100, 33, 1)}, totals{99, 15, 0, 114}, []record.Money{7, 2, 6}},
		"Untaxed":     {Sale, []Line{line(100, 33, 0)}, totals{33, 0, 0, 33}, []record.Money{0}},
		"Discount":    {Sale, []Line{line(100, 10_00, 1), line(-100, 33, 1)}, totals{9_67, 1_93, 0, 11_60}, []record.Money{2_00, -7}},
		"CreditNote":  {CreditNote, []Line{line(100, 10_00, 1)}, totals{10_00, 2_00, 0, 12_00}, []record.Money{2_00}},
		"Reverse":     {Bill, []Line{line(100, 640_00, 3)}, totals{640_00, 0, 128_00, 640_00}, []record.Money{128_00}},
		"Certificate": {Bill, []Line{line(100, 370_00, 4)}, totals{0, 370_00, 0, 370_00}, []record.Money{370_00}},
	} {
		got, err := workOut(c.kind, c.lines, taxes)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
		var net, vat, gross record.Money
		for i, l := range c.lines {
			if l.VAT != c.vat[i] || l.BookedVAT != signOf(c.kind)*l.VAT || l.BookedNet != signOf(c.kind)*l.Net {
				t.Errorf("%s: line %d bears %d, booked %d and %d, want %d", name, i, l.VAT, l.BookedNet, l.BookedVAT, c.vat[i])
			}
			net, vat, gross = net+l.Net, vat+l.VAT, gross+l.Gross
		}
		if net != got.Untaxed || vat != got.Tax+got.Reversed || gross != got.Total {
			t.Errorf("%s: the lines come to %d + %d = %d, the document to %+v", name, net, vat, gross, got)
		}
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		quantity    int64
		price, want record.Money
	}{{100, 1999, 1999}, {18_25, 17_35, 316_64}, {50, 1, 1}, {-50, 1, -1}, {49, 1, 0}, {0, 1999, 0}, {100_000_000_000, 1_000_000, largest}} {
		if got, err := amount(c.quantity, c.price); err != nil || got != c.want {
			t.Errorf("%d × %d is %d, %v, want %d", c.quantity, c.price, got, err, c.want)
		}
	}
	if got, err := amount(100_000_000_001, 1_000_000); err == nil {
		t.Errorf("a line of %d is taken, want it refused", got)
	}
}
