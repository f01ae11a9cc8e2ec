package db_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name, url, says string
		code            fault.Code
	}{
		{"ErrNoScheme", "tessera.db", "has to be given as", fault.Invalid},
		{"ErrNoPath", "sqlite:", "path of a file", fault.Invalid},
		{"ErrMemory", "sqlite::memory:", "path of a file", fault.Invalid},
		{"ErrPostgresURL", "postgres://a:secret@host:port/x", "not a valid postgres:// URL", fault.Invalid},
		{"ErrMissingFolder", "sqlite:" + filepath.Join(folder, "none", "a.db"), "does not exist", fault.NotFound},
		{"ErrFolder", "sqlite:" + folder, "is a folder", fault.Invalid},
		{"ErrNotADatabase", "sqlite:" + file("text.db", strings.Repeat("not a database ", 100), 0o600), "is not a database file", fault.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			refused(t, c.url, c.code, c.says)
		})
	}
}

// refused opens the database at url in vain.
func refused(t *testing.T, url string, code fault.Code, says string) {
	t.Helper()
	for _, readOnly := range []bool{false, true} {
		d, err := db.Open(t.Context(), db.Config{URL: url, ReadOnly: readOnly})
		if err == nil {
			_ = d.Close()
		}
		if fault.CodeOf(err) != code || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%s) = %v (code %q), want %q and a sentence with %q", url, err, fault.CodeOf(err), code, says)
		}
	}
}

func TestOpenDamaged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	d := openNotes(t, "sqlite:"+path)
	write(t, d, func(tx *db.Tx) error {
		for range 200 {
			if err := add(tx, strings.Repeat("note ", 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[8192:], make([]byte, 8192)) // two pages of the table
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := open(t, "sqlite:"+path).Check(t.Context())
	if err != nil || report.OK() {
		t.Errorf("Check(damaged file) = %+v, %v, want problems", report, err)
	}
	if _, err := db.Restore(t.Context(), path, "sqlite:"+path+".restored"); !fault.Is(err, fault.Invalid) {
		t.Errorf("Restore(damaged file) = %v, want invalid", err)
	}
	copy(content[100:], "no page of a schema")
	if err := os.WriteFile(path+".worse", content, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, "sqlite:"+path+".worse", fault.Invalid, "is damaged")
}

func TestOpenCreates(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c%20#d.db")
	if _, err := db.Open(t.Context(), db.Config{URL: "sqlite:" + path, ReadOnly: true}); !fault.Is(err, fault.NotFound) {
		t.Errorf("Open(read only, no file) = %v, want not found", err)
	}
	d := openNotes(t, "sqlite:"+path)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want a file of mode 0600", name, info, err)
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "synchronous": "2", "busy_timeout": "10000"} {
		write(t, d, func(tx *db.Tx) error {
			var got string
			err := tx.QueryRow("PRAGMA " + pragma).Scan(&got)
			if got != want {
				t.Errorf("%s of the writer = %q, want %q", pragma, got, want)
			}
			return err
		})
	}
	var queryOnly int
	if err := d.SQL().QueryRow("PRAGMA query_only").Scan(&queryOnly); err != nil || queryOnly != 1 {
		t.Errorf("query_only of a reader = %d, %v, want 1", queryOnly, err)
	}
}

func TestOpenPostgresRefuses(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("ErrUnreachable", func(t *testing.T) {
		t.Parallel()
		refused(t, "postgres://anna:secret@"+port+"/tessera", fault.Unavailable, "cannot be reached")
	})
	t.Run("ErrNoDatabase", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t, db.Postgres)
		refused(t, strings.Replace(url, "/test_", "/nonesuch_", 1), fault.NotFound, "There is no database")
	})
	t.Run("ErrNoUser", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t, db.Postgres)
		if !strings.Contains(url, "user=postgres") {
			t.Skip("the server is not the throw-away one")
		}
		refused(t, strings.Replace(url, "user=postgres", "user=nobody", 1), fault.Forbidden, "refuses the user")
	})
}
