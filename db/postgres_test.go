package db_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// TestDeadlock has two transactions lock two rows crosswise: PostgreSQL ends one of them,
// the door runs it again, and both are kept.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	d := openNotes(t, dbtest.URL(t, db.Postgres))
	write(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO notes (id, text) VALUES (1, ''), (2, '')")
		return err
	})
	var both sync.WaitGroup // both hold their first row
	both.Add(2)
	var runs atomic.Int32
	var committed atomic.Int32
	lock := func(first, second int, word string) {
		waited := false
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			runs.Add(1)
			tx.AfterCommit(func() { committed.Add(1) })
			if _, err := tx.Exec("SET LOCAL deadlock_timeout = '10ms'"); err != nil {
				return err
			}
			if _, err := tx.Exec("UPDATE notes SET text = text || ? WHERE id = ?", word, first); err != nil {
				return err
			}
			if !waited {
				waited = true
				both.Done()
				both.Wait()
			}
			_, err := tx.Exec("UPDATE notes SET text = text || ? WHERE id = ?", word, second)
			return err
		})
		if err != nil {
			t.Errorf("Write() of %q = %v, want it repeated and kept", word, err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { lock(1, 2, "a") })
	wg.Go(func() { lock(2, 1, "b") })
	wg.Wait()
	if runs.Load() < 3 || committed.Load() != 2 {
		t.Errorf("the functions ran %d times and AfterCommit %d times, want at least 3 and exactly 2", runs.Load(), committed.Load())
	}
	var length int
	if err := d.QueryRowContext(t.Context(), "SELECT sum(length(text)) FROM notes").Scan(&length); err != nil || length != 4 {
		t.Errorf("the rows hold %d letters, %v, want both words on both", length, err)
	}
}

// TestRetryBounded stands in for a server that never lets the transaction through.
func TestRetryBounded(t *testing.T) {
	t.Parallel()
	d := openNotes(t, dbtest.URL(t, db.Postgres))
	runs := 0
	err := d.Write(t.Context(), func(*db.Tx) error {
		runs++
		return &pgconn.PgError{Code: "40001", Message: "could not serialize access"}
	})
	if runs != 3 || !db.IsUnavailable(err) {
		t.Errorf("Write() ran %d times and returned %v, want 3 times and an error that it is unavailable", runs, err)
	}
	runs = 0
	_ = d.Write(t.Context(), func(*db.Tx) error { runs++; return errors.New("own") })
	if runs != 1 {
		t.Errorf("a function with an error of its own ran %d times, want once", runs)
	}
}

// TestPreparedAcrossMigration changes the columns of a table whose query another
// connection has prepared.
func TestPreparedAcrossMigration(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d, elsewhere := openNotes(t, url), open(t, url)
		read := func(tx *db.Tx) error {
			rows, err := tx.Query("SELECT * FROM notes")
			if err != nil {
				return err
			}
			return rows.Close()
		}
		write(t, d, read)
		write(t, elsewhere, func(tx *db.Tx) error {
			_, err := tx.Exec("ALTER TABLE notes ADD COLUMN more text")
			return err
		})
		write(t, d, read)
	})
}
