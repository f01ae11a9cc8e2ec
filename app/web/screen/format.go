package screen

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// format writes values for a reader: his language, his time zone.
type format struct {
	print *i18n.Printer
	zone  *time.Location
}

// Number writes scaled/10^digits as the lists and forms do, for what modules draw themselves.
func Number(p *i18n.Printer, scaled int64, digits int) string {
	return format{print: p}.number(scaled, digits)
}

// count writes a whole number with its digits grouped: 4,310.
func (f format) count(n int) string { return f.number(int64(n), 0) }

// number writes scaled/10^digits exactly, grouped, with the language's decimal sign.
func (f format) number(scaled int64, digits int) string {
	sign, whole, fraction := parts(scaled, digits)
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
		whole = f.print.Number(n)
	}
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + f.point() + fraction
}

// entry writes a number as a person would type it: without grouping.
func (f format) entry(scaled int64, digits int) string {
	sign, whole, fraction := parts(scaled, digits)
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + f.point() + fraction
}

// typed brings a number that a person typed to the form that every language shares:
// no spaces, a point before the decimals. What is no number stays as it is.
func (f format) typed(text string) string {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\u2212", "-").Replace(text)
	if f.point() == "," && strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	return text
}

// plainNumber is typed with the grouping of the language taken out; what is no number
// stays as it is.
func (f format) plainNumber(text string) string {
	if whole, fraction, _ := strings.Cut(text, "."); f.point() == "." && grouped.MatchString(whole) && !strings.Contains(fraction, ",") {
		text = strings.ReplaceAll(text, ",", "")
	}
	return f.typed(text)
}

// grouped is a number in English with its thousands apart.
var grouped = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+$`)

// written writes a plain number for a box to type in: as it is, with the language's
// decimal sign and, where that helps, its thousands apart. It reads back with plainNumber.
func (f format) written(text string, group bool) string {
	whole, fraction, point := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && group && whole != "-0" {
		whole = strings.ReplaceAll(f.number(n, 0), "\u2212", "-")
	}
	if !point {
		return whole
	}
	return whole + f.point() + fraction
}

func (f format) point() string {
	if f.print.Lang() == "fr" {
		return ","
	}
	return "."
}

func parts(scaled int64, digits int) (sign, whole, fraction string) {
	text := decimal.New(scaled, -int32(digits)).StringFixed(int32(digits))
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, fraction, _ = strings.Cut(text, ".")
	return sign, whole, fraction
}

// span writes a length of time in days, hours, minutes and seconds: 1 hour 30 minutes.
func (f format) span(seconds int64) string {
	var out []string
	for _, unit := range []struct {
		key    string
		length int64
	}{{"screen.span.day", 24 * 60 * 60}, {"screen.span.hour", 60 * 60}, {"screen.span.minute", 60}, {"screen.span.second", 1}} {
		if n := seconds / unit.length; n > 0 {
			out = append(out, f.print.T(unit.key, "Count", int(n)))
			seconds -= n * unit.length
		}
	}
	return strings.Join(out, " ")
}

// day writes a date in words: 21 Nov 2026.
func (f format) day(d record.Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return f.date(t)
}

func (f format) date(t time.Time) string {
	return web.Date(f.print, t)
}

// moment writes a point in time in the reader's zone, to the minute.
func (f format) moment(t time.Time) string {
	return web.Moment(f.print, f.local(t))
}

func (f format) local(t time.Time) time.Time {
	if f.zone == nil {
		return t.UTC()
	}
	return t.In(f.zone)
}
