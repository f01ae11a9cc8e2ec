package oauthconsumer_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// faults is the table of what can go wrong, row by row as it is specified, and the
// stories that show what happens then. Each begins in a world in which nobody is connected.
var faults = []struct {
	row     string
	stories []story
}{
	{"person refuses", []story{{"Refused", personRefuses}}},
	{"tab closed", []story{{"Superseded", tabClosed}}},
	{"state expired (30 min)", []story{{"TooOld", stateExpired}}},
	{"back button, replay", []story{{"OneWins", backButton}}},
	{"forged or unknown state", []story{{"Neutral", forgedState}}},
	{"another user or browser returns", []story{{"User", anotherUser}, {"Browser", anotherBrowser}, {"SignedOutStarter", signedOut}}},
	{"company switched meanwhile", []story{{"CompanyOfTheAttempt", companySwitched}}},
	{"token endpoint down or slow", []story{{"Down", tokenEndpointDown}, {"Slow", tokenEndpointSlow}}},
	{"code already used", []story{{"StartAgain", codeUsed}}},
	{"two processes, 50 calls at expiry", []story{{"OneProcess", fiftyCalls}, {"TwoProcesses", twoProcesses}}},
	{"crash between answer and save", []story{{"OfARefresh", crashBeforeSave}, {"OfAnExchange", crashBeforeSaveOfExchange}}},
	{"consent revoked outside", []story{{"NeverByItself", revokedOutside}}},
	{"fewer scopes granted than needed", []story{{"MissingNamed", fewerScopes}}},
	{"wrong outside account", []story{{"Probed", wrongAccount}}},
	{"API row changed in mid-flow", []story{{"Refused", apiChanged}, {"SecretAlone", secretRotated}}},
	{"server restarted in mid-wizard", []story{{"WhileAway", restartedWhileAway}, {"WhileExchanging", stuckExchange}}},
	{"unsafe call ambiguous (timeout, 5xx, crash)", []story{{"Answer5xx", ambiguous}, {"Timeout", ambiguousTimeout}, {"Dropped", ambiguousDropped}, {"Crash", crashWhileSending}}},
	{"double click, two people", []story{{"OneSends", twoPeople}}},
	{"database copied or restored elsewhere", []story{{"Suspended", copied}}},
	{"key lost, rotated, ciphertext moved", []story{{"Lost", keyLost}, {"Rotated", keyRotated}, {"Moved", moved}}},
	{"rate limit of the provider", []story{{"Pace", rateLimit}}},
	{"provider down", []story{{"DraftKept", providerDown}}},
	{"API user deleted", []story{{"Revoked", deleted}}},
}

type story struct {
	name string
	tell func(t *testing.T, w *world)
}

func TestFaults(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, f := range faults {
			t.Run(f.row, func(t *testing.T) {
				for _, s := range f.stories {
					w.sub(t, s.name, s.tell)
				}
			})
		}
	})
}

// What is promised besides the table.
func TestMore(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, s := range []story{{"ClockJumps", clockJumps}, {"CancelledPage", cancelled}, {"Reminders", remindersShown}} {
			w.sub(t, s.name, s.tell)
		}
	})
}

// The rows here are those of the specification, which lies beside the repository and is no
// part of it: elsewhere the test is skipped.
func TestFaultsAreAll(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../shared/spec/consumer.md")
	if err != nil {
		t.Skipf("needs the specification beside the repository: %v", err)
	}
	_, table, _ := strings.Cut(string(text), "| fault | behaviour |\n|---|---|\n")
	var want, got []string
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			break
		}
		want = append(want, strings.TrimSpace(cells[1]))
	}
	for _, f := range faults {
		got = append(got, f.row)
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("the rows are\n%q, want\n%q", got, want)
	}
}

// reset takes the world back to before anybody was connected.
func (w *world) reset() {
	w.t.Helper()
	for _, table := range []string{"token", "connection", "attempt", "intent", "pace", "choice", "place"} {
		w.exec("DELETE FROM oauth_consumer_" + table)
	}
	w.exec("UPDATE wizard_run SET status = 'abandoned'")
	w.now = w.now.Add(2 * time.Hour)
	o := w.outside
	o.set(func() {
		o.codes, o.refreshs, o.access = map[string]url.Values{}, map[string]bool{}, map[string]bool{}
		o.posts, o.refresh, o.calls, o.bodies, o.revoked, o.basics = 0, 0, 0, nil, nil, nil
		o.life, o.scope, o.rotates, o.account, o.token, o.api = 3600, "", true, "right", nil, nil
	})
}

func contains(t testing.TB, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, plainText(text))
		}
	}
}

func plainText(html string) string {
	if i := strings.Index(html, "<main"); i >= 0 {
		html = html[i:]
	}
	return html[:min(len(html), 3000)]
}

