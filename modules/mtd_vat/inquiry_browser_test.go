package mtdvat_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// Marc asks HMRC in a browser: the way there and back to the page, penalties and a charge
// of a scenario, the check of the headers that his browser makes, a test organisation.
func TestAskingInTheBrowser(t *testing.T) {
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
					p.FullScreenshot(filepath.Join(dir, "ask-"+c.name+"-"+name+".png"))
				}
			}
			p.Open(w.URL + "/signin")
			p.Fill("login", "marc@example.com")
			p.Fill("password", "marc")
			p.Submit()
			p.WaitFor("VAT return 1")
			p.Open(w.URL + "/vat/liabilities")
			look("unconnected")
			p.Click("Continue to HMRC")
			p.WaitFor("You will be sent to HMRC")
			p.Click("Continue to HMRC")
			p.WaitFor("HMRC stand-in – not HMRC")
			p.Fill("user_id", harrow[0])
			p.Fill("password", harrow[1])
			p.Submit()
			p.WaitFor("Give permission")
			p.Click("Give permission")
			p.WaitFor("VAT liabilities")
			p.Click("Ask HMRC")
			p.WaitFor("£1,139.00")
			look("liabilities")
			p.Open(w.URL + "/vat/sandbox")
			look("sandbox")
			p.Click("Check headers")
			p.WaitFor("Some headers are doubtful.")
			look("headers")
			if said := p.Text(); strings.Contains(said, "only a script") || strings.Contains(said, "The browser ran no script") || !strings.Contains(said, "Chrome/") {
				t.Errorf("the browser’s own headers are missing: %s", said)
			}
			p.Click("Create a test organisation")
			p.WaitFor("Copy it now.")
			look("organisation")
			accountant := w.accountant("marc@example.com")
			accountant.chooses("CHARGE_LATE_SUBMISSION_PENALTIES")
			p.Open(w.URL + "/vat/penalties")
			p.Click("Ask HMRC")
			p.WaitFor("Late returns")
			look("penalties")
			charges := strings.Fields(p.Text()[strings.LastIndex(p.Text(), "Ask about XS"):])
			p.Click("Ask about " + charges[2])
			p.WaitFor("What it is made of")
			look("charge")
			if n := w.hmrc.Count(hmrcsim.FinancialDetails); n != 1 {
				t.Errorf("the charge was asked for %d times", n)
			}
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}
