package i18n

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
)

// pattern is a text between whose parts the values of placeholders stand. Pages have
// hundreds of them, and a template takes far longer than joining strings.
type pattern struct {
	parts []string // one more than names
	names []string
}

// patternKey names a text: that of a key in one plural form.
type patternKey struct {
	key  string
	form plural.Form
}

// mostCounted bounds the counts whose plural form is taken to be that of others: French
// says a million otherwise.
const mostCounted = 1_000_000

// mark stands around a placeholder's name where its value will be; no text has it.
const mark = "\x00"

// placeholders reports whether a text does nothing but print values.
func placeholders(text string) bool {
	for {
		_, rest, found := strings.Cut(text, "{{")
		if !found {
			return true
		}
		name, after, closed := strings.Cut(rest, "}}")
		if !closed || !strings.HasPrefix(name, ".") || strings.ContainsFunc(name[1:], func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return false
		}
		text = after
	}
}

// fast fills the placeholders of a text with words and numbers; ok is false for what needs
// the template after all.
func (p *Printer) fast(key string, data map[string]any) (text string, ok bool) {
	at := patternKey{key: key}
	if n, counts := data["Count"]; counts {
		count, whole := n.(int)
		if !whole || count < 0 || count >= mostCounted {
			return "", false
		}
		at.form = plural.Cardinal.MatchPlural(p.tag, count, 0, 0, 0, 0)
	}
	known, found := p.patterns.Load(at)
	if !found {
		known = p.learn(key, data)
		p.patterns.Store(at, known)
	}
	return known.(*pattern).fill(data)
}

// learn asks for the text with names in the place of values; nil when it does more than
// print them.
func (p *Printer) learn(key string, data map[string]any) *pattern {
	names := make(map[string]any, len(data))
	for name := range data {
		names[name] = mark + name + mark
	}
	cfg := &i18n.LocalizeConfig{MessageID: key, TemplateData: names}
	if n, ok := data["Count"]; ok {
		cfg.PluralCount = n
	}
	text, err := p.loc.Localize(cfg)
	pieces := strings.Split(text, mark)
	if err != nil || len(pieces)%2 == 0 || strings.Contains(text, noValue) {
		return nil
	}
	out := &pattern{}
	for i, piece := range pieces {
		if i%2 == 0 {
			out.parts = append(out.parts, piece)
		} else {
			out.names = append(out.names, piece)
		}
	}
	return out
}

// noValue is what a template prints for a placeholder without one.
const noValue = "<no value>"

func (t *pattern) fill(data map[string]any) (string, bool) {
	if t == nil {
		return "", false
	}
	var out strings.Builder
	for i, part := range t.parts {
		out.WriteString(part)
		if i == len(t.names) {
			break
		}
		switch v := data[t.names[i]].(type) {
		case string:
			out.WriteString(v)
		case int:
			out.WriteString(strconv.Itoa(v))
		case int64:
			out.WriteString(strconv.FormatInt(v, 10))
		default:
			return "", false
		}
	}
	return out.String(), true
}
