//go:build unix

package db_test

import (
	"context"
	"testing"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// leased opens a database as a server does, or as a command beside it.
func leased(t *testing.T, url string, server bool) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if server {
		d.TakeLease()
	}
	return d
}

func count(t *testing.T, d *db.DB) uint64 {
	t.Helper()
	n, ok := d.Changes()
	if !ok {
		t.Fatal("the server may remember nothing")
	}
	return n
}

func TestLease(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t, "sqlite")
	server, command := leased(t, url, true), leased(t, url, false)
	write := func(d *db.DB, fn func(*db.Tx) error) {
		t.Helper()
		if err := d.Write(context.Background(), fn); err != nil {
			t.Fatal(err)
		}
	}
	loud := func(tx *db.Tx) error { _, err := tx.Exec("CREATE TABLE IF NOT EXISTS a (n integer)"); return err }
	quiet := func(tx *db.Tx) error {
		tx.Quiet()
		_, err := tx.Exec("INSERT INTO a VALUES (1)")
		return err
	}

	t.Run("OneHolder", func(t *testing.T) {
		if _, ok := command.Changes(); ok {
			t.Error("a command may remember rows")
		}
		if _, ok := leased(t, url, true).Changes(); ok {
			t.Error("a second server may remember rows")
		}
	})
	t.Run("EveryProcessCounts", func(t *testing.T) {
		before := count(t, server)
		write(server, loud)
		write(command, loud)
		if got := count(t, server); got != before+2 {
			t.Errorf("the count went from %d to %d, want 2 more", before, got)
		}
	})
	t.Run("QuietDoesNotCount", func(t *testing.T) {
		before := count(t, server)
		write(server, quiet)
		if got := count(t, server); got != before {
			t.Errorf("a quiet write counted")
		}
	})
	t.Run("ALoudPartMakesTheWholeLoud", func(t *testing.T) {
		before := count(t, server)
		write(server, func(tx *db.Tx) error {
			tx.Quiet()
			return server.Write(tx.Context(), loud)
		})
		if got := count(t, server); got != before+1 {
			t.Errorf("the count went from %d to %d, want 1 more", before, got)
		}
	})
	t.Run("FreedAtTheEnd", func(t *testing.T) {
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		count(t, leased(t, url, true))
	})
}
