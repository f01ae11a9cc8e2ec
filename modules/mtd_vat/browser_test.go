package mtdvat_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
