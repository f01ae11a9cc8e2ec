package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/apptest/browser"
)

// tour is a section of the README with numbered steps, and how each of them is done.
type tour struct {
	name, heading string
	height        int // of the window that the pictures show
	steps         []func(w *walk)
}

// walk is somebody on a tour. What he presses and writes has to stand in the step of the
// README that he is at, and what the step sets in *italics* or “quotes” he has to see.
type walk struct {
	*browser.Page
	t    browser.TB
	at   *demo
	out  string // where the pictures go
	step string // what the README says
	seen strings.Builder

	shop string // where the example application is, once it is started
}

var (
	numbered  = regexp.MustCompile(`(?ms)^\d+\. (.*?)(?:\n\n|\z|\n(?:\d+\. |!|#))`)
	italic    = regexp.MustCompile(`\*([^*\n]+)\*|“([^”]+)”`)
	blanks    = regexp.MustCompile(`\s+`)
	selectors = regexp.MustCompile(`^(#|\.|\[|css:)`)
)

// stepsOf returns the numbered steps below a heading of the README.
func stepsOf(readme, heading string) []string {
	_, section, _ := strings.Cut(readme, heading+"\n")
	section, _, _ = strings.Cut(section, "\n#")
	var out []string
	for section != "" {
		m := numbered.FindStringSubmatchIndex(section)
		if m == nil {
			break
		}
		out = append(out, blanks.ReplaceAllString(section[m[2]:m[3]], " "))
		section = section[m[3]:]
	}
	return out
}

// take does the tour as the README tells it.
func (tr tour) take(t browser.TB, b *browser.Browser, at *demo, out string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(at.root, "README.md"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	steps := stepsOf(string(readme), tr.heading)
	if len(steps) != len(tr.steps) {
		t.Fatalf("the README has %d steps under %q, the tour %d", len(steps), tr.heading, len(tr.steps))
	}
	w := &walk{Page: b.Page(t, browser.Options{Width: 1280, Height: tr.height, Patience: time.Minute}), t: t, at: at, out: out}
	for i, do := range tr.steps {
		w.step = steps[i]
		w.seen.Reset()
		do(w)
		w.look()
		for _, m := range italic.FindAllStringSubmatch(w.step, -1) {
			if words := m[1] + m[2]; !strings.Contains(w.seen.String(), words) {
				t.Fatalf("step %d of %q speaks of %q, which is not to be seen on the way", i+1, tr.heading, words)
			}
		}
	}
	if complaints := w.Console(); len(complaints) > 0 {
		t.Fatalf("the pages complain: %s", strings.Join(complaints, "; "))
	}
}

// textsJS are the words of a page: its text, what stands in its fields, and its labels.
const textsJS = `[document.body.innerText, ...[...document.querySelectorAll('input, textarea, [aria-label]')].filter(e => e.checkVisibility())
	.flatMap(e => [e.type === 'checkbox' || e.type === 'radio' ? '' : e.value || '', e.ariaLabel || ''])].join('\n')`

// look reads the page.
func (w *walk) look() {
	w.t.Helper()
	var text string
	w.Eval(textsJS, &text)
	w.seen.WriteString(blanks.ReplaceAllString(text, " ") + "\n")
}

// told ends the tour when the README does not tell of something that has to be done.
func (w *walk) told(words string) {
	w.t.Helper()
	if !selectors.MatchString(words) && !strings.Contains(w.step, words) {
		w.t.Fatalf("the README does not tell of %q: %s", words, w.step)
	}
}

func (w *walk) Click(target string)   { w.told(target); w.look(); w.Page.Click(target); w.look() }
func (w *walk) Check(target string)   { w.told(target); w.look(); w.Page.Check(target) }
func (w *walk) Uncheck(target string) { w.told(target); w.look(); w.Page.Uncheck(target) }

func (w *walk) Fill(field, value string) {
	w.told(field)
	w.told(value)
	w.Page.Fill(field, value)
}

func (w *walk) Select(field, option string) {
	w.told(field)
	w.told(option)
	w.Page.Select(field, option)
	w.look()
}

// pick writes into the box of a relation and takes what is found first.
func (w *walk) pick(field, name string) {
	w.Fill(field, name)
	w.Click("css:[role=listbox]:not([hidden]) [role=option]")
}

// signIn fills in the sign-in page.
func (w *walk) signIn(login, password string) {
	w.told("`" + login + "` (`" + password + "`)")
	w.look()
	w.Page.Fill("[name=login]", login)
	w.Page.Fill("[name=password]", password)
	w.Submit()
	w.look()
}

// top scrolls the card of a field to the top of the window, below what stays there.
func (w *walk) top(selector string) {
	w.Eval(fmt.Sprintf(`scrollBy({top: document.querySelector(%q).closest('.card').getBoundingClientRect().top - 68, behavior: 'instant'})`, strings.TrimPrefix(selector, "css:")), nil)
}

// picture takes one of the README.
func (w *walk) picture(name string) {
	w.t.Helper()
	file := filepath.Join(w.out, name+".png")
	w.Screenshot(file)
	if err := shrink(file); err != nil {
		w.t.Fatalf("%v", err)
	}
}
