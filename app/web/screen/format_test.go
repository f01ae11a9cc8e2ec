package screen

import (
	"math"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

func formats(t *testing.T) (en, fr format) {
	t.Helper()
	texts, err := i18n.New(Locales, web.Locales)
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return format{texts.For("en"), time.UTC}, format{texts.For("fr"), paris}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	en, fr := formats(t)
	for _, c := range []struct {
		scaled                       int64
		digits                       int
		read, entered, lu, saisi, in string
	}{
		{0, 2, "0.00", "0.00", "0,00", "0,00", "0.00"},
		{123456780, 2, "1,234,567.80", "1234567.80", "1\u00a0234\u00a0567,80", "1234567,80", "1234567.80"},
		{-5, 2, "-0.05", "-0.05", "-0,05", "-0,05", "-0.05"},
		{1234, 3, "1.234", "1.234", "1,234", "1,234", "1.234"},
		{4310, 0, "4,310", "4310", "4\u00a0310", "4310", "4310"},
		{math.MaxInt64, 2, "92,233,720,368,547,758.07", "92233720368547758.07", "92\u00a0233\u00a0720\u00a0368\u00a0547\u00a0758,07", "92233720368547758,07", "92233720368547758.07"},
	} {
		for got, want := range map[string]string{en.number(c.scaled, c.digits): c.read, en.entry(c.scaled, c.digits): c.entered,
			fr.number(c.scaled, c.digits): c.lu, fr.entry(c.scaled, c.digits): c.saisi, fr.typed(c.saisi): c.in, en.typed(c.entered): c.in, fr.typed(c.lu): c.in} {
			if got != want {
				t.Errorf("%d with %d digits is written %q, want %q", c.scaled, c.digits, got, want)
			}
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	en, fr := formats(t)
	at := time.Date(2026, 8, 31, 23, 5, 0, 0, time.UTC)
	for got, want := range map[string]string{
		en.day("2026-02-09"): "9 Feb 2026", fr.day("2026-02-09"): "9 févr. 2026", en.day(record.Date("rubbish")): "rubbish",
		en.moment(at): "31 Aug 2026, 23:05", fr.moment(at): "1 sept. 2026, 01:05",
	} {
		if got != want {
			t.Errorf("a day is written %q, want %q", got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	en, fr := formats(t)
	for seconds, want := range map[int64][2]string{
		60: {"1 minute", "1 minute"}, 3600: {"1 hour", "1 heure"}, 5400: {"1 hour 30 minutes", "1 heure 30 minutes"},
		90061: {"1 day 1 hour 1 minute 1 second", "1 jour 1 heure 1 minute 1 seconde"}, 30 * 86400: {"30 days", "30 jours"},
	} {
		if got := [2]string{en.span(seconds), fr.span(seconds)}; got != want {
			t.Errorf("%d seconds are written %q, want %q", seconds, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"Acorn": 0, "Acorn Mills": 1, "The Acorn": 2, "Birch": 3} {
		if got := distance(name, " acorn "); got != want {
			t.Errorf("%q is at distance %d of what was typed, want %d", name, got, want)
		}
	}
	if got := distance("Birch", ""); got != 0 {
		t.Errorf("with nothing typed a name is at distance %d, want 0", got)
	}
}
