package oauthconsumer

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

const (
	accountPath      = "/account/connections"
	applicationPath  = "/connections/application"
	connectionsPath  = "/connections/of"
	confirmPlacePath = "/connections/confirm-place"
	redirectPanel    = "oauth_consumer.redirect"
)

// callbackLimit bounds what one address may try at the callback.
var callbackLimit = web.Limit{Rate: 5, Burst: 50}

func (c *consumer) routes(site *web.Site) {
	one := connectionsPath + "/:kind/:subject/:api"
	for _, r := range []web.Route{
		{Kind: web.Public, Method: http.MethodGet, Path: callbackPath, Limit: callbackLimit, Handle: c.callback},
		{Kind: web.User, Method: http.MethodGet, Path: attemptsPath + "/:id", Handle: c.leaveShow},
		{Kind: web.User, Method: http.MethodPost, Path: attemptsPath + "/:id", Handle: c.leave},
		{Kind: web.User, Method: http.MethodGet, Path: attemptsPath + "/:id/confirm", Handle: c.confirmShow},
		{Kind: web.User, Method: http.MethodPost, Path: attemptsPath + "/:id/confirm", Handle: c.confirm},
		{Kind: web.User, Method: http.MethodGet, Path: accountPath, Handle: c.accountShow},
		{Kind: web.User, Method: http.MethodGet, Path: applicationPath, Groups: []string{GroupManager}, Handle: c.applicationShow},
		{Kind: web.User, Method: http.MethodPost, Path: confirmPlacePath, Groups: []string{GroupManager}, Handle: c.confirmPlacePost},
		{Kind: web.User, Method: http.MethodGet, Path: one, Handle: c.detailsShow},
		{Kind: web.User, Method: http.MethodPost, Path: one + "/connect", Handle: c.acting(c.connectPost)},
		{Kind: web.User, Method: http.MethodPost, Path: one + "/test", Handle: c.acting(c.testPost)},
		{Kind: web.User, Method: http.MethodPost, Path: one + "/choose", Handle: c.acting(c.choosePost)},
		{Kind: web.User, Method: http.MethodPost, Path: one + "/disconnect", Handle: c.acting(c.disconnectPost)},
	} {
		site.Route(r)
	}
}

// connectionPath names a connection in an address by whom it is for and its API, so that
// one can be named that there is not yet.
func connectionPath(s Subject, what string) string {
	path := connectionsPath + "/" + url.PathEscape(string(s.Kind)) + "/" + strconv.FormatInt(s.ID, 10) + "/" + strconv.FormatInt(s.API, 10)
	if what != "" {
		path += "/" + what
	}
	return path
}

// named reads the connection that the address names, for somebody who may manage it.
func (c *consumer) named(ctx *web.Ctx) (*live, error) {
	none := fault.New(fault.NotFound, "There is no such connection.").Keyed("oauth_consumer.none", nil)
	id, err := strconv.ParseInt(ctx.Param("subject"), 10, 64)
	api, err2 := strconv.ParseInt(ctx.Param("api"), 10, 64)
	if err != nil || err2 != nil || api <= 0 || id < 0 {
		return nil, none
	}
	s := Subject{Kind: Kind(ctx.Param("kind")), ID: id, API: api}
	if _, known := c.apiUser(s.Kind); !known && (s.Kind != Application || id != 0) {
		return nil, none
	}
	l, err := c.standingAt(ctx.Env, s)
	if fault.Is(err, fault.Conflict) {
		return nil, none
	}
	if err != nil {
		return nil, err
	}
	if err := c.mayManage(ctx.Env, s, l.profile); err != nil {
		return nil, err
	}
	offers, err := c.offers(ctx.Env, s)
	if err != nil {
		return nil, err
	}
	for _, apis := range offers {
		for _, o := range apis {
			if o.api == api {
				l.providerKey = o.key
				return l, nil
			}
		}
	}
	return nil, none // an API that this kind of API user does not connect to
}

// acting answers a post of a card: it does something and comes back to the page.
func (c *consumer) acting(do func(*web.Ctx, *live) (to string, err error)) func(*web.Ctx) error {
	return func(ctx *web.Ctx) error {
		l, err := c.named(ctx)
		if err != nil {
			return err
		}
		to, err := do(ctx, l)
		if err != nil {
			return err
		}
		if to == "" {
			to = web.LocalPath(ctx.Form().Get(ui.FieldNext))
		}
		return ctx.Redirect303(to)
	}
}

