package accounting

import (
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Staggers: how a company's VAT periods follow each other. HMRC puts quarterly returns
// into three groups, so that not all of them come at once (VAT Notice 700/12 §2).
const (
	StaggerMarch    = "quarterly_1" // quarters that end with March, June, September, December
	StaggerJanuary  = "quarterly_2" // … January, April, July, October
	StaggerFebruary = "quarterly_3" // … February, May, August, November
	StaggerMonthly  = "monthly"
	StaggerAnnual   = "annual" // years that begin with the month of the registration
)

func staggers() []record.Option {
	return []record.Option{
		{Value: StaggerMarch, Label: "Quarters ending March, June, September, December"},
		{Value: StaggerJanuary, Label: "Quarters ending January, April, July, October"},
		{Value: StaggerFebruary, Label: "Quarters ending February, May, August, November"},
		{Value: StaggerMonthly, Label: "Months"}, {Value: StaggerAnnual, Label: "Years"},
	}
}

// span is a VAT period by its days, both included.
type span struct{ starts, ends record.Date }

// spanOf returns the period of a stagger that a day lies in, the first one beginning with
// the day from which VAT is declared. Invalid for a day before that.
func (v VATRegistration) spanOf(day record.Date) (span, error) {
	at, from := date(day), date(v.VATFrom)
	if at.IsZero() || from.IsZero() || day < v.VATFrom {
		return span{}, fault.New(fault.Invalid, "No VAT is declared here on %s.", day).Keyed("accounting.period.before", map[string]any{"Day": string(day)})
	}
	length, last := 3, 0 // months of a period; how far the last month of one is from a multiple of it
	switch v.VATStagger {
	case StaggerJanuary:
		last = 1
	case StaggerFebruary:
		last = 2
	case StaggerMonthly:
		length = 1
	case StaggerAnnual:
		length, last = 12, (int(from.Month())+11)%12
	}
	month := at.Year()*12 + int(at.Month()) // months since the year 0, counted from 1
	end := month + mod(last-month, length)  // the last month of the period
	first := time.Date(0, time.Month(end-length+1), 1, 0, 0, 0, 0, time.UTC)
	if first.Before(from) {
		first = from
	}
	return span{toDate(first), toDate(time.Date(0, time.Month(end+1), 0, 0, 0, 0, 0, time.UTC))}, nil
}

// spans returns the periods from the first one to the one that a day lies in.
func (v VATRegistration) spans(until record.Date) ([]span, error) {
	var out []span
	for day := v.VATFrom; day <= until && len(out) < mostPeriods; {
		s, err := v.spanOf(day)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
		day = nextDay(s.ends)
	}
	return out, nil
}

// mostPeriods bounds the periods of a company: fifty years of months.
const mostPeriods = 600

// due is the day by which the return of a period has to be filed and paid: a calendar
// month and seven days after its end, two months for an annual one (VAT Regulations 1995,
// regulations 25 and 50).
func (v VATRegistration) due(ends record.Date) record.Date {
	last := date(ends)
	if v.VATStagger == StaggerAnnual {
		return toDate(time.Date(last.Year(), last.Month()+3, 0, 0, 0, 0, 0, time.UTC))
	}
	return toDate(time.Date(last.Year(), last.Month()+2, 7, 0, 0, 0, 0, time.UTC))
}

// date is a day as a time in UTC, the zero time for one that is none.
func date(d record.Date) time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

func toDate(t time.Time) record.Date { return record.Date(t.Format(time.DateOnly)) }

func nextDay(d record.Date) record.Date { return toDate(date(d).AddDate(0, 0, 1)) }

// mod is the remainder of a division that is never negative.
func mod(n, by int) int { return ((n % by) + by) % by }

// name is what a period is called in every language: its months.
func (s span) name() string {
	first, last := date(s.starts).Format("01/2006"), date(s.ends).Format("01/2006")
	if first == last {
		return first
	}
	return first + " – " + last
}
