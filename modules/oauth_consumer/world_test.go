package oauthconsumer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/hr"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// thing is what the API of the tests knows.
type thing struct {
	ID    string `path:"id" json:"-"`
	From  string `query:"from" json:"-"`
	Count int    `json:"count"`
}

type seen struct {
	Path, Account, Token, Accept string
}

var (
	readThing = oauthconsumer.Endpoint[thing, seen]{Name: "trial.read", Provider: "trial", User: oauthconsumer.Company, Method: "GET", Path: "/api/things/{id}", Scopes: []string{"read"}}
	sendThing = oauthconsumer.Endpoint[thing, seen]{Name: "trial.send", Provider: "trial", User: oauthconsumer.Company, Method: "POST", Path: "/api/things/{id}", Scopes: []string{"read"},
		Effect: oauthconsumer.Unsafe, Once: func(r thing) string { return r.ID }}
	whoAmI = oauthconsumer.Endpoint[struct{}, seen]{Name: "trial.who", Provider: "trial", Method: "GET", Path: "/api/whoami", Probe: true}
)

// errand is the data of the wizard of the tests.
type errand struct{ Note, Account string }

// trial is a module that calls an API from a wizard: look, then send.
func trial(profile oauthconsumer.Profile) app.Module {
	return app.Module{Name: "trial", Title: "Trial", Summary: "Calls an API.", Depends: []string{"base", "oauth_consumer"}, Register: func(r *record.Registry, reg *app.Registrar) {
		oauthconsumer.Register(r, profile)
		reg.Site.Wizard(wizard.Wizard[errand]{Name: "trial.errand", Title: "Errand", App: "settings", Start: "note", Steps: []wizard.Step[errand]{
			{Name: "note", Title: "Note", Fields: func(d *errand) []wizard.Field { return []wizard.Field{{Name: "note", Label: "Note", Into: &d.Note}} },
				Post: func(env *record.Env, s *wizard.State[errand]) (string, error) {
					got, err := readThing.Call(env, oauthconsumer.Subject{}, thing{ID: "1"})
					s.Data.Account = got.Account
					return "", err
				}},
			{Name: "send", Title: "Send", Effect: wizard.Unsafe, Post: func(env *record.Env, s *wizard.State[errand]) (string, error) {
				_, err := sendThing.Call(env, oauthconsumer.Subject{}, thing{ID: s.Data.Note, Count: 1})
				return "", err
			}},
			{Name: "end", Title: "End", Final: true},
		}})
	}}
}

// world is a house with a provider outside of it.
type world struct {
	*apptest.App
	*outside
	t   testing.TB
	now time.Time
}

// engines runs a story on both engines.
func engines(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		story(t, newWorld(t, url, oauthconsumer.Profile{Key: "trial", Groups: []string{"base.user"}}))
	})
}

func newWorld(t testing.TB, dbURL string, profile oauthconsumer.Profile) *world {
	t.Helper()
	w := &world{t: t, outside: newOutside(t)}
	w.App = apptest.New(t, dbURL, base.Module(), hr.Module(), oauthconsumer.Module(), trial(profile))
	w.Database.DB.TakeLease() // as a server does: on SQLite it remembers how connections stand
	w.now = time.Now().UTC().Truncate(time.Microsecond)
	w.Database.Clock = func() time.Time { return w.now }
	w.Load(fmt.Sprintf(`
- {model: oauth_consumer.provider, id: trial, values: {name: Trial & Sons, key: trial, profile: trial, kinds: [company, user, employee, application]}}
- {model: oauth_consumer.api, id: trial, values: {name: Trial production, provider: trial, environment: production, base_url: %[1]q, authorize_url: "%[1]s/authorize", token_url: "%[1]s/token", revoke_url: "%[1]s/revoke", client_id: us, client_secret: planted-client-secret, auth_style: basic, scopes: [read], allow_private_hosts: true}}
- {model: oauth_consumer.api, id: trial_sandbox, values: {name: Trial sandbox, provider: trial, environment: sandbox, base_url: "%[1]s/sandbox", authorize_url: "%[1]s/authorize", token_url: "%[1]s/token", client_id: us, client_secret: planted-client-secret, auth_style: body, scopes: [read], allow_private_hosts: true}}
`, w.outside.URL))
	return w
}

// sub runs a part of a story in a world in which nobody is connected.
func (w *world) sub(t *testing.T, name string, part func(t *testing.T, w *world)) {
	t.Run(name, func(t *testing.T) {
		outer := w.t
		w.t = t
		defer func() { w.t = outer }()
		w.reset()
		part(t, w)
	})
}

const company = `main`

