package domain

import (
	"errors"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
)

// A plan is a checked filter: fields looked up, values converted, negations pushed down to the
// conditions, the rules of every relation's target at its side. SQL and Eval both read it.
type plan interface{ isPlan() }

type (
	// group holds when all, or any, of its parts hold.
	group struct {
		any   bool
		parts []plan
	}

	// test compares a record's own column.
	test struct {
		field   Field
		op      Op // Eq, Lt, Le, Gt, Ge, Like, ILike, EqLike or EqILike
		values  []any
		pattern pattern // of the like operators
		// null says that an empty value satisfies the test; negated turns the whole test around.
		null, negated bool
	}

	// toOne holds when the visible target satisfies inner, or when there is no target and
	// whenEmpty says so.
	toOne struct {
		field     Field
		target    Schema
		rule      plan // nil when every target is visible
		inner     plan
		whenEmpty bool
	}

	// toMany holds when some visible target satisfies inner; with none, when no one does.
	toMany struct {
		field       Field
		target      Schema
		rule, inner plan
		none        bool
	}
)

func (group) isPlan()  {}
func (test) isPlan()   {}
func (toOne) isPlan()  {}
func (toMany) isPlan() {}
func (Const) isPlan()  {}

// maxRules bounds how deep rules may lead to further rules. Schemas returned by Rule have none,
// so only a broken schema comes near.
const maxRules = 4

// binder makes plans.
type binder struct {
	vars Vars
	// rules tells whether the targets' rules are bound too; a mere check leaves them out.
	rules bool
	depth int // of rules within rules
	// number and cond are the condition being bound, for errors; values counts what is compared.
	number int
	cond   Cond
	values int
}

// bind returns the plan of n, or of its negation.
func (b *binder) bind(n Node, s Schema, negated bool) (plan, error) {
	switch n := n.(type) {
	case And:
		return b.join(n, s, negated, negated)
	case Or:
		return b.join(n, s, !negated, negated)
	case Not:
		return b.bind(n.Node, s, !negated)
	case Const:
		return Const(bool(n) != negated), nil
	case Cond:
		return b.condition(n, s, negated)
	case nil:
		return Const(!negated), nil
	}
	return nil, errors.New("domain: unknown node")
}

func (b *binder) join(nodes []Node, s Schema, any, negated bool) (plan, error) {
	g := group{any: any, parts: make([]plan, 0, len(nodes))}
	for _, n := range nodes {
		p, err := b.bind(n, s, negated)
		if err != nil {
			return nil, err
		}
		g.parts = append(g.parts, p)
	}
	return g.simple(), nil
}

// simple returns the group without constants and without a bracket around a single part.
func (g group) simple() plan {
	parts := g.parts[:0:0]
	for _, p := range g.parts {
		if c, ok := p.(Const); ok {
			if bool(c) == g.any {
				return c
			}
			continue
		}
		parts = append(parts, p)
	}
	switch len(parts) {
	case 0:
		return Const(!g.any)
	case 1:
		return parts[0]
	}
	return group{g.any, parts}
}

func (b *binder) condition(c Cond, s Schema, negated bool) (plan, error) {
	b.number++
	b.cond = c
	op, opposite := c.Op.positive()
	if known, ok := operators[string(c.Op)]; !ok || known != c.Op {
		return nil, b.operatorError(Field{Name: c.Path})
	}
	names := strings.Split(c.Path, ".")
	if len(names) > MaxPath {
		return nil, b.invalid("domain.path_too_long", map[string]any{"limit": MaxPath})
	}
	p, _, err := b.path(s, names, op, negated != opposite)
	return p, err
}

// path binds the condition for the rest of its path. It also returns whether the condition
// holds, negation included, where an empty relation leads here.
func (b *binder) path(s Schema, names []string, op Op, negated bool) (plan, bool, error) {
	f, ok := s.Field(names[0])
	if !ok {
		return nil, false, b.invalid("domain.unknown_field", map[string]any{"field": names[0], "model": s.Model()})
	}
	if len(names) == 1 {
		return b.leaf(f, op, negated)
	}
	if !f.Type.Relation() {
		return nil, false, b.invalid("domain.no_relation", map[string]any{"field": f.Name})
	}
	target := f.Target()
	rule, err := b.rule(target)
	if err != nil {
		return nil, false, err
	}
	if f.Type.ToMany() {
		inner, _, err := b.path(target, names[1:], op, false)
		return toMany{f, target, rule, inner, negated}.simple(), negated, err
	}
	inner, whenEmpty, err := b.path(target, names[1:], op, negated)
	return toOne{f, target, rule, inner, whenEmpty}.simple(), whenEmpty, err
}

// leaf binds the condition at the end of its path.
func (b *binder) leaf(f Field, op Op, negated bool) (plan, bool, error) {
	if !fits(f.Type, op) {
		return nil, false, b.operatorError(f)
	}
	if f.Type.Relation() {
		return b.relation(f, op, negated)
	}
	t, err := b.test(f, op, negated)
	if err != nil {
		return nil, false, err
	}
	return t.simple(), t.null != negated, nil
}

