package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

var errOwn = errors.New("the function's own error")

// TestWrite holds what the one door promises on both engines.
func TestWrite(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := openNotes(t, url)
		for _, c := range []struct {
			name string
			run  func(t *testing.T, d *db.DB)
		}{
			{"ErrOwn", writeOwnError},
			{"Panic", writePanic},
			{"Goexit", writeGoexit},
			{"Nested", writeNested},
			{"NestedPanic", writeNestedPanic},
			{"AfterCommit", writeAfterCommit},
			{"ErrSwallowed", writeSwallowed},
			{"Cancelled", writeCancelled},
			{"Isolated", writeIsolated},
			{"Over", writeOver},
			{"Gorm", writeGorm},
			{"Insert", writeInsert},
			{"FiftyWriters", writeFifty},
		} {
			t.Run(c.name, func(t *testing.T) {
				write(t, d, func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM notes"); return err })
				c.run(t, d)
			})
		}
	})
}

func writeOwnError(t *testing.T, d *db.DB) {
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := add(tx, "undone"); err != nil {
			return err
		}
		return errOwn
	})
	if !errors.Is(err, errOwn) {
		t.Errorf("Write() = %v, want the function's own error", err)
	}
	expectNotes(t, d)
}

func writePanic(t *testing.T, d *db.DB) {
	func() {
		defer func() {
			if got := recover(); got != "boom" {
				t.Errorf("recovered %v, want the panic in the caller's goroutine", got)
			}
		}()
		_ = d.Write(t.Context(), func(tx *db.Tx) error {
			if err := add(tx, "undone"); err != nil {
				return err
			}
			panic("boom")
		})
	}()
	write(t, d, func(tx *db.Tx) error { return add(tx, "later") })
	expectNotes(t, d, "later")
}

func writeGoexit(t *testing.T, d *db.DB) {
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.Write(context.Background(), func(tx *db.Tx) error {
			_ = add(tx, "undone")
			runtime.Goexit() // as t.FailNow does
			return nil
		})
	})
	wg.Wait()
	write(t, d, func(tx *db.Tx) error { return add(tx, "later") })
	expectNotes(t, d, "later")
}

func writeNested(t *testing.T, d *db.DB) {
	write(t, d, func(tx *db.Tx) error {
		if err := add(tx, "a outer"); err != nil {
			return err
		}
		err := d.Write(tx.Context(), func(inner *db.Tx) error {
			if err := add(inner, "undone"); err != nil {
				return err
			}
			return d.Write(inner.Context(), func(*db.Tx) error { return errOwn })
		})
		if !errors.Is(err, errOwn) {
			t.Errorf("nested Write() = %v, want its own error", err)
		}
		return d.Write(tx.Context(), func(inner *db.Tx) error { return add(inner, "b inner") })
	})
	expectNotes(t, d, "a outer", "b inner")
}

func writeNestedPanic(t *testing.T, d *db.DB) {
	write(t, d, func(tx *db.Tx) error {
		func() {
			defer func() { _ = recover() }()
			_ = d.Write(tx.Context(), func(inner *db.Tx) error {
				if err := add(inner, "undone"); err != nil {
					return err
				}
				panic("boom")
			})
		}()
		return add(tx, "kept")
	})
	expectNotes(t, d, "kept")
}

func writeAfterCommit(t *testing.T, d *db.DB) {
	var order []string
	say := func(what string) func() { return func() { order = append(order, what) } }
	write(t, d, func(tx *db.Tx) error {
		tx.AfterCommit(say("first"))
		_ = d.Write(tx.Context(), func(inner *db.Tx) error {
			inner.AfterCommit(say("of an undone part"))
			return errOwn
		})
		if err := d.Write(tx.Context(), func(inner *db.Tx) error {
			inner.AfterCommit(say("second"))
			return nil
		}); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			order = append(order, "third")
			expectNotes(t, d, "there") // what was written is visible by now
		})
		if len(order) > 0 {
			t.Errorf("%q ran before the commit", order)
		}
		return add(tx, "there")
	})
	_ = d.Write(t.Context(), func(tx *db.Tx) error {
		tx.AfterCommit(say("of an undone transaction"))
		return errOwn
	})
	if want := []string{"first", "second", "third"}; !slices.Equal(order, want) {
		t.Errorf("after the commit ran %q, want %q", order, want)
	}
}

// writeSwallowed makes sure that SQLite treats a failed statement as PostgreSQL does.
func writeSwallowed(t *testing.T, d *db.DB) {
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := add(tx, "undone"); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO notes (id, text) SELECT id, text FROM notes"); !db.IsUnique(err) {
			t.Errorf("a second row with the same id: %v, want a unique violation", err)
		}
		if err := add(tx, "after the failure"); err == nil {
			t.Error("a statement after a failed one ran, want it refused")
		}
		return nil
	})
	if err == nil {
		t.Error("Write() with a swallowed error = nil, want the error")
	}
	write(t, d, func(tx *db.Tx) error {
		if err := add(tx, "kept"); err != nil {
			return err
		}
		err := d.Write(tx.Context(), func(inner *db.Tx) error {
			_, err := inner.Exec("INSERT INTO notes (id, text) SELECT id, text FROM notes")
			return err
		})
		if !db.IsUnique(err) {
			t.Errorf("nested Write() = %v, want a unique violation", err)
		}
		return add(tx, "kept too")
	})
	expectNotes(t, d, "kept", "kept too")
}

