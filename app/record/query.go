package record

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// Query asks for records of one model.
type Query struct {
	Filter domain.Node // nil: all that the asker may see
	Text   string      // what a person typed into the search box
	Order  string      // "name, date desc"; the model's own when empty; id is always last
	Fields []string    // paths that Rows returns; none: the id only
	Limit  int         // 0: no limit
	Offset int
	After  int64 // only ids greater than this: for walking by id, with Order "id"
	// Places makes Rows tell where each record stands in the order, by [Row.Place], so
	// that the next page begins behind it, From, whatever was written meanwhile. It wants
	// a Limit of at most 1024. A page deep inside costs what the first one does where an
	// index gives the order.
	Places bool
	From   Place
	// Archived includes records whose field "active" is false. They are included as
	// well when the filter, or the window they are seen through, speaks of "active".
	Archived bool
}

func (q Query) seesArchived() bool {
	return q.Archived || slices.Contains(domain.Paths(q.Filter), "active")
}

// archives reports whether records of the model can be archived.
func (m *Info) archives() bool {
	a := m.byName["active"]
	return a != nil && a.Type == Bool && a.Stored()
}

// orderTerm is one part of an order.
type orderTerm struct {
	field *FieldInfo // nil: the id
	desc  bool
}

// mostTerms bounds an order.
const mostTerms = 8

// parseOrder reads "name, date desc".
func (m *Info) parseOrder(text string) ([]orderTerm, error) {
	var out []orderTerm
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		if len(out) == mostTerms {
			return nil, fault.New(fault.Invalid, "An order has %d fields at most.", mostTerms).On("order")
		}
		t := orderTerm{}
		if len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return nil, fault.New(fault.Invalid, "%q is no order; write a field name, then asc or desc", strings.TrimSpace(part)).On("order")
		}
		t.desc = len(words) == 2 && words[1] == "desc"
		if words[0] != "id" {
			f := m.byName[words[0]]
			if f == nil || !f.Stored() || f.Private || f.Type == StringList || f.Type == JSON {
				return nil, fault.New(fault.Invalid, "%s cannot be ordered by %q", m.Label, words[0]).On("order")
			}
			t.field = f
		}
		out = append(out, t)
	}
	return out, nil
}

// statement is a SELECT in the making. Arguments are kept by clause, because
// placeholders are positional.
type statement struct {
	env    *Env
	info   *Info
	engine db.Engine

	selects  []string
	selArgs  []any
	joins    []string
	joinArgs []any
	where    []string
	whArgs   []any
	order    []string
	keys     []key             // the order once more, in parts, up to the id
	joined   map[string]string // path prefix → alias
	byID     bool              // the order is that of the ids, ascending
	windows  []Window
}

const root = "t0"

// quote returns a table or column as SQL: a field may be called order or limit.
func quote(name string) string { return `"` + name + `"` }

// newStatement checks that the person may read the model and collects what limits
// him: access, rules, windows, the filter, the search text.
func newStatement(e *Env, m *Info, q Query) (*statement, error) {
	if err := e.demand(OpRead, m); err != nil {
		return nil, err
	}
	s := &statement{env: e, info: m, engine: e.database.DB.Engine(), joined: map[string]string{}}
	own := modelSchema{env: e, info: m, alias: root}
	free := modelSchema{info: m, alias: root}
	if err := s.rule(e.right(m, OpRead).rule, free); err != nil {
		return nil, err
	}
	order, err := m.parseOrder(s.orderText(q))
	if err != nil {
		return nil, err
	}
	if q.After > 0 && len(order) > 0 && order[0] != (orderTerm{}) {
		return nil, fault.New(fault.Invalid, "Records can be read on from an id in the order of the ids only.").On("order")
	}
	if e.windows != nil {
		used := append(m.usedPaths(q.Filter), m.searchPaths(q.Text)...)
		for _, o := range order {
			if o.field != nil {
				used = append(used, o.field.Name)
			}
		}
		ws := e.windowsFor(m, OpRead, used)
		if len(ws) == 0 {
			return nil, fault.New(fault.Invalid, "The granted scopes do not allow filtering or ordering by these fields.")
		}
		var live domain.Node
		if s.info.archives() && !q.seesArchived() {
			live = domain.Cond{Path: "active", Op: domain.Eq, Value: true}
		}
		if err := s.and(through(ws, live), free); err != nil {
			return nil, err
		}
		s.windows = e.windowsFor(m, OpRead, nil)
	}
	if err := s.and(q.Filter, own); err != nil {
		return nil, err
	}
	if err := s.search(q.Text, own); err != nil {
		return nil, err
	}
	if e.windows == nil && m.archives() && !q.seesArchived() {
		s.where = append(s.where, root+"."+quote(m.byName["active"].Column)+" = ?")
		s.whArgs = append(s.whArgs, true)
	}
	if q.After > 0 {
		s.where = append(s.where, root+".id > ?")
		s.whArgs = append(s.whArgs, q.After)
	}
	return s, s.orderBy(order)
}

func (s *statement) orderText(q Query) string {
	if q.Order != "" {
		return q.Order
	}
	if s.env.windows != nil || q.After > 0 {
		return "id"
	}
	return s.info.List.Order
}

// rule adds the record rules. SQLite knows no numbers of rows and would gather what each
// of several alternatives finds by an index, all companies' records for one, and sort
// that, where it only has to walk in the order asked for: the plus keeps it from that.
func (s *statement) rule(n domain.Node, schema domain.Schema) error {
	parts, ok := n.(domain.And)
	if !ok && n != nil {
		parts = domain.And{n}
	}
	for _, part := range parts {
		at := len(s.where)
		if err := s.and(part, schema); err != nil {
			return err
		}
		if any, ok := part.(domain.Or); ok && len(any) > 1 && s.engine == db.SQLite {
			s.where[at] = "+" + s.where[at]
		}
	}
	return nil
}

