package oauthprovider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// TestManagerCanDoAllThis goes through an OAuth manager's work with no other right than his.
func TestManagerCanDoAllThis(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		w := openHouse(t, at).world(t)
		manager := w.person("manager", "oauth_provider.manager")
		manager.signIn()
		seller := w.person("seller", "contacts.user")
		follow := func(p *page) *page {
			t.Helper()
			return manager.get(p.want(http.StatusSeeOther).header.Get("Location")).want(http.StatusOK)
		}
		code := fmt.Sprintf("made%d", w.n)
		scope := follow(manager.post(newScope, wholesale("code", code)))
		scope.want(http.StatusOK, "Wholesale", code, `value="salesperson.name" checked`)
		changed := wholesale("code", code, "name", "Trade customers")
		changed.Set("_version", scope.record().fields.Get("_version"))
		follow(manager.post(scope.at.Path, changed)).want(http.StatusOK, "Trade customers")

		form := manager.get("/records/oauth_provider.client/new").want(http.StatusOK).form("/records/oauth_provider.client/new").fields
		c := &client{id: fmt.Sprintf("managed-%d", w.n), redirect: "https://managed.example/cb"}
		for name, value := range map[string]string{"name": "Managed", "identifier": c.id, "application_type": "web", "active": "1", "pkce": "required", "token_kind": "opaque",
			"redirect_uris": c.redirect, "scopes": scope.at.Path[strings.LastIndex(scope.at.Path, "/")+1:],
			"id_token_alg": "RS256", "token_alg": "RS256", "access_seconds": "3600", "code_seconds": "60", "refresh_idle_seconds": "86400", "refresh_last_seconds": "86400"} {
			form.Set(name, value)
		}
		made := follow(manager.post("/records/oauth_provider.client/new", form))
		if c.secret = madeSecret.FindString(made.body); c.secret == "" {
			t.Fatal("the manager is not shown the secret of the client that he made")
		}
		token := seller.issue(c, "scope", code).Access
		if n := len(w.bearer("/oauth2/otherinfo?model=contacts.partner", token).json()); n == 0 {
			t.Error("the application that he connected is given nothing for somebody who may see partners")
		}
		for _, path := range []string{"/records/oauth_provider.scope", "/records/oauth_provider.client", "/records/oauth_provider.scope/export.csv", made.at.Path} {
			manager.get(path).want(http.StatusOK)
		}
		manager.post(scope.at.Path+"/archive", url.Values{}).want(http.StatusSeeOther)
		manager.post(scope.at.Path+"/unarchive", url.Values{}).want(http.StatusSeeOther)
	})
}

// TestManagerCanDoNoMore compares his rights with those of somebody in no group.
func TestManagerCanDoNoMore(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		w := openHouse(t, at).world(t)
		manager, plain := w.person("manager", "oauth_provider.manager"), w.person("plain")
		his, theirs := w.As(manager.login), w.As(plain.login)
		for _, m := range w.Database.Registry().Models() {
			own := m.Name == "oauth_provider.scope" || m.Name == "oauth_provider.client"
			for _, op := range []record.Op{record.OpRead, record.OpCreate, record.OpWrite, record.OpDelete} {
				if can := his.Can(op, m); can != (own || theirs.Can(op, m)) {
					t.Errorf("the manager's right to %s %s is %v", op, m.Name, can)
				}
				if own && theirs.Can(op, m) {
					t.Errorf("somebody in no group may %s %s", op, m.Name)
				}
			}
			for _, f := range m.AllFields() {
				if !own && (his.Sees(f) != theirs.Sees(f) || his.Sets(f) != theirs.Sets(f)) {
					t.Errorf("the manager sees or sets %s.%s, which others do not", m.Name, f.Name)
				}
			}
		}
		manager.signIn()
		plain.signIn()
		more := slices.DeleteFunc(menuLines(manager.get("/records/base.user")), func(l string) bool { return slices.Contains(menuLines(plain.get("/records/base.user")), l) })
		if !slices.Equal(more, []string{"/records/oauth_provider.scope", "/records/oauth_provider.client"}) {
			t.Errorf("the manager's menu has %q more than anybody's, want his two lines", more)
		}
		for _, path := range []string{"/records/base.audit", "/records/base.module", "/records/base.job", "/records/base.group", "/records/base.session", "/records/contacts.partner", "/records/sales.order"} {
			if p := manager.get(path); p.status != http.StatusForbidden && p.status != http.StatusNotFound {
				t.Errorf("GET %s answers the manager %d", path, p.status)
			}
		}
		t.Run("RunsAsNobodyAboveHim", func(t *testing.T) {
			robot := recordPage(w, "oauth_provider.client", w.robot.id)
			form := manager.get(robot).want(http.StatusOK).record().fields
			form.Set("user", itoa(w.ID("base.user", "admin")))
			form.Set("user.text", "Priya Raman")
			manager.post(robot, form).want(http.StatusUnprocessableEntity, "an administrator can choose")
		})
		t.Run("OwnRights", func(t *testing.T) {
			self := recordPage(w, "base.user", "manager_"+itoa(w.n))
			p := manager.post(self, url.Values{"_version": {"1"}, "groups": {itoa(w.ID("base.group", "base.admin"))}, "_has": {"groups"}})
			if p.status == http.StatusSeeOther || w.As(manager.login).Member("base.admin") {
				t.Errorf("the manager's post of more rights for himself answers %d", p.status)
			}
		})
	})
}

// recordPage is where the form of a record is.
func recordPage(w *world, model, name string) string {
	return fmt.Sprintf("/records/%s/%d", model, w.ID(model, name))
}

// record is the form that saves the record of a page.
func (p *page) record() *form {
	p.t.Helper()
	doc, err := html.Parse(strings.NewReader(p.body))
	must(p.t, err)
	for n := range doc.Descendants() {
		if n.Data == "form" && attribute(n, "id") == "record" {
			return readForm(n)
		}
	}
	p.t.Fatalf("%s %s (%d) has no form of a record: %.1500s", p.method, p.at.Path, p.status, p.body)
	return nil
}

// menuLines are where the lines of a page's menu lead.
func menuLines(p *page) []string {
	p.t.Helper()
	doc, err := html.Parse(strings.NewReader(p.want(http.StatusOK).body))
	must(p.t, err)
	var out []string
	for n := range doc.Descendants() {
		if n.Data != "nav" || attribute(n, "class") != "nav" {
			continue
		}
		for in := range n.Descendants() {
			if in.Data == "a" && !slices.Contains(out, attribute(in, "href")) {
				out = append(out, attribute(in, "href"))
			}
		}
	}
	return out
}
