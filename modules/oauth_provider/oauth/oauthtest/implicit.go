package oauthtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

const odooRedirect = "https://odoo.example.com/auth_oauth/signin"

// tokenRequest is Odoo's authorization request, its state included.
var tokenRequest = args{"response_type": "token", "client_id": "odoo", "redirect_uri": odooRedirect, "scope": "email profile",
	"state": `{"d": "odoo", "p": 4, "r": "https%3A%2F%2Fodoo.example.com%2Fweb%3F"}`}

// addOdoo adds a client that uses implicit for another year.
func (w *world) addOdoo() *oauth.Client {
	return w.addClient(oauth.Client{Active: true, Public: true, GrantTypes: []string{oauth.GrantImplicit}, ResponseTypes: []string{oauth.ResponseToken},
		Scopes:        scopes("openid", "profile", "email", "offline_access", "orders"),
		DefaultScopes: []string{"email"}, RedirectURIs: []string{odooRedirect}, LegacyUntil: w.clock.Now().Add(365 * day)}, "odoo", "")
}

// offer says what the house's clients use of the legacy flows.
func (w *world) offer(implicit, password bool) {
	w.config.Legacy = func(context.Context) (bool, bool) { return implicit, password }
	w.restart()
}

// fragment returns what came behind the # of the client's address.
func (a *answer) fragment(status int) url.Values {
	a.t.Helper()
	if to := a.header.Get("Location"); !strings.HasPrefix(to, odooRedirect+"#") || strings.Contains(to, "?") {
		a.t.Fatalf("expected the answer in the fragment, got %d %q: %s", a.status, to, a.body)
	}
	return a.redirected(status)
}

// implicit goes through consent, ticking everything, and returns the answer.
func (w *world) implicit(p *person, a args) url.Values {
	w.t.Helper()
	got := w.authorize(p, a)
	if got.status == http.StatusFound {
		return got.fragment(http.StatusFound)
	}
	page := got.consentPage()
	var all []string
	for _, s := range page.Scopes {
		all = append(all, s.Code)
	}
	return w.allow(p, page, all...).fragment(http.StatusSeeOther)
}

