package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// item is a literal in the source: a value as Cond.Value documents it, a []item or an object.
type item struct {
	value      any
	start, end int
}

type object []member

type member struct {
	key   string
	at    int
	value item
}

// maxNesting is how deep literals may nest: filter, condition, list, variable, span.
const maxNesting = 6

// words are the constants of JSON and Python.
var words = map[string]any{"true": true, "True": true, "false": false, "False": false, "null": nil, "None": nil}

// odooNames are the expressions of Odoo's domains that mean a variable, and nothing else does:
// a filter is data, never code. Longer ones stand before their beginnings.
var odooNames = []struct {
	text string
	v    Var
}{
	{"context_today().strftime('%Y-%m-%d')", Var{Name: "today"}},
	{`context_today().strftime("%Y-%m-%d")`, Var{Name: "today"}},
	{"context_today()", Var{Name: "today"}},
	{"datetime.date.today()", Var{Name: "today"}},
	{"time.strftime('%Y-%m-%d')", Var{Name: "today"}},
	{`time.strftime("%Y-%m-%d")`, Var{Name: "today"}},
	{"datetime.datetime.now()", Var{Name: "now"}},
	{"user.company_ids.ids", Var{Name: "company_ids"}},
	{"user.company_id.id", Var{Name: "company_id"}},
	{"user.id", Var{Name: "uid"}},
	{"company_ids", Var{Name: "company_ids"}},
	{"company_id", Var{Name: "company_id"}},
	{"uid", Var{Name: "uid"}},
}

// scanner reads the literals of JSON and Python alike.
type scanner struct {
	src   []byte
	at    int
	depth int
}

func (s *scanner) fail(at int, problem string, text ...any) error {
	return unreadable(s.src, at, problem, text...)
}

func (s *scanner) space() {
	for s.at < len(s.src) && isSpace(s.src[s.at]) {
		s.at++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// peek returns the next byte after white space, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.at == len(s.src) {
		return 0
	}
	return s.src[s.at]
}

func (s *scanner) item() (item, error) {
	c := s.peek()
	it := item{start: s.at}
	var err error
	switch {
	case c == '[':
		it.value, err = s.list(']')
	case c == '(':
		it.value, err = s.list(')')
	case c == '{':
		it.value, err = s.object()
	case c == '"' || c == '\'':
		it.value, err = s.text(c)
	case c == '-' || '0' <= c && c <= '9':
		it.value, err = s.number()
	case nameByte(c, true):
		it.value, err = s.word()
	case s.at == len(s.src):
		err = s.fail(s.at, "early")
	default:
		r, _ := utf8.DecodeRune(s.src[s.at:])
		err = s.fail(s.at, "unexpected", string(r))
	}
	it.end = s.at
	return it, err
}

// enter consumes an opening bracket; leaving the level is up to the caller.
func (s *scanner) enter() error {
	s.depth++
	if s.depth > maxNesting {
		return s.fail(s.at, "nesting")
	}
	s.at++
	return nil
}

func (s *scanner) list(closing byte) (any, error) {
	opened := s.at
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer func() { s.depth-- }()
	items := []item{}
	commas := 0
	for s.peek() != closing {
		it, err := s.item()
		if err != nil {
			return nil, err
		}
		items = append(items, it)
		if s.peek() != ',' {
			break
		}
		commas++
		s.at++
	}
	if s.peek() != closing {
		return nil, s.fail(s.at, "comma", string(closing))
	}
	s.at++
	if closing == ')' && commas == 0 && len(items) == 1 {
		return nil, s.fail(opened, "parentheses")
	}
	return items, nil
}

func (s *scanner) object() (any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer func() { s.depth-- }()
	members := object{}
	for s.peek() != '}' {
		at, c := s.at, s.peek()
		if c != '"' && c != '\'' {
			return nil, s.fail(s.at, "name")
		}
		key, err := s.text(c)
		if err != nil {
			return nil, err
		}
		if s.peek() != ':' {
			return nil, s.fail(s.at, "colon")
		}
		s.at++
		value, err := s.item()
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if m.key == key {
				return nil, s.fail(at, "twice", key)
			}
		}
		members = append(members, member{key.(string), at, value})
		if s.peek() != ',' {
			break
		}
		s.at++
	}
	if s.peek() != '}' {
		return nil, s.fail(s.at, "brace")
	}
	s.at++
	return members, nil
}

