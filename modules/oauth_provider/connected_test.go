package oauthprovider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

const applications = "/account/applications"

// grant is the latest grant of a person to a client.
func (b *visitor) grant(c *client) *oauth.Grant {
	b.w.t.Helper()
	f := &fixture{env: b.w.System()}
	var id int64
	must(b.w.t, f.db().QueryRowContext(b.w.t.Context(), "SELECT id FROM oauth_provider_client WHERE identifier = ?", c.id).Scan(&id))
	var g oauth.Grant
	var scopes, refused string
	must(b.w.t, f.db().QueryRowContext(b.w.t.Context(), "SELECT id, scopes, refused FROM oauth_provider_grant WHERE user_id = ? AND client_id = ? ORDER BY id DESC LIMIT 1", b.id, id).
		Scan(&g.ID, &scopes, &refused))
	var err error
	g.Scopes, err = oauth.ParseScopes(scopes)
	must(b.w.t, err)
	g.ClientID, g.Refused = id, strings.Fields(refused)
	return &g
}

// application is the page of a client among the connected applications.
func (b *visitor) application(c *client, rest string) string {
	b.w.t.Helper()
	return applications + "/" + itoa(b.grant(c).ID) + rest
}

// withdraws takes a client's access away as a person does: list, question, answer.
func (b *visitor) withdraws(c *client) *page {
	b.w.t.Helper()
	ask := b.application(c, "/withdraw")
	b.get(applications).want(http.StatusOK, `href="`+ask+`"`)
	f := b.get(ask).want(http.StatusOK).form(ask)
	b.post(f.action, f.fields).want(http.StatusSeeOther)
	return b.get(applications).want(http.StatusOK, "has no access any more")
}

// shares ticks exactly these boxes of what a client sees.
func (b *visitor) shares(c *client, path string, ticked ...string) *page {
	b.w.t.Helper()
	at := b.application(c, path)
	f := b.get(at).want(http.StatusOK).form(at)
	f.fields["scope"] = ticked
	return b.post(f.action, f.fields)
}

// audited are the actions on a client in the audit log, newest last.
func (w *world) audited(clientID int64) []string {
	w.t.Helper()
	rows, err := w.Database.DB.QueryContext(w.t.Context(), "SELECT action FROM audit WHERE model = 'oauth_provider.client' AND record_id = ? ORDER BY id", clientID)
	must(w.t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var action string
		must(w.t, rows.Scan(&action))
		out = append(out, action)
	}
	must(w.t, rows.Err())
	return out
}

func TestConnectedApplications(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, database string) {
		t.Parallel()
		h := openHouse(t, database)
		h.Database.DB.TakeLease() // as a server does: on SQLite it remembers what it may
		for name, run := range map[string]func(*world){
			"Empty": func(w *world) {
				anna := w.person("anna")
				anna.signIn()
				anna.get(applications).want(http.StatusOK, "No application has access")
			},
			"Shown":           connectedShown,
			"Narrowed":        connectedNarrowed,
			"TickedAgain":     connectedTickedAgain,
			"KeepsRevision":   connectedKeepsRevision,
			"ErrForm":         connectedErrForm,
			"ErrForeign":      connectedErrForeign,
			"WithdrawTrusted": connectedTrusted,
			"AllowAgain":      connectedAllowAgain,
			"French": func(w *world) {
				anna := w.person("anna")
				w.Load(fmt.Sprintf("- {model: base.user, id: anna_%d, values: {lang: fr}}", w.n))
				anna.issue(w.shop)
				anna.get(applications).want(http.StatusOK, "Applications connectées", "Dernière utilisation", "Changer ce qu’elle voit")
				anna.get(anna.application(w.shop, "")).want(http.StatusOK, "Ce que voit The shop", "Décochez ce que")
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				run(h.world(t))
			})
		}
	})
}

func connectedShown(w *world) {
	anna := w.person("anna", "contacts.user")
	w.Load(fmt.Sprintf(`- {model: oauth_provider.client, id: %s, values: {publisher: Shops & Sons, homepage: "https://shop.example/about"}}`, w.shop.id))
	code := anna.code(w.shop, "scope", "openid self companies")
	anna.get(applications).want(http.StatusOK, "The shop", "Not used yet")
	w.redeem(w.shop, code).tokens()
	p := anna.get(applications).want(http.StatusOK, "Shops &amp; Sons", `href="https://shop.example/about"`, ">shop.example</a>", "Who you are", "Companies",
		"Will see: name, login and", "<b>1 record</b>", "(your own)", "Last used: ", "Allowed")
	if strings.Contains(p.body, "Not used yet") {
		w.t.Error("an application that has a token is said to be unused")
	}
}

