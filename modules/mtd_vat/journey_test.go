package mtdvat_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/wizard"
	mtdvat "github.com/tessera-erp/tessera/modules/mtd_vat"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// The way out and back: a return goes to HMRC, with the server stopped and started while
// he is away, and once between review and declaration.
func TestJourney(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		_, home := w.Get(marc.client, "/")
		wants(t, home, "VAT return", "Due", "File")
		marc.begin()
		wants(t, marc.at("period"), "Not yet confirmed by HMRC")
		marc.post()
		address := marc.leave()
		w.Reopen()
		marc.back(marc.decide(address, harrow, "grant"))
		page := marc.at("period")
		wants(t, page, "HMRC’s own periods", "Filed already", "Due")
		marc.post()
		page = marc.at("review")
		wants(t, page, "Nine boxes", "14,445.91", "6,880.72", "79,912", "To pay HMRC", "Checks", "lines")
		marc.post("_do", "adjust", "box", "1", "amount", "24.00", "reason", "Fuel scale charge")
		wants(t, marc.at("review"), "14,469.91", "Fuel scale charge", "6,904.72")
		marc.post()
		marc.at("declare")
		w.Reopen()
		wants(t, marc.at("declare"), "a false declaration can result in prosecution"[2:], "6,904.72")
		if page := marc.post(); !strings.Contains(text(page), "Enter a value.") {
			t.Errorf("without agreeing: %s", text(page))
		}
		marc.post("agreed", "1")
		page = marc.at("receipt")
		wants(t, page, "HMRC has your return.", "Form bundle number", "HMRC receipt number", "Correlation ID", "Charge reference", "6,904.72")
		filed := w.returns()
		if len(filed) != 1 || filed[0].FormBundle == "" || filed[0].ReceiptNumber == "" || filed[0].VRN != "123456789" || filed[0].Box5 != 690472 || !strings.Contains(filed[0].Body, `"netVatDue":6904.72`) {
			t.Fatalf("kept is %+v", filed)
		}
		if strings.Contains(page, filed[0].PeriodKey) {
			t.Error("the page shows HMRC’s key of the period")
		}
		if n := w.hmrc.Count(hmrcsim.ReturnSubmit); n != 1 {
			t.Errorf("%d submissions, want 1", n)
		}
		_, receipt := w.Get(marc.client, "/vat-returns/"+itoa(filed[0].ID)+"/receipt.txt")
		wants(t, receipt, filed[0].FormBundle, filed[0].ReceiptNumber, "£6,904.72", "Marc")
		_, list := w.Get(marc.client, "/records/mtd_vat.return")
		wants(t, list, filed[0].FormBundle)
		_, home = w.Get(marc.client, "/")
		if strings.Contains(text(home), "VAT return") && strings.Contains(text(home), "Due") {
			t.Errorf("home still asks for the return: %s", text(home))
		}
	})
}

// All headers that a browser and the server can tell go with a call.
func TestHeadersOfTheJourney(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toDeclare()
		marc.post("agreed", "1")
		marc.at("receipt")
		calls := w.hmrc.Calls()
		sent := calls[len(calls)-1]
		if sent.Endpoint != hmrcsim.ReturnSubmit {
			t.Fatalf("the last call was %s", sent.Endpoint)
		}
		for name, want := range map[string]string{
			"Gov-Client-Connection-Method": "WEB_APP_VIA_SERVER", "Gov-Client-Browser-Js-User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Gov-Client-Window-Size": "width=1280&height=800",
			"Gov-Client-Timezone": "UTC+00:00", "Gov-Client-User-Ids": "tessera=marc%40example.com", "Gov-Vendor-Product-Name": "Tessera",
			"Gov-Client-Screens": "width=1440&height=900&scaling-factor=1&colour-depth=24"} {
			if got := sent.Headers[name]; got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if len(sent.Headers["Gov-Client-Device-Id"]) != 36 || sent.Headers["Gov-Client-Public-Port"] == "" {
			t.Errorf("device %q, port %q", sent.Headers["Gov-Client-Device-Id"], sent.Headers["Gov-Client-Public-Port"])
		}
	})
}

// Without script a draft can be prepared, and is not submitted.
func TestNoScript(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.begin()
		marc.post("device", "")
		marc.connect(harrow)
		marc.post("device", "")
		marc.post("device", "")
		marc.at("declare")
		wants(t, marc.post("device", "", "agreed", "1"), "only a script can find that out", "Your draft is kept.")
		if n := w.hmrc.Count(hmrcsim.ReturnSubmit); n != 0 {
			t.Errorf("%d submissions, want none", n)
		}
		marc.post("agreed", "1")
		marc.at("receipt")
	})
}

