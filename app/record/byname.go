package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

// RowAt is RowOf together with the version that the values belong to.
func RowAt(e *Env, model string, id int64, paths []string) (Row, int64, error) {
	return rowAt(e, model, Query{Filter: byID(id), Fields: paths, Archived: true})
}

// RowWhere returns the first record that a filter matches, by id, and its version.
// Records in the archive are left out as Rows leaves them out. NotFound when there is none.
func RowWhere(e *Env, model string, filter domain.Node, paths []string) (Row, int64, error) {
	return rowAt(e, model, Query{Filter: filter, Fields: paths})
}

func rowAt(e *Env, model string, q Query) (Row, int64, error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return Row{}, 0, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	q.Order = "id"
	s, p, err := prepareVersioned(e, m, q)
	if err != nil {
		return Row{}, 0, err
	}
	rows, err := s.read(p, 1, 0)
	if err == nil && len(rows) == 0 {
		var id int64
		if c, ok := q.Filter.(domain.Cond); ok && c.Path == "id" {
			id, _ = c.Value.(int64)
		}
		err = notFound(m, id)
	}
	if err != nil {
		return Row{}, 0, err
	}
	return rows[0], rows[0].version, nil
}

// CanOn reports whether the person has a right on one record: Can, and the record is
// one that the rules for the operation match.
func (e *Env) CanOn(op Op, m *Info, id int64) (bool, error) {
	if !e.Can(op, m) {
		return false, nil
	}
	err := e.reaches(m, op, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Remove is Delete by the model's name. Version 0 takes the version that is there.
func Remove(e *Env, model string, id, version int64) error {
	m, ok := e.registry.Model(model)
	if !ok {
		return fault.New(fault.NotFound, "There is no model %q.", model)
	}
	return e.Write(func(in *Env) error { return in.remove(m, id, version) })
}

// Line is one entry of a record's history.
type Line struct {
	At      time.Time
	User    string // display name at that time
	Action  string // create, write, delete, or what Audit was called with
	Reason  string // of a Sudo
	Changes []Change
}

// History returns the audit lines of a record, newest first. Fields that the reader
// may not see are left out; a secret appears without values. NotFound when the reader
// may not see the record; scopes do not grant it.
func History(e *Env, model string, id int64, limit, offset int) ([]Line, error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	if e.windows != nil {
		return nil, notFound(m, id)
	}
	if _, err := RowOf(e, m.Name, id, nil); err != nil {
		return nil, err
	}
	rows, err := e.database.DB.QueryContext(e.Context, `SELECT at, user_name, action, changes, reason FROM audit
		WHERE model = ? AND record_id = ? ORDER BY id DESC LIMIT ? OFFSET ?`, m.Name, id, limit, offset)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Line
	for rows.Next() {
		var at any
		var changes string
		var l Line
		if err := rows.Scan(&at, &l.User, &l.Action, &changes, &l.Reason); err != nil {
			return nil, err
		}
		l.At, _ = (&FieldInfo{Field: Field{Type: Moment}}).fromDriver(at).(time.Time)
		if l.Changes, err = m.seenChanges(e, changes); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

func (m *Info) seenChanges(e *Env, text string) ([]Change, error) {
	var all, seen []Change
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "An audit line of %s cannot be read.", m.Name)
	}
	for _, c := range all {
		f := m.byName[c.Field]
		switch {
		case f == nil || e.Sees(f):
			seen = append(seen, c)
		case f.Type == Secret && e.Sets(f):
			seen = append(seen, Change{Field: c.Field})
		}
	}
	return seen, nil
}

// Tally is how many records have one value of a field.
type Tally struct {
	Value any // string, bool, or *Ref
	Count int
}

// Tallies counts the records that match a query by the values of fields of the types
// Selection, Bool and Many2One: for each field the most frequent first, at most so many.
// It looks at Limit records of the query, any of them; all says that these were all that
// match. Empty values and related records out of the reader's sight are left out. It is one
// statement, and one or two for the names of each relation. Errors: as for Rows. Scopes do
// not grant it.
func Tallies(e *Env, model string, fields []string, q Query, most int) (out [][]Tally, all bool, err error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return nil, false, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	q.Order = "id"
	s, err := newStatement(e, m, q)
	if err != nil {
		return nil, false, err
	}
	counts := make([]map[any]int, len(fields))
	for i, name := range fields {
		f := m.byName[name]
		if f == nil || !f.Stored() || !e.Sees(f) || e.windows != nil || f.Type != Selection && f.Type != Bool && f.Type != Many2One {
			return nil, false, unknownField(m, name)
		}
		s.add(root + "." + quote(f.Column))
		counts[i] = map[any]int{}
	}
	seen := 0
	args := slices.Concat(s.joinArgs, s.whArgs, []any{q.Limit + 1})
	// Counting here costs one walk over the records; GROUP BY would sort them once per field.
	err = e.database.DB.Each(e.Context, "SELECT "+strings.Join(s.selects, ", ")+s.from()+" LIMIT ?", args, func(cells []any) error {
		seen++
		for i, key := range cells {
			if key != nil {
				counts[i][key]++
			}
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	out = make([][]Tally, len(fields))
	for i, name := range fields {
		if out[i], err = m.byName[name].frequent(e, counts[i], most); err != nil {
			return nil, false, err
		}
	}
	return out, seen <= q.Limit, nil
}

// frequent returns the values that were counted most, in an order that stays the same.
func (f *FieldInfo) frequent(e *Env, counts map[any]int, most int) (out []Tally, err error) {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b any) int {
		return cmp.Or(counts[b]-counts[a], ordered(a, b))
	})
	if f.Type != Many2One {
		for _, key := range keys[:min(len(keys), most)] {
			out = append(out, Tally{f.fromDriver(key), counts[key]})
		}
		return out, nil
	}
	// Twice as many as are wanted: some may be out of sight. All the others when that is not enough.
	for n := min(len(keys), 2*most); n > 0 && len(out) < most; n = len(keys) {
		refs, err := f.Target.refs(e, keys[:n])
		if err != nil {
			return nil, err
		}
		for _, key := range keys[:n] {
			if r := refs[key]; r != nil && len(out) < most {
				out = append(out, Tally{r, counts[key]})
			}
		}
		keys = keys[n:]
	}
	return out, nil
}

// refs names the records with some ids, of those in sight.
func (m *Info) refs(e *Env, ids []any) (map[any]*Ref, error) {
	s := &statement{env: e, info: m, engine: e.database.DB.Engine(), joined: map[string]string{}}
	rule, free, err := modelSchema{env: e, info: m, alias: root}.Rule()
	if err == nil {
		err = s.and(rule, free)
	}
	if err == nil {
		err = s.and(domain.Cond{Path: "id", Op: domain.In, Value: ids}, free)
	}
	if err != nil {
		return nil, err
	}
	s.add(root + ".id")
	name, args := s.expr(root, m.byName[m.Display])
	s.add(name, args...)
	out := map[any]*Ref{}
	return out, e.database.DB.Each(e.Context, "SELECT "+strings.Join(s.selects, ", ")+s.from(), slices.Concat(s.selArgs, s.whArgs), func(cells []any) error {
		id, _ := cells[0].(int64)
		name, _ := cells[1].(string)
		out[id] = &Ref{ID: id, Name: name}
		return nil
	})
}

// ordered compares two values of one column: ids, or texts.
func ordered(a, b any) int {
	if n, ok := a.(int64); ok {
		m, _ := b.(int64)
		return cmp.Compare(n, m)
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// Initial is the value of a field in a row that nobody has filled in: what Default
// says, else nil.
func (f *FieldInfo) Initial(e *Env) any {
	if f.Default == nil || f.goField == nil {
		return nil
	}
	v := f.Default(e)
	if v == nil {
		return nil
	}
	row := reflect.New(f.model.typ).Elem()
	if err := f.put(row, v); err != nil {
		return nil
	}
	return f.get(row)
}

// Digits is the number of decimal digits that a Decimal or Amount carries in its integer.
func (f *FieldInfo) Digits() int { return f.scale() }
