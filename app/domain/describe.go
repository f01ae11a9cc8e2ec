package domain

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Part is a piece of a description. Values and field names may be set off from the words between them.
type Part struct {
	Text string
	Kind PartKind
}

// PartKind says what a Part is.
type PartKind uint8

// The kinds of parts.
const (
	Words PartKind = iota
	FieldName
	FieldValue
)

// Voice is how a description speaks. Its zero value speaks English and calls records by number.
type Voice struct {
	// T returns the text of a key, placeholders filled from name and value pairs; the key
	// itself when there is none.
	T func(key string, args ...any) string
	// Name returns the display name of a record, "" when the reader may not know it.
	Name func(model string, id int64) string
}

// phrases are the words of descriptions by translation key.
var phrases = map[string]string{
	"domain.all": "all records", "domain.none": "no record", "domain.and": " and ", "domain.or": " or ", "domain.not": "not {{.group}}",
	"domain.yes": "yes", "domain.no": "no", "domain.nothing": "empty",
	"domain.is": "{{.field}} is {{.value}}", "domain.is_not": "{{.field}} is not {{.value}}",
	"domain.one_of": "{{.field}} is one of {{.value}}", "domain.not_one_of": "{{.field}} is none of {{.value}}",
	"domain.include": "{{.field}} include {{.value}}", "domain.not_include": "{{.field}} do not include {{.value}}",
	"domain.include_one_of": "{{.field}} include one of {{.value}}", "domain.not_include_one_of": "{{.field}} include none of {{.value}}",
	"domain.empty": "{{.field}} is empty", "domain.not_empty": "{{.field}} is not empty",
	"domain.contain": "{{.field}} contains {{.value}}", "domain.not_contain": "{{.field}} does not contain {{.value}}",
	"domain.match": "{{.field}} matches {{.value}}", "domain.not_match": "{{.field}} does not match {{.value}}",
	"domain.lt": "{{.field}} < {{.value}}", "domain.le": "{{.field}} ≤ {{.value}}", "domain.gt": "{{.field}} > {{.value}}", "domain.ge": "{{.field}} ≥ {{.value}}",
	"domain.uid": "the current user", "domain.company_id": "the current company", "domain.company_ids": "the user's companies",
	"domain.today": "today", "domain.now": "now", "domain.before": "{{.span}} before {{.base}}", "domain.after": "{{.span}} after {{.base}}",
	"domain.years": "{{.number}} years", "domain.months": "{{.number}} months", "domain.weeks": "{{.number}} weeks",
	"domain.days": "{{.number}} days", "domain.hours": "{{.number}} hours", "domain.minutes": "{{.number}} minutes",
	"domain.years_1": "1 year", "domain.months_1": "1 month", "domain.weeks_1": "1 week",
	"domain.days_1": "1 day", "domain.hours_1": "1 hour", "domain.minutes_1": "1 minute",
	"domain.day_start": "start of the day of {{.base}}", "domain.day_end": "end of the day of {{.base}}",
	"domain.week_start": "start of the week of {{.base}}", "domain.week_end": "end of the week of {{.base}}",
	"domain.month_start": "start of the month of {{.base}}", "domain.month_end": "end of the month of {{.base}}",
	"domain.quarter_start": "start of the quarter of {{.base}}", "domain.quarter_end": "end of the quarter of {{.base}}",
	"domain.year_start": "start of the year of {{.base}}", "domain.year_end": "end of the year of {{.base}}",
}

// Describe tells a filter in a sentence: "Country is United Kingdom and (Tags include Wholesale
// or Credit limit ≥ 10000)". Labels come from s; a field that s does not know goes by its path.
func Describe(n Node, s Schema, v Voice) []Part {
	d := describer{schema: s, voice: v}
	d.node(n, false)
	return d.parts
}

// Sentence returns the text of a description.
func Sentence(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

type describer struct {
	schema Schema
	voice  Voice
	parts  []Part
}

// say returns the phrase of a key.
func (d *describer) say(key string, args ...any) string {
	key = "domain." + key
	if d.voice.T != nil {
		if text := d.voice.T(key, args...); text != key {
			return text
		}
	}
	text := phrases[key]
	for i := 0; i+1 < len(args); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprintf("{{.%s}}", args[i]), fmt.Sprint(args[i+1]))
	}
	return text
}

// add appends a part, joined to the one before when both are mere words.
func (d *describer) add(kind PartKind, text string) {
	if last := len(d.parts) - 1; last >= 0 && kind == Words && d.parts[last].Kind == Words {
		d.parts[last].Text += text
		return
	}
	if text != "" {
		d.parts = append(d.parts, Part{text, kind})
	}
}

// node tells n, in brackets when it is a group within another one.
func (d *describer) node(n Node, within bool) {
	switch n := n.(type) {
	case And:
		d.group(All(n...), n, "and", within)
	case Or:
		d.group(Any(n...), n, "or", within)
	case Not:
		d.not(n.Node)
	case Cond:
		d.cond(n)
	case Const:
		d.add(Words, d.say(map[Const]string{True: "all", False: "none"}[n]))
	default:
		d.add(Words, d.say("all"))
	}
}

