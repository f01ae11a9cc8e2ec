package screen

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/i18n"
)

var keyInCode = regexp.MustCompile(`"(screen\.[a-z0-9_.]*)"`)

// made are the keys that code puts together from a beginning and these ends.
var made = map[string][]string{
	"screen.": {"archive", "unarchive", "archive.done", "unarchive.done"},
}

func TestEveryTextExistsInEveryLanguage(t *testing.T) {
	t.Parallel()
	texts, err := i18n.New(Locales)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range keyInCode.FindAllStringSubmatch(string(code), -1) {
			if ends, ok := made[m[1]]; ok {
				for _, end := range ends {
					used[m[1]+end] = true
				}
				continue
			}
			used[m[1]] = true
		}
	}
	for _, lang := range i18n.Languages {
		for _, key := range slices.Sorted(maps.Keys(used)) {
			if !texts.Has(lang, key) {
				t.Errorf("locales/%s.toml lacks %q", lang, key)
			}
		}
		for _, key := range texts.Keys(lang) {
			if strings.HasPrefix(key, "screen.") && !used[key] {
				t.Errorf("locales/%s.toml has %q, which nothing uses", lang, key)
			}
		}
	}
	if en, fr := texts.Keys("en"), texts.Keys("fr"); !slices.Equal(en, fr) {
		t.Errorf("the languages have different keys:\n%q\n%q", en, fr)
	}
}
