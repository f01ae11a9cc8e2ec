package screen_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tessera-erp/tessera/app/web"
)

func pick(app *web.Application) func(*http.Request) *web.Application {
	return func(*http.Request) *web.Application { return app }
}

// counted makes the routes count their statements when a test asks for it.
func (h *house) counted(routes []web.Route) []web.Route {
	for i := range routes {
		serve := routes[i].Handle
		routes[i].Handle = func(c *web.Ctx) error {
			if c.Request().Header.Get("X-Count") != "" {
				ctx, counter := h.DB.CountQueries(c.Env.Context)
				c.Env, h.count.counter = c.Env.In(ctx), counter
			}
			return serve(c)
		}
	}
	return routes
}

// browser is one signed-in person with cookies, who follows redirects.
type browser struct {
	t    testing.TB
	h    *house
	http *http.Client
}

func (h *house) as(t testing.TB, person int) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, h: h, http: &http.Client{Jar: jar}}
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := b.http.Get(h.server.URL + "/test/enter/" + string(rune('0'+person)))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in of person %d: status %d", person, res.StatusCode)
	}
	b.http.CheckRedirect = nil
	return b
}

// page is an answer, parsed.
type page struct {
	t      testing.TB
	status int
	path   string // where it was found, after redirects, with its query
	body   string
	root   *html.Node
	header http.Header
}

func (b *browser) get(path string) *page {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

func (b *browser) post(path string, form url.Values) *page {
	b.t.Helper()
	return b.do(http.MethodPost, path, form)
}

func (b *browser) do(method, path string, form url.Values) *page {
	b.t.Helper()
	req, err := http.NewRequest(method, b.h.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(req)
}

func (b *browser) send(req *http.Request) *page {
	b.t.Helper()
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(text)))
	if err != nil {
		b.t.Fatal(err)
	}
	return &page{t: b.t, status: res.StatusCode, path: res.Request.URL.RequestURI(), body: string(text), root: root, header: res.Header}
}

// is fails the test unless the page has a status.
func (p *page) is(status int) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s answered %d, want %d:\n%s", p.path, p.status, status, shortened(p.text()))
	}
	return p
}

func (p *page) shows(texts ...string) *page {
	p.t.Helper()
	all := p.text()
	for _, want := range texts {
		if !strings.Contains(all, want) {
			p.t.Errorf("%s does not show %q:\n%s", p.path, want, shortened(all))
		}
	}
	return p
}

// hides fails the test when a text stands anywhere in the answer, markup included.
func (p *page) hides(texts ...string) *page {
	p.t.Helper()
	for _, bad := range texts {
		if strings.Contains(p.body, bad) {
			p.t.Errorf("%s reveals %q", p.path, bad)
		}
	}
	return p
}

func shortened(s string) string { return s[:min(len(s), 3000)] }

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// all are the elements below n with a tag and, where given, a class.
func all(n *html.Node, tag, class string) []*html.Node {
	var out []*html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == tag && (class == "" || slices.Contains(strings.Fields(attr(c, "class")), class)) {
			out = append(out, c)
		}
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.Data != "script" && c.Parent.Data != "style" {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (p *page) text() string { return textOf(p.root) }

// rows are the first cells of a list's rows.
func (p *page) rows() []string {
	var out []string
	for _, tr := range all(p.root, "tr", "row") {
		if links := all(tr, "a", "strong"); len(links) > 0 {
			out = append(out, textOf(links[0]))
		}
	}
	return out
}

// cells are the texts of the row that begins so.
func (p *page) cells(first string) []string {
	p.t.Helper()
	for _, tr := range all(p.root, "tr", "row") {
		links := all(tr, "a", "strong")
		if len(links) == 0 || textOf(links[0]) != first {
			continue
		}
		var out []string
		for _, td := range all(tr, "td", "") {
			if !strings.Contains(attr(td, "class"), "c-sel") {
				out = append(out, textOf(td))
			}
		}
		return out
	}
	p.t.Fatalf("%s has no row %q, only %v", p.path, first, p.rows())
	return nil
}

// link is the address of the link with a text or a label.
func (p *page) link(text string) string {
	p.t.Helper()
	for _, a := range all(p.root, "a", "") {
		if textOf(a) == text || attr(a, "aria-label") == text {
			return attr(a, "href")
		}
	}
	p.t.Fatalf("%s has no link %q", p.path, text)
	return ""
}

// form is what a form of the page would post, and where: the one with that path.
func (p *page) form(action string) (string, url.Values) {
	p.t.Helper()
	for _, f := range all(p.root, "form", "") {
		if path, _, _ := strings.Cut(attr(f, "action"), "?"); path != action || attr(f, "method") != "post" {
			continue
		}
		return attr(f, "action"), values(f)
	}
	p.t.Fatalf("%s has no form to %s", p.path, action)
	return "", nil
}

// values are what a browser would post without pressing a button.
func values(form *html.Node) url.Values {
	out := url.Values{}
	for _, in := range all(form, "input", "") {
		kind, name := attr(in, "type"), attr(in, "name")
		if name == "" || (kind == "checkbox" || kind == "radio") && !has(in, "checked") || kind == "submit" {
			continue
		}
		out.Add(name, attr(in, "value"))
	}
	for _, area := range all(form, "textarea", "") {
		text := ""
		for c := range area.ChildNodes() {
			text += c.Data
		}
		out.Add(attr(area, "name"), text)
	}
	for _, s := range all(form, "select", "") {
		value := ""
		for _, o := range all(s, "option", "") {
			if has(o, "selected") {
				value = attr(o, "value")
			}
		}
		out.Add(attr(s, "name"), value)
	}
	return out
}

// statements counts those of one request.
func (b *browser) statements(path string) int {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.h.server.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("X-Count", "1")
	b.send(req).is(http.StatusOK)
	return b.h.count.counter.Len()
}
