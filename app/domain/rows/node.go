package rows

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

// Problem is what is wrong with a row. Of a Blank one a field was chosen, but no value yet.
type Problem struct {
	Blank bool
	Fault *fault.Error
}

// Node makes the filter that rows mean. Rows without a field mean nothing, nor do groups
// without rows. A row with a problem is in the filter as it is written, so that nothing
// gets lost; a blank one is not. Fresh picks and typed names must have become tokens.
func (g *Group) Node(b Book) (domain.Node, map[string]Problem) {
	problems := map[string]Problem{}
	n := g.node(b, "", problems)
	if n == nil {
		n = domain.True
	}
	return n, problems
}

// node is nil for a group that says nothing.
func (g *Group) node(b Book, before string, problems map[string]Problem) domain.Node {
	var nodes []domain.Node
	for i, item := range g.Items {
		place := before + strconv.Itoa(i)
		if item.Group != nil {
			if n := item.Group.node(b, place+".", problems); n != nil {
				nodes = append(nodes, n)
			}
			continue
		}
		n, problem := item.Row.node(b)
		if problem != nil {
			problems[place] = *problem
		}
		if n != nil {
			nodes = append(nodes, n)
		}
	}
	switch {
	case len(nodes) == 0:
		return nil
	case g.Match == Any:
		return domain.Any(nodes...)
	case g.Match == None:
		return domain.Not{Node: domain.Any(nodes...)}
	}
	return domain.All(nodes...)
}

func (r *Row) node(b Book) (domain.Node, *Problem) {
	if r.Path == "" {
		return nil, nil
	}
	f, ok := b.Field(r.Path)
	op, fixed := Split(r.Op)
	c := domain.Cond{Path: r.Path, Op: op}
	control := ControlOf(f, r.Op)
	switch {
	case control == Fixed:
		value, err := literal(fixed)
		if err != nil {
			return nil, &Problem{Fault: err}
		}
		c.Value = value
	case !ok:
		c.Value = r.written()
	default:
		if !r.value(f, control, &c, b) {
			return nil, &Problem{Blank: true}
		}
	}
	node := domain.Node(c)
	text := domain.Print(node)
	again, err := domain.Parse(text)
	if err == nil {
		node, err = again, domain.Check(again, b.Schema)
	}
	var wrong *fault.Error
	if errors.As(err, &wrong) {
		if again == nil {
			return nil, &Problem{Fault: wrong}
		}
		return node, &Problem{Fault: wrong}
	}
	return node, nil
}

// written is the value of a row whose field is not known.
func (r *Row) written() any {
	if len(r.Values) == 0 {
		return r.Text
	}
	return r.Values[0]
}

// literal reads one value as a filter writes it.
func literal(text string) (any, *fault.Error) {
	n, err := domain.Parse([]byte(`[["x","=",` + text + `]]`))
	c, ok := n.(domain.Cond)
	if err == nil && ok && c.Path == "x" {
		return c.Value, nil
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.New(fault.Invalid, "The value cannot be read.").Keyed("domain.syntax", nil)
	}
	return nil, f
}

// value gives a condition its value; false when there is none yet.
func (r *Row) value(f domain.Field, control Control, c *domain.Cond, b Book) bool {
	switch control {
	case One, Many:
		return r.records(f, control, c, b)
	case Moment:
		value, ok := r.moment()
		c.Value = value
		return ok
	}
	var list []any
	for _, text := range r.Values {
		if v, ok := single(control.single(), text); ok {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return false
	}
	c.Value = list[0]
	if control.list() {
		c.Value = list
	}
	return true
}

// single is one value of a control that holds plain texts.
func single(control Control, text string) (any, bool) {
	switch control {
	case Flag:
		return text == "true", text == "true" || text == "false"
	case Number:
		text = strings.TrimSpace(text)
		if v, err := literal(text); err == nil && text != "" {
			switch v.(type) {
			case int64, json.Number:
				return v, true
			}
		}
	}
	return text, text != ""
}

// records gives a condition the records of a picker, in the way they are told apart.
func (r *Row) records(f domain.Field, control Control, c *domain.Cond, b Book) bool {
	var list []any
	kinds := map[string]bool{}
	for _, value := range r.Values {
		kind, rest := Token(value).By()
		switch n, err := strconv.ParseInt(rest, 10, 64); {
		case kind == ByID && err == nil:
			list = append(list, n)
		case (kind == ByName || kind == ByKey) && rest != "":
			list = append(list, rest)
		case value != "":
			kind = ByName // what nobody could read is at least kept
			list = append(list, value)
		default:
			continue
		}
		kinds[kind] = true
	}
	if r.Text != "" && (control == Many || len(list) == 0) { // a name that no record has
		list = append(list, r.Text)
		kinds[ByName] = true
	}
	if len(list) == 0 {
		return false
	}
	if kinds[ByKey] && len(kinds) == 1 {
		if key := b.Key(f.Target().Model()); key != "" {
			c.Path += "." + key
		}
	}
	c.Value = list[0]
	if control == Many && (len(list) > 1 || c.Op == domain.In || c.Op == domain.NotIn) {
		c.Value = list
		switch c.Op {
		case domain.Eq:
			c.Op = domain.In
		case domain.Ne:
			c.Op = domain.NotIn
		}
	}
	return true
}

// moment is the day of a row.
func (r *Row) moment() (any, bool) {
	if len(r.Values) == 0 {
		return nil, false
	}
	switch how := r.Values[0]; how {
	case Today, Now:
		return domain.Var{Name: how}, true
	case Before, After:
		n, err := strconv.Atoi(strings.TrimSpace(r.Text))
		if err != nil || n < 1 {
			return r.Text, r.Text != ""
		}
		if how == Before {
			n = -n
		}
		return domain.Var{Name: "today", Add: span(r.Found, n)}, true
	}
	return r.Text, r.Text != ""
}

func span(unit string, n int) domain.Span {
	switch unit {
	case "weeks":
		return domain.Span{Weeks: n}
	case "months":
		return domain.Span{Months: n}
	case "years":
		return domain.Span{Years: n}
	}
	return domain.Span{Days: n}
}
