package oauthconsumer_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/db/seal"
	"github.com/tessera-erp/tessera/modules/base"
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

func fiftyCalls(t *testing.T, w *world) {
	env := w.connected()
	w.later(2 * time.Hour)
	var wg sync.WaitGroup
	errs := make([]error, 50)
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.call(env) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if _, refreshes, calls := w.counts(); refreshes != 1 || calls != 50 {
		t.Errorf("%d refreshes and %d calls, want 1 and 50", refreshes, calls)
	}
}

func revokedOutside(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	w.connected()
	run, to := w.errand(admin, "R1")
	w.revoke()
	page := w.step(admin, to, nil)
	if !strings.HasPrefix(page, "/connections/attempts/") {
		t.Fatalf("sending without a permission leads to %q, want the page before leaving", page)
	}
	_, told := w.Get(admin, page)
	contains(t, "the page before leaving", told, "takes the permission given for")
	_, _, to = w.Exchange(admin, "GET", w.grant(t, w.leave(admin, page)), nil)
	_, _, before := w.counts()
	_, body := w.Get(admin, to)
	if _, _, after := w.counts(); after != before {
		t.Error("the unsafe step was sent by itself")
	}
	contains(t, "the review", body, "_version")
	if end := w.step(admin, to, nil); !strings.HasSuffix(end, "/end") {
		t.Errorf("sent by the person it leads to %q, want the end of %s", end, run)
	}
}

func fewerScopes(t *testing.T, w *world) {
	env := w.As("admin@example.com")
	w.set(func() { w.scope = "other" })
	w.connect(w.SignIn("admin@example.com"), w.companySubject(), "trial")
	_, err := w.call(env)
	u := wantReason(t, err, oauthconsumer.Missing)
	if len(u.Missing) != 1 || u.Missing[0] != "read" || !strings.Contains(strings.Join(u.Scopes, " "), "read") {
		t.Errorf("missing %v of %v, want read", u.Missing, u.Scopes)
	}
	if _, err := whoAmI.Call(env, w.companySubject(), struct{}{}); err != nil {
		t.Errorf("what needs no scope: %v, want that it works", err)
	}
	w.set(func() { w.scope = "" })
	w.later(2 * time.Hour)
	if _, err := whoAmI.Call(env, w.companySubject(), struct{}{}); err != nil {
		t.Fatal(err)
	}
	if got := one[string](w, "SELECT scopes FROM oauth_consumer_connection"); got != `["other"]` {
		t.Errorf("scopes after a refresh without any: %s, want them unchanged", got)
	}
}

// wrongAccount: the profile's probe runs from the page that needs the API, never
// from the callback.
func wrongAccount(t *testing.T, outer *world) {
	var w *world
	wrong := fault.New(fault.Conflict, "That account cannot act for Demo.").Keyed("", nil)
	w = newWorld(t, dbtest.URL(t, outer.Database.DB.Engine()), oauthconsumer.Profile{Key: "trial", SignOut: func(string, string) string { return "https://outside.example/signout" }, Probe: func(env *record.Env, s oauthconsumer.Subject) error {
		got, err := whoAmI.Call(env, s, struct{}{})
		if err == nil && got.Account != "right" {
			return oauthconsumer.NotTheirs(wrong)
		}
		return err
	}})
	admin := w.SignIn("admin@example.com")
	w.set(func() { w.account = "wrong" })
	run, page := w.errand(admin, "1")
	_, _, to := w.Exchange(admin, "GET", w.grant(t, w.leave(admin, page)), nil)
	if _, _, calls := w.counts(); calls != 0 || one[string](w, "SELECT status FROM oauth_consumer_connection") != "checking" {
		t.Errorf("%d calls before a page asked, want none, and the status checking", calls)
	}
	_, body := w.Get(admin, to)
	contains(t, "the step", body, "That account cannot act for Demo.")
	page = w.step(admin, run, nextTry)
	_, body = w.Get(admin, page)
	contains(t, "the page before leaving", body, "Sign out at Trial &amp; Sons", "https://outside.example/signout")
	w.set(func() { w.account = "right" })
	w.Exchange(admin, "GET", w.grant(t, w.leave(admin, page)), nil)
	if _, _, to := w.Exchange(admin, "GET", run, nil); !strings.HasSuffix(to, "/send") {
		t.Errorf("with the right account the step leads to %q, want the next one", to)
	}
	if got := one[string](w, "SELECT status FROM oauth_consumer_connection"); got != "connected" {
		t.Errorf("status %q, want connected", got)
	}
}