func (c *consumer) connectPost(ctx *web.Ctx, l *live) (string, error) {
	if err := c.held(l); err != nil {
		return "", c.flashFault(ctx, err)
	}
	env := acting(ctx.Env, l.subject)
	if l.grantUsed() == grantCredentials {
		return "", c.connectByCredentials(ctx, c.managing(env, l.subject), l)
	}
	err := c.unauthorized(env, l, Never, nil)
	if l.connection != 0 && l.lastError != "" {
		err = c.unauthorized(env, l, "", nil)
	}
	var u *Unauthorized
	if !errors.As(err, &u) {
		return "", err
	}
	return u.Offer(env, web.LocalPath(ctx.Form().Get(ui.FieldNext)))
}

// connectByCredentials fetches a token with what the API row holds: nobody has to be sent
// anywhere.
func (c *consumer) connectByCredentials(ctx *web.Ctx, env *record.Env, l *live) error {
	if _, err := c.usable(env, l, nil); err != nil {
		return c.flashFault(ctx, err)
	}
	ctx.Flash(ui.Note{Tone: ui.ToneOK, Text: ctx.T("oauth_consumer.connected", "Provider", l.provider)})
	return nil
}

func (c *consumer) testPost(ctx *web.Ctx, l *live) (string, error) {
	if err := c.test(acting(ctx.Env, l.subject), l); err != nil {
		return "", c.flashFault(ctx, err)
	}
	ctx.Flash(ui.Note{Tone: ui.ToneOK, Text: ctx.T("oauth_consumer.tested", "Provider", l.provider)})
	return "", nil
}

// flashFault shows the sentence of an error on the page that one comes back to; an error
// without one is returned.
func (c *consumer) flashFault(ctx *web.Ctx, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code == fault.Internal {
		return err
	}
	c.log.InfoContext(ctx.Env, "connection", "error", err)
	ctx.Flash(ui.Note{Tone: ui.ToneWarn, Text: web.Sentence(ctx.Print, f)})
	return nil
}

func (c *consumer) disconnectPost(ctx *web.Ctx, l *live) (string, error) {
	if l.connection == 0 {
		return "", nil
	}
	revoked, err := c.disconnect(ctx.Env, l)
	if err != nil {
		return "", err
	}
	note := ui.Note{Tone: ui.ToneOK, Text: ctx.T("oauth_consumer.disconnected", "Provider", l.provider)}
	if !revoked {
		note = ui.Note{Tone: ui.ToneWarn, Text: ctx.T("oauth_consumer.disconnected.here", "Provider", l.provider)}
	}
	ctx.Flash(note)
	return "", nil
}

// choosePost selects the API that calls for this API user go to. Connections to the
// others stay; wizards under way keep the one that they pinned.
func (c *consumer) choosePost(ctx *web.Ctx, l *live) (string, error) {
	err := ctx.Env.Write(func(in *record.Env) error {
		return write(in, func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO oauth_consumer_choice (kind, subject, provider_id, api_id) VALUES (?, ?, ?, ?) ON CONFLICT (kind, subject, provider_id) DO UPDATE SET api_id = excluded.api_id",
				string(l.subject.Kind), l.subject.ID, l.providerID, l.api.id)
			if err != nil {
				return err
			}
			name, _, err := c.nameOf(in, l.subject)
			if err != nil {
				return err
			}
			return record.Audit(in, "oauth_consumer.api", l.api.id, l.api.name, "selected", record.Change{Field: "for", New: string(l.subject.Kind) + " " + name})
		})
	})
	if err == nil {
		ctx.Flash(ui.Note{Tone: ui.ToneOK, Text: ctx.T("oauth_consumer.chosen", "API", l.api.name)})
	}
	return "", err
}

// disconnectAll is the bulk action of the list.
func (c *consumer) disconnectAll(env *record.Env, ids []int64) (string, error) {
	for _, id := range ids {
		if _, err := record.Get[Connection](env, id); err != nil {
			return "", err
		}
		l, err := c.standingOf(env, id)
		if err != nil {
			return "", err
		}
		if _, err := c.disconnect(env, l); err != nil {
			return "", err
		}
	}
	return "Disconnected.", nil
}

// testAll is the action of the list; the first connection that fails says why.
func (c *consumer) testAll(env *record.Env, ids []int64) (string, error) {
	for _, id := range ids {
		if _, err := record.Get[Connection](env, id); err != nil {
			return "", err
		}
		l, err := c.standingOf(env, id)
		if err != nil {
			return "", err
		}
		if err := c.test(acting(env, l.subject), l); err != nil {
			return "", err
		}
	}
	return "The connection works.", nil
}

func (c *consumer) confirmPlacePost(ctx *web.Ctx) error {
	if err := c.confirmPlace(ctx.Env); err != nil {
		return err
	}
	ctx.Flash(ui.Note{Tone: ui.ToneOK, Text: ctx.T("oauth_consumer.moved.done")})
	return ctx.Redirect303(applicationPath)
}
