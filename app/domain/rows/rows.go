// Package rows is a filter as a person builds it: groups of rows, each with a field, an
// operator and a value, every entry as it was typed.
//
//  1. [Of] makes rows of a [domain.Node]; it says no where they could not give it back.
//  2. [Read] reads rows from a posted form, whatever is in it.
//  3. [Group.Press] does what a button asks: one more row or group, one less.
//  4. [Group.Node] makes the filter of rows, and tells which of them are wrong.
//
// The names in a form, below the name of the filter's own field: "filter.match" of a group,
// "filter.0.path", ".op", ".value" of a row, "filter.1.0.path" of a row within a group.
package rows

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
)

// Limits of what is built. A filter beyond them is written as an expression.
const (
	MaxDepth  = 4   // groups within groups, the outermost one included
	MaxRows   = 60  // rows and groups together
	MaxValues = 100 // values of one row
	maxNumber = 1000
)

// Match says how many of a group's rows must hold.
type Match string

// The ways to match.
const (
	All  Match = "all"
	Any  Match = "any"
	None Match = "none"
)

// Group is rows and groups that are joined alike.
type Group struct {
	Match Match
	Items []Item
}

// Item is a row or a group: one of the two is set.
type Item struct {
	Row   *Row
	Group *Group
}

// Row is one condition as its controls hold it.
type Row struct {
	Path string
	// Op is an operator, followed by ":" and a value as JSON where choosing the operator
	// is choosing the value as well: "!=:false" is "is set".
	Op string
	// Values are what its control holds: see [Control]. Of a list there may be several.
	Values []string
	// Text is what is typed into the box of a picker, or to be added to a list; Found was
	// chosen among the matches of it. Of Moment, Text is the day or number, Found the unit.
	Text, Found string
	// Typed says that the box was on the page: without script its text decides.
	Typed bool
	// Was is the path and control that the row was drawn with.
	Was string
	// Focus marks the row that was just added.
	Focus bool
}

// Control is how the value of a row is entered, and so what Values hold.
type Control string

// The controls.
const (
	Fixed   Control = ""        // none: the operator says it all
	Text    Control = "text"    // a text
	Texts   Control = "texts"   // texts
	Number  Control = "number"  // a number with a point and no grouping
	Numbers Control = "numbers" // such numbers
	Flag    Control = "flag"    // "true" or "false"
	Choice  Control = "choice"  // one of the field's options
	Choices Control = "choices" // some of them
	Moment  Control = "moment"  // how the day is said: Day, Today, Now, Before, After
	One     Control = "one"     // a record: see [Token]
	Many    Control = "many"    // records
)

// The ways to say a Moment.
const (
	Day    = "day"
	Today  = "today"
	Now    = "now"
	Before = "before" // so many days before today
	After  = "after"
)

// Units are what Before and After count, in the order in which they are offered.
var Units = []string{"days", "weeks", "months", "years"}

// Token is how a picker holds a record: by what the filter compares with, which is kept as
// it was written, or as somebody just picked it.
type Token string

// The beginnings of tokens; a fresh pick is a mere number.
const (
	ByID   = "#" // the record's number
	ByName = "=" // its name, compared with the relation itself
	ByKey  = ":" // its key, compared with a field behind the relation
)

// Fresh reports whether a token was just picked: its number then stands for the record.
func (t Token) Fresh() bool {
	_, err := strconv.ParseInt(string(t), 10, 64)
	return err == nil && t[0] != '-' && t[0] != '+'
}

// By returns the beginning of a token and the rest.
func (t Token) By() (kind, rest string) {
	if t == "" {
		return "", ""
	}
	return string(t[:1]), string(t[1:])
}

// Book knows the model that is filtered.
type Book struct {
	Schema domain.Schema
	// Key names the field by which records of a model are told apart wherever they are
	// stored; "" when there is none but the number.
	Key func(model string) string
}

