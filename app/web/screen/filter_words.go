package screen

import (
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/domain/rows"
)

// unitKeys are the words of the units in which a day is far from today.
var unitKeys = map[string]string{
	"days": "screen.filter.days", "weeks": "screen.filter.weeks", "months": "screen.filter.months", "years": "screen.filter.years",
}

// operatorKeys are the words of operators where no kind of field says otherwise.
var operatorKeys = map[string]string{
	"=": "screen.filter.op.is", "!=": "screen.filter.op.isnot", "in": "screen.filter.op.oneof", "not in": "screen.filter.op.noneof",
	"ilike": "screen.filter.op.contains", "not ilike": "screen.filter.op.containsnot",
	"like": "screen.filter.op.like", "not like": "screen.filter.op.likenot", "=like": "screen.filter.op.pattern", "=ilike": "screen.filter.op.matches",
	">=": "screen.filter.op.atleast", "<=": "screen.filter.op.atmost", ">": "screen.filter.op.more", "<": "screen.filter.op.less",
	rows.IsSet: "screen.filter.op.set", rows.IsNotSet: "screen.filter.op.unset",
	`=:{"$":"uid"}`: "screen.filter.op.me", `!=:{"$":"uid"}`: "screen.filter.op.notme",
	`=:{"$":"company_id"}`: "screen.filter.op.company", `!=:{"$":"company_id"}`: "screen.filter.op.notcompany",
	`in:{"$":"company_ids"}`: "screen.filter.op.companies", `not in:{"$":"company_ids"}`: "screen.filter.op.notcompanies",
}

// manyKeys are those of relations to several records.
var manyKeys = map[string]string{
	"=": "screen.filter.op.include", "!=": "screen.filter.op.includenot", "in": "screen.filter.op.includeone", "not in": "screen.filter.op.includenone",
	`=:{"$":"uid"}`: "screen.filter.op.includeme", `!=:{"$":"uid"}`: "screen.filter.op.includenotme",
}

// dayKeys are those of days.
var dayKeys = map[string]string{
	">=": "screen.filter.op.from", "<=": "screen.filter.op.until", ">": "screen.filter.op.after", "<": "screen.filter.op.before",
}

// operator says an operator in words, and the value fixed to it.
func (d *filterDrawing) operator(f domain.Field, op string) string {
	keys := map[string]string{}
	switch {
	case f.Type.ToMany():
		keys = manyKeys
	case f.Type == domain.Date || f.Type == domain.DateTime:
		keys = dayKeys
	}
	key, ok := keys[op]
	if !ok {
		key, ok = operatorKeys[op]
	}
	if ok && f.Type.Relation() && (op == "ilike" || op == "not ilike") {
		key = map[string]string{"ilike": "screen.filter.op.named", "not ilike": "screen.filter.op.namednot"}[op]
	}
	if ok {
		return d.T(key)
	}
	return shorten(d.described(f, op))
}

// described says an operator with any value: the sentence of the condition without its field.
func (d *filterDrawing) described(f domain.Field, op string) string {
	operator, fixed := rows.Split(op)
	node, err := domain.Parse([]byte(`[["x",` + quoted(string(operator)) + `,` + orAll(fixed) + `]]`))
	if err != nil {
		return op
	}
	f.Name, f.Label = "x", "\x00"
	parts := domain.Describe(node, oneField{d.fe.book.Schema, f}, domain.Voice{T: d.Print.T})
	return strings.TrimSpace(strings.ReplaceAll(domain.Sentence(parts), "\x00", ""))
}

// oneField is a schema that knows one field by another name.
type oneField struct {
	domain.Schema
	field domain.Field
}

func (s oneField) Field(name string) (domain.Field, bool) { return s.field, name == s.field.Name }

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, "") + `"` }

// counted is a place as people count: "0.1" is 1.2.
func counted(place string) string {
	names := strings.Split(place, ".")
	for i, name := range names {
		n, _ := strconv.Atoi(name)
		names[i] = strconv.Itoa(n + 1)
	}
	return strings.Join(names, ".")
}

// pathLabel says a path by the labels of its fields.
func (d *filterDrawing) pathLabel(path string) string {
	m := d.fe.model
	var labels []string
	for name := range strings.SplitSeq(path, ".") {
		if m == nil {
			return shorten(path)
		}
		f, ok := m.Field(name)
		switch {
		case name == "id":
			labels, m = append(labels, d.T("screen.filter.id")), nil
			continue
		case !ok || !d.Env.Sees(f):
			return shorten(path)
		}
		labels, m = append(labels, d.words().field(f)), f.Target
	}
	return strings.Join(labels, " › ")
}
