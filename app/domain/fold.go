package domain

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s as ilike compares it: lower case, without accents, compatibility forms
// resolved. A field's Fold column holds Fold of its text.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// FoldASCII lowers the letters A to Z, as both engines do where there is no folded column.
func FoldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// pattern is the value of a like operator: literal texts between wildcards.
type pattern []token

type token struct {
	wild byte // '%' any text, '_' one character, 0 for the literal text
	text string
}

// containing returns the pattern of like: the text anywhere.
func containing(text string) pattern { return pattern{{wild: '%'}, {text: text}, {wild: '%'}} }

// parsePattern returns the pattern of =like.
func parsePattern(text string) pattern {
	var p pattern
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			p = append(p, token{text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			if i+1 < len(text) {
				i++
			}
			literal.WriteByte(text[i])
		case '%', '_':
			flush()
			if c == '_' || len(p) == 0 || p[len(p)-1].wild != '%' {
				p = append(p, token{wild: c})
			}
		default:
			literal.WriteByte(c)
		}
	}
	flush()
	return p
}

// wildcards returns how many texts of any length p leaves open.
func (p pattern) wildcards() int {
	n := 0
	for _, t := range p {
		if t.wild == '%' {
			n++
		}
	}
	return n
}

// folded returns p with its literal texts folded.
func (p pattern) folded(fold func(string) string) pattern {
	out := make(pattern, len(p))
	for i, t := range p {
		out[i] = token{wild: t.wild, text: fold(t.text)}
	}
	return out
}

// likeEscaper and globEscaper make literal text of what LIKE (backslash being PostgreSQL's
// escape character) and SQLite's GLOB would read as wildcards.
var (
	likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	globEscaper = strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`)
)

// like returns p as the right side of PostgreSQL's LIKE.
func (p pattern) like() string {
	var b strings.Builder
	for _, t := range p {
		if t.wild != 0 {
			b.WriteByte(t.wild)
		}
		b.WriteString(likeEscaper.Replace(t.text))
	}
	return b.String()
}

// glob returns p as the right side of SQLite's GLOB, which unlike its LIKE heeds case.
func (p pattern) glob() string {
	var b strings.Builder
	for _, t := range p {
		switch t.wild {
		case '%':
			b.WriteByte('*')
		case '_':
			b.WriteByte('?')
		}
		b.WriteString(globEscaper.Replace(t.text))
	}
	return b.String()
}

// matches reports whether the whole of s fits p.
func (p pattern) matches(s string) bool {
	var want []rune // '%' and '_' are negative, so that no literal is taken for them
	for _, t := range p {
		if t.wild != 0 {
			want = append(want, -rune(t.wild))
		}
		want = append(want, []rune(t.text)...)
	}
	have := []rune(s)
	i, j, star, mark := 0, 0, -1, 0
	for i < len(have) {
		switch {
		case j < len(want) && want[j] == -'%':
			star, mark = j, i
			j++
		case j < len(want) && (want[j] == -'_' || want[j] == have[i]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(want) && want[j] == -'%' {
		j++
	}
	return j == len(want)
}
