package oauthconsumer

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

// panel draws the tab "Connections" of an API user's form.
func (c *consumer) panel(kind Kind) web.Panel {
	return func(ctx *web.Ctx, id int64) (templ.Component, error) {
		v, err := c.connections(ctx, Subject{Kind: kind, ID: id})
		if err != nil {
			return nil, err
		}
		p := ctx.Page("")
		return ui.ConnectionCards(p, v), nil
	}
}

// offer is an API of a provider, as a card lists it.
type offerRow struct {
	provider, api                           int64
	key, name, summary, profile             string
	apiName, environment, clientID, baseURL string
	chosen                                  int64
}

const offersQuery = `SELECT p.id, a.id, p.key, p.name, p.profile, p.kinds, a.name, a.environment, a.client_id, a.base_url, COALESCE(h.api_id, 0)
	FROM oauth_consumer_provider p JOIN oauth_consumer_api a ON a.provider_id = p.id AND a.active
	LEFT JOIN oauth_consumer_choice h ON h.provider_id = p.id AND h.kind = ? AND h.subject = ?
	WHERE p.active ORDER BY p.name, p.id, CASE WHEN a.client_id = '' THEN 1 ELSE 0 END, a.environment, a.id`

// offers are the APIs that an API user can connect to, by provider.
func (c *consumer) offers(env *record.Env, s Subject) ([][]offerRow, error) {
	rows, err := env.Database().DB.QueryContext(env.Context, offersQuery, string(s.Kind), s.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]offerRow
	for rows.Next() {
		var o offerRow
		var kinds record.Strings
		if err := rows.Scan(&o.provider, &o.api, &o.key, &o.name, &o.profile, &kinds, &o.apiName, &o.environment, &o.clientID, &o.baseURL, &o.chosen); err != nil {
			return nil, err
		}
		if !slices.Contains(kinds, string(s.Kind)) {
			continue
		}
		if n := len(out); n > 0 && out[n-1][0].provider == o.provider {
			out[n-1] = append(out[n-1], o)
		} else {
			out = append(out, []offerRow{o})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, db.Fault(err)
	}
	return out, c.summarise(env, out)
}

// summarise says in the reader's language what providers are for.
func (c *consumer) summarise(env *record.Env, offers [][]offerRow) error {
	var ids []int64
	for _, apis := range offers {
		ids = append(ids, apis[0].provider)
	}
	if len(ids) == 0 {
		return nil
	}
	said := map[int64]string{}
	for row, err := range record.Rows(env.Sudo("cards of connections"), "oauth_consumer.provider", record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids}, Fields: []string{"summary"}}) {
		if err != nil {
			return err
		}
		v, _ := row.Value("summary")
		said[row.ID], _ = v.(string)
	}
	for _, apis := range offers {
		for i := range apis {
			apis[i].summary = said[apis[i].provider]
		}
	}
	return nil
}

// connections are the cards of one API user, for somebody who may see them.
func (c *consumer) connections(ctx *web.Ctx, s Subject) (ui.Connections, error) {
	v := ui.Connections{Text: ctx.T("oauth_consumer.cards." + c.textOf(s.Kind)),
		Empty: ui.Empty{Icon: "plug", Title: ctx.T("oauth_consumer.cards.none"), Text: ctx.T("oauth_consumer.cards.none.text")}}
	seen, err := c.maySee(ctx.Env, s)
	if err != nil {
		return v, err
	}
	if !seen {
		v.Text, v.Empty = "", ui.Empty{Icon: "lock", Title: ctx.T("oauth_consumer.cards.private"), Text: ctx.T("oauth_consumer.cards.private.text")}
		return v, nil
	}
	if moved, err := c.moved(ctx.Env); err != nil {
		return v, err
	} else if moved {
		v.Notes = append(v.Notes, c.movedNote(ctx))
	}
	offers, err := c.offers(ctx.Env, s)
	if err != nil {
		return v, err
	}
	for _, apis := range offers {
		card, err := c.card(ctx, s, apis)
		if err != nil {
			return v, err
		}
		v.Cards = append(v.Cards, card)
	}
	return v, nil
}

// textOf is the part of the keys that speak of a kind of API user.
func (c *consumer) textOf(k Kind) string {
	switch k {
	case User, Company, Employee, Application:
		return string(k)
	}
	return "other"
}

// maySee: whoever sees a company sees what it is connected to; connections of a person
// are his and the managers' business.
func (c *consumer) maySee(env *record.Env, s Subject) (bool, error) {
	if s.Kind == Company {
		return env.IsSudo() || slices.Contains(env.Companies, s.ID), nil
	}
	if env.Member(GroupManager) {
		return true, nil
	}
	return c.isOwn(env, s)
}

