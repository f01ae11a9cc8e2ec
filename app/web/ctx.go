package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// Ctx is one request on its way through a handler.
type Ctx struct {
	echo.Context
	App     *Application
	Env     *record.Env   // of the signed-in person, the token's user, or nobody
	Session *Session      // nil without one
	Account *Account      // nil when nobody is signed in
	Print   *i18n.Printer // in the reader's language

	mounted *mounted
	request *request
	route   *Route
	form    url.Values
	notes   []ui.Note // flashed during this request
	inside  string    // name of the app, when a handler says so
	beneath string    // the path that the page belongs to, when a handler says so
	known   bool      // Recognise has run
}

// T returns a text in the reader's language.
func (c *Ctx) T(key string, args ...any) string { return c.Print.T(key, args...) }

// ID returns the id of the request, as the log and the error page have it.
func (c *Ctx) ID() string { return c.request.id }

// Address returns the client's address.
func (c *Ctx) Address() string { return c.request.address }

// enter begins a request: nobody is known yet.
func (m *mounted) enter(ec echo.Context, rt *Route) *Ctx {
	r := ec.Request()
	q := requestOf(r.Context())
	c := &Ctx{Context: ec, App: m.app, mounted: m, request: q, route: rt}
	c.Env = m.app.Database.Nobody(r.Context())
	c.Env.Origin = q.id
	c.speak("")
	q.ctx = c
	return c
}

// speak chooses the language: the one given, the one chosen on this device, the
// browser's wish.
func (c *Ctx) speak(lang string) {
	header := c.Request().Header
	if lang == "" && header["Cookie"] != nil {
		lang = c.cookie(cookieLang)
	}
	if lang == "" {
		lang = header.Get("Accept-Language")
	}
	if lang != "" {
		lang = c.App.Texts.Match(lang)
	}
	c.Print = c.App.Texts.For(lang)
	c.Env.Lang = c.Print.Lang()
}

// URL returns an address of this application, from the configured base URL.
func (a *Application) URL(path string) string {
	u := *a.BaseURL
	return u.Scheme + "://" + u.Host + path
}

func (a *Application) secure() bool { return a.BaseURL.Scheme == "https" }

// Redirect303 sends the browser on with a GET, after a post or to sign in. The path is
// local; anything else leads home.
func (c *Ctx) Redirect303(path string) error {
	c.Response().Header().Set("Location", LocalPath(path))
	c.Response().WriteHeader(http.StatusSeeOther)
	return nil
}

// Form returns what was posted as a form; it is parsed, bounded and checked to be text
// before the handler runs. Empty for other requests.
func (c *Ctx) Form() url.Values {
	if c.form == nil {
		c.form = url.Values{}
	}
	return c.form
}
