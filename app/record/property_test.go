package record_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
)

// The data rule of scopes (spec: "Data rule") against a model in memory that does it
// the slow and obvious way, on random records, windows and queries.
func TestDataRule(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		sys := h.System(t.Context(), "test")
		for seed := range uint64(25) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				w := newWorld(t, sys, rand.New(rand.NewPCG(seed, 70)))
				defer w.clear(t, sys)
				for range 20 {
					w.compare(t, h.as("staff"))
				}
			})
		}
	})
}

var dataPaths = []string{"name", "kind", "note", "credit_limit", "active", "parent", "parent.name", "tags"}

// world is some partners, and the windows that are looked through at them.
type world struct {
	rnd  *rand.Rand
	rows []partner
	byID map[int64]partner
}

func newWorld(t *testing.T, sys *record.Env, rnd *rand.Rand) *world {
	w := &world{rnd: rnd, byID: map[int64]partner{}}
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for range 12 {
		p := partner{Name: pick("Ann", "ben", "Cid", "secret Sue", "Éva"), Kind: pick("", "retail", "wholesale"), Note: pick("", "x", "y"),
			CreditLimit: record.Money(rnd.IntN(3)), Active: true}
		if len(w.rows) > 0 && rnd.IntN(2) == 0 {
			p.ParentID = record.ID(w.rows[rnd.IntN(len(w.rows))].ID)
		}
		must(t, record.Save(sys, &p))
		if rnd.IntN(4) == 0 {
			p.Active = false
			must(t, record.Save(sys, &p))
		}
		w.rows = append(w.rows, p)
		w.byID[p.ID] = p
	}
	return w
}

func (w *world) clear(t *testing.T, sys *record.Env) {
	for _, p := range slices.Backward(w.rows) {
		must(t, record.Delete(sys, &p))
	}
}

// visible is the rule of the model for staff: no secrets.
func visible(p partner) bool { return !strings.Contains(strings.ToLower(p.Name), "secret") }

// condition is a filter and what it means; all says that every relation may be followed,
// as in the filter of a window, which is part of its definition.
type condition struct {
	node  domain.Node
	paths []string
	holds func(p partner, all bool) bool
}

func (w *world) condition() condition {
	text := func(path string, of func(partner) string, values ...string) condition {
		v := values[w.rnd.IntN(len(values))]
		if w.rnd.IntN(2) == 0 {
			return condition{domain.Cond{Path: path, Op: domain.Ne, Value: v}, []string{path}, func(p partner, _ bool) bool { return of(p) != v }}
		}
		return condition{domain.Cond{Path: path, Op: domain.Eq, Value: v}, []string{path}, func(p partner, _ bool) bool { return of(p) == v }}
	}
	switch w.rnd.IntN(7) {
	case 0:
		return text("name", func(p partner) string { return p.Name }, "Ann", "Cid", "Éva")
	case 1:
		return text("kind", func(p partner) string { return p.Kind }, "retail", "wholesale")
	case 2:
		return text("note", func(p partner) string { return p.Note }, "x", "y")
	case 3:
		n := w.rnd.IntN(3)
		return condition{domain.Cond{Path: "credit_limit", Op: domain.Ge, Value: json.Number(fmt.Sprintf("0.0%d", n))}, []string{"credit_limit"},
			func(p partner, _ bool) bool { return int(p.CreditLimit) >= n }}
	case 4:
		on := w.rnd.IntN(2) == 0
		return condition{domain.Cond{Path: "active", Op: domain.Eq, Value: on}, []string{"active"}, func(p partner, _ bool) bool { return p.Active == on }}
	case 5:
		// A hidden parent matches neither a condition nor its negation.
		return condition{domain.Not{Node: domain.Cond{Path: "parent.name", Op: domain.Eq, Value: "Ann"}}, []string{"parent.name"}, func(p partner, all bool) bool {
			q, ok := w.byID[int64(p.ParentID)]
			return !ok || (all || visible(q)) && q.Name != "Ann"
		}}
	}
	a, b := w.condition(), w.condition()
	return condition{domain.Or{a.node, b.node}, append(slices.Clone(a.paths), b.paths...), func(p partner, all bool) bool { return a.holds(p, all) || b.holds(p, all) }}
}

// pane is a window and what its filter means.
type pane struct {
	condition
	fields []string
}