var implicitTests = []test{
	{"implicit answers in the fragment, for ten minutes, never with a refresh token", func(w *world) {
		w.addOdoo()
		got := w.implicit(w.anna, tokenRequest.with(args{"scope": "openid email offline_access"}))
		for name, want := range map[string]string{"token_type": "Bearer", "expires_in": "600", "scope": "openid email", "state": tokenRequest["state"], "iss": issuer,
			"refresh_token": "", "id_token": "", "code": "", "error": ""} {
			if got.Get(name) != want {
				w.t.Errorf("expected %s %q, got %v", name, want, got)
			}
		}
		info := w.bearer("/oauth2/tokeninfo", got.Get("access_token"))
		if info.status != http.StatusOK || !strings.Contains(info.body, `"expires_in":600`) || !strings.Contains(info.body, oauth.Subject("odoo", w.anna.subject)) {
			w.t.Fatalf("expected Anna's token, got %s", info.body)
		}
		w.clock.add(10 * time.Minute)
		w.wantAlive(got.Get("access_token"), false)
		w.fixture.ChangeClient(w.t, "odoo", func(c *oauth.Client) { c.Lifetimes.Access = time.Minute })
		if got := w.implicit(w.anna, tokenRequest); got.Get("expires_in") != "60" {
			w.t.Fatalf("expected the client's shorter life, got %v", got)
		}
	}},
	{"implicit: consent is remembered, what was unticked stays so", func(w *world) {
		odoo := w.addOdoo()
		page := w.authorize(w.anna, tokenRequest).consentPage()
		if got := w.allow(w.anna, page, "email").fragment(http.StatusSeeOther); got.Get("scope") != "email" {
			w.t.Fatalf("expected what was ticked, got %v", got)
		}
		before := w.fixture.Rows(w.t)
		if got := w.authorize(w.anna, tokenRequest).fragment(http.StatusFound); got.Get("scope") != "email" || w.fixture.Rows(w.t) != before+1 {
			w.t.Fatalf("expected a token and one row, got %v and %d rows", got, w.fixture.Rows(w.t)-before)
		}
		if w.journal.count(oauth.EventGrantGiven) != 1 || w.journal.count(oauth.EventTokenIssued) != 2 {
			w.t.Fatalf("expected one grant and two tokens in the journal, got %+v", w.journal.events)
		}
		a, fail := w.provider.Authenticate(w.ctx(), bearerRequest(w.authorize(w.anna, tokenRequest).fragment(http.StatusFound).Get("access_token")), oauth.Options{})
		if fail != nil || a.ClientID != odoo.ID || a.GrantID == 0 || a.AuthorizationID != 0 {
			w.t.Fatalf("expected a token under the grant alone, got %+v %v", a, fail)
		}
	}},
	{"implicit: a withdrawn grant ends the token and asks again", func(w *world) {
		odoo := w.addOdoo()
		got := w.implicit(w.anna, tokenRequest)
		w.fixture.Withdraw(w.t, w.anna.id, odoo.ID, w.clock.Now())
		w.wantAlive(got.Get("access_token"), false)
		w.authorize(w.anna, tokenRequest).consentPage()
	}},
	{"implicit: its token can be revoked, alone", func(w *world) {
		w.addOdoo()
		one, two := w.implicit(w.anna, tokenRequest), w.implicit(w.anna, tokenRequest)
		w.do(formRequest("/oauth2/revoke", args{"client_id": "odoo", "token": one.Get("access_token")}.encode()))
		w.wantAlive(one.Get("access_token"), false)
		w.wantAlive(two.Get("access_token"), true)
	}},
	{"9 token is only for clients that hold it", func(w *world) {
		w.offer(true, false)
		w.addOdoo()
		got := w.authorize(w.anna, codeRequest.with(args{"response_type": "token"}))
		got.wantError("unauthorized_client")
		if !strings.HasPrefix(got.header.Get("Location"), redirect+"#") {
			w.t.Fatalf("expected the error in the fragment, got %q", got.header.Get("Location"))
		}
		w.authorize(w.anna, tokenRequest.with(args{"response_type": "code", "state": "a b"})).wantError("unauthorized_client")
		link := w.authorize(nil, tokenRequest).resume()
		w.fixture.ChangeClient(w.t, "odoo", noResponseTypes)
		if v := w.get(w.anna, link).redirected(http.StatusFound); v.Get("error") != "unauthorized_client" || v.Get("access_token") != "" {
			w.t.Fatalf("expected no token after the sign-in, got %v", v)
		}
	}},
	{"9 a consent page shown before the end date gives no token after it", func(w *world) {
		w.offer(true, false)
		w.addOdoo()
		page := w.authorize(w.anna, tokenRequest).consentPage()
		w.fixture.ChangeClient(w.t, "odoo", func(c *oauth.Client) { c.LegacyUntil = w.clock.Now() })
		if v := w.allow(w.anna, page, "email").fragment(http.StatusSeeOther); v.Get("error") != "unauthorized_client" || v.Get("access_token") != "" {
			w.t.Fatalf("expected no token, got %v", v)
		}
	}},
	{"10 tokens never travel in a query", func(w *world) {
		w.addOdoo()
		w.implicit(w.anna, tokenRequest)
		if v := w.authorize(w.anna, tokenRequest.with(args{"response_mode": "query"})).fragment(http.StatusFound); v.Get("error") != "invalid_request" || v.Get("state") != tokenRequest["state"] {
			w.t.Fatalf("expected invalid_request, got %v", v)
		}
		if v := w.authorize(w.anna, tokenRequest.with(args{"response_mode": "fragment"})).fragment(http.StatusFound); v.Get("access_token") == "" {
			w.t.Fatalf("expected a token, got %v", v)
		}
		if got := w.authorize(w.anna, tokenRequest.with(args{"response_mode": "form_post"})); got.status != http.StatusOK || !strings.Contains(got.body, `name="access_token" value="tsa_`) {
			w.t.Fatalf("expected a form with the token, got %d %s", got.status, got.body)
		}
	}},
	{"implicit ends with the client's date, and without one never began", func(w *world) {
		odoo := w.addOdoo()
		refused := func(code string) {
			w.t.Helper()
			if v := w.authorize(w.anna, tokenRequest).fragment(http.StatusFound); v.Get("error") != code || v.Get("access_token") != "" {
				w.t.Fatalf("expected %s, got %v", code, v)
			}
		}
		w.implicit(w.anna, tokenRequest)
		w.clock.add(odoo.LegacyUntil.Sub(w.clock.Now()) - time.Second)
		w.implicit(w.anna, tokenRequest)
		w.clock.add(time.Second)
		refused("unsupported_response_type")
		w.offer(true, false)
		refused("unauthorized_client")
		w.fixture.ChangeClient(w.t, "odoo", func(c *oauth.Client) { c.LegacyUntil = time.Time{} })
		refused("unauthorized_client")
	}},
	{"23 a trusted client that anybody's program could pose as is asked about, its secret proves nothing here", func(w *world) {
		w.addOdoo()
		w.fixture.ChangeClient(w.t, "odoo", skipConsent)
		w.authorize(w.anna, tokenRequest).fragment(http.StatusFound)
		w.fixture.ChangeClient(w.t, "odoo", func(c *oauth.Client) {
			c.Public, c.Secrets = false, []oauth.Secret{{Hash: oauth.HashSecret("secret")}}
			c.RedirectURIs = []string{odooRedirect, "http://127.0.0.1/cb"}
		})
		w.authorize(w.marc, tokenRequest).consentPage()
	}},
	{"75 legacy flows are advertised while some client uses them", func(w *world) {
		for _, offered := range []struct{ implicit, password bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
			w.offer(offered.implicit, offered.password)
			var m struct {
				Responses []string `json:"response_types_supported"`
				Grants    []string `json:"grant_types_supported"`
			}
			if err := json.Unmarshal([]byte(w.get(nil, "/.well-known/openid-configuration").body), &m); err != nil {
				w.t.Fatal(err)
			}
			responses, grants := "code", "authorization_code refresh_token client_credentials"
			if offered.password {
				grants += " password"
			}
			if offered.implicit {
				responses, grants = responses+" token", grants+" implicit"
			}
			if strings.Join(m.Responses, " ") != responses || strings.Join(m.Grants, " ") != grants {
				w.t.Fatalf("%+v: unexpected %+v", offered, m)
			}
		}
	}},
}
