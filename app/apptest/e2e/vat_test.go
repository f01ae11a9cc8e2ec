package e2e_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	chromium "github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// filer is somebody at a browser who files the return of his company.
type filer struct {
	*chromium.Page
	login, password string
	gateway         [2]string // user id and password at HMRC
	vrn, printed    string
}

// TestVATReturn is the tour of the accountant with the program as it is started there:
// two people of two companies file side by side, each in a browser of his own, with their
// ways back from HMRC crossing. The server is stopped and started while both are away, and
// again when one has come to the declaration and the other is at the review.
func TestVATReturn(t *testing.T) {
	t.Parallel()
	window := chromium.New(t)
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		o := at(t, url)
		o.demo, o.port = true, port(t)
		o.feed(northwind(time.Now().UTC()), "load", "-").ok()
		s := o.serve()
		people := []*filer{
			{window.Page(t, chromium.Options{Patience: patience}), "marc@example.com", "marc", [2]string{"412096873315", "harrowvale"}, "123456789", "GB 123 4567 89"},
			{window.Page(t, chromium.Options{Patience: patience}), "ida@example.com", "a long enough secret", [2]string{"885320146672", "northwind"}, "666119620", "GB 666 1196 20"},
		}
		marc, ida := people[0], people[1]
		for _, p := range people {
			p.goToHMRC(s)
		}
		s.stop()
		s = o.serve()
		for _, p := range people {
			p.signInThere()
		}
		ida.comeBack()
		marc.comeBack()
		marc.Select("Box to adjust", "1 VAT due on sales")
		marc.Fill("Amount", "24.00")
		marc.Fill("Reason", "Fuel scale charge")
		marc.Click("Add this adjustment")
		marc.WaitFor("6,904.72")
		marc.Click("Continue to declaration")
		marc.WaitFor("A false declaration can result in prosecution.")
		s.stop()
		s = o.serve()
		ida.Click("Continue to declaration")
		ida.WaitFor("A false declaration can result in prosecution.")
		bundles := map[string]string{}
		for _, p := range []*filer{marc, ida} {
			bundles[p.vrn] = p.submit()
		}
		if bundles[marc.vrn] == bundles[ida.vrn] {
			t.Errorf("both receipts have the form bundle %s", bundles[ida.vrn])
		}
		if mine := marc.Text(); strings.Contains(mine, bundles[ida.vrn]) || strings.Contains(mine, ida.printed) {
			t.Errorf("Marc sees something of the other company: %s", mine)
		}
		s.stop()
		heldThere(t, o, people, bundles)
		for _, p := range people {
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser of %s complains: %q", p.login, said)
			}
		}
	})
}

// northwind is a second company, whose quarter ended with a February, May, August or
// November, with an accountant of its own; Marc's screens are in English.
func northwind(now time.Time) string {
	end := time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, time.UTC)
	for end.Month()%3 != 2 {
		end = end.AddDate(0, -1, 0)
	}
	return `
- {model: base.user, id: marc, values: {lang: en}}
- {model: base.company, id: north, values: {name: Northwind Joinery Ltd, country: GB, currency: GBP, vrn: "666119620", vat_stagger: quarterly_3, vat_from: ` + end.AddDate(0, -2, 0).Format(time.DateOnly) + `}}
- {model: base.user, id: ida, values: {login: ida@example.com, name: Ida Newton, email: ida@example.com, password: a long enough secret, lang: en, groups: [base.user, accounting.manager], company: north, companies: [north]}}
`
}

// goToHMRC signs in, begins the return that is due, and leaves for HMRC.
func (f *filer) goToHMRC(s *server) {
	f.Open(s.base + "/signin")
	f.Fill("login", f.login)
	f.Fill("password", f.password)
	f.Submit()
	f.WaitFor("VAT return")
	f.Click("File")
	f.WaitFor("Not yet confirmed by HMRC")
	f.Click("Continue")
	f.WaitFor("You will be sent to HMRC")
	f.Click("Continue to HMRC")
	f.WaitFor("HMRC stand-in – not HMRC")
}

// signInThere comes to HMRC's question.
func (f *filer) signInThere() {
	f.Fill("user_id", f.gateway[0])
	f.Fill("password", f.gateway[1])
	f.Submit()
	f.WaitFor("Give permission")
}

// comeBack grants, is in the same step again, and goes on to the review.
func (f *filer) comeBack() {
	f.Click("Give permission")
	f.WaitFor("HMRC’s own periods")
	f.Click("Continue")
	f.WaitFor("Nine boxes")
	f.WaitFor(f.printed)
}

var formBundle = regexp.MustCompile(`Form bundle number\s+(\d+)`)

// submit declares and returns the form bundle number of the receipt.
func (f *filer) submit() string {
	f.Check("I have read the declaration and confirm it for this company.")
	f.Click("Submit to HMRC")
	f.WaitFor("HMRC has your return.")
	f.WaitFor(f.printed)
	m := formBundle.FindStringSubmatch(f.Text())
	if m == nil {
		return ""
	}
	return m[1]
}

// heldThere compares with what HMRC's stand-in has kept: of each VRN the one return whose
// receipt its accountant has, filed under the authority of his own account.
func heldThere(t *testing.T, o *operator, people []*filer, bundles map[string]string) {
	t.Helper()
	var kept struct {
		Accounts map[string]struct {
			Filed []struct {
				Receipt struct{ FormBundleNumber string }
			}
		}
		Grants []struct{ UserID string }
	}
	if err := json.Unmarshal([]byte(read(t, o.file("demo-hmrc.json"))), &kept); err != nil {
		t.Fatal(err)
	}
	if len(kept.Grants) != len(people) {
		t.Errorf("HMRC has %d grants, want one of each", len(kept.Grants))
	}
	for _, p := range people {
		if got := kept.Accounts[p.vrn].Filed; bundles[p.vrn] == "" || len(got) != 1 || got[0].Receipt.FormBundleNumber != bundles[p.vrn] {
			t.Errorf("HMRC holds %+v of %s, want the return with the receipt %q", got, p.vrn, bundles[p.vrn])
		}
	}
}