// number reads an integer or a decimal, without an exponent.
func (s *scanner) number() (any, error) {
	start := s.at
	for s.at < len(s.src) && (nameByte(s.src[s.at], false) || strings.IndexByte("+-.", s.src[s.at]) >= 0) {
		s.at++
	}
	text := string(s.src[start:s.at])
	whole, fraction, decimal := strings.Cut(text, ".")
	digits := strings.TrimPrefix(whole, "-")
	switch {
	case digits == "" || !allDigits(digits) || !allDigits(fraction) || decimal && fraction == "":
		return nil, s.fail(start, "number", shorten(text))
	case len(digits) > 1 && digits[0] == '0':
		return nil, s.fail(start, "zero", shorten(text))
	case len(text) > 40:
		return nil, s.fail(start, "long_number")
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	return json.Number(text), nil
}

// word reads a constant, or one of the few names that mean a variable.
func (s *scanner) word() (any, error) {
	start := s.at
	for _, name := range odooNames {
		if end := start + len(name.text); bytes.HasPrefix(s.src[start:], []byte(name.text)) && s.endsAt(end) {
			s.at = end
			return name.v, nil
		}
	}
	for s.at < len(s.src) && (nameByte(s.src[s.at], false) || s.src[s.at] == '.') {
		s.at++
	}
	text := string(s.src[start:s.at])
	value, ok := words[text]
	if !ok || !s.endsAt(s.at) {
		return nil, s.fail(start, "code", shorten(text))
	}
	return value, nil
}

// endsAt reports whether an expression ends at an offset: what follows neither prolongs the name
// nor calls it, indexes it or reaches into it.
func (s *scanner) endsAt(end int) bool {
	if end < len(s.src) && (nameByte(s.src[end], false) || s.src[end] == '.') {
		return false
	}
	for end < len(s.src) && isSpace(s.src[end]) {
		end++
	}
	return end == len(s.src) || strings.IndexByte(",])}", s.src[end]) >= 0
}

// text reads a string in double or single quotes with the escapes that JSON and Python share,
// and Python's \x.
func (s *scanner) text(quote byte) (any, error) {
	start := s.at
	s.at++
	var b strings.Builder
	for s.at < len(s.src) {
		c := s.src[s.at]
		switch {
		case c == quote:
			s.at++
			return b.String(), nil
		case c < 0x20:
			return nil, s.fail(s.at, "control")
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			b.WriteRune(r)
		default:
			b.WriteByte(c)
			s.at++
		}
	}
	return nil, s.fail(start, "open_text")
}

func (s *scanner) escape() (rune, error) {
	start := s.at
	s.at++
	if s.at == len(s.src) {
		return 0, s.fail(start, "escape_end")
	}
	c := s.src[s.at]
	s.at++
	if i := strings.IndexByte(`"'\/bfnrt`, c); i >= 0 {
		return rune("\"'\\/\b\f\n\r\t"[i]), nil
	}
	var r rune
	err := errors.New("unknown escape")
	switch c {
	case 'x':
		r, err = s.hex(2)
	case 'u':
		if r, err = s.hex(4); err == nil && utf16.IsSurrogate(r) {
			r, err = s.lowSurrogate(r)
		}
	}
	if err != nil {
		return 0, s.fail(start, "escape")
	}
	return r, nil
}

// lowSurrogate reads the second half of a character outside the basic plane.
func (s *scanner) lowSurrogate(high rune) (rune, error) {
	if !bytes.HasPrefix(s.src[s.at:], []byte(`\u`)) {
		return 0, errors.New("lone surrogate")
	}
	s.at += 2
	low, err := s.hex(4)
	if r := utf16.DecodeRune(high, low); err == nil && r != utf8.RuneError {
		return r, nil
	}
	return 0, errors.New("lone surrogate")
}

func (s *scanner) hex(digits int) (rune, error) {
	if s.at+digits > len(s.src) {
		return 0, errors.New("too short")
	}
	n, err := strconv.ParseUint(string(s.src[s.at:s.at+digits]), 16, 32)
	s.at += digits
	return rune(n), err
}
