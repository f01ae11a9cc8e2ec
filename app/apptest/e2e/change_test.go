package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// TestChange changes definitions in a process beside the server: each holds at the next
// request, although on SQLite the server remembers rows.
func TestChange(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		o := at(t, url)
		o.feed(partners, "load", "-").ok()
		o.feed(fmt.Sprintf(access, "http://localhost:1"), "load", "-").ok()
		s := o.serve()
		lea := newBrowser(t)
		lea.signIn(s, "lea@example.com", password).want(http.StatusOK)
		c := newClient(t, s)
		w := &world{t, o, s, lea, c, c.token(lea)}
		w.wantAlive()
		for _, step := range []struct {
			name string
			do   func(*testing.T, *world)
		}{
			{"RecordChanged", recordChanged},
			{"ScopeNarrowed", scopeNarrowed},
			{"ScopeWidened", scopeWidened},
			{"GroupTaken", groupTaken},
			{"RedirectRemoved", redirectRemoved},
			{"SecretReplaced", secretReplaced},
			{"ClientArchived", clientArchived},
			{"UserDeactivated", userDeactivated},
		} {
			t.Run(step.name, func(t *testing.T) { step.do(t, w) }) // one after the other, on one server
		}
	})
}

// world is a server under way with a person, a client and its token.
type world struct {
	t     *testing.T
	o     *operator
	s     *server
	lea   *browser
	c     *client
	token string
}

// load changes one record from another process.
func (w *world) load(text string) { w.t.Helper(); w.o.feed(text, "load", "-").ok("1 updated") }

func (w *world) wantAlive() {
	w.t.Helper()
	data(w.s, w.token).want(http.StatusOK)
	bearer(w.s, "/oauth2/tokeninfo", w.token).want(http.StatusOK)
	bearer(w.s, "/oauth2/userinfo", w.token).want(http.StatusOK)
}

func (w *world) wantDead(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/oauth2/tokeninfo", "/oauth2/userinfo", "/oauth2/otherinfo?model=res.partner"} {
		if p := bearer(w.s, path, w.token); p.status != http.StatusUnauthorized {
			t.Errorf("%s answers %d, want 401: %s", path, p.status, p.body)
		}
	}
}

func recordChanged(t *testing.T, w *world) {
	w.load("- {model: contacts.partner, id: p1, values: {city: Roubaix}}")
	if got := data(w.s, w.token).want(http.StatusOK).body; !strings.Contains(got, "Roubaix") {
		t.Errorf("the data are %s, want the new city", got)
	}
}

func scopeNarrowed(t *testing.T, w *world) {
	w.load("- {model: oauth_provider.scope, id: trade, values: {fields: [name]}}")
	if got := data(w.s, w.token).want(http.StatusOK).body; strings.Contains(got, "Roubaix") || !strings.Contains(got, "Atelier Nord") {
		t.Errorf("the data are %s, want names only", got)
	}
	w.load(`- {model: oauth_provider.scope, id: trade, values: {filter: [["name", "=", "Chaux"]]}}`)
	if got := data(w.s, w.token).want(http.StatusOK).body; strings.Contains(got, "Atelier Nord") {
		t.Errorf("the data are %s, want no record beyond the new filter", got)
	}
}

// A wider scope shows an old grant nothing new, and is asked for again.
func scopeWidened(t *testing.T, w *world) {
	w.load("- {model: oauth_provider.scope, id: card, values: {fields: [name, email, phone]}}")
	if got := bearer(w.s, "/oauth2/userinfo", w.token).want(http.StatusOK).body; strings.Contains(got, "+33") {
		t.Errorf("the old token shows %s, want no telephone number", got)
	}
	w.token = w.c.token(w.lea)
	if got := bearer(w.s, "/oauth2/userinfo", w.token).want(http.StatusOK).body; !strings.Contains(got, "+33") {
		t.Errorf("the new token shows %s, want the telephone number that was agreed to", got)
	}
}

func groupTaken(t *testing.T, w *world) {
	data(w.s, w.token).want(http.StatusOK, "Chaux")
	w.load("- {model: base.user, id: lea, values: {groups: [base.user]}}")
	if p := data(w.s, w.token); p.status == http.StatusOK {
		t.Errorf("without the right to see partners the data are %s", p.body)
	}
	w.load("- {model: base.user, id: lea, values: {groups: [base.user, contacts.user]}}")
	data(w.s, w.token).want(http.StatusOK, "Chaux")
}

