package oauthprovider

import (
	"errors"
	"net/http"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// withdrawShow is GET /account/applications/:id/withdraw: it asks first.
func (h *host) withdrawShow(c *web.Ctx) error {
	a, err := h.connectedOne(c, false)
	if err != nil {
		return err
	}
	title := c.T("oauth_provider.connected.sure", "Client", a.name())
	text := "oauth_provider.connected.sure.text"
	if a.silent() {
		text = "oauth_provider.connected.sure.silent"
	}
	return c.Render(http.StatusOK, ui.ConfirmPage(ui.Confirm{Page: c.Page(title), Title: title, Text: c.T(text, "Client", a.name()),
		Action: a.path("/withdraw"), Label: c.T("oauth_provider.connected.withdraw"), Danger: true, Cancel: connectedPath}))
}

// withdraw is POST /account/applications/:id/withdraw: from the next request on nothing
// that the application holds is worth anything.
func (h *host) withdraw(c *web.Ctx) error {
	a, err := h.connectedOne(c, false)
	if err != nil {
		return err
	}
	err = c.Env.Write(func(in *record.Env) error {
		var client int64
		err := write(in, func(tx *db.Tx) error {
			return notFound(tx.QueryRow("UPDATE oauth_provider_grant SET withdrawn_at = ? WHERE id = ? AND user_id = ? AND withdrawn_at = 0 RETURNING client_id",
				in.Now.UnixMicro(), a.ID, c.Account.ID).Scan(&client))
		})
		if errors.Is(err, oauth.ErrNotFound) {
			return errNotConnected
		}
		if err != nil {
			return err
		}
		return record.Audit(in, "oauth_provider.client", client, a.name(), "access withdrawn")
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("oauth_provider.connected.done", "Client", a.name())})
	return c.Redirect303(connectedPath)
}
