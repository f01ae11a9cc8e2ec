package accounting

import (
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stagger   string
		from, day record.Date
		want      span
		due       record.Date
	}{
		"March":           {StaggerMarch, "2020-01-01", "2026-05-17", span{"2026-04-01", "2026-06-30"}, "2026-08-07"},
		"MarchLastDay":    {StaggerMarch, "2020-01-01", "2026-12-31", span{"2026-10-01", "2026-12-31"}, "2027-02-07"},
		"January":         {StaggerJanuary, "2020-01-01", "2026-11-22", span{"2026-11-01", "2027-01-31"}, "2027-03-07"},
		"JanuaryOver":     {StaggerJanuary, "2020-01-01", "2027-01-01", span{"2026-11-01", "2027-01-31"}, "2027-03-07"},
		"February":        {StaggerFebruary, "2020-01-01", "2024-02-29", span{"2023-12-01", "2024-02-29"}, "2024-04-07"},
		"FebruaryNext":    {StaggerFebruary, "2020-01-01", "2024-03-01", span{"2024-03-01", "2024-05-31"}, "2024-07-07"},
		"Monthly":         {StaggerMonthly, "2020-01-01", "2026-02-28", span{"2026-02-01", "2026-02-28"}, "2026-04-07"},
		"MonthlyDecember": {StaggerMonthly, "2020-01-01", "2026-12-01", span{"2026-12-01", "2026-12-31"}, "2027-02-07"},
		"AnnualApril":     {StaggerAnnual, "2020-04-01", "2026-03-31", span{"2025-04-01", "2026-03-31"}, "2026-05-31"},
		"AnnualJanuary":   {StaggerAnnual, "2020-01-01", "2026-07-01", span{"2026-01-01", "2026-12-31"}, "2027-02-28"},
		"FirstIsShort":    {StaggerMarch, "2026-02-10", "2026-02-10", span{"2026-02-10", "2026-03-31"}, "2026-05-07"},
	} {
		v := VATRegistration{VATStagger: c.stagger, VATFrom: c.from}
		got, err := v.spanOf(c.day)
		if err != nil || got != c.want || v.due(got.ends) != c.due {
			t.Errorf("%s: %v due %s, %v, want %v due %s", name, got, v.due(got.ends), err, c.want, c.due)
		}
	}
	v := VATRegistration{VATStagger: StaggerMarch, VATFrom: "2026-02-10"}
	for _, day := range []record.Date{"2026-02-09", "", "never"} {
		if _, err := v.spanOf(day); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is in a period, %v, want it refused", day, err)
		}
	}
	if got := (span{"2026-02-10", "2026-03-31"}).name(); got != "02/2026 – 03/2026" {
		t.Errorf("the period is called %q", got)
	}
	if got := (span{"2026-02-01", "2026-02-28"}).name(); got != "02/2026" {
		t.Errorf("the month is called %q", got)
	}
}

// Periods follow each other without a gap, and each day lies in the one that begins last
// before it.
func FuzzSpans(f *testing.F) {
	f.Add(uint8(0), uint16(0), uint16(400))
	f.Add(uint8(4), uint16(59), uint16(1500))
	f.Fuzz(func(t *testing.T, stagger uint8, from, days uint16) {
		first := date("2020-01-01").AddDate(0, 0, int(from))
		v := VATRegistration{VATStagger: staggers()[int(stagger)%len(staggers())].Value, VATFrom: toDate(first)}
		until := toDate(first.AddDate(0, 0, int(days%3000)))
		all, err := v.spans(until)
		if err != nil || len(all) == 0 {
			t.Fatalf("%+v until %s: %v, %v", v, until, all, err)
		}
		next := v.VATFrom
		for _, s := range all {
			if s.starts != next || s.ends < s.starts || v.due(s.ends) <= s.ends {
				t.Fatalf("%+v: the period %v does not begin with %s, or is due before it ends", v, s, next)
			}
			next = nextDay(s.ends)
		}
		if last := all[len(all)-1]; until < last.starts || until > last.ends {
			t.Fatalf("%+v: %s does not lie in the last period, %v", v, until, last)
		}
	})
}

func FuzzParseVRN(f *testing.F) {
	for _, s := range []string{"123456789", "GB 123 4567 89", "gb123456789", "12345678", "1234567890", "GBGB123456789", "１２３４５６７８９", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		vrn, ok := ParseVRN(text)
		if ok != (len(vrn) == 9) {
			t.Fatalf("%q is %q, %v", text, vrn, ok)
		}
		if again, same := ParseVRN("GB " + vrn); ok && (!same || again != vrn) {
			t.Fatalf("%q is read once more as %q, %v", vrn, again, same)
		}
	})
}

func TestParseVRN(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"123456789": "123456789", " GB 123 4567 89 ": "123456789", "gb123456789": "123456789", "FR12345678901": "", "12345678": "", "": ""} {
		if got, ok := ParseVRN(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v, want %q", text, got, ok, want)
		}
	}
}