func redirectRemoved(t *testing.T, w *world) {
	w.c.code(w.lea)
	w.load(`- {model: oauth_provider.client, id: shop, values: {redirect_uris: ["https://shop.example/callback"]}}`)
	p := w.lea.get(w.c.oauth.AuthCodeURL("state"))
	if p.status != http.StatusBadRequest || !strings.HasPrefix(p.at.String(), w.s.base) {
		t.Errorf("%s answers %d, want a page with 400", p.at, p.status)
	}
	w.load(fmt.Sprintf(`- {model: oauth_provider.client, id: shop, values: {redirect_uris: [%q]}}`, callback))
	w.c.code(w.lea)
}

func secretReplaced(t *testing.T, w *world) {
	code := w.c.code(w.lea)
	w.load("- {model: oauth_provider.client, id: shop, values: {secret: another-secret-of-the-shop-0123456789}}")
	_, err := w.c.exchange(code)
	wantRefused(t, err, "invalid_client")
	w.c.oauth.ClientSecret = "another-secret-of-the-shop-0123456789"
	if _, err := w.c.exchange(w.c.code(w.lea)); err != nil {
		t.Errorf("with the new secret: %v", err)
	}
}

func clientArchived(t *testing.T, w *world) {
	w.wantAlive()
	w.load("- {model: oauth_provider.client, id: shop, values: {active: false}}")
	w.wantDead(t)
	w.load("- {model: oauth_provider.client, id: shop, values: {active: true}}")
}

func userDeactivated(t *testing.T, w *world) {
	w.token = w.c.token(w.lea)
	w.wantAlive()
	code := w.c.code(w.lea)
	w.load("- {model: base.user, id: lea, values: {active: false}}")
	w.wantDead(t)
	_, err := w.c.exchange(code)
	wantRefused(t, err, "invalid_grant")
	if p := w.lea.get(w.s.base + "/"); p.at.Path != "/signin" {
		t.Errorf("the session still opens %s", p.at)
	}
}

// TestTwoServers runs two instances on one database that share nothing else.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	one := at(t, dbtest.URL(t, db.Postgres))
	one.feed(partners, "load", "-").ok()
	one.feed(fmt.Sprintf(access, "http://localhost:1"), "load", "-").ok()
	two := at(t, one.database)
	two.env = []string{"TESSERA_KEYSET=" + read(t, one.file("tessera.keyset"))}
	a := one.serve()
	b := two.serve("--base-url", a.base)
	if !strings.Contains(b.greeting, a.base) {
		t.Fatalf("the second server says %q, want both known as %s", b.greeting, a.base)
	}

	lea := newBrowser(t)
	lea.signIn(a, "lea@example.com", password).want(http.StatusOK)
	lea.get(b.base+"/account/applications").want(http.StatusOK, "Léa Martin") // the session holds at both
	c := newClient(t, a)
	code := c.code(lea)
	c.oauth.Endpoint.TokenURL = b.base + "/oauth2/token"
	token, err := c.exchange(code)
	if err != nil {
		t.Fatalf("the code of one instance at the other: %v", err)
	}
	if _, err := c.exchange(code); err == nil {
		t.Error("the code works twice")
	}
	again, err := c.exchange(c.code(lea))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*server{a, b} {
		data(s, again.AccessToken).want(http.StatusOK, "Chaux")
		if p := data(s, token.AccessToken); p.status != http.StatusUnauthorized {
			t.Errorf("after the replay of its code the token gives %d at %s, want 401", p.status, s.base)
		}
	}

	p := lea.get(a.base + "/account/applications")
	f := form{action: regexp.MustCompile(`/account/applications/\d+/withdraw`).FindString(p.body)}
	ask := lea.get(a.base + f.action) // it asks first
	f.fields = ask.form(f.action).fields
	lea.submit(ask, f).want(http.StatusOK)
	for _, s := range []*server{b, a} {
		if p := data(s, again.AccessToken); p.status != http.StatusUnauthorized {
			t.Errorf("after the withdrawal at one instance %s answers %d, want 401", s.base, p.status)
		}
	}
}
