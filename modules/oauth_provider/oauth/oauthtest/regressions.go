package oauthtest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// regressionTests are the faults that the Odoo module had, one test each, named after
// what it did. Those about records and fields (an empty field list gave all fields; dates
// crashed JSON) are the module's own, the engine knows neither.
var regressionTests = []test{
	{"regression: the scope was taken from the token request", func(w *world) {
		code := w.code(w.anna, codeRequest)
		got := w.token("shop", shopSecret, redeem(code).with(args{"scope": "openid email orders partners"})).tokens()
		w.wantScope(got.Scope, "openid email")
		w.wantVersion(got.Access, "email", 1)
		if info := w.bearer("/oauth2/tokeninfo", got.Access); strings.Contains(info.body, "orders") {
			w.t.Fatalf("expected what Anna ticked, got %s", info.body)
		}
	}},
	{"regression: refresh without a token matched another user's row", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantCode} })
		w.issue(w.anna, codeRequest) // a row without a refresh token
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantCode, oauth.GrantRefresh} })
		w.code(w.marc, codeRequest) // and one whose code waits
		for _, body := range []string{"grant_type=refresh_token", "grant_type=refresh_token&refresh_token=", "grant_type=refresh_token&refresh_token"} {
			r := formRequest("/oauth2/token", body)
			basic(r, "shop", shopSecret)
			w.do(r).wantJSON(http.StatusBadRequest, "invalid_request")
		}
		for _, token := range []string{"0", "null", "None", "False", "%"} {
			w.refresh(token).wantJSON(http.StatusBadRequest, "invalid_grant")
		}
	}},
	{"regression: codes never expired", func(w *world) {
		code := w.code(w.anna, codeRequest)
		w.clock.add(time.Minute)
		w.redeem(code).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"regression: refresh died with the access token and stayed valid after rotation", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		w.clock.add(2 * time.Hour)
		w.wantAlive(got.Access, false)
		next := w.refresh(got.Refresh).tokens()
		w.clock.add(time.Minute)
		w.wantGranted(got.Refresh, false)
		w.wantGranted(next.Refresh, false) // its reuse ended the family
	}},
	{"regression: revocation needed a CSRF token", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		r := formRequest("/oauth2/revoke_token", args{"token": got.Access}.encode())
		r.Header.Set("Origin", "https://shop.example.com")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		basic(r, "shop", shopSecret)
		if a := w.do(r); a.status != http.StatusOK {
			w.t.Fatalf("expected 200, got %d %s", a.status, a.body)
		}
		w.wantAlive(got.Access, false)
	}},
	{"regression: consent was kept in one session slot", func(w *world) {
		one := w.authorize(w.anna, codeRequest.with(args{"state": "one"})).consentPage()
		two := w.authorize(w.anna, codeRequest.with(args{"client_id": "other", "state": "two"})).consentPage()
		first := w.allow(w.anna, one, "email").redirected(http.StatusSeeOther)
		second := w.allow(w.anna, two, "email").redirected(http.StatusSeeOther)
		if first.Get("state") != "one" || second.Get("state") != "two" {
			w.t.Fatalf("expected each tab its own answer, got %v and %v", first, second)
		}
		w.redeem(first.Get("code")).tokens()
		w.token("other", otherSecret, redeem(second.Get("code"))).tokens()
	}},
	{"regression: two JWTs in one second collided", func(w *world) {
		w.fixture.ChangeClient(w.t, "robot", jwtAlg("EdDSA"))
		one := w.token("robot", robotSecret, credentialsRequest).tokens().Access
		two := w.token("robot", robotSecret, credentialsRequest).tokens().Access
		if one == two || w.claims(one)["jti"] == w.claims(two)["jti"] || w.claims(one)["iat"] != w.claims(two)["iat"] {
			w.t.Fatalf("expected two tokens of one second, got %v and %v", w.claims(one), w.claims(two))
		}
		w.revoke("robot", robotSecret, one)
		w.wantAlive(one, false)
		w.wantAlive(two, true)
	}},
	{"regression: wrong EC curve, no kid, no JWKS", func(w *world) {
		w.fixture.ChangeClient(w.t, "robot", jwtAlg("ES256"))
		token := w.token("robot", robotSecret, credentialsRequest).tokens().Access
		if head := w.header(token); head["alg"] != "ES256" || head["kid"] == nil {
			w.t.Fatalf("unexpected header %v", head)
		}
		w.claims(token) // found by kid and verified with what the JWKS says
		if keys := w.get(nil, "/oauth2/jwks").body; !strings.Contains(keys, `"crv":"P-256"`) {
			w.t.Fatalf("expected the P-256 key that ES256 is defined for, got %s", keys)
		}
	}},
	{"regression: an empty first scope restarted an intersection and failed open", func(w *world) {
		got := w.issue(w.anna, wide)
		w.fixture.NarrowGrant(w.t, w.anna.id, w.shop.ID)
		a, fail := w.provider.Authenticate(w.ctx(), bearerRequest(got.Access), oauth.Options{})
		if fail != nil || len(a.Scopes) != 0 {
			w.t.Fatalf("expected a token that sees nothing, got %+v %v", a, fail)
		}
		if next := w.refresh(got.Refresh).tokens(); next.Scope != "" {
			w.t.Fatalf("expected nothing to be refreshed, got %q", next.Scope)
		}
	}},
	{"regression: expires_in lost whole days", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Lifetimes.Access = 3 * day })
		got := w.issue(w.anna, codeRequest)
		if got.Expires != 3*86400 {
			w.t.Fatalf("expected three days, got %d s", got.Expires)
		}
		w.clock.add(day)
		if info := w.bearer("/oauth2/tokeninfo", got.Access); !strings.Contains(info.body, `"expires_in":172800`) {
			w.t.Fatalf("expected two days, got %s", info.body)
		}
	}},
	{"regression: secrets and tokens could be read from the tables", func(w *world) {
		w.addOdoo()
		w.addLegacy()
		w.fixture.ChangeClient(w.t, "robot", jwtAlg("EdDSA"))
		code := w.code(w.anna, codeRequest)
		got := w.issue(w.anna, codeRequest)
		robots := w.token("robot", robotSecret, credentialsRequest).tokens().Access
		page := w.authorize(w.marc, codeRequest).consentPage()
		secrets := map[string]string{"code": code, "access token": got.Access, "refresh token": got.Refresh, "JWT": robots,
			"its jti": w.claims(robots)["jti"].(string), "implicit token": w.implicit(w.anna, tokenRequest).Get("access_token"),
			"password's token": w.legacy(passwordRequest).tokens().Access, "client secret": shopSecret, "handle": page.Handle, "password": passwordRequest["password"]}
		stored := string(w.fixture.Dump(w.t))
		for name, secret := range secrets {
			if strings.Contains(stored, secret) {
				w.t.Errorf("the %s is stored", name)
			}
		}
	}},
	{"regression: an unknown token at revoke gave 401", func(w *world) {
		for _, token := range []string{"x", "tsa_" + strings.Repeat("A", 60), "a.b.c"} {
			if a := w.revoke("shop", shopSecret, token); a.status != http.StatusOK {
				w.t.Fatalf("%q: expected 200, got %d %s", token, a.status, a.body)
			}
		}
	}},
	{"regression: errors were pages with status 200", func(w *world) {
		w.authorize(w.anna, codeRequest.with(args{"client_id": "nobody"})).wantPage(http.StatusBadRequest)
		w.authorize(w.anna, codeRequest.with(args{"redirect_uri": "https://evil.example/"})).wantPage(http.StatusBadRequest)
		w.redeem("x").wantJSON(http.StatusBadRequest, "invalid_grant")
		w.token("shop", "wrong", redeem("x")).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.bearer("/oauth2/tokeninfo", "x").wantJSON(http.StatusUnauthorized, "invalid_or_expired_token")
		w.bearer("/oauth2/userinfo", "x").wantJSON(http.StatusUnauthorized, "invalid_token")
	}},
	{"regression: there was no Deny", func(w *world) {
		page := w.authorize(w.anna, codeRequest).consentPage()
		got := w.post(w.anna, page.Action, url.Values{oauth.FieldHandle: {page.Handle}, oauth.FieldDecision: {oauth.DecisionDeny}}.Encode())
		if v := got.redirected(http.StatusSeeOther); v.Get("error") != "access_denied" || v.Get("state") != "a b" || v.Get("iss") != issuer {
			w.t.Fatalf("expected the client to be told, got %v", v)
		}
		if g, _, err := w.fixture.Storage().Grant(w.ctx(), w.anna.id, w.shop.ID); err != nil || g != nil {
			w.t.Fatalf("expected no grant, got %+v %v", g, err)
		}
	}},
}
