package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed find.js
var findJS string

// evaluate runs an expression in the page, whatever its content security policy
// says and whether or not its own scripts run, and decodes the value into out.
func evaluate(ctx context.Context, expression string, out any) error {
	return evaluateWith(ctx, runtime.EvaluateParams{Expression: expression}, out)
}

func evaluateWith(ctx context.Context, params runtime.EvaluateParams, out any) error {
	yes := true
	params.ReturnByValue, params.AwaitPromise = &yes, &yes
	res, err := chromedp.Call(ctx, runtime.Evaluate, params)
	if err != nil {
		return err
	}
	if d := res.ExceptionDetails; d != nil {
		if d.Exception != nil {
			return fmt.Errorf("%s %s", d.Text, d.Exception.Description)
		}
		return errors.New(d.Text)
	}
	if out == nil || len(res.Result.Value) == 0 {
		return nil
	}
	return json.Unmarshal(res.Result.Value, out)
}

// script is a call of a function of find.js with Go values.
func script(function string, args ...any) string {
	var words []string
	for _, a := range args {
		b, err := json.Marshal(a)
		if err != nil {
			panic(err) // only strings and booleans come here
		}
		words = append(words, string(b))
	}
	return "(() => {" + findJS + "\nreturn " + function + "(" + strings.Join(words, ", ") + ")})()"
}

// answer is what the functions of find.js return; each fills what it has.
type answer struct {
	Why   string   // why it is impossible so far
	X, Y  *float64 // where to press, in CSS pixels of the window
	Typed bool
	On    bool
	Value string
}

// poll calls a function of find.js until it can do its work or patience ends. A
// page that is just being replaced has no answer, the next one may.
func (p *Page) poll(ctx context.Context, function string, args ...any) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opts.Patience)
	defer cancel()
	expression := script(function, args...)
	last := errors.New("the page does not answer")
	for {
		var a answer
		err := evaluate(ctx, expression, &a)
		if err == nil && a.Why == "" {
			return a, nil
		}
		if err == nil {
			err = errors.New(a.Why)
		}
		if ctx.Err() != nil {
			return answer{}, last
		}
		last = err
		if !pause(ctx) {
			return answer{}, last
		}
	}
}

// pause waits a glance and reports whether there is time for another look.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(glance):
		return true
	}
}

// Click presses what carries the words, as a pointer would: it must be visible,
// enabled and not covered. A target starting with #, ., [ or css: is a selector.
// Words match a whole name first, then its beginning, then any part; two
// different things of the same name are an error. Behind an open modal dialog
// nothing is found by words. What the click loads has loaded when Click returns.
func (p *Page) Click(target string) {
	p.t.Helper()
	p.act(fmt.Sprintf("Click(%q)", target), func(ctx context.Context) error {
		a, err := p.poll(ctx, "click", target)
		if err != nil {
			return err
		}
		return press(ctx, a)
	})
}

// Submit presses the button that sends the form the cursor is in, or the page's form.
func (p *Page) Submit() {
	p.t.Helper()
	p.act("Submit()", func(ctx context.Context) error {
		a, err := p.poll(ctx, "submit")
		if err != nil {
			return err
		}
		return press(ctx, a)
	})
}

func press(ctx context.Context, a answer) error {
	if a.X == nil || a.Y == nil {
		return nil
	}
	return chromedp.Do(ctx, chromedp.MouseClickXY(*a.X, *a.Y))
}

// Fill replaces the value of the field with that label (or selector, or name).
func (p *Page) Fill(field, value string) {
	p.t.Helper()
	p.act(fmt.Sprintf("Fill(%q, %q)", field, value), func(ctx context.Context) error {
		a, err := p.poll(ctx, "enter", field)
		if err != nil {
			return err
		}
		if !a.Typed {
			_, err := p.poll(ctx, "put", value)
			return err
		}
		if value == "" {
			return chromedp.Do(ctx, chromedp.KeyEvent(kb.Delete))
		}
		_, err = chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: value})
		return err
	})
}

// Select chooses an option, by its words or its value, of the list with that label.
func (p *Page) Select(field, option string) {
	p.t.Helper()
	p.act(fmt.Sprintf("Select(%q, %q)", field, option), func(ctx context.Context) error {
		_, err := p.poll(ctx, "pick", field, option)
		return err
	})
}

// Check ticks the box, radio button or switch with that label.
func (p *Page) Check(label string) {
	p.t.Helper()
	p.tick(fmt.Sprintf("Check(%q)", label), label, true)
}

// Uncheck takes the tick away.
func (p *Page) Uncheck(label string) {
	p.t.Helper()
	p.tick(fmt.Sprintf("Uncheck(%q)", label), label, false)
}

func (p *Page) tick(what, label string, on bool) {
	p.t.Helper()
	p.act(what, func(ctx context.Context) error {
		a, err := p.poll(ctx, "tick", label, on)
		if err != nil {
			return err
		}
		return press(ctx, a)
	})
}

// keys are the names of keys that are not a character.
var keys = map[string]string{
	"Enter": kb.Enter, "Escape": kb.Escape, "Tab": kb.Tab, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

var modifiers = map[string]kb.Modifier{
	"Control": kb.ModifierCtrl, "Shift": kb.ModifierShift, "Alt": kb.ModifierAlt, "Meta": kb.ModifierMeta,
}

// Press presses keys one after the other: "Tab", "Enter", "Control+k", "Shift+Tab".
// What is neither a key's name nor such a combination is typed as text.
func (p *Page) Press(strokes ...string) {
	p.t.Helper()
	for _, stroke := range strokes {
		p.act(fmt.Sprintf("Press(%q)", stroke), func(ctx context.Context) error {
			if text, ok := keys[stroke]; ok {
				return chromedp.Do(ctx, chromedp.KeyEvent(text))
			}
			var held []kb.Modifier
			rest := stroke
			for {
				name, after, ok := strings.Cut(rest, "+")
				m, known := modifiers[name]
				if !ok || !known {
					break
				}
				held, rest = append(held, m), after
			}
			if text, ok := keys[rest]; ok {
				rest = text
			}
			return chromedp.Do(ctx, chromedp.KeyEvent(rest, chromedp.KeyModifiers(held...)))
		})
	}
}