func personRefuses(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	run, page := w.errand(admin, "kept words")
	status, _, to := w.Exchange(admin, "GET", w.decline(t, w.leave(admin, page)), nil)
	if status != 303 || to != run {
		t.Fatalf("back: %d to %q, want 303 to the parked step", status, to)
	}
	_, body := w.Get(admin, to)
	contains(t, "the parked step", body, "You did not grant access at Trial &amp; Sons. Nothing was sent.", "Save")
	if strings.Contains(body, "planted</script>") {
		t.Error("the provider's words are on the page unescaped")
	}
	if posts, _, calls := w.counts(); posts != 0 || calls != 0 {
		t.Errorf("%d token posts and %d calls, want none", posts, calls)
	}
	again := w.step(admin, run, url.Values{"_do": {"-retry"}})
	if status, _, to := w.Exchange(admin, "GET", w.grant(t, w.leave(admin, again)), nil); status != 303 || to != run {
		t.Fatalf("second try: %d to %q, want 303 to the step", status, to)
	}
	if _, _, to := w.Exchange(admin, "GET", run, nil); !strings.HasSuffix(to, "/send") {
		t.Errorf("with the permission the step leads to %q, want the next one", to)
	}
	if got := one[string](w, "SELECT data FROM wizard_run ORDER BY id DESC LIMIT 1"); !strings.Contains(got, "kept words") {
		t.Errorf("what was typed is not in the run any more: %s", got)
	}
}

func tabClosed(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	run, page := w.errand(admin, "1")
	first := w.leave(admin, page)
	_, home := w.Get(admin, "/")
	contains(t, "the home page", home, "Trial &amp; Sons needs permission first", run, "Continue")
	second := w.leave(admin, w.step(admin, run, url.Values{"_do": {"-retry"}}))
	status, body, _ := w.Exchange(admin, "GET", w.grant(t, first), nil)
	if status != http.StatusConflict {
		t.Errorf("the older attempt: %d, want 409", status)
	}
	contains(t, "the older attempt", body, "replaced by a newer one")
	if status, _, to := w.Exchange(admin, "GET", w.grant(t, second), nil); status != 303 || to != run {
		t.Errorf("the newer attempt: %d to %q, want 303 to the run", status, to)
	}
	if posts, _, _ := w.counts(); posts != 1 {
		t.Errorf("%d codes were exchanged, want 1", posts)
	}
}

func stateExpired(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	_, address := w.start(admin, w.companySubject(), "trial")
	w.later(31 * time.Minute)
	status, body, _ := w.Exchange(admin, "GET", w.grant(t, address), nil)
	if status != http.StatusBadRequest {
		t.Errorf("status %d, want 400", status)
	}
	contains(t, "the page", body, "This sign-in link is too old", "Start again", "/connections/attempts/")
	if posts, _, _ := w.counts(); posts != 0 {
		t.Error("the code was exchanged")
	}
}

func backButton(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	_, address := w.start(admin, w.companySubject(), "trial")
	callback := w.grant(t, address)
	var wg sync.WaitGroup
	codes := make([]int, 10)
	for i := range codes {
		wg.Go(func() { codes[i], _, _ = w.Exchange(admin, "GET", callback, nil) })
	}
	wg.Wait()
	if posts, _, _ := w.counts(); posts != 1 {
		t.Errorf("%d exchanges of one code, want 1 (%v)", posts, codes)
	}
	status, _, to := w.Exchange(admin, "GET", callback, nil)
	if status != 303 || to != "/account" {
		t.Errorf("replayed: %d to %q, want the winner's outcome", status, to)
	}
	w.mustCall(w.As("admin@example.com"))
}

func forgedState(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	before := one[int](w, "SELECT COUNT(*) FROM audit WHERE action = 'callback_refused'")
	for _, q := range []string{"", "?code=x", "?code=x&state=forged", "?code=x&state=a&state=b", "?error=access_denied&state=" + strings.Repeat("x", 300)} {
		status, body := w.Get(admin, "/oauth2/callback"+q)
		if status != http.StatusBadRequest || !strings.Contains(body, "Nothing was connected") {
			t.Errorf("callback%s: %d, want a neutral 400", q, status)
		}
	}
	if after := one[int](w, "SELECT COUNT(*) FROM audit WHERE action = 'callback_refused'"); after == before {
		t.Error("nothing stands in the audit log")
	}
	if posts, _, _ := w.counts(); posts != 0 {
		t.Error("something was exchanged")
	}
}

func anotherUser(t *testing.T, w *world) {
	_, address := w.start(w.SignIn("admin@example.com"), w.companySubject(), "trial")
	status, body, _ := w.Exchange(w.SignIn("anna@example.com"), "GET", w.grant(t, address), nil)
	if status != http.StatusForbidden {
		t.Errorf("another user: %d, want 403", status)
	}
	contains(t, "the page", body, "started by somebody else")
	if strings.Contains(body, "Trial &amp; Sons") {
		t.Error("another user is told what was being connected")
	}
	if posts, _, _ := w.counts(); posts != 0 {
		t.Error("the code was exchanged")
	}
}

