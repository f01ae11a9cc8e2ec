package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// ScopeMatch says how many records a scope lets through.
type ScopeMatch struct {
	ID     string // of the part that follows the entries
	Number string // "128"; "" when there is none to tell, then Text says why
	Text   string // "of 4,310 records match"
	Sub    string // names of some, and what else there is to know
	Share  int    // Number as a share of all, in per cent
	None   bool   // nothing matches, or something is wrong
	Calm   bool   // there is nothing to tell yet
	See    *Action
}

// ScopeConsent is one scope as the consent page will show it.
type ScopeConsent struct {
	Page
	ID    string
	Who   string // "Fieldbook will be able to see"
	Scope ConsentScope
	Text  string // instead of what it shows, when that cannot be told yet
}

// ScopeSample is what an application receives through a scope.
type ScopeSample struct {
	Page
	ID      string
	Method  string
	Request string // path and query
	As      Field  // a FieldRelation: as whom the records are looked up
	Body    []CodeSpan
	More    string // "and 125 more"
	Text    string // instead of a body
	Notes   []string
}

// ScopeHolders are the applications that may ask for a scope.
type ScopeHolders struct {
	Text    string
	Holders []Tag
}

// CodeSpan is a piece of a text in a formal language; Class is "k" for a name, "s" for a
// text, "n" for a number or word, "" for what is between.
type CodeSpan struct{ Class, Text string }

// JSONSpans splits a JSON text, which must be valid, into pieces to colour. Together they
// are the text, unchanged.
func JSONSpans(text string) []CodeSpan {
	var out []CodeSpan
	put := func(class string, n int) {
		out = append(out, CodeSpan{class, text[:n]})
		text = text[n:]
	}
	for text != "" {
		switch n := jsonString(text); {
		case n > 0 && strings.HasPrefix(text[n:], ":"):
			put("k", n)
		case n > 0:
			put("s", n)
		default:
			word := strings.IndexAny(text, "\"{}[],: \n")
			switch {
			case word < 0:
				put("n", len(text))
			case word > 0:
				put("n", word)
			default:
				put("", len(text)-len(strings.TrimLeft(text, "{}[],: \n")))
			}
		}
	}
	return out
}

// jsonString is the length of the string that a text begins with, 0 when it begins with none.
func jsonString(text string) int {
	if !strings.HasPrefix(text, `"`) {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// codeSpans writes the pieces with nothing between them: what is shown can be copied.
func codeSpans(list []CodeSpan) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, s := range list {
			if s.Class == "" {
				b.WriteString(templ.EscapeString(s.Text))
				continue
			}
			b.WriteString(`<span class="` + s.Class + `">` + templ.EscapeString(s.Text) + `</span>`)
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}