// Field follows a path.
func (b Book) Field(path string) (domain.Field, bool) {
	s := b.Schema
	names := strings.Split(path, ".")
	for i, name := range names {
		f, ok := s.Field(name)
		if !ok || i < len(names)-1 && !f.Type.Relation() {
			return domain.Field{}, false
		}
		if i == len(names)-1 {
			return f, f.Type != domain.Unfilterable
		}
		s = f.Target()
	}
	return domain.Field{}, false
}

// Split returns the operator of a row's Op and the value fixed to it.
func Split(op string) (domain.Op, string) {
	operator, fixed, _ := strings.Cut(op, ":")
	return domain.Op(operator), fixed
}

// Join is the Op of an operator with the value fixed to it.
func Join(op domain.Op, value string) string { return string(op) + ":" + value }

// The operators that ask for emptiness.
var (
	IsSet    = Join(domain.Ne, "false")
	IsNotSet = Join(domain.Eq, "false")
)

// Operators are those offered for a field, the most usual one first.
func Operators(f domain.Field) []string {
	join := func(ops ...domain.Op) []string {
		var out []string
		for _, op := range ops {
			out = append(out, string(op))
		}
		return append(out, IsSet, IsNotSet)
	}
	switch f.Type {
	case domain.Text:
		return join(domain.ILike, domain.NotILike, domain.Eq, domain.Ne, domain.In, domain.NotIn)
	case domain.Selection:
		return join(domain.Eq, domain.Ne, domain.In, domain.NotIn)
	case domain.Int, domain.Decimal, domain.Money:
		return join(domain.Ge, domain.Le, domain.Gt, domain.Lt, domain.Eq, domain.Ne, domain.In)
	case domain.ID:
		return append([]string{"=", "!=", "in", "not in"}, variables(f)...)
	case domain.Bool:
		return []string{"="}
	case domain.Date, domain.DateTime:
		return join(domain.Ge, domain.Le, domain.Gt, domain.Lt, domain.Eq, domain.Ne)
	}
	return append(join(domain.Eq, domain.Ne, domain.In, domain.NotIn, domain.ILike, domain.NotILike), variables(f)...)
}

// The models whose records variables stand for.
const (
	users     = "base.user"
	companies = "base.company"
)

// variables are the operators that compare with who asks.
func variables(f domain.Field) []string {
	if !f.Type.Relation() {
		return nil
	}
	switch f.Target().Model() {
	case users:
		return []string{`=:{"$":"uid"}`, `!=:{"$":"uid"}`}
	case companies:
		return []string{`=:{"$":"company_id"}`, `!=:{"$":"company_id"}`, `in:{"$":"company_ids"}`, `not in:{"$":"company_ids"}`}
	}
	return nil
}

// ControlOf is how the value of a field is entered for a row's Op.
func ControlOf(f domain.Field, op string) Control {
	operator, fixed := Split(op)
	if fixed != "" || strings.Contains(op, ":") {
		return Fixed
	}
	list := operator == domain.In || operator == domain.NotIn
	equal := list || operator == domain.Eq || operator == domain.Ne
	several := func(one, many Control) Control {
		if list {
			return many
		}
		return one
	}
	switch f.Type {
	case domain.Selection:
		return several(Choice, Choices)
	case domain.Int, domain.Decimal, domain.Money, domain.ID:
		return several(Number, Numbers)
	case domain.Bool:
		return Flag
	case domain.Date, domain.DateTime:
		return Moment
	case domain.Many2One:
		if equal {
			return several(One, Many)
		}
	case domain.One2Many, domain.Many2Many:
		if equal {
			return Many
		}
	}
	return several(Text, Texts)
}

// list reports whether a control holds several values.
func (c Control) list() bool { return c == Texts || c == Numbers || c == Choices || c == Many }

// single is the control of one value among several.
func (c Control) single() Control {
	switch c {
	case Texts:
		return Text
	case Numbers:
		return Number
	case Choices:
		return Choice
	case Many:
		return One
	}
	return c
}

