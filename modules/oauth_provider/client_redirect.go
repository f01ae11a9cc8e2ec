package oauthprovider

import (
	"database/sql"
	"errors"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

func strconvID(id int64) string { return strconv.FormatInt(id, 10) }

// redirectRegister is POST …/redirects: it registers an address that was refused. Every
// check of redirect URIs holds, as when it is typed into the form.
func (h *host) redirectRegister(c *web.Ctx) error {
	client, err := clientOf(c)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(c.Form().Get("refused"), 10, 64)
	if err != nil {
		return errNoClient
	}
	var uri string
	err = c.Env.Write(func(in *record.Env) error {
		err := write(in, func(tx *db.Tx) error {
			return tx.QueryRow("DELETE FROM oauth_provider_refused_redirect WHERE id = ? AND client_id = ? RETURNING uri", number, client.ID).Scan(&uri)
		})
		if errors.Is(err, sql.ErrNoRows) {
			return errNoClient
		}
		if err != nil || slices.Contains(client.RedirectURIs, uri) {
			return err
		}
		client.RedirectURIs = append(client.RedirectURIs, uri)
		return record.Save(in, &client)
	})
	wrong, said := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("oauth_provider.refused.done", "URI", uri)})
	case said && wrong.Code == fault.Invalid:
		c.Flash(ui.Note{Tone: ui.ToneBad, Text: web.Sentence(c.Print, wrong)})
	default:
		return err
	}
	return c.Redirect303(tabPath(client.ID, "integration"))
}
