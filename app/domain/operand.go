package domain

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// typeNames are how errors call the types.
var typeNames = map[Type]string{
	Unfilterable: "not for filters", Bool: "yes or no", Int: "whole number", Decimal: "decimal number", Money: "amount",
	Text: "text", Date: "date", DateTime: "date and time", Selection: "choice", ID: "id",
	Many2One: "relation", One2Many: "relation", Many2Many: "relation",
}

func (t Type) String() string { return typeNames[t] }

// test binds the value of the current condition for a field that is no relation.
func (b *binder) test(f Field, op Op, negated bool) (test, error) {
	t := test{field: f, op: op, negated: negated}
	switch op {
	case Eq, In:
		t.op = Eq
		return t, b.equals(&t, op)
	case Lt, Le, Gt, Ge:
		return t, b.orders(&t)
	}
	return t, b.resembles(&t)
}

// equals fills a test for one of some values, or for emptiness.
func (b *binder) equals(t *test, op Op) error {
	value := resolveCompanies(b.cond.Value, b.vars)
	list, isList := value.([]any)
	switch {
	case op == In && !isList:
		return b.invalid("domain.list", map[string]any{"operator": string(b.cond.Op)})
	case op == Eq && isList:
		return b.invalid("domain.no_list", map[string]any{"operator": string(b.cond.Op)})
	case op == Eq:
		list = []any{value}
	}
	if written, ok := plainValue(b.cond.Value).([]any); ok && len(written) > MaxList {
		return b.invalid("domain.long_list", map[string]any{"limit": MaxList})
	}
	if b.values += len(list); b.values > MaxValues {
		return invalid("domain.too_many_all", map[string]any{"limit": MaxValues})
	}
	for _, v := range list {
		if t.field.Type == Bool && v == nil {
			v = false
		}
		if v == nil || v == false && t.field.Type != Bool || v == "" && (t.field.Type == Text || t.field.Type == Selection) {
			t.null = true
			continue
		}
		bound, err := b.value(t.field, v)
		if err != nil {
			return err
		}
		if len(t.values) > 64 || !slices.Contains(t.values, bound) {
			t.values = append(t.values, bound)
		}
	}
	if t.field.Type == Bool {
		t.null = slices.Contains(t.values, any(false))
	}
	return nil
}

// orders fills a test for an ordering operator.
func (b *binder) orders(t *test) error {
	value := resolveCompanies(b.cond.Value, b.vars)
	if _, isList := value.([]any); isList {
		return b.invalid("domain.no_list", map[string]any{"operator": string(b.cond.Op)})
	}
	if value == nil || value == "" {
		return b.typeError(t.field, value)
	}
	bound, err := b.value(t.field, value)
	t.values = []any{bound}
	return err
}

// resembles fills a test for a like operator.
func (b *binder) resembles(t *test) error {
	v, err := b.value(t.field, plainValue(b.cond.Value))
	if err != nil {
		return err
	}
	text, ok := v.(string)
	if !ok {
		return b.typeError(t.field, v)
	}
	t.pattern = containing(text)
	if t.op == EqLike || t.op == EqILike {
		t.pattern = parsePattern(text)
	}
	if t.pattern.wildcards() > MaxWildcards {
		return b.invalid("domain.wildcards", map[string]any{"limit": MaxWildcards})
	}
	if fold := t.folding(); fold != nil {
		t.pattern = t.pattern.folded(fold)
	}
	t.null = t.pattern.matches("")
	return nil
}

// folding returns how a like operator folds text, nil when it heeds case.
func (t test) folding() func(string) string {
	switch {
	case t.op != ILike && t.op != EqILike:
		return nil
	case t.field.Fold != "":
		return Fold
	}
	return FoldASCII
}

// value returns a value of the current condition as the field's column holds it.
func (b *binder) value(f Field, v any) (any, error) {
	if variable, ok := v.(Var); ok {
		return b.variable(f, variable)
	}
	if t, ok := v.(time.Time); ok {
		switch f.Type {
		case Date:
			return t.Format(isoDate), nil
		case DateTime:
			return t.UTC().Truncate(time.Microsecond), nil
		}
		return nil, b.typeError(f, v)
	}
	v = plainValue(v)
	var bound any
	ok := false
	switch f.Type {
	case Bool:
		bound, ok = v.(bool)
	case Int, ID, Many2One:
		bound, ok = integer(v)
	case Decimal, Money:
		return b.decimal(f, v)
	case Text, Selection:
		return b.text(f, v)
	case Date:
		bound, ok = v, isDate(v)
	case DateTime:
		bound, ok = instant(v, b.vars.Location)
	}
	if !ok {
		return nil, b.typeError(f, v)
	}
	return bound, nil
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case json.Number:
		return scaled(string(v), 0)
	}
	return 0, false
}

func (b *binder) decimal(f Field, v any) (any, error) {
	var text string
	switch v := v.(type) {
	case int64:
		text = strconv.FormatInt(v, 10)
	case json.Number:
		text = string(v)
	case string:
		text = v
	default:
		return nil, b.typeError(f, v)
	}
	if !isDecimal(text) {
		return nil, b.typeError(f, v)
	}
	n, ok := scaled(text, f.Scale)
	if !ok {
		return nil, b.invalid("domain.decimals", map[string]any{"value": shorten(string(appendValue(nil, v))), "scale": f.Scale})
	}
	return n, nil
}

func isDecimal(text string) bool {
	whole, fraction, point := strings.Cut(text, ".")
	whole = strings.TrimPrefix(whole, "-")
	return whole != "" && allDigits(whole) && allDigits(fraction) && (fraction != "" || !point)
}

func (b *binder) text(f Field, v any) (any, error) {
	text, ok := v.(string)
	switch {
	case !ok:
		return nil, b.typeError(f, v)
	case len(text) > MaxText:
		return nil, b.invalid("domain.long_text", map[string]any{"limit": MaxText})
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return nil, b.invalid("domain.bad_text", map[string]any{})
	case f.Type == Selection && !slices.Contains(f.Options, text):
		return nil, b.invalid("domain.option", map[string]any{
			"value": shorten(string(appendValue(nil, v))), "field": f.Name, "options": shorten(strings.Join(f.Options, ", ")),
		})
	}
	return text, nil
}

func isDate(v any) bool {
	text, ok := v.(string)
	if !ok {
		return false
	}
	t, err := time.Parse(isoDate, text)
	return err == nil && t.Year() >= 1
}

// instant reads a date and time: RFC 3339; without a zone UTC, as Odoo writes it; a mere date
// is the beginning of that day in loc.
func instant(v any, loc *time.Location) (time.Time, bool) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, false
	}
	if loc == nil {
		loc = time.UTC
	}
	t, err := time.ParseInLocation(isoDate, text, loc)
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05"} {
		if err == nil {
			break
		}
		t, err = time.Parse(layout, text)
	}
	t = t.UTC().Truncate(time.Microsecond)
	return t, err == nil && t.Year() >= 1 && t.Year() <= 9999
}

// variable returns the value of a variable that stands for one value.
func (b *binder) variable(f Field, v Var) (any, error) {
	isMoment, known := variables[v.Name]
	if !known || !validAt(v.At) || !isMoment && (v.At != "" || v.Add != Span{}) {
		return nil, b.invalid("domain.variable", map[string]any{"value": shorten(string(appendVar(nil, v)))})
	}
	if !isMoment {
		if v.Name == "company_ids" || f.Type != ID && f.Type != Int && f.Type != Many2One {
			return nil, b.typeError(f, v)
		}
		if v.Name == "uid" {
			return b.vars.UID, nil
		}
		return b.vars.CompanyID, nil
	}
	if f.Type != Date && f.Type != DateTime {
		return nil, b.typeError(f, v)
	}
	t, ok := v.moment(b.vars)
	if !ok {
		return nil, b.invalid("domain.moment", map[string]any{"value": string(appendVar(nil, v))})
	}
	if f.Type == Date {
		return t.Format(isoDate), nil
	}
	return t.UTC(), nil
}

// resolveCompanies returns a value in plain types, with company_ids as the list it stands for,
// within a list too.
func resolveCompanies(v any, vars Vars) any {
	companies := Var{Name: "company_ids"}
	if v == any(companies) {
		return plainValue(append([]int64{}, vars.CompanyIDs...))
	}
	if t, ok := v.(time.Time); ok {
		return t
	}
	list, ok := v.([]any)
	if !ok {
		return plainValue(v)
	}
	out := make([]any, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case Var:
			if item != companies {
				out = append(out, item)
				continue
			}
			for _, id := range vars.CompanyIDs {
				out = append(out, id)
			}
		case time.Time:
			out = append(out, item)
		default:
			out = append(out, plainValue(item))
		}
	}
	return out
}

func (b *binder) typeError(f Field, v any) error {
	return b.invalid("domain.type", map[string]any{
		"value": shorten(string(appendValue(nil, v))), "field": f.Name, "type": f.Type.String(),
	})
}
