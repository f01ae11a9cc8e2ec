package accounting

import (
	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/record"
)

// Boxes are the nine boxes of a UK VAT return (VAT Notice 700/12 §3), box n at n-1, in
// pence: boxes 1 to 5 to the penny, 6 to 9 in whole pounds. Box 5 is never negative:
// whether it is owed or reclaimed, [Boxes.Owed] says.
type Boxes [9]record.Money

// Box returns a box by its number, from 1 to 9.
func (b Boxes) Box(n int) record.Money { return b[n-1] }

// Decimal returns a box in pounds, exactly: with two digits from 1 to 5, with none from 6 to 9.
func (b Boxes) Decimal(n int) decimal.Decimal {
	if n > 5 {
		return decimal.New(int64(b.Box(n))/100, 0)
	}
	return b.Box(n).Decimal(2)
}

// Owed reports whether box 5 is to be paid to HMRC; else HMRC pays it back, or it is nil.
func (b Boxes) Owed() bool { return b.Box(3) > b.Box(4) }

// Minus returns how far each box is above that of another return.
func (b Boxes) Minus(other Boxes) Boxes {
	for i := range b {
		b[i] -= other[i]
	}
	return b
}

// Feed is which boxes the VAT and the net amount of an entry go into.
type Feed struct{ VAT, Net []int }

// Entry is what goes into a return: a booked line, or what several of them come to. What
// takes back (credit notes, refunds) is negative.
type Entry struct {
	Net, VAT record.Money
	Feed     Feed
}

// Exact adds entries and adjustments up, to the penny in all boxes, so before boxes 6 to
// 9 are rounded. Box 3 is 1 + 2, box 5 the difference of 3 and 4.
func Exact(entries []Entry, adjustments []Adjustment) Boxes {
	var b Boxes
	for _, e := range entries {
		for _, n := range e.Feed.VAT {
			b[n-1] += e.VAT
		}
		for _, n := range e.Feed.Net {
			b[n-1] += e.Net
		}
	}
	for _, a := range adjustments {
		if n := a.box(); n != 0 {
			b[n-1] += a.Amount
		}
	}
	b[2] = b[0] + b[1]
	b[4] = max(b[2]-b[3], b[3]-b[2])
	return b
}

// Rounded brings boxes 6 to 9 to whole pounds, each once and on its total: half a pound
// away from zero.
func (b Boxes) Rounded() Boxes {
	for i := 5; i < 9; i++ {
		pounds := decimal.New(int64(b[i]), -2).Round(0)
		b[i] = record.Money(pounds.Shift(2).IntPart())
	}
	return b
}