// He refuses, then takes the wrong account, then the right one.
func TestRefusedAndWrongAccount(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.begin()
		marc.post()
		marc.back(marc.decide(marc.leave(), harrow, "refuse"))
		wants(t, marc.page(), "You did not grant access at HMRC. Nothing was sent.")
		marc.signOut()
		marc.post("_do", "-retry")
		marc.back(marc.decide(marc.leave(), northwind, "grant"))
		wants(t, marc.page(), "cannot act for GB 123 4567 89")
		marc.post("_do", "-retry")
		_, leaving := w.Get(marc.client, marc.run)
		wants(t, leaving, "Sign out at HMRC first", "The account used at HMRC cannot act for Harrow")
		if !strings.Contains(leaving, `href="`+w.hmrc.URL+`/gateway/sign-out"`) {
			t.Error("the page does not lead to the sign-out of this HMRC")
		}
		address := marc.leave()
		marc.signOut()
		marc.back(marc.decide(address, harrow, "grant"))
		wants(t, marc.at("period"), "HMRC’s own periods")
	})
}

// Five hours later nobody notices anything; after HMRC has taken the consent back, he
// sees the declaration again and nothing was sent.
func TestExpiryAndRevocation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toDeclare()
		w.now = w.now.Add(5 * time.Hour)
		w.hmrc.Revoke(harrow[0], mtdvat.SimulatorClient)
		marc.post("agreed", "1")
		marc.connect(harrow)
		page := marc.at("declare")
		wants(t, page, "prosecution")
		if n := len(w.returns()); n != 0 {
			t.Fatalf("%d returns were filed by themselves", n)
		}
		w.now = w.now.Add(5 * time.Hour)
		refreshed := w.hmrc.Count(hmrcsim.TokenRefresh)
		marc.post("agreed", "1")
		marc.at("receipt")
		if n := w.hmrc.Count(hmrcsim.TokenRefresh) - refreshed; n != 1 {
			t.Errorf("%d refreshes, want 1", n)
		}
	})
}

// The books move between review and declaration: he reviews again.
func TestBooksMove(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toDeclare()
		other := w.accountant("marc@example.com")
		other.run = w.Follow(other.client, http.MethodPost, wizard.StartPath(mtdvat.WizardName), url.Values{})
		other.post()
		other.at("review")
		other.post("_do", "adjust", "box", "4", "amount", "10", "reason", "Bad debt relief")
		wants(t, marc.at("review"), "The books have changed since your review.", "Box 4: 10.00")
		marc.post()
		marc.at("declare")
		marc.post("agreed", "1")
		marc.at("receipt")
	})
}

// Two people file for two companies at the same time: their ways back cross, and nothing
// mixes.
func TestTwoCompanies(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		vrn := hmrcsim.Demo("", "").Users[1].Business.VRN
		over := time.Date(w.now.Year(), w.now.Month()-1, 1, 0, 0, 0, 0, time.UTC) // the last month of the quarter that is over
		for over.Month()%3 != 2 {
			over = over.AddDate(0, -1, 0)
		}
		w.Load(`
- {model: base.company, id: north, values: {name: Northwind Joinery Ltd, country: GB, currency: GBP, vrn: "` + vrn + `", vat_stagger: quarterly_3, vat_from: ` + over.AddDate(0, -2, 0).Format(time.DateOnly) + `}}
- {model: base.user, id: ida, values: {login: ida@example.com, name: Ida Newton, email: ida@example.com, password: ida, lang: en, groups: [base.user, accounting.manager], company: north, companies: [north]}}
`)
		marc, ida := w.accountant("marc@example.com"), w.accountant("ida@example.com")
		marc.begin()
		ida.begin()
		wants(t, ida.page(), "Northwind Joinery Ltd")
		marc.post()
		ida.post()
		there, alsoThere := marc.leave(), ida.leave()
		idas := ida.decide(alsoThere, northwind, "grant")
		marcs := marc.decide(there, harrow, "grant")
		ida.back(idas)
		marc.back(marcs)
		for _, a := range []*accountant{marc, ida} {
			a.at("period")
			a.post()
			a.at("review")
			a.post()
			a.at("declare")
			a.post("agreed", "1")
			a.at("receipt")
		}
		got := w.returns()
		if len(got) != 2 || got[0].VRN != "123456789" || got[1].VRN != vrn || got[0].FormBundle == got[1].FormBundle || got[0].CompanyID == got[1].CompanyID || got[1].Box5 != 0 {
			t.Errorf("kept are %+v", got)
		}
		users := map[string]string{"123456789": harrow[0], vrn: northwind[0]}
		for _, c := range w.hmrc.Calls() {
			if c.VRN != "" && c.UserID != users[c.VRN] {
				t.Errorf("%s of %s was called with the token of %s", c.Endpoint, c.VRN, c.UserID)
			}
		}
		if _, page := w.Get(ida.client, marc.run); strings.Contains(page, got[0].FormBundle) {
			t.Error("Ida sees the receipt of the other company")
		}
		if _, list := w.Get(ida.client, "/records/mtd_vat.return"); strings.Contains(list, got[0].FormBundle) || !strings.Contains(list, got[1].FormBundle) {
			t.Error("the list of returns does not keep to the company")
		}
	})
}