func connectedNarrowed(w *world) {
	anna := w.person("anna", "contacts.user")
	got := anna.issue(w.shop, "scope", "openid self companies")
	partners := "/oauth2/otherinfo?model=contacts.partner"
	w.bearer(partners, got.Access).want(http.StatusOK)
	anna.shares(w.shop, "", "self").want(http.StatusSeeOther)
	w.bearer(partners, got.Access).want(http.StatusBadRequest, "invalid_model")
	if scopes := w.bearer("/oauth2/tokeninfo", got.Access).json()["scopes"]; scopes != "openid self" {
		w.t.Errorf("the living token has %q", scopes)
	}
	if scope := w.refresh(w.shop, got.Refresh).tokens().Scope; scope != "openid self" {
		w.t.Errorf("refreshed with %q", scope)
	}
	code := anna.authorize(w.shop.ask("scope", "openid self companies")).back(w.shop, http.StatusFound).Get("code")
	if scope := w.redeem(w.shop, code).tokens().Scope; scope != "openid self" {
		w.t.Errorf("granted %q although companies was unticked, and nobody was asked", scope)
	}
	if said := w.audited(anna.grant(w.shop).ClientID); !slices.Contains(said, "access changed") {
		w.t.Errorf("the audit log has %q", said)
	}
}

func connectedTickedAgain(w *world) {
	anna := w.person("anna", "contacts.user")
	p := anna.authorize(w.shop.ask("scope", "openid self companies"))
	code := anna.answer(p, "allow", "self").back(w.shop, http.StatusSeeOther).Get("code")
	got := w.redeem(w.shop, code).tokens()
	anna.get(anna.application(w.shop, "")).want(http.StatusOK, "Companies")
	anna.shares(w.shop, "", "self", "companies", "british", "never").want(http.StatusSeeOther)
	if codes := anna.grant(w.shop).Scopes.Codes(); codes != "openid companies self" {
		w.t.Errorf("the grant has %q, want what was offered", codes)
	}
	w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).want(http.StatusBadRequest) // the token was made without it
	code = anna.authorize(w.shop.ask("scope", "openid self companies")).back(w.shop, http.StatusFound).Get("code")
	if scope := w.redeem(w.shop, code).tokens().Scope; scope != "openid companies self" {
		w.t.Errorf("asked again, granted %q", scope)
	}
}

func connectedKeepsRevision(w *world) {
	code := fmt.Sprintf("growing%d", w.n)
	w.Load(fmt.Sprintf(`
- {model: oauth_provider.scope, id: %[1]s, values: {code: %[1]s, name: Growing, model: contacts.partner, all_records: true, fields: [name]}}
- {model: oauth_provider.client, id: %[2]s, values: {scopes: [openid, self, %[1]s]}}`, code, w.shop.id))
	anna := w.person("anna", "contacts.user")
	got := anna.issue(w.shop, "scope", "openid self "+code)
	w.Load(fmt.Sprintf("- {model: oauth_provider.scope, id: %[1]s, values: {fields: [name, city]}}", code))
	anna.get(anna.application(w.shop, "")).want(http.StatusOK, "Will see: name of")
	anna.shares(w.shop, "", code).want(http.StatusSeeOther)
	if version, ok := anna.grant(w.shop).Scopes.Find(code); !ok || version != 1 {
		w.t.Errorf("the scope is granted at revision %d (%v), want 1", version, ok)
	}
	if body := w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).want(http.StatusOK, `"name"`).body; strings.Contains(body, `"city"`) {
		w.t.Error("the old grant shows a field that was added later")
	}
	anna.shares(w.shop, "", "self").want(http.StatusSeeOther)
	anna.get(anna.application(w.shop, "")).want(http.StatusOK, "Will see: name and city of")
	anna.shares(w.shop, "", code).want(http.StatusSeeOther)
	if version, _ := anna.grant(w.shop).Scopes.Find(code); version != 2 {
		w.t.Errorf("ticked again at revision %d, want the one shown", version)
	}
}

