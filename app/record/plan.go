package record

import (
	"fmt"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
)

// plan turns scanned columns into a Row.
type plan struct {
	paths   []string
	cols    []column
	version int      // index of the version's column; 0 when it is not read
	keys    []int    // indexes of the columns of the order; nil when places are not asked for
	windows []int    // index of each window's column; 0 for one that matches every row read
	shows   [][]bool // which paths each window lists; nil when there are no windows
	alike   []bool   // the paths hidden in every row; nil when rows differ
	spare   []any    // room for the values of further rows
}

// column is where a path's value comes from.
type column struct {
	field *FieldInfo
	at    int // index in the SELECT; of a Many2One the id, its name follows
	lists *listQuery
}

// listQuery fetches the values of a to-many path for a whole page in one statement.
type listQuery struct {
	relation *FieldInfo
	value    *FieldInfo // nil: the ids
}

func prepare(e *Env, m *Info, q Query) (*statement, *plan, error) {
	s, err := newStatement(e, m, q)
	if err != nil {
		return nil, nil, err
	}
	s.add(root + ".id")
	p := &plan{paths: q.Fields}
	if e.windows != nil {
		p.shows = [][]bool{}
	}
	for _, path := range q.Fields {
		c, err := s.column(path)
		if err != nil {
			return nil, nil, err
		}
		p.cols = append(p.cols, c)
	}
	if q.Places {
		p.keys = s.placeColumns()
	}
	return s, p, p.look(s)
}

// look plans what tells, of each row, which windows match it. A window without a filter
// matches every row, and so does the only one: no row came by another way.
func (p *plan) look(s *statement) error {
	if p.shows == nil {
		return nil
	}
	alike := true
	for _, w := range s.windows {
		at := 0
		if w.Filter != nil && len(s.windows) > 1 {
			var err error
			if at, err = s.windowColumn(w); err != nil {
				return err
			}
			alike = false
		}
		p.windows = append(p.windows, at)
		p.shows = append(p.shows, w.shows(p.paths))
	}
	if alike {
		p.alike = p.hidden(nil)
	}
	return nil
}

// prepareVersioned is prepare for rows that are going to be saved or deleted.
func prepareVersioned(e *Env, m *Info, q Query) (*statement, *plan, error) {
	s, p, err := prepare(e, m, q)
	if err == nil {
		p.version = s.add(root + ".version")
	}
	return s, p, err
}

// shows tells which of some paths the window lists; the id is always there.
func (w Window) shows(paths []string) []bool {
	out := make([]bool, len(paths))
	for i, p := range paths {
		out[i] = p == "id" || slices.Contains(w.Fields, p)
	}
	return out
}

func unknownField(m *Info, path string) error {
	return fault.New(fault.Invalid, "%s has no field %q.", m.Label, path).On(path)
}

// column plans a path: own fields and to-one relations in the statement itself, a
// to-many step as a query of its own for each page.
func (s *statement) column(path string) (column, error) {
	if path == "id" {
		return column{field: &FieldInfo{Field: Field{Name: "id", Label: "ID", Type: Int}, Column: "id", model: s.info}, at: 0}, nil
	}
	fields, err := s.info.follow(s.env, path)
	if err != nil {
		return column{}, err
	}
	last := fields[len(fields)-1]
	if fields[0].isList() {
		c := column{field: last, lists: &listQuery{relation: fields[0]}}
		if len(fields) > 1 {
			c.lists.value = last
		}
		return c, nil
	}
	alias, prefix := root, ""
	for i, f := range fields {
		if f.Type != Many2One {
			break
		}
		if prefix += "." + f.Name; i == 0 {
			prefix = f.Name
		}
		if alias, err = s.join(alias, prefix, f); err != nil {
			return column{}, err
		}
	}
	if last.Type == Many2One {
		at := s.add(alias + ".id")
		name, args := s.expr(alias, last.Target.byName[last.Target.Display])
		s.add(name, args...)
		return column{field: last, at: at}, nil
	}
	expr, args := s.expr(alias, last)
	return column{field: last, at: s.add(expr, args...)}, nil
}