var nextTry = url.Values{"_do": {"-retry"}}

func apiChanged(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	_, address := w.start(admin, w.companySubject(), "trial")
	w.Load("- {model: oauth_consumer.api, id: trial, values: {client_secret: another-secret-of-ours}}")
	w.Exchange(admin, "GET", w.grant(t, address), nil)
	w.mustCall(w.As("admin@example.com"))
	_, address = w.start(admin, w.companySubject(), "trial")
	w.Load("- {model: oauth_consumer.api, id: trial, values: {client_id: them}}")
	defer w.Load("- {model: oauth_consumer.api, id: trial, values: {client_id: us, client_secret: planted-client-secret}}")
	posts, _, _ := w.counts()
	_, _, to := w.Exchange(admin, "GET", w.grant(t, address), nil)
	_, body := w.Get(admin, to)
	contains(t, "the page", body, "The settings of Trial &amp; Sons have changed")
	if after, _, _ := w.counts(); after != posts {
		t.Error("the code was exchanged")
	}
}

func stuckExchange(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	page, address := w.start(admin, w.companySubject(), "trial")
	callback := w.grant(t, address)
	w.exec("UPDATE oauth_consumer_attempt SET status = 'exchanging', claimed_at = ?", w.now.UnixMicro())
	if status, _ := w.Get(admin, callback); status != http.StatusAccepted {
		t.Errorf("while it is exchanged: %d, want 202", status)
	}
	w.later(2 * time.Minute)
	status, body := w.Get(admin, callback)
	if status != http.StatusConflict {
		t.Errorf("long after: %d, want 409", status)
	}
	contains(t, "the page", body, "stopped in the middle", page)
	if status, _, _ := w.Exchange(admin, "GET", w.grant(t, w.leave(admin, page)), nil); status != 303 {
		t.Errorf("started again: %d, want 303", status)
	}
	w.mustCall(w.As("admin@example.com"))
}

func ambiguous(t *testing.T, w *world) {
	env := w.connected()
	req := thing{ID: "A1", Count: 1}
	w.set(func() {
		w.api = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	})
	_, err := sendThing.Call(env, oauthconsumer.Subject{}, req)
	if !errors.Is(err, oauthconsumer.ErrOutcomeUnknown) {
		t.Fatalf("got %v, want an unknown outcome", err)
	}
	w.set(func() { w.api = nil })
	_, _, before := w.counts()
	if _, err = sendThing.Call(env, oauthconsumer.Subject{}, req); !errors.Is(err, oauthconsumer.ErrOutcomeUnknown) {
		t.Errorf("sent again: %v, want an unknown outcome", err)
	}
	if _, _, after := w.counts(); after != before {
		t.Error("it was sent again blindly")
	}
	if hash := one[[]byte](w, "SELECT body_hash FROM oauth_consumer_intent"); len(hash) != 32 {
		t.Errorf("the note holds a hash of %d bytes", len(hash))
	}
	if err := sendThing.Settle(env, oauthconsumer.Subject{}, req, false); err != nil {
		t.Fatal(err)
	}
	if _, err := sendThing.Call(env, oauthconsumer.Subject{}, req); err != nil {
		t.Errorf("once it is known that nothing arrived: %v", err)
	}
}

func ambiguousTimeout(t *testing.T, w *world) {
	env := w.connected()
	defer w.hang(&w.api)()
	unknownOnce(t, w, env, "T1")
}

func ambiguousDropped(t *testing.T, w *world) {
	env := w.connected()
	w.set(func() { w.api = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) } })
	unknownOnce(t, w, env, "D1")
}

