package i18n

import (
	"fmt"
	"strconv"
	"testing"
	"testing/fstest"
)

func bundle(t testing.TB) *Bundle {
	t.Helper()
	b, err := New(fstest.MapFS{
		"locales/en.toml": {Data: []byte("[a]\nplain = \"100 %\"\nsent = \"{{.Who}} sent {{.What}} to {{.Who}}\"\nasks = \"{{if .Who}}yes{{end}}\"\n[a.lines]\none = \"{{.Count}} line of {{.Who}}\"\nother = \"{{.Count}} lines of {{.Who}}\"\n")},
		"locales/fr.toml": {Data: []byte("[a]\nplain = \"100 %\"\nsent = \"{{.Who}} a envoyé {{.What}} à {{.Who}}\"\nasks = \"{{if .Who}}oui{{end}}\"\n[a.lines]\none = \"{{.Count}} ligne de {{.Who}}\"\nother = \"{{.Count}} lignes de {{.Who}}\"\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTexts(t *testing.T) {
	t.Parallel()
	b := bundle(t)
	for _, c := range []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"en", "a.plain", nil, "100 %"},
		{"en", "a.sent", []any{"Who", "Ann", "What", 7}, "Ann sent 7 to Ann"},
		{"fr", "a.sent", []any{"Who", "{{.What}}", "What", int64(-7)}, "{{.What}} a envoyé -7 à {{.What}}"},
		{"en", "a.sent", []any{"Who", "Ann", "What", 1.5}, "Ann sent 1.5 to Ann"},
		{"en", "a.sent", []any{"Who", "Ann"}, "Ann sent <no value> to Ann"},
		{"en", "a.sent", []any{"Who", "Ann", "What", "it"}, "Ann sent it to Ann"},
		{"en", "a.asks", []any{"Who", ""}, ""},
		{"fr", "a.asks", []any{"Who", "Ann"}, "oui"},
		{"en", "a.lines", []any{"Count", 1, "Who", "Ann"}, "1 line of Ann"},
		{"en", "a.lines", []any{"Count", 0, "Who", "Ann"}, "0 lines of Ann"},
		{"fr", "a.lines", []any{"Count", 0, "Who", "Ann"}, "0 ligne de Ann"},
		{"fr", "a.lines", []any{"Count", 2, "Who", "Bob"}, "2 lignes de Bob"},
		{"en", "a.none", []any{"Who", "Ann"}, "a.none"},
	} {
		for range 2 { // the second time it is known
			if got := b.For(c.lang).T(c.key, c.args...); got != c.want {
				t.Errorf("%s %s %v: %q, want %q", c.lang, c.key, c.args, got, c.want)
			}
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	b := bundle(t)
	for lang, want := range map[string]string{"en": "1,234,567", "fr": "1\u00a0234\u00a0567"} {
		p := b.For(lang)
		if got := p.Number(1234567); got != want || !p.byThree {
			t.Errorf("%s: %q, want %q, without the library: %v", lang, got, want, p.byThree)
		}
	}
	fourTogether := func(n int64) string { // as Spanish does
		if n > -10_000 && n < 10_000 {
			return strconv.FormatInt(n, 10)
		}
		return grouped(n, ".")
	}
	if sep, ok := groupsBy(fourTogether); ok {
		t.Errorf("a language that leaves four digits together is taken to group them by %q", sep)
	}
}

// However it is filled, a text is what its template makes of it.
func FuzzTexts(f *testing.F) {
	f.Add("Ann", "it", 3)
	f.Add("\x00", "{{.Who}}", 1_000_000)
	b := bundle(f)
	f.Fuzz(func(t *testing.T, who, what string, n int) {
		for lang, forms := range map[string][3]string{"en": {"%s sent %s to %s", "%d line of %s", "%d lines of %s"}, "fr": {"%s a envoyé %s à %s", "%d ligne de %s", "%d lignes de %s"}} {
			p := b.For(lang)
			if got, want := p.T("a.sent", "Who", who, "What", what), fmt.Sprintf(forms[0], who, what, who); got != want {
				t.Errorf("%s: %q, want %q", lang, got, want)
			}
			got := p.T("a.lines", "Count", n, "Who", who)
			if got != fmt.Sprintf(forms[1], n, who) && got != fmt.Sprintf(forms[2], n, who) {
				t.Errorf("%s, %d: %q", lang, n, got)
			}
		}
	})
}
