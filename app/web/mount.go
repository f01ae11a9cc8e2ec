package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/tessera-erp/tessera/app/fault"
)

// mounted is an application made reachable: its routes, and what is computed from its site.
type mounted struct {
	server *Server
	app    *Application
	echo   *echo.Echo
	cross  *http.CrossOriginProtection
	counts *counts
	fails  map[string]func(http.ResponseWriter, int) // by path: Route.Fail
}

// methods are those that a path answers at all: the ones without a route of their own
// are refused only after the kind of the path has let the caller in.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

func newMounted(s *Server, app *Application) (*mounted, error) {
	m := &mounted{server: s, app: app, echo: echo.New(), cross: http.NewCrossOriginProtection(), counts: newCounts(), fails: map[string]func(http.ResponseWriter, int){}}
	m.echo.HTTPErrorHandler = m.failed
	if app.BaseURL == nil || app.BaseURL.Host == "" {
		return nil, fmt.Errorf("mount: the application has no base URL")
	}
	if err := m.cross.AddTrustedOrigin(app.BaseURL.Scheme + "://" + app.BaseURL.Host); err != nil {
		return nil, fmt.Errorf("mount: base URL: %w", err)
	}
	routes := slices.Concat(ownRoutes(s.config), app.Site.Routes)
	if err := checkRoutes(routes); err != nil {
		return nil, err
	}
	for i := range routes {
		m.add(&routes[i])
	}
	m.guard(routes)
	return m, nil
}

// checkRoutes reports every fault at once, each with its method and path.
func checkRoutes(routes []Route) error {
	var errs []error
	seen := map[string]bool{}
	for _, r := range routes {
		name := r.Method + " " + r.Path
		fail := func(why string) { errs = append(errs, fmt.Errorf("route %s: %s", name, why)) }
		if r.Kind < Public || r.Kind > Token {
			fail("it has no kind")
		}
		if !slices.Contains(methods, r.Method) || !strings.HasPrefix(r.Path, "/") {
			fail("it needs a method and a path that begins with a slash")
		}
		if (r.Handle == nil) == (r.Handler == nil) {
			fail("it needs a handler: Handle or Handler, and not both")
		}
		if r.Foreign && r.Kind != Public {
			fail("only a Public route can be Foreign")
		}
		if r.Groups != nil && r.Kind != User {
			fail("only a User route has groups")
		}
		if r.Scopes != nil && r.Kind != Token {
			fail("only a Token route has scopes")
		}
		if seen[name] {
			fail("it stands twice")
		}
		seen[name] = true
	}
	return errors.Join(errs...)
}

func (m *mounted) add(rt *Route) {
	h := m.handler(rt)
	m.fails[rt.Path] = rt.Fail
	m.echo.Add(rt.Method, rt.Path, h)
	if rt.Method == http.MethodGet {
		m.echo.Add(http.MethodHead, rt.Path, h)
	}
}

// guard closes the methods that a path has no route for: who may not use the path at
// all learns that first, and 405 is only for those who may.
func (m *mounted) guard(routes []Route) {
	byPath := map[string][]Route{}
	for _, r := range routes {
		byPath[r.Path] = append(byPath[r.Path], r)
	}
	for path, all := range byPath {
		allowed := []string{}
		for _, r := range all {
			allowed = append(allowed, r.Method)
			if r.Method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
		first := all[0]
		refuse := func(c *Ctx) error {
			c.Response().Header().Set("Allow", strings.Join(allowed, ", "))
			return echo.ErrMethodNotAllowed
		}
		for _, method := range methods {
			if !slices.Contains(allowed, method) {
				m.echo.Add(method, path, m.handler(&Route{Kind: first.Kind, Groups: first.Groups, Scopes: first.Scopes, Foreign: first.Foreign, Fail: first.Fail, Method: method, Path: path, Handle: refuse}))
			}
		}
	}
}

// serve answers a request for this application.
func (m *mounted) serve(w http.ResponseWriter, r *http.Request) {
	if !cleanText(r.URL.Path) || !cleanQuery(r.URL.RawQuery) {
		c := m.enter(m.echo.NewContext(r, w), &Route{Kind: Public, Foreign: true, Fail: m.fails[r.URL.Path]})
		_ = c.Fail(fault.New(fault.Invalid, "The address holds characters that are not text.").Keyed("web.badaddress", nil))
		return
	}
	m.echo.ServeHTTP(w, r)
}

// maxQuery bounds the query of an address; a sealed authorization request fits many times.
const maxQuery = 64 << 10

// cleanQuery reports whether a query decodes to text that a database can hold.
func cleanQuery(raw string) bool {
	if raw == "" {
		return true
	}
	if len(raw) > maxQuery {
		return false
	}
	text, err := url.QueryUnescape(raw)
	return err == nil && cleanText(text)
}

func cleanText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// failed is where echo hands what it or a handler could not answer.
func (m *mounted) failed(err error, ec echo.Context) {
	q := requestOf(ec.Request().Context())
	c := q.ctx
	if c == nil {
		c = m.enter(ec, &Route{Kind: Public})
		if rerr := c.Recognise(); rerr != nil && !errors.Is(err, rerr) {
			m.server.config.Logger.WarnContext(c.Env, "session not read", "id", q.id, "error", rerr)
		}
	}
	_ = c.Fail(err)
}
