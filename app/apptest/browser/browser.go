// Package browser tells what a person does with a page, in a real Chromium.
//
// One headless browser serves a whole test process; every Page in it is a
// private window with cookies of its own, so stories may run in parallel:
//
//	p := browser.New(t).Page(t, browser.Options{Phone: true})
//	p.Open(server.URL)
//	p.Fill("E-mail", "anna@example.com")
//	p.Click("Sign in")
//	if got := p.Title(); got != "Home" { … }
//
// A method that cannot do its work fails the test and says where the page was,
// what it showed and what its console complained about. With TESSERA_SHOTS set
// to a directory, a picture of that moment is kept there.
//
// Without a browser on the machine New skips the test, or fails it when
// TESSERA_TEST_REQUIRE=all. TESSERA_TEST_BROWSER=off skips every browser test,
// whatever else is required: the race run uses it.
package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// TB is what a page needs of a test; testing.TB has it, and a program that wants
// pictures of pages can have it.
type TB interface {
	Helper()
	Name() string
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Browser is one running Chromium. Its methods may be called in parallel.
type Browser struct {
	ctx       context.Context
	cancel    context.CancelFunc
	userAgent string
	dir       string
	reaper    io.Closer
}

// shared is the browser of this process, started by whichever test comes first.
var shared = sync.OnceValues(Start)

// New returns the browser of this test process and starts it on first use. It
// ends with the process. When there is none to start, the test is skipped, or
// failed under TESSERA_TEST_REQUIRE=all.
func New(t testing.TB) *Browser {
	t.Helper()
	if os.Getenv("TESSERA_TEST_BROWSER") == "off" {
		t.Skip("browser: TESSERA_TEST_BROWSER=off")
	}
	b, err := shared()
	if errors.Is(err, ErrNoBrowser) {
		dbtest.Require(t, "a browser", false, err.Error())
	}
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	return b
}

// ErrNoBrowser says that no program that Start could run was found.
var ErrNoBrowser = errors.New("found neither chromium nor google-chrome on PATH")

// programs are the names a Chromium goes by, in order of preference.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// startLimit bounds the start of Chromium, which takes half a second on a quiet machine.
const startLimit = time.Minute

// Start starts a browser of its own, for programs. Whoever calls it calls Close.
func Start() (*Browser, error) {
	path := ""
	for _, name := range programs {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, ErrNoBrowser
	}
	dir, err := os.MkdirTemp("", "tessera-browser-")
	if err != nil {
		return nil, fmt.Errorf("making a profile directory: %w", err)
	}
	b := &Browser{dir: dir}
	if b.reaper, err = reapAtExit(dir); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags(path, dir)...)
	ctx, cancel := chromedp.NewContext(allocator)
	b.ctx, b.cancel = ctx, func() { cancel(); stop() }
	timer := time.AfterFunc(startLimit, cancel)
	err = chromedp.Do(ctx)
	if !timer.Stop() && err == nil {
		err = fmt.Errorf("did not start within %s", startLimit)
	}
	if err == nil {
		var v browser.GetVersionResult
		v, err = chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
		b.userAgent = v.UserAgent
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return b, nil
}

// flags are a quiet browser that contacts nobody by itself, and keeps no processes ready:
// those for pages that may come, or come back, cost a third of the tests' time.
func flags(path, dir string) []chromedp.ExecAllocatorOption {
	on := []string{
		"disable-gpu", "disable-quic", "disable-background-networking", "disable-component-update",
		"disable-sync", "disable-extensions", "disable-default-apps", "disable-breakpad",
		"disable-domain-reliability", "disable-client-side-phishing-detection", "metrics-recording-only",
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows",
		"disable-renderer-backgrounding", "disable-hang-monitor", "disable-dev-shm-usage",
		"disable-search-engine-choice-screen", "hide-scrollbars", "mute-audio", "disable-back-forward-cache",
	}
	o := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		chromedp.Headless,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,AutofillServerCommunication,BackForwardCache,ProactivelySwapBrowsingInstance,SpareRendererForSitePerProcess"),
	}
	for _, name := range on {
		o = append(o, chromedp.Flag(name, true))
	}
	if os.Getuid() == 0 { // Chromium's sandbox refuses to run as root
		o = append(o, chromedp.NoSandbox)
	}
	return o
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() error {
	if b.cancel != nil {
		b.cancel()
	}
	err := os.RemoveAll(b.dir)
	b.reaper.Close()
	return err
}

// reapAtExit removes the profile directory when this process ends, however it
// ends: Chromium itself goes with the process, its files would stay. A shell
// waits on a pipe that nobody writes to and that closes with us. It looks for two
// seconds, since a dying child of Chromium may write its cache once more.
func reapAtExit(dir string) (io.Closer, error) {
	script := `read -r _; for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do rm -rf -- "$0" 2>/dev/null; sleep 0.1; done`
	cmd := exec.Command("sh", "-c", script, dir)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the shell that removes %s: %w", dir, err)
	}
	go cmd.Wait()
	return pipe, nil
}