func connectedErrForm(w *world) {
	anna := w.person("anna", "contacts.user")
	anna.issue(w.shop, "scope", "self companies")
	before := anna.grant(w.shop).Scopes.String()
	anna.shares(w.shop, "").want(http.StatusBadRequest, "Tick at least one")
	at := anna.application(w.shop, "")
	anna.post(at, url.Values{"scope": {"self"}, "shown": {"self@9"}}).want(http.StatusConflict, "changed meanwhile")
	anna.post(at, url.Values{"scope": {"self"}}).want(http.StatusConflict)
	if after := anna.grant(w.shop).Scopes.String(); after != before {
		w.t.Errorf("the grant is %q, want %q as before", after, before)
	}
	anna.get(anna.application(w.shop, "/allow")).want(http.StatusNotFound)
	anna.get(applications + "/0").want(http.StatusNotFound)
	anna.get(applications + "/x/withdraw").want(http.StatusNotFound)
}

func connectedErrForeign(w *world) {
	anna, eve := w.person("anna"), w.person("eve")
	got := anna.issue(w.shop)
	eve.signIn()
	for _, rest := range []string{"", "/withdraw", "/allow"} {
		at := anna.application(w.shop, rest)
		eve.get(at).want(http.StatusNotFound)
		eve.post(at, url.Values{"scope": {"self"}, "shown": {anna.grant(w.shop).Scopes.String()}}).want(http.StatusNotFound)
	}
	w.wantAlive(w.shop, got.Access, true)
}

// connectedTrusted withdraws from a client that is never asked about: then it is.
func connectedTrusted(w *world) {
	w.Load(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {skip_authorization: true}}", w.shop.id))
	anna := w.person("anna")
	code := anna.authorize(w.shop.ask()).back(w.shop, http.StatusFound).Get("code")
	got := w.redeem(w.shop, code).tokens()
	anna.get(applications).want(http.StatusOK, "Set up by your company")
	anna.withdraws(w.shop).want(http.StatusOK, "Withdrawn on")
	w.wantAlive(w.shop, got.Access, false)
	w.refresh(w.shop, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
	anna.post(anna.application(w.shop, "/withdraw"), nil).want(http.StatusNotFound)
	anna.get(anna.application(w.shop, "/allow")).want(http.StatusNotFound) // it has a page of its own
	p := anna.authorize(w.shop.ask())
	p.consent()
	anna.answer(p, "allow", "self").back(w.shop, http.StatusSeeOther)
	if said := w.audited(anna.grant(w.shop).ClientID); !slices.Contains(said, "access withdrawn") {
		w.t.Errorf("the audit log has %q", said)
	}
}

// connectedAllowAgain is the way back for an application that has no consent page.
func connectedAllowAgain(w *world) {
	till := &client{id: w.shop.id + "-till", secret: "the secret of the till"}
	w.Load(fmt.Sprintf(`- {model: oauth_provider.client, id: %[1]s, values: {name: Till, identifier: %[1]s, secret: %[2]q, application_type: legacy,
    legacy_until: %[3]s, scopes: [self, companies], default_scopes: [self, companies]}}`, till.id, till.secret, time.Now().AddDate(0, 1, 0).Format(time.DateOnly)))
	anna := w.person("anna", "contacts.user")
	anna.signIn()
	grant := func() *page {
		return w.direct(till, "/oauth2/token", url.Values{"grant_type": {"password"}, "username": {anna.login}, "password": {password}})
	}
	old := grant().tokens()
	anna.withdraws(till).want(http.StatusOK, "Withdrawn on", "Could see: ", "Allow again")
	w.bearer("/oauth2/userinfo", old.Access).want(http.StatusUnauthorized)
	grant().wantJSON(http.StatusBadRequest, "invalid_grant")
	anna.shares(till, "/allow").want(http.StatusBadRequest, "Tick at least one")
	anna.shares(till, "/allow", "self").want(http.StatusSeeOther)
	if again := grant().tokens(); again.Scope != "self" {
		w.t.Errorf("let in again with %q, want what was ticked", again.Scope)
	}
	w.bearer("/oauth2/userinfo", old.Access).want(http.StatusUnauthorized)
	anna.get(applications).want(http.StatusOK, "Last used: ")
	said := w.audited(anna.grant(till).ClientID)
	if n := len(slices.DeleteFunc(said, func(s string) bool { return s != "grant given" })); n != 2 {
		w.t.Errorf("%d grants in the audit log, want two", n)
	}
	w.Load(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {groups: [base.admin]}}", till.id))
	anna.withdraws(till)
	anna.get(anna.application(till, "/allow")).want(http.StatusForbidden)
}
