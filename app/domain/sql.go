package domain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Dialect is the database engine that SQL is written for, by the name that gorm gives it.
type Dialect string

// The engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Check reports whether n may be asked of s: fault.Invalid, with the number of the condition,
// the condition itself and what is wrong with it, for an unknown or hidden field, an operator
// or value of the wrong type, an unknown variable, or a filter beyond the limits.
func Check(n Node, s Schema) error {
	if err := checkSize(n); err != nil {
		return err
	}
	_, err := (&binder{vars: anyVars}).bind(n, s, false)
	return err
}

// newPlan checks n and binds it together with the rules of the relations it leads through.
func newPlan(n Node, s Schema, v Vars) (plan, error) {
	if err := checkSize(n); err != nil {
		return nil, err
	}
	return (&binder{vars: v, rules: true}).bind(n, s, false)
}

// Compile checks n and returns it as a condition for gorm, written for the engine it is built
// on. Columns are qualified with the table of s. To negate it, compile Not{n}: where a column is
// NULL the condition may be NULL, which a WHERE takes for false and a NOT around it would not.
//
// Errors: those of Check; fault.Internal when the rules of a relation's target cannot be applied.
func Compile(n Node, s Schema, v Vars) (clause.Expression, error) {
	p, err := newPlan(n, s, v)
	if err != nil {
		return nil, err
	}
	return expression{p, s.Table()}, nil
}

// SQL checks n and returns it as SQL with ? placeholders and their values, for the WHERE of a
// statement over the table of s. What Compile says about negation and errors holds.
func SQL(n Node, s Schema, v Vars, d Dialect) (sql string, args []any, err error) {
	return compiled(n, s, v, &writer{dialect: d})
}

// SQLOverAll is SQL for a statement that asks n of most records of the table, and that no
// index answers, such as a search for words: which related records match is worked out once
// and not for every record. (PostgreSQL sees to that by itself.)
func SQLOverAll(n Node, s Schema, v Vars, d Dialect) (sql string, args []any, err error) {
	return compiled(n, s, v, &writer{dialect: d, once: d == SQLite})
}

func compiled(n Node, s Schema, v Vars, w *writer) (string, []any, error) {
	p, err := newPlan(n, s, v)
	if err != nil {
		return "", nil, err
	}
	sql, args := w.render(p, s.Table())
	return sql, args, nil
}

// expression is a compiled filter.
type expression struct {
	plan  plan
	table string
}

// Build writes the condition for the engine of the statement.
func (e expression) Build(builder clause.Builder) {
	d := SQLite
	if stmt, ok := builder.(*gorm.Statement); ok {
		d = Dialect(stmt.Dialector.Name())
	}
	sql, args := (&writer{dialect: d}).render(e.plan, e.table)
	next := 0
	for i := range len(sql) {
		if sql[i] != '?' {
			builder.WriteByte(sql[i])
			continue
		}
		builder.AddVar(builder, args[next])
		next++
	}
}

// render returns a plan as SQL. Identifiers come from the schema, values are arguments; a "?"
// in the text is always a placeholder.
func (w *writer) render(p plan, table string) (string, []any) {
	w.plan(p, quote(table))
	return w.sql.String(), w.args
}

type writer struct {
	sql     strings.Builder
	args    []any
	dialect Dialect
	once    bool // look for related records once for all records
	aliases int
}

// quote returns an identifier in quotes.
func quote(name string) string {
	if strings.ContainsAny(name, "\"?\x00") {
		panic(fmt.Sprintf("domain: %q cannot be a name in SQL", name))
	}
	return `"` + name + `"`
}

func (w *writer) write(parts ...string) {
	for _, s := range parts {
		w.sql.WriteString(s)
	}
}

// bind writes placeholders for values.
func (w *writer) bind(values ...any) {
	for i, v := range values {
		if i > 0 {
			w.write(",")
		}
		w.write("?")
		w.args = append(w.args, v)
	}
}

