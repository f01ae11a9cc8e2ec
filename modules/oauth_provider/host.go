package oauthprovider

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// host is the house around the protocol engine of one application: its people, their
// sign-in, the pages, the data.
type host struct {
	app      *web.Application
	store    *store
	provider *oauth.Provider
	keys     *keyring
	log      *slog.Logger
	failures *failures
	uses     *uses // of client secrets
	refusals *refusals
	looks    looks
	api      string   // the resource identifier of what is under apiPath (RFC 8707)
	zones    sync.Map // time zones by name
}

// apiPath is what the routes for applications lie under.
const apiPath = "/api"

// Session implements oauth.Host.
func (h *host) Session(r *http.Request) (*oauth.Session, error) {
	c := web.CtxOf(r)
	if err := c.Recognise(); err != nil {
		return nil, err
	}
	if c.Account == nil {
		return nil, nil
	}
	return &oauth.Session{ID: strconv.FormatInt(c.Session.ID, 10), UserID: c.Account.ID, Subject: c.Account.Subject, Name: c.Account.Name,
		AuthTime: c.Session.AuthTime, AMR: c.Session.AMR, ACR: c.Session.ACR}, nil
}

// SignInByPassword implements oauth.PasswordHost with the counters of the sign-in page.
func (h *host) SignInByPassword(ctx context.Context, login, password, address string) (*oauth.Session, error) {
	a, err := web.SignIn(ctx, h.app, login, password, address)
	if locked, ok := errors.AsType[*web.TooMany](err); ok {
		return nil, &oauth.TooManyAttempts{Wait: locked.Wait}
	}
	if fault.Is(err, fault.Unauthenticated) {
		return nil, oauth.ErrWrongPassword
	}
	if err != nil {
		return nil, err
	}
	return &oauth.Session{UserID: a.ID, Subject: a.Subject, Name: a.Name, AuthTime: h.app.Database.Nobody(ctx).Now, AMR: []string{"pwd"}}, nil
}

// SignIn implements oauth.Host.
func (h *host) SignIn(w http.ResponseWriter, r *http.Request, s *oauth.SignIn) {
	c := web.CtxOf(r)
	_ = c.Redirect303(web.SignInPath(s.Resume, web.SignInOptions{Again: s.Again, LoginHint: s.LoginHint, Lang: first(s.UILocales)}))
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// signInHint tells the sign-in page for which application it is shown.
func (h *host) signInHint(c *web.Ctx, next string) *web.SignInHint {
	client, source, ok := h.provider.Resumed(c.Request().Context(), next)
	if !ok {
		return nil
	}
	hint := &web.SignInHint{Client: uiClient(client)}
	if source != "" {
		hint.FormAction = []string{source}
	}
	return hint
}

func uiClient(c *oauth.Client) *ui.Client {
	return &ui.Client{Name: c.Name, Logo: c.Logo, Publisher: c.Publisher, Hue: hueOf(c.Identifier)}
}

// hueOf gives an application a colour of its own that stays the same.
func hueOf(identifier string) ui.Hue {
	hues := []ui.Hue{ui.HueContacts, ui.HueSales, ui.HueAccounting, ui.HuePeople}
	n := 0
	for _, b := range []byte(identifier) {
		n = (n*31 + int(b)) % len(hues)
	}
	return hues[n]
}

// Fail implements oauth.Host: an error that cannot go back to the application, because
// the address to send it to is not to be trusted.
func (h *host) Fail(w http.ResponseWriter, r *http.Request, f *oauth.Failure) {
	c := web.CtxOf(r)
	if err := c.Recognise(); err != nil {
		h.log.WarnContext(r.Context(), "session not read", "error", err)
	}
	page := ui.Failure{Page: c.Page(c.T("oauth_provider.failure.title")), Status: f.Status, Title: c.T("oauth_provider.failure.title"),
		Text: c.T("oauth_provider.failure." + failureKey(f.Code)), Next: c.T("oauth_provider.failure.next", "Detail", f.Description), ID: c.ID()}
	if err := c.Render(f.Status, ui.FailurePage(page)); err != nil {
		h.log.ErrorContext(r.Context(), "failure page", "error", err)
	}
}

// failureKey is the text for an error code; those that a person can do nothing about share one.
func failureKey(code string) string {
	switch code {
	case oauth.CodeUnavailable, "forbidden", oauth.CodeInvalidClient:
		return code
	}
	return "request"
}

// MayUse implements oauth.Host.
func (h *host) MayUse(ctx context.Context, userID int64, c *oauth.Client) (bool, error) {
	def, err := h.store.definitions.get(ctx, c.Identifier, c.Version)
	if err != nil {
		return false, err
	}
	if len(def.groups) == 0 && len(def.companies) == 0 {
		return true, nil
	}
	account, err := h.app.Accounts.ByID(ctx, h.app.Database, userID)
	if err != nil {
		return false, err
	}
	inGroup := len(def.groups) == 0 || slices.ContainsFunc(def.groups, func(g string) bool { return slices.Contains(account.GroupCodes, g) })
	inCompany := len(def.companies) == 0 || slices.ContainsFunc(account.Companies, func(c web.CompanyName) bool { return slices.Contains(def.companies, c.ID) })
	return inGroup && inCompany, nil
}

// envOf returns the environment in which a user himself would read.
func (h *host) envOf(ctx context.Context, userID int64) (*record.Env, error) {
	if userID == 0 {
		return h.app.Database.Nobody(ctx), nil
	}
	a, err := h.store.memory.accounts.Of(ctx, userID, func(bool) (*web.Account, error) { return h.app.Accounts.ByID(ctx, h.app.Database, userID) })
	if err != nil {
		return nil, err
	}
	if !a.Active {
		return nil, fault.New(fault.Unauthenticated, "The account is closed.")
	}
	return h.accountEnv(ctx, a), nil
}

func (h *host) accountEnv(ctx context.Context, a *web.Account) *record.Env {
	ids := make([]int64, len(a.Companies))
	for i, c := range a.Companies {
		ids[i] = c.ID
	}
	env := h.app.Database.Env(ctx, a, a.Company, ids)
	if a.Lang != "" {
		env.Lang = a.Lang
	}
	if place := h.location(a.TimeZone); place != nil {
		env.Location = place
	}
	return env
}

// location returns a time zone, nil for an unknown one. Zones that were read from their
// file are remembered: there are a few hundred.
func (h *host) location(name string) *time.Location {
	if place, ok := h.zones.Load(name); ok {
		return place.(*time.Location)
	}
	place, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	h.zones.Store(name, place)
	return place
}

// accessEnv returns the environment of a token: its user, looking through the windows
// of the scopes granted.
func (h *host) accessEnv(ctx context.Context, access *oauth.Access) (*record.Env, error) {
	env, err := h.envOf(ctx, access.UserID)
	if err != nil {
		return nil, err
	}
	def, err := h.store.definitions.get(ctx, access.Client, access.ClientVersion)
	if err != nil {
		return nil, err
	}
	return env.Through(def.windows(access.Scopes)), nil
}
