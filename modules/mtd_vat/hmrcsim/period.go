package hmrcsim

import (
	"fmt"
	"time"
)

// period is one VAT period.
type period struct {
	Start, End, Due time.Time // days, all included
	Key             string
}

// ends reports whether a VAT period ends with the month.
func (g Stagger) ends(m time.Month) bool {
	return g == Months || (int(m)-g.first())%3 == 0
}

// first is the month in which the first quarter of a year ends.
func (g Stagger) first() int {
	return [...]int{MarchQuarters: 3, JanuaryQuarters: 1, FebruaryQuarters: 2, Months: 1}[g]
}

// periodEnding is the period that ends with a month. Its return is due one month and
// seven days after the end.
func (b Business) periodEnding(year int, m time.Month) period {
	length := 3
	if b.Stagger == Months {
		length = 1
	}
	p := period{
		Start: date(year, m-time.Month(length)+1, 1),
		End:   date(year, m+1, 0),
		Due:   date(year, m+2, 7),
	}
	p.Key = b.key(p.End)
	return p
}

// key names a period: year, a letter of the stagger, and quarter or month; or # and a
// running number.
func (b Business) key(end time.Time) string {
	year, month := end.Year()%100, int(end.Month())
	switch {
	case b.HashedPeriod:
		return fmt.Sprintf("#%03d", ((end.Year()-2000)*12+month)%1000)
	case b.Stagger == Months:
		return fmt.Sprintf("%02dA%c", year, 'A'+month-1)
	default:
		return fmt.Sprintf("%02d%c%d", year, 'A'+int(b.Stagger), (month-b.Stagger.first())/3+1)
	}
}

// periods are those that end between two days.
func (b Business) periods(from, to time.Time) []period {
	var out []period
	for m := date(from.Year(), from.Month(), 1); !m.After(to); m = m.AddDate(0, 1, 0) {
		if !b.Stagger.ends(m.Month()) {
			continue
		}
		if p := b.periodEnding(m.Year(), m.Month()); !p.End.Before(from) && !p.End.After(to) {
			out = append(out, p)
		}
	}
	return out
}

// date is a day; month and day may run over.
func date(year int, m time.Month, d int) time.Time {
	return time.Date(year, m, d, 0, 0, 0, 0, time.UTC)
}

// today is the day of a moment.
func today(t time.Time) time.Time { return date(t.Year(), t.Month(), t.Day()) }
