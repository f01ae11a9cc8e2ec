package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
)

var errOwn = errors.New("the function's own error")

// eachDriver runs a subtest for each SQLite driver of this build.
func eachDriver(t *testing.T, run func(t *testing.T, drv sqliteDriver)) {
	t.Helper()
	for _, drv := range sqliteDrivers() {
		t.Run(drv.name, func(t *testing.T) {
			t.Parallel()
			run(t, drv)
		})
	}
}

func openFile(t *testing.T, drv sqliteDriver, path string) *DB {
	t.Helper()
	d, err := openWith(t.Context(), Config{URL: "sqlite:" + path}, drv)
	if err != nil {
		t.Fatalf("Open(%s) with %s = %v", path, drv.name, err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func openNotes(t *testing.T, drv sqliteDriver) *DB {
	t.Helper()
	d := openFile(t, drv, filepath.Join(t.TempDir(), "test.db"))
	expect(t, "creating the table", d.Write(t.Context(), execs("CREATE TABLE notes (id integer PRIMARY KEY, text text UNIQUE, parent_id integer REFERENCES notes (id))")), "")
	return d
}

// execs is a member that runs one statement.
func execs(query string, args ...any) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}
}

func adds(text string) func(*Tx) error { return execs("INSERT INTO notes (text) VALUES (?)", text) }

// expect compares the code of an error with want, "" for none.
func expect(t *testing.T, who string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("%s got %v (code %q), want code %q", who, err, got, want)
	}
}

// expectTexts compares the notes stored with want, sorted.
func expectTexts(t *testing.T, d *DB, want ...string) {
	t.Helper()
	got, err := texts(d.QueryContext(t.Context(), "SELECT text FROM notes ORDER BY text"))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("stored are the notes %q, %v, want %q", got, err, want)
	}
}

// together has all members share one group, in their order, and returns their errors.
func together(t *testing.T, d *DB, members ...func(*Tx) error) []error {
	t.Helper()
	r := d.writer.(*door)
	errs := make([]error, len(members))
	var wg sync.WaitGroup
	first, release := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		errs[0] = d.Write(context.Background(), func(tx *Tx) error {
			close(first)
			<-release
			r.group.begun = r.group.begun.Add(groupTime * 1000) // however long this test takes
			return members[0](tx)
		})
	})
	<-first
	for i, member := range members[1:] {
		wg.Go(func() { errs[i+1] = d.Write(context.Background(), member) })
		inLine(r, i+1)
	}
	close(release)
	wg.Wait()
	return errs
}

