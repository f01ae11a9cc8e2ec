package domain_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// dice makes worlds and filters. The same seed gives the same ones.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 7))} }

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

var (
	texts   = []any{nil, "", "Acme", "acme", "ACME", "Ärzte", "ärzte", "a", "b", "100%", "100", "a_b", "aXb", `a\b`, "[x]*?", "Zoe\u0308", "İ", "'; DROP TABLE partner; --", "😀"}
	numbers = []any{nil, int64(0), int64(1), int64(2), int64(3), int64(-5)}
	amounts = []any{nil, int64(0), int64(1050), int64(1051), int64(-1050)}
	dates   = []any{nil, "2024-12-31", "2025-03-31", "2025-04-01", "2025-04-02"}
	moments = []any{nil, at("2025-03-31T22:00:00Z"), at("2025-03-31T22:00:00.5Z"), at("2025-03-31T22:00:00.51Z"), at("2025-03-31T21:59:59.999999Z"), at("0999-01-01T00:00:00Z")}
	bools   = []any{nil, true, false}
	states  = []any{nil, "", "draft", "done"}
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func (d dice) value(f domain.Field) any {
	switch f.Type {
	case domain.Bool:
		return pick(d, bools...)
	case domain.Int, domain.Many2One:
		if f.Required {
			return pick(d, numbers[1:]...)
		}
		return pick(d, numbers...)
	case domain.Decimal, domain.Money:
		return pick(d, amounts...)
	case domain.Text:
		return pick(d, texts...)
	case domain.Date:
		return pick(d, dates...)
	case domain.DateTime:
		return pick(d, moments...)
	case domain.Selection:
		return pick(d, states...)
	}
	return nil
}

// world returns a world with some rows of each model.
func (d dice) world() *world {
	w := &world{models: models(), rows: map[string][]*row{}}
	sizes := map[string]int{"country": 6, "tag": 4, "line": 24, "partner": 24}
	for _, name := range []string{"country", "tag", "line", "partner"} {
		for id := range int64(sizes[name]) {
			r := &row{world: w, model: name, values: map[string]any{}, links: map[string][]int64{}}
			for _, f := range w.models[name].fields {
				r.values[f.Name] = d.value(f)
				switch f.Type {
				case domain.Many2One:
					if to := sizes[targets[name+"."+f.Name]]; r.values[f.Name] != nil {
						r.values[f.Name] = 1 + d.Int64N(int64(to))
					}
				case domain.Many2Many:
					for tag := int64(1); tag <= 4; tag++ {
						if d.IntN(3) == 0 {
							r.links[f.Name] = append(r.links[f.Name], tag)
						}
					}
				}
			}
			r.values["id"] = id + 1
			w.rows[name] = append(w.rows[name], r)
		}
	}
	return w
}

// node returns a random filter over s.
func (d dice) node(s domain.Schema, depth int) domain.Node {
	if depth == 0 || d.IntN(3) == 0 {
		return d.cond(s)
	}
	switch d.IntN(4) {
	case 0:
		return domain.Not{Node: d.node(s, depth-1)}
	case 1:
		return domain.Or{d.node(s, depth-1), d.node(s, depth-1)}
	case 2:
		return domain.And{d.node(s, depth-1), d.node(s, depth-1), pick[domain.Node](d, domain.True, domain.True, domain.False)}
	}
	return domain.And{d.node(s, depth-1), d.node(s, depth-1)}
}

func (d dice) cond(s domain.Schema) domain.Node {
	var path []string
	for {
		f := d.field(s)
		path = append(path, f.Name)
		if f.Type.Relation() && len(path) < 4 && d.IntN(3) > 0 {
			s = f.Target()
			continue
		}
		op, value := d.compare(f)
		return domain.Cond{Path: strings.Join(path, "."), Op: op, Value: value}
	}
}

func (d dice) field(s domain.Schema) domain.Field {
	fields := s.(schema).fields
	for {
		if f, ok := s.Field(pick(d, fields...).Name); ok && f.Type != domain.Unfilterable {
			return f
		}
	}
}

func (d dice) compare(f domain.Field) (domain.Op, any) {
	ops := []domain.Op{domain.Eq, domain.Ne, domain.In, domain.NotIn}
	switch f.Type {
	case domain.Text:
		ops = append(ops, domain.Lt, domain.Le, domain.Gt, domain.Ge, domain.Like, domain.NotLike, domain.ILike, domain.NotILike, domain.EqLike, domain.EqILike)
	case domain.Many2One, domain.One2Many, domain.Many2Many:
		ops = append(ops, domain.ILike, domain.NotILike, domain.EqLike)
	case domain.Int, domain.Decimal, domain.Money, domain.Date, domain.DateTime, domain.ID:
		ops = append(ops, domain.Lt, domain.Le, domain.Gt, domain.Ge)
	}
	switch op := pick(d, ops...); op {
	case domain.In, domain.NotIn:
		list := []any{}
		named := d.IntN(3) == 0
		for range d.IntN(4) {
			list = append(list, d.operand(f, named))
		}
		return op, list
	case domain.Eq, domain.Ne:
		return op, d.operand(f, d.IntN(3) == 0)
	case domain.Lt, domain.Le, domain.Gt, domain.Ge:
		for {
			if v := d.operand(f, false); v != nil && v != "" {
				return op, v
			}
		}
	default:
		return op, pick(d, "", "%", "_", "a", "A%", "%B", "a_b", `a\_b`, "rzte", "ÄRZ", "Ärzte", "arzte", "zoe", "zoë", "[x]", "*", "?", "100%", `100\%`, "i", "a%b", "__")
	}
}

// operand returns a value that a filter may compare f with.
func (d dice) operand(f domain.Field, named bool) any {
	switch f.Type {
	case domain.Bool:
		return pick[any](d, true, false, nil)
	case domain.ID:
		return pick[any](d, int64(1), int64(2), int64(9), domain.Var{Name: "uid"})
	case domain.Many2One, domain.One2Many, domain.Many2Many:
		if named {
			return pick(d, texts...)
		}
		return pick[any](d, int64(1), int64(2), int64(3), int64(9), nil, false, domain.Var{Name: "uid"})
	case domain.Int:
		return pick[any](d, int64(0), int64(1), int64(2), nil, domain.Var{Name: "company_id"})
	case domain.Money:
		return pick[any](d, "10.50", "10.5", int64(0), nil, "-10.51")
	case domain.Decimal:
		return pick[any](d, "0.1050", "0.1051", int64(0), nil)
	case domain.Date:
		return pick[any](d, "2025-03-31", "2025-04-01", nil, domain.Var{Name: "today"}, domain.Var{Name: "today", At: "month_start"})
	case domain.DateTime:
		return pick[any](d, "2025-03-31 22:00:00", "2025-04-01T00:00:00.500+02:00", "2025-04-01", nil, domain.Var{Name: "today"}, domain.Var{Name: "now"})
	case domain.Selection:
		return pick(d, states...)
	}
	return pick(d, texts...)
}

// fill creates the tables of a world and writes its rows.
func (w *world) fill(t *testing.T, d *db.DB) {
	t.Helper()
	types := map[domain.Type]string{
		domain.Bool: "boolean", domain.Text: "text", domain.Selection: "text", domain.Date: "text",
		domain.DateTime: map[db.Engine]string{db.SQLite: "datetime", db.Postgres: "timestamptz"}[d.Engine()],
	}
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		exec := func(sql string, args ...any) {
			if _, err := tx.Exec(sql, args...); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		exec(`CREATE TABLE partner_extra (record_id bigint, nick text)`)
		for _, join := range []string{"partner_tag", "line_tag"} {
			exec(`CREATE TABLE ` + join + ` (own bigint, target bigint)`)
		}
		for name, m := range w.models {
			var columns []string
			for _, f := range m.fields {
				if f.Column == "" || f.Side != "" {
					continue
				}
				kind := types[f.Type]
				if kind == "" {
					kind = "bigint"
				}
				columns = append(columns, f.Column+" "+kind)
				if f.Fold != "" {
					columns = append(columns, f.Fold+" text")
				}
			}
			exec(`CREATE TABLE ` + m.table + ` (` + strings.Join(columns, ", ") + `)`)
			for _, r := range w.rows[name] {
				r.insert(exec)
			}
		}
		// Without statistics PostgreSQL takes the tables for large ones and compiles every query.
		exec(`ANALYZE`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (r *row) insert(exec func(string, ...any)) {
	m := r.world.models[r.model]
	var columns, marks []string
	var args []any
	add := func(column string, value any) {
		columns, marks, args = append(columns, column), append(marks, "?"), append(args, value)
	}
	for _, f := range m.fields {
		switch {
		case f.Side != "":
			if r.values[f.Name] != nil {
				exec(`INSERT INTO `+f.Side+` VALUES (?, ?)`, r.values["id"], r.values[f.Name])
			}
		case f.Type == domain.Many2Many:
			for _, id := range r.links[f.Name] {
				exec(`INSERT INTO `+f.JoinTable+` VALUES (?, ?)`, r.values["id"], id)
			}
		case f.Column != "":
			add(f.Column, r.values[f.Name])
			if text, ok := r.values[f.Name].(string); ok && f.Fold != "" {
				add(f.Fold, domain.Fold(text))
			}
		}
	}
	exec(`INSERT INTO `+m.table+` (`+strings.Join(columns, ",")+`) VALUES (`+strings.Join(marks, ",")+`)`, args...)
}

// matching returns the ids of the partners that a filter means, as Eval decides.
func (w *world) matching(t *testing.T, n domain.Node) []int64 {
	t.Helper()
	ids := []int64{}
	for _, r := range w.rows["partner"] {
		if r.values["owner"] != nil && r.values["owner"] != vars.UID {
			continue // the rule of partners, which the asker's query carries beside the filter
		}
		ok, err := domain.Eval(n, w.schema("partner"), vars, r)
		if err != nil {
			t.Fatalf("Eval(%s): %v", domain.Print(n), err)
		}
		if ok {
			ids = append(ids, r.values["id"].(int64))
		}
	}
	return ids
}

// TestEnginesAgree holds SQLite and PostgreSQL against the evaluation in memory.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d, err := db.Open(context.Background(), db.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		dice := newDice(1)
		w := dice.world()
		w.fill(t, d)
		matched := 0
		for range 1500 {
			n := dice.node(w.schema("partner"), 3)
			want := w.matching(t, n)
			matched += len(want)
			e, err := domain.Compile(n, w.schema("partner"), vars)
			if err != nil {
				t.Fatalf("Compile(%s): %v", domain.Print(n), err)
			}
			var got []int64
			if err := d.Read(context.Background()).Table("partner").Where("owner IS NULL OR owner = ?", vars.UID).Where(e).Order("id").Pluck("id", &got).Error; err != nil {
				t.Fatalf("%s: %v", domain.Print(n), err)
			}
			if !slices.Equal(got, want) {
				sql, args, _ := domain.SQL(n, w.schema("partner"), vars, domain.Dialect(d.Engine()))
				t.Fatalf("%s finds %v, want %v as in memory\n%s %v", domain.Print(n), got, want, sql, args)
			}
			if all := w.overAll(t, d, n); !slices.Equal(all, want) {
				t.Fatalf("%s asked over all finds %v, want %v", domain.Print(n), all, want)
			}
			again, err := domain.Parse(domain.Print(n))
			if err != nil {
				t.Fatal(err)
			}
			if back := w.matching(t, again); !slices.Equal(back, want) {
				t.Fatalf("%s means %v when read back, meant %v", domain.Print(n), back, want)
			}
		}
		if average := matched / 1500; average < 2 || average > 12 {
			t.Errorf("a filter finds %d of the records on average: the test says too little", average)
		}
	})
}

// overAll returns the partners that a filter finds when it is asked over all of them.
func (w *world) overAll(t *testing.T, d *db.DB, n domain.Node) []int64 {
	t.Helper()
	sql, args, err := domain.SQLOverAll(n, w.schema("partner"), vars, domain.Dialect(d.Engine()))
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	err = d.Each(context.Background(), `SELECT id FROM partner WHERE (owner IS NULL OR owner = ?) AND (`+sql+`) ORDER BY id`, append([]any{vars.UID}, args...), func(cells []any) error {
		got = append(got, cells[0].(int64))
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v\n%s %v", domain.Print(n), err, sql, args)
	}
	return got
}

// TestHiddenTargetsDoNotShow changes everything about the records that the asker may not see.
// No filter may answer differently.
func TestHiddenTargetsDoNotShow(t *testing.T) {
	t.Parallel()
	dice := newDice(2)
	before := dice.world()
	after := newDice(2).world()
	if changes := after.disturb(t, dice); changes < 20 {
		t.Fatalf("only %d changes to what is hidden", changes)
	}
	for range 5000 {
		n := dice.node(before.schema("partner"), 3)
		if was, is := before.matching(t, n), after.matching(t, n); !slices.Equal(was, is) {
			t.Fatalf("%s finds %v, and %v after hidden records changed", domain.Print(n), was, is)
		}
	}
}

// hiddenRows returns the rows of a model that an asker does not see.
func (w *world) hiddenRows(t *testing.T, model string) []*row {
	t.Helper()
	var hidden []*row
	for _, r := range w.rows[model] {
		ok, err := domain.Eval(w.models[model].rule, w.system(model), vars, r)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			hidden = append(hidden, r)
		}
	}
	return hidden
}

// disturb changes hidden records, and which of them visible records point to. What the rules
// decide by stays. It returns how many records and links it changed.
func (w *world) disturb(t *testing.T, d dice) int {
	t.Helper()
	hidden := map[string][]*row{}
	for _, name := range []string{"partner", "country", "line"} {
		hidden[name] = w.hiddenRows(t, name)
	}
	deciding := []string{"id", "secret", "owner", "partner.country", "line.partner"}
	changes := 0
	for name, rows := range hidden {
		for _, r := range rows {
			for _, f := range w.models[name].fields {
				if !slices.Contains(deciding, f.Name) && !slices.Contains(deciding, name+"."+f.Name) {
					r.values[f.Name] = d.value(f)
				}
			}
			r.links = map[string][]int64{"tags": {1 + d.Int64N(4)}}
			changes++
		}
	}
	for name, rows := range w.rows {
		for _, r := range rows {
			for _, f := range w.models[name].fields {
				among := hidden[targets[name+"."+f.Name]]
				if f.Type != domain.Many2One || name == "line" && f.Name == "partner" || r.values[f.Name] == nil {
					continue
				}
				if slices.ContainsFunc(among, func(to *row) bool { return to.values["id"] == r.values[f.Name] }) {
					r.values[f.Name] = pick(d, among...).values["id"]
					changes++
				}
			}
		}
	}
	return changes
}
