package db

import (
	"strings"
	"testing"
)

func TestRebind(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"":                                    "",
		"SELECT 1":                            "SELECT 1",
		"SELECT ?":                            "SELECT $1",
		"a = ? AND b IN (?,?)":                "a = $1 AND b IN ($2,$3)",
		"a = '?' AND b = ?":                   "a = '?' AND b = $1",
		"a = 'it''s ?' AND b = ?":             "a = 'it''s ?' AND b = $1",
		`a = 'x\' AND b = ?`:                  `a = 'x\' AND b = $1`,
		`a = E'x\'?' AND b = ?`:               `a = E'x\'?' AND b = $1`,
		`a = e'\\' AND b = ?`:                 `a = e'\\' AND b = $1`,
		`type'?' || ?`:                        `type'?' || $1`,
		`"what?" = ?`:                         `"what?" = $1`,
		"? -- why?\n + ?":                     "$1 -- why?\n + $2",
		"? -- why?":                           "$1 -- why?",
		"? /* a? /* b? */ c? */ ?":            "$1 /* a? /* b? */ c? */ $2",
		"? /* open ?":                         "$1 /* open ?",
		"'open ?":                             "'open ?",
		"$$ ? $$ ?":                           "$$ ? $$ $1",
		"$a$ ? $$ $a$ ?":                      "$a$ ? $$ $a$ $1",
		"a$b$ ? c$b$ ?":                       "a$b$ $1 c$b$ $2",
		"$1 ? $1":                             "$1 $1 $1",
		"data ?? 'key' AND a = ?":             "data ? 'key' AND a = $1",
		"data ??| ARRAY[?]":                   "data ?| ARRAY[$1]",
		"ü = ? AND 東京 = ?":                    "ü = $1 AND 東京 = $2",
		strings.Repeat("?,", 11) + " '?' $$?": "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11, '?' $$?",
	} {
		if got := Rebind(Postgres, given); got != want {
			t.Errorf("Rebind(%q) = %q, want %q", given, got, want)
		}
		if got := Rebind(SQLite, given); got != given {
			t.Errorf("Rebind(SQLite, %q) = %q, want it unchanged", given, got)
		}
	}
}

// FuzzRebind holds that nothing but placeholders changes and that a text without them stays.
func FuzzRebind(f *testing.F) {
	for _, seed := range []string{"a = ?", "'?' ?", "E'\\'?", "/* ? */ ?", "$$?$$ ??", "--?\n?", "\"?\"", "$a$?$a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got := Rebind(Postgres, given)
		if !strings.Contains(given, "?") && got != given {
			t.Fatalf("Rebind(%q) = %q, want a text without placeholders unchanged", given, got)
		}
		// What is left between the placeholders appears in the same order.
		rest := got
		for _, piece := range strings.Split(given, "?") {
			at := strings.Index(rest, piece)
			if at < 0 {
				t.Fatalf("Rebind(%q) = %q lost %q", given, got, piece)
			}
			rest = rest[at+len(piece):]
		}
		if strings.Count(got, "?") > strings.Count(given, "?") {
			t.Fatalf("Rebind(%q) = %q has more question marks", given, got)
		}
	})
}

func TestTextCacheBounded(t *testing.T) {
	t.Parallel()
	c := newTextCache()
	for i := range textCacheSize + 10 {
		c.get(strings.Repeat("x", i), strings.ToUpper)
	}
	if len(c.texts) > textCacheSize {
		t.Errorf("the cache holds %d texts, want at most %d", len(c.texts), textCacheSize)
	}
}
