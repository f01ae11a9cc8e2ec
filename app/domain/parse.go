package domain

import "unicode/utf8"

// Parse reads a filter in prefix form: JSON, or a Python literal pasted from Odoo. An empty
// list means all records. Terms without an operator before them are joined by "and".
//
// Anything that is not literal data (code, calls, arithmetic) is fault.Invalid with its place
// in the sentence; so is a filter beyond the limits.
func Parse(src []byte) (Node, error) {
	if len(src) > MaxBytes {
		return nil, invalid("domain.too_long", map[string]any{"limit": MaxBytes})
	}
	if !utf8.Valid(src) {
		return nil, unreadable(src, firstInvalid(src), "utf8")
	}
	s := &scanner{src: src}
	root, err := s.item()
	if err != nil {
		return nil, err
	}
	if s.peek() != 0 || s.at < len(src) {
		return nil, s.fail(s.at, "after")
	}
	terms, ok := root.value.([]item)
	if !ok {
		return nil, s.fail(root.start, "list")
	}
	if isCondition(terms) {
		return nil, s.fail(root.start, "brackets")
	}
	p := &prefix{scanner: s, terms: terms}
	var nodes []Node
	for len(p.terms) > 0 {
		n, err := p.term(root.end - 1)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	n := All(nodes...)
	return n, checkSize(n)
}

// firstInvalid returns the offset of the first byte that is not UTF-8.
func firstInvalid(src []byte) int {
	at := 0
	for at < len(src) {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// checkSize holds a filter against the limits that do not depend on a schema.
func checkSize(n Node) error {
	conditions := 0
	walk(n, func(Cond) { conditions++ })
	if conditions > MaxConditions {
		return invalid("domain.too_many", map[string]any{"limit": MaxConditions})
	}
	if tooDeep(n, MaxDepth) {
		return invalid("domain.too_deep", map[string]any{"limit": MaxDepth})
	}
	return nil
}

func tooDeep(n Node, left int) bool {
	if left < 0 {
		return true
	}
	var parts []Node
	switch n := n.(type) {
	case And:
		parts = n
	case Or:
		parts = n
	case Not:
		parts = []Node{n.Node}
	}
	for _, m := range parts {
		if tooDeep(m, left-1) {
			return true
		}
	}
	return false
}

// prefix builds nodes from terms in prefix form.
type prefix struct {
	*scanner
	terms []item
	read  int
}

// term takes one complete term; end is where the list closes, for the error of an operator
// that lacks its terms.
func (p *prefix) term(end int) (Node, error) {
	if len(p.terms) == 0 {
		return nil, p.fail(end, "lacks")
	}
	it := p.terms[0]
	p.terms = p.terms[1:]
	if p.read++; p.read > 4*MaxConditions {
		return nil, invalid("domain.too_many", map[string]any{"limit": MaxConditions})
	}
	switch v := it.value.(type) {
	case []item:
		return p.condition(it, v)
	case string:
		return p.operator(it, v, end)
	}
	return nil, p.fail(it.start, "term")
}

func (p *prefix) operator(it item, operator string, end int) (Node, error) {
	if operator != "&" && operator != "|" && operator != "!" {
		return nil, p.fail(it.start, "word", shorten(operator))
	}
	first, err := p.term(end)
	if err != nil {
		return nil, err
	}
	if operator == "!" {
		return Not{first}, nil
	}
	second, err := p.term(end)
	if err != nil {
		return nil, err
	}
	if operator == "&" {
		return All(first, second), nil
	}
	return Any(first, second), nil
}

// isCondition reports whether a list looks like [path, operator, value].
func isCondition(items []item) bool {
	if len(items) != 3 {
		return false
	}
	path, ok := items[0].value.(string)
	if !ok || path == "&" || path == "|" || path == "!" {
		return false
	}
	_, ok = items[1].value.(string)
	return ok
}

func (p *prefix) condition(it item, parts []item) (Node, error) {
	if len(parts) != 3 {
		return nil, p.fail(it.start, "parts")
	}
	written, ok := parts[1].value.(string)
	if !ok {
		return nil, p.fail(parts[1].start, "no_operator")
	}
	op, ok := operators[written]
	if !ok {
		return nil, p.fail(parts[1].start, "operator", shorten(written))
	}
	if n, ok := parts[0].value.(int64); ok {
		if one, ok := parts[2].value.(int64); ok && op == Eq && one == 1 && (n == 0 || n == 1) {
			return Const(n == 1), nil
		}
	}
	path, ok := parts[0].value.(string)
	if !ok {
		return nil, p.fail(parts[0].start, "no_field")
	}
	if !validPath(path) {
		return nil, p.fail(parts[0].start, "field", shorten(path))
	}
	value, err := p.value(parts[2], true)
	if err != nil {
		return nil, err
	}
	return Cond{Path: path, Op: op, Value: value, Pos: it.start + 1}, nil
}

// value returns what an item is worth in a condition; lists hold single values only.
func (p *prefix) value(it item, listAllowed bool) (any, error) {
	switch v := it.value.(type) {
	case object:
		return p.variable(it, v)
	case []item:
		if !listAllowed {
			return nil, p.fail(it.start, "inner_list")
		}
		if len(v) > MaxList {
			return nil, p.fail(it.start, "long_list", MaxList)
		}
		out := make([]any, len(v))
		for i, inner := range v {
			var err error
			if out[i], err = p.value(inner, false); err != nil {
				return nil, err
			}
		}
		return out, nil
	case string:
		if len(v) > MaxText {
			return nil, p.fail(it.start, "long_text", MaxText)
		}
	}
	return it.value, nil
}

func (p *prefix) variable(it item, members object) (any, error) {
	var v Var
	for _, m := range members {
		text, isText := m.value.value.(string)
		span, isObject := m.value.value.(object)
		switch {
		case m.key == "$" && isText:
			v.Name = text
		case m.key == "at" && isText && text != "" && validAt(text):
			v.At = text
		case m.key == "add" && isObject:
			if err := p.span(&v.Add, span); err != nil {
				return nil, err
			}
		default:
			return nil, p.fail(m.at, "member", shorten(m.key))
		}
	}
	moment, known := variables[v.Name]
	switch {
	case !known:
		return nil, p.fail(it.start, "variable", shorten(v.Name))
	case !moment && (v.At != "" || v.Add != Span{}):
		return nil, p.fail(it.start, "moment")
	}
	return v, nil
}

func (p *prefix) span(s *Span, members object) error {
next:
	for _, m := range members {
		n, ok := m.value.value.(int64)
		if !ok || n > maxSpan || n < -maxSpan {
			return p.fail(m.value.start, "span", maxSpan)
		}
		for _, part := range s.parts() {
			if part.name == m.key {
				*part.n = int(n)
				continue next
			}
		}
		return p.fail(m.at, "unit", shorten(m.key))
	}
	return nil
}
