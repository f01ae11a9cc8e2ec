package oauthtest

import (
	"net/http"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

var credentialsRequest = args{"grant_type": "client_credentials"}

var clientTests = []test{
	{"45 client credentials: no refresh, no id_token, not for public clients", func(w *world) {
		got := w.token("robot", robotSecret, credentialsRequest.with(args{"scope": "openid orders"})).tokens()
		if got.Refresh != "" || got.ID != "" || got.Scope != "orders" || got.Expires != 3600 {
			w.t.Fatalf("unexpected answer %+v", got)
		}
		w.wantAlive(got.Access, true)
		w.wantScope(w.token("robot", robotSecret, credentialsRequest).tokens().Scope, "orders")
		w.token("robot", robotSecret, credentialsRequest.with(args{"scope": "email"})).wantJSON(http.StatusBadRequest, "invalid_scope")
		w.token("shop", shopSecret, credentialsRequest).wantJSON(http.StatusBadRequest, "unauthorized_client")
		w.fixture.ChangeClient(w.t, "native", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantClientCredentials} })
		w.token("native", "", credentialsRequest).wantJSON(http.StatusBadRequest, "unauthorized_client")
	}},
	{"45 a client that runs as nobody has no user", func(w *world) {
		w.fixture.ChangeClient(w.t, "robot", func(c *oauth.Client) { c.RunsAs = 0 })
		got := w.token("robot", robotSecret, credentialsRequest).tokens()
		if info := w.bearer("/oauth2/tokeninfo", got.Access); info.status != 200 || strings.Contains(info.body, "user_id") || !strings.Contains(info.body, `"sub":"robot"`) {
			w.t.Fatalf("expected no user, got %s", info.body)
		}
	}},
	{"45 54 a client that runs as a user who is switched off", func(w *world) {
		got := w.token("robot", robotSecret, credentialsRequest).tokens()
		w.fixture.SetUserActive(w.t, w.robot.RunsAs, false)
		w.wantAlive(got.Access, false)
		w.token("robot", robotSecret, credentialsRequest).wantJSON(http.StatusBadRequest, "unauthorized_client")
	}},
	{"48 wrong secrets and methods", func(w *world) {
		code := w.code(w.anna, codeRequest)
		wrong := func(got *answer) {
			w.t.Helper()
			got.wantJSON(http.StatusUnauthorized, "invalid_client")
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic ") {
				w.t.Fatalf("expected a challenge, got %v", got.header)
			}
		}
		wrong(w.token("shop", "wrong", redeem(code)))
		wrong(w.token("shop", otherSecret, redeem(code)))
		wrong(w.token("nobody", shopSecret, redeem(code)))
		wrong(w.token("shop", "", redeem(code)))
		wrong(w.token("native", "guess", redeem(code)))
		wrong(w.token("", "", redeem(code)))
		wrong(w.token("", shopSecret, redeem(code)))
		wrong(w.do(formRequest("/oauth2/token", redeem(code).with(args{"client_id": "shop", "client_assertion": "x"}).encode())))
		for _, header := range []string{"Bearer x", "Basic", "Basic %%%", "Basic c2hvcA=="} {
			r := formRequest("/oauth2/token", redeem(code).encode())
			r.Header.Set("Authorization", header)
			wrong(w.do(r))
		}
		w.token("shop", shopSecret, redeem(code).with(args{"client_secret": shopSecret})).wantJSON(http.StatusBadRequest, "invalid_request")
		w.token("shop", shopSecret, redeem(code).with(args{"client_id": "other"})).wantJSON(http.StatusBadRequest, "invalid_request")
		w.redeem(code).tokens()
	}},
	{"48 Basic with the same client_id in the body is one method", func(w *world) {
		w.token("shop", shopSecret, redeem(w.code(w.anna, codeRequest)).with(args{"client_id": "shop"})).tokens()
		r := formRequest("/oauth2/token", redeem(w.code(w.anna, codeRequest)).with(args{"client_id": "shop", "client_secret": shopSecret}).encode())
		w.do(r).tokens()
	}},
	{"48 two secrets live while rotating, a removed one dies at once", func(w *world) {
		w.fixture.ChangeClient(w.t, "robot", func(c *oauth.Client) {
			c.Secrets = append(c.Secrets[:1:1], oauth.Secret{Hash: oauth.HashSecret("second")})
		})
		w.token("robot", robotSecret, credentialsRequest).tokens()
		w.token("robot", "second", credentialsRequest).tokens()
		w.fixture.ChangeClient(w.t, "robot", func(c *oauth.Client) { c.Secrets = c.Secrets[1:2:2] })
		w.token("robot", robotSecret, credentialsRequest).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.token("robot", "second", credentialsRequest).tokens()
	}},
	{"48 a secret that is being replaced dies at its end", func(w *world) {
		until := func(d time.Duration) {
			w.fixture.ChangeClient(w.t, "robot", func(c *oauth.Client) {
				c.Secrets = []oauth.Secret{{Hash: oauth.HashSecret(robotSecret), ExpiresAt: w.clock.Now().Add(d)}, {Hash: oauth.HashSecret("second")}}
			})
		}
		until(time.Hour)
		w.token("robot", robotSecret, credentialsRequest).tokens()
		w.clock.add(time.Hour)
		w.token("robot", robotSecret, credentialsRequest).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.token("robot", "second", credentialsRequest).tokens()
	}},
	{"52 every answer is JSON that is not stored", func(w *world) {
		for _, path := range []string{"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/revoke_token"} {
			for _, r := range []*http.Request{formRequest(path, ""), formRequest(path, "%zz"), formRequest(path, "token=%00"), formRequest(path, "client_id='%3B--")} {
				got := w.do(r)
				if got.status < 400 || got.status > 401 || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/json" ||
					!strings.HasPrefix(got.body, `{"error":"`) || strings.Contains(strings.ToLower(got.body), "sql") {
					w.t.Fatalf("%s: unexpected %d %v %s", path, got.status, got.header, got.body)
				}
			}
		}
	}},
	{"54 a client switched off authenticates no more", func(w *world) {
		w.fixture.ChangeClient(w.t, "robot", func(c *oauth.Client) { c.Active = false })
		w.token("robot", robotSecret, credentialsRequest).wantJSON(http.StatusUnauthorized, "invalid_client")
		w.inspect("robot", robotSecret, "x").wantJSON(http.StatusUnauthorized, "invalid_client")
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Active = false })
		w.authorize(w.anna, codeRequest).wantPage(http.StatusBadRequest)
	}},
}
