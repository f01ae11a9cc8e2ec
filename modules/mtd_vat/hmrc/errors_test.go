package hmrc_test

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
)

func keyOf(err error) string {
	f := (*fault.Error)(nil)
	if !errors.As(err, &f) {
		return ""
	}
	return f.Key
}

func TestParseError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		shape      hmrc.Shape
		code, path string
		outer      string
		more       int
	}{
		{"Flat", `{"code":"RULE_INSOLVENT_TRADER","message":"…"}`, hmrc.Flat, "RULE_INSOLVENT_TRADER", "", "", 0},
		{"Nested", `{"code":"INVALID_REQUEST","message":"…","errors":[{"code":"VAT_NET_VALUE","message":"…","path":"/netVatDue"},{"code":"VAT_TOTAL_VALUE"}]}`,
			hmrc.Nested, "VAT_NET_VALUE", "/netVatDue", "INVALID_REQUEST", 1},
		{"NestedWithoutAny", `{"code":"INVALID_REQUEST","errors":[]}`, hmrc.Flat, "INVALID_REQUEST", "", "", 0},
		{"Legacy", `{"statusCode":400,"message":"INVALID_DATE_RANGE"}`, hmrc.Legacy, "INVALID_DATE_RANGE", "", "", 0},
		{"Empty", ``, hmrc.Bare, "", "", "", 0},
		{"HTML", `<html><body>502</body></html>`, hmrc.Bare, "", "", "", 0},
		{"OtherJSON", `["code"]`, hmrc.Bare, "", "", "", 0},
		{"WrongTypes", `{"code":7}`, hmrc.Bare, "", "", "", 0},
		{"OAuth", `{"error":"invalid_grant","error_description":"refresh_token is invalid"}`, hmrc.OAuth, "invalid_grant", "", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := hmrc.ParseError(400, http.Header{"Retry-After": {"7"}}, []byte(c.body))
			if e.Shape != c.shape || e.Code != c.code || e.Path != c.path || e.Outer != c.outer || len(e.More) != c.more || e.RetryAfter != 7*time.Second {
				t.Errorf("%s is read as %+v", c.body, e)
			}
		})
	}
}

// The fault table of the specification, row by row.
func TestClassify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		where         hmrc.Where
		status        int
		code, message string
		want          hmrc.Remedy
		unsettled     bool
		fault         fault.Code
	}{
		{hmrc.AtCallback, 0, "access_denied", "", hmrc.Decline, false, fault.Forbidden},
		{hmrc.AtCode, 400, "invalid_request", "code is invalid", hmrc.StartAgain, false, fault.Unauthenticated},
		{hmrc.AtCode, 400, "invalid_request", "redirect_uri is invalid", hmrc.Administrate, false, fault.Forbidden},
		{hmrc.AtRefresh, 400, "invalid_grant", "refresh_token is invalid", hmrc.SignIn, false, fault.Unauthenticated},
		{hmrc.AtRefresh, 400, "invalid_request", "whatever", hmrc.AwaitRefresh, false, fault.Unavailable},
		{hmrc.AtCode, 401, "invalid_client", "", hmrc.Administrate, false, fault.Forbidden},
		{hmrc.AtRefresh, 401, "invalid_client", "", hmrc.Administrate, false, fault.Forbidden},
		{hmrc.AtClient, 401, "invalid_client", "", hmrc.Administrate, false, fault.Forbidden},
		{hmrc.AtRefresh, 500, "server_error", "", hmrc.TryAgain, true, fault.Unavailable},
		{hmrc.AtAPI, 401, "INVALID_CREDENTIALS", "", hmrc.Refresh, false, fault.Unauthenticated},
		{hmrc.AtAPI, 401, "MISSING_CREDENTIALS", "", hmrc.Refresh, false, fault.Unauthenticated},
		{hmrc.AtAPI, 401, "UNAUTHORIZED", "", hmrc.Refresh, false, fault.Unauthenticated},
		{hmrc.AtAPI, 401, "INCORRECT_ACCESS_TOKEN_TYPE", "", hmrc.Refresh, false, fault.Unauthenticated},
		{hmrc.AtAPI, 403, "INVALID_SCOPE", "", hmrc.AskScope, false, fault.Forbidden},
		{hmrc.AtAPI, 403, "RESOURCE_FORBIDDEN", "", hmrc.Administrate, false, fault.Forbidden},
		{hmrc.AtAPI, 403, "CLIENT_OR_AGENT_NOT_AUTHORISED", "", hmrc.WrongAccount, false, fault.Forbidden},
		{hmrc.AtAPI, 403, "DUPLICATE_SUBMISSION", "", hmrc.Compare, false, fault.Conflict},
		{hmrc.AtAPI, 403, "TAX_PERIOD_NOT_ENDED", "", hmrc.AwaitEnd, false, fault.Conflict},
		{hmrc.AtAPI, 403, "RULE_INSOLVENT_TRADER", "", hmrc.ContactHMRC, false, fault.Forbidden},
		{hmrc.AtAPI, 403, "NOT_FINALISED", "", hmrc.Declare, false, fault.Invalid},
		{hmrc.AtAPI, 400, "VAT_NET_VALUE", "", hmrc.Mend, false, fault.Invalid},
		{hmrc.AtAPI, 404, "", "", hmrc.NothingThere, false, fault.NotFound},
		{hmrc.AtAPI, 406, "ACCEPT_HEADER_INVALID", "", hmrc.ReportDefect, false, fault.Internal},
		{hmrc.AtAPI, 429, "MESSAGE_THROTTLED_OUT", "", hmrc.BackOff, false, fault.Unavailable},
		{hmrc.AtAPI, 503, "SCHEDULED_MAINTENANCE", "", hmrc.Maintenance, false, fault.Unavailable},
		{hmrc.AtAPI, 503, "SERVER_ERROR", "", hmrc.TryAgain, true, fault.Unavailable},
		{hmrc.AtAPI, 504, "GATEWAY_TIMEOUT", "", hmrc.TryAgain, true, fault.Unavailable},
		{hmrc.AtAPI, 502, "", "", hmrc.TryAgain, true, fault.Unavailable},
		{hmrc.AtAPI, 418, "TEAPOT", "", hmrc.ReportDefect, false, fault.Internal},
	} {
		e := &hmrc.Error{Status: c.status, Code: c.code, Message: c.message}
		v := hmrc.Classify(c.where, e)
		if v.Remedy != c.want || v.Unsettled != c.unsettled || v.Fault(e).Code != c.fault {
			t.Errorf("%s %d %s: %q, unsettled %t, %q; want %q, %t, %q", c.where, c.status, c.code, v.Remedy, v.Unsettled, v.Fault(e).Code, c.want, c.unsettled, c.fault)
		}
	}
}

