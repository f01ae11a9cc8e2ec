package domain

// test writes a comparison of a column of the table with the quoted name from.
func (w *writer) test(t test, from string) {
	t.field.Required = t.field.Required && t.field.Side == ""
	switch t.op {
	case Eq:
		w.compare(t, w.column(t.field, t.field.Column, from))
	case Lt, Le, Gt, Ge:
		w.order(t, w.column(t.field, t.field.Column, from))
	default:
		w.resemble(t, from)
	}
}

// column returns the named column of a field, wherever that is kept.
func (w *writer) column(f Field, name, from string) string {
	if f.Side == "" {
		return from + "." + quote(name)
	}
	side := w.alias()
	return "(SELECT " + side + "." + quote(name) + " FROM " + quote(f.Side) + " AS " + side +
		" WHERE " + side + `."record_id" = ` + from + `."id")`
}

// compare writes equality with one of some values, or emptiness.
func (w *writer) compare(t test, column string) {
	values, null := t.values, t.null
	switch {
	case t.field.Type == Bool && t.negated:
		// A boolean is never empty, so "not yes" is "no".
		values, null = []any{!t.values[0].(bool)}, !null
	case t.negated:
		w.differ(t, column)
		return
	case null && (t.field.Type == Text || t.field.Type == Selection):
		values = append(values[:len(values):len(values)], "")
	}
	null = null && !t.field.Required
	switch {
	case len(values) == 0 && null:
		w.write(column, " IS NULL")
	case len(values) == 0:
		w.write("1=0")
	case null:
		w.write("(")
		w.among(column, " = ", " IN (", values)
		w.write(" OR ", column, " IS NULL)")
	default:
		w.among(column, " = ", " IN (", values)
	}
}

// differ writes the opposite of equality. An empty column differs, unless the test takes empty
// for equal: then the comparison itself, being NULL, leaves it out.
func (w *writer) differ(t test, column string) {
	values := t.values
	if t.null && (t.field.Type == Text || t.field.Type == Selection) {
		values = append(values[:len(values):len(values)], "")
	}
	switch {
	case len(values) == 0 && t.field.Required:
		w.write("1=1")
	case len(values) == 0:
		w.write(column, " IS NOT NULL")
	case t.null || t.field.Required:
		w.among(column, " <> ", " NOT IN (", values)
	default:
		w.write("(")
		w.among(column, " <> ", " NOT IN (", values)
		w.write(" OR ", column, " IS NULL)")
	}
}

// among writes a comparison with one value or with a list.
func (w *writer) among(column, one, many string, values []any) {
	if len(values) == 1 {
		w.write(column, one)
		w.bind(values[0])
		return
	}
	w.write(column, many)
	w.bind(values...)
	w.write(")")
}

// opposites are the operators that hold where the other one does not, emptiness aside.
var opposites = map[Op]Op{Lt: Ge, Le: Gt, Gt: Le, Ge: Lt}

// order writes an ordering comparison. Text goes by its bytes, and an empty text, which would
// come first, is in no order at all.
func (w *writer) order(t test, column string) {
	op, ordered := t.op, column
	if t.negated {
		op = opposites[op]
	}
	if t.field.Type == Text && w.dialect == Postgres {
		ordered += ` COLLATE "C"`
	}
	below := t.field.Type == Text && (t.op == Lt || t.op == Le)
	null := t.negated && !t.field.Required
	bracket := below || null
	if bracket {
		w.write("(")
	}
	w.write(ordered, " ", string(op), " ")
	w.bind(t.values[0])
	switch {
	case below && t.negated:
		w.write(" OR ", column, " = ''")
	case below:
		w.write(" AND ", column, " <> ''")
	}
	if null {
		w.write(" OR ", column, " IS NULL")
	}
	if bracket {
		w.write(")")
	}
}

// resemble writes a like operator: GLOB and instr on SQLite, whose LIKE takes capitals and
// small letters for the same; LIKE on PostgreSQL, which trigram indexes serve.
func (w *writer) resemble(t test, from string) {
	name := t.field.Column
	if t.folding() != nil && t.field.Fold != "" {
		name = t.field.Fold
	}
	column := w.column(t.field, name, from)
	text := column
	switch {
	case t.folding() == nil || t.field.Fold != "":
	case w.dialect == Postgres:
		text = `lower(` + column + ` COLLATE "C")`
	default:
		text = `lower(` + column + `)`
	}
	// A NULL passes where the pattern takes an empty text, or negated where it does not.
	null := t.null != t.negated && (!t.field.Required || t.field.Fold != "")
	if null {
		w.write("(")
	}
	w.pattern(t, text)
	if null {
		w.write(" OR ", column, " IS NULL)")
	}
}

func (w *writer) pattern(t test, text string) {
	switch {
	case w.dialect == Postgres:
		w.write(text, map[bool]string{false: " LIKE ", true: " NOT LIKE "}[t.negated])
		w.bind(t.pattern.like())
	case t.op == Like || t.op == ILike:
		w.write("instr(", text, ", ")
		w.bind(t.pattern[1].text)
		w.write(")", map[bool]string{false: " > 0", true: " = 0"}[t.negated])
	default:
		w.write(text, map[bool]string{false: " GLOB ", true: " NOT GLOB "}[t.negated])
		w.bind(t.pattern.glob())
	}
}
