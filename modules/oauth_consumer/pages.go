package oauthconsumer

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

// ownAttempt reads the attempt that the address names, if it is the person's own.
func (c *consumer) ownAttempt(ctx *web.Ctx) (*attempt, *live, error) {
	id, err := strconv.ParseInt(ctx.Param("id"), 36, 64)
	if err != nil {
		id = 0
	}
	a, err := c.readAttempt(ctx.Env, "id = ? AND user_id = ?", id, ctx.Account.ID)
	if err != nil {
		return nil, nil, err
	}
	l, err := c.standingAt(ctx.Env, a.subject)
	if err != nil {
		return nil, nil, err
	}
	if err := c.mayManage(ctx.Env, a.subject, l.profile); err != nil {
		return nil, nil, err
	}
	return a, l, c.held(l)
}

// leaveShow is GET /connections/attempts/<id>: where one is sent, why, and that nothing is
// lost.
func (c *consumer) leaveShow(ctx *web.Ctx) error {
	a, l, err := c.ownAttempt(ctx)
	if err != nil {
		return err
	}
	if a.status == done {
		return ctx.Redirect303(a.back)
	}
	name, _, err := c.nameOf(ctx.Env, a.subject)
	if err != nil {
		return err
	}
	c.inside(ctx, a)
	host := l.api.authorizeURL
	if u, err := url.Parse(host); err == nil {
		host = u.Host
	}
	args := []any{"Provider", l.provider, "Subject", name}
	title := ctx.T("oauth_consumer.leave.title", args...)
	v := ui.Leaving{Page: ctx.Page(title), Title: title, Lead: ctx.T("oauth_consumer.leave.lead", args...), Client: ui.Client{Name: l.provider, Hue: ui.Hue(first(l.profile.Hue, "account"))},
		Action: a.path(""), Label: ctx.T("oauth_consumer.leave.go", args...), Cancel: a.back, Host: host, Fine: ctx.T("oauth_consumer.leave.fine"), Why: c.why(ctx, a, l, name)}
	if l.api.environment == Sandbox {
		v.Banner = ctx.T("oauth_consumer.sandbox")
	}
	account, grants := ctx.T("oauth_consumer.leave.account", args...), ctx.T("oauth_consumer.leave.grants", args...)
	if l.profile.Account != "" {
		account = ctx.Print.Or(l.profile.AccountKey, l.profile.Account, args...)
	}
	if l.profile.Grants != "" {
		grants = ctx.Print.Or(l.profile.GrantsKey, l.profile.Grants, args...)
	}
	v.Steps = []ui.Pair{{Name: ctx.T("oauth_consumer.leave.signin", args...), Value: account}, {Name: ctx.T("oauth_consumer.leave.grant", args...), Value: grants},
		{Name: ctx.T("oauth_consumer.leave.return"), Value: ctx.T("oauth_consumer.leave.return.rest")}}
	if at := l.profile.signOut(&l.api); at != "" && l.remembered() == WrongAccount {
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Text: ctx.T("oauth_consumer.leave.signout", args...), Links: []ui.Link{{Text: ctx.T("oauth_consumer.leave.signout.link", args...), URL: at}}})
	}
	v.Details = []ui.Pair{{Name: ctx.T("oauth_consumer.fact.for"), Value: name}, {Name: ctx.T("oauth_consumer.fact.scopes"), Value: list(a.scopes)}}
	ctx.AllowFormAction(source(l.api.authorizeURL)) // browsers hold the page's policy against redirects after its post
	return ctx.Render(http.StatusOK, ui.LeavingPage(v))
}

// inside shows the menu that the person came from: that of the task under way, or the
// settings; My account has none.
func (c *consumer) inside(ctx *web.Ctx, a *attempt) {
	if a.run != "" {
		if r, err := wizard.Load(ctx.Env, ctx.App.Site.Wizards, a.run); err == nil {
			ctx.Inside(r.Info().App)
		}
	} else if !strings.HasPrefix(a.back, "/account") {
		ctx.Inside("settings")
	}
}

func (c *consumer) why(ctx *web.Ctx, a *attempt, l *live, name string) string {
	why := a.outcome
	if why == nil {
		why = reasonFault(Never, l.provider, name, nil)
	}
	return web.Sentence(ctx.Print, why)
}

// leave is POST /connections/attempts/<id>: off to the provider. What the person was told
// may be old; he is asked for what is right now.
func (c *consumer) leave(ctx *web.Ctx) error {
	a, l, err := c.ownAttempt(ctx)
	if err != nil {
		return err
	}
	to, err := c.setOut(ctx.Env, a, l, ctx.MarkBrowser())
	if err != nil {
		return err
	}
	ctx.Response().Header().Set("Location", to)
	ctx.Response().WriteHeader(http.StatusSeeOther)
	return nil
}

// waitingAttempt is one whose code waits for its person to confirm.
func (c *consumer) waitingAttempt(ctx *web.Ctx) (*returned, error) {
	a, l, err := c.ownAttempt(ctx)
	if err != nil {
		return nil, err
	}
	return &returned{c: c, Ctx: ctx, attempt: a, live: l}, nil
}

