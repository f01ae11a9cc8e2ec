package browser_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest/browser"
)

// pages are what the site of these tests shows, by path.
var pages = map[string]string{
	"/": `<h1>Start</h1><p><a href="/form">To the form</a> <a href="/form#there">Down there</a></p>`,
	"/form": `<h1>Form</h1><form method="post" action="/sent">
		<p><label>Your name <input name="name"></label>
		<p><label for="mail">E-mail</label> <input id="mail" name="mail" type="email">
		<p><label>Born <input name="born" type="date"></label>
		<p><label for="land">Country</label> <select id="land" name="land"><option value="">–<option value="fr">France<option value="gb">United Kingdom</select>
		<p><label><input type="checkbox" name="news" style="opacity:0;position:absolute"> Send me news</label>
		<p><label><input type="checkbox" name="terms" checked> I agree</label>
		<p><label>Note <textarea name="note">old text</textarea></label>
		<p><button name="do" value="send">Send <span aria-hidden="true">→</span></button> <button name="do" value="drop">Drop it</button></form>`,
	"/bad":   `<h1>Bad</h1><img src="/dot.png"><p>the rest is fine</p>`,
	"/wide":  `<h1>Wide</h1><div style="width:2000px">a plank</div>`,
	"/error": `<h1>Errors</h1><script src="/throw.js"></script><img alt="gone" src="/gone.png"><script>document.title = "inline ran"</script>`,
	"/late":  `<h1>Late</h1><button id="more">More</button><dialog id="box"><h2>A box</h2><button id="shut">Close</button></dialog><script src="/late.js"></script>`,
	"/cover": `<h1>Cover</h1><button>Under</button><div style="position:fixed;inset:0"></div>`,
	"/twins": `<h1>Twins</h1><button>Delete</button> <button>Delete</button> <button disabled>Asleep</button>`,
}

var files = map[string]string{
	"/throw.js": `console.error("planted", 7); throw new Error("thrown on purpose")`,
	"/late.js": `const box = document.getElementById("box");
		document.getElementById("more").addEventListener("click", () => fetch("/slow").then(r => r.text()).then(t => { box.querySelector("h2").textContent = t; box.showModal() }));
		document.getElementById("shut").addEventListener("click", () => box.close());`,
}

func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	for path, body := range pages {
		if path == "/" {
			path = "/{$}"
		}
		mux.HandleFunc("GET "+path, show(body))
	}
	for path, text := range files {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, text)
		})
	}
	mux.HandleFunc("POST /sent", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		http.SetCookie(w, &http.Cookie{Name: "said", Value: "yes", Path: "/"})
		show("<h1>Sent</h1><pre>"+html.EscapeString(r.PostForm.Encode())+"</pre>")(w, r)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fetched words") })
	mux.HandleFunc("GET /no", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<title>No</title><h1>Not for you</h1>")
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("said")
		show(fmt.Sprintf("<h1>Who</h1><p>cookie %t, language %s</p>", err == nil, r.Header.Get("Accept-Language")))(w, r)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// show answers with a page as strict as those of the product.
func show(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; form-action 'self'")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>Test</title><meta name="viewport" content="width=device-width"></head><body><main>%s</main></body></html>`, body)
	}
}

func TestStory(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]browser.Options{
		"Desktop": {}, "Phone": {Phone: true}, "NoScript": {NoScript: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := site(t)
			p := browser.New(t).Page(t, o)
			p.Open(url + "/")
			p.Click("To the form")
			p.Fill("Your name", "Anna")
			p.Fill("#mail", "anna@example.com")
			p.Fill("Born", "1990-02-03")
			p.Select("Country", "France")
			p.Check("Send me news")
			p.Uncheck("I agree")
			p.Fill("Note", "new & better")
			if !p.Checked("Send me news") || p.Checked("I agree") {
				t.Errorf("ticks: news %t, agree %t; want true, false", p.Checked("Send me news"), p.Checked("I agree"))
			}
			if got := p.Value("Note"); got != "new & better" {
				t.Errorf("the note holds %q", got)
			}
			p.Click("Send")
			want := "born=1990-02-03&do=send&land=fr&mail=anna%40example.com&name=Anna&news=on&note=new+%26+better"
			if got := p.Text(); !strings.Contains(got, want) {
				t.Errorf("the server received\n%s\nwant\n%s", got, want)
			}
			if got := p.URL(); got != url+"/sent" {
				t.Errorf("URL() = %s", got)
			}
			if c := p.Cookies(); len(c) != 1 || c[0].Name != "said" {
				t.Errorf("Cookies() = %v, want the one called said", c)
			}
			p.Back()
			if !p.Visible("Form") || p.Visible("Sent") {
				t.Errorf("after Back the page shows %s", p.Text())
			}
			if errs := p.Console(); len(errs) > 0 {
				t.Errorf("the console complains: %q", errs)
			}
		})
	}
}

