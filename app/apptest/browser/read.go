package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Text is all the text that is to be seen, as it would be copied.
func (p *Page) Text() string {
	p.t.Helper()
	var s string
	p.Eval("document.body ? document.body.innerText : ''", &s)
	return s
}

// Title is the title of the page.
func (p *Page) Title() string {
	p.t.Helper()
	var s string
	p.Eval("document.title", &s)
	return s
}

// URL is where the page is.
func (p *Page) URL() string {
	p.t.Helper()
	var s string
	p.Eval("document.URL", &s)
	return s
}

// Eval evaluates an expression in the page and decodes its JSON value into out,
// which may be nil. It works where scripts are off and past the page's policy.
func (p *Page) Eval(expression string, out any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, answerLimit)
	defer cancel()
	if err := evaluate(ctx, expression, out); err != nil {
		p.fail("Eval(%s): %v", expression, err)
	}
}

// Visible reports whether a selector, or else a text, is to be seen now.
func (p *Page) Visible(target string) bool {
	p.t.Helper()
	var yes bool
	p.Eval(script("seen", target), &yes)
	return yes
}

// WaitFor waits until a selector, or else a text, is to be seen.
func (p *Page) WaitFor(target string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("WaitFor(%q)", target), script("seen", target))
}

// WaitGone waits until a selector, or else a text, is not to be seen any more.
func (p *Page) WaitGone(target string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("WaitGone(%q)", target), "!"+script("seen", target))
}

// wait looks until the expression is true and no load is under way.
func (p *Page) wait(what, expression string) {
	p.t.Helper()
	p.act(what, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, p.opts.Patience)
		defer cancel()
		for {
			var yes bool
			if err := evaluate(ctx, expression, &yes); err == nil && yes {
				return nil
			}
			if !pause(ctx) {
				return fmt.Errorf("not within %s", p.opts.Patience)
			}
		}
	})
}

// Value is what the field with that label holds.
func (p *Page) Value(field string) string {
	p.t.Helper()
	return p.ask(fmt.Sprintf("Value(%q)", field), "valueOf", field).Value
}

// Checked reports whether the box with that label is ticked.
func (p *Page) Checked(label string) bool {
	p.t.Helper()
	return p.ask(fmt.Sprintf("Checked(%q)", label), "isTicked", label).On
}

func (p *Page) ask(what, function string, args ...any) answer {
	p.t.Helper()
	a, err := p.poll(p.ctx, function, args...)
	if err != nil {
		p.fail("%s: %v", what, err)
	}
	return a
}

// Console is every complaint since the window opened: console errors, uncaught
// exceptions, requests that failed, violations of the content security policy,
// alerts. A whole page that answers with an error status is none.
func (p *Page) Console() []string {
	p.t.Helper()
	p.Eval("0", nil) // what the page said before this has arrived after it
	return p.watch.complaints()
}

// SidewaysScroll reports whether the page is wider than its window.
func (p *Page) SidewaysScroll() bool {
	p.t.Helper()
	var width struct{ Scroll, Client int }
	p.Eval("({Scroll: document.documentElement.scrollWidth, Client: document.documentElement.clientWidth})", &width)
	return width.Scroll > width.Client || width.Client > p.opts.Width
}

// TransferSize is how many bytes, headers included and as compressed, the page
// that is shown and all it needed have taken. A fresh window has no cache.
func (p *Page) TransferSize() int {
	p.t.Helper()
	p.Eval("0", nil)
	return p.watch.transferred()
}

// Screenshot writes a PNG of the window to a file, whose directory it makes.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	p.picture(file, false)
}

// FullScreenshot writes a PNG of the whole page, however long it is.
func (p *Page) FullScreenshot(file string) {
	p.t.Helper()
	p.picture(file, true)
}

func (p *Page) picture(file string, whole bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, navigationLimit)
	defer cancel()
	if err := p.shoot(ctx, file, whole); err != nil {
		p.fail("Screenshot(%q): %v", file, err)
	}
}

func (p *Page) shoot(ctx context.Context, file string, whole bool) error {
	res, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &whole,
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, res.Data, 0o644)
}