// and adds a condition to the WHERE clause.
func (s *statement) and(n domain.Node, schema domain.Schema) error {
	if n == nil {
		return nil
	}
	text, args, err := s.env.sql(n, schema)
	if err != nil {
		return err
	}
	s.demandThat(text, args)
	return nil
}

// demandThat adds a condition that is SQL already.
func (s *statement) demandThat(text string, args []any) {
	s.where = append(s.where, "("+text+")")
	s.whArgs = append(s.whArgs, args...)
}

func (m *Info) searchPaths(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if len(m.Search.Fields) > 0 {
		return m.Search.Fields
	}
	return []string{m.Display}
}

// mostWords bounds what is looked for at once.
const mostWords = 16

// search adds the words of the search box: each must be found in one of the fields
// that the person may see.
func (s *statement) search(text string, schema domain.Schema) error {
	paths := slices.DeleteFunc(slices.Clone(s.info.searchPaths(text)), func(p string) bool {
		fields, err := s.info.resolve(p)
		return err != nil || slices.ContainsFunc(fields, func(f *FieldInfo) bool { return !s.env.Sees(f) })
	})
	words := strings.Fields(text)
	if len(words) > mostWords {
		return fault.New(fault.Invalid, "Search for %d words at most.", mostWords).Keyed("record.words", map[string]any{"Limit": mostWords})
	}
	for _, word := range words {
		var any domain.Or
		for _, p := range paths {
			any = append(any, domain.Cond{Path: p, Op: domain.ILike, Value: word})
		}
		if len(any) == 0 {
			return s.and(domain.False, schema)
		}
		text, args, err := domain.SQLOverAll(any, schema, s.env.Vars(), domain.Dialect(s.engine))
		if err != nil {
			return err
		}
		s.demandThat(text, args)
	}
	return nil
}

// orderBy makes both engines order alike: bytes for text, empty first, id last.
func (s *statement) orderBy(terms []orderTerm) error {
	s.byID = len(terms) == 0 || terms[0] == orderTerm{}
	id := key{expr: root + ".id"}
	for _, t := range terms {
		if t.field == nil {
			id.desc = t.desc
			break // no two records share an id: what follows it orders nothing
		}
		if !s.env.Sees(t.field) {
			return fault.New(fault.Invalid, "%s cannot be ordered by %q", s.info.Label, t.field.Name).On("order")
		}
		k, err := s.sortKey(t.field)
		if err != nil {
			return err
		}
		k.desc = t.desc
		s.keys = append(s.keys, k)
	}
	s.keys = append(s.keys, id)
	s.order = s.sorted(s.keys)
	return nil
}

func (s *statement) sortKey(f *FieldInfo) (key, error) {
	k, text := key{expr: root + "." + quote(f.Column), own: true, nullable: true}, false
	switch f.Type {
	case Many2One:
		alias, err := s.join(root, f.Name, f)
		if err != nil {
			return k, err
		}
		d := f.Target.byName[f.Target.Display]
		k.expr, k.own, text = alias+"."+quote(d.Column), false, true
	case Text, Multiline, Email, URL, Code, Selection, Day:
		text = true
	}
	if text && s.engine == db.Postgres {
		k.collate = ` COLLATE "C"`
	}
	return k, nil
}

// join follows a Many2One from the table aliased from; the target's own rules stand
// in the ON clause, so that a hidden record joins as if there were none.
func (s *statement) join(from, prefix string, f *FieldInfo) (string, error) {
	if a, ok := s.joined[prefix]; ok {
		return a, nil
	}
	alias := "j" + strconv.Itoa(len(s.joins)+1)
	on := alias + ".id = " + from + "." + quote(f.Column)
	rule, free, err := modelSchema{env: s.env, info: f.Target, alias: alias}.Rule()
	if err != nil {
		return "", err
	}
	if rule != nil {
		text, args, err := s.env.sql(rule, free)
		if err != nil {
			return "", err
		}
		on += " AND (" + text + ")"
		s.joinArgs = append(s.joinArgs, args...)
	}
	s.joins = append(s.joins, "LEFT JOIN "+quote(f.Target.Table)+" AS "+alias+" ON "+on)
	s.joined[prefix] = alias
	return alias, nil
}

func (s *statement) add(expr string, args ...any) int {
	s.selects = append(s.selects, expr)
	s.selArgs = append(s.selArgs, args...)
	return len(s.selects) - 1
}

func (s *statement) from() string {
	text := " FROM " + quote(s.info.Table) + " AS " + root
	if len(s.joins) > 0 {
		text += " " + strings.Join(s.joins, " ")
	}
	if len(s.where) > 0 {
		text += " WHERE " + strings.Join(s.where, " AND ")
	}
	return text
}

// text is the whole SELECT with its arguments in the order of their placeholders.
func (s *statement) text(limit, offset int) (string, []any) {
	args := slices.Concat(s.selArgs, s.joinArgs, s.whArgs)
	text := "SELECT " + strings.Join(s.selects, ", ") + s.from() + " ORDER BY " + strings.Join(s.order, ", ")
	if limit > 0 {
		text += " LIMIT ?"
		args = append(args, limit)
	}
	if offset > 0 {
		if limit <= 0 && s.engine == db.SQLite {
			text += " LIMIT -1"
		}
		text += " OFFSET ?"
		args = append(args, offset)
	}
	return text, args
}
