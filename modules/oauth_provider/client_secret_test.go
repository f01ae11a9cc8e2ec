package oauthprovider_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
)

var madeSecret = regexp.MustCompile(`tss_[A-Za-z0-9_-]{43}`)

// TestClientSecret follows a secret from its making to its end, as a manager at the
// screen and the application meet it.
func TestClientSecret(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		w := openHouse(t, at).world(t)
		manager := w.person("manager", "oauth_provider.manager")
		manager.signIn().want(http.StatusSeeOther)
		secretOn := func(p *page) string {
			t.Helper()
			secret := madeSecret.FindString(p.want(http.StatusOK).body)
			if secret == "" {
				t.Fatalf("%s shows no secret", p.at.Path)
			}
			if again := manager.get(p.at.Path).want(http.StatusOK); madeSecret.MatchString(again.body) {
				t.Errorf("%s shows the secret twice", p.at.Path)
			}
			return secret
		}
		follow := func(p *page) *page {
			t.Helper()
			return manager.get(p.want(http.StatusSeeOther).header.Get("Location"))
		}
		c := &client{id: fmt.Sprintf("made-%d", w.n)}
		use := func(secret string, want int) {
			t.Helper()
			c.secret = secret
			if p := w.credentials(c, ""); p.status != want {
				t.Errorf("the token endpoint answers %d, want %d", p.status, want)
			}
		}

		form := manager.get("/records/oauth_provider.client/new").want(http.StatusOK).form("/records/oauth_provider.client/new").fields
		for name, value := range map[string]string{"name": "Made", "identifier": c.id, "application_type": "backend", "active": "1", "pkce": "required", "token_kind": "opaque",
			"id_token_alg": "RS256", "token_alg": "RS256", "access_seconds": "3600", "code_seconds": "60", "refresh_idle_seconds": "86400", "refresh_last_seconds": "86400"} {
			form.Set(name, value)
		}
		created := follow(manager.post("/records/oauth_provider.client/new", form))
		first := secretOn(created)
		use(first, http.StatusOK)

		act := func(name string) *page {
			t.Helper()
			at := created.at.Path + "/action/" + name
			manager.post(at, url.Values{}).want(http.StatusOK, "form") // it asks first
			return follow(manager.post(at, url.Values{"sure": {"1"}}))
		}
		second := secretOn(act("rotate_secret"))
		use(first, http.StatusOK)
		use(second, http.StatusOK)
		third := secretOn(act("rotate_secret"))
		use(first, http.StatusUnauthorized)
		use(second, http.StatusOK)
		use(third, http.StatusOK)
		act("end_old_secrets")
		use(second, http.StatusUnauthorized)
		use(third, http.StatusOK)

		old := w.credentials(c, "").tokens()
		w.bearer("/oauth2/tokeninfo", old.Access).want(http.StatusOK)
		act("revoke_tokens")
		w.bearer("/oauth2/tokeninfo", old.Access).want(http.StatusUnauthorized)
		w.bearer("/oauth2/tokeninfo", w.credentials(c, "").tokens().Access).want(http.StatusOK)

		manager.get(created.at.Path).want(http.StatusOK, "rotated the secret", "revoked all tokens")
		for name, secret := range map[string]string{"first": first, "second": second, "third": third} {
			if bytes.Contains(dump(t, w.Database.DB, tables(t, w.Database.DB)...), []byte(secret)) {
				t.Errorf("the %s secret is in the database", name)
			}
		}
	})
}
