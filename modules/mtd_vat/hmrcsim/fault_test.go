package hmrcsim_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// A fault meets as many requests as it is for, at its endpoint only.
func TestFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	w.Inject(hmrcsim.Maintenance.At(hmrcsim.ObligationsGet, 1))
	w.call(marc, "GET", path(vale, "penalties"), "").want(t, 200, "")
	w.call(marc, "GET", obligationsOf(vale), "").want(t, 503, "SCHEDULED_MAINTENANCE")
	w.call(marc, "GET", obligationsOf(vale), "").want(t, 200, "")

	remove := w.Inject(hmrcsim.LoadBalancer)
	for range 2 {
		if got := w.call(marc, "GET", obligationsOf(vale), ""); got.status != 502 || !strings.HasPrefix(got.text, "<html>") {
			t.Errorf("the load balancer answers %d %s", got.status, got.text)
		}
	}
	if got := w.person().get("/"); got.status != 200 {
		t.Errorf("a fault of all endpoints meets a page: %d", got.status)
	}
	remove()
	busy := hmrcsim.Throttled
	busy.RetryAfter = "2"
	w.Inject(busy)
	if got := w.call(marc, "GET", obligationsOf(vale), ""); got.status != 429 || got.header.Get("Retry-After") != "2" {
		t.Errorf("too many requests are answered with %d %v", got.status, got.header)
	}
	w.ClearFaults()
	w.Inject(hmrcsim.Broken.At(hmrcsim.TokenClient, 1))
	if got := w.token("grant_type", "client_credentials"); got.status != 500 || got.Error != "server_error" {
		t.Errorf("the token endpoint breaks with %v", got.members)
	}
}

// A connection that drops before loses the return; one that drops after loses the receipt.
func TestDrop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	lose := func(d hmrcsim.Drop) {
		t.Helper()
		w.Inject(hmrcsim.Fault{Endpoint: hmrcsim.ReturnSubmit, Times: 1, Drop: d})
		r, err := http.NewRequest("POST", w.url+path(vale, "returns"), strings.NewReader(body("26A1", 100, 40)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+marc)
		r.Header.Set("Accept", "application/vnd.hmrc.1.0+json")
		if a, err := http.DefaultClient.Do(r); err == nil {
			a.Body.Close()
			t.Errorf("a dropped connection answers %d", a.StatusCode)
		}
	}
	lose(hmrcsim.DropBefore)
	if got := w.Returns(vale); len(got) > 0 {
		t.Errorf("dropped before, the stand-in holds %v", got)
	}
	lose(hmrcsim.DropAfter)
	if got := w.Returns(vale); len(got) != 1 {
		t.Errorf("dropped after, the stand-in holds %v", got)
	}
	if n := w.Count(hmrcsim.ReturnSubmit); n != 2 {
		t.Errorf("%d submissions are counted, want 2", n)
	}
}

// Closing lets what is held go.
func TestCloseReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marc := w.marc().Access
	reached := make(chan struct{})
	w.Inject(hmrcsim.Fault{Reached: reached, Hold: make(chan struct{}), Delay: time.Hour})
	answered := make(chan result)
	go func() { answered <- w.call(marc, "GET", obligationsOf(vale), "") }()
	<-reached
	w.Close()
	if got := <-answered; got.status != 200 {
		t.Errorf("what was held is answered with %d", got.status)
	}
}

// Every call to the VAT API is kept: whose token, which number, what its headers lacked.
func TestCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *hmrcsim.Options) { o.Loopback = true })
	marc := w.marc().Access
	got := w.call(marc, "GET", obligationsOf(vale), "", "Gov-Client-Timezone", "UTC+1", "Gov-Test-Scenario", "NOT_FOUND")
	w.call("", "GET", path(north, "penalties"), "")
	calls := w.Calls()
	if len(calls) != 2 {
		t.Fatalf("%d calls are kept, want 2", len(calls))
	}
	c := calls[0]
	if c.VRN != vale || c.UserID != "412096873315" || c.ClientID != "tessera" || c.Status != 404 || c.Scenario != "NOT_FOUND" ||
		c.Correlation != got.header.Get("X-CorrelationId") || c.Report.Code != hmrcsim.InvalidHeaders || !about(c.Report.Errors, hmrcsim.InvalidHeader, "Gov-Client-Timezone") {
		t.Errorf("the first call is kept as %+v", c)
	}
	if !about(c.Report.Warnings, hmrcsim.MissingHeader, "Gov-Client-Public-IP") || !about(c.Report.Errors, hmrcsim.MissingHeader, "Gov-Client-Device-ID") {
		t.Errorf("on one machine public addresses are doubtful, all else is missing: %+v", c.Report)
	}
	if calls[1].UserID != "" || calls[1].VRN != north || w.LackingHeaders()["gov-client-device-id"] != 2 {
		t.Errorf("the second call is kept as %+v; lacking: %v", calls[1], w.LackingHeaders())
	}
	own := w.token("grant_type", "client_credentials").Access
	feedback := w.call(own, "GET", "/test/fraud-prevention-headers/vat-mtd/validation-feedback?connectionMethod=WEB_APP_VIA_SERVER", "").want(t, 200, "")
	if !strings.Contains(feedback.text, `{"header":"gov-client-timezone","value":"UTC+1","code":"INVALID_HEADER","errors":["INVALID_HEADER"]}`) {
		t.Errorf("the feedback is %s", feedback.text)
	}
	w.call(own, "GET", "/test/fraud-prevention-headers/other/validation-feedback", "").want(t, 404, "MATCHING_RESOURCE_NOT_FOUND")
}

