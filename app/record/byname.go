package record

import (
	"encoding/json"
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

// Tallies counts the records that match a query by the values of a Selection, Bool or
// Many2One field, the most frequent first, at most so many. It looks at Limit records of
// the query, any of them; all says that these were all that match. Empty values and related
// records out of the reader's sight are left out. Errors: as for Rows. Scopes do not grant it.
func Tallies(e *Env, model, field string, q Query, most int) (out []Tally, all bool, err error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return nil, false, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	f := m.byName[field]
	if f == nil || !f.Stored() || !e.Sees(f) || e.windows != nil || f.Type != Selection && f.Type != Bool && f.Type != Many2One {
		return nil, false, unknownField(m, field)
	}
	q.Order = "id"
	s, err := newStatement(e, m, q)
	if err != nil {
		return nil, false, err
	}
	c, err := s.column(field)
	if err != nil {
		return nil, false, err
	}
	name := "''"
	if f.Type == Many2One {
		name = s.selects[c.at+1]
	}
	args := slices.Concat(s.selArgs, s.joinArgs, s.whArgs, []any{q.Limit + 1, most + 1})
	text := "SELECT v, n, COUNT(*), CAST(SUM(COUNT(*)) OVER () AS BIGINT) FROM (SELECT " + s.selects[c.at] + " AS v, " + name + " AS n" + s.from() +
		" LIMIT ?) AS seen GROUP BY v, n ORDER BY COUNT(*) DESC, v LIMIT ?"
	seen := int64(0)
	err = e.database.DB.Each(e.Context, text, args, func(cells []any) error {
		n, _ := cells[2].(int64)
		seen, _ = cells[3].(int64)
		if cells[0] != nil && len(out) < most {
			out = append(out, Tally{Value: column{field: f, at: 0}.value(cells), Count: int(n)})
		}
		return nil
	})
	return out, seen <= int64(q.Limit), err
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
