package domain

import (
	"strings"
	"time"
)

// periods are what the "at" of a variable may cut to; each is followed by _start or _end.
var periods = []string{"day", "week", "month", "quarter", "year"}

func validAt(at string) bool {
	for _, p := range periods {
		if at == p+"_start" || at == p+"_end" {
			return true
		}
	}
	return at == ""
}

// moment returns the instant that today or now stands for, in the location of vars, false when
// it leaves the years 1 to 9999.
func (v Var) moment(vars Vars) (time.Time, bool) {
	loc := vars.Location
	if loc == nil {
		loc = time.UTC
	}
	t := vars.Now.In(loc)
	if v.Name == "today" {
		t = midnight(t)
	}
	t = v.Add.from(t)
	t = cut(t, v.At)
	year := t.UTC().Year()
	return t.Truncate(time.Microsecond), year >= 1 && year <= 9999
}

// from returns t moved by s: years and months first, on their last day where the month is too
// short, then weeks and days on the calendar, then hours and minutes on the clock.
func (s Span) from(t time.Time) time.Time {
	if s.Years != 0 || s.Months != 0 {
		year, month, day := t.Date()
		first := time.Date(year+s.Years, month+time.Month(s.Months), 1, 12, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		t = onDay(t, first.Year(), first.Month(), min(day, last))
	}
	if days := s.Weeks*7 + s.Days; days != 0 {
		year, month, day := t.Date()
		t = onDay(t, year, month, day+days)
	}
	return t.Add(time.Duration(s.Hours)*time.Hour + time.Duration(s.Minutes)*time.Minute)
}

// onDay returns the time of day of t on another day.
func onDay(t time.Time, year int, month time.Month, day int) time.Time {
	hour, minute, second := t.Clock()
	return time.Date(year, month, day, hour, minute, second, t.Nanosecond(), t.Location())
}

func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}

// cut returns the first or the last microsecond of the period of t that at names.
func cut(t time.Time, at string) time.Time {
	if at == "" {
		return t
	}
	period, edge, _ := strings.Cut(at, "_")
	start, next := midnight(t), time.Time{}
	year, month, day := start.Date()
	first := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
	}
	switch period {
	case "day":
		next = first(year, month, day+1)
	case "week":
		back := (int(start.Weekday()) + 6) % 7
		start, next = first(year, month, day-back), first(year, month, day-back+7)
	case "month":
		start, next = first(year, month, 1), first(year, month+1, 1)
	case "quarter":
		month -= (month - 1) % 3
		start, next = first(year, month, 1), first(year, month+3, 1)
	case "year":
		start, next = first(year, 1, 1), first(year+1, 1, 1)
	}
	if edge == "end" {
		return next.Add(-time.Microsecond)
	}
	return start
}

// anyVars stand in where a filter is checked before anyone asks it.
var anyVars = Vars{Now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
