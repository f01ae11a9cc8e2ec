package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/ui"
)

// person is the row of the test's own base.user.
type person struct {
	record.Meta
	Name string `gorm:"not null"`
}

// thing is what the test's one app is about.
type thing struct {
	record.Meta
	Name string `gorm:"not null"`
}

// login is a person's account as the test keeps it.
type login struct {
	ID                        int64
	Login, Email, Name        string
	Groups, Hash              string
	Active                    bool
	Lang, TimeZone, Companies string
	NotBefore                 time.Time
}

var migrations = []db.Migration{{ID: "0001_test", Up: func(tx *gorm.DB) error {
	if err := tx.Table("base_user").AutoMigrate(&person{}); err != nil {
		return err
	}
	if err := tx.Table("login").AutoMigrate(&login{}); err != nil {
		return err
	}
	return tx.Table("test_thing").AutoMigrate(&thing{})
}}}

// accounts implements web.Accounts over the table login, one query a call.
type accounts struct{}

func (accounts) one(ctx context.Context, d *record.Database, where string, args ...any) (*web.Account, error) {
	a := &web.Account{Company: 1, Companies: []web.CompanyName{{ID: 1, Name: "Mosaic Ltd"}, {ID: 2, Name: "Carreaux SA"}}, Subject: "subject"}
	var groups string
	err := d.DB.QueryRowContext(ctx, "SELECT id, login, email, name, groups, hash, active, lang, time_zone, not_before FROM login WHERE "+where, args...).
		Scan(&a.ID, &a.Login, &a.Email, &a.Name, &groups, &a.PasswordHash, &a.Active, &a.Lang, &a.TimeZone, &a.NotBefore)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "There is no such account.")
	}
	a.GroupCodes = strings.Fields(groups)
	return a, err
}

func (s accounts) ByID(ctx context.Context, d *record.Database, id int64) (*web.Account, error) {
	return s.one(ctx, d, "id = ?", id)
}

func (s accounts) ByLogin(ctx context.Context, d *record.Database, name string) (*web.Account, error) {
	name = strings.ToLower(name)
	return s.one(ctx, d, "lower(login) = ? OR lower(email) = ?", name, name)
}

func (accounts) SetPassword(ctx context.Context, d *record.Database, id int64, hash string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE login SET hash = ?, not_before = ? WHERE id = ?", hash, d.Nobody(ctx).Now, id)
		return err
	})
}

func (accounts) Unset(ctx context.Context, d *record.Database) (bool, error) {
	var n int
	err := d.DB.QueryRowContext(ctx, "SELECT count(*) FROM login WHERE hash <> ''").Scan(&n)
	return n == 0, err
}

func (s accounts) Administrator(ctx context.Context, d *record.Database) (*web.Account, error) {
	return s.one(ctx, d, "id = (SELECT min(id) FROM login)")
}

func (accounts) SetPreferences(ctx context.Context, d *record.Database, id int64, lang, zone string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE login SET lang = ?, time_zone = ? WHERE id = ?", lang, zone, id)
		return err
	})
}

// tokens lets in exactly one bearer token.
type tokens struct{ app *web.Application }

func (s tokens) Authenticate(r *http.Request, _ []string) (*record.Env, *web.Account, *web.Challenge) {
	switch r.Header.Get("Authorization") {
	case "":
		return nil, nil, &web.Challenge{Status: http.StatusUnauthorized}
	case "Bearer good":
		a, err := s.app.Accounts.ByID(r.Context(), s.app.Database, 1)
		if err != nil {
			return nil, nil, &web.Challenge{Status: http.StatusServiceUnavailable, Description: "storage"}
		}
		return s.app.Database.Env(r.Context(), a, 1, []int64{1}), a, nil
	}
	return nil, nil, &web.Challenge{Status: http.StatusUnauthorized, Code: "invalid_token", Description: `no "such" token`}
}

const password = "mosaic of small tiles"

var passwordHash = sync.OnceValue(func() string {
	hash, err := web.HashPassword(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return hash
})

// house is a server with one application on a fresh database.
type house struct {
	t      *testing.T
	app    *web.Application
	server *web.Server
	http   *httptest.Server
	log    *logged

	mu  sync.Mutex
	now time.Time
}

// logged is a log that several goroutines write.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// engines runs a subtest with a house on each engine. change may alter the application
// before it is mounted.
func engines(t *testing.T, change func(*house), run func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		run(t, newHouse(t, url, change))
	})
}

