package db

import (
	"strconv"
	"strings"
	"sync"
)

// Rebind turns the placeholders '?' of a statement into the engine's own: $1, $2, … on
// PostgreSQL, unchanged on SQLite. A '?' inside a string, a quoted name, a comment or a
// dollar-quoted body stays; "??" stands for PostgreSQL's operator '?'.
func Rebind(e Engine, query string) string {
	if e != Postgres || !strings.Contains(query, "?") {
		return query
	}
	var out strings.Builder
	out.Grow(len(query) + 8)
	n := 0
	for i := 0; i < len(query); {
		if end := skip(query, i); end > i {
			out.WriteString(query[i:end])
			i = end
			continue
		}
		switch {
		case query[i] != '?':
			out.WriteByte(query[i])
			i++
		case strings.HasPrefix(query[i:], "??"):
			out.WriteByte('?')
			i += 2
		default:
			n++
			out.WriteByte('$')
			out.WriteString(strconv.Itoa(n))
			i++
		}
	}
	return out.String()
}

// skip returns where the string, name, comment or body that begins at i ends; i when
// nothing of the kind begins there. An unfinished one reaches to the end.
func skip(q string, i int) int {
	switch c := q[i]; {
	case c == '\'':
		return quoted(q, i, escapes(q, i))
	case c == '"':
		return quoted(q, i, false)
	case strings.HasPrefix(q[i:], "--"):
		return until(q, i, "\n")
	case strings.HasPrefix(q[i:], "/*"):
		return comment(q, i)
	case c == '$' && (i == 0 || !inName(q[i-1])):
		return dollars(q, i)
	}
	return i
}

// quoted returns the end of the string or name whose quote stands at i; a doubled quote
// continues it, and so does one behind a backslash in an E'…' string.
func quoted(q string, i int, backslash bool) int {
	quote := q[i]
	for j := i + 1; j < len(q); j++ {
		switch {
		case backslash && q[j] == '\\':
			j++
		case q[j] == quote && j+1 < len(q) && q[j+1] == quote:
			j++
		case q[j] == quote:
			return j + 1
		}
	}
	return len(q)
}

// escapes reports whether the string at i is an E'…' string.
func escapes(q string, i int) bool {
	return i > 0 && (q[i-1] == 'E' || q[i-1] == 'e') && (i == 1 || !inName(q[i-2]))
}

// comment returns the end of the block comment at i; PostgreSQL nests them.
func comment(q string, i int) int {
	depth := 0
	for j := i; j < len(q); j++ {
		switch {
		case strings.HasPrefix(q[j:], "/*"):
			depth++
			j++
		case strings.HasPrefix(q[j:], "*/"):
			depth--
			j++
			if depth == 0 {
				return j + 1
			}
		}
	}
	return len(q)
}

// dollars returns the end of the body $tag$…$tag$ at i, or i when it is no such body.
func dollars(q string, i int) int {
	j := i + 1
	for j < len(q) && inName(q[j]) && q[j] != '$' {
		j++
	}
	if j >= len(q) || q[j] != '$' || (j > i+1 && q[i+1] >= '0' && q[i+1] <= '9') {
		return i
	}
	tag := q[i : j+1]
	if end := strings.Index(q[j+1:], tag); end >= 0 {
		return j + 1 + end + len(tag)
	}
	return len(q)
}

func until(q string, i int, end string) int {
	if at := strings.Index(q[i:], end); at >= 0 {
		return i + at + len(end)
	}
	return len(q)
}

// inName reports whether c may stand inside an SQL name.
func inName(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// textCache remembers what a text was turned into. It forgets everything when it grows
// past a bound, which only a program that builds its texts from values reaches.
type textCache struct {
	mu    sync.RWMutex
	texts map[string]string
}

const textCacheSize = 4096

func newTextCache() *textCache { return &textCache{texts: map[string]string{}} }

func (c *textCache) get(text string, turn func(string) string) string {
	c.mu.RLock()
	turned, ok := c.texts[text]
	c.mu.RUnlock()
	if ok {
		return turned
	}
	turned = turn(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.texts) >= textCacheSize {
		c.texts = map[string]string{}
	}
	c.texts[text] = turned
	return turned
}
