package hmrcsim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

func path(vrn, rest string) string { return "/organisations/vat/" + vrn + "/" + rest }

// body is a return of a period: 100 due on sales, 40 reclaimed, or the other way round.
func body(key string, due, reclaimed int) string {
	net := due - reclaimed
	if net < 0 {
		net = -net
	}
	return fmt.Sprintf(`{"periodKey":%q,"vatDueSales":%d.00,"vatDueAcquisitions":0,"totalVatDue":%d,"vatReclaimedCurrPeriod":%d,"netVatDue":%d,`+
		`"totalValueSalesExVAT":500,"totalValuePurchasesExVAT":200,"totalValueGoodsSuppliedExVAT":0,"totalAcquisitionsExVAT":0,"finalised":true}`, key, due, due, reclaimed, net)
}

type obligation struct{ Start, End, Due, Status, PeriodKey, Received string }

func (w *world) obligations(token, vrn, query string, headers ...string) []obligation {
	w.t.Helper()
	var out struct{ Obligations []obligation }
	got := w.call(token, http.MethodGet, path(vrn, "obligations"+query), "", headers...).want(w.t, 200, "")
	if err := json.Unmarshal([]byte(got.text), &out); err != nil {
		w.t.Fatal(err)
	}
	return out.Obligations
}

// The gate refuses in HMRC's words, in its order.
func TestGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc, reader := w.marc().Access, w.connect("412096873315", "harrowvale", "client_id", "reader", "scope", "read:vat").Access
	for _, c := range []struct {
		name, token, method, path string
		headers                   []string
		status                    int
		code                      string
	}{
		{"OK", marc, "GET", obligationsOf(vale), nil, 200, ""},
		{"ErrNoToken", "", "GET", obligationsOf(vale), nil, 401, "MISSING_CREDENTIALS"},
		{"ErrToken", "guess", "GET", obligationsOf(vale), nil, 401, "INVALID_CREDENTIALS"},
		{"ErrScope", reader, "POST", path(vale, "returns"), nil, 403, "INVALID_SCOPE"},
		{"OKReader", reader, "GET", obligationsOf(vale), nil, 200, ""},
		{"ErrAccept", marc, "GET", obligationsOf(vale), []string{"Accept", "application/json"}, 406, "ACCEPT_HEADER_INVALID"},
		{"ErrVersion", marc, "GET", obligationsOf(vale), []string{"Accept", "application/vnd.hmrc.2.0+json"}, 406, "ACCEPT_HEADER_INVALID"},
		{"ErrVRN", marc, "GET", obligationsOf("12345678X"), nil, 400, "VRN_INVALID"},
		{"ErrOtherVRN", marc, "GET", obligationsOf(north), nil, 403, "CLIENT_OR_AGENT_NOT_AUTHORISED"},
		{"ErrNobodysVRN", marc, "GET", obligationsOf("111222333"), nil, 403, "CLIENT_OR_AGENT_NOT_AUTHORISED"},
		{"ErrPath", marc, "GET", path(vale, "refunds"), nil, 404, "MATCHING_RESOURCE_NOT_FOUND"},
		{"ErrMethod", marc, "PUT", path(vale, "returns"), nil, 405, "METHOD_NOT_ALLOWED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := w.call(c.token, c.method, c.path, "", c.headers...).want(t, c.status, c.code)
			if c.status != 404 && c.status != 405 && len(got.header.Get("X-CorrelationId")) != 36 {
				t.Errorf("the correlation id is %q", got.header.Get("X-CorrelationId"))
			}
		})
	}
	pryce := w.connect("301774925508", "insolvent").Access
	w.call(pryce, "GET", obligationsOf("999000111"), "").want(t, 403, "RULE_INSOLVENT_TRADER")
	w.call(pryce, "GET", path("999000111", "penalties"), "").want(t, 200, "")
}

// Three requests a second for one application, whoever asks.
func TestRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	w.SetRate(hmrcsim.Rate)
	for range 3 {
		w.call(marc, "GET", obligationsOf(vale), "").want(t, 200, "")
	}
	w.call(marc, "GET", obligationsOf(vale), "").want(t, 429, "MESSAGE_THROTTLED_OUT")
	w.Shift(time.Second)
	w.call(marc, "GET", obligationsOf(vale), "").want(t, 200, "")
	w.SetRate(0)
	for range 9 {
		w.call(marc, "GET", obligationsOf(vale), "").want(t, 200, "")
	}
}