// inLine returns once n callers wait for their turn.
func inLine(r *door, n int) {
	for {
		r.mu.Lock()
		waiting := len(r.line)
		r.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	eachDriver(t, func(t *testing.T, drv sqliteDriver) {
		t.Run("Shared", func(t *testing.T) {
			d := openNotes(t, drv)
			var groups []*group
			note := func(text string) func(*Tx) error {
				return func(tx *Tx) error {
					groups = append(groups, d.writer.(*door).group)
					return adds(text)(tx)
				}
			}
			for i, err := range together(t, d, note("a"), note("b"), note("c")) {
				expect(t, "member "+string(rune('a'+i)), err, "")
			}
			if groups[0] != groups[1] || groups[1] != groups[2] {
				t.Error("three callers who waited together committed apart")
			}
			expectTexts(t, d, "a", "b", "c")
		})
		t.Run("ErrOfOne", func(t *testing.T) {
			d := openNotes(t, drv)
			errs := together(t, d, adds("a"), adds("a"), func(tx *Tx) error {
				_ = adds("undone")(tx)
				return errOwn
			}, adds("b"))
			expect(t, "the first", errs[0], "")
			if !IsUnique(errs[1]) || !errors.Is(errs[2], errOwn) {
				t.Errorf("those who failed got %v and %v, want a unique violation and the own error", errs[1], errs[2])
			}
			expect(t, "the last", errs[3], "")
			expectTexts(t, d, "a", "b")
		})
		t.Run("PanicOfOne", func(t *testing.T) {
			d := openNotes(t, drv)
			var recovered any
			errs := together(t, d, adds("a"), func(tx *Tx) (err error) {
				// The panic passes through the door and is caught behind it, here by a Write
				// of its own around it.
				defer func() { recovered = recover(); err = errOwn }()
				return d.Write(tx.Context(), func(tx *Tx) error {
					_ = adds("undone")(tx)
					panic("boom")
				})
			}, adds("b"))
			expect(t, "the first", errs[0], "")
			expect(t, "the last", errs[2], "")
			if recovered != "boom" {
				t.Errorf("recovered %v, want the panic", recovered)
			}
			expectTexts(t, d, "a", "b")
		})
		t.Run("Bounded", func(t *testing.T) {
			d := openNotes(t, drv)
			sizes := map[*group]int{}
			members := make([]func(*Tx) error, groupMembers+3)
			for i := range members {
				members[i] = func(*Tx) error { sizes[d.writer.(*door).group]++; return nil }
			}
			together(t, d, members...)
			for _, n := range sizes {
				if n > groupMembers {
					t.Errorf("a group has %d members, want at most %d", n, groupMembers)
				}
			}
			if len(sizes) != 2 {
				t.Errorf("%d callers formed %d groups, want 2", len(members), len(sizes))
			}
		})
	})
}

// TestGroupPanic has a panic leave the door in the middle of a group.
func TestGroupPanic(t *testing.T) {
	t.Parallel()
	eachDriver(t, func(t *testing.T, drv sqliteDriver) {
		d := openNotes(t, drv)
		r := d.writer.(*door)
		first, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		var before, after error
		var recovered any
		wg.Go(func() {
			before = d.Write(context.Background(), func(tx *Tx) error { close(first); <-release; return adds("a")(tx) })
		})
		<-first
		wg.Go(func() {
			defer func() { recovered = recover() }()
			_ = d.Write(context.Background(), func(tx *Tx) error { _ = adds("undone")(tx); panic("boom") })
		})
		inLine(r, 1)
		wg.Go(func() { after = d.Write(context.Background(), adds("b")) })
		inLine(r, 2)
		close(release)
		wg.Wait()
		expect(t, "the one before", before, "")
		expect(t, "the one after", after, "")
		if recovered != "boom" {
			t.Errorf("recovered %v, want the panic in its caller's goroutine", recovered)
		}
		expectTexts(t, d, "a", "b")
	})
}

func TestGroupCancel(t *testing.T) {
	t.Parallel()
	eachDriver(t, func(t *testing.T, drv sqliteDriver) {
		d := openNotes(t, drv)
		r := d.writer.(*door)
		ctx, cancel := context.WithCancel(t.Context())
		first, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		var inTurn, waiting, other error
		wg.Go(func() {
			inTurn = d.Write(ctx, func(tx *Tx) error { close(first); <-release; return adds("in turn")(tx) })
		})
		<-first
		gone := make(chan struct{})
		wg.Go(func() {
			defer close(gone)
			waiting = d.Write(ctx, func(*Tx) error { t.Error("the function of one who gave up ran"); return nil })
		})
		inLine(r, 1)
		wg.Go(func() { other = d.Write(context.Background(), adds("other")) })
		inLine(r, 2)
		cancel()
		<-gone // he leaves the line while the group is under way
		close(release)
		wg.Wait()
		expect(t, "the one in his turn", inTurn, "")
		expect(t, "the other", other, "")
		if !errors.Is(waiting, context.Canceled) {
			t.Errorf("the one in line got %v, want the context's error", waiting)
		}
		expectTexts(t, d, "in turn", "other")
	})
}

// TestGroupFails holds that nobody is acknowledged when a group cannot be kept, that
// nothing of it stays, and that the door works on.
func TestGroupFails(t *testing.T) {
	t.Parallel()
	diskFull := func(tx *Tx) error {
		if err := tx.QueryRow("PRAGMA max_page_count = 10").Scan(new(int)); err != nil {
			return err
		}
		return adds(strings.Repeat("x", 1<<20))(tx)
	}
	goesOn := func(tx *Tx) error { // as a function does that swallows the first error
		_ = diskFull(tx)
		_ = adds("beside the transaction")(tx)
		tx.session.failed = nil
		_ = adds("beside the transaction")(tx)
		return nil
	}
	cases := map[string]func(*Tx) error{
		"DiskFull":          diskFull,
		"DiskFullSwallowed": goesOn,
		"RolledBack":        execs("ROLLBACK"),
		"Committed":         execs("COMMIT"),
		"RollbackToFails": func(tx *Tx) error {
			_, err := tx.Exec("RELEASE SAVEPOINT member")
			return errors.Join(err, errOwn)
		},
		"ReleaseFails": execs("RELEASE SAVEPOINT member"),
		"NestedRollbackToFails": func(tx *Tx) error {
			return tx.db.Write(tx.Context(), func(inner *Tx) error {
				_, err := inner.Exec("RELEASE SAVEPOINT nested_1")
				return errors.Join(err, errOwn)
			})
		},
		"CommitFails": func(tx *Tx) error { // a deferred foreign key is checked by COMMIT only
			if _, err := tx.Exec("PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
			return execs("INSERT INTO notes (text, parent_id) VALUES ('orphan', 99)")(tx)
		},
	}
	eachDriver(t, func(t *testing.T, drv sqliteDriver) {
		for name, culprit := range cases {
			t.Run(name, func(t *testing.T) {
				d := openNotes(t, drv)
				expect(t, "the one long before", d.Write(t.Context(), adds("old")), "")
				committed := false
				member := func(text string) func(*Tx) error {
					return func(tx *Tx) error {
						tx.AfterCommit(func() { committed = true })
						return adds(text)(tx)
					}
				}
				errs := together(t, d, member("a"), member("b"), culprit, member("c"))
				expect(t, "the first member", errs[0], fault.Unavailable)
				expect(t, "the second member", errs[1], fault.Unavailable)
				expect(t, "the culprit", errs[2], fault.Unavailable)
				if name == "CommitFails" {
					expect(t, "the last member", errs[3], fault.Unavailable)
					expectTexts(t, d, "old")
				} else {
					expect(t, "who came after the failure", errs[3], "")
					expectTexts(t, d, "c", "old")
				}
				if name == "CommitFails" && committed {
					t.Error("AfterCommit ran though nothing was committed")
				}
				expect(t, "a later caller", d.Write(t.Context(), adds("later")), "")
			})
		}
	})
}

// TestRowsStayOpen repeats a statement while the rows of its first run are still read.
func TestRowsStayOpen(t *testing.T) {
	t.Parallel()
	eachDriver(t, func(t *testing.T, drv sqliteDriver) {
		d := openNotes(t, drv)
		err := d.Write(t.Context(), func(tx *Tx) error {
			for _, text := range []string{"a", "b", "c"} {
				if err := adds(text)(tx); err != nil {
					return err
				}
			}
			var seen []string
			rows, err := tx.Query("SELECT text FROM notes ORDER BY text")
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var text string
				if err := rows.Scan(&text); err != nil {
					return err
				}
				inner, err := texts(tx.Query("SELECT text FROM notes ORDER BY text"))
				if err != nil || len(inner) != 3 {
					t.Errorf("the inner query sees %q, %v, want three notes", inner, err)
				}
				seen = append(seen, text)
			}
			if !slices.Equal(seen, []string{"a", "b", "c"}) {
				t.Errorf("the outer query sees %q, want a, b, c", seen)
			}
			return rows.Err()
		})
		expect(t, "Write()", err, "")
	})
}

func TestBusy(t *testing.T) {
	t.Parallel()
	d := openNotes(t, builtin())
	other := openFile(t, builtin(), d.target.path)
	d.writer.(*door).connector.pragmas = append(writePragmas, "busy_timeout = 1")
	d.writer.(*door).disconnect()
	err := other.Write(t.Context(), func(*Tx) error {
		expect(t, "the one who finds the file locked", d.Write(context.Background(), adds("a")), fault.Unavailable)
		return nil
	})
	expect(t, "the one who holds the lock", err, "")
	expect(t, "the next one", d.Write(t.Context(), adds("b")), "")
	expectTexts(t, d, "b")
}

// TestFault holds which errors are the database's fault.
func TestFault(t *testing.T) {
	t.Parallel()
	full := openNotes(t, builtin()).Write(t.Context(), func(tx *Tx) error {
		if err := tx.QueryRow("PRAGMA max_page_count = 10").Scan(new(int)); err != nil {
			return err
		}
		return adds(strings.Repeat("x", 1<<20))(tx)
	})
	expect(t, "a full disk", full, fault.Unavailable)
	for name, err := range map[string]error{"nil": nil, "own": errOwn, "cancelled": context.Canceled, "deadline": context.DeadlineExceeded, "forbidden": fault.New(fault.Forbidden, "No.")} {
		if got := Fault(err); got != err {
			t.Errorf("Fault(%s) = %v, want it unchanged", name, got)
		}
	}
	expect(t, "a lost connection", Fault(driver.ErrBadConn), fault.Unavailable)
}
