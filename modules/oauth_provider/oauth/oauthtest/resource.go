package oauthtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

var resourceTests = []test{
	{"60 introspection needs a client and tells it of its own tokens only", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		w.do(formRequest("/oauth2/introspect", args{"token": got.Access}.encode())).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.do(formRequest("/oauth2/introspect", "")).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.do(formRequest("/oauth2/introspect", args{"token": got.Access, "client_id": "native"}.encode())).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.inspect("shop", shopSecret, "").wantJSON(http.StatusBadRequest, "invalid_request")
		seen := w.inspect("shop", shopSecret, got.Access)
		for _, want := range []string{`"active":true`, `"scope":"openid email"`, `"client_id":"shop"`, `"token_type":"Bearer"`, `"sub":"` + oauth.Subject("shop", w.anna.subject) + `"`, `"iss":"` + issuer + `"`} {
			if !strings.Contains(seen.body, want) {
				w.t.Fatalf("expected %s in %s", want, seen.body)
			}
		}
		if seen := w.inspect("shop", shopSecret, got.Refresh); !strings.Contains(seen.body, `"token_type":"refresh_token"`) {
			w.t.Fatalf("expected a refresh token, got %s", seen.body)
		}
		w.wantInactive("other", otherSecret, got.Access)
		w.wantInactive("other", otherSecret, got.Refresh)
		revoked := w.issue(w.anna, codeRequest)
		w.revoke("shop", shopSecret, revoked.Access)
		code := w.code(w.anna, codeRequest)
		for _, token := range []string{revoked.Access, revoked.Refresh, "x", code, got.ID, "tsa_" + strings.Repeat("A", 60), strings.Repeat("x", 5000)} {
			w.wantInactive("shop", shopSecret, token)
		}
		w.clock.add(time.Hour)
		w.wantInactive("shop", shopSecret, got.Access)
	}},
	{"61 truncated, extended and case-flipped tokens", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		for _, token := range []string{got.Access, got.Refresh} {
			flipped := []byte(token)
			i := 4 + strings.IndexFunc(token[4:], func(r rune) bool { return r >= 'a' && r <= 'z' })
			flipped[i] -= 'a' - 'A'
			for _, bad := range []string{token[:len(token)-1], token[1:], token + "A", token + "=", token + "\n", " " + token + " x", string(flipped), strings.ToUpper(token), strings.ToLower(token)} {
				w.wantInactive("shop", shopSecret, bad)
				w.wantAlive(bad, false)
			}
		}
		w.wantAlive(got.Access, true)
	}},
	{"62 revoking a foreign or unknown token changes nothing and answers 200", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		for _, token := range []string{got.Access, got.Refresh, "x", "tsa_" + strings.Repeat("A", 60)} {
			if answer := w.revoke("other", otherSecret, token); answer.status != http.StatusOK || answer.body != "{}" {
				w.t.Fatalf("expected 200, got %d %s", answer.status, answer.body)
			}
		}
		w.wantAlive(got.Access, true)
		w.wantGranted(got.Refresh, true)
		w.do(formRequest("/oauth2/revoke", args{"token": got.Access}.encode())).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.revoke("shop", "wrong", got.Access).wantJSON(http.StatusUnauthorized, "invalid_client")
	}},
	{"63 access and refresh token are revoked together", func(w *world) {
		one := w.issue(w.anna, codeRequest)
		w.revoke("shop", shopSecret, one.Access)
		w.wantAlive(one.Access, false)
		w.wantGranted(one.Refresh, false)
		two := w.issue(w.anna, codeRequest)
		r := formRequest("/oauth2/revoke_token", args{"token": two.Refresh, "token_type_hint": "access_token"}.encode())
		basic(r, "shop", shopSecret)
		w.do(r)
		w.wantAlive(two.Access, false)
		w.wantGranted(two.Refresh, false)
		robots := w.token("robot", robotSecret, credentialsRequest).tokens()
		spare := w.token("robot", robotSecret, credentialsRequest).tokens()
		w.revoke("robot", robotSecret, robots.Access)
		w.wantAlive(robots.Access, false)
		w.wantAlive(spare.Access, true)
	}},
	{"64 userinfo", func(w *world) {
		if got := w.bearer("/oauth2/userinfo", ""); got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") != "Bearer" {
			w.t.Fatalf("expected 401 with a bare challenge, got %d %v", got.status, got.header)
		}
		tokens := w.issue(w.anna, codeRequest.with(args{"scope": "openid email profile"}))
		got := w.bearer("/oauth2/userinfo", tokens.Access)
		var claims map[string]any
		if err := json.Unmarshal([]byte(got.body), &claims); err != nil {
			w.t.Fatal(err)
		}
		want := map[string]any{"sub": w.claims(tokens.ID)["sub"], "email": "anna@example.com", "name": `Anna "<Keller>" é`}
		if fmt.Sprint(claims) != fmt.Sprint(want) {
			w.t.Fatalf("expected %v, got %v", want, claims)
		}
		r := formRequest("/oauth2/userinfo", args{"access_token": tokens.Access}.encode())
		if posted := w.do(r); posted.body != got.body {
			w.t.Fatalf("expected the same by POST, got %d %s", posted.status, posted.body)
		}
		plain := w.issue(w.marc, codeRequest.with(args{"scope": "email"}))
		if got := w.bearer("/oauth2/userinfo", plain.Access); got.status != http.StatusOK {
			w.t.Fatalf("expected userinfo without openid for a client that has other scopes, got %d", got.status)
		}
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Scopes = scopes("openid", "email") })
		denied := w.bearer("/oauth2/userinfo", plain.Access)
		if denied.status != http.StatusForbidden || !strings.Contains(denied.header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
			w.t.Fatalf("expected 403, got %d %v", denied.status, denied.header)
		}
	}},
	{"65 a token in the URL only where it may be", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		for _, path := range []string{"/oauth2/tokeninfo", "/oauth2/userinfo"} {
			if a := w.bearer(path+"?access_token="+got.Access, ""); a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
				w.t.Fatalf("%s: expected 200 that is not stored, got %d", path, a.status)
			}
			if a := w.bearer(path+"?access_token="+got.Access, got.Access); a.status != http.StatusBadRequest || !strings.Contains(a.body, "invalid_request") {
				w.t.Fatalf("%s: expected two tokens to be refused, got %d", path, a.status)
			}
			if a := w.bearer(path+"?access_token="+got.Access+"&access_token=x", ""); a.status != http.StatusBadRequest {
				w.t.Fatalf("%s: expected a repeated token to be refused, got %d", path, a.status)
			}
		}
		r := formRequest("/api/x?access_token="+got.Access, "")
		if _, fail := w.provider.Authenticate(r.Context(), r, oauth.Options{}); fail == nil || fail.Status != http.StatusUnauthorized {
			w.t.Fatalf("expected 401, got %v", fail)
		}
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.NoQueryToken = true })
		if a := w.bearer("/oauth2/tokeninfo?access_token="+got.Access, ""); a.status != http.StatusUnauthorized {
			w.t.Fatalf("expected the client's choice to hold, got %d", a.status)
		}
		w.wantAlive(got.Access, true)
	}},
	{"66 tokeninfo", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Lifetimes.Access = 50 * time.Hour })
		got := w.issue(w.anna, codeRequest)
		w.clock.add(time.Hour)
		info := w.bearer("/oauth2/tokeninfo", got.Access)
		sub := oauth.Subject("shop", w.anna.subject)
		for _, want := range []string{`"audience":"shop"`, `"scopes":"openid email"`, `"expires_in":176400`, `"user_id":"` + sub + `"`, `"sub":"` + sub + `"`} {
			if !strings.Contains(info.body, want) {
				w.t.Fatalf("expected %s in %s", want, info.body)
			}
		}
		if got := w.inspect("shop", shopSecret, got.Access); !strings.Contains(got.body, sub) {
			w.t.Fatalf("expected the same sub, got %s", got.body)
		}
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Lifetimes.Access = 0 })
		w.clock.add(49 * time.Hour)
		for _, token := range []string{got.Access, "", "x"} {
			dead := w.bearer("/oauth2/tokeninfo", token)
			dead.wantJSON(http.StatusUnauthorized, "invalid_or_expired_token")
			if h := dead.header.Get("WWW-Authenticate"); !strings.HasPrefix(h, `Bearer error="invalid_token"`) {
				w.t.Fatalf("expected a challenge, got %q", h)
			}
		}
	}},
	{"66 the user id differs per client", func(w *world) {
		shops := w.issue(w.anna, codeRequest)
		others := w.token("other", otherSecret, redeem(w.code(w.anna, codeRequest.with(args{"client_id": "other"})))).tokens()
		if w.claims(shops.ID)["sub"] == w.claims(others.ID)["sub"] {
			w.t.Fatal("expected two clients to know her by two names")
		}
	}},
	{"a route names the scopes it needs", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		r := formRequest("/x", "")
		_, fail := w.provider.Authenticate(r.Context(), r, oauth.Options{Scopes: []string{"email", "orders"}})
		if fail == nil || fail.Status != http.StatusUnauthorized || fail.Header() != `Bearer scope="email orders"` {
			w.t.Fatalf("expected 401 naming the scopes, got %v", fail)
		}
		r.Header.Set("Authorization", "bearer "+got.Access)
		_, fail = w.provider.Authenticate(r.Context(), r, oauth.Options{Scopes: []string{"email", "orders"}})
		if fail == nil || fail.Status != http.StatusForbidden || !strings.Contains(fail.Header(), `error="insufficient_scope"`) || !strings.Contains(fail.Header(), `scope="email orders"`) {
			w.t.Fatalf("expected 403 naming the scopes, got %v", fail)
		}
		a, fail := w.provider.Authenticate(r.Context(), r, oauth.Options{Scopes: []string{"email"}})
		if fail != nil || a.UserID != w.anna.id || a.Client != "shop" || a.ClientID != w.shop.ID || a.GrantID == 0 || a.Scopes.String() != "openid@1 email@1" {
			w.t.Fatalf("unexpected access %+v, %v", a, fail)
		}
	}},
}

func (w *world) wantInactive(id, secret, token string) {
	w.t.Helper()
	if got := w.inspect(id, secret, token); got.status != http.StatusOK || got.body != `{"active":false}` {
		w.t.Fatalf("expected an inactive token, got %d %s", got.status, got.body)
	}
}
