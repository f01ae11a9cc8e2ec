package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// browser is a client with cookies that follows no redirect.
type browser struct {
	h      *house
	client *http.Client
	header http.Header
}

func (h *house) browser() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{h: h, client: &http.Client{Jar: jar, CheckRedirect: stay}, header: http.Header{"Accept": {"text/html,*/*;q=0.8"}}}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	text string
}

func (b *browser) do(method, path string, form url.Values) reply {
	b.h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.http.URL+path, body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(req)
}

func (b *browser) send(req *http.Request) reply {
	b.h.t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return reply{res, string(text)}
}

func (b *browser) get(path string) reply { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) reply { return b.do(http.MethodPost, path, form) }

func (b *browser) signIn(name, secret string) reply {
	return b.post("/signin", url.Values{"login": {name}, "password": {secret}})
}

// cookieName is what a cookie of this house is called: its port is a part of it.
func (h *house) cookieName(kind string) string { return kind + "-" + h.app.BaseURL.Port() }

// cookie is the session cookie's value, "" without one.
func (b *browser) cookie() string {
	for _, c := range b.client.Jar.Cookies(b.h.app.BaseURL) {
		if c.Name == b.h.cookieName("tessera") {
			return c.Value
		}
	}
	return ""
}

// anna is a browser in which Anna is signed in.
func (h *house) anna() *browser { return h.signedIn("anna@example.com") }

func (h *house) signedIn(name string) *browser {
	h.t.Helper()
	b := h.browser()
	if r := b.signIn(name, password); r.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("sign-in of %s: %d, want 303: %s", name, r.StatusCode, r.text)
	}
	return b
}

// want fails unless the answer has the status and holds all the texts.
func (r reply) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if r.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d", r.Request.Method, r.Request.URL.Path, r.StatusCode, status)
	}
	for _, text := range texts {
		if !strings.Contains(r.text, text) {
			t.Errorf("%s %s: the answer lacks %q:\n%s", r.Request.Method, r.Request.URL.Path, text, r.text)
		}
	}
}
