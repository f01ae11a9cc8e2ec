package oauthconsumer_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// The whole bounce as a person makes it, with a restart of the server while he is away.
func TestInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	for name, o := range map[string]browser.Options{"Desktop": {}, "PhoneDark": {Phone: true, Dark: true}, "NoScript": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dbtest.URL(t, db.SQLite), oauthconsumer.Profile{Key: "trial", Groups: []string{"base.user"}})
			p := chromium.Page(t, o)
			p.Open(w.App.URL + "/")
			p.Fill("login", "admin@example.com")
			p.Fill("password", "admin")
			p.Submit()
			p.Open(w.App.URL + wizard.StartPath("trial.errand"))
			p.Fill("Note", "kept")
			p.Click("Continue")
			p.WaitFor("needs your permission first")
			look(t, p, o, "the page before leaving")
			p.Click("Continue to Trial & Sons")
			p.WaitFor("Trial asks")
			w.Reopen()
			p.Click("Refuse")
			p.WaitFor("You did not grant access at Trial & Sons. Nothing was sent.")
			look(t, p, o, "the step after a refusal")
			p.Click("Try again")
			p.WaitFor("needs your permission first")
			p.Click("Continue to Trial & Sons")
			p.Click("Grant access")
			p.WaitFor("Connected to Trial & Sons.")
			p.Open(w.App.URL + "/records/base.company/" + itoa(w.companySubject().ID) + "?tab=connections")
			p.WaitFor("Renews itself")
			look(t, p, o, "the tab of the company")
			p.Click("Test")
			p.WaitFor("The connection to Trial & Sons works.")
			p.Click("Details")
			p.WaitFor("Renewed 1 time")
			look(t, p, o, "the details")
			p.Open(w.App.URL + "/account/connections")
			p.WaitFor("Never connected")
			look(t, p, o, "My account > Connections")
			p.Open(w.App.URL + "/connections/application")
			p.WaitFor("on its own behalf")
			look(t, p, o, "This application")
			p.Open(w.App.URL + "/records/base.company/" + itoa(w.companySubject().ID) + "?tab=connections")
			p.Click("Disconnect")
			p.WaitFor("Disconnected from Trial & Sons")
			p.WaitFor("Never connected")
		})
	}
}

// look holds a page to what every page is held to.
func look(t *testing.T, p *browser.Page, o browser.Options, what string) {
	t.Helper()
	if !o.NoScript {
		if p.SidewaysScroll() {
			t.Errorf("%s scrolls sideways", what)
		}
		for _, v := range p.Axe() {
			t.Errorf("%s: %s", what, v)
		}
	}
	if said := p.Console(); len(said) > 0 {
		t.Errorf("%s: the browser complains: %s", what, strings.Join(said, "; "))
	}
}
