//go:build unix

package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// counting opens a database as a server does that may remember rows: PostgreSQL counts
// changes once it was migrated.
func counting(t *testing.T, url string) *db.DB {
	t.Helper()
	if err := leased(t, url, false).Migrate(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return leased(t, url, true)
}

func TestMemory(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		ctx := context.Background()
		server, command := counting(t, url), leased(t, url, false)
		reads := 0
		ask := func(m *db.Memory[string, int], key string, want int) {
			t.Helper()
			before := reads
			got, err := m.Of(ctx, key, func(bool) (int, error) { reads++; return reads, nil })
			if err != nil || got == 0 {
				t.Fatalf("%d, %v", got, err)
			}
			if reads-before != want {
				t.Errorf("%q is read %d times, want %d", key, reads-before, want)
			}
		}
		m := db.NewMemory[string, int](server, 2, time.Hour)
		ask(m, "a", 1)
		ask(m, "a", 0)
		write := func(d *db.DB, quiet bool) {
			t.Helper()
			err := d.Write(ctx, func(tx *db.Tx) error {
				if quiet {
					tx.Quiet()
				}
				_, err := tx.Exec("CREATE TABLE IF NOT EXISTS a (n integer)")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		write(server, true)
		ask(m, "a", 0)
		write(command, false)
		ask(m, "a", 1)
		m.Forget("a")
		ask(m, "a", 1)
		ask(m, "b", 1)
		ask(m, "c", 1) // the third is one too many
		ask(m, "a", 1)
		if _, err := m.Of(ctx, "broken", func(bool) (int, error) { return 7, errOwn }); !errors.Is(err, errOwn) {
			t.Errorf("an error of the reader: %v", err)
		}
		ask(m, "broken", 1)

		short := db.NewMemory[string, int](server, 2, -time.Second) // over as soon as it begins
		ask(short, "a", 1)
		ask(short, "a", 1)

		none := db.NewMemory[string, int](command, 2, time.Hour)
		ask(none, "a", 1)
		ask(none, "a", 1)
	})
}

// A transaction sees its own changes, whatever is remembered; what it undid is told to
// nobody.
func TestMemoryAndTransactions(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		ctx := context.Background()
		d := counting(t, url)
		exec := func(statement string) error {
			return d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(statement); return err })
		}
		if err := errors.Join(exec("CREATE TABLE n (value integer)"), exec("INSERT INTO n VALUES (1)")); err != nil {
			t.Fatal(err)
		}
		m := db.NewMemory[string, int](d, 10, time.Hour)
		value := func(ctx context.Context) int {
			t.Helper()
			got, err := m.Of(ctx, "n", func(bool) (n int, err error) {
				err = d.QueryRowContext(ctx, "SELECT value FROM n").Scan(&n)
				return n, err
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got := value(ctx); got != 1 {
			t.Fatalf("at first: %d, want 1", got)
		}
		_ = d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec("UPDATE n SET value = 2"); err != nil {
				t.Error(err)
			}
			if got := value(tx.Context()); got != 2 {
				t.Errorf("the transaction sees %d, want its own 2", got)
			}
			return errOwn
		})
		if got := value(ctx); got != 1 {
			t.Errorf("after it was undone: %d, want 1", got)
		}
	})
}

// Many may ask while others write: nobody is told what was read before a write that had
// ended when he asked.
func TestMemoryIsNeverBehind(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		ctx := context.Background()
		d := counting(t, url)
		exec := func(statement string, args ...any) error {
			return d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(statement, args...); return err })
		}
		if err := errors.Join(exec("CREATE TABLE n (value integer)"), exec("INSERT INTO n VALUES (0)")); err != nil {
			t.Fatal(err)
		}
		m := db.NewMemory[string, int](d, 10, time.Hour)
		read := func(bool) (n int, err error) {
			err = d.QueryRowContext(ctx, "SELECT value FROM n").Scan(&n)
			return n, err
		}
		var asking sync.WaitGroup
		stop := make(chan struct{})
		for i := range 3 {
			asking.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						if _, err := m.Of(ctx, fmt.Sprint("other ", i%2), read); err != nil {
							t.Error(err)
							return
						}
						_, _ = m.Of(ctx, "n", read)
					}
				}
			})
		}
		for want := 1; want <= 100; want++ {
			if err := exec("UPDATE n SET value = ?", want); err != nil {
				t.Fatal(err)
			}
			if got, err := m.Of(ctx, "n", read); err != nil || got != want {
				t.Fatalf("after %d was written: %d, %v", want, got, err)
			}
		}
		close(stop)
		asking.Wait()
	})
}
