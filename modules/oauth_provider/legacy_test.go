package oauthprovider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

// odooState is what Odoo's auth_oauth sends as state, and must get back unchanged.
const odooState = `{"d": "db", "p": 4, "r": "https%3A%2F%2Fodoo.example.com%2Fweb"}`

func (w *world) odoo() *client {
	w.t.Helper()
	c := &client{id: w.shop.id + "-odoo", redirect: "https://odoo.example.com/auth_oauth/signin"}
	until := time.Now().AddDate(0, 6, 0).Format(time.DateOnly)
	w.Load(`- {model: oauth_provider.client, id: ` + c.id + `, values: {name: Odoo, identifier: ` + c.id + `, public: true, application_type: mobile, legacy_until: ` + until +
		`, scopes: [profile, email], redirect_uris: ["` + c.redirect + `"]}}`)
	return c
}

// TestOdooSignIn is the exchange of Odoo's own auth_oauth, versions 14 to 18.
func TestOdooSignIn(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, database string) {
		t.Parallel()
		w := openHouse(t, database).world(t)
		odoo := w.odoo()
		ask := "/oauth2/authorize?" + url.Values{"response_type": {"token"}, "client_id": {odoo.id}, "redirect_uri": {odoo.redirect},
			"scope": {"profile email"}, "state": {odooState}}.Encode()

		anna := w.person("anna")
		v := anna.answer(anna.authorize(ask), "allow", "profile", "email").back(odoo, http.StatusSeeOther)
		token := v.Get("access_token")
		if token == "" || v.Get("state") != odooState || v.Get("token_type") != "Bearer" || v.Has("refresh_token") {
			t.Fatalf("the way back holds %v", v)
		}
		for _, read := range []func(path string) *page{
			func(path string) *page { return w.browser().get(path + "?access_token=" + url.QueryEscape(token)) },
			func(path string) *page { return w.bearer(path, token) },
		} {
			info, user := read("/oauth2/tokeninfo").json(), read("/oauth2/userinfo").json()
			if info["user_id"] != user["sub"] || user["email"] != anna.login || user["id"] != nil {
				t.Errorf("tokeninfo %v and userinfo %v", info, user)
			}
			if left, _ := info["expires_in"].(float64); left <= 0 || left > 600 {
				t.Errorf("the token lives %v seconds, want ten minutes at most", left)
			}
		}
		t.Run("Refused", func(t *testing.T) {
			bea := w.person("bea")
			if v := bea.answer(bea.authorize(ask), "deny").back(odoo, http.StatusSeeOther); v.Get("error") != "access_denied" || v.Get("state") != odooState {
				t.Errorf("the way back holds %v", v)
			}
		})
		t.Run("WrongRedirectURI", func(t *testing.T) {
			anna.get(strings.Replace(ask, "odoo.example.com", "evil.example.com", 1)).wantPage(http.StatusBadRequest)
		})
		t.Run("Withdrawn", func(t *testing.T) {
			anna.withdraws(odoo)
			p := w.browser().get("/oauth2/tokeninfo?access_token="+url.QueryEscape(token)).wantJSON(http.StatusUnauthorized, "invalid_or_expired_token")
			if got := p.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
				t.Errorf("WWW-Authenticate is %q", got)
			}
		})
		t.Run("Advertised", func(t *testing.T) {
			w.browser().get("/.well-known/openid-configuration").want(http.StatusOK, `"token"`, `"implicit"`)
		})
	})
}

func TestPasswordGrantAndJWT(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, database string) {
		t.Parallel()
		w := openHouse(t, database).world(t)
		id := w.shop.id + "-till"
		until := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
		w.Load(`- {model: oauth_provider.client, id: ` + id + `, values: {name: Till, identifier: ` + id + `, secret: the-secret-of-the-till, application_type: legacy,
    legacy_until: ` + until + `, token_kind: jwt, token_alg: ES256, scopes: [self], default_scopes: [self]}}`)
		carl := w.person("carl")
		grant := func(pw string) *page {
			r := w.request(http.MethodPost, "/oauth2/token", url.Values{"grant_type": {"password"}, "username": {carl.login}, "password": {pw}}.Encode())
			r.SetBasicAuth(id, "the-secret-of-the-till")
			return w.browser().send(r)
		}
		grant("wrong").wantJSON(http.StatusBadRequest, "invalid_grant")
		got := grant(password).json()
		if got["refresh_token"] != nil || got["id_token"] != nil || got["scope"] != "self" {
			t.Fatalf("the answer is %v", got)
		}
		token, _ := got["access_token"].(string)
		parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
		must(t, err)
		var set jose.JSONWebKeySet
		must(t, json.Unmarshal([]byte(w.browser().get("/oauth2/jwks").want(http.StatusOK).body), &set))
		if _, err := parsed.Verify(set); err != nil {
			t.Errorf("the access token does not verify with the published keys: %v", err)
		}
		if user := w.bearer("/oauth2/userinfo", token).json(); user["login"] != carl.login {
			t.Errorf("userinfo is %v", user)
		}
		var claims struct{ Iat, Exp int64 }
		must(t, json.Unmarshal(parsed.UnsafePayloadWithoutVerification(), &claims))
		if life := claims.Exp - claims.Iat; life != 600 {
			t.Errorf("the JWT says that it lives %d seconds, want ten minutes", life)
		}
		t.Run("PutOff", func(t *testing.T) {
			dora := w.person("dora", "oauth_provider.manager")
			dora.signIn()
			form := func(client string) *page {
				return dora.get(web.RecordPath("oauth_provider.client", w.ID("oauth_provider.client", client))).want(http.StatusOK)
			}
			form(id).want(http.StatusOK, "/action/extend_legacy")
			if strings.Contains(form(w.shop.id).body, "/action/extend_legacy") {
				t.Error("a client without such a grant offers to put its end off")
			}
		})
		w.Load(`- {model: oauth_provider.client, id: ` + id + `, values: {active: false}}`)
		w.bearer("/oauth2/userinfo", token).want(http.StatusUnauthorized)
	})
}

func TestLegacyNeedsAnEnd(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		a := apptest.New(t, url, modules.All...)
		good := map[string]any{"name": "Old", "secret": "a-secret-of-an-old-one", "application_type": "legacy", "legacy_until": time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}
		wantRefused(t, manager(t, a), "oauth_provider.client", good, []refused{
			{"ErrNoEnd", map[string]any{"legacy_until": ""}, fault.Invalid, "legacy_until", "Write the last day"},
			{"ErrPast", map[string]any{"legacy_until": "2020-01-01"}, fault.Invalid, "legacy_until", "This day has passed"},
			{"ErrFar", map[string]any{"legacy_until": "2199-01-01"}, fault.Invalid, "legacy_until", "Write a day within"},
			{"ErrType", map[string]any{"application_type": "backend"}, fault.Invalid, "legacy_until", "Only mobile and legacy"},
		})
	})
}
