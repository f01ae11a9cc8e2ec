package oauthprovider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/html"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/modules"
)

// house is the whole running server, with demo records.
type house struct {
	*apptest.App
	worlds atomic.Int64
}

func openHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{App: apptest.New(t, url, modules.All...)}
	h.Load(sharedScopes)
	return h
}

// sharedScopes are those that the tests' clients may ask for.
const sharedScopes = `
- {model: oauth_provider.scope, id: test_self, values: {code: self, name: Who you are, model: base.user, filter: [["id", "=", {"$": "uid"}]], fields: [name, login, company.name]}}
- {model: oauth_provider.scope, id: test_british, values: {code: british, name: British partners, model: contacts.partner, filter: [["country.code", "=", "GB"]], fields: [name, city]}}
- {model: oauth_provider.scope, id: test_companies, values: {code: companies, name: Companies, model: contacts.partner, filter: [["is_company", "=", true]], fields: [name, credit_limit, country, tags]}}
- {model: oauth_provider.scope, id: test_ids, values: {code: ids, name: Ids only, model: contacts.partner, all_records: true}}
- {model: oauth_provider.scope, id: test_never, values: {code: never, name: Nobody may ask for it, model: contacts.partner, all_records: true, fields: [note]}}
`

// world is a few clients and people of one test.
type world struct {
	*house
	t testing.TB
	n int64

	shop, other, native, robot *client
}

// client is an application as its developer knows it.
type client struct{ id, secret, redirect string }

const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func (h *house) world(t testing.TB) *world {
	t.Helper()
	w := &world{house: h, t: t, n: h.worlds.Add(1)}
	name := func(s string) string { return fmt.Sprintf("%s-%d", s, w.n) }
	w.shop = &client{name("shop"), name("the shop's secret: & + %"), "https://shop.example/cb"}
	w.other = &client{name("other"), name("the other's secret"), "https://other.example/cb"}
	w.native = &client{name("native"), "", "http://127.0.0.1:51004/cb"}
	w.robot = &client{name("robot"), name("the robot's secret"), ""}
	scopes := "[openid, profile, email, offline_access, self, british, companies, ids]"
	h.Load(fmt.Sprintf(`
- {model: oauth_provider.client, id: %[2]s, values: {name: The shop, identifier: %[2]s, secret: %[3]q, application_type: web, scopes: %[1]s, default_scopes: [self], redirect_uris: ["https://shop.example/cb", "https://shop.example/cb?x=1"]}}
- {model: oauth_provider.client, id: %[4]s, values: {name: Other <b>shop</b>, identifier: %[4]s, secret: %[5]q, application_type: web, scopes: %[1]s, redirect_uris: ["https://other.example/cb"]}}
- {model: oauth_provider.client, id: %[6]s, values: {name: Native, identifier: %[6]s, public: true, application_type: mobile, scopes: %[1]s, redirect_uris: ["http://127.0.0.1/cb", "com.example.app:/cb"]}}
- {model: oauth_provider.client, id: %[7]s, values: {name: Robot, identifier: %[7]s, secret: %[8]q, application_type: backend, user: anna, scopes: [british, self], default_scopes: [british]}}
`, scopes, w.shop.id, w.shop.secret, w.other.id, w.other.secret, w.native.id, w.robot.id, w.robot.secret))
	return w
}

const password = "correct horse battery"

// person makes somebody with an account in the group, and a browser.
func (w *world) person(name string, groups ...string) *visitor {
	w.t.Helper()
	login := fmt.Sprintf("%s%d@example.com", name, w.n)
	list := strings.Join(append([]string{"base.user"}, groups...), ", ")
	w.Load(fmt.Sprintf("- {model: base.user, id: %[1]s_%[2]d, values: {login: %[3]q, name: %[1]s, email: %[3]q, password: %[4]q, groups: [%[5]s], company: main}}",
		name, w.n, login, password, list))
	b := w.browser()
	b.login, b.id = login, w.ID("base.user", fmt.Sprintf("%s_%d", name, w.n))
	return b
}

// visitor is a browser without a screen: it keeps cookies and follows no redirect by itself.
type visitor struct {
	w      *world
	login  string
	id     int64
	client *http.Client
}

func (w *world) browser() *visitor {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{w: w, client: &http.Client{Jar: jar, CheckRedirect: stay}}
}

// page is an answer, read.
type page struct {
	t      testing.TB
	method string
	at     *url.URL
	status int
	header http.Header
	body   string
}

