package accounting

import (
	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Digits after the point of what a line is made of.
const (
	quantityDigits = 2
	rateDigits     = 2 // of a percentage
)

// largest is the largest amount of a line, in minor units: thousands of them still add
// up within an int64, and within what HMRC takes in a box.
const largest = 1_000_000_000_000_000

// amount is quantity times price, in minor units, half a unit rounded away from zero.
func amount(quantity int64, price record.Money) (record.Money, error) {
	product := decimal.New(quantity, -quantityDigits).Mul(decimal.NewFromInt(int64(price))).Round(0)
	if product.Abs().GreaterThan(decimal.NewFromInt(largest)) {
		return 0, fault.New(fault.Invalid, "This amount is too large.").On("quantity").Keyed("accounting.invoice_line.toolarge", nil)
	}
	return record.Money(product.IntPart()), nil
}

// vatOn is the VAT on a net amount, half a unit rounded away from zero.
func vatOn(net record.Money, rate int64) record.Money {
	return record.Money(decimal.NewFromInt(int64(net)).Mul(decimal.New(rate, -rateDigits-2)).Round(0).IntPart())
}

// totals are what a document comes to.
type totals struct {
	Untaxed, Tax, Reversed, Total record.Money
}

// workOut fills in the amounts of a document's lines and adds them up.
//
// VAT is worked out once for each tax code of the document, on the sum of its lines, and
// rounded to the nearest penny or cent, half of one away from zero (VAT Notice 700 §17.5;
// EN 16931 BR-CO-17). A line bears what the running sum of its code grows by with it, so
// that the lines of a code add up to the VAT of the document to the penny: a return over
// lines and one over documents come out the same.
func workOut(kind string, lines []Line, taxes taxCodes) (totals, error) {
	var sum totals
	running := map[record.ID]record.Money{}
	sign := signOf(kind)
	for i := range lines {
		l := &lines[i]
		net, err := amount(l.Quantity, l.UnitPrice)
		if err != nil {
			return totals{}, err
		}
		l.Net, l.VAT, l.Gross = net, 0, net
		if t := taxes[l.TaxID]; t != nil {
			before := running[l.TaxID]
			running[l.TaxID] += net
			l.VAT = vatOn(before+net, t.Rate) - vatOn(before, t.Rate)
			switch t.treatment(kind) {
			case Charged:
				l.Gross = net + l.VAT
				sum.Tax += l.VAT
			case Reverse:
				sum.Reversed += l.VAT
			case VATOnly:
				l.Net, l.VAT = 0, net
				sum.Tax += l.VAT
			}
		}
		sum.Untaxed += l.Net
		sum.Total += l.Gross
		l.BookedNet, l.BookedVAT = sign*l.Net, sign*l.VAT
	}
	return sum, nil
}
