package oauthprovider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// element is the text of the element of a page with an id.
func (p *page) element(id string) string {
	p.t.Helper()
	doc, err := html.Parse(strings.NewReader(p.body))
	must(p.t, err)
	for n := range doc.Descendants() {
		if attribute(n, "id") != id {
			continue
		}
		var out strings.Builder
		for in := range n.Descendants() {
			if in.Type == html.TextNode {
				out.WriteString(in.Data)
			}
		}
		return out.String()
	}
	p.t.Fatalf("%s has no element %q", p.at.Path, id)
	return ""
}

// shell runs lines as a person pastes them, with variables exported.
func (w *world) shell(lines string, variables ...string) string {
	w.t.Helper()
	for _, program := range []string{"bash", "curl", "sed"} {
		_, err := exec.LookPath(program)
		dbtest.Require(w.t, program, err == nil, "it is not installed")
	}
	cmd := exec.CommandContext(w.t.Context(), "bash", "-eu", "-o", "pipefail")
	cmd.Stdin = strings.NewReader(lines)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, variables...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%v: %s\n%s", err, out, lines)
	}
	return string(out)
}

// manager is a browser of somebody who looks after clients and has no other right.
func (w *world) manager() *visitor {
	w.t.Helper()
	m := w.person("manager", "oauth_provider.manager")
	m.signIn().want(http.StatusSeeOther)
	return m
}

// TestTerminalLines runs the lines as they stand: those of the tab of a backend client, and
// those that a web client and a native one have after a test sign-in.
func TestTerminalLines(t *testing.T) {
	t.Parallel()
	w := openHouse(t, dbtest.URL(t, db.SQLite)).world(t)
	m := w.manager()
	t.Run("Backend", func(t *testing.T) {
		lines := m.get(w.clientPath(w.robot) + "?tab=integration").want(http.StatusOK).element("terminal")
		if strings.Contains(lines, w.robot.secret) {
			t.Error("the lines hold the secret")
		}
		out := w.shell(lines, "CLIENT_SECRET="+w.robot.secret)
		if !strings.Contains(out, `"scopes":"british"`) || !strings.Contains(out, `"name":`) {
			t.Errorf("the lines say %s", out)
		}
	})
	for name, c := range map[string]*client{"Web": w.shop, "Native": w.native} {
		t.Run(name, func(t *testing.T) {
			m.get(w.clientPath(c)+"?tab=integration").want(http.StatusOK, "Test sign-in for the lines")
			to := w.startTrial(m, c, oauth.TrialCode).header.Get("Location")
			lines := m.get(to).want(http.StatusOK, "within 60 seconds").element("terminal")
			if c.secret != "" && strings.Contains(lines, c.secret) {
				t.Error("the lines hold the secret")
			}
			out := w.shell(lines, "CLIENT_SECRET="+c.secret)
			if !strings.Contains(out, `"scopes":"`) || !strings.Contains(out, m.login) {
				t.Errorf("the lines say %s", out)
			}
			if n := w.authorizations(c); n != 0 {
				t.Errorf("%d authorizations live on after the last line", n)
			}
			m.get(to).want(http.StatusNotFound, "This test sign-in is over")
		})
	}
	t.Run("Legacy", func(t *testing.T) {
		w.Load(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {application_type: legacy, legacy_until: %s}}", w.other.id, time.Now().AddDate(1, 0, 0).Format(time.DateOnly)))
		if body := m.get(w.clientPath(w.other) + "?tab=integration").want(http.StatusOK).body; strings.Contains(body, "terminal-h") {
			t.Error("lines are offered that nobody can run")
		}
	})
}

