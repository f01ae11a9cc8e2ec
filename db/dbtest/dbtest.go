// Package dbtest gives tests a fresh database of each engine.
//
// PostgreSQL comes from TESSERA_TEST_POSTGRES=postgres://… when that is set; else all test
// processes of this user share one throw-away server, started from initdb and pg_ctl and
// stopped soon after the last of them has ended. A machine without it skips the tests
// that need it, unless TESSERA_TEST_REQUIRE=all.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the administrative connection

	"github.com/tessera-erp/tessera/db"
)

// Engines runs a subtest for each engine with the URL of a fresh, empty database, which
// is dropped when the subtest ends.
func Engines(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { run(t, URL(t, engine)) })
	}
}

// URL returns the URL of a fresh, empty database that lives as long as the test. Without
// a PostgreSQL server the test ends as [Require] says.
func URL(t testing.TB, engine db.Engine) string {
	t.Helper()
	if engine == db.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	}
	server, err := postgresServer()
	if err != nil {
		Require(t, "PostgreSQL", false, err.Error())
	}
	name := "test_" + strings.ToLower(rand.Text())
	// template0 is never in use, so that concurrent tests do not wait for each other. Its
	// locale stays the server's: a query that relies on the database's collation shows.
	administer(t, server, `CREATE DATABASE `+name+` TEMPLATE template0`)
	t.Cleanup(func() { administer(t, server, `DROP DATABASE `+name+` WITH (FORCE)`) })
	return withDatabase(server, name)
}

// Require ends the test when something that it needs is not there: it is skipped with the
// reason, or fails when TESSERA_TEST_REQUIRE=all, as in CI.
func Require(t testing.TB, what string, ok bool, reason string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("TESSERA_TEST_REQUIRE") == "all" {
		t.Fatalf("%s is required by TESSERA_TEST_REQUIRE=all: %s", what, reason)
	}
	t.Skipf("needs %s: %s", what, reason)
}

func administer(t testing.TB, server, statement string) {
	t.Helper()
	if err := execute(server, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func execute(server, statement string) error {
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer admin.Close()
	_, err = admin.ExecContext(context.Background(), statement)
	return err
}

// withDatabase returns the URL of another database of the same server.
func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}
