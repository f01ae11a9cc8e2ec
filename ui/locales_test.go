package ui

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func messages(t *testing.T, lang string) map[string]any {
	t.Helper()
	raw, err := fs.ReadFile(Locales, "locales/"+lang+".toml")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := toml.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLocalesHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	en, fr := messages(t, "en"), messages(t, "fr")
	for key, text := range en {
		other, ok := fr[key]
		if !ok {
			t.Errorf("%s is not in French", key)
			continue
		}
		if _, plural := text.(map[string]any); plural != isTable(other) {
			t.Errorf("%s has plurals in one language only", key)
		}
		if !strings.HasPrefix(key, "ui.") {
			t.Errorf("%s does not begin with ui.", key)
		}
		if a, b := holes(text), holes(other); !slices.Equal(a, b) {
			t.Errorf("%s is filled with %v in English and %v in French", key, a, b)
		}
	}
	for key := range fr {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is in French only", key)
		}
	}
}

func isTable(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

var hole = regexp.MustCompile(`{{\.\w+}}`)

// holes are the names that a message is filled with.
func holes(v any) []string {
	text, _ := v.(string)
	if forms, ok := v.(map[string]any); ok {
		for _, form := range slices.Sorted(maps.Keys(forms)) {
			text += forms[form].(string)
		}
	}
	found := hole.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

var keyInSource = regexp.MustCompile(`"(ui\.[a-z_]+(?:\.[a-z_]+)*)"`)

// TestEveryKeyIsUsedAndWritten: no text without a place, no place without a text.
func TestEveryKeyIsUsedAndWritten(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, name := range sources(t, "*.templ", "*.go") {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		for _, m := range keyInSource.FindAllStringSubmatch(read(t, name), -1) {
			used[m[1]] = true
		}
	}
	en := messages(t, "en")
	for key := range used {
		if _, ok := en[key]; !ok && key != "ui.error" {
			t.Errorf("%s is used and not written", key)
		}
	}
	for key := range en {
		if !used[key] && !strings.HasPrefix(key, "ui.error.") {
			t.Errorf("%s is written and not used", key)
		}
	}
}

var (
	// literal is a run of letters in a template outside of braces and tags.
	literal = regexp.MustCompile(`>[^<>{}@]*\p{L}{2,}[^<>{}@]*<`)
	// wordAttr is a word given to a person in an attribute without a translation.
	wordAttr = regexp.MustCompile(`\b(aria-label|title|placeholder|alt)="[^"]*\p{L}[^"]*"`)
)

// TestTemplatesHoldNoWords: every word of a template goes through Page.T.
// The gallery is for developers and stays English.
func TestTemplatesHoldNoWords(t *testing.T) {
	t.Parallel()
	for _, name := range sources(t, "*.templ") {
		if name == "gallery.templ" {
			continue
		}
		for i, line := range strings.Split(read(t, name), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			if found := literal.FindString(line) + wordAttr.FindString(line); found != "" {
				t.Errorf("%s:%d says %q without a translation", name, i+1, found)
			}
		}
	}
}

func sources(t *testing.T, patterns ...string) []string {
	t.Helper()
	var out []string
	for _, p := range patterns {
		names, err := filepath.Glob(p)
		if err != nil || len(names) == 0 {
			t.Fatalf("no files %s: %v", p, err)
		}
		out = append(out, names...)
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestIconsExist(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?:icon\(|Icon: |entryButton\([^)]*, |Link\([^)]*, )"([a-z-]+)"`)
	for _, name := range sources(t, "*.templ", "*.go") {
		for _, m := range named.FindAllStringSubmatch(read(t, name), -1) {
			if !slices.Contains(Icons(), m[1]) {
				t.Errorf("%s names the icon %q, which is not in the sprite", name, m[1])
			}
		}
	}
}
