package web

import (
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/ui"
)

// errAnswered ends a request that a check has answered.
var errAnswered = errors.New("answered")

// checks are what stands before every handler, in this order. Each returns nil to go
// on, errAnswered when it has answered, or the error to answer with.
var checks = []func(*Ctx) error{
	(*Ctx).checkHost,
	(*Ctx).checkRate,
	(*Ctx).checkOrigin,
	(*Ctx).checkSize,
	(*Ctx).checkPerson,
	(*Ctx).checkGroups,
	(*Ctx).checkForm,
}

func (m *mounted) handler(rt *Route) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := m.enter(ec, rt)
		c.request.pattern = rt.Path
		c.Response().Header()["Cache-Control"] = notStored
		err := c.admit()
		if err == nil {
			err = c.call()
			c.changed()
		}
		if err != nil && err != errAnswered {
			return c.Fail(err)
		}
		return nil
	}
}

// changed forgets the numbers beside the person's menu once he has posted something.
func (c *Ctx) changed() {
	if m := c.Request().Method; c.Account != nil && m != http.MethodGet && m != http.MethodHead {
		c.mounted.counts.forget(c.Account.ID)
	}
}

func (c *Ctx) admit() error {
	for _, check := range checks {
		if err := check(c); err != nil {
			return err
		}
	}
	return nil
}

func (c *Ctx) call() error {
	if c.route.Handler != nil {
		if r := c.Request(); peer(r) != c.request.address {
			r.RemoteAddr = c.request.address // a plain handler does not know about proxies
		}
		c.route.Handler.ServeHTTP(c.Response(), c.Request())
		return nil
	}
	return c.route.Handle(c)
}

// checkHost sends a browser that came to a loopback address to the base URL's
// localhost: passkeys, HMRC and cookies want one name. Applications stay where they are.
func (c *Ctx) checkHost() error {
	r := c.Request()
	if c.App.BaseURL.Hostname() != "localhost" || r.Method != http.MethodGet && r.Method != http.MethodHead ||
		c.route.Kind == Token || c.route.Foreign || r.Header.Get("Authorization") != "" {
		return nil
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !isLoopback(host) {
		return nil
	}
	target := c.App.URL(r.URL.EscapedPath())
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	c.Response().Header().Set("Location", target)
	c.Response().WriteHeader(http.StatusFound)
	return errAnswered
}

func (c *Ctx) checkRate() error {
	if wait := c.mounted.server.limits.wait(c.route, c.request.address, time.Now()); wait > 0 {
		return &TooMany{Wait: wait, Err: fault.New(fault.Unavailable, "There were too many requests from your address in a short time.").Keyed("web.toomany", nil)}
	}
	return nil
}

// checkOrigin refuses posts that another site's page made the browser send.
func (c *Ctx) checkOrigin() error {
	if c.route.Kind == Token || c.route.Foreign {
		return nil
	}
	if err := c.mounted.cross.Check(c.Request()); err != nil {
		return fault.Wrap(err, fault.Forbidden, "This was sent from a page of another site, so nothing was done.").Keyed("web.crosssite", nil)
	}
	return nil
}

// checkSize bounds the body in bytes and time.
func (c *Ctx) checkSize() error {
	r := c.Request()
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	limit := c.route.MaxBody
	if limit == 0 {
		limit = DefaultMaxBody
	}
	if r.ContentLength > limit {
		c.Response().Header().Set("Connection", "close")
		return &http.MaxBytesError{Limit: limit}
	}
	deadline := http.NewResponseController(c.Response())
	_ = deadline.SetReadDeadline(time.Now().Add(bodyTimeout)) // a test's recorder has none
	r.Body = &timedBody{ReadCloser: http.MaxBytesReader(c.Response(), r.Body, limit), control: deadline}
	return nil
}

// timedBody lifts the deadline once the body has been read, so that a handler may take
// its time to answer.
type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// checkPerson finds out who asks, as the route's kind says.
func (c *Ctx) checkPerson() error {
	switch c.route.Kind {
	case Token:
		return c.authenticate()
	case User:
		c.isolate()
		if err := c.Recognise(); err != nil {
			return err
		}
		if c.Account == nil {
			return c.sendToSignIn()
		}
	case Public:
		if !c.route.Foreign {
			return c.Recognise()
		}
	}
	return nil
}

// authenticate accepts a bearer token or answers with the challenge of RFC 6750 §3.
func (c *Ctx) authenticate() error {
	challenge := &Challenge{Status: http.StatusUnauthorized}
	if c.App.Tokens != nil {
		env, account, why := c.App.Tokens.Authenticate(c.Request(), c.route.Scopes)
		if why == nil {
			if env.Origin == "" {
				env.Origin = c.request.id
			}
			c.Env, c.Account, c.Print = env, account, c.App.Texts.For(env.Lang)
			return nil
		}
		challenge = why
	}
	if challenge.Scope == "" { // RFC 6750 §3: what the route needs, whatever else is wrong
		challenge.Scope = strings.Join(c.route.Scopes, " ")
	}
	return challenge
}

// Error lets a challenge travel as an error.
func (ch *Challenge) Error() string { return "bearer token: " + ch.Code + " " + ch.Description }

// header is the value of WWW-Authenticate (RFC 6750 §3, RFC 9728 §5.1).
func (ch *Challenge) header() string {
	out := `Bearer realm="Tessera"`
	for _, p := range [][2]string{{"error", ch.Code}, {"error_description", ch.Description}, {"scope", ch.Scope}, {"resource_metadata", ch.Metadata}} {
		if p[1] != "" {
			out += ", " + p[0] + "=" + quoted(p[1])
		}
	}
	return out
}

// quoted is a quoted-string without what RFC 6750 §3 does not allow in one.
func quoted(s string) string {
	return `"` + strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s) + `"`
}

