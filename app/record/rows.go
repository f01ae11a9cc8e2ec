package record

import (
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
)

// Row is one record as the asker sees it: the id and the values of the paths asked for.
// Values are string, int64 (numbers, and amounts in minor units), bool, Date,
// time.Time, Strings, *Ref for a Many2One, []int64 or []any for lists; nil is empty.
type Row struct {
	ID     int64
	plan   *plan
	values []any
	hidden []bool // paths that no matching window lists; nil when there are no windows
}

// Value returns the value of a path; false when it was not asked for or is hidden.
func (r Row) Value(path string) (any, bool) {
	i := slices.Index(r.plan.paths, path)
	if i < 0 || r.hidden != nil && r.hidden[i] {
		return nil, false
	}
	return r.values[i], true
}

// All yields the visible paths and their values in the order asked for.
func (r Row) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i, p := range r.plan.paths {
			if r.hidden != nil && r.hidden[i] {
				continue
			}
			if !yield(p, r.values[i]) {
				return
			}
		}
	}
}

// Field returns the last field of a path that was asked for.
func (r Row) Field(path string) *FieldInfo {
	if i := slices.Index(r.plan.paths, path); i >= 0 {
		return r.plan.cols[i].field
	}
	return nil
}

// plan turns scanned columns into a Row.
type plan struct {
	paths   []string
	cols    []column
	windows []int // index of each window's column
	winList []Window
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

const pageSize = 200 // records fetched before their lists are

// Rows yields the records of a model that match a query, each with the paths asked
// for. It is the one reading path of lists, CSV, API, MCP and OAuth data. Unknown and
// hidden paths give the same Invalid error.
func Rows(e *Env, model string, q Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		m, ok := e.registry.Model(model)
		if !ok {
			yield(Row{}, fault.New(fault.NotFound, "There is no model %q.", model))
			return
		}
		s, p, err := prepare(e, m, q)
		if err != nil {
			yield(Row{}, err)
			return
		}
		text, args := s.text(q.Limit, q.Offset)
		s.stream(p, text, args, yield)
	}
}

func prepare(e *Env, m *Info, q Query) (*statement, *plan, error) {
	s, err := newStatement(e, m, q)
	if err != nil {
		return nil, nil, err
	}
	s.add(root + ".id")
	p := &plan{paths: q.Fields, winList: s.windows}
	for _, path := range q.Fields {
		c, err := s.column(path)
		if err != nil {
			return nil, nil, err
		}
		p.cols = append(p.cols, c)
	}
	for _, w := range s.windows {
		at, err := s.windowColumn(w)
		if err != nil {
			return nil, nil, err
		}
		p.windows = append(p.windows, at)
	}
	return s, p, nil
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
	fields, err := s.info.resolve(path)
	if err != nil {
		return column{}, unknownField(s.info, path)
	}
	alias, prefix := root, ""
	for i, f := range fields {
		if !s.env.Sees(f) {
			return column{}, unknownField(s.info, path)
		}
		prefix = strings.Join(strings.Split(path, ".")[:i+1], ".")
		last := i == len(fields)-1
		switch {
		case f.Type == One2Many || f.Type == Many2Many:
			if i != 0 || len(fields) > 2 || len(fields) == 2 && fields[1].Target != nil {
				return column{}, fault.New(fault.Invalid, "%q goes through a list, which can only be the first step and be followed by one plain field.", path).On(path)
			}
			c := column{field: fields[len(fields)-1], lists: &listQuery{relation: f}}
			if !last {
				c.lists.value = fields[1]
				if !s.env.Sees(fields[1]) {
					return column{}, unknownField(s.info, path)
				}
			}
			return c, nil
		case f.Type == Many2One:
			next, err := s.join(alias, prefix, f)
			if err != nil {
				return column{}, err
			}
			if last {
				d := f.Target.byName[f.Target.Display]
				at := s.add(next + ".id")
				name, args := s.expr(next, d)
				s.add(name, args...)
				return column{field: f, at: at}, nil
			}
			alias = next
		case last:
			expr, args := s.expr(alias, f)
			return column{field: f, at: s.add(expr, args...)}, nil
		}
	}
	return column{}, unknownField(s.info, path)
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

// stream runs the statement and yields its rows, fetching lists page by page.
func (s *statement) stream(p *plan, text string, args []any, yield func(Row, error) bool) {
	rows, err := s.env.database.DB.QueryContext(s.env.Context, text, args...)
	if err != nil {
		yield(Row{}, err)
		return
	}
	defer rows.Close()
	cells, dest := p.cells(len(s.selects))
	hasLists := slices.ContainsFunc(p.cols, func(c column) bool { return c.lists != nil })
	// A transaction has one connection: it must be free before lists are fetched, and
	// before the reader of a row runs statements of its own.
	gather := s.env.tx != nil
	var page []Row
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			yield(Row{}, err)
			return
		}
		r := p.row(cells)
		switch {
		case gather || hasLists:
			page = append(page, r)
		case !yield(r, nil):
			return
		}
		if hasLists && !gather && len(page) == pageSize {
			if !s.hand(p, page, yield) {
				return
			}
			page = page[:0]
		}
	}
	if err := rows.Err(); err != nil {
		yield(Row{}, err)
		return
	}
	rows.Close()
	for chunk := range slices.Chunk(page, pageSize) {
		if !s.hand(p, chunk, yield) {
			return
		}
	}
}