// follow returns the fields of a path that a reader can be given; Invalid, alike for
// what does not exist and what is hidden from him, when there is none.
func (m *Info) follow(e *Env, path string) ([]*FieldInfo, error) {
	fields, err := m.resolve(path)
	if err != nil {
		return nil, unknownField(m, path)
	}
	for i, f := range fields {
		if !e.Sees(f) {
			return nil, unknownField(m, path)
		}
		if f.isList() && (i != 0 || len(fields) > 2 || len(fields) == 2 && fields[1].Target != nil) {
			return nil, fault.New(fault.Invalid, "%q goes through a list, which can only be the first step and be followed by one plain field.", path).On(path)
		}
	}
	return fields, nil
}

// expr is the SQL of a plain field: its column, its translation, or its side table.
func (s *statement) expr(alias string, f *FieldInfo) (string, []any) {
	switch {
	case f.side != nil:
		return fmt.Sprintf("(SELECT x.%s FROM %s AS x WHERE x.record_id = %s.id)", quote(f.Column), quote(f.side.table), alias), nil
	case f.Translate && s.env.Lang != sourceLang:
		return fmt.Sprintf("COALESCE((SELECT x.text FROM translation AS x WHERE x.model = ? AND x.record_id = %s.id AND x.field = ? AND x.lang = ?), %s.%s)",
			alias, alias, quote(f.Column)), []any{f.model.Name, f.Name, s.env.Lang}
	}
	return alias + "." + quote(f.Column), nil
}

// windowColumn tells for each row whether a window matches it.
func (s *statement) windowColumn(w Window) (int, error) {
	if w.Filter == nil {
		return s.add("1"), nil
	}
	text, args, err := s.env.sql(w.Filter, modelSchema{info: s.info, alias: root})
	if err != nil {
		return 0, err
	}
	return s.add("CASE WHEN ("+text+") THEN 1 ELSE 0 END", args...), nil
}

// row makes a Row of the columns as the driver gives them.
func (p *plan) row(cells []any) Row {
	r := Row{plan: p, values: p.room()}
	r.ID, _ = cells[0].(int64)
	if p.version > 0 {
		r.version, _ = cells[p.version].(int64)
	}
	for i := range p.cols {
		if p.cols[i].lists == nil {
			r.values[i] = p.cols[i].value(cells)
		}
	}
	for i, at := range p.keys {
		r.values[len(p.cols)+i] = cells[at]
	}
	switch {
	case p.alike != nil:
		r.hidden = p.alike
	case p.shows != nil:
		r.hidden = p.hidden(cells)
	}
	return r
}

// room returns the place for a row's values, cut from an allocation for many rows.
func (p *plan) room() []any {
	n := len(p.cols) + len(p.keys)
	if len(p.spare) < n {
		p.spare = make([]any, n*64)
	}
	out := p.spare[:n:n]
	p.spare = p.spare[n:]
	return out
}

// hidden tells which paths no window that matches the row lists.
func (p *plan) hidden(cells []any) []bool {
	out := make([]bool, len(p.paths))
	for i, path := range p.paths {
		out[i] = path != "id"
	}
	for w, at := range p.windows {
		if at > 0 {
			if n, _ := cells[at].(int64); n != 1 {
				continue
			}
		}
		for i, shown := range p.shows[w] {
			out[i] = out[i] && !shown
		}
	}
	return out
}

func (c column) value(cells []any) any {
	v := cells[c.at]
	if v == nil {
		return nil
	}
	if c.field.Type == Many2One {
		id, _ := v.(int64)
		name, _ := cells[c.at+1].(string)
		return &Ref{ID: id, Name: name}
	}
	return c.field.fromDriver(v)
}

// fromDriver brings what the drivers return for one column to the field's own type.
func (f *FieldInfo) fromDriver(v any) any {
	switch f.Type {
	case Bool:
		if n, ok := v.(int64); ok {
			return n != 0
		}
	case Day:
		if s, ok := v.(string); ok {
			return Date(s)
		}
	case Moment:
		switch t := v.(type) {
		case time.Time:
			return t.UTC()
		case string:
			for _, layout := range []string{"2006-01-02 15:04:05.999999999-07:00", time.RFC3339Nano} {
				if parsed, err := time.Parse(layout, t); err == nil {
					return parsed.UTC()
				}
			}
		}
	case StringList:
		var list Strings
		if err := list.Scan(v); err == nil {
			return list
		}
	}
	return v
}

// CheckPath reports, as Invalid, that a reader of the Env cannot be given a path of a
// model: it does not exist, is hidden from him, or goes where Rows cannot follow.
func CheckPath(e *Env, m *Info, path string) error {
	if path == "id" {
		return nil
	}
	_, err := m.follow(e, path)
	return err
}
