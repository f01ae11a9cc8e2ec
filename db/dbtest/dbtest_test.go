package dbtest_test

import (
	"testing"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

func TestEngines(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	dbtest.Engines(t, func(t *testing.T, url string) {
		for _, u := range []string{url, dbtest.URL(t, engineOf(t, url))} {
			d, err := db.Open(t.Context(), db.Config{URL: u})
			if err != nil {
				t.Fatalf("Open(%s) = %v, want a database", u, err)
			}
			version, err := d.Version(t.Context())
			if err != nil || len(version) != 0 || seen[u] {
				t.Errorf("%s is not a fresh database: %v, %v", u, version, err)
			}
			seen[u] = true
			if err := d.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		}
	})
}

func engineOf(t *testing.T, url string) db.Engine {
	t.Helper()
	if url[:6] == "sqlite" {
		return db.SQLite
	}
	return db.Postgres
}

func TestRequire(t *testing.T) {
	t.Run("Skips", func(t *testing.T) {
		t.Setenv("TESSERA_TEST_REQUIRE", "")
		skipped := false
		t.Run("Inner", func(t *testing.T) {
			defer func() { skipped = t.Skipped() }()
			dbtest.Require(t, "a unicorn", false, "there are none")
			t.Error("Require let a test go on without what it needs")
		})
		if !skipped {
			t.Error("the test without what it needs was not skipped")
		}
	})
	t.Run("Passes", func(t *testing.T) {
		t.Setenv("TESSERA_TEST_REQUIRE", "all")
		dbtest.Require(t, "the sky", true, "")
	})
}
