package mtdvat_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

const redirect = "http://localhost:8069/oauth2/callback"

// exchange is our wire types against the stand-in, which shares no code with them.
type exchange struct {
	t     *testing.T
	sim   *hmrcsim.Server
	token string
	own   string
}

// vat is the number of the demo's company.
const vat = "123456789"

func newExchange(t *testing.T) *exchange {
	t.Helper()
	o := hmrcsim.Demo("tessera-demo", "secret", redirect)
	o.Now = func() time.Time { return time.Date(2026, 4, 20, 12, 0, 0, 0, time.UTC) }
	o.Users[0].Business.Stagger = hmrcsim.MarchQuarters
	o.Rate = 0
	sim, err := hmrcsim.Start(t.Context(), "0", o)
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{t: t, sim: sim}
	x.token, x.own = x.grant(), x.tokenOf("grant_type", "client_credentials")
	return x
}

var field = regexp.MustCompile(`name="handle" value="([^"]+)"`)

// grant signs Marc in, lets him grant, and gives the access token.
func (x *exchange) grant() string {
	x.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		x.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), x.sim.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	q := url.Values{"client_id": {"tessera-demo"}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {hmrc.ScopeRead + " " + hmrc.ScopeWrite}}
	page := x.post(browser, "/gateway/sign-in", url.Values{"continue": {"/oauth/authorize?" + q.Encode()}, "user_id": {"412096873315"}, "password": {"harrowvale"}})
	text, err := io.ReadAll(page.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	m := field.FindSubmatch(text)
	if m == nil {
		x.t.Fatalf("signing in leads to %s", text)
	}
	back, err := x.post(browser, "/oauth/grant", url.Values{"handle": {string(m[1])}, "decision": {"grant"}}).Location()
	if err != nil {
		x.t.Fatal(err)
	}
	return x.tokenOf("grant_type", "authorization_code", "code", back.Query().Get("code"), "redirect_uri", redirect)
}

func (x *exchange) post(c *http.Client, path string, v url.Values) *http.Response {
	x.t.Helper()
	a, err := c.PostForm(x.sim.URL+path, v)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { a.Body.Close() })
	return a
}

func (x *exchange) tokenOf(fields ...string) string {
	x.t.Helper()
	v := url.Values{"client_id": {"tessera-demo"}, "client_secret": {"secret"}}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	var out struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(x.post(http.DefaultClient, "/oauth/token", v).Body).Decode(&out); err != nil || out.Access == "" {
		x.t.Fatalf("there is no token: %v", err)
	}
	return out.Access
}

// call calls the API with a person's or the application's token.
func (x *exchange) call(token, method, path string, body []byte, headers http.Header) (*http.Response, []byte) {
	x.t.Helper()
	r, err := http.NewRequest(method, x.sim.URL+strings.ReplaceAll(path, "{vrn}", vat), strings.NewReader(string(body)))
	if err != nil {
		x.t.Fatal(err)
	}
	for name := range headers {
		r.Header.Set(name, headers.Get(name))
	}
	r.Header.Set("Accept", hmrc.Accept)
	r.Header.Set("Authorization", "Bearer "+token)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return a, text
}

// read reads a good answer into one of our types.
func read[T any](x *exchange, path string) T {
	x.t.Helper()
	a, text := x.call(x.token, http.MethodGet, path, nil, nil)
	var out T
	if err := json.Unmarshal(text, &out); err != nil || a.StatusCode != http.StatusOK {
		x.t.Fatalf("%s: %d %s (%v)", path, a.StatusCode, text, err)
	}
	return out
}

// A return goes out, its receipt comes back, and what HMRC holds then is what we sent.
func TestFiling(t *testing.T) {
	t.Parallel()
	x := newExchange(t)
	open := read[hmrc.Obligations](x, hmrc.PathObligations+"?status=O").Obligations
	if len(open) != 2 || open[0].Status != hmrc.Open || open[0].End != "2026-03-31" || open[0].Due != "2026-05-07" {
		t.Fatalf("open are %+v", open)
	}
	r := hmrc.Return{Period: open[0].Period, Finalised: true, Boxes: hmrc.Boxes{
		VATDueSales: decimal.RequireFromString("1234567.89"), VATDueAcquisitions: decimal.RequireFromString("0.07"),
		VATReclaimed: decimal.RequireFromString("-0.10"), SalesExVAT: decimal.NewFromInt(6172839)}}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	a, text := x.call(x.token, http.MethodPost, hmrc.PathReturns, body, nil)
	receipt, err := hmrc.ParseReceipt(a.Header, text)
	if a.StatusCode != http.StatusCreated || err != nil || receipt.ReceiptID == "" || receipt.ChargeRefNumber == "" || receipt.PaymentIndicator != "DD" ||
		!receipt.ProcessingDate.Equal(x.sim.Now()) || len(receipt.CorrelationID) != 36 {
		t.Fatalf("the receipt is %+v (%v) of %d %s", receipt, err, a.StatusCode, text)
	}
	filed := read[hmrc.Filed](x, strings.ReplaceAll(hmrc.PathReturn, "{periodKey}", r.Period.Escape()))
	if d := filed.Differences(r.Figures()); d != nil || filed.Period != r.Period {
		t.Errorf("boxes %v differ", d)
	}
	a, text = x.call(x.token, http.MethodPost, hmrc.PathReturns, body, nil)
	if v := hmrc.Classify(hmrc.AtAPI, hmrc.ParseError(a.StatusCode, a.Header, text)); v.Remedy != hmrc.Compare {
		t.Errorf("filing twice is classified as %q", v.Remedy)
	}
	owed := read[hmrc.Liabilities](x, hmrc.PathLiabilities+"?from=2026-01-01&to=2026-04-20").Liabilities
	if len(owed) != 1 || !owed[0].Original.Equal(r.NetVATDue()) || owed[0].TaxPeriod.To != "2026-03-31" {
		t.Errorf("owed are %+v", owed)
	}
	if paid := read[hmrc.Payments](x, hmrc.PathPayments+"?from=2025-05-01&to=2026-04-20").Payments; len(paid) == 0 || !paid[0].Amount.IsPositive() {
		t.Errorf("paid are %+v", paid)
	}
}

