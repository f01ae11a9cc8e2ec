package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/oauth2"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// person is somebody with a browser that follows redirects, at the demo's webshop.
type person struct {
	t        *testing.T
	client   *http.Client
	shop     string // where the example runs
	tessera  string
	lastPage *url.URL
	house    *apptest.App
	app      *app
}

func visit(t *testing.T, at string) *person {
	t.Helper()
	a := apptest.New(t, at, modules.All...)
	var shop *app
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { shop.handler().ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	var err error
	shop, err = newApp(t.Context(), settings{Issuer: a.URL, ID: "webshop", Secret: "webshop-demo-secret-not-for-production", BaseURL: s.URL,
		Scopes: []string{"openid", "profile", "email", "partners.wholesale", "partners.mine"}, Model: "res.partner"})
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, client: &http.Client{Jar: jar}, shop: s.URL, tessera: a.URL, house: a, app: shop}
}

func (p *person) do(r *http.Request) (status int, page *html.Node) {
	p.t.Helper()
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err = html.Parse(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.lastPage = res.Request.URL
	return res.StatusCode, page
}

func (p *person) open(target string) (status int, page *html.Node) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, target, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(r)
}

// send fills in the page's form: entries replace its own, boxes that are unticked go.
func (p *person) send(page *html.Node, entries map[string]string, unticked ...string) (status int, next *html.Node) {
	p.t.Helper()
	for form := range page.Descendants() {
		if form.Data != "form" || attribute(form, "method") != "post" {
			continue
		}
		values := url.Values{}
		for in := range form.Descendants() {
			kind, name, value := attribute(in, "type"), attribute(in, "name"), attribute(in, "value")
			ticked := kind == "checkbox" && slices.ContainsFunc(in.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) && !slices.Contains(unticked, value)
			if in.Data == "input" && (kind == "hidden" || ticked) {
				values.Add(name, value)
			}
		}
		for name, value := range entries {
			values.Set(name, value)
		}
		action, err := p.lastPage.Parse(attribute(form, "action"))
		if err != nil {
			p.t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, action.String(), strings.NewReader(values.Encode()))
		if err != nil {
			p.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", p.tessera)
		return p.do(r)
	}
	p.t.Fatalf("%s shows no form:\n%s", p.lastPage, text(page))
	return 0, nil
}

// consent signs Anna in and returns the consent page.
func (p *person) consent() *html.Node {
	p.t.Helper()
	_, page := p.open(p.shop + "/login")
	status, page := p.send(page, map[string]string{"login": "anna@example.com", "password": "anna"})
	if status != http.StatusOK || !strings.Contains(text(page), "Webshop") {
		p.t.Fatalf("after signing in: %d at %s:\n%s", status, p.lastPage, text(page))
	}
	return page
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			_, _ = io.WriteString(&b, d.Data)
		}
	}
	return b.String()
}

// shown is what the example shows under an id.
func shown(page *html.Node, id string) string {
	for n := range page.Descendants() {
		if attribute(n, "id") == id {
			return text(n)
		}
	}
	return ""
}

// token is what the example holds of the one person that is signed in.
func (p *person) token() *oauth2.Token {
	p.t.Helper()
	for _, s := range p.app.sessions {
		return s.token
	}
	p.t.Fatal("nobody is signed in at the example")
	return nil
}

// expire lets the access token's hour pass, as far as the example knows.
func (p *person) expire() {
	old := *p.token()
	old.Expiry = time.Now().Add(-time.Minute)
	for _, s := range p.app.sessions {
		s.token = &old
	}
}

