package rows

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tessera-erp/tessera/app/domain"
)

// Of makes the rows of a filter. It says no where they would not give back the very same
// filter: groups too deep, too many rows, conditions that always or never hold.
func Of(n domain.Node, b Book) (Group, bool) {
	g := Group{Match: All}
	switch n := n.(type) {
	case domain.Const:
		return g, bool(n)
	case domain.And:
		g.Items = items(n, b)
	case domain.Or:
		g = Group{Match: Any, Items: items(n, b)}
	case domain.Not:
		g = Group{Match: None, Items: items(alternatives(n.Node), b)}
	default:
		g.Items = items([]domain.Node{n}, b)
	}
	if g.depth() > MaxDepth || g.size() > MaxRows {
		return Group{}, false
	}
	again, problems := g.Node(b)
	return g, len(problems) == 0 && string(domain.Print(again)) == string(domain.Print(n))
}

// alternatives are what "none of these" takes from a negated node.
func alternatives(n domain.Node) []domain.Node {
	if or, ok := n.(domain.Or); ok {
		return or
	}
	return []domain.Node{n}
}

func items(nodes []domain.Node, b Book) []Item {
	var out []Item
	for _, n := range nodes {
		switch n := n.(type) {
		case domain.And:
			out = append(out, Item{Group: &Group{Match: All, Items: items(n, b)}})
		case domain.Or:
			out = append(out, Item{Group: &Group{Match: Any, Items: items(n, b)}})
		case domain.Not:
			out = append(out, Item{Group: &Group{Match: None, Items: items(alternatives(n.Node), b)}})
		case domain.Cond:
			out = append(out, Item{Row: rowOf(n, b)})
		}
	}
	return out
}

func (g *Group) depth() int {
	deepest := 0
	for _, item := range g.Items {
		if item.Group != nil {
			deepest = max(deepest, item.Group.depth())
		}
	}
	return deepest + 1
}

// rowOf makes the row of a condition. What no control holds is fixed to the operator.
func rowOf(c domain.Cond, b Book) *Row {
	r := keyed(c, b)
	if r == nil {
		r = &Row{Path: c.Path, Op: string(c.Op)}
		f, ok := b.Field(c.Path)
		if !ok || !r.take(f, c.Value) {
			r.Op, r.Values = Join(c.Op, valueText(c.Value)), nil
		}
	}
	f, _ := b.Field(r.Path)
	r.Was = r.Path + " " + string(ControlOf(f, r.Op))
	return r
}

// keyed makes the row of a condition on the key behind a relation: the record itself is
// what is chosen there. Nil for any other.
func keyed(c domain.Cond, b Book) *Row {
	dot := strings.LastIndexByte(c.Path, '.')
	if dot < 0 {
		return nil
	}
	path, key := c.Path[:dot], c.Path[dot+1:]
	f, ok := b.Field(path)
	if !ok || !f.Type.Relation() || key == f.NameField || b.Key(f.Target().Model()) != key {
		return nil
	}
	r := &Row{Path: path, Op: string(c.Op)}
	if control := ControlOf(f, r.Op); control != One && control != Many {
		return nil
	}
	for _, v := range listed(c.Value) {
		text, ok := v.(string)
		if !ok || text == "" || !plain(text) {
			return nil
		}
		r.Values = append(r.Values, ByKey+text)
	}
	if len(r.Values) == 0 || len(r.Values) > MaxValues {
		return nil
	}
	return r
}

func listed(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// take puts a value into the row's control; false when it does not fit there.
func (r *Row) take(f domain.Field, value any) bool {
	control := ControlOf(f, r.Op)
	if _, isList := value.([]any); isList != (control.list() && (r.Op == string(domain.In) || r.Op == string(domain.NotIn))) {
		return false
	}
	if control == Moment {
		return r.takeMoment(value)
	}
	list := listed(value)
	if len(list) == 0 || len(list) > MaxValues {
		return false
	}
	for _, v := range list {
		text, ok := entered(control.single(), v, f)
		if !ok {
			return false
		}
		r.Values = append(r.Values, text)
	}
	return true
}

// entered is one value as a control holds it.
func entered(control Control, value any, f domain.Field) (string, bool) {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v), control == Flag
	case int64:
		if control == One {
			return ByID + strconv.FormatInt(v, 10), v > 0
		}
		return strconv.FormatInt(v, 10), control == Number
	case json.Number:
		return string(v), control == Number
	case string:
		switch control {
		case One:
			return ByName + v, v != "" && plain(v)
		case Choice:
			for _, o := range f.Options {
				if o == v {
					return v, true
				}
			}
			return "", false
		}
		return v, control == Text && v != "" && plain(v)
	}
	return "", false
}

// plain reports whether an input of one line holds a text as it is.
func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) < 0 && s == strings.TrimSpace(s)
}

func (r *Row) takeMoment(value any) bool {
	switch v := value.(type) {
	case string:
		_, err := time.Parse(time.DateOnly, v)
		r.Values, r.Text = []string{Day}, v
		return err == nil
	case domain.Var:
		how, n, unit, ok := distance(v)
		r.Values, r.Found = []string{how}, unit
		if n != 0 {
			r.Text = strconv.Itoa(n)
		}
		return ok
	}
	return false
}

// distance says a variable as today or so much before or after it.
func distance(v domain.Var) (how string, n int, unit string, ok bool) {
	if v.Add == (domain.Span{}) && v.At == "" && (v.Name == Today || v.Name == Now) {
		return v.Name, 0, "", true
	}
	for _, u := range Units {
		for _, part := range []int{v.Add.Days, v.Add.Weeks, v.Add.Months, v.Add.Years} {
			if part == 0 || v != (domain.Var{Name: Today, Add: span(u, part)}) {
				continue
			}
			if part < 0 {
				return Before, -part, u, true
			}
			return After, part, u, true
		}
	}
	return "", 0, "", false
}

// valueText writes a value as a filter does.
func valueText(v any) string {
	text := domain.Print(domain.Cond{Path: "x", Op: domain.Eq, Value: v})
	return strings.TrimSuffix(strings.TrimPrefix(string(text), `[["x","=",`), "]]")
}