func (w *world) companySubject() oauthconsumer.Subject {
	return oauthconsumer.Subject{Kind: oauthconsumer.Company, ID: w.ID("base.company", company)}
}

func (w *world) path(s oauthconsumer.Subject, api, what string) string {
	return fmt.Sprintf("/connections/of/%s/%d/%d/%s", s.Kind, s.ID, w.ID("oauth_consumer.api", api), what)
}

// start posts Connect and goes on to the provider: it returns the page before leaving, and
// the address there.
func (w *world) start(client *http.Client, s oauthconsumer.Subject, api string) (page, address string) {
	w.t.Helper()
	status, body, page := w.Exchange(client, "POST", w.path(s, api, "connect"), url.Values{"next": {"/account"}})
	if status != 303 || !strings.HasPrefix(page, "/connections/attempts/") {
		w.t.Fatalf("connect: %d to %q, want 303 to the page before leaving\n%s", status, page, body)
	}
	if status, body := w.Get(client, page); status != 200 || !strings.Contains(body, "Trial &amp; Sons") {
		w.t.Fatalf("page before leaving: %d\n%s", status, body)
	}
	return page, w.leave(client, page)
}

// leave posts the page before leaving and returns the address of the provider.
func (w *world) leave(client *http.Client, page string) string {
	w.t.Helper()
	status, body, address := w.Exchange(client, "POST", page, nil)
	if status != 303 || !strings.HasPrefix(address, w.outside.URL+"/authorize?") {
		w.t.Fatalf("leaving: %d to %q, want 303 to the provider\n%s", status, address, body)
	}
	return address
}

// connect makes a connection as a person does.
func (w *world) connect(client *http.Client, s oauthconsumer.Subject, api string) {
	w.t.Helper()
	_, address := w.start(client, s, api)
	status, body, to := w.Exchange(client, "GET", w.grant(w.t, address), nil)
	if status != 303 || to != "/account" {
		w.t.Fatalf("callback: %d to %q, want 303 to /account\n%s", status, to, body)
	}
}

// connected is a world in which the main company is connected, and an Env in it.
func (w *world) connected() *record.Env {
	w.t.Helper()
	w.connect(w.SignIn("admin@example.com"), w.companySubject(), "trial")
	return w.As("admin@example.com")
}

// later moves the clock.
func (w *world) later(d time.Duration) { w.now = w.now.Add(d) }

// call reads a thing.
func (w *world) call(env *record.Env) (seen, error) {
	return readThing.Call(env, oauthconsumer.Subject{}, thing{ID: "1"})
}

func (w *world) mustCall(env *record.Env) seen {
	w.t.Helper()
	got, err := w.call(env)
	if err != nil {
		w.t.Fatalf("call: %v", err)
	}
	return got
}

// wantReason asks for an *Unauthorized of one reason.
func wantReason(t testing.TB, err error, reason oauthconsumer.Reason) *oauthconsumer.Unauthorized {
	t.Helper()
	u, ok := oauthconsumer.IsUnauthorized(err)
	if !ok || u.Reason != reason {
		t.Fatalf("got %v, want no authority: %s", err, reason)
	}
	return u
}

func wantCode(t testing.TB, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want the code %s", err, code)
	}
}

// one reads a value from the database.
func one[T any](w *world, query string, args ...any) T {
	w.t.Helper()
	var v T
	if err := w.Database.DB.QueryRowContext(context.Background(), query, args...).Scan(&v); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return v
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	err := w.Database.DB.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

var versionField = regexp.MustCompile(`name="_version" value="(\d+)"`)

// errand starts the wizard and posts its first step; it returns where that leads.
func (w *world) errand(client *http.Client, note string) (run, to string) {
	w.t.Helper()
	w.exec("UPDATE wizard_run SET status = 'abandoned'")
	_, _, run = w.Exchange(client, "GET", wizard.StartPath("trial.errand"), nil)
	if !strings.HasPrefix(run, wizard.Prefix) {
		w.t.Fatalf("start: to %q, want a run", run)
	}
	return run, w.step(client, run, url.Values{"note": {note}})
}

// step posts a step and returns where that leads.
func (w *world) step(client *http.Client, path string, form url.Values) string {
	w.t.Helper()
	status, page := w.Get(client, path)
	m := versionField.FindStringSubmatch(page)
	if m == nil {
		w.t.Fatalf("%s: %d, no version on the page\n%s", path, status, page)
	}
	if form == nil {
		form = url.Values{}
	}
	form.Set("_version", m[1])
	_, body, to := w.Exchange(client, "POST", path, form)
	if to == "" {
		return body
	}
	return to
}