// unknownOnce sends twice: neither is known to have arrived, and one was sent.
func unknownOnce(t *testing.T, w *world, env *record.Env, id string) {
	t.Helper()
	_, _, before := w.counts()
	for range 2 {
		if _, err := sendThing.Call(env, oauthconsumer.Subject{}, thing{ID: id}); !errors.Is(err, oauthconsumer.ErrOutcomeUnknown) {
			t.Errorf("got %v, want an unknown outcome", err)
		}
	}
	if _, _, after := w.counts(); after != before+1 {
		t.Errorf("it was sent %d times, want once", after-before)
	}
}

func twoPeople(t *testing.T, w *world) {
	env, anna := w.connected(), w.As("anna@example.com")
	other := anna.Sudo("the same company")
	other.Company = env.Company
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			who := env
			if i%2 == 1 {
				who = other
			}
			_, errs[i] = sendThing.Call(who, oauthconsumer.Subject{}, thing{ID: "P1"})
		})
	}
	wg.Wait()
	sent := 0
	for _, err := range errs {
		var already *oauthconsumer.AlreadySent
		switch {
		case err == nil:
			sent++
		case !errors.As(err, &already):
			t.Errorf("got %v, want that it was sent already", err)
		}
	}
	if _, _, calls := w.counts(); sent != 1 || calls != 1 {
		t.Errorf("%d were told that it was sent, and it was %d times; want 1", sent, calls)
	}
}

func copied(t *testing.T, w *world) {
	env := w.connected()
	w.connect(w.SignIn("admin@example.com"), w.companySubject(), "trial_sandbox")
	was := w.Deployment
	w.Application.Deployment = "somewhere else"
	defer func() { w.Application.Deployment = was }()
	_, _, before := w.counts()
	_, err := w.call(env)
	wantCode(t, err, fault.Conflict)
	if _, _, after := w.counts(); after != before {
		t.Error("the copy called the production API")
	}
	sandbox := w.companySubject()
	sandbox.API = w.ID("oauth_consumer.api", "trial_sandbox")
	if got, err := readThing.Call(env, sandbox, thing{ID: "1"}); err == nil || strings.Contains(err.Error(), "new place") {
		t.Errorf("the sandbox: %v %v, want that it is called (and unknown there)", got, err)
	}
	admin := w.SignIn("admin@example.com")
	_, page := w.Get(admin, "/connections/application")
	contains(t, "the page of the application", page, "runs at a new place", "Use them from here")
	if status, _ := w.Post(w.SignIn("anna@example.com"), "/connections/confirm-place", nil); status != http.StatusForbidden {
		t.Errorf("confirmed by somebody: %d, want 403", status)
	}
	w.Post(admin, "/connections/confirm-place", nil)
	w.mustCall(env)
}

func keyLost(t *testing.T, w *world) {
	env := w.connected()
	was := w.Seal
	defer func() { w.Application.Seal = was }()
	other, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	w.Application.Seal = other
	_, _, before := w.counts()
	_, err = w.call(env)
	if fault.CodeOf(err) != fault.Internal || strings.Contains(err.Error(), "planted") {
		t.Errorf("with another key: %v, want that the token does not open", err)
	}
	if _, _, after := w.counts(); after != before {
		t.Error("something was sent with a token that does not open")
	}
}

// keyRotated: what an older key has sealed opens, what is sealed from now on takes the new one.
func keyRotated(t *testing.T, w *world) {
	env := w.connected()
	was := w.Seal
	fresh, err := was.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	w.Application.Seal = fresh
	w.mustCall(env)
	sealed := func() []byte { return one[[]byte](w, "SELECT access FROM oauth_consumer_token") }
	if !fresh.Stale(sealed()) {
		t.Error("nothing is sealed with the older key any more")
	}
	w.later(2 * time.Hour)
	w.mustCall(env) // renewed
	if fresh.Stale(sealed()) {
		t.Error("a new token is sealed with the older key")
	}
}

