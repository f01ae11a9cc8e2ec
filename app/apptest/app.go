// Package apptest opens the house for tests: a migrated database with demo records on
// either engine, environments of its people, a running server, and a suite that every
// module has to pass.
//
//	func TestInvoices(t *testing.T) {
//		dbtest.Engines(t, func(t *testing.T, url string) {
//			a := apptest.New(t, url, base.Module(), contacts.Module(), accounting.Module())
//			env := a.As("marc@example.com")
//			…
package apptest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/internal/passcost"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
)

// App is an open house with a running server, both gone when the test ends.
type App struct {
	*web.Application
	Instance *app.Instance
	URL      string // of the server, without a slash at its end

	t       testing.TB
	config  app.Config
	modules []app.Module
	running *httptest.Server
}

// New opens a database with the modules and their demo records in the empty database at
// url (see dbtest) and starts a server on it. The records are made once a process and
// copied from then on.
func New(t testing.TB, url string, modules ...app.Module) *App {
	t.Helper()
	return NewWith(t, url, func(*app.Config) {}, modules...)
}

// NewWith is [New] with settings of an operator's.
func NewWith(t testing.TB, url string, set func(*app.Config), modules ...app.Module) *App {
	t.Helper()
	return open(t, url, true, set, modules)
}

// NewEmpty is [New] without demo records: one company "main", one user "admin" without a
// password.
func NewEmpty(t testing.TB, url string, modules ...app.Module) *App {
	t.Helper()
	return open(t, url, false, func(*app.Config) {}, modules)
}

func open(t testing.TB, url string, demo bool, set func(*app.Config), modules []app.Module) *App {
	t.Helper()
	passcost.Lower()
	copyTemplate(t, url, demo, modules)
	a := &App{t: t, config: config(t.TempDir(), url, demo), modules: modules}
	set(&a.config)
	a.start("127.0.0.1:0")
	t.Cleanup(a.stop)
	return a
}

// start opens the house and a server on it.
func (a *App) start(addr string) {
	a.t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		a.t.Fatalf("listen: %v", err)
	}
	a.config.Addr = listener.Addr().String()
	in, err := app.Open(a.t.Context(), a.config, a.modules, logger(a.t))
	if err != nil {
		_ = listener.Close()
		a.t.Fatalf("open: %v", err)
	}
	server, err := in.Server()
	if err != nil {
		_ = listener.Close()
		_ = in.Close()
		a.t.Fatalf("server: %v", err)
	}
	a.running = &httptest.Server{Listener: listener, Config: &http.Server{Handler: server}}
	a.running.Start()
	a.Application, a.Instance, a.URL = in.App, in, strings.TrimSuffix(in.App.BaseURL.String(), "/")
}

func (a *App) stop() {
	a.running.Close()
	if err := a.Instance.Close(); err != nil {
		a.t.Errorf("close: %v", err)
	}
}

// Elsewhere runs a statement as another process does that works on the same database.
func (a *App) Elsewhere(statement string, args ...any) {
	a.t.Helper()
	other, err := db.Open(a.t.Context(), db.Config{URL: a.config.Database})
	if err != nil {
		a.t.Fatal(err)
	}
	defer other.Close()
	err = other.Write(a.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(statement, args...); return err })
	if err != nil {
		a.t.Fatal(err)
	}
}

// Reopen stops the server, closes the house and opens it again on the same database and
// address, as an operator does. Clients keep their cookies and so their sessions.
func (a *App) Reopen() {
	a.t.Helper()
	a.stop()
	clock := a.Database.Clock
	a.start(a.config.Addr)
	a.Database.Clock = clock
}

func config(data, url string, demo bool) app.Config {
	return app.Config{Addr: "127.0.0.1:8069", Data: data, Database: url, Demo: demo, Keyset: keyset(), LogFormat: "text"}
}

// Config is how the house was opened, for a test that opens it in another process too.
func (a *App) Config() app.Config { return a.config }

// logger writes to the test's log, which shows when the test fails.
func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// System returns an environment that passes every check.
func (a *App) System() *record.Env { return a.Database.System(context.Background(), "test") }

// As returns the environment of a person in his default company, by login.
func (a *App) As(login string) *record.Env {
	a.t.Helper()
	account, err := a.Accounts.ByLogin(context.Background(), a.Database, login)
	if err != nil {
		a.t.Fatalf("as %s: %v", login, err)
	}
	companies := make([]int64, len(account.Companies))
	for i, c := range account.Companies {
		companies[i] = c.ID
	}
	return a.Database.Env(context.Background(), account, account.Company, companies).WithLang(account.Lang)
}

// ID returns the id of a record by its external id.
func (a *App) ID(model, name string) int64 {
	a.t.Helper()
	id, err := record.ByExternalID(a.System(), model, name)
	if err != nil {
		a.t.Fatalf("%s %s: %v", model, name, err)
	}
	return id
}

// Load applies the text of a load file.
func (a *App) Load(text string) load.Result {
	a.t.Helper()
	records, err := load.Parse("test.yaml", []byte(text))
	if err != nil {
		a.t.Fatal(err)
	}
	done, err := load.Apply(a.System(), records)
	if err != nil {
		a.t.Fatal(err)
	}
	return done
}

// Work runs every job that is due, the queued ones and the scheduled.
func (a *App) Work() {
	a.t.Helper()
	runner := a.Instance.Runner()
	for worked := true; worked; {
		var err error
		if worked, err = runner.Once(context.Background()); err != nil {
			a.t.Fatalf("jobs: %v", err)
		}
	}
}

// Stranger returns a browser-like client that nobody is signed in with: it keeps cookies
// and follows no redirects.
func (a *App) Stranger() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// SignIn returns a client with the session of a demo user, whose password is the part of
// the login before the @.
func (a *App) SignIn(login string) *http.Client {
	a.t.Helper()
	password, _, _ := strings.Cut(login, "@")
	client := a.Stranger()
	status, _ := a.Post(client, "/signin", url.Values{"login": {login}, "password": {password}, "next": {"/"}})
	if status != http.StatusSeeOther {
		a.t.Fatalf("sign in as %s: status %d, want 303", login, status)
	}
	return client
}

// Get returns the status and body of a page.
func (a *App) Get(client *http.Client, path string) (status int, body string) {
	a.t.Helper()
	return a.send(client, http.MethodGet, path, nil)
}

// Post sends a form as a page of the house does and returns the status and body.
func (a *App) Post(client *http.Client, path string, form url.Values) (status int, body string) {
	a.t.Helper()
	return a.send(client, http.MethodPost, path, form)
}

func (a *App) send(client *http.Client, method, path string, form url.Values) (int, string) {
	a.t.Helper()
	status, body, _ := a.Exchange(client, method, path, form)
	return status, body
}

// Exchange sends a form, or asks for a page, and returns the answer with its Location.
func (a *App) Exchange(client *http.Client, method, path string, form url.Values) (status int, body, location string) {
	a.t.Helper()
	res, err := client.Do(a.request(method, path, form))
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, string(text), res.Header.Get("Location")
}

// request is one as a page of the house sends it.
func (a *App) request(method, path string, form url.Values) *http.Request {
	a.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, a.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", a.URL)
	}
	return r
}
