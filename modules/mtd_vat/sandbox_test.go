package mtdvat_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// chooses picks a scenario on the page of the sandbox.
func (a *accountant) chooses(name string) {
	a.t.Helper()
	if status, page := a.Post(a.client, "/vat/sandbox/scenario", url.Values{"scenario": {name}}); status != http.StatusSeeOther {
		a.t.Fatalf("choosing %s: %d %s", name, status, text(page))
	}
}

// sent are the scenarios of the calls to an endpoint.
func (w *world) sent(endpoint string) []string {
	var out []string
	for _, c := range w.hmrc.Calls() {
		if c.Endpoint == endpoint {
			out = append(out, c.Scenario)
		}
	}
	return out
}

// The pages show every kind of penalty, liability and payment that the sandbox makes up,
// and say that it does.
func TestScenarios(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.connects("/vat/penalties", nil)
		marc.chooses("CHARGE_LATE_SUBMISSION_PENALTIES")
		_, page := marc.ask("/vat/penalties", nil)
		wants(t, page, "Sandbox scenario: CHARGE_LATE_SUBMISSION_PENALTIES.", "Change", "Late returns", "Penalty points 4 of 4", "Charged £400.00", "£200.00", "Counts until", "Ask about XS")
		charge := regexp.MustCompile(`action="(/vat/charges/[A-Za-z0-9]+)"`).FindStringSubmatch(page)
		if charge == nil {
			t.Fatal("no penalty leads to its charge")
		}
		_, page = marc.ask(charge[1], nil)
		wants(t, page, "Charge XS", "What it is made of", "VAT Late Submission Penalty", "£200.00", "Outstanding", "VAT penalties")
		marc.chooses("DEFAULT")
		_, page = marc.ask("/vat/penalties", nil)
		wants(t, page, "First penalty", "Second penalty", "Still growing", "For late payments £400.00", "Still growing, estimated £30.00", "£30.00")
		marc.chooses("MULTIPLE_INACTIVE_LATE_SUBMISSION_PENALTIES")
		_, page = marc.ask("/vat/penalties", nil)
		wants(t, page, "Counts no more", "0 of 4")
		marc.chooses("MULTIPLE_LIABILITIES")
		_, page = marc.ask("/vat/liabilities", url.Values{"from": {"2017-04-05"}, "to": {"2017-12-21"}})
		wants(t, page, "Still to pay £10,493.38", "Of that overdue £10,493.38", "£8,493.38", "£7,493.38", "Overdue", "Paid", "Asked for: 5 Apr 2017 to 21 Dec 2017.", "Sandbox scenario: MULTIPLE_LIABILITIES.")
		marc.chooses("MULTIPLE_PAYMENTS")
		_, page = marc.ask("/vat/payments", url.Values{"from": {"2017-02-27"}, "to": {"2017-12-21"}})
		wants(t, page, "Received in all £1,055.00", "31 Oct 2017")
		marc.chooses("")
		if _, page = w.Get(marc.client, "/vat/payments"); strings.Contains(page, "may be made up") {
			t.Error("the banner stays after the scenario is gone")
		}
		if status, _ := marc.Post(marc.client, "/vat/sandbox/scenario", url.Values{"scenario": {"X\r\nEvil: 1"}}); status != http.StatusBadRequest {
			t.Errorf("a scenario that is none is taken with %d", status)
		}
	})
}

// A scenario goes to a sandbox and to the endpoints that have it; production never gets
// one, though it is stored.
func TestScenarioNeverInProduction(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.connects("/vat/penalties", nil)
		marc.chooses("LATE_SUBMISSION")
		marc.ask("/vat/penalties", nil)
		marc.ask("/vat/payments", w.dates())
		if got := w.sent(hmrcsim.PenaltiesGet); len(got) != 1 || got[0] != "LATE_SUBMISSION" {
			t.Fatalf("penalties were asked for with %q", got)
		}
		if got := append(w.sent(hmrcsim.PaymentsGet), w.sent(hmrcsim.ObligationsGet)...); strings.Join(got, "") != "" {
			t.Errorf("endpoints that know no such scenario got %q", got)
		}
		w.hmrc = standIn(t, w.App, w.Database.Clock, func(r *load.Record) { r.ID, r.Values["environment"] = "hmrc_live", "production" })
		_, page := w.Get(marc.client, "/vat/sandbox")
		wants(t, page, "production at the moment, where no scenario is ever sent", "LATE_SUBMISSION")
		marc.connects("/vat/penalties", nil)
		marc.ask("/vat/penalties", nil)
		marc.toDeclare()
		marc.post("agreed", "1")
		wants(t, marc.at("receipt"), "HMRC has your return.")
		for _, c := range w.hmrc.Calls() {
			if _, there := c.Headers[hmrc.ScenarioHeader]; there || c.Scenario != "" {
				t.Errorf("production got the scenario %q at %s", c.Scenario, c.Endpoint)
			}
		}
		if n := w.hmrc.Count(hmrcsim.PenaltiesGet); n != 1 {
			t.Errorf("production was asked %d times for penalties, want 1", n)
		}
		wants(t, page, "Use this scenario")
	})
}

