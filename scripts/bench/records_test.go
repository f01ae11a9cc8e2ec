package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db"
)

// TestByHand makes sure that what the records API is held against is a page of orders.
func TestByHand(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "hand.db")
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`CREATE TABLE sales_order AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
			SELECT i AS id, 'SO-' || i AS number, '2026-01-02' AS date, 'done' AS state, i % 2 AS partner_id, i * 100 + 5 AS untaxed, i AS total FROM n`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	page, err := d.SQL().Prepare(ordersByHand)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = page.Close() })
	answer := httptest.NewRecorder()
	handler(page)(answer, httptest.NewRequest(http.MethodGet, "/?partner=1&state=done&after=4", nil))
	var got struct {
		Data []struct {
			ID                  int64
			Number, Date, State string
			Untaxed, Total      json.Number
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || len(got.Data) != 100 {
		t.Fatalf("%d records, %v: %.200s", len(got.Data), err, answer.Body)
	}
	if r := got.Data[0]; r.ID != 5 || r.Number != "SO-5" || r.Date != "2026-01-02" || r.State != "done" || r.Untaxed != "5.05" || r.Total != "0.05" {
		t.Errorf("the first is %+v", r)
	}
}

func TestExplore(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			_, _ = w.Write([]byte(`<a href="/records/a">list</a><a href="/records/a/7?at=0#x">one</a><a href="/records/a/8">like it</a><a href="//elsewhere">no</a>
				<a href="/gone">gone</a><a href="/records/a?q=x">found</a><a href="/records/a?q=y">found again</a><a href="/x.csv" download>file</a>`))
		case "/gone":
			http.NotFound(w, r)
		default:
			_, _ = w.Write([]byte(`<a href="/">home</a><a href="/records/a/new">new</a>`))
		}
	}))
	t.Cleanup(s.Close)
	who := newPerson("", "")
	t.Cleanup(who.close)
	got, err := who.explore(s.URL, []string{"/", "/records/a?q=y"})
	if want := []string{"/", "/records/a?q=y", "/records/a/7?at=0", "/records/a/new"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("explored %q, %v; want %q", got, err, want)
	}
}

func TestProcessorTime(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system has no /proc")
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		t.Fatal(err)
	}
	before := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	if got := cpuTime(os.Getpid()); got < before-2*tick {
		t.Errorf("%s of processor time, want at least the %s that it had used before", got, before)
	}
}
