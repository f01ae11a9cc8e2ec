package record

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
)

// Total is what the records of one group add up to.
type Total struct {
	Values []any   // of the fields that make the group, as Row has them; a month is "2026-03"
	Count  int     // records in the group
	Sums   []int64 // of the fields added up, in the integers that they are stored in
}

// monthOf behind the path of a Day groups by its month.
const monthOf = ":month"

// Totals counts the records that match a query in groups and adds up number fields of
// their own. The paths in by make the groups: plain fields and to-one relations; of a Day
// with ":month" behind it only the month. Without any there is one group, be it empty.
// The groups are ordered by their values, empty ones first; order, limit and offset of the
// query play no part. Through windows it sees the records of those that list every path
// used. Errors: as for Rows.
func Totals(e *Env, model string, q Query, by, sums []string) ([]Total, error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	used := slices.Clone(sums)
	for _, path := range by {
		used = append(used, strings.TrimSuffix(path, monthOf))
	}
	e, err := e.listing(m, used)
	if err != nil {
		return nil, err
	}
	q.Order = "id"
	s, err := newStatement(e, m, q)
	if err != nil {
		return nil, err
	}
	groups := make([]column, len(by))
	for i, path := range by {
		if groups[i], err = s.group(path); err != nil {
			return nil, err
		}
	}
	t := totalling{statement: s, groups: groups}
	for _, path := range sums {
		f := m.byName[path]
		if f == nil || !f.isNumber() || !f.Stored() || !s.env.Sees(f) {
			return nil, unknownField(m, path)
		}
		t.sums = append(t.sums, quote(f.Column))
	}
	if len(s.joins) > 0 && len(by) == 1 {
		t.first = m.firstColumn(by[0])
	}
	return t.run()
}

// listing returns the environment with those windows on a model alone that list every
// one of some paths.
func (e *Env) listing(m *Info, paths []string) (*Env, error) {
	if e.windows == nil || !e.Can(OpRead, m) {
		return e, nil
	}
	c := *e
	c.windows = map[string][]Window{m.Name: e.windowsFor(m, OpRead, paths)}
	if len(c.windows[m.Name]) == 0 {
		return nil, fault.New(fault.Invalid, "The granted scopes do not allow adding up by these fields.")
	}
	return &c, nil
}

// group adds the columns that make a group.
func (s *statement) group(path string) (column, error) {
	plain, month := strings.CutSuffix(path, monthOf)
	c, err := s.column(plain)
	if err != nil {
		return c, err
	}
	if c.lists != nil || plain == "id" || c.field.Type == JSON || c.field.Type == StringList || month && c.field.Type != Day {
		return c, unknownField(s.info, path)
	}
	if month {
		s.selects[c.at] = "SUBSTR(" + s.selects[c.at] + ", 1, 7)"
		c.field = &FieldInfo{Field: Field{Name: path, Type: Text}}
	}
	return c, nil
}

// totalling is a statement that adds up: what it selects makes the groups.
type totalling struct {
	*statement
	groups []column
	sums   []string // columns
	first  string   // a column to add up by before anything is joined; "": all at once
}

// firstColumn is the relation of the model itself that a path begins with.
func (m *Info) firstColumn(path string) string {
	name, _, _ := strings.Cut(path, ".")
	if f := m.byName[name]; f != nil && f.Type == Many2One {
		return quote(f.Column)
	}
	return ""
}

// sql is the statement's text with its arguments. What is joined is joined to the few rows
// that the records have been added up to, where there is one key: sorting by several costs
// more than it saves.
func (t totalling) sql() (string, []any) {
	var inner, outer []string
	for i, c := range t.sums {
		at := root + "." + c
		if t.first != "" {
			name := quote("sum " + strconv.Itoa(i)) // no column has a space in its name
			inner, at = append(inner, "SUM("+at+") AS "+name), root+"."+name
		}
		outer = append(outer, "CAST(COALESCE(SUM("+at+"), 0) AS BIGINT)")
	}
	count, from, args := "COUNT(*)", t.from(), slices.Concat(t.selArgs, t.joinArgs, t.whArgs)
	if t.first != "" {
		few := *t.statement
		few.joins = nil
		from = " FROM (SELECT " + strings.Join(append([]string{t.first, `COUNT(*) AS "count of"`}, inner...), ", ") + few.from() + " GROUP BY " + t.first + ") AS " + root + " " + strings.Join(t.joins, " ")
		count, args = `CAST(COALESCE(SUM(`+root+`."count of"), 0) AS BIGINT)`, slices.Concat(t.selArgs, t.whArgs, t.joinArgs)
	}
	text := "SELECT " + strings.Join(slices.Concat(t.selects, outer, []string{count}), ", ") + from
	for i := range t.selects {
		text += map[bool]string{true: " GROUP BY ", false: ", "}[i == 0] + strconv.Itoa(i+1)
	}
	return text, args
}

func (t totalling) run() ([]Total, error) {
	type group struct {
		key []any
		Total
	}
	var found []group
	keys := len(t.selects)
	text, args := t.sql()
	err := t.env.database.DB.Each(t.env.Context, text, args, func(cells []any) error {
		g := group{key: slices.Clone(cells[:keys])}
		for _, c := range t.groups {
			g.Values = append(g.Values, c.value(cells))
		}
		for _, c := range cells[keys : len(cells)-1] {
			n, _ := c.(int64)
			g.Sums = append(g.Sums, n)
		}
		n, _ := cells[len(cells)-1].(int64)
		g.Count = int(n)
		found = append(found, g)
		return nil
	})
	slices.SortFunc(found, func(a, b group) int { return slices.CompareFunc(a.key, b.key, compareCells) })
	out := make([]Total, len(found))
	for i, g := range found {
		out[i] = g.Total
	}
	return out, err
}

// compareCells orders as both engines would: empty first, text by its bytes.
func compareCells(a, b any) int {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case bool:
		if y, ok := b.(bool); ok && x != y {
			return map[bool]int{true: 1, false: -1}[x]
		}
	case nil:
		if b != nil {
			return -1
		}
	}
	if a != nil && b == nil {
		return 1
	}
	return 0
}
