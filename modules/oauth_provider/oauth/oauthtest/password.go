package oauthtest

import (
	"net/http"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

const legacySecret = "legacy secret"

var passwordRequest = args{"grant_type": "password", "username": "anna@example.com", "password": passwordOf("anna@example.com"), "scope": "email orders"}

// addLegacy adds a client that uses passwords for another year.
func (w *world) addLegacy() *oauth.Client {
	return w.addClient(oauth.Client{Active: true, GrantTypes: []string{oauth.GrantPassword},
		Scopes:        scopes("openid", "profile", "email", "offline_access", "orders"),
		DefaultScopes: []string{"email"}, LegacyUntil: w.clock.Now().Add(365 * day)}, "legacy", legacySecret)
}

func (w *world) legacy(a args) *answer { return w.token("legacy", legacySecret, a) }

var passwordTests = []test{
	{"46 password: ten minutes, no refresh token, no id_token", func(w *world) {
		w.addLegacy()
		got := w.legacy(passwordRequest.with(args{"scope": "openid email offline_access"})).tokens()
		if got.Expires != 600 || got.Refresh != "" || got.ID != "" || got.Type != "Bearer" || got.Scope != "openid email" {
			w.t.Fatalf("unexpected answer %+v", got)
		}
		w.wantAlive(got.Access, true)
		w.clock.add(10 * time.Minute)
		w.wantAlive(got.Access, false)
		w.wantScope(w.legacy(passwordRequest.with(args{"scope": ""})).tokens().Scope, "email")
		w.legacy(passwordRequest.with(args{"scope": "partners"})).wantJSON(http.StatusBadRequest, "invalid_scope")
		for _, missing := range []string{"username", "password"} {
			w.legacy(passwordRequest.with(args{missing: ""})).wantJSON(http.StatusBadRequest, "invalid_request")
		}
	}},
	{"46 password is only for clients that hold it, until their date", func(w *world) {
		legacy := w.addLegacy()
		w.token("shop", shopSecret, passwordRequest).wantJSON(http.StatusBadRequest, "unsupported_grant_type")
		w.offer(false, true)
		w.token("shop", shopSecret, passwordRequest).wantJSON(http.StatusBadRequest, "unauthorized_client")
		w.token("legacy", "wrong", passwordRequest).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.token("legacy", "", passwordRequest).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.legacy(args{"grant_type": "implicit"}).wantJSON(http.StatusBadRequest, "unsupported_grant_type")
		w.clock.add(legacy.LegacyUntil.Sub(w.clock.Now()) - time.Second)
		w.legacy(passwordRequest).tokens()
		w.clock.add(time.Second)
		w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "unauthorized_client")
		w.offer(false, false)
		w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "unsupported_grant_type")
		w.fixture.ChangeClient(w.t, "legacy", func(c *oauth.Client) { c.LegacyUntil = time.Time{} })
		w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "unsupported_grant_type")
	}},
	{"47 80 wrong passwords look alike and end in a lockout", func(w *world) {
		w.addLegacy()
		wrong := w.legacy(passwordRequest.with(args{"password": "wrong"}))
		unknown := w.legacy(passwordRequest.with(args{"username": "nobody@example.com"}))
		wrong.wantJSON(http.StatusBadRequest, "invalid_grant")
		if unknown.status != wrong.status || unknown.body != wrong.body {
			w.t.Fatalf("expected the same answer, got %s and %s", wrong.body, unknown.body)
		}
		w.legacy(passwordRequest.with(args{"scope": "partners", "password": "wrong"})).wantJSON(http.StatusBadRequest, "invalid_scope")
		w.legacy(passwordRequest.with(args{"password": "wrong"}))
		closed := w.legacy(passwordRequest)
		closed.wantJSON(http.StatusTooManyRequests, "invalid_grant")
		if closed.header.Get("Retry-After") != "60" {
			w.t.Fatalf("expected to be told when to come back, got %v", closed.header)
		}
	}},
	{"password: somebody switched off or not let in gets none", func(w *world) {
		w.addLegacy()
		w.fixture.SetUserActive(w.t, w.anna.id, false)
		w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.fixture.SetUserActive(w.t, w.anna.id, true)
		w.house.barred[w.anna.id] = true
		w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.house.barred[w.anna.id] = false
		w.legacy(passwordRequest).tokens()
	}},
	{"password makes a grant, and its withdrawal holds against the password", func(w *world) {
		legacy := w.addLegacy()
		got := w.legacy(passwordRequest).tokens()
		a, fail := w.provider.Authenticate(w.ctx(), bearerRequest(got.Access), oauth.Options{Scopes: []string{"orders"}})
		if fail != nil || a.UserID != w.anna.id || a.GrantID == 0 || a.AuthorizationID != 0 {
			w.t.Fatalf("expected a token under a grant, got %+v %v", a, fail)
		}
		again := w.legacy(passwordRequest).tokens()
		w.fixture.NarrowGrant(w.t, w.anna.id, legacy.ID, "email")
		if a, _ := w.provider.Authenticate(w.ctx(), bearerRequest(again.Access), oauth.Options{}); a == nil || a.Scopes.Codes() != "email" {
			w.t.Fatalf("expected a narrowed grant to hold, got %+v", a)
		}
		w.fixture.Withdraw(w.t, w.anna.id, legacy.ID, w.clock.Now())
		w.wantAlive(got.Access, false)
		w.wantAlive(again.Access, false)
		w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"54 password: what ends the user's tokens ends this one", func(w *world) {
		w.addLegacy()
		got := w.legacy(passwordRequest).tokens()
		w.clock.add(time.Second)
		w.fixture.EndTokens(w.t, w.anna.id, w.clock.Now())
		w.wantAlive(got.Access, false)
		fresh := w.legacy(passwordRequest).tokens()
		w.wantAlive(fresh.Access, true)
		w.revoke("legacy", legacySecret, fresh.Access)
		w.wantAlive(fresh.Access, false)
	}},
}
