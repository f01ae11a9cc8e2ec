// Package domain is the filter language: which records of a model are meant.
//
// A filter is written as Odoo writes it, in prefix form:
//
//	[["country.code", "=", "GB"], "|", ["tags", "=", "Wholesale"], ["credit_limit", ">=", 10000]]
//
// The life of a filter:
//
//  1. [Parse] reads JSON, or a Python literal pasted from Odoo, into a [Node].
//  2. [Check] holds it against the [Schema] of whoever asks: fields, operators, types, variables.
//  3. [Compile] or [SQL] turns it into parameterised SQL for SQLite or PostgreSQL, or
//  4. [Eval] decides it in memory for one loaded row; both give the same answer.
//  5. [Print] writes it back canonically, [Describe] tells it to a person.
//
// # Meaning
//
// A condition is true or false, never unknown. A field is empty when it is NULL; a text or
// selection also when it is "". A boolean is never empty: NULL is false. "=" with false or
// null asks for emptiness. Negative operators are the exact opposite of the positive ones, so
// they match empty fields. Ordering operators never match an empty field; text is ordered by
// its bytes (SQLite BINARY, PostgreSQL "C").
//
// A path leads through relations. Each step sees only the targets that [Schema.Rule] shows to
// whoever asks:
//
//   - to-one: the target is visible and satisfies the condition. A path over an empty relation
//     has an empty value. A hidden target satisfies neither a condition nor its negation.
//   - to-many: some visible target satisfies the condition; negated, no visible target does.
//
// like and ilike look for the text anywhere, "%" and "_" meaning themselves; =like and =ilike
// compare the whole text with a pattern in which "%" stands for any text, "_" for one character
// and a backslash makes the next character literal. ilike compares by [Fold] where the field has
// a folded column, else by [FoldASCII].
package domain

import (
	"reflect"
	"strings"
)

// Node is a filter: [And], [Or], [Not], [Cond] or [Const].
type Node interface{ isNode() }

// And holds when all of its nodes hold.
type And []Node

// Or holds when at least one of its nodes holds.
type Or []Node

// Not is the negation of a node.
type Not struct{ Node Node }

// Cond compares the value at the end of a path.
type Cond struct {
	// Path is a field name, or several separated by dots that lead through relations.
	Path string
	Op   Op
	// Value is nil, bool, int64, [json.Number] (a decimal, compared exactly), string, [Var] or
	// a []any of these. Made in code it may also be any other integer type, a slice of
	// integers or strings, or a time.Time.
	Value any
	// Pos is the byte offset of the condition in the source plus one, 0 when it was made in code.
	Pos int
}

// Const is a filter that holds always or never.
type Const bool

// The two constants: everything and nothing.
const (
	True  Const = true
	False Const = false
)

func (And) isNode()   {}
func (Or) isNode()    {}
func (Not) isNode()   {}
func (Cond) isNode()  {}
func (Const) isNode() {}

// Limits of a filter. Whatever exceeds them is refused as invalid.
const (
	MaxBytes      = 64 << 10 // source text
	MaxConditions = 256
	MaxDepth      = 32     // nested And, Or, Not
	MaxList       = 1000   // values of one "in"
	MaxValues     = 10_000 // values of all conditions together
	MaxPath       = 6      // names in a path
	MaxText       = 4096   // bytes of one text value
	MaxWildcards  = 16     // "%" in one pattern
)

// Op is a comparison operator.
type Op string

// The operators.
const (
	Eq       Op = "="
	Ne       Op = "!="
	Lt       Op = "<"
	Le       Op = "<="
	Gt       Op = ">"
	Ge       Op = ">="
	In       Op = "in"
	NotIn    Op = "not in"
	Like     Op = "like"
	NotLike  Op = "not like"
	ILike    Op = "ilike"
	NotILike Op = "not ilike"
	EqLike   Op = "=like"
	EqILike  Op = "=ilike"
)

// operators maps what may be written to an operator; Odoo's old spellings are understood.
var operators = map[string]Op{
	"=": Eq, "==": Eq, "!=": Ne, "<>": Ne, "<": Lt, "<=": Le, ">": Gt, ">=": Ge, "in": In, "not in": NotIn,
	"like": Like, "not like": NotLike, "ilike": ILike, "not ilike": NotILike, "=like": EqLike, "=ilike": EqILike,
}

// positive splits an operator into its positive form and whether that is negated.
func (o Op) positive() (Op, bool) {
	switch o {
	case Ne:
		return Eq, true
	case NotIn:
		return In, true
	case NotLike:
		return Like, true
	case NotILike:
		return ILike, true
	}
	return o, false
}

// All returns the conjunction of nodes, flattened; [True] when there are none. Nil nodes are left out.
func All(nodes ...Node) Node {
	flat := make(And, 0, len(nodes))
	for _, n := range nodes {
		switch n := n.(type) {
		case nil:
		case And:
			flat = append(flat, n...)
		default:
			flat = append(flat, n)
		}
	}
	switch len(flat) {
	case 0:
		return True
	case 1:
		return flat[0]
	}
	return flat
}

// Any returns the disjunction of nodes, flattened; [False] when there are none. Nil nodes are left out.
func Any(nodes ...Node) Node {
	flat := make(Or, 0, len(nodes))
	for _, n := range nodes {
		switch n := n.(type) {
		case nil:
		case Or:
			flat = append(flat, n...)
		default:
			flat = append(flat, n)
		}
	}
	switch len(flat) {
	case 0:
		return False
	case 1:
		return flat[0]
	}
	return flat
}

// Equal reports whether two filters are written alike, wherever they came from.
func Equal(a, b Node) bool { return reflect.DeepEqual(unplaced(a), unplaced(b)) }

// unplaced returns n without positions and with values in the types that Parse gives.
func unplaced(n Node) Node {
	switch n := n.(type) {
	case And:
		return And(unplacedAll(n))
	case Or:
		return Or(unplacedAll(n))
	case Not:
		return Not{unplaced(n.Node)}
	case Cond:
		n.Pos = 0
		n.Value = plainValue(n.Value)
		return n
	}
	return n
}

func unplacedAll(nodes []Node) []Node {
	out := make([]Node, len(nodes))
	for i, n := range nodes {
		out[i] = unplaced(n)
	}
	return out
}

// Paths returns every path that n compares, each once, in the order of reading. A rule that
// allows a filter only certain fields is held against these.
func Paths(n Node) []string {
	var paths []string
	seen := map[string]bool{}
	walk(n, func(c Cond) {
		if !seen[c.Path] {
			seen[c.Path] = true
			paths = append(paths, c.Path)
		}
	})
	return paths
}

func walk(n Node, visit func(Cond)) {
	switch n := n.(type) {
	case And:
		for _, m := range n {
			walk(m, visit)
		}
	case Or:
		for _, m := range n {
			walk(m, visit)
		}
	case Not:
		walk(n.Node, visit)
	case Cond:
		visit(n)
	}
}

// validPath reports whether path is made of names and dots.
func validPath(path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		if name == "" {
			return false
		}
		for i := range len(name) {
			if !nameByte(name[i], i == 0) {
				return false
			}
		}
	}
	return true
}

func nameByte(c byte, first bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || !first && '0' <= c && c <= '9'
}
