package wizards_test

import (
	"net/http"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
)

// BenchmarkPages compares a step with the plain form of a record, over HTTP: the step
// answers within twice its time.
func BenchmarkPages(b *testing.B) {
	a := apptest.New(b, dbtest.URL(b, db.SQLite), base.Module(), module(&office{granted: true}))
	client := a.SignIn("admin@example.com")
	step := a.Follow(client, http.MethodPost, start, nil)
	for _, page := range []struct{ name, path string }{
		{"Form", web.RecordPath("base.company", a.ID("base.company", "main"))}, {"Step", step},
	} {
		b.Run(page.name, func(b *testing.B) {
			for b.Loop() {
				if status, body := a.Get(client, page.path); status != http.StatusOK {
					b.Fatalf("%s answers %d: %s", page.path, status, body)
				}
			}
		})
	}
}
