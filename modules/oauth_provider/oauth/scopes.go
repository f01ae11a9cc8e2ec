package oauth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Granted is a scope at the version at which it was granted.
type Granted struct {
	Code    string
	Version int64
}

// Scopes is what was granted, each code once.
type Scopes []Granted

// Find returns the version at which code was granted.
func (s Scopes) Find(code string) (version int64, ok bool) {
	for _, g := range s {
		if g.Code == code {
			return g.Version, true
		}
	}
	return 0, false
}

// Has reports whether code was granted.
func (s Scopes) Has(code string) bool { _, ok := s.Find(code); return ok }

// Codes returns the codes as the scope parameter has them: "openid work_email".
func (s Scopes) Codes() string {
	var b strings.Builder
	for i, g := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(g.Code)
	}
	return b.String()
}

// String is the form for a database column: "openid@1 work_email@3".
func (s Scopes) String() string {
	var b []byte
	for i, g := range s {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, g.Code...)
		b = append(b, '@')
		b = strconv.AppendInt(b, g.Version, 10)
	}
	return string(b)
}

// ParseScopes reads what String wrote.
func ParseScopes(text string) (Scopes, error) {
	if text == "" {
		return nil, nil
	}
	out := make(Scopes, 0, strings.Count(text, " ")+1)
	for word := range strings.SplitSeq(text, " ") {
		at := strings.LastIndexByte(word, '@')
		if at <= 0 {
			return nil, fmt.Errorf("stored scope %q has no version", word)
		}
		version, err := strconv.ParseInt(word[at+1:], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("stored scope %q: version: %w", word, err)
		}
		out = append(out, Granted{word[:at], version})
	}
	return out, nil
}

// within returns the part of s that limit grants too, each at the lower version: a
// token never sees more than its grant gives now, nor more than it gave then.
func (s Scopes) within(limit Scopes) Scopes {
	covered := func(g Granted) bool { v, ok := limit.Find(g.Code); return ok && v >= g.Version }
	if !slices.ContainsFunc(s, func(g Granted) bool { return !covered(g) }) {
		return s
	}
	out := make(Scopes, 0, len(s))
	for _, g := range s {
		if v, ok := limit.Find(g.Code); ok {
			out = append(out, Granted{g.Code, min(v, g.Version)})
		}
	}
	return out
}

// only returns the part of s with the codes, and false when a code is not in s.
func (s Scopes) only(codes []string) (Scopes, bool) {
	out := make(Scopes, 0, len(codes))
	for _, code := range codes {
		v, ok := s.Find(code)
		if !ok {
			return nil, false
		}
		out = append(out, Granted{code, v})
	}
	return out, true
}

// ValidScopeCode reports whether code is a scope-token (RFC 6749 §3.3).
func ValidScopeCode(code string) bool {
	for i := range len(code) {
		if c := code[i]; c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return code != ""
}

// splitScope reads a scope parameter: codes separated by single or several spaces,
// each once, in the order of first mention.
func splitScope(text string) (codes []string, ok bool) {
	for word := range strings.SplitSeq(text, " ") {
		if word == "" || slices.Contains(codes, word) {
			continue
		}
		if !ValidScopeCode(word) {
			return nil, false
		}
		codes = append(codes, word)
	}
	return codes, true
}