func moved(t *testing.T, w *world) {
	env := w.connected()
	w.connect(w.SignIn("admin@example.com"), oauthconsumer.Subject{Kind: oauthconsumer.User, ID: env.User.UserID()}, "trial")
	w.exec(`UPDATE oauth_consumer_token SET access = (SELECT t.access FROM oauth_consumer_token t JOIN oauth_consumer_connection c ON c.id = t.connection_id WHERE c.kind = 'user')`)
	_, _, before := w.counts()
	_, err := w.call(env)
	if fault.CodeOf(err) != fault.Internal || strings.Contains(err.Error(), "planted") {
		t.Errorf("got %v, want that the token does not open", err)
	}
	if _, _, after := w.counts(); after != before {
		t.Error("somebody else's token was sent")
	}
}

func rateLimit(t *testing.T, w *world) {
	env := w.connected()
	w.Load("- {model: oauth_consumer.api, id: trial, values: {rate_per_minute: 4}}")
	defer w.Load("- {model: oauth_consumer.api, id: trial, values: {rate_per_minute: 0}}")
	background := w.System()
	background.Company = env.Company
	for range 3 {
		if _, err := w.call(background); err != nil {
			t.Fatal(err)
		}
	}
	var down *oauthconsumer.Unavailable
	if _, err := w.call(background); !errors.As(err, &down) || !down.Unsent || down.RetryAfter <= 0 || down.RetryAfter > time.Minute {
		t.Errorf("the fourth call in the background: %v, want to wait for the next minute", err)
	}
	w.mustCall(env)
	if _, err := w.call(env); !errors.As(err, &down) {
		t.Errorf("the fifth call of the minute: %v, want to wait", err)
	}
	w.later(time.Minute)
	busy := 1
	w.set(func() {
		w.api = func(rw http.ResponseWriter, r *http.Request) {
			if busy--; busy >= 0 {
				rw.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fmt.Fprint(rw, "{}")
		}
	})
	w.mustCall(env) // asked too often at this moment: a second later it is answered
	w.set(func() {
		w.api = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	var refused *oauthconsumer.Refusal
	if _, err := w.call(env); !errors.As(err, &refused) || refused.RetryAfter != 2*time.Minute {
		t.Errorf("429: %v, want two minutes", err)
	}
	w.set(func() { w.api = nil })
	_, _, before := w.counts()
	if _, err := w.call(env); !errors.As(err, &down) || down.RetryAfter > 2*time.Minute {
		t.Errorf("within the two minutes: %v, want to wait", err)
	}
	if _, _, after := w.counts(); after != before {
		t.Error("the provider was called although it asked to be left alone")
	}
	w.later(3 * time.Minute)
	w.mustCall(env)
}

func providerDown(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	w.connected()
	w.set(func() {
		w.api = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	})
	run, body := w.errand(admin, "kept")
	contains(t, "the step", body, "Trial &amp; Sons is not available at the moment")
	if got := one[string](w, "SELECT inputs || data FROM wizard_run ORDER BY id DESC LIMIT 1"); !strings.Contains(got, "kept") {
		t.Errorf("what was typed at %s is lost: %s", run, got)
	}
}

func deleted(t *testing.T, w *world) {
	env := w.System()
	currency := one[int64](w, "SELECT currency_id FROM base_company LIMIT 1")
	gone := base.Company{Name: "Gone Ltd", CurrencyID: record.ID(currency)}
	if err := record.Save(env, &gone); err != nil {
		t.Fatal(err)
	}
	s := oauthconsumer.Subject{Kind: oauthconsumer.Company, ID: gone.ID}
	admin := w.As("admin@example.com")
	w.exec("INSERT INTO base_user_companies (record_id, target_id) VALUES (?, ?)", admin.User.UserID(), gone.ID)
	w.connect(w.SignIn("admin@example.com"), s, "trial")
	w.exec("DELETE FROM base_user_companies WHERE target_id = ?", gone.ID)
	if err := record.Delete(env, &gone); err != nil {
		t.Fatal(err)
	}
	w.Work()
	if n := one[int](w, "SELECT COUNT(*) FROM oauth_consumer_connection"); n != 0 || len(w.revoked) != 1 {
		t.Errorf("%d connections are left and %d revoked, want 0 and 1", n, len(w.revoked))
	}
	if n := one[int](w, "SELECT COUNT(*) FROM audit WHERE action = 'disconnected' AND record_name LIKE 'Gone Ltd%'"); n != 1 {
		t.Errorf("%d lines in the audit log, want 1", n)
	}
}

func secretRotated(t *testing.T, w *world) {
	w.Load("- {model: oauth_consumer.api, id: trial, values: {client_secret: brand-new-secret}}")
	defer w.Load("- {model: oauth_consumer.api, id: trial, values: {client_secret: planted-client-secret}}")
	w.set(func() { // the provider knows the old one only
		w.token = func(rw http.ResponseWriter, r *http.Request) {
			if _, secret, _ := r.BasicAuth(); secret != "planted-client-secret" {
				w.fail(rw, http.StatusUnauthorized, "invalid_client")
				return
			}
			w.answer(rw, r)
		}
	})
	w.connect(w.SignIn("admin@example.com"), w.companySubject(), "trial")
	w.mustCall(w.As("admin@example.com"))
	if n := one[int](w, "SELECT COUNT(*) FROM oauth_consumer_secret WHERE api_id = ?", w.ID("oauth_consumer.api", "trial")); n != 2 {
		t.Errorf("%d secrets are kept, want 2", n)
	}
}

func clockJumps(t *testing.T, w *world) {
	env := w.connected()
	w.later(-48 * time.Hour)
	w.mustCall(env)
	w.later(96 * time.Hour)
	w.mustCall(env)
	if _, refreshes, _ := w.counts(); refreshes != 1 {
		t.Errorf("%d refreshes, want 1", refreshes)
	}
	w.set(func() { w.life = 0 })
	w.later(2 * time.Hour)
	w.mustCall(env)
	w.later(1000 * time.Hour) // no expires_in: trusted until a 401
	w.mustCall(env)
	w.expire()
	w.mustCall(env)
}

func cancelled(t *testing.T, w *world) {
	env := w.connected()
	w.later(2 * time.Hour)
	ctx, cancel := context.WithCancel(context.Background())
	w.set(func() {
		w.token = func(rw http.ResponseWriter, r *http.Request) {
			cancel() // the page is closed while the provider works
			w.answer(rw, r)
		}
	})
	_, err := w.call(env.In(ctx))
	if err == nil {
		t.Error("the closed page got a result")
	}
	w.set(func() { w.token = nil })
	w.mustCall(env)
	if _, refreshes, _ := w.counts(); refreshes != 1 {
		t.Errorf("%d refreshes, want that the one of the closed page was kept", refreshes)
	}
}

// remindersShown: who has to sign in again, and whose authority ends soon, stands on the
// home page of whoever can mend it.
func remindersShown(t *testing.T, w *world) {
	w.connected()
	admin, anna := w.SignIn("admin@example.com"), w.SignIn("anna@example.com")
	const line = "Trial &amp; Sons · Harrow &amp; Vale Ltd"
	if _, home := w.Get(admin, "/"); strings.Contains(home, line) {
		t.Error("a connection in order is on the home page")
	}
	w.exec("UPDATE oauth_consumer_connection SET authority_ends_at = ?", w.now.Add(10*24*time.Hour))
	_, home := w.Get(admin, "/")
	contains(t, "the home page", home, line, "Authority lasts until")
	w.exec("UPDATE oauth_consumer_connection SET authority_ends_at = ?", w.now.Add(60*24*time.Hour))
	if _, home := w.Get(admin, "/"); strings.Contains(home, line) {
		t.Error("an authority that ends in 60 days is on the home page; 30 is what the provider says")
	}
	w.revoke()
	if _, err := w.call(w.As("admin@example.com")); err == nil {
		t.Error("a revoked connection works")
	}
	_, home = w.Get(admin, "/")
	contains(t, "the home page", home, line, "Needs a sign-in")
	w.exec("UPDATE oauth_consumer_connection SET kind = 'user', subject = ?, company_id = NULL", w.As("admin@example.com").User.UserID())
	if _, home := w.Get(anna, "/"); strings.Contains(home, line) {
		t.Error("somebody else's connection is on the home page")
	}
}
