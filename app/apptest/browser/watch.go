package browser

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch keeps what the browser reports about one tab while nobody asks.
type watch struct {
	mu   sync.Mutex
	main cdp.FrameID

	// requested: a load was announced; loading: it is under way.
	requested, loading bool
	quiet              chan struct{} // closed when the load under way ends

	errors    []string
	documents map[network.RequestID]bool // requests of whole pages
	urls      map[network.RequestID]string
	bytes     float64
	status    int
	headers   map[string]string
	dialogs   chan *page.EventJavascriptDialogOpening
}

func newWatch() *watch {
	return &watch{
		quiet:     make(chan struct{}),
		documents: map[network.RequestID]bool{},
		urls:      map[network.RequestID]string{},
		dialogs:   make(chan *page.EventJavascriptDialogOpening, 16),
	}
}

// event runs inside the loop that reads the browser's messages: it only takes notes.
func (w *watch) event(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := ev.(type) {
	case *page.EventFrameRequestedNavigation:
		if e.FrameID == w.main && e.Disposition == page.ClientNavigationDispositionCurrentTab {
			w.requested = true
		}
	case *page.EventFrameStartedLoading:
		if e.FrameID == w.main {
			w.loading = true
		}
	case *page.EventFrameStoppedLoading:
		if e.FrameID == w.main {
			w.settled()
		}
	case *page.EventNavigatedWithinDocument:
		if e.FrameID == w.main && !w.loading {
			w.settled()
		}
	case *page.EventJavascriptDialogOpening:
		if e.Type != page.DialogTypeBeforeunload {
			w.errors = append(w.errors, fmt.Sprintf("%s dialog: %s", e.Type, e.Message))
		}
		w.dialogs <- e
	default:
		w.network(ev)
		w.console(ev)
	}
}

// settled ends the load under way and wakes whoever waits for that.
func (w *watch) settled() {
	w.requested, w.loading = false, false
	close(w.quiet)
	w.quiet = make(chan struct{})
}

func (w *watch) network(ev any) {
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		w.urls[e.RequestID] = e.Request.URL
		if e.Type == network.ResourceTypeDocument && e.FrameID == w.main {
			w.documents[e.RequestID] = true
			if e.RedirectResponse == nil {
				w.bytes = 0
			}
		}
	case *network.EventResponseReceived:
		if w.documents[e.RequestID] {
			w.status, w.headers = int(e.Response.Status), map[string]string{}
			for name, value := range e.Response.Headers {
				w.headers[strings.ToLower(name)] = fmt.Sprint(value)
			}
		}
	case *network.EventLoadingFinished:
		w.bytes += e.EncodedDataLength
	case *network.EventLoadingFailed:
		// The browser cancels what a new page makes pointless.
		if !e.Canceled {
			w.errors = append(w.errors, fmt.Sprintf("%s: %s %s", e.ErrorText, w.urls[e.RequestID], e.BlockedReason))
		}
	}
}

func (w *watch) console(ev any) {
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.errors = append(w.errors, "console: "+arguments(e.Args))
		}
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		text := d.Text
		if d.Exception != nil && d.Exception.Description != "" {
			text = d.Exception.Description
		}
		w.errors = append(w.errors, fmt.Sprintf("uncaught: %s (%s:%d)", text, d.URL, d.LineNumber+1))
	case *log.EventEntryAdded:
		// A whole page that answers 403 is a page like any other.
		if e.Entry.Level == log.EntryLevelError && !w.documents[e.Entry.NetworkRequestID] {
			w.errors = append(w.errors, strings.TrimSpace(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)))
		}
	}
}

func arguments(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		if a.Description != "" {
			words = append(words, a.Description)
			continue
		}
		words = append(words, strings.Trim(string(a.Value), `"`))
	}
	return strings.Join(words, " ")
}

// answerDialogs agrees to every alert and confirmation, which would stop the page.
func (w *watch) answerDialogs(ctx context.Context, tab *chromedp.Target) {
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.dialogs:
				_, _ = cdp.Call(ctx, tab, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}
		}
	}()
}

// expect notes that a load is about to be asked for.
func (w *watch) expect() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requested = true
}

// forget takes expect back.
func (w *watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requested = false
}

func (w *watch) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requested || w.loading
}

// idle is closed when the load under way ends, at once when there is none.
func (w *watch) idle() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.requested && !w.loading {
		done := make(chan struct{})
		close(done)
		return done
	}
	return w.quiet
}

func (w *watch) complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.errors...)
}

func (w *watch) transferred() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.bytes)
}

func (w *watch) documentStatus() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

func (w *watch) documentHeader(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.headers[strings.ToLower(name)]
}