func newHouse(t *testing.T, url string, change func(*house)) *house {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	sets := []db.MigrationSet{{Module: "kernel", Migrations: append(record.Migrations(), web.Migrations()...)}, {Module: "test", Migrations: migrations}}
	if err := d.Migrate(t.Context(), sets); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, log: &logged{}, now: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)}
	texts, err := i18n.New(ui.Locales, web.Locales)
	if err != nil {
		t.Fatal(err)
	}
	h.app = &web.Application{Database: record.NewDatabase(d, registry(t)), Site: site(), Texts: texts, Accounts: accounts{}, Migrations: sets}
	h.app.Database.Clock = h.clock
	h.app.Tokens = tokens{h.app}
	h.person("anna@example.com", "anna.keller@example.com", "Anna Keller", "test.user", passwordHash())
	h.person("marc@example.com", "marc@example.com", "Marc Adler", "test.manager test.user", passwordHash())
	h.http = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.server.ServeHTTP(w, r) }))
	h.app.BaseURL = h.parse("http://" + h.http.Listener.Addr().String())
	if change != nil {
		change(h)
	}
	h.start(web.Config{})
	h.http.Start()
	t.Cleanup(h.http.Close)
	return h
}

// start mounts the application in a new server, as after a restart.
func (h *house) start(c web.Config) {
	h.t.Helper()
	c.Pick = func(*http.Request) *web.Application { return h.app }
	c.Logger = slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.AccessLog = c.Logger
	h.server = web.New(c)
	if err := h.server.Mount(h.app); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// later moves the clock.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) parse(raw string) *url.URL {
	h.t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

func (h *house) exec(text string, args ...any) {
	h.t.Helper()
	err := h.app.Database.DB.Write(h.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(text, args...)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) count(text string, args ...any) int {
	h.t.Helper()
	var n int
	if err := h.app.Database.DB.QueryRowContext(h.t.Context(), text, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) person(name, email, full, groups, hash string) {
	h.t.Helper()
	h.exec("INSERT INTO base_user (version, name) VALUES (1, ?)", full)
	h.exec(`INSERT INTO login (id, login, email, name, groups, hash, active, lang, time_zone, not_before)
		VALUES ((SELECT max(id) FROM base_user), ?, ?, ?, ?, ?, ?, 'en', 'Europe/London', ?)`, name, email, full, groups, hash, true, time.Unix(0, 0))
}

func registry(t *testing.T) *record.Registry {
	t.Helper()
	r := record.NewRegistry()
	record.Groups(r, record.GroupDef{Code: "test.user", Name: "User"}, record.GroupDef{Code: "test.manager", Name: "Manager"})
	name := []record.Field{{Name: "name", Label: "Name", Type: record.Text, Required: true}}
	record.Define[person](r, record.Model{Name: record.UserModel, Label: "User", Plural: "Users", Fields: name,
		Access: []record.Access{{Group: "test.manager", Read: true}}})
	record.Define[thing](r, record.Model{Name: "test.thing", Label: "Thing", Plural: "Things", Fields: name, Search: record.Search{Fields: []string{"name"}},
		Access: []record.Access{{Group: "test.user", Read: true, Create: true, Write: true}}})
	if err := r.Seal(); err != nil {
		t.Fatal(err)
	}
	return r
}

var errPlanted = errors.New("the cause: SELECT secret FROM vault")

// site has a route of every kind.
func site() *web.Site {
	s := &web.Site{}
	s.App(web.App{Name: "things", Label: "Things", Hue: "contacts"}, web.App{Name: "settings", Label: "Settings", Hue: "settings"})
	s.Menu(web.Menu{Name: "test.thing", App: "things", Model: "test.thing", Count: true},
		web.Menu{Name: "test.user", App: "settings", Model: record.UserModel})
	page := func(c *web.Ctx) error {
		return c.Render(http.StatusOK, ui.MessagePage(ui.Message{Page: c.Page("A page"), Title: "A page", Text: "For " + c.Env.User.DisplayName()}))
	}
	s.Route(
		web.Route{Kind: web.User, Method: http.MethodGet, Path: web.ListPath("test.thing"), Handle: page},
		web.Route{Kind: web.User, Method: http.MethodPost, Path: web.ListPath("test.thing"), Handle: func(c *web.Ctx) error { return c.Redirect303(c.Form().Get("next")) }},
		web.Route{Kind: web.User, Method: http.MethodGet, Path: "/manage/:id", Groups: []string{"test.manager"}, Handle: page},
		web.Route{Kind: web.User, Method: http.MethodPost, Path: "/manage/:id", Groups: []string{"test.manager"}, Handle: page},
		web.Route{Kind: web.Public, Method: http.MethodGet, Path: "/public", Handle: page},
		web.Route{Kind: web.Public, Method: http.MethodPost, Path: "/foreign", Foreign: true, Handler: http.HandlerFunc(foreign)},
		web.Route{Kind: web.Public, Method: http.MethodGet, Path: "/limited", Limit: web.Limit{Rate: 0.001, Burst: 3}, Handle: page},
		web.Route{Kind: web.Public, Method: http.MethodGet, Path: "/panic", Handle: func(*web.Ctx) error { panic("planted panic") }},
		web.Route{Kind: web.Public, Method: http.MethodGet, Path: "/broken", Handle: func(*web.Ctx) error { return errPlanted }},
		web.Route{Kind: web.Token, Method: http.MethodGet, Path: "/api/me", Scopes: []string{"me"}, Handle: func(c *web.Ctx) error {
			return c.JSON(http.StatusOK, map[string]string{"name": c.Env.User.DisplayName()})
		}},
		web.Route{Kind: web.Token, Method: http.MethodPost, Path: "/api/me", Handle: func(*web.Ctx) error { return echo.ErrTeapot }},
	)
	return s
}

// foreign is a protocol endpoint: it says whom it recognises.
func foreign(w http.ResponseWriter, r *http.Request) {
	c := web.CtxOf(r)
	before := c.Account
	if err := c.Recognise(); err != nil {
		_ = c.Fail(err)
		return
	}
	name := "nobody"
	if before == nil && c.Account != nil {
		name = c.Account.Name
	}
	_, _ = io.WriteString(w, name+" from "+web.AddressOf(r))
}

// browser is a client with cookies that follows no redirect.
type browser struct {
	h      *house
	client *http.Client
	header http.Header
}

func (h *house) browser() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{h: h, client: &http.Client{Jar: jar, CheckRedirect: stay}, header: http.Header{"Accept": {"text/html,*/*;q=0.8"}}}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	text string
}

func (b *browser) do(method, path string, form url.Values) reply {
	b.h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.http.URL+path, body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(req)
}

func (b *browser) send(req *http.Request) reply {
	b.h.t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return reply{res, string(text)}
}

func (b *browser) get(path string) reply { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) reply { return b.do(http.MethodPost, path, form) }

func (b *browser) signIn(name, secret string) reply {
	return b.post("/signin", url.Values{"login": {name}, "password": {secret}})
}

// cookie is the session cookie's value, "" without one.
func (b *browser) cookie() string {
	for _, c := range b.client.Jar.Cookies(b.h.app.BaseURL) {
		if c.Name == "tessera" {
			return c.Value
		}
	}
	return ""
}

// anna is a browser in which Anna is signed in.
func (h *house) anna() *browser { return h.signedIn("anna@example.com") }

func (h *house) signedIn(name string) *browser {
	h.t.Helper()
	b := h.browser()
	if r := b.signIn(name, password); r.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("sign-in of %s: %d, want 303: %s", name, r.StatusCode, r.text)
	}
	return b
}

// want fails unless the answer has the status and holds all the texts.
func (r reply) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if r.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d", r.Request.Method, r.Request.URL.Path, r.StatusCode, status)
	}
	for _, text := range texts {
		if !strings.Contains(r.text, text) {
			t.Errorf("%s %s: the answer lacks %q:\n%s", r.Request.Method, r.Request.URL.Path, text, r.text)
		}
	}
}

func hashOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// settle waits until nothing is written beside the requests any more.
func (h *house) settle() { h.server.Settle() }

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }
