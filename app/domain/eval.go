package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
)

// Eval checks n and decides it for one loaded record, as SQL would. It asks rec for the targets
// of a relation only where its own values do not decide.
//
// Errors: those of Compile, and those of rec.
func Eval(n Node, s Schema, v Vars, rec Record) (bool, error) {
	p, err := newPlan(n, s, v)
	if err != nil {
		return false, err
	}
	return holds(p, rec)
}

func holds(p plan, rec Record) (bool, error) {
	switch p := p.(type) {
	case nil:
		return true, nil
	case Const:
		return bool(p), nil
	case group:
		for _, part := range p.parts {
			if ok, err := holds(part, rec); err != nil || ok == p.any {
				return ok, err
			}
		}
		return !p.any, nil
	case test:
		value, err := rec.Value(p.field.Name)
		if err != nil {
			return false, err
		}
		return p.holds(value)
	case toOne:
		key, err := rec.Value(p.field.Name)
		if err != nil || key == nil {
			return p.whenEmpty && err == nil, err
		}
		return someVisible(rec, p.field, p.rule, p.inner)
	case toMany:
		some, err := someVisible(rec, p.field, p.rule, p.inner)
		return some != p.none && err == nil, err
	}
	return false, fmt.Errorf("domain: unknown plan %T", p)
}

// someVisible reports whether a visible target of a relation satisfies inner.
func someVisible(rec Record, f Field, rule, inner plan) (bool, error) {
	targets, err := rec.Related(f.Name)
	if err != nil {
		return false, err
	}
	for _, target := range targets {
		visible, err := holds(rule, target)
		if err != nil {
			return false, err
		}
		if !visible {
			continue
		}
		if ok, err := holds(inner, target); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// holds reports whether a column with the value satisfies the test.
func (t test) holds(value any) (bool, error) {
	value, err := t.field.loaded(value)
	if err != nil {
		return false, err
	}
	if value == nil {
		return t.null != t.negated, nil
	}
	var ok bool
	switch t.op {
	case Eq:
		ok = slices.Contains(t.values, value)
	case Lt:
		ok = compare(value, t.values[0]) < 0
	case Le:
		ok = compare(value, t.values[0]) <= 0
	case Gt:
		ok = compare(value, t.values[0]) > 0
	case Ge:
		ok = compare(value, t.values[0]) >= 0
	default:
		text := value.(string)
		if fold := t.folding(); fold != nil {
			text = fold(text)
		}
		ok = t.pattern.matches(text)
	}
	return ok != t.negated, nil
}

// compare orders two values of one type, as loaded returns them.
func compare(a, b any) int {
	switch a := a.(type) {
	case int64:
		b := b.(int64)
		if a == b {
			return 0
		}
		if a < b {
			return -1
		}
		return 1
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	return strings.Compare(a.(string), b.(string))
}

// loaded returns a record's value in the type that a test holds its values in, nil when empty.
func (f Field) loaded(value any) (any, error) {
	switch v := value.(type) {
	case nil:
		if f.Type == Bool {
			return false, nil
		}
		return nil, nil
	case bool:
		if f.Type == Bool {
			return v, nil
		}
	case int64:
		if f.Type == Int || f.Type == Decimal || f.Type == Money || f.Type == ID || f.Type == Many2One {
			return v, nil
		}
	case string:
		if v == "" && (f.Type == Text || f.Type == Selection) {
			return nil, nil
		}
		if f.Type == Text || f.Type == Selection || f.Type == Date {
			return v, nil
		}
	case time.Time:
		switch f.Type {
		case Date:
			return v.UTC().Format(isoDate), nil
		case DateTime:
			return v.UTC().Truncate(time.Microsecond), nil
		}
	}
	return nil, fault.New(fault.Internal, "The value of %s is a %T, which does not fit its type (%s).", f.Name, value, f.Type)
}