// alias returns a new, quoted name for a table in a subquery.
func (w *writer) alias() string {
	w.aliases++
	return `"_` + strconv.Itoa(w.aliases) + `"`
}

// plan writes p over the table with the quoted name from.
func (w *writer) plan(p plan, from string) {
	switch p := p.(type) {
	case Const:
		w.write(map[Const]string{True: "1=1", False: "1=0"}[p])
	case group:
		if p.any {
			w.list(p.parts, " OR ", from)
		} else {
			w.list(together(p.parts), " AND ", from)
		}
	case test:
		w.test(p, from)
	case toOne:
		w.toOne(p, from)
	case toMany:
		w.toMany(p, from)
	}
}

// list writes several plans, joined by a word.
func (w *writer) list(parts []plan, between, from string) {
	w.write("(")
	for i, part := range parts {
		if i > 0 {
			w.write(between)
		}
		w.plan(part, from)
	}
	w.write(")")
}

// together puts what must hold of one related record into one subquery, which looks it up
// once: a relation to one leads to a single record, so conditions that each hold of it hold
// of it together. Where one of them asks for a record, having none is not enough.
func together(parts []plan) []plan {
	var out []plan
	at := map[string]int{}
	for _, part := range parts {
		one, ok := part.(toOne)
		i, seen := at[one.field.Column]
		if !ok || !seen {
			if ok {
				at[one.field.Column] = len(out)
			}
			out = append(out, part)
			continue
		}
		first := out[i].(toOne)
		first.inner = group{parts: slices.Concat(conjuncts(first.inner), conjuncts(one.inner))}
		first.whenEmpty = first.whenEmpty && one.whenEmpty
		out[i] = first
	}
	return out
}

// conjuncts are the plans that must all hold for p to hold.
func conjuncts(p plan) []plan {
	if g, ok := p.(group); ok && !g.any {
		return g.parts
	}
	return []plan{p}
}

func (w *writer) toOne(p toOne, from string) {
	key := from + "." + quote(p.field.Column)
	if p.whenEmpty {
		w.write("(", key, " IS NULL OR ")
	}
	to := w.alias()
	if w.once {
		w.write(key, " IN (SELECT ", to, `."id" FROM `, quote(p.target.Table()), " AS ", to, " WHERE 1=1")
	} else {
		w.write("EXISTS (SELECT 1 FROM ", quote(p.target.Table()), " AS ", to, " WHERE ", to, `."id" = `, key)
	}
	w.also(p.rule, to)
	w.also(p.inner, to)
	w.write(")")
	if p.whenEmpty {
		w.write(")")
	}
}

func (w *writer) toMany(p toMany, from string) {
	if p.none {
		w.write("NOT ")
	}
	to := w.alias()
	if p.field.Type == One2Many {
		w.write("EXISTS (SELECT 1 FROM ", quote(p.target.Table()), " AS ", to,
			" WHERE ", to, ".", quote(p.field.Inverse), " = ", from, `."id"`)
		w.also(p.rule, to)
		w.also(p.inner, to)
		w.write(")")
		return
	}
	link := w.alias()
	w.write("EXISTS (SELECT 1 FROM ", quote(p.field.JoinTable), " AS ", link)
	own := link + "." + quote(p.field.JoinOwn) + " = " + from + `."id"`
	target := link + "." + quote(p.field.JoinTarget)
	if ids, ok := p.inner.(test); ok && ids.field.Type == ID && ids.op == Eq && p.rule == nil {
		w.write(" WHERE ", own, " AND ")
		w.compare(ids, target)
		w.write(")")
		return
	}
	w.write(" JOIN ", quote(p.target.Table()), " AS ", to, " ON ", to, `."id" = `, target, " WHERE ", own)
	w.also(p.rule, to)
	w.also(p.inner, to)
	w.write(")")
}

// also writes a further condition of a subquery, unless it is always true.
func (w *writer) also(p plan, from string) {
	if p == nil || p == plan(True) {
		return
	}
	w.write(" AND ")
	w.plan(p, from)
}
