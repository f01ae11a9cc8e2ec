package db_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

func TestBackup(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		if err := d.Migrate(t.Context(), sets()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "backup")
		note, err := d.Backup(t.Context(), path)
		if err != nil || !strings.Contains(note, "leaves the keyset out") {
			t.Fatalf("Backup() = %q, %v, want a note about the keyset", note, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup is %v, %v, want mode 0600", info, err)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Errorf("the folder holds %v, %v, want the backup only", entries, err)
		}
		_, err = d.Backup(t.Context(), path)
		expectCode(t, "Backup over a file", err, fault.Conflict)
		_, err = d.Backup(t.Context(), filepath.Join(path, "below"))
		if err == nil {
			t.Error("Backup below a file = nil, want an error")
		}

		write(t, d, func(tx *db.Tx) error { _, err := tx.Exec("UPDATE people SET name = 'Berta'"); return err })
		_, err = db.Restore(t.Context(), path, url)
		expectCode(t, "Restore over a database in use", err, fault.Conflict)

		fresh := dbtest.URL(t, d.Engine())
		if note, err := db.Restore(t.Context(), path, fresh); err != nil || note != db.KeysetNote {
			t.Fatalf("Restore() = %q, %v, want the note", note, err)
		}
		restored := open(t, fresh)
		var name string
		if err := restored.QueryRowContext(t.Context(), "SELECT name FROM people").Scan(&name); err != nil || name != "Anna" {
			t.Errorf("the restored person is %q, %v, want Anna", name, err)
		}
		report, err := restored.Check(t.Context())
		if err != nil || !report.OK() || len(report.Version) != 3 || report.Engine != d.Engine() {
			t.Errorf("Check(restored) = %+v, %v, want a sound database with 3 steps", report, err)
		}
		if strings.HasPrefix(fresh, "sqlite:") {
			if info, err := os.Stat(strings.TrimPrefix(fresh, "sqlite:")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the restored file is %v, %v, want mode 0600", info, err)
			}
		}
	})
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	into := "sqlite:" + filepath.Join(folder, "new.db")
	text := filepath.Join(folder, "text")
	dump := filepath.Join(folder, "dump")
	for path, content := range map[string]string{text: "not a backup at all", dump: "PGDMP but no more than that"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, from, url string
		want            fault.Code
	}{
		{"ErrNoBackup", filepath.Join(folder, "none"), into, fault.NotFound},
		{"ErrNotABackup", text, into, fault.Invalid},
		{"ErrOtherEngine", dump, into, fault.Invalid},
		{"ErrURL", text, "mysql://x", fault.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := db.Restore(t.Context(), c.from, c.url)
			expectCode(t, "Restore()", err, c.want)
		})
	}
}

func TestCheckFindsMissingRows(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		if err := d.Migrate(t.Context(), sets()); err != nil {
			t.Fatal(err)
		}
		orphan(t, d)
		report, err := d.Check(t.Context())
		if err != nil || len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "of orders refer") || !strings.Contains(report.Problems[0], "a missing row of people") {
			t.Errorf("Check() = %+v, %v, want one problem about orders and people", report, err)
		}
	})
}

// orphan takes a parent away behind the back of its foreign key.
func orphan(t *testing.T, d *db.DB) {
	t.Helper()
	if d.Engine() == db.Postgres {
		write(t, d, func(tx *db.Tx) error {
			if _, err := tx.Exec("SET LOCAL session_replication_role = replica"); err != nil {
				return err
			}
			_, err := tx.Exec("DELETE FROM people")
			return err
		})
		return
	}
	conn, err := d.SQL().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, s := range []string{"PRAGMA query_only = OFF", "PRAGMA foreign_keys = OFF", "DELETE FROM people", "PRAGMA foreign_keys = ON", "PRAGMA query_only = ON"} {
		if _, err := conn.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
