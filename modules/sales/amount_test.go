package sales

import (
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

func TestSubtotal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		quantity    int64
		price, want record.Money
	}{
		{100, 1999, 1999}, {300, 1999, 5997}, {33, 1000, 330}, {150, 333, 500}, // 499.5
		{50, 1, 1}, {-50, 1, -1}, {49, 1, 0}, {-100, 1999, -1999}, {0, 1999, 0},
		{100_000_000_000, 1_000_000, largest},
	} {
		if got, err := subtotal(c.quantity, c.price); err != nil || got != c.want {
			t.Errorf("%d × %d is %d, %v, want %d", c.quantity, c.price, got, err, c.want)
		}
	}
	for _, c := range []struct {
		quantity int64
		price    record.Money
	}{{100_000_000_001, 1_000_000}, {-9_223_372_036_854_775_808, 9_223_372_036_854_775_807}} {
		if got, err := subtotal(c.quantity, c.price); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d × %d is %d, %v, want it refused", c.quantity, c.price, got, err)
		}
	}
}

func TestAddUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines        []Line
		untaxed, tax record.Money
	}{
		"None":         {nil, 0, 0},
		"OnceARate":    {[]Line{{Subtotal: 3, TaxRate: 2000}, {Subtotal: 3, TaxRate: 2000}, {Subtotal: 3, TaxRate: 2000}}, 9, 2}, // each alone would be 1
		"RatesApart":   {[]Line{{Subtotal: 3, TaxRate: 2000}, {Subtotal: 3, TaxRate: 1999}}, 6, 2},
		"HalfAway":     {[]Line{{Subtotal: -50, TaxRate: 500}}, -50, -3},
		"Untaxed":      {[]Line{{Subtotal: 100}}, 100, 0},
		"BeyondFloats": {[]Line{{Subtotal: largest, TaxRate: 10000}, {Subtotal: 1, TaxRate: 10000}}, largest + 1, largest + 1},
	} {
		if untaxed, tax := addUp(c.lines); untaxed != c.untaxed || tax != c.tax {
			t.Errorf("%s: %d and tax %d, want %d and %d", name, untaxed, tax, c.untaxed, c.tax)
		}
	}
}
