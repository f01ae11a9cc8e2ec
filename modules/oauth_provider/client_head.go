package oauthprovider

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// Names of what the form of a client shows beside its fields.
const (
	headClient  = "oauth_provider.client"
	maskSecret  = "oauth_provider.client.secret"
	previewSkip = "oauth_provider.client.skip"

	panelIntegration = "oauth_provider.client.integration"
	panelActivity    = "oauth_provider.client.activity"
)

// clientScreens adds what the form of a client shows beside its fields.
func (h *host) clientScreens(site *web.Site) {
	site.Head(headClient, h.clientHead)
	site.Mask(maskSecret, h.secretMask)
	site.Preview(previewSkip, skipWarning)
	site.Panel(panelActivity, h.activityPanel)
	h.activityRoutes(site)
	site.Panel(panelIntegration, h.integrationPanel)
}

// clientHead is the line under the name: where the application is, when it was given a
// token last.
func (h *host) clientHead(c *web.Ctx, id int64) (web.Head, error) {
	client, err := record.Get[Client](c.Env, id)
	if err != nil {
		return web.Head{}, err
	}
	out := web.Head{Tile: &ui.Tile{Text: client.Name, Hue: hueOf(client.Identifier)}}
	if client.Active {
		out.Tags = append(out.Tags, ui.Tag{Text: c.T("oauth_provider.head.active"), Tone: ui.ToneOK})
	}
	out.Tags = append(out.Tags, ui.Tag{Text: typeName(c, client.ApplicationType)})
	last, err := h.lastToken(c.Env, c.Env.Now, id)
	if err != nil {
		return out, err
	}
	said := c.T("oauth_provider.head.never")
	if !last.IsZero() {
		said = c.T("oauth_provider.head.last", "When", c.Ago(last))
	}
	out.Sub = strings.Join(append(hostOf(&client), said), " · ")
	return out, nil
}

func typeName(c *web.Ctx, value string) string {
	return c.Print.Or("oauth_provider.client.application_type."+value, typeOf(value).label)
}

// hostOf is where an application is, as far as its addresses tell; a program on the
// person's device is nowhere.
func hostOf(client *Client) []string {
	for _, address := range append([]string{client.Homepage}, client.RedirectURIs...) {
		if u, err := url.Parse(address); err == nil && u.Host != "" && !onDevice(address) {
			return []string{u.Host}
		}
	}
	return []string{client.Identifier}
}

// lastToken is when a client was given a token last within a year, zero for never.
func (h *host) lastToken(ctx context.Context, now time.Time, clientID int64) (time.Time, error) {
	days, err := h.store.issuedSince(ctx, clientID, now.AddDate(-1, 0, 0).Unix()/86400)
	last := int64(0)
	for _, d := range days {
		last = max(last, d.last)
	}
	return moment(last), err
}

// dayStart is when a day begins that is counted from 1970, as token_day does.
func dayStart(day int64) time.Time { return time.Unix(day*86400, 0).UTC() }

// skipWarning says what skipping the authorization page means, while it is ticked.
func skipWarning(c *web.Ctx, d web.Draft) (templ.Component, error) {
	var notes []ui.Note
	if skips, _ := d.Values["skip_authorization"].(bool); skips {
		name := d.Text("name")
		if name == "" {
			name = c.T("oauth_provider.head.it")
		}
		notes = append(notes, ui.Note{Tone: ui.ToneWarn, Title: c.T("oauth_provider.skip.title", "Client", name), Text: c.T("oauth_provider.skip.text")})
	}
	return ui.PreviewedNotes("client-skip", notes), nil
}
