package web

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

const (
	pathSetup          = "/setup"
	fieldToken         = "token"
	fieldAgainPassword = "again"
	setupLife          = time.Hour
)

// NewSetupLink returns a link with which the administrator sets the first password, ""
// when somebody has a password already. It is valid for an hour and for one use; an
// earlier link is dead. Looking at it does not use it up: mail scanners do that.
func NewSetupLink(ctx context.Context, app *Application) (string, error) {
	unset, err := app.Accounts.Unset(ctx, app.Database)
	if err != nil || !unset {
		return "", err
	}
	admin, err := app.Accounts.Administrator(ctx, app.Database)
	if err != nil {
		return "", err
	}
	token := newSecret()
	until := app.Database.Nobody(ctx).Now.Add(setupLife)
	err = app.Database.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM setup"); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO setup (hash, user_id, expires_at) VALUES (?, ?, ?)", token.hash(), admin.ID, until)
		return err
	})
	if err != nil {
		return "", err
	}
	return app.URL(pathSetup + "?" + url.Values{fieldToken: {token.String()}}.Encode()), nil
}

// errSetupOver answers every link that is not the one valid now, for whatever reason.
var errSetupOver = errors.New("setup link: used, late or unknown")

// setupAccount returns whose password the link sets.
func (c *Ctx) setupAccount(token string) (*Account, secret, error) {
	key, ok := parseSecret(token)
	if !ok {
		return nil, key, errSetupOver
	}
	var user int64
	err := c.App.Database.DB.QueryRowContext(c.Env, "SELECT user_id FROM setup WHERE hash = ? AND expires_at > ?", key.hash(), c.now()).Scan(&user)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, key, errSetupOver
	}
	if err != nil {
		return nil, key, db.Fault(err)
	}
	unset, err := c.App.Accounts.Unset(c.Env, c.App.Database)
	if err == nil && !unset {
		err = errSetupOver
	}
	if err != nil {
		return nil, key, err
	}
	a, err := c.App.Accounts.ByID(c.Env, c.App.Database, user)
	return a, key, err
}

// setupShow is GET /setup.
func setupShow(c *Ctx) error {
	token := c.QueryParam(fieldToken)
	a, _, err := c.setupAccount(token)
	if err != nil {
		return c.setupOver(err)
	}
	return c.setupPage(http.StatusOK, a, token, nil)
}

// setupPost is POST /setup.
func setupPost(c *Ctx) error {
	form := c.Form()
	token, password := form.Get(fieldToken), form.Get(fieldPassword)
	a, key, err := c.setupAccount(token)
	if err != nil {
		return c.setupOver(err)
	}
	if wrong := c.newPasswordErrors(a, password, form.Get(fieldAgainPassword)); wrong != nil {
		return c.setupPage(http.StatusBadRequest, a, token, wrong)
	}
	hash, err := HashPassword(c.Env, password)
	if err != nil {
		return err
	}
	err = c.App.Database.DB.Write(c.Env, func(tx *db.Tx) error {
		res, err := tx.Exec("DELETE FROM setup WHERE hash = ? AND expires_at > ?", key.hash(), c.now())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(errSetupOver, err)
		}
		return c.App.Accounts.SetPassword(tx.Context(), c.App.Database, a.ID, hash)
	})
	if err != nil {
		return c.setupOver(err)
	}
	if a, err = c.App.Accounts.ByID(c.Env, c.App.Database, a.ID); err != nil {
		return err
	}
	if err := c.StartSession(a, false, "pwd"); err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("web.setup.done")})
	return c.Redirect303("/")
}

// newPasswordErrors says what is wrong with a password chosen twice, nil when nothing is.
func (c *Ctx) newPasswordErrors(a *Account, password, again string) []ui.FieldError {
	if wrong := CheckPassword(password, a.Login, a.Email, a.Name); wrong != nil {
		return []ui.FieldError{{Name: fieldPassword, Text: Sentence(c.Print, wrong)}}
	}
	if password != again {
		return []ui.FieldError{{Name: fieldAgainPassword, Text: c.T("web.password.differ")}}
	}
	return nil
}

func (c *Ctx) setupPage(status int, a *Account, token string, wrong []ui.FieldError) error {
	c.noReferrer()
	p := c.bare(c.T("web.setup.title"))
	p.User, p.URLs.Home, p.URLs.SignIn = nil, "", ""
	return c.Render(status, ui.SetupPage(ui.Setup{
		Page: p, Action: pathSetup, Hidden: []ui.Pair{{Name: fieldToken, Value: token}},
		Login: a.Login, MinLength: MinPassword, Errors: wrong,
	}))
}

// setupOver says that a link opens nothing any more; other errors pass.
func (c *Ctx) setupOver(err error) error {
	if !errors.Is(err, errSetupOver) {
		return err
	}
	c.noReferrer()
	v := ui.Message{Page: c.bare(c.T("web.setup.over.title")), Icon: "clock", Tone: ui.ToneWarn, Title: c.T("web.setup.over.title"), Text: c.T("web.setup.over.text")}
	v.Actions = []ui.Action{{Label: c.T("web.signin.title"), URL: pathSignIn, Primary: true}}
	return c.Render(http.StatusGone, ui.MessagePage(v))
}