// Obligations follow the clock: what ended last is open, what was before is filed, and
// the current period is there too.
func TestObligations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	want := []obligation{
		{"2025-07-01", "2025-09-30", "2025-11-07", "F", "25A3", "2025-11-04"},
		{"2025-10-01", "2025-12-31", "2026-02-07", "F", "25A4", "2026-02-04"},
		{"2026-01-01", "2026-03-31", "2026-05-07", "O", "26A1", ""},
		{"2026-04-01", "2026-06-30", "2026-08-07", "O", "26A2", ""},
	}
	if got := w.obligations(marc, vale, "?from=2025-08-01&to=2026-07-01"); !slices.Equal(got, want) {
		t.Errorf("the obligations are\n%v, want\n%v", got, want)
	}
	if got := w.obligations(marc, vale, "?status=O"); !slices.Equal(got, want[2:]) {
		t.Errorf("open are %v, want %v", got, want[2:])
	}
	if got := w.obligations(marc, vale, "?from=2025-08-01&to=2026-07-01&status=F"); !slices.Equal(got, want[:2]) {
		t.Errorf("fulfilled are %v, want %v", got, want[:2])
	}
	ida := w.connect("885320146672", "northwind").Access
	if got := w.obligations(ida, north, "?status=O"); got[0].End != "2026-02-28" || got[0].PeriodKey != "#314" || got[0].Due != "2026-04-07" {
		t.Errorf("the other stagger's open period is %v", got[0])
	}
	w.Shift(92 * 24 * time.Hour)
	marc = w.marc().Access
	if got := w.obligations(marc, vale, "?status=O"); len(got) != 3 || got[2].End != "2026-09-30" {
		t.Errorf("a quarter later these are open: %v", got)
	}
}

func TestObligationsRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	for query, want := range map[string]string{
		"?from=01/01/2026&to=2026-02-01":          "INVALID_DATE_FROM",
		"?from=2026-01-01&to=2026-02-31":          "INVALID_DATE_TO",
		"?from=2026-01-01&to=2026-02-01&status=X": "INVALID_STATUS",
	} {
		w.call(marc, "GET", path(vale, "obligations"+query), "").want(t, 400, want)
	}
	for query, want := range map[string]string{
		"": "MISSING_DATE_RANGE", "?status=F": "MISSING_DATE_RANGE", "?from=2026-01-01": "MISSING_DATE_RANGE",
		"?from=2025-01-01&to=2026-02-01": "INVALID_DATE_RANGE", "?from=2026-02-01&to=2026-01-01": "INVALID_DATE_RANGE",
	} {
		got := w.call(marc, "GET", path(vale, "obligations"+query), "")
		if got.status != 400 || got.text != `{"statusCode":400,"message":"`+want+`"}` {
			t.Errorf("%q is answered with %d %s, want the legacy shape of %s", query, got.status, got.text, want)
		}
	}
	w.call(marc, "GET", path(vale, "obligations?from=2010-01-01&to=2010-02-01"), "").want(t, 404, "NOT_FOUND")
}

// Every scenario of the description answers what it says there.
func TestObligationScenarios(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	for scenario, want := range map[string]string{
		"QUARTERLY_NONE_MET": "OO", "QUARTERLY_ONE_MET": "FO", "QUARTERLY_TWO_MET": "FFO", "QUARTERLY_THREE_MET": "FFFO", "QUARTERLY_FOUR_MET": "FFFF",
		"MONTHLY_NONE_MET": "OO", "MONTHLY_ONE_MET": "FO", "MONTHLY_TWO_MET": "FFO", "MONTHLY_THREE_MET": "FFFO",
		"MONTHLY_OBS_01_OPEN": "O", "MONTHLY_OBS_03_OPEN": "FFO", "MONTHLY_OBS_12_OPEN": "FFFFFFFFFFFO", "MONTHLY_OBS_12_FULFILLED": "FFFFFFFFFFFF",
		"QUARTERLY_OBS_02_OPEN": "FO", "QUARTERLY_OBS_04_FULFILLED": "FFFF", "MULTIPLE_OPEN_MONTHLY": "FFFFOO", "MULTIPLE_OPEN_QUARTERLY": "FOO",
		"OBS_SPANS_MULTIPLE_YEARS": "O",
	} {
		got := ""
		for _, years := range []string{"?from=2017-01-01&to=2017-12-31", "?from=2018-01-01&to=2018-12-31", "?from=2019-01-01&to=2019-12-31"} {
			answer := w.call(marc, "GET", path(vale, "obligations"+years), "", "Gov-Test-Scenario", scenario)
			for _, status := range []string{"O", "F"} { // fulfilled stand in front of open
				got = strings.Repeat(status, strings.Count(answer.text, `"status":"`+status+`"`)) + got
			}
		}
		if got != want {
			t.Errorf("%s gives %s, want %s", scenario, got, want)
		}
	}
	const all = "?from=2018-01-01&to=2018-12-31"
	w.call(marc, "GET", path(vale, "obligations"+all), "", "Gov-Test-Scenario", "NOT_FOUND").want(t, 404, "NOT_FOUND")
	w.call(marc, "GET", path(vale, "obligations"+all), "", "Gov-Test-Scenario", "INSOLVENT_TRADER").want(t, 403, "RULE_INSOLVENT_TRADER")
}

