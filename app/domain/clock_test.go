package domain_test

import (
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
)

func TestMoments(t *testing.T) {
	t.Parallel()
	// Monday, the last of March in London, already the first of April in Berlin.
	const now = "2025-03-31T22:30:00.5Z"
	for _, c := range []struct{ name, v, date, instant string }{
		{"Today", `{"$":"today"}`, "2025-04-01", "2025-03-31T22:00:00Z"},
		{"Now", `{"$":"now"}`, "2025-04-01", now},
		{"Days", `{"$":"today","add":{"days":-30}}`, "2025-03-02", "2025-03-01T23:00:00Z"},
		{"Weeks", `{"$":"today","add":{"weeks":1}}`, "2025-04-08", "2025-04-07T22:00:00Z"},
		{"ShortMonth", `{"$":"today","add":{"days":-1,"months":-1}}`, "2025-02-28", "2025-02-27T23:00:00Z"},
		{"LeapYear", `{"$":"today","add":{"years":-1,"months":-2,"days":28}}`, "2024-02-29", "2024-02-28T23:00:00Z"},
		{"Hours", `{"$":"now","add":{"hours":-2,"minutes":-31}}`, "2025-03-31", "2025-03-31T19:59:00.5Z"},
		{"DayEnd", `{"$":"now","at":"day_end"}`, "2025-04-01", "2025-04-01T21:59:59.999999Z"},
		{"WeekStart", `{"$":"today","at":"week_start"}`, "2025-03-31", "2025-03-30T22:00:00Z"},
		{"WeekEnd", `{"$":"today","at":"week_end"}`, "2025-04-06", "2025-04-06T21:59:59.999999Z"},
		{"MonthStart", `{"$":"today","add":{"days":-1},"at":"month_start"}`, "2025-03-01", "2025-02-28T23:00:00Z"},
		{"MonthEnd", `{"$":"today","at":"month_end"}`, "2025-04-30", "2025-04-30T21:59:59.999999Z"},
		{"QuarterStart", `{"$":"today","add":{"months":2},"at":"quarter_start"}`, "2025-04-01", "2025-03-31T22:00:00Z"},
		{"QuarterEnd", `{"$":"today","at":"quarter_end"}`, "2025-06-30", "2025-06-30T21:59:59.999999Z"},
		{"YearStart", `{"$":"today","at":"year_start"}`, "2025-01-01", "2024-12-31T23:00:00Z"},
		{"YearEnd", `{"$":"today","at":"year_end"}`, "2025-12-31", "2025-12-31T22:59:59.999999Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := vars
			v.Now = at(now)
			_, args, err := domain.SQL(parse(`[["born","=",`+c.v+`],["seen","=",`+c.v+`]]`), everything(t), v, domain.SQLite)
			if err != nil {
				t.Fatal(err)
			}
			if args[0] != c.date || !args[1].(time.Time).Equal(at(c.instant)) {
				t.Errorf("%s is %v and %v, want %s and %s", c.v, args[0], args[1], c.date, c.instant)
			}
		})
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Été", "İ", "ﬁ", "Zoe\u0308", "ẞ", "K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := domain.Fold(s)
		if twice := domain.Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, and folded again %q", s, once, twice)
		}
	})
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"Été À LA Plage": "ete a la plage", "STRASSE": "strasse", "İstanbul": "istanbul", "ﬁn": "fin", "": ""} {
		if got := domain.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
	if got := domain.FoldASCII("ÉTÉ"); got != "ÉtÉ" {
		t.Errorf("FoldASCII(ÉTÉ) = %q, want only ASCII letters lowered", got)
	}
}
