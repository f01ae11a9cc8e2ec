package domain

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Print returns a filter as canonical JSON. Parse gives back a filter equal to every one that
// Parse returned; nested Ands and Ors made in code come back flattened.
func Print(n Node) []byte {
	out := []byte{'['}
	for i, term := range topTerms(n) {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendTerm(out, term)
	}
	return append(out, ']')
}

// topTerms returns the terms that the outermost list joins by "and".
func topTerms(n Node) []Node {
	switch n := All(n).(type) {
	case And:
		return n
	case Const:
		if n {
			return nil
		}
		return []Node{n}
	default:
		return []Node{n}
	}
}

func appendTerm(out []byte, n Node) []byte {
	switch n := n.(type) {
	case And:
		flat := All(n...)
		if all, ok := flat.(And); ok {
			return appendJoined(out, `"&",`, all)
		}
		return appendTerm(out, flat) // of one term, which may be an Or
	case Or:
		flat := Any(n...)
		if some, ok := flat.(Or); ok {
			return appendJoined(out, `"|",`, some)
		}
		return appendTerm(out, flat)
	case Not:
		return appendTerm(append(out, `"!",`...), n.Node)
	case Cond:
		return appendCond(out, n)
	case Const:
		if n {
			return append(out, `[1,"=",1]`...)
		}
		return append(out, `[0,"=",1]`...)
	}
	return appendTerm(out, True)
}

// appendJoined writes the terms of a flattened And or Or: one operator less than there are.
func appendJoined(out []byte, operator string, terms []Node) []byte {
	for range len(terms) - 1 {
		out = append(out, operator...)
	}
	for i, term := range terms {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendTerm(out, term)
	}
	return out
}

func appendCond(out []byte, c Cond) []byte {
	out = appendString(append(out, '['), c.Path)
	out = appendString(append(out, ','), string(c.Op))
	out = appendValue(append(out, ','), c.Value)
	return append(out, ']')
}

func appendValue(out []byte, v any) []byte {
	switch v := plainValue(v).(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, v)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case json.Number:
		return append(out, v...)
	case string:
		return appendString(out, v)
	case Var:
		return appendVar(out, v)
	case []any:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendValue(out, item)
		}
		return append(out, ']')
	default:
		return appendString(out, fmt.Sprint(v))
	}
}

func appendVar(out []byte, v Var) []byte {
	out = appendString(append(out, `{"$":`...), v.Name)
	if v.Add != (Span{}) {
		out = append(out, `,"add":{`...)
		comma := false
		for _, part := range v.Add.parts() {
			if *part.n == 0 {
				continue
			}
			if comma {
				out = append(out, ',')
			}
			comma = true
			out = appendString(out, part.name)
			out = strconv.AppendInt(append(out, ':'), int64(*part.n), 10)
		}
		out = append(out, '}')
	}
	if v.At != "" {
		out = appendString(append(out, `,"at":`...), v.At)
	}
	return append(out, '}')
}

func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r < 0x20 || r == 0x7f || r == '\u2028' || r == '\u2029':
			out = append(out, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

// isoDate is the layout of dates, in filters and in columns.
const isoDate = time.DateOnly