func anotherBrowser(t *testing.T, w *world) {
	_, address := w.start(w.SignIn("admin@example.com"), w.companySubject(), "trial")
	status, body, _ := w.Exchange(w.SignIn("admin@example.com"), "GET", w.grant(t, address), nil)
	if status != http.StatusBadRequest {
		t.Errorf("another browser: %d, want 400", status)
	}
	contains(t, "the page", body, "another browser")
	if posts, _, _ := w.counts(); posts != 0 {
		t.Error("the code was exchanged")
	}
}

func signedOut(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	_, address := w.start(admin, w.companySubject(), "trial")
	w.exec("DELETE FROM session")
	status, _, to := w.Exchange(admin, "GET", w.grant(t, address), nil)
	if status != 303 || !strings.HasPrefix(to, "/signin?next=%2Fconnections%2Fattempts%2F") || strings.Contains(to, "planted") {
		t.Fatalf("signed out: %d to %q, want the sign-in page without the code", status, to)
	}
	next, _ := url.ParseQuery(to[len("/signin?"):])
	w.Post(admin, "/signin", url.Values{"login": {"admin@example.com"}, "password": {"admin"}, "next": {"/"}})
	status, body := w.Get(admin, next.Get("next"))
	if posts, _, _ := w.counts(); posts != 0 {
		t.Error("the code was exchanged before he confirmed")
	}
	contains(t, fmt.Sprintf("the page to confirm (%d)", status), body, "Finish connecting", "Trial &amp; Sons")
	if status, _, to := w.Exchange(admin, "POST", next.Get("next"), nil); status != 303 || to != "/account" {
		t.Errorf("confirmed: %d to %q, want 303 to where he began", status, to)
	}
	w.mustCall(w.As("admin@example.com"))
}

func companySwitched(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	_, address := w.start(admin, w.companySubject(), "trial")
	other := one[int64](w, "SELECT id FROM base_company WHERE id <> ? ORDER BY id LIMIT 1", w.companySubject().ID)
	if status, _ := w.Post(admin, "/company", url.Values{"company": {itoa(other)}, "next": {"/"}}); status != 303 {
		t.Fatalf("switching the company: %d", status)
	}
	w.Exchange(admin, "GET", w.grant(t, address), nil)
	if got := one[int64](w, "SELECT subject FROM oauth_consumer_connection WHERE kind = 'company'"); got != w.companySubject().ID {
		t.Errorf("company %d was connected, want %d", got, w.companySubject().ID)
	}
}

func tokenEndpointDown(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	w.set(func() {
		w.token = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	})
	run, page := w.errand(admin, "1")
	status, _, to := w.Exchange(admin, "GET", w.grant(t, w.leave(admin, page)), nil)
	if status != 303 || to != run {
		t.Fatalf("back: %d to %q, want 303 to the step", status, to)
	}
	_, body := w.Get(admin, to)
	contains(t, "the step", body, "Trial &amp; Sons did not answer")
	if posts, _, _ := w.counts(); posts != 1 {
		t.Errorf("%d tries, want one", posts)
	}
}

func tokenEndpointSlow(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	run, page := w.errand(admin, "1")
	callback := w.grant(t, w.leave(admin, page))
	defer w.hang(&w.token)()
	_, _, to := w.Exchange(admin, "GET", callback, nil)
	_, body := w.Get(admin, to)
	if posts, _, _ := w.counts(); to != run || posts != 1 {
		t.Errorf("back to %q after %d tries, want the step after one", to, posts)
	}
	contains(t, "the step", body, "Trial &amp; Sons did not answer")
}

// hang lets an endpoint of the provider answer nothing, and us wait a moment only. What it
// returns undoes that.
func (w *world) hang(endpoint *http.HandlerFunc) (undo func()) {
	over := make(chan struct{})
	w.set(func() { *endpoint = func(http.ResponseWriter, *http.Request) { <-over } })
	patient := oauthconsumer.Hurry(w.Application, 50*time.Millisecond)
	return func() {
		close(over)
		patient()
		w.set(func() { *endpoint = nil })
	}
}

func codeUsed(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	run, page := w.errand(admin, "1")
	callback := w.grant(t, w.leave(admin, page))
	w.set(func() { w.codes = map[string]url.Values{} })
	_, _, to := w.Exchange(admin, "GET", callback, nil)
	_, body := w.Get(admin, to)
	if to != run {
		t.Errorf("back to %q, want the step", to)
	}
	contains(t, "the step", body, "had been used already")
}