// sendToSignIn answers a stranger on a User route: pages come back after sign-in; what
// was posted is not kept.
func (c *Ctx) sendToSignIn() error {
	if c.wantsJSON() {
		return fault.New(fault.Unauthenticated, "Sign in first.").Keyed("web.signinfirst", nil)
	}
	r := c.Request()
	next := r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		next = c.cameFrom()
		c.Flash(ui.Note{Tone: ui.ToneWarn, Text: c.T("web.session.over")})
	}
	_ = c.Redirect303(SignInPath(next, SignInOptions{}))
	return errAnswered
}

// cameFrom is the local page that a post came from, as far as the browser tells.
func (c *Ctx) cameFrom() string {
	u, err := url.Parse(c.Request().Referer())
	if err != nil || u.Host != c.App.BaseURL.Host {
		return "/"
	}
	return LocalPath(u.RequestURI())
}

// checkGroups holds a User route to its groups, whatever the method.
func (c *Ctx) checkGroups() error {
	if c.route.Groups == nil || c.inAny(c.route.Groups) {
		return nil
	}
	return fault.New(fault.Forbidden, "Your access rights do not include this page.").Keyed("web.forbidden", nil)
}

func (c *Ctx) inAny(groups []string) bool {
	for _, g := range groups {
		if c.Env.Member(g) {
			return true
		}
	}
	return false
}

// maxFields bounds the names and values of one form.
const maxFields = 10_000

// checkForm parses a posted form before its handler runs. Plain handlers read for themselves.
func (c *Ctx) checkForm() error {
	r := c.Request()
	if c.route.Handler != nil || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch kind {
	case "application/x-www-form-urlencoded":
		c.form, err = readForm(r.Body)
	case "multipart/form-data":
		if err = r.ParseMultipartForm(DefaultMaxBody); err == nil {
			c.form = url.Values(r.MultipartForm.Value)
			err = checkValues(c.form)
		}
	}
	var tooLarge *http.MaxBytesError
	if err == nil || errors.As(err, &tooLarge) {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "The form could not be read.").Keyed("web.badform", nil)
}

// readForm reads application/x-www-form-urlencoded.
func readForm(body io.Reader) (url.Values, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(text), "&"); n >= maxFields {
		return nil, errors.New("form: " + strconv.Itoa(n+1) + " fields")
	}
	v, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, err
	}
	return v, checkValues(v)
}

func checkValues(v url.Values) error {
	for name, values := range v {
		if !cleanText(name) || slices.ContainsFunc(values, func(text string) bool { return !cleanText(text) }) {
			return errors.New("form: a field holds characters that are not text")
		}
	}
	return nil
}
