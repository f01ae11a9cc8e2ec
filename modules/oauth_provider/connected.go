package oauthprovider

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// connectedPath is My account > Connected applications.
const connectedPath = "/account/applications"

func connectedTab(site *web.Site) {
	site.AccountTab(web.AccountTab{Label: "Connected applications", Key: "oauth_provider.connected", Path: connectedPath})
}

func (h *host) connectedRoutes(site *web.Site) {
	one := connectedPath + "/:id"
	for _, r := range []struct {
		method, path string
		handle       func(*web.Ctx) error
	}{
		{http.MethodGet, connectedPath, h.connectedShow},
		{http.MethodGet, one, h.sharingShow},
		{http.MethodPost, one, h.sharingSave},
		{http.MethodGet, one + "/withdraw", h.withdrawShow},
		{http.MethodPost, one + "/withdraw", h.withdraw},
		{http.MethodGet, one + "/allow", h.allowShow},
		{http.MethodPost, one + "/allow", h.allow},
	} {
		site.Route(web.Route{Kind: web.User, Method: r.method, Path: r.path, Handle: r.handle})
	}
}

// connected is an application that a person has let in, or had.
type connected struct {
	oauth.Grant
	used time.Time // when a token was issued last, zero for never
	def  *definition
}

// connectedQuery reads the latest grant of a person to each client. When a token was issued
// last costs the token endpoint nothing: it is written in the authorization anyway, or is
// the id of a token that has none; what was purged since stands in the grant.
const connectedQuery = `SELECT g.id, g.client_id, g.scopes, g.refused, g.skipped, g.given_at, g.withdrawn_at, g.used_at, c.identifier,
		COALESCE((SELECT MAX(a.spent_at) FROM oauth_provider_authorization a WHERE a.grant_id = g.id), 0),
		COALESCE((SELECT MAX(a.rotated_at) FROM oauth_provider_authorization a WHERE a.grant_id = g.id), 0),
		COALESCE((SELECT MAX(t.id) FROM oauth_provider_token t WHERE t.grant_id = g.id AND t.authorization_id = 0 AND t.grant_id <> 0), 0)
	FROM oauth_provider_grant g JOIN oauth_provider_client c ON c.id = g.client_id
	WHERE g.user_id = ? AND g.id = (SELECT MAX(n.id) FROM oauth_provider_grant n WHERE n.user_id = g.user_id AND n.client_id = g.client_id)`