func TestSubmitAndKeys(t *testing.T) {
	t.Parallel()
	url := site(t)
	p := browser.New(t).Page(t, browser.Options{})
	p.Open(url + "/form")
	p.Fill("Your name", "Bo")
	p.Fill("Your name", "")
	p.Press("x", "Shift+Tab", "Tab", "Enter")
	if got := p.Text(); !strings.Contains(got, "name=x") {
		t.Errorf("Enter in a field sent %s", got)
	}
	p.Open(url + "/form")
	p.Submit()
	if got := p.Text(); !strings.Contains(got, "do=send") {
		t.Errorf("Submit sent %s", got)
	}
}

func TestEveryClickWaitsForItsPage(t *testing.T) {
	t.Parallel()
	url := site(t)
	p := browser.New(t).Page(t, browser.Options{})
	for i := range 10 {
		p.Open(url + "/form")
		p.Click("Send")
		if got := p.URL(); got != url+"/sent" {
			t.Fatalf("round %d: after Click the page was still %s", i, got)
		}
		p.Open(url + "/")
		p.Click("Down there")
		if got := p.URL(); got != url+"/form#there" {
			t.Fatalf("round %d: after Click the page was still %s", i, got)
		}
		p.Open(url + "/form")
	}
}

func TestPagesAreApart(t *testing.T) {
	t.Parallel()
	url, b := site(t), browser.New(t)
	one, other := b.Page(t, browser.Options{}), b.Page(t, browser.Options{Lang: "fr", Dark: true})
	one.Open(url + "/form")
	one.Submit()
	one.Open(url + "/who")
	other.Open(url + "/who")
	if got := one.Text(); !strings.Contains(got, "cookie true, language en") {
		t.Errorf("the window that sent the form: %s", got)
	}
	if got := other.Text(); !strings.Contains(got, "cookie false, language fr") {
		t.Errorf("the other window: %s", got)
	}
	var dark bool
	other.Eval("matchMedia('(prefers-color-scheme: dark)').matches", &dark)
	if !dark {
		t.Error("Dark does not ask for the dark colours")
	}
}

func TestScriptedPage(t *testing.T) {
	t.Parallel()
	p := browser.New(t).Page(t, browser.Options{})
	p.Open(site(t) + "/late")
	p.Click("More")
	p.WaitFor("fetched words")
	p.Click("Close")
	p.WaitGone("#box")
}

func TestConsole(t *testing.T) {
	t.Parallel()
	url := site(t)
	t.Run("EveryKindOfComplaint", func(t *testing.T) {
		t.Parallel()
		p := browser.New(t).Page(t, browser.Options{})
		p.Open(url + "/error")
		all := strings.Join(p.Console(), "\n")
		for _, want := range []string{"planted 7", "thrown on purpose", "/gone.png", "Content Security Policy"} {
			if !strings.Contains(all, want) {
				t.Errorf("Console() does not report %q:\n%s", want, all)
			}
		}
		if got := p.Title(); got != "Test" {
			t.Errorf("an inline script ran past the policy: title %q", got)
		}
	})
	t.Run("NotForAPageThatRefuses", func(t *testing.T) {
		t.Parallel()
		p := browser.New(t).Page(t, browser.Options{})
		p.Open(url + "/no")
		if errs := p.Console(); len(errs) > 0 {
			t.Errorf("Console() = %q, want nothing", errs)
		}
		if got := p.Status(); got != http.StatusForbidden {
			t.Errorf("Status() = %d, want 403", got)
		}
	})
}

