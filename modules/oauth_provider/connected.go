package oauthprovider

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// connectedPath is My account > Connected applications.
const connectedPath = "/account/applications"

func connectedRoutes(site *web.Site) {
	site.AccountTab(web.AccountTab{Label: "Connected applications", Key: "oauth_provider.connected", Path: connectedPath})
	site.Route(
		web.Route{Kind: web.User, Method: http.MethodGet, Path: connectedPath, Handle: connectedShow},
		web.Route{Kind: web.User, Method: http.MethodPost, Path: connectedPath + "/:id/withdraw", Handle: connectedWithdraw})
}

// connected is one application that a person has let in.
type connected struct {
	grant              int64
	client, name       string
	scopes             oauth.Scopes
	since              int64
	publisher, website string
}

// connectedShow is GET /account/applications.
func connectedShow(c *web.Ctx) error {
	list, err := connectedOf(c)
	if err != nil {
		return err
	}
	title := c.T("oauth_provider.connected")
	v := ui.Account{Page: c.Page(title), Title: title, Sub: c.T("oauth_provider.connected.sub"), Tabs: c.AccountTabs(connectedPath)}
	if len(list) == 0 {
		v.Notes = []ui.Note{{Text: c.T("oauth_provider.connected.none")}}
	}
	names, err := scopeNames(c)
	if err != nil {
		return err
	}
	for _, a := range list {
		v.Panels = append(v.Panels, a.panel(c, names))
	}
	return c.Render(http.StatusOK, ui.AccountPage(v))
}

func connectedOf(c *web.Ctx) ([]connected, error) {
	rows, err := c.App.Database.DB.QueryContext(c.Env, `SELECT g.id, g.scopes, g.given_at, c.identifier, c.name, c.publisher, c.homepage
		FROM oauth_provider_grant g JOIN oauth_provider_client c ON c.id = g.client_id
		WHERE g.user_id = ? AND g.withdrawn_at = 0 ORDER BY g.given_at DESC, g.id DESC`, c.Account.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []connected
	for rows.Next() {
		var a connected
		var scopes string
		if err := rows.Scan(&a.grant, &scopes, &a.since, &a.client, &a.name, &a.publisher, &a.website); err != nil {
			return nil, err
		}
		if a.scopes, err = oauth.ParseScopes(scopes); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// scopeNames are the names of all scopes in the reader's language.
func scopeNames(c *web.Ctx) (map[string]string, error) {
	env := c.App.Database.System(c.Env, "connected applications").WithLang(c.Env.Lang)
	out := map[string]string{}
	for row, err := range record.Rows(env, "oauth_provider.scope", record.Query{Fields: []string{"code", "name"}, Archived: true}) {
		if err != nil {
			return nil, err
		}
		out[textOf(row, "code")] = textOf(row, "name")
	}
	return out, nil
}

func (a connected) panel(c *web.Ctx, names map[string]string) ui.Panel {
	var words []string
	for _, s := range a.scopes {
		if n := names[s.Code]; n != "" {
			words = append(words, n)
		}
	}
	show := func(key, text string) ui.Field { return ui.Field{Kind: ui.FieldReadOnly, Label: c.T(key), Text: text} }
	fields := []ui.Field{show("oauth_provider.connected.sees", strings.Join(words, ", ")),
		show("oauth_provider.connected.since", longDate(c.Print, moment(a.since)))}
	return ui.Panel{Group: ui.Group{ID: "app-" + strconv.FormatInt(a.grant, 10), Title: a.name, Sub: a.publisher, Fields: fields},
		Action: connectedPath + "/" + strconv.FormatInt(a.grant, 10) + "/withdraw", Save: c.T("oauth_provider.connected.withdraw"), Danger: true}
}

// connectedWithdraw is POST /account/applications/:id/withdraw: from the next request on
// nothing that the application holds is worth anything.
func connectedWithdraw(c *web.Ctx) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such application.").Keyed("oauth_provider.connected.gone", nil)
	}
	var clientID int64
	err = c.Env.Write(func(in *record.Env) error {
		err := write(in, func(tx *db.Tx) error {
			return notFound(tx.QueryRow("UPDATE oauth_provider_grant SET withdrawn_at = ? WHERE id = ? AND user_id = ? AND withdrawn_at = 0 RETURNING client_id",
				in.Now.UnixMicro(), id, c.Account.ID).Scan(&clientID))
		})
		if err == oauth.ErrNotFound {
			return fault.New(fault.NotFound, "There is no such application.").Keyed("oauth_provider.connected.gone", nil)
		}
		if err != nil {
			return err
		}
		return record.Audit(in, "oauth_provider.client", clientID, "", "access withdrawn")
	})
	if err != nil {
		return err
	}
	client, err := record.First[Client](c.App.Database.System(c.Env, "connected applications"), record.Query{Filter: domain.Cond{Path: "id", Op: domain.Eq, Value: clientID}, Archived: true})
	if err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("oauth_provider.connected.done", "Client", client.Name)})
	return c.Redirect303(connectedPath)
}