func (b *visitor) send(r *http.Request) *page {
	b.w.t.Helper()
	res, err := b.client.Do(r)
	must(b.w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(b.w.t, err)
	return &page{b.w.t, r.Method, r.URL, res.StatusCode, res.Header, string(body)}
}

func (w *world) request(method, target, body string) *http.Request {
	w.t.Helper()
	if !strings.HasPrefix(target, "http") {
		target = w.URL + target
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, target, strings.NewReader(body))
	must(w.t, err)
	r.Header.Set("Accept", "text/html,*/*;q=0.8")
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func (b *visitor) get(target string) *page { return b.send(b.w.request(http.MethodGet, target, "")) }

// post sends a form as a page of the house does.
func (b *visitor) post(target string, form url.Values) *page {
	r := b.w.request(http.MethodPost, target, form.Encode())
	r.Header.Set("Origin", b.w.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func (b *visitor) signIn() *page {
	return b.post("/signin", url.Values{"login": {b.login}, "password": {password}})
}

// sessionCookie is the name of the cookie that a person is signed in with.
func (w *world) sessionCookie() string { return "tessera-" + w.BaseURL.Port() }

// cookie is the value of the session cookie.
func (b *visitor) cookie() string {
	u, err := url.Parse(b.w.URL)
	must(b.w.t, err)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == b.w.sessionCookie() {
			return c.Value
		}
	}
	return ""
}

// want fails the test unless the page has the status and every text.
func (p *page) want(status int, texts ...string) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s %s: status %d, want %d: %.600s", p.method, p.at.Path, p.status, status, p.body)
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			p.t.Fatalf("%s %s: the answer lacks %q: %.2000s", p.method, p.at.Path, text, p.body)
		}
	}
	return p
}

// wantPage expects an error page and no redirect.
func (p *page) wantPage(status int) {
	p.t.Helper()
	if p.want(status); p.header.Get("Location") != "" {
		p.t.Fatalf("%s leads to %s, want a page", p.at.Path, p.header.Get("Location"))
	}
}

// wantJSON expects an OAuth error answered directly.
func (p *page) wantJSON(status int, code string) *page {
	p.t.Helper()
	var e struct{ Error string }
	if p.want(status); json.Unmarshal([]byte(p.body), &e) != nil || e.Error != code {
		p.t.Fatalf("%s %s: %s, want the error %s", p.method, p.at.Path, p.body, code)
	}
	if p.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(p.header.Get("Content-Type"), "application/json") {
		p.t.Fatalf("%s: want JSON that is not stored, got %v", p.at.Path, p.header)
	}
	return p
}

// json reads the answer.
func (p *page) json() map[string]any {
	p.t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(p.want(http.StatusOK).body), &out); err != nil {
		p.t.Fatalf("%s: %v: %s", p.at.Path, err, p.body)
	}
	return out
}

// form is the form of a page whose action begins with a path.
type form struct {
	action string
	fields url.Values // hidden ones
	boxes  []string   // values of the boxes that are ticked and can be unticked
	fixed  []string   // of those that cannot
}

func (p *page) form(action string) *form {
	p.t.Helper()
	doc, err := html.Parse(strings.NewReader(p.body))
	must(p.t, err)
	for n := range doc.Descendants() {
		if n.Data == "form" && strings.HasPrefix(attribute(n, "action"), action) {
			return readForm(n)
		}
	}
	p.t.Fatalf("%s %s (%d) has no form to %s: %.1500s", p.method, p.at.Path, p.status, action, p.body)
	return nil
}

func readForm(n *html.Node) *form {
	f := &form{action: attribute(n, "action"), fields: url.Values{}}
	for in := range n.Descendants() {
		if in.Data != "input" {
			continue
		}
		name, value := attribute(in, "name"), attribute(in, "value")
		switch kind := attribute(in, "type"); {
		case kind == "hidden":
			f.fields.Add(name, value)
		case kind == "checkbox" && has(in, "disabled"):
			f.fixed = append(f.fixed, value)
		case kind == "checkbox" && has(in, "checked"):
			f.boxes = append(f.boxes, value)
		}
	}
	return f
}

