package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// works is a database with the tables of jobs and a clock that the test sets.
type works struct {
	*record.Database
	mu  sync.Mutex
	now time.Time
}

func openWorks(t *testing.T, url string) *works {
	t.Helper()
	r := record.NewRegistry()
	if err := r.Seal(); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	sets := []db.MigrationSet{{Module: "kernel", Migrations: slices.Concat(record.Migrations(), jobs.Migrations())}}
	if err := d.Migrate(t.Context(), sets); err != nil {
		t.Fatal(err)
	}
	w := &works{Database: record.NewDatabase(d, r), now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	w.Clock = func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}
	return w
}

func (w *works) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *works) runner(s *jobs.Schedule) *jobs.Runner {
	return &jobs.Runner{Database: w.Database, Schedule: s, Logger: slog.New(slog.DiscardHandler), Lease: time.Minute}
}

func (w *works) enqueue(t *testing.T, name, args string) {
	t.Helper()
	if err := jobs.Enqueue(w.System(context.Background(), "test"), name, []byte(args), time.Time{}); err != nil {
		t.Fatal(err)
	}
}

// once runs one due piece of work and reports whether there was any.
func once(t *testing.T, r *jobs.Runner) bool {
	t.Helper()
	worked, err := r.Once(context.Background())
	if err != nil {
		t.Fatalf("Once: %v", err)
	}
	return worked
}

func (w *works) text(t *testing.T, query string) string {
	t.Helper()
	var s string
	if err := w.DB.QueryRowContext(context.Background(), query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

func TestTwoRunnersShareTheWork(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		w := openWorks(t, url)
		var mu sync.Mutex
		ran := map[string]int{}
		s := &jobs.Schedule{}
		s.Add(jobs.Job{Name: "test.note", Run: func(_ *record.Env, args []byte) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			ran[string(args)]++
			return false, nil
		}})
		const runs = 40
		for i := range runs {
			w.enqueue(t, "test.note", string(rune('A'+i)))
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				r := w.runner(s)
				for {
					worked, err := r.Once(context.Background())
					if err != nil {
						t.Errorf("Once: %v", err)
						return
					}
					mu.Lock()
					all := len(ran) == runs
					mu.Unlock()
					if !worked && all {
						return
					}
				}
			})
		}
		both.Wait()
		for args, n := range ran {
			if n != 1 {
				t.Errorf("the run %q ran %d times, want once", args, n)
			}
		}
		if len(ran) != runs {
			t.Errorf("%d runs ran, want %d", len(ran), runs)
		}
	})
}

func TestBatches(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		w := openWorks(t, url)
		left := 3
		s := &jobs.Schedule{}
		s.Add(jobs.Job{Name: "test.many", Title: "Many", Every: time.Hour, Run: func(*record.Env, []byte) (bool, error) {
			left--
			return left > 0, nil
		}})
		if err := jobs.Sync(t.Context(), w.Database, s); err != nil {
			t.Fatal(err)
		}
		r := w.runner(s)
		if !once(t, r) || left != 0 {
			t.Errorf("after one run %d batches are left, want none", left)
		}
		if once(t, r) {
			t.Error("the job ran again before its hour")
		}
		w.pass(time.Hour)
		left = 1
		if !once(t, r) {
			t.Error("the job did not run again after its hour")
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		w := openWorks(t, url)
		fails := true
		s := &jobs.Schedule{}
		s.Add(jobs.Job{Name: "test.shaky", Run: func(*record.Env, []byte) (bool, error) {
			if fails {
				return false, fault.Wrap(errors.New("secret cause"), fault.Unavailable, "The bank does not answer.")
			}
			return false, nil
		}})
		w.enqueue(t, "test.shaky", "")
		r := w.runner(s)
		for _, pause := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
			if !once(t, r) {
				t.Fatalf("nothing was due, want a try before the pause of %s", pause)
			}
			w.pass(pause - time.Second)
			if once(t, r) {
				t.Errorf("the run was tried again before %s had passed", pause)
			}
			w.pass(2 * time.Second)
		}
		if got := w.text(t, "SELECT error FROM job"); got != "The bank does not answer." {
			t.Errorf("the operator reads %q, want the sentence without its cause", got)
		}
		fails = false
		once(t, r)
		if got := w.text(t, "SELECT outcome || ' ' || failures || ' ' || error FROM job"); got != "done 0 " {
			t.Errorf("after a success the row says %q, want done, 0 failures, no error", got)
		}
		if once(t, r) {
			t.Error("a finished run ran again")
		}
	})
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	w := openWorks(t, dbtest.URL(t, db.SQLite))
	tries := 0
	s := &jobs.Schedule{}
	s.Add(jobs.Job{Name: "test.broken", Run: func(*record.Env, []byte) (bool, error) { tries++; panic("boom") }})
	w.enqueue(t, "test.broken", "")
	r := w.runner(s)
	for range 20 {
		once(t, r)
		w.pass(2 * time.Hour)
	}
	if tries != 10 {
		t.Errorf("a run that always panics was tried %d times, want 10", tries)
	}
	if got := w.text(t, "SELECT outcome FROM job"); got != "failed" {
		t.Errorf("outcome = %q, want failed", got)
	}
}