// A return is filed once, for a period that is over; the receipt says what happens with
// the money, and the period is fulfilled.
func TestSubmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	post := func(key string, due, reclaimed int, headers ...string) result {
		return w.call(marc, "POST", path(vale, "returns"), body(key, due, reclaimed), headers...)
	}
	post("26A2", 100, 40).want(t, 403, "TAX_PERIOD_NOT_ENDED")
	post("25A4", 100, 40).want(t, 403, "DUPLICATE_SUBMISSION")
	post("99Z9", 100, 40).want(t, 400, "PERIOD_KEY_INVALID")
	for _, c := range []struct {
		scenario string
		status   int
		code     string
	}{{"INVALID_VRN", 400, "VRN_INVALID"}, {"INVALID_PERIODKEY", 400, "PERIOD_KEY_INVALID"}, {"INVALID_PAYLOAD", 400, "INVALID_REQUEST"},
		{"DUPLICATE_SUBMISSION", 403, "DUPLICATE_SUBMISSION"}, {"TAX_PERIOD_NOT_ENDED", 403, "TAX_PERIOD_NOT_ENDED"}, {"INSOLVENT_TRADER", 403, "RULE_INSOLVENT_TRADER"}} {
		post("26A1", 100, 40, "Gov-Test-Scenario", c.scenario).want(t, c.status, c.code)
	}
	w.call(marc, "GET", path(vale, "returns/26A1"), "").want(t, 404, "")

	got := post("26A1", 100, 40).want(t, 201, "")
	var receipt struct{ ProcessingDate, FormBundleNumber, PaymentIndicator, ChargeRefNumber string }
	if err := json.Unmarshal([]byte(got.text), &receipt); err != nil {
		t.Fatal(err)
	}
	if receipt.ProcessingDate != "2026-04-20T12:00:00.000Z" || len(receipt.FormBundleNumber) != 12 || receipt.PaymentIndicator != "DD" || receipt.ChargeRefNumber == "" {
		t.Errorf("the receipt is %s", got.text)
	}
	if len(got.header.Get("Receipt-Id")) != 36 || got.header.Get("Receipt-Timestamp") != "2026-04-20T12:00:00Z" {
		t.Errorf("its headers are %v", got.header)
	}
	post("26A1", 100, 40).want(t, 403, "DUPLICATE_SUBMISSION")
	if o := w.obligations(marc, vale, "?from=2026-01-01&to=2026-04-01")[0]; o.Status != "F" || o.Received != "2026-04-20" {
		t.Errorf("the obligation is %v", o)
	}
	seen := w.call(marc, "GET", path(vale, "returns/26A1"), "").want(t, 200, "")
	if !strings.Contains(seen.text, `"netVatDue":60`) || strings.Contains(seen.text, "finalised") {
		t.Errorf("the return is read back as %s", seen.text)
	}
	if !slices.Equal(w.Returns(vale), []string{"26A1"}) {
		t.Errorf("the stand-in holds %v", w.Returns(vale))
	}
}