// hand fetches the lists of a page and yields its rows; false to stop.
func (s *statement) hand(p *plan, page []Row, yield func(Row, error) bool) bool {
	if err := s.fillLists(p, page); err != nil {
		yield(Row{}, err)
		return false
	}
	for _, r := range page {
		if !yield(r, nil) {
			return false
		}
	}
	return true
}

// cell receives one scanned column, whatever type the driver gives it.
type cell struct{ v any }

func (c *cell) Scan(src any) error {
	if b, ok := src.([]byte); ok {
		src = string(b)
	}
	c.v = src
	return nil
}

func (p *plan) cells(n int) ([]cell, []any) {
	cells, dest := make([]cell, n), make([]any, n)
	for i := range cells {
		dest[i] = &cells[i]
	}
	return cells, dest
}

func (p *plan) row(cells []cell) Row {
	r := Row{plan: p, values: make([]any, len(p.cols))}
	r.ID, _ = cells[0].v.(int64)
	for i, c := range p.cols {
		if c.lists == nil {
			r.values[i] = c.value(cells)
		}
	}
	if p.winList != nil {
		r.hidden = make([]bool, len(p.cols))
		for i, path := range p.paths {
			r.hidden[i] = path != "id"
			for w, at := range p.windows {
				if n, _ := cells[at].v.(int64); n == 1 && slices.Contains(p.winList[w].Fields, path) {
					r.hidden[i] = false
				}
			}
		}
	}
	return r
}

func (c column) value(cells []cell) any {
	v := cells[c.at].v
	if v == nil {
		return nil
	}
	if c.field.Type == Many2One {
		id, _ := v.(int64)
		name, _ := cells[c.at+1].v.(string)
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

// fillLists fetches the to-many values of a page, one statement a path.
func (s *statement) fillLists(p *plan, page []Row) error {
	if len(page) == 0 {
		return nil
	}
	for i, c := range p.cols {
		if c.lists == nil {
			continue
		}
		byRecord, err := s.lists(c.lists, page)
		if err != nil {
			return err
		}
		for _, r := range page {
			r.values[i] = c.lists.shape(byRecord[r.ID])
		}
	}
	return nil
}

func (l *listQuery) shape(values []any) any {
	if l.value != nil {
		if values == nil {
			return []any{}
		}
		return values
	}
	ids := make([]int64, 0, len(values))
	for _, v := range values {
		if n, ok := v.(int64); ok {
			ids = append(ids, n)
		}
	}
	return ids
}

func (s *statement) lists(l *listQuery, page []Row) (map[int64][]any, error) {
	const alias = "r1"
	target := l.relation.Target
	value, translation := alias+".id", []any(nil)
	if l.value != nil {
		value, translation = s.expr(alias, l.value)
	}
	owner, from := alias+"."+quote(inverseColumn(l.relation)), quote(target.Table)+" AS "+alias
	if l.relation.Type == Many2Many {
		owner = "x.record_id"
		from = quote(l.relation.JoinTable()) + " AS x JOIN " + quote(target.Table) + " AS " + alias + " ON " + alias + ".id = x.target_id"
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(page)), ",")
	text := "SELECT " + owner + ", " + value + " FROM " + from + " WHERE " + owner + " IN (" + marks + ")"
	args := append(make([]any, 0, len(page)), translation...)
	for _, r := range page {
		args = append(args, r.ID)
	}
	rule, free, err := modelSchema{env: s.env, info: target, alias: alias}.Rule()
	if err != nil {
		return nil, err
	}
	if rule != nil {
		cond, more, err := s.env.sql(rule, free)
		if err != nil {
			return nil, err
		}
		text += " AND (" + cond + ")"
		args = append(args, more...)
	}
	rows, err := s.env.database.DB.QueryContext(s.env.Context, text+" ORDER BY "+alias+".id", args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, l.value)
}

func inverseColumn(f *FieldInfo) string {
	if f.inverse == nil {
		return ""
	}
	return f.inverse.Column
}

func collect(rows *sql.Rows, f *FieldInfo) (map[int64][]any, error) {
	defer rows.Close()
	out := map[int64][]any{}
	for rows.Next() {
		var owner int64
		var c cell
		if err := rows.Scan(&owner, &c); err != nil {
			return nil, err
		}
		v := c.v
		if f != nil && v != nil {
			v = f.fromDriver(v)
		}
		out[owner] = append(out[owner], v)
	}
	return out, rows.Err()
}

// CheckPath reports, as Invalid, that a reader of the Env cannot be given a path of a
// model: it does not exist, is hidden from him, or goes where Rows cannot follow.
func CheckPath(e *Env, m *Info, path string) error {
	s := &statement{env: e, info: m, joined: map[string]string{}, engine: e.database.DB.Engine()}
	_, err := s.column(path)
	return err
}
