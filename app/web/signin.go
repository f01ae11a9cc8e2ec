package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/ui"
)

const pathSignIn = "/signin"

// The names of the sign-in page's parameters and fields.
const (
	fieldNext     = ui.FieldNext
	fieldAgain    = "again"
	fieldHint     = "login_hint"
	fieldLang     = "lang"
	fieldLogin    = "login"
	fieldPassword = "password"
	fieldKeep     = "keep"
)

// SignInOptions is how the sign-in page is to be shown.
type SignInOptions struct {
	LoginHint string // fills in the login
	Again     bool   // ask even if somebody is signed in
	Lang      string // wished, e.g. the first of ui_locales; "" leaves it to the browser
}

// SignInPath returns the address of the sign-in page that goes on to next, a local path
// with its query, after signing in. What is not local leads home.
func SignInPath(next string, o SignInOptions) string {
	v := url.Values{}
	if next = LocalPath(next); next != "/" {
		v.Set(fieldNext, next)
	}
	for name, value := range map[string]string{fieldHint: clip(o.LoginHint, maxLogin), fieldLang: o.Lang} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if o.Again {
		v.Set(fieldAgain, "1")
	}
	if len(v) == 0 {
		return pathSignIn
	}
	return pathSignIn + "?" + v.Encode()
}

// signInForm is what the page was asked for, by its address or its hidden fields.
type signInForm struct {
	next, login, lang string
	again, kept       bool
}

func readSignIn(v url.Values) signInForm {
	return signInForm{
		next: LocalPath(v.Get(fieldNext)), login: clip(v.Get(fieldHint), maxLogin), lang: v.Get(fieldLang),
		again: v.Get(fieldAgain) == "1", kept: v.Get(fieldKeep) == "1",
	}
}

// signInShow is GET /signin.
func signInShow(c *Ctx) error {
	f := readSignIn(c.QueryParams())
	if c.Account != nil && !f.again {
		return c.Redirect303(f.next)
	}
	return c.signInPage(http.StatusOK, f, nil)
}

// signInPost is POST /signin.
func signInPost(c *Ctx) error {
	form := c.Form()
	f := readSignIn(form)
	f.login = clip(form.Get(fieldLogin), maxLogin)
	a, err := SignIn(c.Env, c.App, f.login, form.Get(fieldPassword), c.Address())
	var wait *TooMany
	switch {
	case errors.As(err, &wait):
		return c.signInPage(http.StatusTooManyRequests, f, err)
	case fault.Is(err, fault.Unauthenticated):
		return c.signInPage(http.StatusUnauthorized, f, err)
	case fault.Is(err, fault.Unavailable):
		return c.signInPage(http.StatusServiceUnavailable, f, err)
	case err != nil:
		return err
	}
	if err := c.StartSession(a, f.kept, "pwd"); err != nil {
		return err
	}
	return c.Redirect303(f.next)
}

// signInPage draws the page; err is why it is shown again.
func (c *Ctx) signInPage(status int, f signInForm, err error) error {
	if f.lang != "" {
		c.speak(f.lang)
	}
	c.noReferrer()
	p := c.bare(c.T("web.signin.title"))
	p.User, p.URLs.Home, p.URLs.SignIn = nil, "", ""
	v := ui.SignIn{Page: p, Action: pathSignIn, Login: f.login, Keep: true, Kept: f.kept}
	v.Hidden = []ui.Pair{{Name: fieldNext, Value: f.next}, {Name: fieldLang, Value: f.lang}}
	if f.again {
		v.Hidden = append(v.Hidden, ui.Pair{Name: fieldAgain, Value: "1"})
	}
	if c.App.SignInHint != nil && f.next != "/" {
		if hint := c.App.SignInHint(c, f.next); hint != nil {
			v.For = hint.Client
			c.AllowFormAction(hint.FormAction...)
		}
	}
	var wait *TooMany
	var coded *fault.Error
	switch {
	case errors.As(err, &wait):
		v.Locked = c.duration(wait.Wait)
		c.retryAfter(wait.Wait)
	case errors.As(err, &coded):
		v.Error = Sentence(c.Print, coded)
	}
	return c.Render(status, ui.SignInPage(v))
}

// signOut is POST /signout.
func signOut(c *Ctx) error {
	if err := c.EndSession(); err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("web.signedout")})
	return c.Redirect303(pathSignIn)
}
