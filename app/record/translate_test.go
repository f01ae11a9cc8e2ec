package record_test

import (
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

// A text from a load file gives the record another version when it changes, and only then;
// a save in that language raises the version once, as any other.
func TestTranslationsHaveVersions(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		french := boss.WithLang("fr")
		id, err := record.SaveValues(boss, "test.tag", 0, 0, map[string]any{"name": "Red"})
		must(t, err)
		want := func(name string, version int64) {
			t.Helper()
			row, v, err := record.RowAt(french, "test.tag", id, []string{"name"})
			must(t, err)
			if got, _ := row.Value("name"); got != name || v != version {
				t.Errorf("in French it is %v in version %d, want %s in version %d", got, v, name, version)
			}
		}
		want("Red", 1)
		set := func(text string) {
			t.Helper()
			must(t, record.SetTranslation(boss, "test.tag", id, "name", "fr", text))
		}
		set("Rouge")
		want("Rouge", 2)
		set("Rouge")
		want("Rouge", 2)
		_, err = record.SaveValues(french, "test.tag", id, 2, map[string]any{"name": "Vermeil"})
		must(t, err)
		want("Vermeil", 3)
		set("")
		want("Red", 4)
		set("")
		want("Red", 4)
	})
}