// TestWebClient takes the example through sign-in and consent, with nothing but stock
// libraries on its side.
func TestWebClient(t *testing.T) {
	t.Parallel()
	t.Run("AllowSelected", func(t *testing.T) {
		t.Parallel()
		dbtest.Engines(t, func(t *testing.T, at string) {
			p := visit(t, at)
			status, page := p.send(p.consent(), map[string]string{"decision": "allow"}, "email", "partners.mine")
			if status != http.StatusOK || !strings.HasPrefix(p.lastPage.String(), p.shop) {
				t.Fatalf("%d at %s:\n%s", status, p.lastPage, text(page))
			}
			if got := shown(page, "scopes"); got != "openid profile partners.wholesale" {
				t.Errorf("granted %q, want what was left ticked", got)
			}
			var user, id, info map[string]any
			for name, into := range map[string]*map[string]any{"userinfo": &user, "id_token": &id, "tokeninfo": &info} {
				if err := json.Unmarshal([]byte(shown(page, name)), into); err != nil {
					t.Fatalf("%s: %v: %s", name, err, shown(page, name))
				}
			}
			if user["name"] != "Anna Keller" || user["preferred_username"] != "anna@example.com" || user["email"] != nil {
				t.Errorf("userinfo %v, want the profile without the e-mail", user)
			}
			if id["sub"] != user["sub"] || info["user_id"] != user["sub"] || id["aud"] != "webshop" {
				t.Errorf("subjects differ: id_token %v, userinfo %v, tokeninfo %v", id, user, info)
			}
			var partners map[string]map[string]any
			if err := json.Unmarshal([]byte(shown(page, "otherinfo")), &partners); err != nil || len(partners) == 0 {
				t.Fatalf("partners: %v: %s", err, shown(page, "otherinfo"))
			}
			for _, one := range partners {
				if country, ok := one["country"].(map[string]any); !ok || country["name"] != "United Kingdom" || one["phone"] != nil || one["note"] != nil {
					t.Errorf("partner %v, want a British one with the fields of the one scope", one)
				}
			}
		})
	})
	t.Run("Refresh", func(t *testing.T) {
		t.Parallel()
		dbtest.Engines(t, func(t *testing.T, at string) {
			p := visit(t, at)
			if p.open(p.shop + "/again"); p.lastPage.Path != "/signin" {
				t.Fatalf("without a session the example leads to %s, want the sign-in", p.lastPage)
			}
			p.send(p.consent(), map[string]string{"decision": "allow"})
			first := p.token()
			if status, page := p.open(p.shop + "/again"); status != http.StatusOK || p.token().AccessToken != first.AccessToken {
				t.Errorf("%d:\n%s\nwant the same access token used again", status, text(page))
			}
			p.expire()
			status, page := p.open(p.shop + "/again")
			if second := p.token(); status != http.StatusOK || second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken {
				t.Errorf("%d:\n%s\nwant both tokens new", status, text(page))
			}
			if !strings.Contains(shown(page, "userinfo"), "Anna Keller") {
				t.Errorf("userinfo %s", shown(page, "userinfo"))
			}

			p.house.Load("- {model: base.user, id: anna, values: {password: another long password}}") // ends what was granted
			p.expire()
			if status, page := p.open(p.shop + "/again"); status != http.StatusForbidden || shown(page, "error") != "invalid_grant" {
				t.Errorf("%d:\n%s\nwant to be asked to sign in again", status, text(page))
			}
			if len(p.app.sessions) != 0 {
				t.Error("the session outlives what was granted")
			}
		})
	})
	t.Run("Deny", func(t *testing.T) {
		t.Parallel()
		p := visit(t, dbtest.URL(t, db.SQLite))
		status, page := p.send(p.consent(), map[string]string{"decision": "deny"})
		if status != http.StatusForbidden || shown(page, "error") != "access_denied" {
			t.Errorf("%d:\n%s", status, text(page))
		}
	})
	t.Run("ErrOtherIssuer", func(t *testing.T) {
		t.Parallel()
		p := visit(t, dbtest.URL(t, db.SQLite))
		p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := p.client.Get(p.shop + "/login")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		u, err := res.Location()
		if err != nil {
			t.Fatal(err)
		}
		answer := url.Values{"state": {u.Query().Get("state")}, "code": {"stolen"}, "iss": {"https://evil.example"}}
		if status, page := p.open(p.shop + "/callback?" + answer.Encode()); status != http.StatusBadRequest || !strings.Contains(text(page), "This answer is not from") {
			t.Errorf("%d:\n%s", status, text(page))
		}
		if status, page := p.open(p.shop + "/callback?" + answer.Encode()); status != http.StatusBadRequest || !strings.Contains(text(page), "did not begin here") {
			t.Errorf("the same state again: %d:\n%s", status, text(page))
		}
	})
}