// Periods that the sandbox makes up are not opened in the books: a return of one can be
// rehearsed all the same.
func TestRehearsalOfScenario(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.Demo = false
		before := w.states()
		marc := w.accountant("marc@example.com")
		marc.chooses("QUARTERLY_NONE_MET")
		marc.begin()
		marc.post()
		marc.connect(harrow)
		wants(t, marc.at("period"), "Sandbox scenario: QUARTERLY_NONE_MET.", "1 Jan 2017 to 31 Mar 2017")
		marc.post("period", "2017-01-01/2017-03-31")
		wants(t, marc.at("review"), "The books have no such period", "Sandbox scenario")
		if page := marc.post("_do", "adjust", "box", "1", "amount", "1", "reason", "x"); !strings.Contains(text(page), "It takes no adjustments.") {
			t.Errorf("adjusting it says %s", text(page))
		}
		marc.post()
		marc.at("declare")
		if after := w.states(); after != before {
			t.Errorf("the books went from\n%s\nto\n%s", before, after)
		}
	})
}

// Check headers shows what HMRC's validator says of each header, what was sent, and what
// was left out and why.
func TestCheckHeaders(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		_, page := w.Get(marc.client, "/vat/sandbox")
		wants(t, page, "Fraud prevention headers", "Check headers", "Not asked yet.")
		_, page = marc.ask("/vat/sandbox/headers", nil)
		wants(t, page, "Some headers are doubtful.", "HMRC says:", "Gov-Client-Window-Size width=1280&amp;height=800 Good", "tessera=marc%40example.com",
			"Gov-Vendor-Public-IP Left out The operator has not said where the internet reaches this server (--public-ip). Warning Header is required",
			"Gov-Client-Multi-Factor Left out The sign-in had a password alone.", "Gov-Vendor-License-IDs Left out This software has no licence keys.",
			"Gov-Client-Public-IP Left out The address is a private one", "Correlation ID: ")
		for _, name := range hmrc.HeaderNames() {
			if !strings.Contains(page, "<code class=\"nowrap\">"+name+"</code>") {
				t.Errorf("%s is missing in the table", name)
			}
		}
		_, page = marc.ask("/vat/sandbox/headers", url.Values{"device": {""}})
		wants(t, page, "Some headers are wrong or missing.", "Gov-Client-Screens Left out The browser ran no script, which alone can tell this. Error Header is required")
	})
}

// A test organisation is shown once, and signs in at the sandbox.
func TestTestOrganisation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.Load(`- {model: base.user, id: marc, values: {groups: [base.user, accounting.manager]}}`)
		marc := w.accountant("marc@example.com")
		_, page := marc.ask("/vat/sandbox/organisation", nil)
		wants(t, page, "User ID", "Password", "It is kept nowhere here.", "VAT registration number")
		value := func(name string) string {
			m := regexp.MustCompile(`id="f-` + name + `"[^>]*value="([^"]+)"|id="f-` + name + `-v"[^>]*>([^<]+)<`).FindStringSubmatch(page)
			if m == nil {
				t.Fatalf("the page has no %s:\n%s", name, page)
			}
			return m[1] + m[2]
		}
		user, password, vrn := value("user"), value("password"), value("vrn")
		if _, again := w.Get(marc.client, "/vat/sandbox"); strings.Contains(again, password) || strings.Contains(again, user) {
			t.Error("the organisation is shown a second time")
		}
		w.Load(`- {model: base.company, id: main, values: {vrn: "` + vrn + `"}}`)
		marc.ask("/vat/payments", w.dates())
		marc.connect([2]string{user, password})
		_, page = marc.ask("/vat/payments", w.dates())
		wants(t, page, "Asked last on")
		if n := w.hmrc.Count(hmrcsim.CreateTestUser); n != 1 {
			t.Errorf("%d organisations were made", n)
		}
	})
}

// The page is for who files or sets connections up, and says when there is no sandbox.
func TestSandboxWhose(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		if status, _ := w.Get(w.SignIn("anna@example.com"), "/vat/sandbox"); status != http.StatusForbidden {
			t.Errorf("Anna gets the page with %d", status)
		}
		w.Load(`
- {model: base.user, id: odile, values: {login: odile@example.com, name: Odile, password: odile, lang: en, groups: [base.user, oauth_consumer.manager], company: main, companies: [main]}}
- {model: oauth_consumer.api, id: hmrc_standin, values: {environment: production}}`)
		odile := w.accountant("odile@example.com")
		_, page := w.Get(odile.client, "/vat/sandbox")
		wants(t, page, "No sandbox of HMRC’s is set up.", "Settings Connections HMRC’s sandbox")
		for _, path := range []string{"/vat/sandbox/organisation", "/vat/sandbox/headers"} {
			odile.ask(path, nil)
		}
		if n := w.hmrc.Count(hmrcsim.CreateTestUser) + w.hmrc.Count(hmrcsim.ValidateHeaders); n != 0 {
			t.Errorf("production was asked %d times for what only a sandbox has", n)
		}
	})
}