func writeCancelled(t *testing.T, d *db.DB) {
	before, cancel := context.WithCancel(t.Context())
	cancel()
	err := d.Write(before, func(*db.Tx) error {
		t.Error("the function of a caller who gave up before his turn ran")
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Write(cancelled) = %v, want the context's error", err)
	}
	during, cancel := context.WithCancel(t.Context())
	err = d.Write(during, func(tx *db.Tx) error {
		cancel()
		if err := tx.Gorm().WithContext(during).Create(&note{Text: "a"}).Error; err != nil {
			return err
		}
		return add(tx, "b")
	})
	if err != nil {
		t.Errorf("Write(cancelled in its turn) = %v, want nil", err)
	}
	expectNotes(t, d, "a", "b")
}

func writeIsolated(t *testing.T, d *db.DB) {
	write(t, d, func(tx *db.Tx) error {
		if err := add(tx, "new"); err != nil {
			return err
		}
		expectNotes(t, d) // the pool sees nothing yet
		var own int64
		if err := d.Read(tx.Context()).Model(&note{}).Count(&own).Error; err != nil || own != 1 {
			t.Errorf("Read within the transaction counts %d notes, %v, want 1", own, err)
		}
		if err := d.QueryRowContext(tx.Context(), "SELECT count(*) FROM notes WHERE text = ?", "new").Scan(&own); err != nil || own != 1 {
			t.Errorf("QueryRowContext within the transaction counts %d notes, %v, want 1", own, err)
		}
		return nil
	})
	expectNotes(t, d, "new")
}

func writeOver(t *testing.T, d *db.DB) {
	var leaked *db.Tx
	write(t, d, func(tx *db.Tx) error { leaked = tx; return nil })
	if err := add(leaked, "late"); err == nil {
		t.Error("Exec after the transaction = nil, want an error")
	}
	if err := leaked.QueryRow("SELECT 1").Scan(new(int)); err == nil {
		t.Error("QueryRow after the transaction = nil, want an error")
	}
	if err := d.Write(leaked.Context(), func(tx *db.Tx) error { return add(tx, "of its own") }); err != nil {
		t.Errorf("Write with the context of a transaction that is over = %v, want a new one", err)
	}
	expectNotes(t, d, "of its own")
}

func writeGorm(t *testing.T, d *db.DB) {
	write(t, d, func(tx *db.Tx) error {
		if err := tx.Gorm().Create([]note{{Text: "a"}, {Text: "b"}}).Error; err != nil {
			return err
		}
		// gorm's own nested transaction becomes a savepoint.
		_ = tx.Gorm().Transaction(func(g *gorm.DB) error {
			if err := g.Create(&note{Text: "undone"}).Error; err != nil {
				return err
			}
			return errOwn
		})
		return tx.Gorm().Model(&note{}).Where("text = ?", "b").Update("text", "c").Error
	})
	expectNotes(t, d, "a", "c")
	if err := d.Read(t.Context()).Create(&note{Text: "beside the door"}).Error; err == nil {
		t.Error("Create on the read pool = nil, want it refused")
	}
	if err := d.Read(t.Context()).Transaction(func(*gorm.DB) error { return nil }); err == nil {
		t.Error("Transaction on the read pool = nil, want it refused")
	}
	expectNotes(t, d, "a", "c")
}

func writeInsert(t *testing.T, d *db.DB) {
	const query = "INSERT INTO notes (id, text) VALUES (?, ?)"
	if err := d.Insert(t.Context(), query, 70, "alone"); err != nil {
		t.Errorf("Insert() = %v, want nil", err)
	}
	if err := d.Insert(t.Context(), query, 70, "again"); !db.IsUnique(err) {
		t.Errorf("Insert() of a second row with the same id = %v, want a unique violation", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Insert(over, query, 71, "given up"); !errors.Is(err, context.Canceled) {
		t.Errorf("Insert(cancelled) = %v, want the context's error", err)
	}
	_ = d.Write(t.Context(), func(tx *db.Tx) error {
		if err := d.Insert(tx.Context(), query, 72, "undone with the rest"); err != nil {
			t.Errorf("Insert() within a transaction = %v, want nil", err)
		}
		return errOwn
	})
	expectNotes(t, d, "alone")
}

// writeFifty has 50 goroutines write, every third in vain: what was acknowledged is
// there, and nothing else.
func writeFifty(t *testing.T, d *db.DB) {
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			for i := range 6 {
				fails := (w+i)%3 == 0
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if err := add(tx, fmt.Sprintf("%02d-%d", w, i)); err != nil || !fails {
						return err
					}
					return errOwn
				})
				if fails != errors.Is(err, errOwn) || !fails && err != nil {
					t.Errorf("Write() of %d-%d = %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	var want []string
	for w := range 50 {
		for i := range 6 {
			if (w+i)%3 != 0 {
				want = append(want, fmt.Sprintf("%02d-%d", w, i))
			}
		}
	}
	expectNotes(t, d, want...)
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		write(t, openNotes(t, url), func(tx *db.Tx) error { return add(tx, "there") })
		d, err := db.Open(t.Context(), db.Config{URL: url, ReadOnly: true})
		if err != nil {
			t.Fatalf("Open(read only) = %v, want a database", err)
		}
		defer d.Close()
		expectCode(t, "Write()", d.Write(t.Context(), func(*db.Tx) error { return nil }), fault.Unavailable)
		expectNotes(t, d, "there")
	})
}

func TestClosed(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		if err := d.Close(); err != nil {
			t.Fatalf("Close() = %v, want nil", err)
		}
		expectCode(t, "Write() after Close", d.Write(t.Context(), func(*db.Tx) error { return nil }), fault.Unavailable)
	})
}
