package oauthprovider_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// callback is an application's server: it shows what it is sent.
func callback(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cb", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Callback</title><h1>Back at the application</h1><p id="code">%s</p><p id="error">%s</p><p id="state">%s</p>`,
			html.EscapeString(q.Get("code")), html.EscapeString(q.Get("error")), html.EscapeString(q.Get("state")))
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/cb"
}

// TestConsentInTheBrowser does what a person does: sign in, read, untick, allow or deny.
func TestConsentInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	at := callback(t)
	// A server of its own on another origin: form-action has to let the answer through.
	begin := func(t *testing.T, o browser.Options) (*world, *browser.Page) {
		t.Helper()
		w := h.world(t)
		for _, c := range []*client{w.shop, w.other} {
			c.redirect = at
			w.Load(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {redirect_uris: [%q]}}", c.id, at))
		}
		return w, chromium.Page(t, o)
	}
	signIn := func(p *browser.Page, login string) {
		p.Fill("login", login)
		p.Fill("password", password)
		p.Submit()
	}
	answered := func(t *testing.T, p *browser.Page) url.Values {
		t.Helper()
		p.WaitFor("Back at the application")
		if !strings.HasPrefix(p.URL(), at) {
			t.Fatalf("the browser is at %s, want the application", p.URL())
		}
		u, err := url.Parse(p.URL())
		must(t, err)
		return u.Query()
	}
	quiet := func(t *testing.T, p *browser.Page) {
		t.Helper()
		if said := p.Console(); len(said) > 0 {
			t.Errorf("the browser complains: %q", said)
		}
	}
	const scopes = "openid self profile companies"

	for name, o := range map[string]browser.Options{"Desktop": {}, "Phone": {Phone: true}, "NoScript": {NoScript: true}, "Dark": {Dark: true}} {
		t.Run("AllowSelected"+name, func(t *testing.T) {
			t.Parallel()
			w, p := begin(t, o)
			anna := w.person("anna", "contacts.user")
			p.Open(w.URL + w.shop.ask("scope", scopes))
			p.WaitFor("Sign in")
			if !strings.Contains(p.Text(), "The shop") {
				t.Errorf("the sign-in page does not say for whom: %s", p.Text())
			}
			signIn(p, anna.login)
			p.WaitFor("Allow selected")
			text := p.Text()
			for _, want := range []string{"The shop", anna.login, "Who you are", "Companies", "Needed to sign in", strings.TrimPrefix(strings.TrimSuffix(at, "/cb"), "http://"), "Lasts until you withdraw it."} {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "IDs of") {
				t.Errorf("a scope about the protocol speaks of records:\n%s", text)
			}
			if o.Phone && p.SidewaysScroll() {
				t.Error("the page scrolls sideways")
			}
			if !o.NoScript && !o.Dark {
				for _, v := range p.Axe() {
					t.Errorf("axe: %s", v)
				}
			}
			p.Uncheck("Companies")
			p.Click("Allow selected")
			v := answered(t, p)
			if v.Get("error") != "" || v.Get("state") != "a b" {
				t.Fatalf("the application is told %v", v)
			}
			if got := w.redeem(w.shop, v.Get("code")).tokens().Scope; strings.Contains(got, "companies") || !strings.Contains(got, "self") {
				t.Errorf("granted %q", got)
			}
			quiet(t, p)
		})
	}

	t.Run("Deny", func(t *testing.T) {
		t.Parallel()
		w, p := begin(t, browser.Options{})
		anna := w.person("anna")
		p.Open(w.URL + w.shop.ask())
		signIn(p, anna.login)
		p.Click("Deny")
		if v := answered(t, p); v.Get("error") != "access_denied" || v.Get("state") != "a b" || v.Get("iss") != w.URL || v.Has("code") {
			t.Errorf("the application is told %v", v)
		}
		quiet(t, p)
	})

	t.Run("18 TwoTabs", func(t *testing.T) {
		t.Parallel()
		w, p := begin(t, browser.Options{})
		anna := w.person("anna")
		p.Open(w.URL + w.shop.ask("state", "one"))
		signIn(p, anna.login)
		p.WaitFor("Allow selected")
		first := p.URL()
		p.Open(w.URL + w.other.ask("state", "two", "scope", "openid profile"))
		p.WaitFor("Allow selected")
		p.Click("Allow selected")
		if v := answered(t, p); v.Get("state") != "two" || w.redeem(w.other, v.Get("code")).tokens().Scope != "openid profile" {
			t.Errorf("the second tab ends with %v", v)
		}
		p.Open(first)
		p.Click("Allow selected")
		if v := answered(t, p); v.Get("state") != "one" || w.redeem(w.shop, v.Get("code")).tokens().Scope != "openid self" {
			t.Errorf("the first tab ends with %v", v)
		}
	})

	t.Run("French", func(t *testing.T) {
		t.Parallel()
		w, p := begin(t, browser.Options{Lang: "fr"})
		anna := w.person("anna")
		w.Load(fmt.Sprintf("- {model: base.user, id: anna_%d, values: {lang: fr}}", w.n))
		p.Open(w.URL + w.shop.ask("scope", scopes))
		p.WaitFor("Se connecter")
		signIn(p, anna.login)
		p.WaitFor("Autoriser la sélection")
		for _, want := range []string{"pourra voir", "Refuser", "Valable jusqu’à ce que vous le retiriez.", "Applications connectées"} {
			if !strings.Contains(p.Text(), want) {
				t.Errorf("the page lacks %q:\n%s", want, p.Text())
			}
		}
		p.Click("Autoriser la sélection")
		if v := answered(t, p); v.Get("code") == "" {
			t.Errorf("the application is told %v", v)
		}
	})

	t.Run("ErrBadClient", func(t *testing.T) {
		t.Parallel()
		w, p := begin(t, browser.Options{})
		p.Open(w.URL + w.shop.ask("redirect_uri", "https://evil.example/"))
		if p.Status() != http.StatusBadRequest || !strings.Contains(p.Text(), "This sign-in cannot go on") {
			t.Errorf("status %d: %s", p.Status(), p.Text())
		}
	})

	for name, o := range map[string]browser.Options{"Desktop": {}, "Phone": {Phone: true}, "NoScript": {NoScript: true}, "Dark": {Dark: true}, "French": {Lang: "fr"}} {
		t.Run("Connected"+name, func(t *testing.T) {
			t.Parallel()
			w, p := begin(t, o)
			anna := w.person("anna", "contacts.user")
			words := map[string]string{"allow": "Allow selected", "change": "Change what it sees", "save": "Save", "changed": "is changed",
				"withdraw": "Withdraw access", "sure": "Withdraw the access of The shop?", "done": "has no access any more", "none": "No application has access"}
			if o.Lang == "fr" {
				w.Load(fmt.Sprintf("- {model: base.user, id: anna_%d, values: {lang: fr}}", w.n))
				words = map[string]string{"allow": "Autoriser la sélection", "change": "Changer ce qu’elle voit", "save": "Enregistrer", "changed": "est changé",
					"withdraw": "Retirer l’accès", "sure": "Retirer l’accès de The shop", "done": "n’a plus d’accès", "none": "Aucune application n’a d’accès"}
			}
			look := func() {
				t.Helper()
				if o.Phone && p.SidewaysScroll() {
					t.Error("the page scrolls sideways")
				}
				if o.NoScript {
					return
				}
				for _, v := range p.Axe() {
					t.Errorf("%s: axe: %s", p.URL(), v)
				}
			}
			p.Open(w.URL + w.shop.ask("scope", scopes))
			signIn(p, anna.login)
			p.Click(words["allow"])
			got := w.redeem(w.shop, answered(t, p).Get("code")).tokens()
			p.Open(w.URL + "/account/applications")
			for _, want := range []string{"The shop", "Who you are", "Companies"} {
				if !strings.Contains(p.Text(), want) {
					t.Errorf("the list lacks %q: %s", want, p.Text())
				}
			}
			look()
			p.Click(words["change"])
			p.WaitFor(words["save"])
			look()
			p.Uncheck("Companies")
			p.Click(words["save"])
			p.WaitFor(words["changed"])
			w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).want(http.StatusBadRequest, "invalid_model")
			w.wantAlive(w.shop, got.Access, true)
			p.Click(words["withdraw"])
			p.WaitFor(words["sure"])
			look()
			p.Click(words["withdraw"])
			p.WaitFor(words["done"])
			p.WaitFor(words["none"])
			look()
			w.wantAlive(w.shop, got.Access, false)
			quiet(t, p)
		})
	}
}