// connectedOf reads the applications of the person who asks, those let in last first; with
// an id the one of that grant only.
func (h *host) connectedOf(c *web.Ctx, id int64) ([]connected, error) {
	query, args := connectedQuery, []any{c.Account.ID}
	if id != 0 {
		query, args = query+" AND g.id = ?", append(args, id)
	}
	rows, err := h.app.Database.DB.QueryContext(c.Env, query+" ORDER BY g.given_at DESC, g.id DESC", args...)
	if err != nil {
		return nil, db.Fault(err)
	}
	defer rows.Close()
	var out []connected
	var identifiers []string
	for rows.Next() {
		var a connected
		var scopes, refused, identifier string
		var given, withdrawn, used, spent, rotated, token int64
		if err := rows.Scan(&a.ID, &a.ClientID, &scopes, &refused, &a.Skipped, &given, &withdrawn, &used, &identifier, &spent, &rotated, &token); err != nil {
			return nil, err
		}
		a.UserID, a.GivenAt, a.WithdrawnAt, a.Refused = c.Account.ID, moment(given), moment(withdrawn), strings.Fields(refused)
		a.used = later(moment(max(used, spent, rotated)), tokenTime(token))
		if a.Scopes, err = oauth.ParseScopes(scopes); err != nil {
			return nil, err
		}
		out, identifiers = append(out, a), append(identifiers, identifier)
	}
	if err := rows.Err(); err != nil {
		return nil, db.Fault(err)
	}
	for i := range out {
		if out[i].def, err = h.store.definitions.get(c.Env, identifiers[i], oauth.Newest); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tokenTime is when the token with the id was issued, zero for none.
func tokenTime(id int64) time.Time {
	if id == 0 {
		return time.Time{}
	}
	return oauth.IDTime(id)
}

var errNotConnected = fault.New(fault.NotFound, "There is no such application, or its access has been withdrawn already.").Keyed("oauth_provider.connected.gone", nil)

// connectedOne is the application that the address names.
func (h *host) connectedOne(c *web.Ctx, withdrawn bool) (connected, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return connected{}, errNotConnected
	}
	list, err := h.connectedOf(c, id)
	if err != nil {
		return connected{}, err
	}
	if len(list) == 0 || list[0].WithdrawnAt.IsZero() == withdrawn {
		return connected{}, errNotConnected
	}
	return list[0], nil
}

func (a connected) path(rest string) string {
	return connectedPath + "/" + strconv.FormatInt(a.ID, 10) + rest
}

func (a connected) name() string { return a.def.client.Name }

// connectedShow is GET /account/applications.
func (h *host) connectedShow(c *web.Ctx) error {
	list, err := h.connectedOf(c, 0)
	if err != nil {
		return err
	}
	title := c.T("oauth_provider.connected")
	v := ui.Connected{Page: c.Page(title), Title: title, Sub: c.T("oauth_provider.connected.sub"), Tabs: c.AccountTabs(connectedPath),
		Empty: ui.Empty{Icon: "plug", Title: c.T("oauth_provider.connected.none"), Text: c.T("oauth_provider.connected.none.text")}}
	reveals := map[oauth.Granted]ui.ConsentScope{}
	for _, a := range list {
		view, err := h.connectedView(c, a, reveals)
		if err != nil {
			return err
		}
		if a.WithdrawnAt.IsZero() {
			v.Apps = append(v.Apps, view)
		} else {
			v.Withdrawn = append(v.Withdrawn, view)
		}
	}
	if len(v.Apps) > 0 {
		v.Apps[0].Open = true
	}
	return c.Render(http.StatusOK, ui.ConnectedPage(v))
}

// connectedView tells one application. What each scope reveals is counted once a page.
func (h *host) connectedView(c *web.Ctx, a connected, reveals map[oauth.Granted]ui.ConsentScope) (ui.ConnectedApp, error) {
	v := ui.ConnectedApp{ID: "app-" + strconv.FormatInt(a.ID, 10), Client: *uiClient(a.def.client)}
	var names []string
	for _, s := range a.shows() {
		line, known := reveals[s]
		if !known {
			var err error
			if a.WithdrawnAt.IsZero() {
				line, err = h.scopeLine(c, a.def, s.Code, s.Version)
				reveals[s] = line
			} else {
				line.Name, _, err = h.words(c, a.def.scopes[s.Code])
			}
			if err != nil {
				return v, err
			}
		}
		v.Scopes, names = append(v.Scopes, line), append(names, line.Name)
	}
	v.Sees = strings.Join(names, ", ")
	if a.WithdrawnAt.IsZero() {
		a.live(c, &v)
		return v, nil
	}
	v.Scopes, v.Used = nil, c.T("oauth_provider.connected.withdrawnon", "Date", longDate(c.Print, a.WithdrawnAt.In(c.Env.Location)))
	if a.mayReturn(c.Env.Now) {
		v.Text = c.T("oauth_provider.connected.noasking")
		v.Actions = []ui.Action{{Label: c.T("oauth_provider.connected.allow"), URL: a.path("/allow")}}
	}
	return v, nil
}

// shows are the scopes that the grant gives today, in the order of the consent page: what
// the client may no longer ask for shows nothing.
func (a connected) shows() oauth.Scopes {
	var out oauth.Scopes
	for _, s := range a.def.client.Scopes {
		if version, ok := a.Scopes.Find(s.Code); ok {
			out = append(out, oauth.Granted{Code: s.Code, Version: version})
		}
	}
	return out
}

// unusedAfter is when an application is said to be unused.
const unusedAfter = 60 * 24 * time.Hour

// live fills in what is said of an application that has access.
func (a connected) live(c *web.Ctx, v *ui.ConnectedApp) {
	client := a.def.client
	v.Used = c.T("oauth_provider.connected.neverused")
	idle := c.Env.Now.Sub(later(a.used, a.GivenAt))
	if !a.used.IsZero() {
		v.Used = c.T("oauth_provider.connected.used", "When", c.Ago(a.used))
	}
	switch {
	case !client.Active:
		v.Tags = append(v.Tags, ui.Tag{Icon: "ban", Text: c.T("oauth_provider.connected.off")})
	case idle > unusedAfter:
		v.Tags = append(v.Tags, ui.Tag{Tone: ui.ToneWarn, Icon: "clock", Text: c.T("oauth_provider.connected.unused", "Count", int(idle.Hours()/24))})
	}
	if a.Skipped {
		v.Tags = append(v.Tags, ui.Tag{Icon: "building", Text: c.T("oauth_provider.connected.managed")})
	}
	if client.Publisher != "" {
		v.Facts = append(v.Facts, ui.Fact{Label: c.T("oauth_provider.connected.publisher"), Text: client.Publisher})
	}
	if site, err := url.Parse(client.Homepage); err == nil && site.Host != "" {
		v.Facts = append(v.Facts, ui.Fact{Label: c.T("oauth_provider.connected.site"), Text: site.Host, URL: client.Homepage})
	}
	v.Facts = append(v.Facts, ui.Fact{Label: c.T("oauth_provider.connected.since"), Text: c.Moment(a.GivenAt)})
	last := c.T("oauth_provider.connected.neverused")
	if !a.used.IsZero() {
		last = c.Moment(a.used)
	}
	v.Facts = append(v.Facts, ui.Fact{Label: c.T("oauth_provider.connected.last"), Text: last})
	v.Text = c.T("oauth_provider.connected.stops", "Client", client.Name)
	if shown, _ := a.offered(); len(shown) > 0 {
		v.Actions = append(v.Actions, ui.Action{Label: c.T("oauth_provider.connected.change"), URL: a.path("")})
	}
	v.Actions = append(v.Actions, ui.Action{Label: c.T("oauth_provider.connected.withdraw"), URL: a.path("/withdraw"), Danger: true})
}
