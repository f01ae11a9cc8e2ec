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
		return nil, f.wrong("number", "Write a number.")
	}
	scaled := n.Shift(int32(f.scale()))
	if !scaled.IsInteger() {
		return nil, f.wrong("digits", fmt.Sprintf("Use %d digits after the point at most.", f.scale()), "Digits", f.scale())
	}
	if scaled.Abs().GreaterThan(decimal.NewFromInt(math.MaxInt64)) {
		return nil, f.wrong("number", "Write a number.")
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
