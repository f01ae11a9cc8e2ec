package mtdvat_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// dates are those of a question: a year until today.
func (w *world) dates() url.Values {
	return url.Values{"from": {w.now.AddDate(0, 0, -365).Format(time.DateOnly)}, "to": {w.now.Format(time.DateOnly)}}
}

// ask presses the button of a page, and returns the page that comes of it.
func (a *accountant) ask(path string, form url.Values) (int, string) {
	a.t.Helper()
	posted := url.Values{"device": {device}}
	for name, values := range form {
		posted[name] = values
	}
	status, body, to := a.Exchange(a.client, http.MethodPost, path, posted)
	if a.run = to; to == "" || strings.HasPrefix(to, "/connections/") {
		return status, body
	}
	return a.Get(a.client, to)
}

// connects goes to HMRC and back from the page that it was asked from.
func (a *accountant) connects(path string, form url.Values) {
	a.t.Helper()
	a.ask(path, form)
	a.connect(harrow)
	if !strings.HasPrefix(a.run, path) {
		a.t.Fatalf("HMRC leads back to %s, want %s", a.run, path)
	}
}

// The pages that ask HMRC: the way there and back to the page with its dates, what is
// owed and was paid, told of this browser, and there again for who opens the page later.
func TestInquiries(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		_, page := w.Get(marc.client, "/vat/liabilities")
		wants(t, page, "HMRC wants you to sign in first.", "Continue to HMRC", "Not asked yet.", "GB 123 4567 89")
		marc.connects("/vat/liabilities", w.dates())
		if !strings.Contains(marc.run, "from="+w.dates().Get("from")) {
			t.Errorf("the way back %s has lost the dates", marc.run)
		}
		_, page = w.Get(marc.client, marc.run)
		wants(t, page, "You granted access at HMRC.", "Ask HMRC", "Not asked yet.")
		if n := w.hmrc.Count(hmrcsim.LiabilitiesGet); n != 0 {
			t.Errorf("HMRC was asked %d times before anybody pressed the button", n)
		}
		_, page = marc.ask("/vat/liabilities", w.dates())
		wants(t, page, "VAT Return Debit Charge", "£1,139.00", "Paid", "Still to pay £0.00", "Asked last on", "Correlation ID: ")
		calls := w.hmrc.Calls()
		last := calls[len(calls)-1]
		if last.Endpoint != hmrcsim.LiabilitiesGet || last.VRN != "123456789" || last.Headers["Gov-Client-Window-Size"] != "width=1280&height=800" || !strings.Contains(page, last.Correlation) {
			t.Errorf("the call was %+v", last)
		}
		_, page = marc.ask("/vat/payments", w.dates())
		wants(t, page, "Payments", "£1,139.00", "Received in all")
		_, page = marc.ask("/vat/penalties", nil)
		wants(t, page, "No penalties")
		_, page = w.Get(w.SignIn("admin@example.com"), "/vat/payments")
		wants(t, page, "£1,139.00", "Asked last on")
	})
}

// Nothing is sent that HMRC would refuse, and what was entered stays.
func TestInquiryDates(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.connects("/vat/payments", w.dates())
		marc.ask("/vat/payments", w.dates())
		day := func(days int) string { return w.now.AddDate(0, 0, days).Format(time.DateOnly) }
		before := w.hmrc.Count(hmrcsim.PaymentsGet)
		for _, c := range []struct{ from, to, says string }{
			{"", day(0), "From: Enter a day."},
			{day(-1), "soon", "To: Enter a day."},
			{day(-1), day(1), "To: HMRC tells nothing about days to come."},
			{day(-1), day(-2), "To: The last day is before the first."},
			{day(-366), day(0), "To: HMRC tells a year at most: the last day can be"},
		} {
			status, page := marc.ask("/vat/payments", url.Values{"from": {c.from}, "to": {c.to}})
			wants(t, page, c.says, "£1,139.00")
			if status != http.StatusUnprocessableEntity || !strings.Contains(page, `value="`+c.from+`"`) {
				t.Errorf("%s – %s: status %d, or the entries are lost", c.from, c.to, status)
			}
		}
		if status, page := marc.ask("/vat/payments", url.Values{"from": {"2017-11-30"}, "to": {"2017-12-30"}}); status != http.StatusBadRequest || !strings.Contains(page, "HMRC does not take these dates") {
			t.Errorf("the sandbox decides itself about old days: %d %s", status, text(page))
		}
		w.Load("- {model: oauth_consumer.api, id: hmrc_standin, values: {environment: production}}")
		before++
		_, page := marc.ask("/vat/payments", url.Values{"from": {"2017-11-30"}, "to": {"2017-12-30"}})
		wants(t, page, "From: HMRC tells nothing from before 1 Dec 2017.")
		if n := w.hmrc.Count(hmrcsim.PaymentsGet); n != before {
			t.Errorf("HMRC was asked %d times with dates that it does not take", n-before)
		}
	})
}

// What HMRC refuses is said plainly, with its number of the call, and the last answer
// stays on the page.
func TestInquiryFaults(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.connects("/vat/payments", w.dates())
		marc.ask("/vat/payments", w.dates())
		refused := func(status int, code string) hmrcsim.Fault {
			return hmrcsim.Fault{Status: status, Code: code, Message: "no"}
		}
		for name, c := range map[string]struct {
			fault hmrcsim.Fault
			says  string
		}{
			"Scope":          {refused(403, "INVALID_SCOPE"), "A permission is missing for this."},
			"Subscription":   {refused(403, "RESOURCE_FORBIDDEN"), "subscribe it to the VAT API"},
			"Account":        {refused(403, "CLIENT_OR_AGENT_NOT_AUTHORISED"), "cannot act for this VAT number"},
			"Insolvent":      {refused(403, "RULE_INSOLVENT_TRADER"), "Contact HMRC."},
			"VRN":            {refused(400, "VRN_INVALID"), "HMRC does not take this VAT number."},
			"Dates":          {refused(400, "DATE_RANGE_INVALID"), "HMRC does not take these dates"},
			"Defect":         {refused(406, "ACCEPT_HEADER_INVALID"), "HMRC did not understand this software."},
			"Busy":           {hmrcsim.Throttled, "asked too often"},
			"Maintenance":    {hmrcsim.Maintenance, "under maintenance"},
			"Late":           {hmrcsim.TimedOut, "did not answer in time"},
			"Broken":         {hmrcsim.Broken, "has a fault of its own"},
			"BadGateway":     {hmrcsim.LoadBalancer, "has a fault of its own"},
			"DropsTheAnswer": {hmrcsim.Fault{Drop: hmrcsim.DropAfter}, "HMRC did not answer."},
		} {
			heal := w.hmrc.Inject(c.fault.At(hmrcsim.PaymentsGet, 0))
			status, page := marc.ask("/vat/payments", w.dates())
			heal()
			wants(t, page, c.says, "£1,139.00", "Ask HMRC")
			if status < 400 {
				t.Errorf("%s: status %d", name, status)
			}
			if c.fault.Code != "" && strings.Count(page, "Correlation ID: ") != 2 {
				t.Errorf("%s: the page lacks HMRC’s id of the call\n%s", name, text(page))
			}
		}
		for range 2 { // refused, and refused again with a new token
			w.hmrc.Inject(refused(401, "INVALID_CREDENTIALS").At(hmrcsim.PaymentsGet, 1))
		}
		if marc.ask("/vat/payments", w.dates()); !strings.HasPrefix(marc.run, "/connections/attempts/") {
			t.Errorf("HMRC takes the token no more, and he is at %s", marc.run)
		}
	})
}

// Without script HMRC is not asked, and the page says why, before and after he presses.
func TestInquiryNoScript(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		_, page := w.Get(marc.client, "/vat/penalties")
		if !strings.Contains(page, "<noscript>") {
			t.Error("the page does not say that it needs a script")
		}
		status, page := marc.ask("/vat/penalties", url.Values{"device": {""}})
		wants(t, page, "only a script can find that out")
		if status != http.StatusConflict || w.hmrc.Count(hmrcsim.PenaltiesGet) != 0 {
			t.Errorf("status %d, and HMRC was asked %d times", status, w.hmrc.Count(hmrcsim.PenaltiesGet))
		}
	})
}

// Who may not file may not ask; a company without a registration is told so; another
// company sees nothing of the answers.
func TestInquiryWhose(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.connects("/vat/payments", w.dates())
		marc.ask("/vat/payments", w.dates())
		anna := w.accountant("anna@example.com")
		for _, path := range []string{"/vat/payments", "/vat/charges/XS123456789012"} {
			if status, _ := w.Get(anna.client, path); status != http.StatusForbidden {
				t.Errorf("Anna, who may not file, gets %s with %d", path, status)
			}
			if status, _ := anna.ask(path, w.dates()); status != http.StatusForbidden {
				t.Errorf("Anna, who may not file, asks %s with %d", path, status)
			}
		}
		w.Load(`- {model: base.user, id: luc, values: {login: luc@example.com, name: Luc, password: luc, lang: en, groups: [base.user, accounting.manager], company: france, companies: [france]}}`)
		luc := w.accountant("luc@example.com")
		_, page := w.Get(luc.client, "/vat/payments")
		wants(t, page, "No UK VAT registration")
		if strings.Contains(page, "1,139.00") {
			t.Error("the answer to one company is shown to another")
		}
		if status, _ := w.Get(marc.client, "/vat/charges/..%2Fpayments"); status != http.StatusNotFound {
			t.Errorf("a reference that is none answers %d", status)
		}
	})
}