// A key with # is escaped in the path; what HMRC pays back has no charge.
func TestSubmitRepayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ida := w.connect("885320146672", "northwind").Access
	got := w.call(ida, "POST", path(north, "returns"), body("#314", 10, 40)).want(t, 201, "")
	if strings.Contains(got.text, "chargeRefNumber") || strings.Contains(got.text, "paymentIndicator") {
		t.Errorf("the receipt is %s, want neither charge nor bank details", got.text)
	}
	w.call(ida, "GET", path(north, "returns/%23314"), "").want(t, 200, "")
	w.call(ida, "GET", path(north, "returns/%2331"), "").want(t, 400, "PERIOD_KEY_INVALID")
	w.call(ida, "GET", path(north, "returns/%23314"), "", "Gov-Test-Scenario", "DATE_RANGE_TOO_LARGE").want(t, 403, "DATE_RANGE_TOO_LARGE")
}

// HMRC lags: what was filed shows later, and still cannot be filed twice.
func TestLag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	w.SetLag(time.Hour)
	w.call(marc, "POST", path(vale, "returns"), body("26A1", 100, 40)).want(t, 201, "")
	w.call(marc, "GET", path(vale, "returns/26A1"), "").want(t, 404, "")
	if o := w.obligations(marc, vale, "?status=O")[0]; o.PeriodKey != "26A1" {
		t.Errorf("at once the open ones begin with %v", o)
	}
	w.call(marc, "POST", path(vale, "returns"), body("26A1", 100, 40)).want(t, 403, "DUPLICATE_SUBMISSION")
	w.Shift(time.Hour)
	w.call(marc, "GET", path(vale, "returns/26A1"), "").want(t, 200, "")
}

// Liabilities and payments follow from what was filed.
func TestMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	w.call(marc, "POST", path(vale, "returns"), body("26A1", 100, 40)).want(t, 201, "")
	const year = "?from=2025-05-01&to=2026-04-20"
	got := w.call(marc, "GET", path(vale, "liabilities"+year), "").want(t, 200, "")
	want := `{"taxPeriod":{"from":"2026-01-01","to":"2026-03-31"},"type":"VAT Return Debit Charge","originalAmount":60,"outstandingAmount":60,"due":"2026-05-07"}`
	if !strings.Contains(got.text, want) {
		t.Errorf("the liabilities are %s, want %s", got.text, want)
	}
	before := w.call(marc, "GET", path(vale, "payments"+year), "").want(t, 200, "")
	w.Shift(20 * 24 * time.Hour)
	marc = w.marc().Access
	after := w.call(marc, "GET", path(vale, "payments?from=2025-05-10&to=2026-05-10"), "").want(t, 200, "")
	if strings.Contains(before.text, "2026-05-07") || !strings.Contains(after.text, `{"amount":60,"received":"2026-05-07"}`) {
		t.Errorf("before: %s, after the direct debit: %s", before.text, after.text)
	}
	for _, of := range []string{"liabilities", "payments"} {
		for query, code := range map[string]string{
			"?to=2026-01-01": "DATE_FROM_INVALID", "?from=2017-11-30&to=2018-01-01": "DATE_FROM_INVALID", "?from=2026-01-01": "DATE_TO_INVALID",
			"?from=2026-01-01&to=2026-12-01": "DATE_TO_INVALID", "?from=2025-01-01&to=2026-02-01": "DATE_RANGE_INVALID", "?from=2026-02-01&to=2026-01-01": "DATE_RANGE_INVALID",
		} {
			w.call(marc, "GET", path(vale, of+query), "").want(t, 400, code)
		}
		w.call(marc, "GET", path(vale, of+"?from=2018-01-01&to=2018-02-01"), "").want(t, 404, "NOT_FOUND")
	}
	for scenario, query := range map[string]string{
		"liabilities SINGLE_LIABILITY": "?from=2017-01-02&to=2017-02-02", "liabilities MULTIPLE_LIABILITIES": "?from=2017-04-05&to=2017-12-21",
		"liabilities SINGLE_LIABILITY_2018_19": "?from=2018-01-02&to=2018-02-02", "liabilities MULTIPLE_LIABILITIES_2018_19": "?from=2018-04-05&to=2018-12-21",
		"payments SINGLE_PAYMENT": "?from=2017-01-02&to=2017-02-02", "payments MULTIPLE_PAYMENTS": "?from=2017-02-27&to=2017-12-21",
		"payments SINGLE_PAYMENT_2018_19": "?from=2018-01-02&to=2018-02-02", "payments MULTIPLE_PAYMENTS_2018_19": "?from=2018-02-27&to=2018-12-21",
	} {
		of, name, _ := strings.Cut(scenario, " ")
		got := w.call(marc, "GET", path(vale, of+query), "", "Gov-Test-Scenario", name).want(t, 200, "")
		if n := strings.Count(got.text, `mount":`); (n > 2) != strings.HasPrefix(name, "MULTIPLE") {
			t.Errorf("%s gives %s", name, got.text)
		}
	}
}

