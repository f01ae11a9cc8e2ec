package wizards_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/web/wizards"
	"github.com/tessera-erp/tessera/app/wizard"
)

// Every key that the pages and the engine name exists in every language, and none besides.
func TestEveryTextExists(t *testing.T) {
	t.Parallel()
	texts, err := i18n.New(wizards.Locales, wizard.Locales)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for dir, pattern := range map[string]*regexp.Regexp{".": regexp.MustCompile(`"(wizards\.[a-z_.]+)"`), "../../wizard": regexp.MustCompile(`Keyed\("(wizard\.[a-z_.]+)"`)} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no Go files in %s: %v", dir, err)
		}
		for _, name := range files {
			code, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, m := range pattern.FindAllStringSubmatch(string(code), -1) {
				used[m[1]] = true
			}
		}
	}
	for _, lang := range i18n.Languages {
		for _, key := range slices.Sorted(maps.Keys(used)) {
			if !texts.Has(lang, key) {
				t.Errorf("%s.toml lacks %q", lang, key)
			}
		}
		for _, key := range texts.Keys(lang) {
			if !used[key] {
				t.Errorf("%s.toml has %q, which nothing uses", lang, key)
			}
		}
	}
}
