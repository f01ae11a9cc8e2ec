package wizards_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// TestInTheBrowser does what a person does: enters, mends, is sent away and comes back,
// goes back, leaves, goes on from the home page, files.
func TestInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	for name, o := range map[string]browser.Options{"Desktop": {}, "Phone": {Phone: true}, "NoScript": {NoScript: true}, "Dark": {Dark: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, dbtest.URL(t, db.SQLite))
			p := chromium.Page(t, o)
			look := func() {
				t.Helper()
				if !o.NoScript { // the same page, looked at three times already
					for _, v := range p.Axe() {
						t.Errorf("%s: %s", p.URL(), v)
					}
				}
				var over bool
				if p.Eval("document.documentElement.scrollWidth > document.documentElement.clientWidth", &over); over {
					t.Errorf("%s scrolls sideways", p.URL())
				}
			}
			p.Open(h.URL + "/signin?next=" + start)
			p.Fill("login", "anna@example.com")
			p.Fill("password", "anna")
			p.Submit()
			p.WaitFor("Choose what you want to file.")
			look()
			p.Fill("amount", "lots")
			p.Click("Continue")
			p.WaitFor("Adjustment: Write a number.")
			if got := p.Value("amount"); got != "lots" {
				t.Errorf("the adjustment shows %q, want it as it was typed", got)
			}
			look()
			p.Check("August to October")
			p.Fill("amount", "240.00")
			h.office.grant(false)
			p.Press("Enter") // in a field: Continue, not one of the other buttons
			p.WaitFor("May Tessera file for you?")
			p.Click("Go back")
			p.WaitFor("The tax office wants you to sign in there first.")
			look()
			p.Click("Continue")
			p.WaitFor("May Tessera file for you?")
			h.office.grant(true)
			p.Click("Go back")
			p.WaitFor("VAT due on sales")
			look()
			p.Click("Back")
			p.WaitFor("Choose what you want to file.")
			if got := p.Value("amount"); got != "240.00" {
				t.Errorf("after Back the adjustment shows %q, want 240.00", got)
			}
			p.Fill("note", "half of it")
			p.Click("Save and leave")
			p.WaitFor("Saved. You can go on from the home page.")
			p.Open(h.URL + "/")
			p.WaitFor("Needs you")
			look()
			p.Open(h.URL + start)
			p.WaitFor("Go on where you were?")
			look()
			p.Click("Continue")
			p.WaitFor("Choose what you want to file.")
			if got := p.Value("note"); got != "half of it" {
				t.Errorf("the note shows %q, want what was left", got)
			}
			p.Click("Continue")
			p.WaitFor("VAT due on sales")
			p.Click("Continue to declaration")
			p.WaitFor("I declare that this is true")
			p.Click("File the return")
			p.WaitFor("Enter a value.")
			p.Check("I declare that this is true")
			p.Click("File the return")
			p.WaitFor("GB-1")
			look()
			if n := h.office.filings(); n != 1 {
				t.Errorf("%d returns were filed, want 1", n)
			}
			p.Click("Done")
			p.WaitFor("Companies")
			p.Open(h.URL + "/")
			p.WaitFor("Needs you")
			if strings.Contains(p.Text(), "Tax return") {
				t.Error("the home page still lists what is done")
			}
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}

// The steps of the rail that were passed lead back, and take along what was typed.
func TestRailInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	p := chromium.Page(t, browser.Options{Lang: "fr", Width: 320, Height: 700})
	p.Open(h.URL + "/signin?next=" + start)
	p.Fill("login", "marc@example.com")
	p.Fill("password", "marc")
	p.Submit()
	p.WaitFor("Choisissez ce que vous voulez déclarer.")
	p.Check("Août à octobre")
	p.Click("Continuer")
	p.WaitFor("Contrôle")
	p.Click("Passer à la déclaration")
	p.WaitFor("Je déclare que ceci est exact")
	p.Check("Je déclare que ceci est exact")
	var over bool
	if p.Eval("document.documentElement.scrollWidth > document.documentElement.clientWidth", &over); over {
		t.Error("the page scrolls sideways at 320 px")
	}
	p.Eval(`document.querySelector('.steps button[value="period"]').click()`, nil)
	p.WaitFor("Choisissez ce que vous voulez déclarer.")
	p.Click("Continuer")
	p.WaitFor("Contrôle")
	p.Click("Passer à la déclaration")
	p.WaitFor("Je déclare que ceci est exact")
	if !p.Checked("Je déclare que ceci est exact") {
		t.Error("the tick of the step that was left by the rail is lost")
	}
}
