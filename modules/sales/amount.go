package sales

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
// up within an int64.
const largest = 1_000_000_000_000_000

// subtotal is quantity times price, in minor units, half a unit rounded away from zero.
func subtotal(quantity int64, price record.Money) (record.Money, error) {
	product := decimal.New(quantity, -quantityDigits).Mul(decimal.NewFromInt(int64(price))).Round(0)
	if product.Abs().GreaterThan(decimal.NewFromInt(largest)) {
		return 0, fault.New(fault.Invalid, "This amount is too large.").On("quantity").Keyed("sales.order_line.toolarge", nil)
	}
	return record.Money(product.IntPart()), nil
}

// addUp adds the subtotals of lines and the tax on them. Tax is counted once a rate, on
// the sum of its lines, as invoices want it (EN 16931, BR-CO-17).
func addUp(lines []Line) (untaxed, tax record.Money) {
	taxed := map[int64]record.Money{}
	for _, l := range lines {
		untaxed += l.Subtotal
		taxed[l.TaxRate] += l.Subtotal
	}
	for rate, sum := range taxed {
		tax += record.Money(decimal.NewFromInt(int64(sum)).Mul(decimal.New(rate, -rateDigits-2)).Round(0).IntPart())
	}
	return untaxed, tax
}
