package domain_test

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/tessera-erp/tessera/app/domain"
)

func TestLocales(t *testing.T) {
	t.Parallel()
	holes := regexp.MustCompile(`{{\.\w+}}`)
	for _, lang := range []string{"en", "fr"} {
		text, err := fs.ReadFile(domain.Locales, "locales/"+lang+".toml")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		if err := toml.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := domain.Messages()
		if lang == "en" && !maps.Equal(got, want) {
			t.Errorf("locales/en.toml says otherwise than the code")
		}
		for key, english := range want {
			if got[key] == "" {
				t.Errorf("%s: the key %s is missing", lang, key)
			}
			for _, hole := range holes.FindAllString(got[key], -1) {
				if !slices.Contains(holes.FindAllString(english, -1), hole) {
					t.Errorf("%s: %s has the unknown placeholder %s", lang, key, hole)
				}
			}
		}
		for key := range got {
			if want[key] == "" {
				t.Errorf("%s: the key %s is not used", lang, key)
			}
		}
	}
}
