package oauthconsumer_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// A person connects his company, code calls the API, somebody disconnects.
func TestConnect(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		admin := w.SignIn("admin@example.com")
		env := w.As("admin@example.com")
		_, err := w.call(env)
		u := wantReason(t, err, oauthconsumer.Never)
		if u.Subject.Kind != oauthconsumer.Company || u.Connection != 0 || len(u.Scopes) != 1 || u.Scopes[0] != "read" {
			t.Errorf("the missing authority is %+v, want that of the company for read", u)
		}
		w.connect(admin, w.companySubject(), "trial")
		got := w.mustCall(env)
		if got.Path != "/api/things/1" || got.Accept != "application/json" {
			t.Errorf("the API saw %+v", got)
		}
		status, page := w.Get(admin, "/records/base.company/"+itoa(w.companySubject().ID)+"?tab=connections")
		for _, want := range []string{"Trial &amp; Sons", "Connected", "Renews itself", "200 · trial.read", "Test", "Disconnect", "read"} {
			if status != 200 || !strings.Contains(page, want) {
				t.Errorf("the company's tab (%d) lacks %q", status, want)
			}
		}
		status, _, to := w.Exchange(admin, "POST", w.path(w.companySubject(), "trial", "disconnect"), nil)
		if status != 303 || to != "/" {
			t.Errorf("disconnect: %d to %q", status, to)
		}
		if len(w.revoked) != 1 || !strings.HasPrefix(w.revoked[0], "planted-refresh") {
			t.Errorf("revoked at the provider: %v, want the refresh token", w.revoked)
		}
		_, err = w.call(env)
		wantReason(t, err, oauthconsumer.Never)
	})
}

// Whoever may do the task but not connect the company is told so at the step, with what
// he entered; when somebody else has connected it, he goes on.
func TestNotHisToConnect(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		w := newWorld(t, url, oauthconsumer.Profile{Key: "trial"})
		anna := w.SignIn("anna@example.com")
		run, page := w.errand(anna, "kept")
		if !strings.Contains(page, "you have no right to give it") {
			t.Fatalf("the step does not say why it cannot go on: %.200s", page)
		}
		w.connect(w.SignIn("admin@example.com"), w.companySubject(), "trial")
		if _, _, to := w.Exchange(anna, "GET", run, nil); !strings.HasSuffix(to, "/send") {
			t.Errorf("once connected it leads to %q, want the next step", to)
		}
	})
}

// restartedWhileAway is the whole bounce of a wizard: it parks, the server is stopped and
// started while the person is away, he grants, and the same step goes on.
func restartedWhileAway(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	run, page := w.errand(admin, "N1")
	if !strings.HasPrefix(page, "/connections/attempts/") {
		t.Fatalf("the step without an authority leads to %q, want the page before leaving", page)
	}
	address := w.leave(admin, page)
	w.Reopen()
	status, _, to := w.Exchange(admin, "GET", w.grant(t, address), nil)
	if status != 303 || to != run {
		t.Fatalf("back: %d to %q, want 303 to %q", status, to, run)
	}
	status, body, to := w.Exchange(admin, "GET", to, nil)
	if status != 303 || !strings.HasSuffix(to, "/send") {
		t.Fatalf("the same step goes on by itself: %d to %q, want the next step\n%s", status, to, body)
	}
}