func TestAxe(t *testing.T) {
	t.Parallel()
	url := site(t)
	for _, noScript := range []bool{false, true} {
		t.Run(fmt.Sprintf("NoScript=%t", noScript), func(t *testing.T) {
			t.Parallel()
			p := browser.New(t).Page(t, browser.Options{NoScript: noScript})
			p.Open(url + "/bad")
			found := p.Axe()
			if len(found) != 1 || found[0].ID != "image-alt" || len(found[0].Nodes) != 1 {
				t.Errorf("Axe() = %v, want image-alt alone", found)
			}
			p.Open(url + "/")
			if found := p.Axe(); len(found) > 0 {
				t.Errorf("a faultless page breaks %v", found)
			}
		})
	}
}

func TestMeasures(t *testing.T) {
	t.Parallel()
	url := site(t)
	for _, phone := range []bool{false, true} {
		t.Run(fmt.Sprintf("SidewaysScroll/Phone=%t", phone), func(t *testing.T) {
			t.Parallel()
			p := browser.New(t).Page(t, browser.Options{Phone: phone})
			p.Open(url + "/wide")
			if !p.SidewaysScroll() {
				t.Error("a plank of 2000 pixels is not noticed")
			}
			p.Open(url + "/form")
			if p.SidewaysScroll() {
				t.Error("the form is said to be too wide")
			}
		})
	}
	t.Run("TransferSize", func(t *testing.T) {
		t.Parallel()
		p := browser.New(t).Page(t, browser.Options{})
		p.Open(url + "/late")
		page, script := len(pages["/late"]), len(files["/late.js"])
		if got := p.TransferSize(); got < page+script || got > page+script+2000 {
			t.Errorf("TransferSize() = %d, want a little over %d", got, page+script)
		}
	})
	t.Run("Screenshot", func(t *testing.T) {
		t.Parallel()
		p := browser.New(t).Page(t, browser.Options{Phone: true})
		p.Open(url + "/")
		file := filepath.Join(t.TempDir(), "deep", "shot.png")
		p.Screenshot(file)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := png.DecodeConfig(bytes.NewReader(b))
		if err != nil || c.Width != 390 || c.Height != 844 {
			t.Errorf("the picture is %d × %d (%v), want 390 × 844", c.Width, c.Height, err)
		}
	})
}

// recorder is a test that notes how it failed.
type recorder struct {
	testing.TB
	message string
}

var errStopped = errors.New("stopped")

func (r *recorder) Fatalf(format string, args ...any) {
	r.message = fmt.Sprintf(format, args...)
	panic(errStopped)
}

// failure is what do says when it fails.
func failure(t *testing.T, do func(r *recorder)) string {
	t.Helper()
	r := &recorder{TB: t}
	func() {
		defer func() {
			if e := recover(); e != nil && e != errStopped {
				panic(e)
			}
		}()
		do(r)
	}()
	if r.message == "" {
		t.Error("it did not fail")
	}
	return r.message
}

func TestFailuresSayWhatWasThere(t *testing.T) {
	t.Parallel()
	url := site(t)
	for _, c := range []struct {
		name, path string
		do         func(p *browser.Page)
		want       []string
	}{
		{"ErrNoSuchWords", "/", func(p *browser.Page) { p.Click("Nowhere") }, []string{`Click("Nowhere")`, "To the form", "the page shows", "Start"}},
		{"ErrCovered", "/cover", func(p *browser.Page) { p.Click("Under") }, []string{"is covered by <div"}},
		{"ErrTwoOfAName", "/twins", func(p *browser.Page) { p.Click("Delete") }, []string{"2 things are called “Delete”"}},
		{"ErrDisabled", "/twins", func(p *browser.Page) { p.Click("Asleep") }, []string{"“Asleep” is disabled"}},
		{"ErrNoSuchOption", "/form", func(p *browser.Page) { p.Select("Country", "Mars") }, []string{"offers no “Mars”", "United Kingdom"}},
		{"ErrNeverAppears", "/", func(p *browser.Page) { p.WaitFor("Godot") }, []string{`WaitFor("Godot")`, "not within"}},
		{"ErrUnreachable", "/", func(p *browser.Page) { p.Open("http://127.0.0.1:1/") }, []string{"ERR_"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := browser.New(t)
			message := failure(t, func(r *recorder) {
				p := b.Page(r, browser.Options{Patience: time.Second})
				p.Open(url + c.path)
				c.do(p)
			})
			for _, want := range append(slices.Clone(c.want), "at ") {
				if !strings.Contains(message, want) {
					t.Errorf("the failure does not say %q:\n%s", want, message)
				}
			}
		})
	}
}
