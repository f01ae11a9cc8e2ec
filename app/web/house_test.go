package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

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
		web.Route{Kind: web.Public, Method: http.MethodPost, Path: "/protocol", Foreign: true, Limit: web.Limit{Rate: 0.001, Burst: 1}, Handler: http.HandlerFunc(foreign),
			Fail: func(w http.ResponseWriter, status int) {
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"refused":%d}`, status)
			}},
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
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	_, _ = io.WriteString(w, name+" from "+web.AddressOf(r)+" at "+host)
}

func hashOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// settle waits until nothing is written beside the requests any more.
func (h *house) settle() { h.server.Settle() }

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }
