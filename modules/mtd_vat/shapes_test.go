package mtdvat_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// HMRC's failures have four shapes. Whichever comes while he files, the page says what it
// means in a sentence, with HMRC's id of the call, or that there is none; what he chose and
// adjusted is there, and the return is filed once it is over.
func TestErrorShapes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toReview()
		marc.post("_do", "adjust", "box", "1", "amount", "24.00", "reason", "Fuel scale charge")
		marc.post()
		const named, nameless = "Correlation ID: ", "The answer came without a correlation ID."
		for _, c := range []struct {
			name   string
			fault  hmrcsim.Fault
			says   string
			number string // of the call
		}{
			{"Flat", hmrcsim.Fault{Status: http.StatusBadRequest, Code: "PERIOD_KEY_INVALID", Message: "period key invalid"}, "HMRC does not know this period for the business.", named},
			{"Nested", hmrcsim.Fault{Status: http.StatusBadRequest, Body: []byte(`{"code":"INVALID_REQUEST","message":"Invalid request","errors":[{"code":"VAT_TOTAL_VALUE","message":"totalVatDue should be equal to the sum","path":"/totalVatDue"},{"code":"VAT_NET_VALUE","message":"netVatDue","path":"/netVatDue"}]}`)},
				"HMRC refuses a figure of this return. Nothing was filed.", named},
			{"Legacy", hmrcsim.Fault{Status: http.StatusBadRequest, Body: []byte(`{"statusCode":400,"message":"VRN_INVALID"}`)}, "HMRC does not take this VAT number.", named},
			{"Empty", hmrcsim.Fault{Status: http.StatusForbidden, Body: []byte{}}, "HMRC did not understand this software. Nothing was filed.", named},
			{"HTML", hmrcsim.Fault{Status: http.StatusForbidden, HTML: "<html><h1>403 planted by a firewall</h1></html>"}, "HMRC did not understand this software. Nothing was filed.", nameless},
		} {
			w.hmrc.Inject(c.fault.At(hmrcsim.ReturnSubmit, 1))
			form := marc.form("agreed", "1")
			status, page, to := marc.Exchange(marc.client, http.MethodPost, marc.run, form)
			if to != "" || status == http.StatusInternalServerError {
				t.Fatalf("%s: %d to %q\n%s", c.name, status, to, text(page))
			}
			wants(t, page, c.says, c.number, "6,904.72")
			for _, raw := range []string{"planted", "statusCode", "VAT_TOTAL_VALUE", "VRN_INVALID", "PERIOD_KEY_INVALID", "totalVatDue should"} {
				if strings.Contains(page, raw) {
					t.Errorf("%s: the page shows HMRC’s own %q", c.name, raw)
				}
			}
			wants(t, marc.at("declare"), "6,904.72")
		}
		if n := len(w.returns()); n != 0 {
			t.Fatalf("%d returns are kept of what HMRC refused", n)
		}
		marc.post("agreed", "1")
		wants(t, marc.at("receipt"), "HMRC has your return.", "6,904.72")
	})
}

// The same while he asks for the periods, where HMRC's own faults are told as well: those
// of a submission are a matter of what became of it.
func TestErrorShapesOfPeriods(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.begin()
		marc.post()
		marc.connect(harrow)
		marc.at("period")
		for name, c := range map[string]struct {
			fault hmrcsim.Fault
			says  string
		}{
			"Flat":       {hmrcsim.Maintenance, "HMRC’s service is under maintenance."},
			"Nested":     {hmrcsim.Fault{Status: http.StatusBadRequest, Body: []byte(`{"code":"INVALID_REQUEST","message":"planted","errors":[{"code":"VRN_INVALID","message":"planted","path":"/vrn"}]}`)}, "HMRC does not take this VAT number."},
			"Legacy":     {hmrcsim.Fault{Status: http.StatusBadRequest, Body: []byte(`{"statusCode":400,"message":"INVALID_DATE_RANGE"}`)}, "HMRC does not take these dates"},
			"Empty":      {hmrcsim.Fault{Status: http.StatusInternalServerError, Body: []byte{}}, "HMRC has a fault of its own."},
			"HTML":       {hmrcsim.LoadBalancer, "HMRC has a fault of its own."},
			"HTMLOf403":  {hmrcsim.Fault{Status: http.StatusForbidden, HTML: "<h1>planted</h1>"}, "HMRC did not understand this software."},
			"HTMLAsGood": {hmrcsim.Fault{Status: http.StatusOK, HTML: "<h1>planted</h1>"}, "HMRC answered something that cannot be used."},
		} {
			heal := w.hmrc.Inject(c.fault.At(hmrcsim.ObligationsGet, 0))
			form := marc.form("_do", "ask")
			status, page, to := marc.Exchange(marc.client, http.MethodPost, marc.run, form)
			heal()
			if to != "" || status == http.StatusInternalServerError {
				t.Fatalf("%s: %d to %q\n%s", name, status, to, text(page))
			}
			wants(t, page, c.says, "HMRC’s own periods", "Due 7")
			for _, raw := range []string{"planted", "Bad Gateway", "statusCode", "_INVALID", "INVALID_"} {
				if strings.Contains(page, raw) {
					t.Errorf("%s: the page shows HMRC’s own %q", name, raw)
				}
			}
		}
		marc.post()
		wants(t, marc.at("review"), "Nine boxes")
	})
}
