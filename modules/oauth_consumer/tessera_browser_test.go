package oauthconsumer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// A user and his employee connect to another Tessera in one browser, a manager looks after
// their connections in another, and this application connects itself.
func TestTesseraInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	for name, o := range map[string]browser.Options{"Wide": {}, "NoScript": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newPair(t, dbtest.URL(t, db.SQLite), dbtest.URL(t, db.SQLite))
			d.there.Load("- {model: oauth_provider.client, id: house, values: {skip_authorization: false}}")
			for _, a := range []*apptest.App{d.here, d.there} {
				a.Load("- {model: base.user, id: marc, values: {lang: en}}")
			}
			w := watched{t: t, pair: d, options: o, name: name}
			marc, admin := chromium.Page(t, o), chromium.Page(t, o)
			signIn(marc, d.here, "marc@example.com")
			signIn(admin, d.here, "admin@example.com")
			w.user(marc, admin)
			w.application(admin)
			again := chromium.Page(t, o) // not signed in over there
			signIn(again, d.here, "marc@example.com")
			w.employee(again)
		})
	}
}

// watched is a pair of houses whose pages are looked at.
type watched struct {
	pair
	t       *testing.T
	options browser.Options
	name    string
}

func (w watched) look(p *browser.Page, what string) {
	w.t.Helper()
	look(w.t, p, w.options, what)
	if dir := os.Getenv("TESSERA_TEST_PICTURES"); dir != "" {
		p.FullScreenshot(filepath.Join(dir, "tessera-"+w.name+"-"+strings.ReplaceAll(what, " ", "-")+".png"))
	}
}

func (w watched) says(p *browser.Page, words ...string) {
	w.t.Helper()
	for _, word := range words {
		if text := p.Text(); !strings.Contains(text, word) {
			w.t.Errorf("%s does not say %q:\n%s", p.URL(), word, text)
		}
	}
}

func signIn(p *browser.Page, a *apptest.App, login string) {
	p.Open(a.URL + "/signin")
	fillIn(p, login)
}

// fillIn answers a page of sign-in.
func fillIn(p *browser.Page, login string) {
	password, _, _ := strings.Cut(login, "@")
	p.Fill("login", login)
	p.Fill("password", password)
	p.Submit()
}

// user: Marc connects himself under My account, the manager finds who and when with him.
func (w watched) user(marc, admin *browser.Page) {
	marc.Open(w.here.URL + "/account")
	marc.Click("css:a[href='/account/connections']")
	marc.WaitFor("As an employee")
	w.look(marc, "My account before")
	marc.Click(press("user", "connect"))
	marc.WaitFor("Another Tessera needs your permission first")
	w.look(marc, "the page before leaving")
	marc.Click("Continue to Another Tessera")
	marc.WaitFor("The other house")
	fillIn(marc, "anna@example.com")
	marc.WaitFor("Allow selected")
	marc.Click("Allow selected")
	marc.WaitFor("Connected to Another Tessera.")
	w.look(marc, "My account after")
	if want := w.here.URL + "/account/connections"; marc.URL() != want {
		w.t.Errorf("he is back at %s, want %s", marc.URL(), want)
	}

	admin.Open(w.here.URL + "/records/base.user")
	admin.Click("Marc")
	admin.Click("Connections")
	w.look(admin, "the tab of the user")
	w.says(admin, "Another Tessera", "Connected", "Production", "openid", "profile", "email", "Authorised", "Marc", "None yet")
	admin.Click("Test")
	admin.WaitFor("The connection to Another Tessera works.")
	w.says(admin, "200 · tessera.tokeninfo")
	admin.Click("Disconnect")
	admin.WaitFor("Disconnected from Another Tessera, which was told so.")
	w.says(admin, "Never connected")
	w.look(admin, "the tab of the user after")
}

// employee: the same from the form of his own employee, as himself over there.
func (w watched) employee(marc *browser.Page) {
	marc.Open(w.here.URL + "/records/hr.employee")
	marc.Click("css:main a[href^='/records/hr.employee/']")
	marc.Click("Connections")
	marc.Click("Connect")
	marc.WaitFor("Another Tessera needs your permission first")
	marc.Click("Continue to Another Tessera")
	marc.WaitFor("The other house")
	fillIn(marc, "marc@example.com")
	marc.WaitFor("Allow selected")
	marc.Click("Allow selected")
	marc.WaitFor("Connected to Another Tessera.")
	w.says(marc, "Renews itself", "openid")
	w.look(marc, "the tab of the employee")
	marc.Click("Test")
	marc.WaitFor("The connection to Another Tessera works.")
	w.says(marc, "200 · tessera.tokeninfo")
	marc.Click("Disconnect")
	marc.WaitFor("Disconnected from Another Tessera, which was told so.")
}

// application: a token by its own credentials, and a call with it.
func (w watched) application(admin *browser.Page) {
	admin.Open(w.here.URL + "/connections/application")
	admin.WaitFor("on its own behalf")
	w.look(admin, "This application before")
	admin.Click("Sandbox")
	admin.WaitFor("From now on Night work is used.")
	admin.Click("Connect")
	admin.WaitFor("Connected to Another Tessera.")
	w.says(admin, "By its own credentials", "None yet")
	admin.Click("Test")
	admin.WaitFor("The connection to Another Tessera works.")
	w.says(admin, "Sandbox: nothing that is done here counts.", "200 · tessera.tokeninfo")
	w.look(admin, "This application")
	admin.Click("Disconnect")
	admin.WaitFor("Disconnected from Another Tessera")
}

// press is the button of the card of an API user, where a page has cards of several.
func press(kind, what string) string {
	return "css:form[action^='/connections/of/" + kind + "/'][action$='/" + what + "'] button"
}