// The same clock and seed give the same answers; without a seed nobody guesses them.
func TestRepeatable(t *testing.T) {
	t.Parallel()
	receipt := func(w *world) string {
		got := w.call(w.marc().Access, "POST", path(vale, "returns"), body("26A1", 100, 40)).want(t, 201, "")
		return got.text + got.header.Get("Receipt-Id") + got.header.Get("X-CorrelationId")
	}
	if a, b := receipt(newWorld(t)), receipt(newWorld(t)); a != b {
		t.Errorf("the same requests give\n%s and\n%s", a, b)
	}
	free := func(o *hmrcsim.Options) { o.Seed = "" }
	if one, other := newWorld(t, free).marc().Access, newWorld(t, free).marc().Access; one == other {
		t.Error("without a seed two stand-ins give the same token")
	}
}

// What is kept outlives a restart: sign-in, grant, tokens, returns and the clock.
func TestKeep(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hmrc.json")
	kept := func(o *hmrcsim.Options) { o.Keep = file }
	before := newWorld(t, kept)
	p := before.person()
	code := p.code("412096873315", "harrowvale")
	before.Shift(time.Hour)
	before.call(before.marc().Access, "POST", path(vale, "returns"), body("26A1", 100, 40)).want(t, 201, "")
	got := before.marc()

	after := newWorld(t, kept)
	if !after.Now().Equal(noon.Add(time.Hour)) || !slices.Equal(after.Returns(vale), []string{"26A1"}) {
		t.Errorf("after the restart it is %s, and %v are filed", after.Now(), after.Returns(vale))
	}
	after.call(got.Access, "GET", path(vale, "returns/26A1"), "").want(t, 200, "")
	if renewed := after.token("grant_type", "refresh_token", "refresh_token", got.Refresh); renewed.status != 200 {
		t.Errorf("the refresh gives %v", renewed.members)
	}
	if late := after.token("grant_type", "authorization_code", "code", code); late.Error != "invalid_request" {
		t.Errorf("a code of an hour ago gives %v", late.members)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v), want it for its owner alone", info.Mode(), err)
	}
	if err := os.WriteFile(file, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Keep = file
	if _, err := hmrcsim.New(o); err == nil {
		t.Error("a file that holds something else is read")
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.marc()
	w.Shift(time.Hour)
	w.Reset()
	if len(w.Grants()) > 0 || !w.Now().Equal(noon) || w.Count(hmrcsim.TokenCode) > 0 {
		t.Error("something is left after a reset")
	}
	w.call(got.Access, "GET", obligationsOf(vale), "").want(t, 401, "INVALID_CREDENTIALS")
	w.marc()
}

// Nothing that somebody sends breaks the stand-in, and whatever it takes adds up.
func FuzzSubmit(f *testing.F) {
	w := newWorld(f, func(o *hmrcsim.Options) { o.AnyPeriod = true })
	marc := w.marc().Access
	f.Add([]byte(body("26A1", 100, 40)))
	f.Add([]byte(`{"periodKey":"#001","vatDueSales":1e999999999}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := httptest.NewRequest("POST", path(vale, "returns"), strings.NewReader(string(text)))
		r.Header.Set("Authorization", "Bearer "+marc)
		r.Header.Set("Accept", "application/vnd.hmrc.1.0+json")
		answer := httptest.NewRecorder()
		w.ServeHTTP(answer, r)
		if s := answer.Code; s != 201 && s != 400 && s != 403 {
			t.Fatalf("%q is answered with %d %s", text, s, answer.Body)
		}
	})
}

// Every text of the pages is there in both languages, and none is left over.
func TestLocales(t *testing.T) {
	t.Parallel()
	b, err := i18n.New(os.DirFS("locales"))
	if err != nil {
		t.Fatal(err)
	}
	if en, fr := b.Keys("en"), b.Keys("fr"); !slices.Equal(en, fr) {
		t.Errorf("the languages differ: %v and %v", en, fr)
	}
	var pages strings.Builder
	for _, pattern := range []string{"pages/*.html", "*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			pages.Write(text)
		}
	}
	for _, key := range b.Keys("en") {
		if !strings.Contains(pages.String(), `"`+key+`"`) && !strings.HasPrefix(key, "hmrcsim.control.fault.") {
			t.Errorf("no page has the text %s", key)
		}
	}
}