func (c *consumer) movedNote(ctx *web.Ctx) ui.Note {
	n := ui.Note{Tone: ui.ToneWarn, Title: ctx.T("oauth_consumer.moved.title"), Text: ctx.T("oauth_consumer.moved.text")}
	if ctx.Env.Member(GroupManager) {
		n.Undo = &ui.Action{Label: ctx.T("oauth_consumer.moved.confirm"), URL: confirmPlacePath, Post: true}
	}
	return n
}

// card tells one provider: how the API user stands with the API that is chosen.
func (c *consumer) card(ctx *web.Ctx, s Subject, apis []offerRow) (ui.ConnectionCard, error) {
	at := max(0, slices.IndexFunc(apis, func(o offerRow) bool { return o.api == o.chosen }))
	o := apis[at]
	s.API = o.api
	l, err := c.standingAt(ctx.Env, s)
	if err != nil {
		return ui.ConnectionCard{}, err
	}
	l.providerKey = o.key
	manages := c.mayManage(ctx.Env, s, l.profile) == nil
	v := ui.ConnectionCard{ID: "provider-" + strconv.FormatInt(o.provider, 10), Tile: ui.Tile{Text: o.name, Hue: ui.Hue(cmp.Or(l.profile.Hue, "account"))},
		Name: o.name, Summary: o.summary, Tags: []ui.Tag{c.badge(ctx, l)}, Host: o.baseURL, ChoiceLabel: ctx.T("oauth_consumer.choice", "Provider", o.name)}
	if o.environment == Sandbox {
		v.Banner = ctx.T("oauth_consumer.sandbox")
	}
	if manages {
		v.Choice = c.choices(ctx, s, apis, o)
	}
	if len(v.Choice) < 2 { // nothing else says which it is
		v.Tags = append(v.Tags, ui.Tag{Text: environmentName(ctx, o.environment)})
	}
	if err := c.facts(ctx, l, &v); err != nil {
		return v, err
	}
	c.cardActions(ctx, l, manages, &v)
	return v, nil
}

func (c *consumer) choices(ctx *web.Ctx, s Subject, apis []offerRow, now offerRow) []ui.Action {
	var out []ui.Action
	alike := map[string]int{}
	for _, a := range apis {
		alike[a.environment]++
	}
	for _, a := range apis {
		label := environmentName(ctx, a.environment)
		if alike[a.environment] > 1 {
			label = a.apiName
		}
		to := s
		to.API = a.api
		out = append(out, ui.Action{Label: label, URL: connectionPath(to, "choose"), Post: true, Hidden: comeBack(ctx), Disabled: a.api == now.api})
	}
	return out
}

// environmentName is what people call an environment.
func environmentName(ctx *web.Ctx, environment string) string {
	return ctx.Print.Or("oauth_consumer.api.environment."+environment, map[string]string{Production: "Production", Sandbox: "Sandbox"}[environment])
}

// comeBack is where the posts of a card lead back to: the page that it is on.
func comeBack(ctx *web.Ctx) []ui.Pair {
	return []ui.Pair{{Name: ui.FieldNext, Value: web.LocalPath(ctx.Request().URL.RequestURI())}}
}

// soon is when a connection that cannot renew itself is said to be expiring.
const soon = 7 * 24 * time.Hour

// badge is the status in a word.
func (c *consumer) badge(ctx *web.Ctx, l *live) ui.Tag {
	word := func(key string, tone ui.Tone, icon string, args ...any) ui.Tag {
		return ui.Tag{Text: ctx.T("oauth_consumer.badge."+key, args...), Tone: tone, Icon: icon}
	}
	now := c.now()
	switch {
	case c.suspended(l) && l.connection != 0:
		return word("suspended", ui.ToneWarn, "ban")
	case l.api.clientID == "":
		return word("notsetup", ui.ToneNone, "settings")
	case l.connection == 0, len(l.token.access) == 0 && l.status == statusSignIn && l.lastError == "":
		return word("never", ui.ToneNone, "plug-off")
	case l.status == statusError:
		return word("error", ui.ToneBad, "alert")
	case l.status == statusSignIn:
		return word("signin", ui.ToneBad, "plug-off")
	case l.status == statusChecking:
		return word("checking", ui.ToneInfo, "clock")
	case l.grantUsed() == grantCode && len(l.token.refresh) == 0 && l.token.expiresAt != 0:
		end := moment(l.token.expiresAt)
		switch {
		case !now.Before(end):
			return word("signin", ui.ToneBad, "plug-off")
		case end.Sub(now) < soon:
			return word("expiring", ui.ToneWarn, "clock", "Date", ctx.Moment(end))
		}
		return word("until", ui.ToneOK, "plug", "Date", ctx.Moment(end))
	}
	return word("connected", ui.ToneOK, "plug")
}