// A runner that died leaves its lease; another one begins the run again when that ends,
// and what the dead one still reports is not taken.
func TestLeaseEnds(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		w := openWorks(t, url)
		begun, goOn := make(chan bool), make(chan bool)
		slow, quick := &jobs.Schedule{}, &jobs.Schedule{}
		slow.Add(jobs.Job{Name: "test.work", Run: func(*record.Env, []byte) (bool, error) {
			begun <- true
			<-goOn
			return false, nil
		}})
		ran := 0
		quick.Add(jobs.Job{Name: "test.work", Run: func(*record.Env, []byte) (bool, error) { ran++; return false, nil }})
		w.enqueue(t, "test.work", "")
		died := make(chan error)
		go func() {
			_, err := w.runner(slow).Once(context.Background())
			died <- err
		}()
		<-begun
		other := w.runner(quick)
		if once(t, other) {
			t.Error("another runner took work whose lease lives")
		}
		w.pass(2 * time.Minute)
		if !once(t, other) || ran != 1 {
			t.Errorf("after the lease's end the work ran %d times, want once", ran)
		}
		close(goOn)
		if err := <-died; err == nil || !strings.Contains(err.Error(), "lease ended") {
			t.Errorf("the late runner got %v, want an error about its lease", err)
		}
	})
}

// A stop in between leaves the work due, without a failure.
func TestStop(t *testing.T) {
	t.Parallel()
	w := openWorks(t, dbtest.URL(t, db.SQLite))
	ctx, stop := context.WithCancel(t.Context())
	batches := 0
	s := &jobs.Schedule{}
	s.Add(jobs.Job{Name: "test.long", Run: func(*record.Env, []byte) (bool, error) {
		batches++
		stop()
		return batches == 1, nil
	}})
	w.enqueue(t, "test.long", "")
	r := w.runner(s)
	if _, err := r.Once(ctx); err != nil {
		t.Fatalf("Once while stopping: %v", err)
	}
	if got := w.text(t, "SELECT failures || outcome FROM job"); got != "0" {
		t.Errorf("after a stop the row says %q, want no failure and no outcome", got)
	}
	if !once(t, r) || batches != 2 {
		t.Errorf("after the stop %d batches ran, want the second one too", batches)
	}
}

func TestSync(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		w := openWorks(t, url)
		run := func(*record.Env, []byte) (bool, error) { return false, nil }
		first := &jobs.Schedule{Jobs: []jobs.Job{{Name: "a.one", Title: "One", Every: time.Hour, Run: run}, {Name: "a.two", Title: "Two", Every: time.Hour, Run: run}}}
		then := &jobs.Schedule{Jobs: []jobs.Job{{Name: "a.two", Title: "Second", Every: time.Minute, Run: run}, {Name: "a.queued", Run: run}}}
		for _, s := range []*jobs.Schedule{first, first, then} {
			if err := jobs.Sync(t.Context(), w.Database, s); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.text(t, "SELECT count(*) || max(name) || max(title) || max(every_seconds) FROM schedule"); got != "1a.twoSecond60" {
			t.Errorf("the schedule holds %q, want only a.two, renamed, every minute", got)
		}
	})
}

func TestRunNow(t *testing.T) {
	t.Parallel()
	w := openWorks(t, dbtest.URL(t, db.SQLite))
	ran := 0
	s := &jobs.Schedule{Jobs: []jobs.Job{{Name: "a.one", Title: "One", Every: time.Hour, Run: func(*record.Env, []byte) (bool, error) { ran++; return false, nil }}}}
	if err := jobs.Sync(t.Context(), w.Database, s); err != nil {
		t.Fatal(err)
	}
	r := w.runner(s)
	once(t, r)
	w.pass(time.Minute)
	env := w.System(t.Context(), "test")
	if err := jobs.RunNow(env, 1); err != nil {
		t.Fatal(err)
	}
	if !once(t, r) || ran != 2 {
		t.Errorf("the job ran %d times, want once more at once", ran)
	}
	t.Run("ErrNotFound", func(t *testing.T) {
		if err := jobs.RunNow(env, 99); !fault.Is(err, fault.NotFound) {
			t.Errorf("RunNow of no job = %v, want not found", err)
		}
	})
}

func TestPurge(t *testing.T) {
	t.Parallel()
	w := openWorks(t, dbtest.URL(t, db.SQLite))
	s := &jobs.Schedule{Jobs: []jobs.Job{{Name: "a.one", Run: func(*record.Env, []byte) (bool, error) { return false, nil }}}}
	w.enqueue(t, "a.one", "old")
	once(t, w.runner(s))
	w.pass(8 * 24 * time.Hour)
	w.enqueue(t, "a.one", "fresh")
	once(t, w.runner(s))
	w.enqueue(t, "a.one", "waiting")
	more, err := jobs.Purge(w.System(t.Context(), "test"))
	if err != nil || more {
		t.Fatalf("Purge = %v, %v, want nothing more", more, err)
	}
	if got := w.text(t, "SELECT group_concat(args) FROM (SELECT args FROM job ORDER BY args)"); got != "fresh,waiting" {
		t.Errorf("left are %q, want the fresh and the waiting run", got)
	}
}

// A request to run is undone with the transaction that it was made in.
func TestEnqueueJoinsTransaction(t *testing.T) {
	t.Parallel()
	w := openWorks(t, dbtest.URL(t, db.SQLite))
	broken := errors.New("no")
	err := w.System(t.Context(), "test").Write(func(e *record.Env) error {
		if err := jobs.Enqueue(e, "a.one", nil, time.Time{}); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("Write = %v, want the test's own error", err)
	}
	if got := w.text(t, "SELECT count(*) FROM job"); got != "0" {
		t.Errorf("%s runs are queued after the transaction was undone, want none", got)
	}
}
