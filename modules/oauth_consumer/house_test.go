package oauthconsumer_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// dump writes all columns of all rows as text.
func dump(t testing.TB, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			v := *c.(*any)
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			fmt.Fprintf(&out, "%v\n", v)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func saveValues(w *world, model string, id int64, values map[string]any) (int64, error) {
	return record.SaveValues(w.System(), model, id, 0, values)
}

// Every sentence that the code keys is in the texts.
func TestTexts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := os.ReadFile("locales/fr.toml")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`(?:Keyed|\.T|\.Or|text\(env)\("(oauth_consumer\.[a-z_.]+[a-z_])"`)
	for _, f := range files {
		code, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(code), -1) {
			if !strings.Contains(string(texts), `"`+m[1]+`"`) {
				t.Errorf("%s: there is no text %s", f, m[1])
			}
		}
	}
}

// A card says in the reader's language what its provider is for.
func TestCardsSpeakFrench(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.Load("- {model: base.user, id: admin, values: {lang: fr}}\n" +
			"- {model: oauth_consumer.api, id: there, values: {name: There, provider: tessera, base_url: \"https://there.example\"}}")
		_, page := w.Get(w.SignIn("admin@example.com"), "/connections/application")
		if !strings.Contains(page, "Des fiches que quelqu’un partage avec cette maison.") || strings.Contains(page, "Records that somebody shares") {
			t.Errorf("a card in French does not say what the provider is for:\n%s", page)
		}
	})
}
