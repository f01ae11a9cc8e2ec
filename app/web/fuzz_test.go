package web_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/web"
)

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/", "/a?b=c#d", "//evil", `/\evil`, "/\tevil", "https://evil", "", "/a//b", "/%2f/evil", "/é"} {
		f.Add(s)
	}
	base, err := url.Parse("https://erp.example.com/signin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := web.LocalPath(next)
		if got != next && got != "/" {
			t.Fatalf("%q became %q", next, got)
		}
		// Browsers drop tabs and line ends, and read a backslash as a slash.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(got)
		u, err := url.Parse(seen)
		if err != nil {
			return // a browser resolves it below our host as well: it begins with one slash
		}
		if u = base.ResolveReference(u); u.Host != base.Host || u.Scheme != base.Scheme {
			t.Fatalf("%q leads to %s", next, u)
		}
	})
}

func FuzzSessionCookie(f *testing.F) {
	for _, s := range []string{"", "A", strings.Repeat("A", 43), strings.Repeat("_", 43), strings.Repeat("A", 42) + "B", strings.Repeat("A", 44)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if again, ok := web.ParseSecret(text); ok && again != text {
			t.Fatalf("%q and %q are the same session", text, again)
		}
	})
}

func FuzzFlashCookie(f *testing.F) {
	for _, s := range []string{"", "W10", "W3siVGV4dCI6IngifV0", "bnVsbA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range web.ParseNotes(text) {
			for _, l := range n.Links {
				if l.URL != web.LocalPath(l.URL) {
					t.Fatalf("a note leads to %q", l.URL)
				}
			}
			if n.Undo != nil && n.Undo.URL != web.LocalPath(n.Undo.URL) {
				t.Fatalf("an undo leads to %q", n.Undo.URL)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"", "a=b&a=c", "a=%00", "a=%ff", "a;b", "%zz", strings.Repeat("&", 10_001)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		v, err := web.ReadForm(strings.NewReader(body))
		if err != nil {
			return
		}
		for name, values := range v {
			for _, text := range append([]string{name}, values...) {
				if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
					t.Fatalf("%q holds %q", body, text)
				}
			}
		}
	})
}

func FuzzPasswordHash(f *testing.F) {
	for _, s := range []string{"", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", "$argon2id$v=19$m=-1,t=2,p=1$$", "$$$$$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if web.ParseHash(text) == nil && len(text) < 40 {
			t.Fatalf("%q is taken for a hash", text)
		}
	})
}
