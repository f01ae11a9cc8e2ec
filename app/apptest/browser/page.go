package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Options say on what, and how, a person looks at the page.
type Options struct {
	// Width and Height of the window in CSS pixels; 1440 × 900 when zero.
	Width, Height int
	// Phone is a touch screen of 390 × 844.
	Phone bool
	// Dark asks for the dark colour scheme.
	Dark bool
	// NoScript turns the page's scripts off. Everything here works without them.
	NoScript bool
	// Lang is the preferred language as in Accept-Language, such as "fr"; English when empty.
	Lang string
	// Scale is the number of device pixels a CSS pixel; 1 when zero.
	Scale float64
	// Patience is how long the person waits for something to appear; 10 s when zero.
	Patience time.Duration
}

// Page is one private window with one tab. It belongs to one test and is not
// for use from several goroutines.
type Page struct {
	t     TB
	ctx   context.Context
	opts  Options
	watch *watch
}

const (
	// navigationLimit bounds opening a page and what follows a click.
	navigationLimit = 30 * time.Second
	// answerLimit bounds a question that needs no waiting.
	answerLimit = 10 * time.Second
	// glance is the time between two looks at the page.
	glance = 20 * time.Millisecond
)

// Page opens a private window; it closes when the test ends.
func (b *Browser) Page(t TB, o Options) *Page {
	t.Helper()
	o = o.withDefaults()
	p := &Page{t: t, opts: o, watch: newWatch()}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.watch.event))
	p.ctx = ctx
	t.Cleanup(cancel)
	timer := time.AfterFunc(startLimit, cancel)
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		p.watch.main = cdp.FrameID(tab.TargetID)
		p.watch.answerDialogs(ctx, tab)
		return p.emulate(ctx, tab, b.userAgent)
	}))
	timer.Stop()
	if err != nil {
		t.Fatalf("browser: opening a window: %v", err)
	}
	return p
}

func (o Options) withDefaults() Options {
	if o.Phone {
		o.Width, o.Height = 390, 844
	}
	if o.Width == 0 {
		o.Width = 1440
	}
	if o.Height == 0 {
		o.Height = 900
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Patience == 0 {
		o.Patience = answerLimit
	}
	if o.Lang == "" {
		o.Lang = "en"
	}
	return o
}

// emulate makes the window what the options say. Motion is reduced, so that a
// picture or a click never meets a half-way state.
func (p *Page) emulate(ctx context.Context, tab *chromedp.Target, userAgent string) error {
	scheme := "light"
	if p.opts.Dark {
		scheme = "dark"
	}
	_, err1 := cdp.Call(ctx, tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(p.opts.Width), Height: int64(p.opts.Height), DeviceScaleFactor: p.opts.Scale, Mobile: p.opts.Phone,
	})
	_, err2 := cdp.Call(ctx, tab, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: p.opts.Phone})
	_, err3 := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	_, err4 := cdp.Call(ctx, tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: userAgent, AcceptLanguage: p.opts.Lang})
	_, err5 := cdp.Call(ctx, tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return errors.Join(err1, err2, err3, err4, err5, setScripts(ctx, tab, !p.opts.NoScript))
}

func setScripts(ctx context.Context, tab *chromedp.Target, on bool) error {
	_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	return err
}

// Open goes to a URL and waits until the page has loaded. A page that answers
// with an error status opens like any other; one that cannot be reached fails.
func (p *Page) Open(url string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, navigationLimit)
	defer cancel()
	p.watch.expect()
	res, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: url})
	if err == nil && res.LoaderID == "" { // only the fragment changed
		p.watch.forget()
	}
	if err == nil && res.ErrorText != "" && res.ErrorText != "net::ERR_HTTP_RESPONSE_CODE_FAILURE" {
		err = errors.New(res.ErrorText)
	}
	if err == nil {
		err = p.settle(ctx)
	}
	if err != nil {
		p.fail("Open(%q): %v", url, err)
	}
}

// Reload loads the page again, as the browser's button does.
func (p *Page) Reload() {
	p.t.Helper()
	p.act("Reload()", func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, page.Reload, page.ReloadParams{})
		return err
	})
}

// Back goes back one page. That page may be gone before it has answered.
func (p *Page) Back() {
	p.t.Helper()
	p.act("Back()", func(ctx context.Context) error {
		err := evaluate(ctx, "history.back()", nil)
		if err != nil && strings.Contains(err.Error(), "Inspected target navigated") {
			return nil
		}
		return err
	})
}

// Status is the HTTP status of the page that is shown, 0 when it came without one.
func (p *Page) Status() int { return p.watch.documentStatus() }

// Header is a response header of the page that is shown, "" without it.
func (p *Page) Header(name string) string { return p.watch.documentHeader(name) }

// Cookies are the cookies that the browser would send to the page's address.
func (p *Page) Cookies() []*network.Cookie {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, answerLimit)
	defer cancel()
	res, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		p.fail("Cookies(): %v", err)
	}
	return res.Cookies
}

// act does one thing and waits until whatever page load it started is over.
func (p *Page) act(what string, do func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, navigationLimit)
	defer cancel()
	err := do(ctx)
	if err == nil {
		err = p.settle(ctx)
	}
	if err != nil {
		p.fail("%s: %v", what, err)
	}
}

// settle waits until no page load is under way. The renderer announces a load
// before it answers a later question; sending a form is a task of its own that
// runs between two questions. So three complete answers in a row mean: at rest.
func (p *Page) settle(ctx context.Context) error {
	for calm := 0; calm < 3; {
		var state string
		err := evaluate(ctx, "document.readyState", &state)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("the page was still loading after %s", navigationLimit)
		case p.watch.busy():
			calm = 0
			select {
			case <-p.watch.idle():
			case <-ctx.Done():
			}
		case err != nil || state != "complete":
			calm = 0
			pause(ctx)
		default:
			calm++
		}
	}
	return nil
}

// fail ends the test with all that a person could see.
func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	text, url := "(could not be read)", "(unknown)"
	ctx, cancel := context.WithTimeout(p.ctx, answerLimit)
	defer cancel()
	_ = evaluate(ctx, "document.URL", &url)
	_ = evaluate(ctx, "document.body ? document.body.innerText : ''", &text)
	var s strings.Builder
	fmt.Fprintf(&s, format, args...)
	fmt.Fprintf(&s, "\nat %s\nthe page shows:\n%s", url, indent(text))
	if errs := p.watch.complaints(); len(errs) > 0 {
		fmt.Fprintf(&s, "\nits console says:\n%s", indent(strings.Join(errs, "\n")))
	}
	if dir := os.Getenv("TESSERA_SHOTS"); dir != "" {
		file := filepath.Join(dir, unsafeInFile.ReplaceAllString(p.t.Name(), "_")+".failed.png")
		if err := p.shoot(ctx, file, false); err == nil {
			fmt.Fprintf(&s, "\npicture: %s", file)
		}
	}
	p.t.Fatalf("%s", s.String())
}

var unsafeInFile = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// indent shortens a page's text to what fits a failure message.
func indent(s string) string {
	const most = 3000
	if len(s) > most {
		s = s[:most] + " …"
	}
	return "    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ")
}