// Penalties and their charges are read by our types.
func TestPenalties(t *testing.T) {
	t.Parallel()
	x := newExchange(t)
	scenario := http.Header{}
	scenario.Set(hmrc.ScenarioHeader, "CHARGE_LATE_SUBMISSION_PENALTIES")
	get := func(path string, into any) {
		t.Helper()
		a, text := x.call(x.token, http.MethodGet, path, nil, scenario)
		if err := json.Unmarshal(text, into); err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s (%v)", path, a.StatusCode, text, err)
		}
	}
	var p hmrc.Penalties
	get(hmrc.PathPenalties, &p)
	last := p.LateSubmission.Details[4]
	if p.LateSubmission.Summary.Charge.IntPart() != 400 || last.Category != "charge" || last.Charge.IntPart() != 200 || last.Submissions[0].Status != "Fulfilled" {
		t.Fatalf("the penalties are %+v", p.LateSubmission)
	}
	var d hmrc.FinancialDetails
	get(strings.ReplaceAll(hmrc.PathFinancialDetails, "{charge}", last.ChargeReference), &d)
	if len(d.Documents) != 1 || d.Documents[0].Outstanding.IntPart() != 200 || d.Documents[0].Lines[0].Amount.IntPart() != 200 {
		t.Errorf("the charge is %+v", d)
	}
}

// Headers made of a whole sign-in pass; on one machine what is lacking is doubtful only.
func TestHeaders(t *testing.T) {
	t.Parallel()
	x := newExchange(t)
	e := hmrc.Evidence{
		Device:   &hmrc.Device{UserAgent: "Mozilla/5.0 (X11; Linux x86_64)", Screens: []hmrc.Screen{{Width: 2560, Height: 1440, Scaling: "1.100000023841858", Depth: 24}}, Window: hmrc.Window{Width: 1200, Height: 800}, OffsetMinutes: 345},
		DeviceID: "beec798b-b366-47fa-b1f8-92cede14a1ce",
		Users:    []hmrc.Pair{{Key: "tessera", Value: "marc@example.com"}, {Key: "tessera-id", Value: "42"}},
		Factors:  []hmrc.Factor{{Type: "TOTP", Time: x.sim.Now(), Reference: "0283da60"}},
		Client:   netip.MustParseAddrPort("[2001:db8::17]:51234"), Seen: x.sim.Now(),
		Vendor: hmrc.Vendor{Product: "Tessera – Größe", Versions: []hmrc.Pair{{Key: "tessera", Value: "1.0 (devel)"}},
			Licences: []hmrc.Pair{{Key: "tessera", Value: "8D79"}}, PublicIP: netip.MustParseAddr("203.0.113.6")},
	}
	report := func(e hmrc.Evidence) (hmrc.HeaderReport, []hmrc.Omission) {
		t.Helper()
		headers, left := e.Headers()
		a, text := x.call(x.own, http.MethodGet, hmrc.PathValidateHeaders, nil, headers)
		var out hmrc.HeaderReport
		if err := json.Unmarshal(text, &out); err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("the validator answers %d %s", a.StatusCode, text)
		}
		return out, left
	}
	if r, left := report(e); r.Code != "VALID_HEADERS" || left != nil {
		t.Errorf("all headers: %+v, left out %v", r, left)
	}
	e.Factors, e.Vendor.Licences, e.Vendor.PublicIP = nil, nil, netip.Addr{}
	e.Client = netip.MustParseAddrPort("127.0.0.1:51234")
	r, left := report(e)
	named := 0
	for _, w := range r.Warnings {
		named += len(w.Headers)
	}
	if r.Code != "POTENTIALLY_INVALID_HEADERS" || len(r.Errors) > 0 || named != len(left) {
		t.Errorf("on one machine: %+v, left out %v", r, left)
	}
}

// A created test user is read by our type.
func TestTestUser(t *testing.T) {
	t.Parallel()
	x := newExchange(t)
	a, text := x.call(x.own, http.MethodPost, hmrc.PathCreateTestUser, []byte(`{"serviceNames":["mtd-vat"]}`), nil)
	var u hmrc.TestUser
	if err := json.Unmarshal(text, &u); err != nil || a.StatusCode != http.StatusCreated {
		t.Fatalf("it answers %d %s (%v)", a.StatusCode, text, err)
	}
	if _, err := hmrc.ParseVRN(string(u.VRN)); err != nil || len(u.UserID) != 12 || u.Password == "" || u.Organisation.Name == "" || u.Registered == "" {
		t.Errorf("the user is %+v", u)
	}
}