func (p pane) lists(paths []string) bool {
	return !slices.ContainsFunc(paths, func(path string) bool { return !slices.Contains(p.fields, path) })
}

func (w *world) panes() ([]pane, []record.Window) {
	var panes []pane
	var windows []record.Window
	for range 1 + w.rnd.IntN(3) {
		p := pane{condition: condition{holds: func(partner, bool) bool { return true }}}
		if w.rnd.IntN(4) > 0 {
			p.condition = w.condition()
		}
		for _, path := range dataPaths {
			if w.rnd.IntN(3) > 0 {
				p.fields = append(p.fields, path)
			}
		}
		panes = append(panes, p)
		windows = append(windows, record.Window{Filter: p.node, Fields: p.fields, Ops: []record.Op{record.OpRead}})
	}
	return panes, windows
}

// compare asks one random question through random windows and by hand.
func (w *world) compare(t *testing.T, staff *record.Env) {
	t.Helper()
	panes, windows := w.panes()
	q := record.Query{Fields: dataPaths, Archived: w.rnd.IntN(3) == 0}
	asked := condition{holds: func(partner, bool) bool { return true }}
	if w.rnd.IntN(3) > 0 {
		asked = w.condition()
		q.Filter = asked.node
	}
	used := slices.Clone(asked.paths)
	if w.rnd.IntN(3) == 0 {
		q.Order = "name desc"
		used = append(used, "name")
	}
	want, allowed := w.answer(panes, asked, used, q)
	if w.rnd.IntN(2) == 0 {
		q.Limit, q.Offset = 1+w.rnd.IntN(5), w.rnd.IntN(3)
	}
	env := staff.Through(map[string][]record.Window{"test.partner": windows})
	var got []string
	var failed error
	for r, err := range record.Rows(env, "test.partner", q) {
		if failed = err; err == nil {
			got = append(got, shown(r))
		}
	}
	question := fmt.Sprintf("%+v through %+v", q, windows)
	if allowed == (failed != nil) {
		t.Fatalf("%s: %v, want it allowed: %v", question, failed, allowed)
	}
	all := len(want)
	want = want[min(q.Offset, len(want)):]
	if q.Limit > 0 {
		want = want[:min(q.Limit, len(want))]
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s\ngot  %q\nwant %q", question, got, want)
	}
	if q.Order = ""; allowed && !slices.Contains(used, "name") {
		if n, err := record.Count(env, "test.partner", q); err != nil || n != all && q.Limit == 0 {
			t.Fatalf("%s: %d are counted (%v), want %d", question, n, err, all)
		}
	}
}

// answer is the data rule, written down as it reads.
func (w *world) answer(panes []pane, asked condition, used []string, q record.Query) (out []string, allowed bool) {
	rows := slices.Clone(w.rows)
	if q.Order != "" {
		slices.SortStableFunc(rows, func(a, b partner) int { return strings.Compare(b.Name, a.Name) })
	}
	for _, p := range panes {
		allowed = allowed || p.lists(used)
	}
	for _, row := range rows {
		found := false
		var fields []string
		for _, p := range panes {
			if !p.holds(row, true) {
				continue
			}
			fields = append(fields, p.fields...)
			live := row.Active || q.Archived || slices.Contains(asked.paths, "active") || slices.Contains(p.paths, "active")
			found = found || live && p.lists(used)
		}
		if found && visible(row) && asked.holds(row, false) {
			out = append(out, w.expected(row, fields))
		}
	}
	return out, allowed
}

func (w *world) expected(p partner, fields []string) string {
	values := map[string]any{"name": p.Name, "kind": p.Kind, "note": p.Note, "credit_limit": int64(p.CreditLimit), "active": p.Active, "parent": nil, "parent.name": nil, "tags": []int64{}}
	if q, ok := w.byID[int64(p.ParentID)]; ok && visible(q) {
		values["parent"], values["parent.name"] = q.Name, q.Name
	}
	line := fmt.Sprint(p.ID)
	for _, path := range dataPaths {
		if slices.Contains(fields, path) {
			line += fmt.Sprintf(" %s=%v", path, values[path])
		}
	}
	return line
}

func shown(r record.Row) string {
	line := fmt.Sprint(r.ID)
	for path, v := range r.All() {
		if ref, ok := v.(*record.Ref); ok {
			v = ref.Name
		}
		line += fmt.Sprintf(" %s=%v", path, v)
	}
	return line
}
