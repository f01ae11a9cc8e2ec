package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Integration is what the developer of an application needs to connect it.
type Integration struct {
	Page
	Title    string
	Sub      string
	Snippets []Tab // of which one is current
	Notes    []Note
	Intro    string
	Settings []Setting
	Terminal *Terminal // nil for none
	URLs     []Setting
	On       string // "On https://erp.example"
	Trial    *Action
	TrialSub string
	Refused  []RefusedRedirect
}

// Terminal is what can be run in one.
type Terminal struct {
	Text  string // what to do before
	Lines string // "" until Start was pressed
	Start *Action
}

// Setting is a name and a value to copy.
type Setting struct {
	Name  string
	Value string
	Short string // shown instead of Value, which is copied
	Tick  bool   // a box to tick, Value says so in words
	Plain bool   // words, nothing to copy
}

// RefusedRedirect is a redirect URI that an application sent and that is not registered.
type RefusedRedirect struct {
	Received   Marked
	Registered *Marked // the one most like it, nil for none
	Text       string  // since when, how often
	Register   Action
}

// Marked is a text of which a part differs from another.
type Marked struct{ Before, Changed, After string }

// Trial is a test sign-in, each request with its answer.
type Trial struct {
	Page
	Title string
	Sub   string
	Note  Note
	Steps []TrialStep

	Terminal *Terminal // nil for none
	Back     Action
	Again    Action
}

// TrialStep is one request and its answer.
type TrialStep struct {
	Title   string
	Request string // "POST https://erp.example/oauth2/token"
	Sent    []Pair
	Status  string
	Body    string // JSON
	Error   string
}

// codeLines splits lines for a terminal so that comments can be toned down. Together they
// are the text, unchanged.
func codeLines(text string) []CodeSpan {
	var out []CodeSpan
	for line := range strings.SplitAfterSeq(text, "\n") {
		class := ""
		if strings.HasPrefix(line, "#") {
			class = "c"
		}
		out = append(out, CodeSpan{class, line})
	}
	return out
}

// preformatted writes lines with nothing around them: what is shown can be copied.
func preformatted(id string, list []CodeSpan) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, `<pre id="`+idSafe(id)+`">`); err != nil {
			return err
		}
		if err := codeSpans(list).Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</pre>")
		return err
	})
}

// markedText writes a text with the part marked that differs.
func markedText(m Marked) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		text := templ.EscapeString(m.Before)
		if m.Changed != "" {
			text += "<mark>" + templ.EscapeString(m.Changed) + "</mark>"
		}
		_, err := io.WriteString(w, text+templ.EscapeString(m.After))
		return err
	})
}