// confirmShow is GET /connections/attempts/<id>/confirm, behind the sign-in of somebody
// who came back signed out.
func (c *consumer) confirmShow(ctx *web.Ctx) error {
	r, err := c.waitingAttempt(ctx)
	if err != nil {
		return err
	}
	switch {
	case r.attempt.status != waiting:
		return r.over()
	case !r.sameBrowser():
		return r.startAgain(http.StatusBadRequest, "oauth_consumer.callback.browser")
	case r.old():
		return r.startAgain(http.StatusBadRequest, "oauth_consumer.callback.old")
	}
	name, _, err := c.nameOf(ctx.Env, r.attempt.subject)
	if err != nil {
		return err
	}
	title := ctx.T("oauth_consumer.confirm.title", "Provider", r.live.provider, "Subject", name)
	return ctx.Render(http.StatusOK, ui.ConfirmPage(ui.Confirm{Page: ctx.Page(title), Title: title, Text: ctx.T("oauth_consumer.confirm.text", "Provider", r.live.provider),
		Action: r.attempt.path("/confirm"), Label: ctx.T("oauth_consumer.confirm.yes"), Cancel: r.attempt.back}))
}

// confirm is its POST: the code that waited is exchanged.
func (c *consumer) confirm(ctx *web.Ctx) error {
	r, err := c.waitingAttempt(ctx)
	if err != nil {
		return err
	}
	if r.attempt.status != waiting || !r.sameBrowser() || r.old() {
		return ctx.Redirect303(r.attempt.path("/confirm"))
	}
	if r.code, err = c.unseal(attemptTable, "code", r.attempt.id, r.attempt.code); err != nil {
		return err
	}
	won, err := c.claim(ctx.Env, r.attempt)
	if err != nil {
		return err
	}
	if !won {
		return ctx.Redirect303(r.attempt.path("/confirm"))
	}
	return r.finish()
}

// accountShow is GET /account/connections: one's own, and one's own employee's.
func (c *consumer) accountShow(ctx *web.Ctx) error {
	title := ctx.T("oauth_consumer.account")
	v := ui.ConnectionsView{Page: ctx.Page(title), Title: title, Sub: ctx.T("oauth_consumer.account.sub"), Tabs: ctx.AccountTabs(accountPath)}
	for _, u := range c.users {
		var s Subject
		switch {
		case u.kind == User:
			s = Subject{Kind: User, ID: ctx.Account.ID}
		case u.user != "":
			id, err := c.own(ctx.Env, u.kind)
			if err != nil {
				return err
			}
			if id == 0 {
				continue
			}
			s = Subject{Kind: u.kind, ID: id}
		default:
			continue
		}
		cards, err := c.connections(ctx, s)
		if err != nil {
			return err
		}
		if s.Kind != User && len(cards.Cards) == 0 {
			continue
		}
		v.Parts = append(v.Parts, ui.ConnectionsPart{Title: ctx.T("oauth_consumer.account." + c.textOf(s.Kind)), Connections: cards})
	}
	if len(v.Parts) == 1 {
		v.Parts[0].Title = ""
	}
	return ctx.Render(http.StatusOK, ui.ConnectionsPage(v))
}

// applicationShow is Settings > Connections > This application.
func (c *consumer) applicationShow(ctx *web.Ctx) error {
	cards, err := c.connections(ctx, Subject{Kind: Application})
	if err != nil {
		return err
	}
	title := ctx.T("menu.oauth_consumer.application")
	return ctx.Render(http.StatusOK, ui.ConnectionsPage(ui.ConnectionsView{Page: ctx.Page(title), Title: title, Parts: []ui.ConnectionsPart{{Connections: cards}}}))
}

// detailsShow is the page of one connection: its card and what became of it.
func (c *consumer) detailsShow(ctx *web.Ctx) error {
	l, err := c.named(ctx)
	if err != nil {
		return err
	}
	name, _, err := c.nameOf(ctx.Env, l.subject)
	if err != nil {
		return err
	}
	offers, err := c.offers(ctx.Env, l.subject)
	if err != nil {
		return err
	}
	back, title := web.LocalPath(ctx.QueryParam(ui.FieldNext)), l.api.name
	c.inside(ctx, &attempt{back: back})
	v := ui.ConnectionsView{Page: ctx.Page(title), Title: title, Sub: name}
	if back != "/" {
		v.Tabs = []ui.Tab{{Label: name, URL: back}, {Label: ctx.T("oauth_consumer.details"), URL: ctx.Request().URL.RequestURI(), Current: true}}
	}
	for _, apis := range offers {
		for _, o := range apis {
			if o.api != l.api.id {
				continue
			}
			o.chosen = o.api
			card, err := c.card(ctx, l.subject, []offerRow{o})
			if err != nil {
				return err
			}
			card.Facts = append(card.Facts, c.moreFacts(ctx, l)...)
			v.Parts = []ui.ConnectionsPart{{Connections: ui.Connections{Cards: []ui.ConnectionCard{card}}}}
		}
	}
	return ctx.Render(http.StatusOK, ui.ConnectionsPage(v))
}