func attribute(n *html.Node, name string) string {
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

// ask is an authorization request of a client; a value "" leaves the parameter out.
func (c *client) ask(change ...string) string {
	v := url.Values{"response_type": {"code"}, "client_id": {c.id}, "redirect_uri": {c.redirect}, "scope": {"openid self"},
		"state": {"a b"}, "nonce": {"n-1"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(change); i += 2 {
		if v.Set(change[i], change[i+1]); change[i+1] == "" {
			v.Del(change[i])
		}
	}
	return "/oauth2/authorize?" + v.Encode()
}

// authorize opens an authorization request and goes on, signing in where that is asked
// for, to the consent page, the way back to the client, or a page of failure.
func (b *visitor) authorize(target string) *page {
	b.w.t.Helper()
	p := b.get(target)
	for range 5 {
		next, err := p.at.Parse(p.header.Get("Location"))
		must(b.w.t, err)
		switch {
		case p.status/100 == 3 && strings.HasPrefix(next.String(), b.w.URL):
			p = b.get(next.String())
		case p.status == http.StatusOK && p.at.Path == "/signin":
			f := p.form("/signin")
			f.fields.Set("login", b.login)
			f.fields.Set("password", password)
			p = b.post(f.action, f.fields)
		default:
			return p
		}
	}
	b.w.t.Fatalf("%s leads nowhere", target)
	return nil
}

// consent is the form of the consent page.
func (p *page) consent() *form {
	p.t.Helper()
	return p.want(http.StatusOK).form("/oauth2/")
}

// answer presses a button of the consent page with boxes ticked.
func (b *visitor) answer(p *page, decision string, ticked ...string) *page {
	b.w.t.Helper()
	f := p.consent()
	f.fields["scope"] = ticked
	f.fields.Set("decision", decision)
	return b.post(f.action, f.fields)
}

// back reads what the redirect tells the client.
func (p *page) back(c *client, status int) url.Values {
	p.t.Helper()
	at := p.header.Get("Location")
	if p.status != status || !strings.HasPrefix(at, c.redirect) {
		p.t.Fatalf("%s %s: %d to %q, want %d to %s: %.600s", p.method, p.at.Path, p.status, at, status, c.redirect, p.body)
	}
	u, err := url.Parse(at)
	must(p.t, err)
	if u.Fragment != "" {
		v, err := url.ParseQuery(u.EscapedFragment())
		must(p.t, err)
		return v
	}
	return u.Query()
}

// wantBack expects an error sent to the client.
func (p *page) wantBack(c *client, code string) {
	p.t.Helper()
	status := http.StatusFound
	if p.method == http.MethodPost {
		status = http.StatusSeeOther
	}
	if v := p.back(c, status); v.Get("error") != code || v.Get("state") != "a b" || v.Get("iss") != p.at.Scheme+"://"+p.at.Host || v.Get("code") != "" {
		p.t.Fatalf("the client is told %v, want %s", v, code)
	}
}

// code goes all the way to a code, ticking what is ticked already.
func (b *visitor) code(c *client, change ...string) string {
	b.w.t.Helper()
	p := b.authorize(c.ask(change...))
	if p.status == http.StatusFound {
		return p.back(c, http.StatusFound).Get("code")
	}
	code := b.answer(p, "allow", p.consent().boxes...).back(c, http.StatusSeeOther).Get("code")
	if code == "" {
		b.w.t.Fatalf("no code for %v", change)
	}
	return code
}

// tokens is what the token endpoint gives.
type tokens struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int64  `json:"expires_in"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Scope   string `json:"scope"`
}

// direct is a request that a client itself sends; its secret travels by Basic.
func (w *world) direct(c *client, path string, form url.Values) *page {
	w.t.Helper()
	r := w.request(http.MethodPost, path, form.Encode())
	if c.secret != "" {
		r.SetBasicAuth(url.QueryEscape(c.id), url.QueryEscape(c.secret))
	} else {
		form.Set("client_id", c.id)
		r = w.request(http.MethodPost, path, form.Encode())
	}
	return w.browser().send(r)
}

func (w *world) redeem(c *client, code string, change ...string) *page {
	w.t.Helper()
	f := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.redirect}, "code_verifier": {verifier}}
	for i := 0; i+1 < len(change); i += 2 {
		if f.Set(change[i], change[i+1]); change[i+1] == "" {
			f.Del(change[i])
		}
	}
	return w.direct(c, "/oauth2/token", f)
}

func (w *world) refresh(c *client, token string) *page {
	return w.direct(c, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (w *world) credentials(c *client, scope string) *page {
	f := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" {
		f.Set("scope", scope)
	}
	return w.direct(c, "/oauth2/token", f)
}

func (p *page) tokens() tokens {
	p.t.Helper()
	var out tokens
	if err := json.Unmarshal([]byte(p.want(http.StatusOK).body), &out); err != nil || out.Access == "" {
		p.t.Fatalf("no tokens: %v: %s", err, p.body)
	}
	return out
}

// issue is the whole way to tokens.
func (b *visitor) issue(c *client, change ...string) tokens {
	b.w.t.Helper()
	return b.w.redeem(c, b.code(c, change...)).tokens()
}

// bearer reads a resource with a token.
func (w *world) bearer(path, token string) *page {
	w.t.Helper()
	r := w.request(http.MethodGet, path, "")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.browser().send(r)
}

func (w *world) inspect(c *client, token string) *page {
	return w.direct(c, "/oauth2/introspect", url.Values{"token": {token}})
}

// wantAlive expects a token to be taken everywhere, or nowhere.
func (w *world) wantAlive(c *client, token string, alive bool) {
	w.t.Helper()
	for _, path := range []string{"/oauth2/tokeninfo", "/oauth2/userinfo", "/oauth2/otherinfo?model=base.user"} {
		p := w.bearer(path, token)
		if alive != (p.status != http.StatusUnauthorized) {
			w.t.Fatalf("%s: status %d, want the token alive: %v: %s", path, p.status, alive, p.body)
		}
	}
	if c.secret == "" {
		return
	}
	if got := w.inspect(c, token).want(http.StatusOK).body; strings.Contains(got, `"active":true`) != alive {
		w.t.Fatalf("introspection says %s, want alive: %v", got, alive)
	}
}

// exec changes rows behind the back of every form.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	(&fixture{env: w.System()}).exec(w.t, query, args...)
}