func (d *describer) group(flat Node, nodes []Node, joint string, within bool) {
	if len(nodes) < 2 {
		d.node(flat, within)
		return
	}
	if within {
		d.add(Words, "(")
	}
	for i, n := range nodes {
		if i > 0 {
			d.add(Words, d.say(joint))
		}
		d.node(n, true)
	}
	if within {
		d.add(Words, ")")
	}
}

// opposite operators say a negated condition in one breath.
var opposite = map[Op]Op{Eq: Ne, Ne: Eq, In: NotIn, NotIn: In, Like: NotLike, NotLike: Like, ILike: NotILike, NotILike: ILike}

func (d *describer) not(n Node) {
	if c, ok := n.(Cond); ok && opposite[c.Op] != "" {
		c.Op = opposite[c.Op]
		d.cond(c)
		return
	}
	before, after, _ := strings.Cut(d.say("not", "group", "\x00"), "\x00")
	d.add(Words, before)
	_, isCond := n.(Cond)
	if isCond {
		d.add(Words, "(")
	}
	d.node(n, true)
	if isCond {
		d.add(Words, ")")
	}
	d.add(Words, after)
}

func (d *describer) cond(c Cond) {
	label, f := d.label(c.Path)
	value := plainValue(c.Value)
	phrase := d.say(phraseOf(c.Op, f.Type, value), "field", "\x00", "value", "\x01")
	for phrase != "" {
		i := strings.IndexAny(phrase, "\x00\x01")
		if i < 0 {
			d.add(Words, phrase)
			return
		}
		d.add(Words, phrase[:i])
		if phrase[i] == 0 {
			d.add(FieldName, label)
		} else {
			d.values(f, value)
		}
		phrase = phrase[i+1:]
	}
}

// phraseOf returns the key of the phrase for an operator.
func phraseOf(op Op, t Type, value any) string {
	positive, negated := op.positive()
	_, isList := value.([]any)
	empty := value == nil || value == false || value == ""
	var key string
	switch positive {
	case Lt, Le, Gt, Ge:
		return map[Op]string{Lt: "lt", Le: "le", Gt: "gt", Ge: "ge"}[positive]
	case Like, ILike:
		key = "contain"
	case EqLike, EqILike:
		key = "match"
	case Eq, In:
		switch {
		case empty && t != Bool:
			key = "empty"
		case value == Var{Name: "company_ids"} || isList:
			key = map[bool]string{false: "one_of", true: "include_one_of"}[t.ToMany()]
		case t.ToMany():
			key = "include"
		case negated:
			return "is_not"
		default:
			return "is"
		}
	}
	if negated {
		return "not_" + key
	}
	return key
}

// label returns the labels along a path and the field at its end.
func (d *describer) label(path string) (string, Field) {
	var labels []string
	s := d.schema
	names := strings.Split(path, ".")
	for i, name := range names {
		f, ok := s.Field(name)
		if !ok {
			break
		}
		labels = append(labels, f.Label)
		if i == len(names)-1 {
			return strings.Join(labels, " › "), f
		}
		if !f.Type.Relation() {
			break
		}
		s = f.Target()
	}
	return path, Field{}
}

func (d *describer) values(f Field, value any) {
	list, ok := value.([]any)
	if !ok {
		d.add(FieldValue, d.value(f, value))
		return
	}
	if len(list) == 0 {
		d.add(FieldValue, d.say("nothing"))
	}
	for i, v := range list {
		if i > 0 {
			d.add(Words, ", ")
		}
		d.add(FieldValue, d.value(f, v))
	}
}

func (d *describer) value(f Field, v any) string {
	switch v := v.(type) {
	case bool:
		if f.Type == Bool {
			return d.say(map[bool]string{true: "yes", false: "no"}[v])
		}
	case int64:
		return d.number(f, v)
	case json.Number:
		return v.String()
	case string:
		if v != "" {
			return v
		}
	case Var:
		return d.variable(v)
	case nil:
		if f.Type == Bool {
			return d.say("no")
		}
	}
	return d.say("nothing")
}

func (d *describer) number(f Field, n int64) string {
	if f.Type.Relation() {
		if d.voice.Name != nil {
			if name := d.voice.Name(f.Target().Model(), n); name != "" {
				return name
			}
		}
		return "#" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

func (d *describer) variable(v Var) string {
	text := d.say(v.Name)
	for _, part := range v.Add.parts() {
		n, direction := *part.n, "after"
		if n == 0 {
			continue
		}
		if n < 0 {
			n, direction = -n, "before"
		}
		key := part.name
		if n == 1 {
			key += "_1"
		}
		text = d.say(direction, "span", d.say(key, "number", n), "base", text)
	}
	if v.At != "" {
		text = d.say(v.At, "base", text)
	}
	return text
}