// moreFacts are what helps to find a fault.
func (c *consumer) moreFacts(ctx *web.Ctx, l *live) []ui.ConnectionFact {
	out := []ui.ConnectionFact{
		{Label: ctx.T("oauth_consumer.fact.client"), Codes: []string{l.api.clientID}},
		{Label: ctx.T("oauth_consumer.fact.redirect"), Codes: []string{c.redirectURI()}},
		{Label: ctx.T("oauth_consumer.fact.token"), Codes: []string{l.api.tokenURL}},
	}
	if l.token.version > 0 {
		out = append(out, ui.ConnectionFact{Label: ctx.T("oauth_consumer.fact.renewed"), Text: ctx.T("oauth_consumer.fact.renewed.times", "Count", int(max(0, l.token.version-1)))})
	}
	return out
}

// redirectPanel shows on the form of an API what has to be registered at the provider, and
// where there: what the provider's notes say.
func (c *consumer) redirectPanel(ctx *web.Ctx, id int64) (templ.Component, error) {
	a, err := record.Get[API](ctx.Env, id)
	if err != nil {
		return nil, err
	}
	p, err := record.Get[Provider](ctx.Env, int64(a.ProviderID))
	if err != nil {
		return nil, err
	}
	g := ui.Group{ID: "redirect", Title: ctx.T("oauth_consumer.redirect"), Sub: ctx.T("oauth_consumer.redirect.sub", "Provider", p.Name), One: true,
		Fields: []ui.Field{{Kind: ui.FieldCode, Name: "redirect_uri", Label: ctx.T("oauth_consumer.redirect"), Value: c.redirectURI(), ReadOnly: true, Copy: true, Bare: true}}}
	if p.Notes != "" {
		g.Notes = append(g.Notes, ui.Note{Tone: ui.ToneInfo, Title: ctx.T("oauth_consumer.redirect.where"), Text: p.Notes})
	}
	if problem := c.profile(p.Profile).RedirectProblem; problem != nil {
		if u, err := url.Parse(c.redirectURI()); err == nil {
			if key, english := problem(u); key != "" {
				g.Notes = append(g.Notes, ui.Note{Tone: ui.ToneWarn, Text: ctx.Print.Or(key, english)})
			}
		}
	}
	return ui.FieldsCard(ctx.Page(""), g), nil
}

// maxReminders is how many connections the home page lists.
const maxReminders = 5

// remindersQuery reads what may concern a person: connections of his companies and his
// own that need a sign-in, or whose authority ends within the longest notice that a
// provider can ask for.
const remindersQuery = `SELECT c.id, c.kind, c.subject, c.api_id, c.name, c.status, c.authority_ends_at, p.name, p.profile, p.remind_days
	FROM oauth_consumer_connection c JOIN oauth_consumer_api a ON a.id = c.api_id JOIN oauth_consumer_provider p ON p.id = a.provider_id
	WHERE (c.status = 'needs_signin' AND c.last_error <> '' OR c.authority_ends_at < ?) AND (c.kind = 'company' AND c.company_id = ? OR c.kind = 'user' AND c.subject = ?)
	ORDER BY c.id DESC LIMIT 50`

// reminders are the connections that need the person, for his home page.
func (c *consumer) reminders(ctx *web.Ctx) ([]web.Waiting, error) {
	rows, err := ctx.Env.Database().DB.QueryContext(ctx.Env, remindersQuery, c.now().Add(maxNotice).UTC(), ctx.Env.Company, ctx.Account.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []web.Waiting
	for rows.Next() && len(out) < maxReminders {
		var r reminder
		if err := rows.Scan(&r.id, &r.subject.Kind, &r.subject.ID, &r.subject.API, &r.name, &r.status, &r.ends, &r.provider, &r.profile, &r.days); err != nil {
			return nil, err
		}
		if w := c.remind(ctx, r); w != nil {
			out = append(out, *w)
		}
	}
	return out, rows.Err()
}

const maxNotice = 366 * 24 * time.Hour

type reminder struct {
	id, days                        int64
	subject                         Subject
	name, status, provider, profile string
	ends                            *time.Time
}

// remind says why a connection needs the person; nil when it does not, or is not his to mend.
func (c *consumer) remind(ctx *web.Ctx, r reminder) *web.Waiting {
	if c.mayManage(ctx.Env, r.subject, c.profile(r.profile)) != nil {
		return nil
	}
	w := &web.Waiting{Title: r.provider + " · " + r.name, Icon: "plug", Hue: "settings", Action: ctx.T("oauth_consumer.reconnect"), URL: connectionPath(r.subject, "")}
	switch {
	case r.status == statusSignIn:
		w.Sub = ctx.T("oauth_consumer.badge.signin")
	case r.ends != nil && r.days > 0 && r.ends.Sub(c.now()) <= time.Duration(r.days)*24*time.Hour:
		w.Sub = ctx.T("oauth_consumer.fact.authority", "Date", web.Date(ctx.Print, r.ends.In(ctx.Env.Location)))
	default:
		return nil
	}
	return w
}