// relation binds a condition on a relation itself: on the ids of its targets, on their names,
// or on there being any.
func (b *binder) relation(f Field, op Op, negated bool) (plan, bool, error) {
	target := f.Target()
	rule, err := b.rule(target)
	if err != nil {
		return nil, false, err
	}
	t, err := b.onTarget(f, target, op)
	if err != nil {
		return nil, false, err
	}
	whenEmpty := t.null != negated
	// Whether the relation may be empty is its own affair: the name only has an empty value
	// where a pattern takes one.
	null := t.null
	if f.Type == Many2One {
		if t.field.Type == ID && rule == nil {
			t.field, t.negated = f, negated
			return t.simple(), whenEmpty, nil
		}
		t.negated, t.null = negated, null && t.pattern != nil
		return toOne{f, target, rule, t.simple(), whenEmpty}.simple(), whenEmpty, nil
	}
	t.null = null && t.pattern != nil
	some := toMany{f, target, rule, t.simple(), negated}.simple()
	if !null {
		return some, whenEmpty, nil
	}
	empty := toMany{f, target, rule, True, !negated}.simple()
	return group{any: !negated, parts: []plan{some, empty}}.simple(), whenEmpty, nil
}

// onTarget returns the test, not negated, that a condition on a relation makes on the target's
// id or name. Its null means that the relation may be empty.
func (b *binder) onTarget(f Field, target Schema, op Op) (test, error) {
	named := op != Eq && op != In
	list, isList := plainValue(b.cond.Value).([]any)
	if !isList {
		list = []any{plainValue(b.cond.Value)}
	}
	for _, v := range list {
		if _, isText := v.(string); isText {
			named = true
		}
	}
	if !named {
		id := Field{Name: "id", Label: f.Label, Type: ID, Required: true}
		if own, ok := target.Field("id"); ok {
			id = own
		}
		return b.test(id, op, false)
	}
	name, ok := target.Field(f.NameField)
	if !ok || name.Type != Text {
		return test{}, b.invalid("domain.no_name", map[string]any{"field": f.Name})
	}
	return b.test(name, op, false)
}

// rule returns what may be seen of a relation's target, nil when that is everything.
func (b *binder) rule(target Schema) (plan, error) {
	if !b.rules {
		return nil, nil
	}
	n, s, err := target.Rule()
	if err != nil || n == nil {
		return nil, err
	}
	if b.depth == maxRules {
		return nil, fault.New(fault.Internal, "The record rules of %s lead to further rules without end.", target.Model())
	}
	within := &binder{vars: b.vars, rules: true, depth: b.depth + 1}
	p, err := within.bind(n, s, false)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The record rules of %s cannot be applied.", target.Model())
	}
	if p == plan(True) {
		return nil, nil
	}
	return p, nil
}

// simple returns a test for emptiness, or a constant, where no target can matter.
func (p toOne) simple() plan {
	if p.inner != plan(False) && p.rule != plan(False) {
		return p
	}
	return test{field: p.field, op: Eq, null: p.whenEmpty}.simple()
}

// simple returns a constant where no target can matter.
func (p toMany) simple() plan {
	if p.inner == plan(False) || p.rule == plan(False) {
		return Const(p.none)
	}
	return p
}

// simple returns a constant where no value can matter.
func (t test) simple() plan {
	if t.pattern != nil {
		if t.pattern.wildcards() > 0 && t.pattern.open() {
			return Const(!t.negated)
		}
		return t
	}
	if t.field.Type == Bool && len(t.values) == 2 {
		return Const(!t.negated)
	}
	if len(t.values) == 0 && !t.null {
		return Const(t.negated)
	}
	return t
}

// open reports whether every text fits p.
func (p pattern) open() bool {
	for _, t := range p {
		if t.wild != '%' && t.text != "" {
			return false
		}
		if t.wild == '_' {
			return false
		}
	}
	return true
}

// fits reports whether a positive operator can be used on a type.
func fits(t Type, op Op) bool {
	switch op {
	case Eq, In:
		return t != Unfilterable
	case Lt, Le, Gt, Ge:
		return t == Int || t == Decimal || t == Money || t == Text || t == Date || t == DateTime || t == ID
	}
	return t == Text || t.Relation()
}

// invalid returns the error of the condition being bound.
func (b *binder) invalid(key string, args map[string]any) error {
	args["number"], args["term"], args["path"] = b.number, shorten(string(appendCond(nil, b.cond))), b.cond.Path
	if b.cond.Pos > 0 {
		args["offset"] = b.cond.Pos - 1
	}
	return invalid(key, args)
}

func (b *binder) operatorError(f Field) error {
	if f.Type == Unfilterable && f.Column != "" {
		return b.invalid("domain.unfilterable", map[string]any{"field": f.Name})
	}
	return b.invalid("domain.operator", map[string]any{"operator": string(b.cond.Op), "field": f.Name, "type": f.Type.String()})
}