// TestIntegrationSettings holds what stands on the tab against what the endpoints say.
func TestIntegrationSettings(t *testing.T) {
	t.Parallel()
	w := openHouse(t, dbtest.URL(t, db.SQLite)).world(t)
	m := w.manager()
	page := w.clientPath(w.shop) + "?tab=integration"
	m.get(page).want(http.StatusOK, w.URL+"/.well-known/openid-configuration", "S256", "client_secret_basic", "https://shop.example/cb?x=1", ">"+w.URL+"/oauth2/introspect<")
	m.get(page+"&snippet=odoo").want(http.StatusOK, "Odoo signs in with the implicit grant.", "/action/fit_odoo", ">"+w.URL+"/oauth2/tokeninfo<", ">"+w.URL+"/oauth2/userinfo<")
	m.get(w.clientPath(w.shop)+"/action/fit_odoo").want(http.StatusOK, "implicit grant for a year")
	m.post(w.clientPath(w.shop)+"/action/fit_odoo", url.Values{"sure": {"1"}}).want(http.StatusSeeOther)
	m.get(page).want(http.StatusOK, "works until", "No redirect URI ends in /auth_oauth/signin")
	b := w.person("odoo", "contacts.user")
	got := b.authorize(w.shop.ask("response_type", "token", "code_challenge", "", "code_challenge_method", "", "scope", "self"))
	if v := b.answer(got, "allow", got.consent().boxes...).back(w.shop, http.StatusSeeOther); v.Get("access_token") == "" {
		t.Errorf("Odoo is told %v", v)
	}
	m.get(w.clientPath(w.robot)+"?tab=integration&snippet=oidc").want(http.StatusOK, "it has no sign-in by code", "This type of application signs nobody in")

	stranger := w.person("stranger")
	stranger.signIn()
	for _, tab := range []string{"integration", "activity"} {
		stranger.get(w.clientPath(w.shop) + "?tab=" + tab).want(http.StatusForbidden)
	}
	id := w.ID("oauth_provider.client", w.shop.id)
	for _, path := range []string{fmt.Sprintf("/settings/oauth/clients/%d/trial", id), fmt.Sprintf("/settings/oauth/clients/%d/redirects", id), fmt.Sprintf("/settings/oauth-clients/%d/end", id)} {
		stranger.post(path, nil).want(http.StatusForbidden)
		w.browser().post(path, nil).want(http.StatusSeeOther)
	}
}

// TestIntegrationInTheBrowser copies a value and runs a test sign-in, as people do.
func TestIntegrationInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	for name, o := range map[string]browser.Options{"Script": {Dark: true}, "NoScript": {NoScript: true, Phone: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := h.world(t)
			p := w.signedIn(chromium, o, w.person("manager", "oauth_provider.manager"))
			w.browser().get(w.shop.ask("redirect_uri", "https://shop.example/cb/")).wantPage(http.StatusBadRequest)
			look := func() {
				t.Helper()
				if p.SidewaysScroll() {
					t.Errorf("%s scrolls sideways", p.URL())
				}
				if o.NoScript {
					return
				}
				for _, v := range p.Axe() {
					t.Errorf("%s: axe: %s", p.URL(), v)
				}
			}
			p.Open(w.URL + w.clientPath(w.shop) + "?tab=integration")
			look()
			if !o.NoScript {
				p.Eval(`navigator.clipboard.writeText = async text => { window.copied = text }`, nil)
				p.Click("css:tr:nth-child(2) [data-copy]")
				var copied string
				p.Eval("window.copied", &copied)
				if copied != w.URL+"/.well-known/openid-configuration" {
					t.Errorf("copied %q", copied)
				}
			}
			run := func(c *client, want string) {
				t.Helper()
				var lines string
				p.Eval(`document.querySelector('#terminal').textContent`, &lines)
				if out := w.shell(lines, "CLIENT_SECRET="+c.secret); !strings.Contains(out, want) {
					t.Errorf("the lines say %s", out)
				}
			}
			p.Open(w.URL + w.clientPath(w.robot) + "?tab=integration")
			look()
			run(w.robot, `"scopes":"british"`)
			p.Open(w.URL + w.clientPath(w.shop) + "?tab=integration")
			p.Click("Test sign-in for the lines")
			p.Click("Allow selected")
			p.WaitFor("The code works once")
			look()
			run(w.shop, `"scopes":"self"`)
			p.Click("Back to the client")
			p.Click("Test sign-in") // what is asked stays allowed
			p.WaitFor("It works.")
			look()
			text := p.Text()
			for _, want := range []string{"Exchange the code for tokens", "Read who signed in", "Revoke everything", "manager"} {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q:\n%s", want, text)
				}
			}
			p.Click("Back to the client")
			p.Click("Register this address")
			p.WaitFor("is registered")
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}
