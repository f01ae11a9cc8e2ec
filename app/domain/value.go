package domain

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Var is a variable in a filter: uid, company_id, company_ids, today or now, written
// {"$": "today", "add": {"days": -30}, "at": "month_start"}.
type Var struct {
	Name string
	// Add moves today and now, At then takes the start or end of a day, week (from Monday),
	// month, quarter or year: "day_start", "month_end" and so on.
	Add Span
	At  string
}

// Span is a distance on the calendar. Months that are too short end on their last day.
type Span struct{ Years, Months, Weeks, Days, Hours, Minutes int }

// maxSpan bounds each part of a Span.
const maxSpan = 100_000

// variables are the names a Var may have, and whether they are moments.
var variables = map[string]bool{"uid": false, "company_id": false, "company_ids": false, "today": true, "now": true}

// parts returns the parts of a span by name, in the order in which they are added and printed.
func (s *Span) parts() []struct {
	name string
	n    *int
} {
	return []struct {
		name string
		n    *int
	}{
		{"years", &s.Years}, {"months", &s.Months}, {"weeks", &s.Weeks},
		{"days", &s.Days}, {"hours", &s.Hours}, {"minutes", &s.Minutes},
	}
}

// plainValue returns a value made in code in the types that Parse gives. What it does not know
// comes back unchanged; Check refuses it.
func plainValue(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, json.Number, string, Var:
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainValue(v[i])
		}
		return out
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u := r.Uint(); u <= math.MaxInt64 {
			return int64(u)
		}
		return json.Number(strconv.FormatUint(r.Uint(), 10))
	case reflect.String:
		return r.String()
	case reflect.Slice:
		out := make([]any, r.Len())
		for i := range out {
			out[i] = plainValue(r.Index(i).Interface())
		}
		return out
	}
	return v
}

// scaled returns a decimal text as an integer with the given number of decimals, false when the
// text is no decimal, has more decimals or does not fit.
func scaled(text string, scale int) (int64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	digits := strings.TrimPrefix(whole, "-")
	fraction = strings.TrimRight(fraction, "0")
	if digits == "" || len(fraction) > scale || strings.HasSuffix(text, ".") || !allDigits(digits) || !allDigits(fraction) {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10, 64)
	return n, err == nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
