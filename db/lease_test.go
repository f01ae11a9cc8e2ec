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
	n, ok := d.Changes(context.Background())
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
		if _, ok := command.Changes(context.Background()); ok {
			t.Error("a command may remember rows")
		}
		if _, ok := leased(t, url, true).Changes(context.Background()); ok {
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

// TestCount holds what servers on one PostgreSQL remember rows by.
func TestCount(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t, "postgres")
	if leased(t, url, false).TakeLease() {
		t.Fatal("a database that was never migrated counts its changes")
	}
	if err := leased(t, url, false).Migrate(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	one, two, command := leased(t, url, true), leased(t, url, true), leased(t, url, false)
	if _, ok := command.Changes(context.Background()); ok {
		t.Error("a command may remember rows")
	}
	create := func(tx *db.Tx) error { _, err := tx.Exec("CREATE TABLE a (n integer)"); return err }
	insert := func(tx *db.Tx) error { _, err := tx.Exec("INSERT INTO a VALUES (1)"); return err }
	for _, c := range []struct {
		name string
		do   func() error
		more uint64
	}{
		{"TheFirst", func() error { return one.Write(context.Background(), create) }, 1},
		{"EveryProcessCounts", func() error { return command.Write(context.Background(), insert) }, 1},
		{"QuietDoesNot", func() error {
			return one.Write(context.Background(), func(tx *db.Tx) error { tx.Quiet(); return insert(tx) })
		}, 0},
		{"InsertDoesNot", func() error { return one.Insert(context.Background(), "INSERT INTO a VALUES (?)", 2) }, 0},
		{"ALoudPart", func() error {
			return one.Write(context.Background(), func(tx *db.Tx) error { tx.Quiet(); return one.Write(tx.Context(), insert) })
		}, 1},
		{"WhatWasUndoneDoesNot", func() error {
			_ = one.Write(context.Background(), func(tx *db.Tx) error { _ = insert(tx); return errOwn })
			return nil
		}, 0},
	} {
		before := count(t, two)
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := count(t, two); got != before+c.more {
			t.Errorf("%s: the count went from %d to %d, want %d more", c.name, before, got, c.more)
		}
	}
}
