package e2e_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	page "golang.org/x/net/html"
)

// browser is a person's: it keeps cookies and follows redirects.
type browser struct {
	t      testing.TB
	client *http.Client
}

func newBrowser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t, &http.Client{Jar: jar, Transport: transport, Timeout: patience}}
}

// view is a page that was reached.
type view struct {
	t      testing.TB
	at     *url.URL
	status int
	header http.Header
	body   string
}

// String is what a failure says of the page.
func (p *view) String() string {
	if p == nil {
		return "no answer"
	}
	return fmt.Sprintf("%d %.300s", p.status, p.body)
}

func (b *browser) send(r *http.Request) *view {
	b.t.Helper()
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return &view{b.t, res.Request.URL, res.StatusCode, res.Header, string(body)}
}

func (b *browser) get(url string) *view {
	b.t.Helper()
	return b.send(request(b.t, http.MethodGet, url, nil))
}

// submit sends a form as a browser does from a page.
func (b *browser) submit(from *view, f form) *view {
	b.t.Helper()
	to, err := from.at.Parse(f.action)
	if err != nil {
		b.t.Fatal(err)
	}
	r := request(b.t, http.MethodPost, to.String(), f.fields)
	r.Header.Set("Origin", from.at.Scheme+"://"+from.at.Host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func request(t testing.TB, method, url string, form url.Values) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,*/*;q=0.8")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// signIn fills the sign-in page and returns what follows it.
func (b *browser) signIn(s *server, login, password string) *view {
	b.t.Helper()
	return b.fillSignIn(b.get(s.base+"/signin"), login, password)
}

func (b *browser) fillSignIn(p *view, login, password string) *view {
	b.t.Helper()
	f := p.want(http.StatusOK).form("/signin")
	f.fields.Set("login", login)
	f.fields.Set("password", password)
	return b.submit(p, f)
}

// want ends the test unless the page has the status and every text.
func (p *view) want(status int, texts ...string) *view {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s answers %d, want %d: %.600s", p.at, p.status, status, p.body)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(p.body), text) {
			p.t.Fatalf("%s lacks %q: %.2000s", p.at, text, p.body)
		}
	}
	return p
}

// object reads JSON.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%q is no JSON object: %v", text, err)
	}
	return out
}

// form is what a form of a page would send, without its buttons.
type form struct {
	action string
	fields url.Values
	fixed  []string // boxes that are ticked and cannot be unticked
}

// form reads the form of the page whose action begins with a path.
func (p *view) form(action string) form {
	p.t.Helper()
	doc, err := page.Parse(strings.NewReader(p.body))
	if err != nil {
		p.t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data == "form" && strings.HasPrefix(attribute(n, "action"), action) {
			return readForm(n)
		}
	}
	p.t.Fatalf("%s (%d) has no form to %s: %.1500s", p.at, p.status, action, p.body)
	return form{}
}

func readForm(n *page.Node) form {
	f := form{action: attribute(n, "action"), fields: url.Values{}}
	for in := range n.Descendants() {
		if in.Data != "input" {
			continue
		}
		name, value := attribute(in, "name"), attribute(in, "value")
		switch {
		case attribute(in, "type") != "checkbox":
			f.fields.Add(name, value)
		case has(in, "disabled"):
			f.fixed = append(f.fixed, value)
		case has(in, "checked"):
			f.fields.Add(name, value)
		}
	}
	return f
}

func attribute(n *page.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *page.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// part reads the text of the element with an id, as the example client shows it.
func (p *view) part(id string) string {
	p.t.Helper()
	doc, err := page.Parse(strings.NewReader(p.body))
	if err != nil {
		p.t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == page.ElementNode && attribute(n, "id") == id {
			var text strings.Builder
			for c := range n.Descendants() {
				if c.Type == page.TextNode {
					text.WriteString(c.Data)
				}
			}
			return text.String()
		}
	}
	p.t.Fatalf("%s (%d) shows no %s: %.1500s", p.at, p.status, id, p.body)
	return ""
}