// An error about a box points at the box, and keeps HMRC's answer for the log.
func TestVerdictFault(t *testing.T) {
	t.Parallel()
	e := &hmrc.Error{Status: 400, Code: "VAT_NET_VALUE", Path: "/netVatDue", CorrelationID: "c75f40a6"}
	f := hmrc.Classify(hmrc.AtAPI, e).Fault(e)
	if f.Field != hmrc.Field(5) || f.Key != "mtd_vat.fault.figures" || f.Args["Correlation"] != "c75f40a6" || !errors.Is(f, error(e)) {
		t.Errorf("the fault is %+v", f)
	}
}

func FuzzParseError(f *testing.F) {
	f.Add(400, "text", []byte(`{"code":"A","errors":[{"code":"B"}]}`))
	f.Add(503, "9", []byte(`{"statusCode":400,"message":"X"}`))
	f.Add(502, "-1", []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, retry string, body []byte) {
		e := hmrc.ParseError(status, http.Header{"Retry-After": {retry}, "X-Correlationid": {retry}}, body)
		if len(e.Code) > 500 || len(e.More) > 20 || e.RetryAfter < 0 || e.RetryAfter > time.Hour {
			t.Fatalf("%q is read without bounds: %+v", body, e)
		}
		for _, where := range []hmrc.Where{hmrc.AtCallback, hmrc.AtCode, hmrc.AtRefresh, hmrc.AtClient, hmrc.AtAPI} {
			if v := hmrc.Classify(where, e); v.English == "" || v.Remedy == "" {
				t.Fatalf("%+v has no verdict", e)
			}
		}
	})
}

func FuzzFiled(f *testing.F) {
	f.Add([]byte(`{"periodKey":"18A1","vatDueSales":1e400000000}`))
	f.Add([]byte(`{"periodKey":"18A1","vatDueSales":1,"vatDueAcquisitions":0,"totalVatDue":1,"vatReclaimedCurrPeriod":0,"netVatDue":1,"totalValueSalesExVAT":0,"totalValuePurchasesExVAT":0,"totalValueGoodsSuppliedExVAT":0,"totalAcquisitionsExVAT":0}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var filed hmrc.Filed
		if filed.UnmarshalJSON(body) != nil {
			return
		}
		if _, err := hmrc.ParsePeriodKey(string(filed.Period)); err != nil {
			t.Fatalf("%q is read with the period %q", body, string(filed.Period))
		}
		for i := range filed.Figures {
			if len(filed.Box(i+1).String()) > 64 {
				t.Fatalf("%q is read with a figure of %d digits", body, len(filed.Box(i+1).String()))
			}
		}
	})
}

func FuzzReceipt(f *testing.F) {
	f.Add("2018-02-14T09:32:15Z", []byte(`{"processingDate":"2018-01-16T08:20:27.895+0000","formBundleNumber":"256660290587"}`))
	f.Fuzz(func(t *testing.T, at string, body []byte) {
		r, err := hmrc.ParseReceipt(http.Header{"Receipt-Timestamp": {at}}, body)
		if err == nil && (r.FormBundleNumber == "" || r.ProcessingDate.Location() != time.UTC) {
			t.Fatalf("%q is read as %+v", body, r)
		}
	})
}

func FuzzClient(f *testing.F) {
	f.Add("203.0.113.1, 198.51.100.7", 1)
	f.Add("[::1%eth0]:80,,", 2)
	f.Fuzz(func(t *testing.T, line string, hops int) {
		a, found := hmrc.Client([]string{line}, netip.MustParseAddrPort("10.0.0.9:40000"), hops%8)
		if found && (!a.Addr().IsValid() || a.Addr().Zone() != "" || a.Addr().Is4In6()) {
			t.Fatalf("%q gives %s", line, a)
		}
	})
}
