package mtdvat_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// Marc files the demo's return in a browser: HMRC's stand-in and back with a restart while
// he is away, review, declaration, receipt. Once wide and light, once on a phone in the
// dark.
func TestInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	for _, c := range []struct {
		name    string
		options browser.Options
	}{
		{"Wide", browser.Options{Lang: "en"}},
		{"PhoneDark", browser.Options{Lang: "en", Width: 320, Height: 700, Dark: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dbtest.URL(t, db.SQLite))
			p := chromium.Page(t, c.options)
			look := func(name string) {
				t.Helper()
				for _, v := range p.Axe() {
					t.Errorf("%s: %s", name, v)
				}
				if p.SidewaysScroll() {
					t.Errorf("%s scrolls sideways", name)
				}
				if dir := os.Getenv("TESSERA_TEST_PICTURES"); dir != "" {
					p.FullScreenshot(filepath.Join(dir, "vat-"+c.name+"-"+name+".png"))
				}
			}
			p.Open(w.URL + "/signin")
			p.Fill("login", "marc@example.com")
			p.Fill("password", "marc")
			p.Submit()
			p.WaitFor("VAT return 1")
			look("home")
			p.Click("File")
			p.WaitFor("Not yet confirmed by HMRC")
			look("period")
			p.Click("Continue")
			p.WaitFor("You will be sent to HMRC")
			look("leave")
			p.Click("Continue to HMRC")
			p.WaitFor("HMRC stand-in – not HMRC")
			w.Reopen()
			p.Fill("user_id", harrow[0])
			p.Fill("password", harrow[1])
			p.Submit()
			p.WaitFor("Give permission")
			p.Click("Give permission")
			p.WaitFor("HMRC’s own periods")
			look("obligations")
			p.Click("Continue")
			p.WaitFor("Nine boxes")
			look("review")
			p.Click("Continue to declaration")
			p.WaitFor("A false declaration can result in prosecution.")
			look("declare")
			p.Check("I have read the declaration and confirm it for this company.")
			p.Click("Submit to HMRC")
			p.WaitFor("HMRC has your return.")
			look("receipt")
			if got := w.returns(); len(got) != 1 || got[0].FormBundle == "" || !strings.Contains(p.Text(), got[0].FormBundle) {
				t.Errorf("kept is %+v", got)
			}
			calls := w.hmrc.Calls()
			sent := calls[len(calls)-1]
			if !strings.Contains(sent.Headers["Gov-Client-Browser-Js-User-Agent"], "Chrome") || !strings.Contains(sent.Headers["Gov-Client-Screens"], "scaling-factor=") {
				t.Errorf("the browser told %v", sent.Headers)
			}
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}

// He refuses at HMRC, is back at his step with what he chose, takes another business's
// account, is led to HMRC's sign-out first, since HMRC remembers who signed in, and goes
// on with the right one.
func TestRefusedAndWrongAccountInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	for name, o := range map[string]browser.Options{"Wide": {}, "NoScript": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dbtest.URL(t, db.SQLite))
			p := chromium.Page(t, o)
			look := func(what string) {
				t.Helper()
				if !o.NoScript {
					for _, v := range p.Axe() {
						t.Errorf("%s: %s", what, v)
					}
				}
				if said := p.Console(); len(said) > 0 {
					t.Errorf("%s: the browser complains: %q", what, said)
				}
				if dir := os.Getenv("TESSERA_TEST_PICTURES"); dir != "" {
					p.FullScreenshot(filepath.Join(dir, "vat-account-"+name+"-"+what+".png"))
				}
			}
			atHMRC := func(who [2]string) {
				t.Helper()
				p.Fill("user_id", who[0])
				p.Fill("password", who[1])
				p.Submit()
				p.WaitFor("Give permission?")
			}
			p.Open(w.URL + "/signin")
			p.Fill("login", "marc@example.com")
			p.Fill("password", "marc")
			p.Submit()
			p.Click("File")
			p.WaitFor("Not yet confirmed by HMRC")
			p.Check("You can file from") // the period that is not offered first
			later := dueOfLater(t, p.Text())
			p.Click("Continue")
			p.Click("Continue to HMRC")
			atHMRC(harrow)
			p.Click("Do not give permission")
			p.WaitFor("You did not grant access at HMRC. Nothing was sent.")
			p.WaitFor("What you entered is kept.")
			p.WaitFor(later)
			look("refused")
			p.Open(w.hmrc.URL + "/gateway/sign-out")
			p.Back()
			p.Click("Try again")
			p.Click("Continue to HMRC")
			atHMRC(northwind)
			p.Click("Give permission")
			p.WaitFor("cannot act for GB 123 4567 89")
			p.WaitFor(later)
			if strings.Contains(p.Text(), "Connected to HMRC") {
				t.Error("the page speaks of a connection that does not work")
			}
			look("wrong")
			p.Click("Try again")
			p.WaitFor("Sign out at HMRC first")
			look("leave")
			p.Click("Sign out at HMRC")
			p.WaitFor("You are signed out of the pretend Government Gateway.")
			p.Back()
			p.Click("Continue to HMRC")
			atHMRC(harrow)
			p.Click("Give permission")
			p.WaitFor("HMRC’s own periods")
			look("obligations")
		})
	}
}

var fileFrom = regexp.MustCompile(`You can file from (\d+ \w+ \d+)`)

// dueOfLater is when the return of the period under way is due: a month and seven days
// after the period's end, which is the day before it can be filed.
func dueOfLater(t *testing.T, page string) string {
	t.Helper()
	m := fileFrom.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no period is under way:\n%s", page)
	}
	from, err := time.Parse("2 Jan 2006", m[1])
	if err != nil {
		t.Fatal(err)
	}
	return "Due " + from.AddDate(0, 1, 6).Format("2 Jan 2006")
}
