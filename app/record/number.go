package record

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/fault"
)

func (f *FieldInfo) isNumber() bool { return f.Type == Int || f.Type == Decimal || f.Type == Amount }

// parseNumber reads a number into the scaled integer that is stored. Text may group its
// digits by three and have a decimal comma, as people write; what programs give may not.
func (f *FieldInfo) parseNumber(e *Env, v any) (any, *fault.Error) {
	n, ok := decimal.Decimal{}, false
	switch v := v.(type) {
	case string:
		if strings.TrimSpace(v) == "" {
			return int64(0), nil
		}
		n, ok = writtenNumber(v, e.Lang)
	case float64:
		if ok = !math.IsNaN(v) && math.Abs(v) < math.MaxInt64; ok {
			n = decimal.NewFromFloat(v)
		}
	case json.Number, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		n, ok = exactNumber(fmt.Sprint(v))
	}
	if !ok {
		return nil, wrongNumber().On(f.Name)
	}
	scaled, wrong := scaleNumber(n, f.scale())
	if wrong != nil {
		return nil, wrong.On(f.Name)
	}
	return scaled, nil
}

// ParseNumber reads a number as people write it in a language into an integer scaled by
// 10^digits: "1,234.50" with 2 digits is 123450. Empty text is 0.
func ParseNumber(text, lang string, digits int) (int64, *fault.Error) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	n, ok := writtenNumber(text, lang)
	if !ok {
		return 0, wrongNumber()
	}
	return scaleNumber(n, digits)
}

func wrongNumber() *fault.Error {
	return fault.New(fault.Invalid, "Write a number.").Keyed("record.invalid.number", map[string]any{})
}

func scaleNumber(n decimal.Decimal, digits int) (int64, *fault.Error) {
	scaled := n.Shift(int32(digits))
	if !scaled.IsInteger() {
		return 0, fault.New(fault.Invalid, "Use %d digits after the point at most.", digits).Keyed("record.invalid.digits", map[string]any{"Digits": digits})
	}
	if scaled.Abs().GreaterThan(decimal.NewFromInt(math.MaxInt64)) {
		return 0, wrongNumber()
	}
	return scaled.IntPart(), nil
}

// exactNumber reads a number with a decimal point. An exponent far beyond an int64 is
// refused before arithmetic spreads it out into as many digits.
func exactNumber(text string) (decimal.Decimal, bool) {
	n, err := decimal.NewFromString(text)
	return n, err == nil && len(text) <= 40 && n.Exponent() > -40 && n.Exponent() < 40
}

// writtenNumber reads a number as people write it. Where both a comma and a point stand,
// the last one is the decimal sign. A comma alone groups digits in English when three
// of them follow it, and is the decimal sign everywhere else.
func writtenNumber(text, lang string) (decimal.Decimal, bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(strings.TrimSpace(text))
	point, comma := strings.LastIndex(text, "."), strings.LastIndex(text, ",")
	group, sign := "", ""
	switch {
	case point >= 0 && comma >= 0:
		group, sign = ",", "."
		if comma > point {
			group, sign = ".", ","
		}
	case comma >= 0 && (strings.Count(text, ",") > 1 || lang == sourceLang && len(text)-comma-1 == 3):
		group = ","
	case comma >= 0:
		sign = ","
	case strings.Count(text, ".") > 1:
		group = "."
	}
	whole, fraction := text, ""
	if sign != "" {
		whole, fraction, _ = strings.Cut(text, sign)
		fraction = "." + fraction
	}
	if group != "" {
		if !grouped(whole, group) {
			return decimal.Decimal{}, false
		}
		whole = strings.ReplaceAll(whole, group, "")
	}
	return exactNumber(whole + fraction)
}

// grouped reports whether digits stand in groups of three, the first one shorter or not.
func grouped(text, group string) bool {
	parts := strings.Split(strings.TrimLeft(text, "+-"), group)
	for i, p := range parts {
		if len(p) > 3 || len(p) == 0 || i > 0 && len(p) != 3 {
			return false
		}
	}
	return true
}
