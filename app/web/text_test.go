package web_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// used finds the keys that Go files of a folder name: whole literals, and beginnings
// that the code completes.
func used(t *testing.T, dir string, pattern *regexp.Regexp) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	keys := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
			keys[m[1]] = true
		}
	}
	return keys
}

func TestTexts(t *testing.T) {
	t.Parallel()
	texts, err := i18n.New(web.Locales, ui.Locales)
	if err != nil {
		t.Fatal(err)
	}
	keys := used(t, ".", regexp.MustCompile(`"(web\.[a-z_.]+)"`))
	for key := range used(t, "../record", regexp.MustCompile(`Keyed\("(record\.[a-z_.]*[a-z_])"`)) {
		keys[key] = true
	}
	for what := range used(t, "../record", regexp.MustCompile(`\.wrong\("([a-z]+)"`)) {
		keys["record.invalid."+what] = true
	}
	for _, key := range []string{"forbidden.read", "forbidden.create", "forbidden.write", "forbidden.delete", "created_at", "updated_at", "created_by", "updated_by"} {
		keys["record."+key] = true
	}
	for beginning, ends := range map[string]int{"web.day.": 7, "web.month.": 13, "web.mon.": 13} {
		delete(keys, beginning)
		for i := range ends {
			keys[beginning+strconv.Itoa(i)] = true
		}
	}
	delete(keys, "web.month.0") // time.January is 1
	delete(keys, "web.mon.0")
	if len(keys) < 80 {
		t.Fatalf("only %d keys found: the patterns no longer match the code", len(keys))
	}
	for key := range keys {
		for _, lang := range i18n.Languages {
			if !texts.Has(lang, key) {
				t.Errorf("%s has no text for %q", lang, key)
			}
		}
	}
	own, err := i18n.New(web.Locales)
	if err != nil {
		t.Fatal(err)
	}
	if en, fr := own.Keys("en"), own.Keys("fr"); !slices.Equal(en, fr) {
		t.Errorf("English and French have different keys")
	}
	for _, key := range own.Keys("en") {
		if !keys[key] {
			t.Errorf("the text %q is used nowhere", key)
		}
	}
}

func TestPlaceholdersAgree(t *testing.T) {
	t.Parallel()
	mark := regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	marks := map[string]map[string][]string{}
	for _, lang := range i18n.Languages {
		text, err := fs.ReadFile(web.Locales, "locales/"+lang+".toml")
		if err != nil {
			t.Fatal(err)
		}
		marks[lang] = map[string][]string{}
		for line := range strings.Lines(string(text)) {
			key, value, ok := strings.Cut(line, " = ")
			if !ok || !strings.HasPrefix(key, `"`) {
				continue
			}
			for _, m := range mark.FindAllStringSubmatch(value, -1) {
				marks[lang][key] = append(marks[lang][key], m[1])
			}
			slices.Sort(marks[lang][key])
		}
	}
	for key, en := range marks["en"] {
		if fr := marks["fr"][key]; !slices.Equal(en, fr) {
			t.Errorf("%s: English fills %v, French %v", key, en, fr)
		}
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	texts, err := i18n.New(web.Locales)
	if err != nil {
		t.Fatal(err)
	}
	// "web.search.menus" stands for a model's label, which has a key of its own.
	e := fault.New(fault.NotFound, "There is no page 7.").Keyed("record.notfound", map[string]any{"Model": "Page", "ModelKey": "web.search.menus", "ID": 7})
	if got, want := web.Sentence(texts.For("fr"), e), "Cet enregistrement n’existe pas (Pages 7), ou vous ne pouvez pas le voir."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	plain := fault.New(fault.Invalid, "The port is taken.")
	if got := web.Sentence(texts.For("fr"), plain); got != "The port is taken." {
		t.Errorf("an error without a key says %q", got)
	}
}
