package oauthconsumer_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

// The faults of the table that befall a connection that exists.

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