// Late returns make points, the fourth one a charge; its details can be asked for.
func TestPenalties(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.call(w.marc().Access, "GET", path(vale, "penalties"), ""); got.text != "{}" {
		t.Errorf("without any late return there is %s", got.text)
	}
	w.Shift(11 * 31 * 24 * time.Hour)
	marc := w.marc().Access
	var got struct {
		LateSubmissionPenalty struct {
			Summary struct{ ActivePenaltyPoints, PenaltyChargeAmount int }
			Details []struct{ PenaltyCategory, ChargeReference string }
		}
	}
	text := w.call(marc, "GET", path(vale, "penalties"), "").want(t, 200, "").text
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	p := got.LateSubmissionPenalty
	if p.Summary.ActivePenaltyPoints != 4 || p.Summary.PenaltyChargeAmount != 200 || p.Details[3].PenaltyCategory != "threshold" {
		t.Fatalf("after a year without a return: %s", text)
	}
	detail := w.call(marc, "GET", path(vale, "financial-details/"+p.Details[3].ChargeReference), "").want(t, 200, "")
	if !strings.Contains(detail.text, `"documentTotalAmount":200`) {
		t.Errorf("the charge is %s", detail.text)
	}
	w.call(marc, "GET", path(vale, "financial-details/XP000000000000"), "").want(t, 404, "MATCHING_RESOURCE_NOT_FOUND")
	w.call(marc, "GET", path(vale, "financial-details/XP-1"), "").want(t, 400, "CHARGE_REFERENCE_INVALID")
	for scenario, want := range map[string]string{ // points, inactive points, charges, late payments
		"DEFAULT": "2 0 0 2", "NO_PENALTIES": "0 0 0 0", "LATE_SUBMISSION": "1 0 0 0", "LATE_PAYMENT": "0 0 0 1", "MULTIPLE_PENALTIES": "1 0 0 1",
		"MULTIPLE_LATE_PAYMENT_PENALTIES": "0 0 0 2", "MULTIPLE_LATE_SUBMISSION_PENALTIES": "2 0 0 0",
		"MULTIPLE_INACTIVE_LATE_SUBMISSION_PENALTIES": "0 2 0 0", "THRESHOLD_LATE_SUBMISSION_PENALTIES": "4 0 1 0", "CHARGE_LATE_SUBMISSION_PENALTIES": "5 0 2 0",
	} {
		text := w.call(marc, "GET", path(vale, "penalties"), "", "Gov-Test-Scenario", scenario).want(t, 200, "").text
		got := fmt.Sprint(strings.Count(text, `"penaltyStatus":"active"`), strings.Count(text, `"penaltyStatus":"inactive"`),
			strings.Count(text, `"chargeReference"`), strings.Count(text, `"penaltyCategory":"LPP`))
		if got != want {
			t.Errorf("%s gives %s, want %s: %s", scenario, got, want, text)
		}
	}
}

func TestInformation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	for scenario, want := range map[string]string{
		"":                                 `{"customerDetails":{"effectiveRegistrationDate":"2024-04-01"}}`,
		"DEFAULT":                          `{"customerDetails":{"effectiveRegistrationDate":"2024-04-01"},"flatRateScheme":{"frsCategory":"001","startDate":"2024-04-01"}}`,
		"NO_FLATRATESCHEME":                `{"customerDetails":{"effectiveRegistrationDate":"2024-04-01"}}`,
		"NO_EFFECTREGISTRATIONDATE":        `{"flatRateScheme":{"frsCategory":"001","startDate":"2024-04-01"}}`,
		"NO_EFFECTREGISTRATIONDATE_NO_FRS": `{}`,
	} {
		if got := w.call(marc, "GET", path(vale, "information"), "", "Gov-Test-Scenario", scenario).want(t, 200, ""); got.text != want {
			t.Errorf("%q gives %s, want %s", scenario, got.text, want)
		}
	}
	w.call(marc, "GET", path(vale, "information"), "", "Gov-Test-Scenario", "CUSTOMER_INFO_NOT_FOUND").want(t, 404, "NOT_FOUND")
}
