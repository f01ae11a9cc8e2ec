package record_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// crowd saves partners P0000, P0001 …, whose notes count down.
func crowd(t *testing.T, e *record.Env, n int) {
	t.Helper()
	must(t, e.Write(func(in *record.Env) error {
		for i := range n {
			if err := record.Save(in, &partner{Name: fmt.Sprintf("P%04d", i), Note: fmt.Sprintf("N%04d", n-i)}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func rowNames(t *testing.T, e *record.Env, q record.Query) []string {
	t.Helper()
	q.Fields = append(q.Fields, "name")
	var out []string
	for r, err := range record.Rows(e, "test.partner", q) {
		must(t, err)
		v, _ := r.Value("name")
		out = append(out, v.(string))
	}
	return out
}

func TestLongAnswersComeInPortions(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		const n = 1400
		crowd(t, boss, n)
		name := func(from, to int) []string {
			var out []string
			for i := from; i < to; i++ {
				out = append(out, fmt.Sprintf("P%04d", i))
			}
			return out
		}
		reversed := func(s []string) []string { slices.Reverse(s); return s }
		first, err := record.First[partner](boss, record.Query{Order: "id"})
		must(t, err)
		cases := []struct {
			name string
			q    record.Query
			want []string
		}{
			{"All", record.Query{}, name(0, n)},
			{"AllWithLists", record.Query{Fields: []string{"tags"}}, name(0, n)},
			{"ByNote", record.Query{Order: "note"}, reversed(name(0, n))},
			{"ByNoteDescending", record.Query{Order: "note desc", Limit: 1200, Offset: 3, Fields: []string{"children.name"}}, name(3, 1203)},
			{"ByIDDescending", record.Query{Order: "id desc"}, reversed(name(0, n))},
			{"After", record.Query{After: first.ID + 9}, name(10, n)},
			{"AfterLimited", record.Query{After: first.ID + 9, Limit: 1100}, name(10, 1110)},
			{"Offset", record.Query{Offset: 1300}, name(1300, n)},
			{"AShortOne", record.Query{Limit: 5, Order: "id"}, name(0, 5)},
			{"Filtered", record.Query{Filter: domain.Cond{Path: "name", Op: domain.Ge, Value: "P1390"}}, name(1390, n)},
			{"None", record.Query{Filter: domain.False}, nil},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { wantNames(t, rowNames(t, boss, c.q), c.want...) })
		}
		t.Run("InATransaction", func(t *testing.T) {
			must(t, boss.Write(func(in *record.Env) error {
				wantNames(t, rowNames(t, in, record.Query{Order: "note desc"}), name(0, n)...)
				return nil
			}))
		})
		t.Run("OneStatementEachPortion", func(t *testing.T) {
			ctx, count := h.DB.CountQueries(boss)
			rowNames(t, boss.In(ctx), record.Query{})
			if count.Len() != 6 {
				t.Errorf("%d statements for %d records, want 6: %q", count.Len(), n, count.Statements())
			}
		})
		t.Run("ErrAfterInAnotherOrder", func(t *testing.T) {
			for _, order := range []string{"name", "id desc"} {
				_, err := record.Find[partner](boss, record.Query{After: 1, Order: order})
				wantCode(t, err, fault.Invalid, "order of the ids only")
			}
		})
	})
}

// Readers who work on a row must not keep the connections from each other: each level
// of this loop reads while all outer ones are under way.
func TestNoConnectionIsHeldForAReader(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		crowd(t, h.as("boss"), 300)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		boss := h.as("boss").In(ctx)
		for _, q := range []record.Query{{}, {Limit: 10}, {Order: "note"}} {
			var deeper func(level int) error
			deeper = func(level int) error {
				q.Fields = []string{"name", "tags"}
				for _, err := range record.Rows(boss, "test.partner", q) {
					if err != nil || level == 0 {
						return err
					}
					return deeper(level - 1)
				}
				return nil
			}
			if err := deeper(40); err != nil {
				t.Fatalf("%+v: forty readers, each within the other: %v", q, err)
			}
		}
	})
}

func TestCancelledRead(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		crowd(t, h.as("boss"), 600)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		n := 0
		var last error
		for _, err := range record.Rows(h.as("boss").In(ctx), "test.partner", record.Query{}) {
			if last = err; err != nil {
				break
			}
			n++
			cancel()
		}
		if last == nil || n == 600 {
			t.Errorf("%d rows and then %v, want the cancellation", n, last)
		}
	})
}

func TestListsOfAttachedAndTranslatedFields(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		parent := partner{Name: "Parent"}
		must(t, record.Save(boss, &parent))
		must(t, record.Save(boss, &partner{Name: "Child", ParentID: record.ID(parent.ID)}))
		for _, path := range []string{"children.points", "children.pin_hash", "children.pin", "children.tags", "points", "parent.points"} {
			row, err := record.RowOf(boss, "test.partner", parent.ID, []string{path})
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", path, err)
			}
			if v, ok := row.Value(path); path == "children.points" && (!ok || fmt.Sprint(v) != "[<nil>]") {
				t.Errorf("%s is %v", path, v)
			}
		}
	})
}
