package record_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// scatter saves partners with few different values, many of them empty.
func scatter(t *testing.T, e *record.Env, n int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(7, 7))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	var parents []int64
	must(t, e.Write(func(in *record.Env) error {
		for i := range n {
			p := partner{Name: pick("Ann", "ann", "Éva", "Zoë", fmt.Sprint("P", i)), Kind: pick("", "retail"), Since: record.Date(pick("", "", "2026-01-02", "2025-12-31")),
				CreditLimit: record.Money(rnd.IntN(3)), Note: pick("", "x")}
			if rnd.IntN(2) == 0 {
				at := time.Date(2026, 1, 1, 0, 0, rnd.IntN(2), rnd.IntN(3)*500_000, time.UTC)
				p.SeenAt = &at
			}
			if len(parents) > 0 && rnd.IntN(3) > 0 {
				p.ParentID = record.ID(parents[rnd.IntN(len(parents))])
			}
			if err := record.Save(in, &p); err != nil {
				return err
			}
			parents = append(parents, p.ID)
		}
		return nil
	}))
	must(t, e.Database().DB.Write(t.Context(), func(tx *db.Tx) error { // as data from elsewhere: columns without any value
		_, err := tx.Exec("UPDATE test_partner SET kind = NULL, credit_limit = NULL, rating = NULL WHERE id % 5 = 0")
		return err
	}))
}

// walk reads all pages of a query by place and returns the ids. Places travel as JSON.
func walk(t *testing.T, e *record.Env, q record.Query, size int) []int64 {
	t.Helper()
	q.Places, q.Limit = true, size
	var out []int64
	for {
		n := 0
		var last record.Row
		for r, err := range record.Rows(e, "test.partner", q) {
			must(t, err)
			out = append(out, r.ID)
			last = r
			n++
		}
		if n < size {
			return out
		}
		text, err := json.Marshal(last.Place())
		must(t, err)
		q.From = nil
		must(t, json.Unmarshal(text, &q.From))
		if len(out) > 100_000 {
			t.Fatal("the walk does not end")
		}
	}
}

// Pages by place give what one long answer gives, whatever the order, on both engines.
func TestPagesByPlace(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		scatter(t, boss, 240)
		for _, order := range []string{"id", "id desc", "name", "name desc", "name desc, id desc", "since", "since desc", "since desc, id desc", "seen_at", "seen_at desc, id desc",
			"kind, since desc, name", "kind desc, since desc, seen_at desc, id desc", "since, seen_at, kind", "credit_limit desc, since", "active, rating, created_at desc",
			"parent", "parent desc, since", "since desc, parent", "company, parent, name", "id, name"} {
			t.Run(order, func(t *testing.T) {
				var want []int64
				for r, err := range record.Rows(boss, "test.partner", record.Query{Order: order}) {
					must(t, err)
					want = append(want, r.ID)
				}
				for _, size := range []int{1, 7, 240, 1000} {
					if got := walk(t, boss, record.Query{Order: order, Fields: []string{"name", "tags"}}, size); !slices.Equal(got, want) {
						t.Fatalf("pages of %d give %d records, want the %d of one answer in their order:\n%v\n%v", size, len(got), len(want), got, want)
					}
				}
			})
		}
		t.Run("ThroughWindows", func(t *testing.T) {
			staff := h.as("staff").Through(map[string][]record.Window{"test.partner": {
				{Filter: domain.Cond{Path: "kind", Op: domain.Eq, Value: "retail"}, Fields: []string{"name", "since"}, Ops: []record.Op{record.OpRead}},
				{Filter: domain.Cond{Path: "note", Op: domain.Eq, Value: "x"}, Fields: []string{"name"}, Ops: []record.Op{record.OpRead}}}})
			for _, order := range []string{"name desc", "since desc, name", "since"} {
				n, err := record.Count(boss, "test.partner", record.Query{Filter: domain.Cond{Path: "kind", Op: domain.Eq, Value: "retail"}})
				must(t, err)
				got := walk(t, staff, record.Query{Order: order, Fields: []string{"name", "since"}}, 9)
				slices.Sort(got)
				if order != "name desc" && len(got) != n || len(slices.Compact(got)) != len(got) || len(got) == 0 {
					t.Errorf("order by %s: %d records, want the %d retailers, each once", order, len(got), n)
				}
			}
		})
		t.Run("ErrPlace", func(t *testing.T) {
			for _, q := range []record.Query{{Order: "name", From: record.Place{"x"}}, {Order: "name", From: record.Place{"x", "y", int64(1)}}, {Order: "id", Limit: 5000}, {Order: "id", Offset: 3}} {
				q.Places = true
				if q.Limit == 0 {
					q.Limit = 10
				}
				for _, err := range record.Rows(boss, "test.partner", q) {
					if !fault.Is(err, fault.Invalid) {
						t.Errorf("%+v gives %v, want invalid", q, err)
					}
				}
			}
		})
	})
}

// A text says what the records of a list are called, which a window that shows their ids
// only keeps back.
func TestListsByNameThroughWindows(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		crowd(t, h.as("boss"), 2)
		through := func(fields ...string) *record.Env {
			return h.as("staff").Through(map[string][]record.Window{"test.partner": {{Fields: fields, Ops: []record.Op{record.OpRead}}}})
		}
		ask := func(e *record.Env, path string, value any) error {
			_, err := record.Count(e, "test.partner", record.Query{Filter: domain.Not{Node: domain.Cond{Path: path, Op: domain.Eq, Value: value}}})
			return err
		}
		for _, c := range []struct {
			fields []string
			path   string
			value  any
			fine   bool
		}{
			{[]string{"tags"}, "tags", 1, true}, {[]string{"tags"}, "tags", "Big", false}, {[]string{"tags", "tags.name"}, "tags", "Big", true},
			{[]string{"children"}, "children", "P0001", false}, {[]string{"parent"}, "parent", "P0001", true}, {[]string{"tags"}, "tags.name", "Big", false},
		} {
			if err := ask(through(c.fields...), c.path, c.value); (err == nil) != c.fine || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("with %v listed, %s = %v gives %v, want it allowed: %v", c.fields, c.path, c.value, err, c.fine)
			}
		}
	})
}