// facts fills in scopes, access, who and when, and the last call.
func (c *consumer) facts(ctx *web.Ctx, l *live, v *ui.ConnectionCard) error {
	if l.connection == 0 {
		return nil
	}
	row, err := record.Get[Connection](ctx.Env.Sudo("show a connection"), l.connection)
	if err != nil {
		return err
	}
	if last := unpack(row.LastError); last != nil {
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneBad, Text: web.Sentence(ctx.Print, last)})
	}
	access := ui.ConnectionFact{Label: ctx.T("oauth_consumer.fact.access"), Text: ctx.T("oauth_consumer.fact.none")}
	switch end := moment(l.token.expiresAt); {
	case len(l.token.access) == 0:
	case end.IsZero():
		access.Text = ctx.T("oauth_consumer.fact.open")
	case len(l.token.refresh) > 0 || l.grantUsed() == grantCredentials:
		access.Text = ctx.T("oauth_consumer.fact.renews")
	default:
		access.Text = ctx.T("oauth_consumer.fact.until", "Date", ctx.Moment(end))
	}
	if row.AuthorityEndsAt != nil && len(l.token.access) > 0 {
		access.Sub = ctx.T("oauth_consumer.fact.authority", "Date", web.Date(ctx.Print, row.AuthorityEndsAt.In(ctx.Env.Location)))
	}
	granted := ui.ConnectionFact{Label: ctx.T("oauth_consumer.fact.granted"), Text: "–"}
	if row.GrantedAt != nil {
		granted.Text = ctx.Moment(*row.GrantedAt)
		if granted.Sub, err = c.personName(ctx.Env, int64(row.GrantedBy)); err != nil {
			return err
		}
	} else if l.grantUsed() == grantCredentials {
		granted.Text = ctx.T("oauth_consumer.fact.byitself")
	}
	call := ui.ConnectionFact{Label: ctx.T("oauth_consumer.fact.call"), Text: ctx.T("oauth_consumer.fact.nocall")}
	if row.UsedAt != nil {
		call.Text, call.Sub = ctx.Moment(*row.UsedAt), row.LastCall
		call.Tone = ui.ToneBad
		if strings.HasPrefix(row.LastCall, "2") {
			call.Tone = ui.ToneOK
		}
	}
	scopes := ui.ConnectionFact{Label: ctx.T("oauth_consumer.fact.scopes"), Codes: row.Scopes}
	if len(row.Scopes) == 0 {
		scopes.Text = "–"
	}
	v.Facts = []ui.ConnectionFact{scopes, access, granted, call}
	return nil
}

func (c *consumer) personName(env *record.Env, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	name, _, err := c.nameOf(env, Subject{Kind: User, ID: id})
	return name, err
}

// cardActions are Connect, Test, Disconnect and Details, as far as they make sense.
func (c *consumer) cardActions(ctx *web.Ctx, l *live, manages bool, v *ui.ConnectionCard) {
	if !manages {
		return
	}
	if l.api.clientID == "" {
		if ctx.Env.Member(GroupManager) {
			v.Actions = append(v.Actions, ui.Action{Label: ctx.T("oauth_consumer.setup"), Icon: "settings", URL: web.RecordPath("oauth_consumer.api", l.api.id)})
		}
		return
	}
	post := func(label, icon, what string) ui.Action {
		return ui.Action{Label: ctx.T("oauth_consumer." + label), Icon: icon, URL: connectionPath(l.subject, what), Post: true, Hidden: comeBack(ctx)}
	}
	alive := len(l.token.access) > 0 && l.status != statusSignIn
	if path := connectionPath(l.subject, ""); l.connection != 0 && ctx.Request().URL.Path != path {
		v.Actions = append(v.Actions, ui.Action{Label: ctx.T("oauth_consumer.details"), URL: path + "?" + url.Values{ui.FieldNext: {web.LocalPath(ctx.Request().URL.RequestURI())}}.Encode()})
	}
	if alive {
		v.Actions = append(v.Actions, post("test", "bolt", "test"))
	}
	if l.connection != 0 {
		off := post("disconnect", "", "disconnect")
		off.Danger = true
		v.Actions = append(v.Actions, off)
	}
	if !alive {
		on := post("connect", "plug", "connect")
		if l.connection != 0 && l.lastError != "" {
			on.Label = ctx.T("oauth_consumer.reconnect")
		}
		on.Primary = true
		v.Actions = append(v.Actions, on)
	}
}