// Now brings a row to the field and operator that were chosen for it: an operator that the
// field has not becomes its first one, and a value stays where it can still be meant.
func (r *Row) Now(b Book) (domain.Field, bool) {
	f, ok := b.Field(r.Path)
	path, was, drawn := strings.Cut(r.Was, " ")
	if !ok {
		return f, false
	}
	changed := drawn && path != r.Path
	if r.Op == "" || changed && !slices.Contains(Operators(f), r.Op) {
		r.Op = Operators(f)[0]
	}
	control := ControlOf(f, r.Op)
	if control == Many && len(r.Values) > 1 { // one of several, then
		switch domain.Op(r.Op) {
		case domain.Eq:
			r.Op = string(domain.In)
		case domain.Ne:
			r.Op = string(domain.NotIn)
		}
	}
	before := Control(was)
	switch {
	case !drawn || !changed && before == control:
	case before.single() != control.single() || changed && control.single() != Text && control.single() != Number && control != Moment:
		r.Values, r.Text, r.Found, r.Typed = nil, "", "", false
	case !before.list() && control.list(): // the box holds the name of the value, not one more
		if len(r.Values) > 0 && r.Values[0] != "" {
			r.Text, r.Typed = "", false
		}
	case before.list() && !control.list():
		r.Values, r.Typed = r.Values[:min(len(r.Values), 1)], false
	}
	r.Was = r.Path + " " + string(control)
	return f, true
}

// Add adds a value to the list of a row, once; what was typed for it is then taken.
func (r *Row) Add(value string) {
	if value == r.Text {
		r.Text = ""
	}
	if value != "" && !slices.Contains(r.Values, value) {
		r.Values = append(r.Values, value)
	}
}

// Press does what a button of the builder asks: "condition" and "group" add one to the
// group at a place, "remove" takes away what is there. Places are numbers with points
// between them; "" is the outermost group.
func (g *Group) Press(verb, place string) {
	parent, at, ok := g.at(place)
	switch {
	case !ok:
	case verb == "remove" && at >= 0:
		parent.Items = slices.Delete(parent.Items, at, at+1)
	case verb == "condition" || verb == "group":
		if at >= 0 {
			parent = parent.Items[at].Group
		}
		if parent == nil || g.size() >= MaxRows {
			return
		}
		row := Item{Row: &Row{Focus: true}}
		if verb == "group" {
			row = Item{Group: &Group{Match: parent.other(), Items: []Item{row}}}
		}
		parent.Items = append(parent.Items, row)
	}
}

// other is how a new group within g matches: what it is made for.
func (g *Group) other() Match {
	if g.Match == Any {
		return All
	}
	return Any
}

// at finds the group that holds the item at a place, and which of its items it is; -1 is
// the group itself.
func (g *Group) at(place string) (*Group, int, bool) {
	if place == "" {
		return g, -1, true
	}
	names := strings.Split(place, ".")
	for i, name := range names {
		n, err := strconv.Atoi(name)
		if err != nil || n < 0 || n >= len(g.Items) {
			return nil, 0, false
		}
		if i == len(names)-1 {
			return g, n, true
		}
		if g = g.Items[n].Group; g == nil {
			return nil, 0, false
		}
	}
	return nil, 0, false
}

// Full reports whether nothing can be added any more.
func (g *Group) Full() bool { return g.size() >= MaxRows }

func (g *Group) size() int {
	n := 0
	for _, item := range g.Items {
		n++
		if item.Group != nil {
			n += item.Group.size()
		}
	}
	return n
}

// Rows calls visit for every row with its place, in order.
func (g *Group) Rows(visit func(place string, r *Row)) { g.rows("", visit) }

func (g *Group) rows(before string, visit func(place string, r *Row)) {
	for i, item := range g.Items {
		place := before + strconv.Itoa(i)
		if item.Row != nil {
			visit(place, item.Row)
			continue
		}
		item.Group.rows(place+".", visit)
	}
}
