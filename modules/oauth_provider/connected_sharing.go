package oauthprovider

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// fieldShown is the form's field with the scopes and revisions that it offers: what is
// given is what was shown.
const fieldShown = "shown"

// offered are the scopes that a person was asked for and the client may still ask for:
// those given at the revision they were given at, those refused as they are now.
func (a connected) offered() (shown oauth.Scopes, ticked []string) {
	for _, s := range a.def.client.Scopes {
		version, given := a.Scopes.Find(s.Code)
		switch {
		case given && a.WithdrawnAt.IsZero():
			shown = append(shown, oauth.Granted{Code: s.Code, Version: version})
		case given || slices.Contains(a.Refused, s.Code):
			shown = append(shown, oauth.Granted{Code: s.Code, Version: s.Version})
		}
		if given {
			ticked = append(ticked, s.Code)
		}
	}
	return shown, ticked
}

// fixed are the scopes among those ticked that the client cannot do without.
func (a connected) fixed(ticked []string) []string {
	var out []string
	for _, s := range a.def.client.Scopes {
		if (s.Required || s.Code == oauth.ScopeOpenID) && slices.Contains(ticked, s.Code) {
			out = append(out, s.Code)
		}
	}
	return out
}

// silent reports whether the client never shows a person anything: it has no consent page
// by which it could be let in again.
func (a connected) silent() bool {
	return len(a.def.client.ResponseTypes) == 0 && slices.Contains(a.def.client.GrantTypes, oauth.GrantPassword)
}

// mayReturn reports whether a person can let the client in again on his own page.
func (a connected) mayReturn(now time.Time) bool {
	return a.silent() && a.def.client.Active && now.Before(a.def.client.LegacyUntil)
}

// sharingShow is GET /account/applications/:id: change what it sees.
func (h *host) sharingShow(c *web.Ctx) error {
	a, err := h.connectedOne(c, false)
	if err != nil {
		return err
	}
	_, ticked := a.offered()
	return h.sharingPage(c, a, http.StatusOK, ticked, "")
}

// allowShow is GET /account/applications/:id/allow: let in again, for an application that
// was withdrawn and has no consent page.
func (h *host) allowShow(c *web.Ctx) error {
	a, err := h.returning(c)
	if err != nil {
		return err
	}
	_, ticked := a.offered()
	return h.sharingPage(c, a, http.StatusOK, ticked, "")
}

func (h *host) returning(c *web.Ctx) (connected, error) {
	a, err := h.connectedOne(c, true)
	if err != nil {
		return a, err
	}
	may, err := h.MayUse(c.Env, c.Account.ID, a.def.client)
	switch {
	case err != nil:
		return a, err
	case !may:
		return a, fault.New(fault.Forbidden, "You may not use this application.").Keyed("oauth_provider.connected.maynot", nil)
	case !a.mayReturn(c.Env.Now):
		return a, errNotConnected
	}
	return a, nil
}

// sharingPage draws the boxes; wrong is the key of what there is to say against the answer.
func (h *host) sharingPage(c *web.Ctx, a connected, status int, ticked []string, wrong string) error {
	again := !a.WithdrawnAt.IsZero()
	title := c.T("oauth_provider.sharing.title", "Client", a.name())
	v := ui.Sharing{Page: c.Page(title), Title: title, Client: *uiClient(a.def.client), Tabs: c.AccountTabs(connectedPath),
		Action: a.path(""), Hint: c.T("oauth_provider.sharing.hint"), Text: c.T("oauth_provider.sharing.text"), Cancel: connectedPath}
	if a.def.client.Publisher != "" {
		v.Sub = c.T("ui.consent.publisher", "Publisher", a.def.client.Publisher)
	}
	if again {
		v.Action, v.Text, v.Save = a.path("/allow"), c.T("oauth_provider.sharing.again", "Client", a.name()), c.T("oauth_provider.connected.allow")
	}
	if wrong != "" {
		v.Notes = []ui.Note{{Tone: ui.ToneBad, Text: c.T("oauth_provider.sharing." + wrong)}}
	}
	shown, before := a.offered()
	v.Hidden = []ui.Pair{{Name: fieldShown, Value: shown.String()}}
	fixed := a.fixed(before)
	for _, s := range shown {
		line, err := h.scopeLine(c, a.def, s.Code, s.Version)
		if err != nil {
			return err
		}
		line.Required, line.Checked = slices.Contains(fixed, s.Code), slices.Contains(ticked, s.Code)
		v.Scopes = append(v.Scopes, line)
	}
	return c.Render(status, ui.SharingPage(v))
}

// decided is what the form says: the scopes ticked, at the revision shown, and the others.
// wrong is the key of what speaks against it, "" when nothing does.
func (a connected) decided(c *web.Ctx) (given oauth.Scopes, refused []string, wrong string) {
	shown, before := a.offered()
	if c.Form().Get(fieldShown) != shown.String() {
		return nil, nil, "changed"
	}
	boxes, fixed := c.Form()[ui.FieldScope], a.fixed(before)
	for _, s := range shown {
		if slices.Contains(boxes, s.Code) || slices.Contains(fixed, s.Code) {
			given = append(given, s)
		} else {
			refused = append(refused, s.Code)
		}
	}
	if len(given) == 0 && len(shown) > 0 {
		return nil, nil, "nothing"
	}
	return given, refused, ""
}

// sharingSave is POST /account/applications/:id. Less holds at once, for tokens that live
// too; more is what the client gets when it asks the next time.
func (h *host) sharingSave(c *web.Ctx) error {
	a, err := h.connectedOne(c, false)
	if err != nil {
		return err
	}
	given, refused, wrong := a.decided(c)
	if wrong != "" {
		return h.sharingPage(c, a, statusOfWrong(wrong), c.Form()[ui.FieldScope], wrong)
	}
	err = c.Env.Write(func(in *record.Env) error {
		same := false
		err := write(in, func(tx *db.Tx) error {
			res, err := tx.Exec("UPDATE oauth_provider_grant SET scopes = ?, refused = ? WHERE id = ? AND user_id = ? AND withdrawn_at = 0 AND scopes = ? AND refused = ?",
				given.String(), strings.Join(refused, " "), a.ID, a.UserID, a.Scopes.String(), strings.Join(a.Refused, " "))
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			same = n == 1
			return err
		})
		if err != nil {
			return err
		}
		if !same {
			return fault.New(fault.Conflict, "The access was changed meanwhile. Look at it again.").Keyed("oauth_provider.sharing.changed", nil)
		}
		return record.Audit(in, "oauth_provider.client", a.ClientID, a.name(), "access changed", record.Change{Field: "scopes", Old: a.Scopes.Codes(), New: given.Codes()})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("oauth_provider.sharing.done", "Client", a.name())})
	return c.Redirect303(connectedPath + "#app-" + c.Param("id"))
}

func statusOfWrong(wrong string) int {
	if wrong == "changed" {
		return http.StatusConflict
	}
	return http.StatusBadRequest
}

// allow is POST /account/applications/:id/allow. The grant is a new one: tokens from before
// the withdrawal stay dead.
func (h *host) allow(c *web.Ctx) error {
	a, err := h.returning(c)
	if err != nil {
		return err
	}
	given, refused, wrong := a.decided(c)
	if wrong != "" {
		return h.sharingPage(c, a, statusOfWrong(wrong), c.Form()[ui.FieldScope], wrong)
	}
	g := &oauth.Grant{UserID: a.UserID, ClientID: a.ClientID, Scopes: given, Refused: refused}
	err = c.Env.Write(func(in *record.Env) error {
		g.GivenAt = in.Now
		err := write(in, func(tx *db.Tx) error { return (&storeTx{tx: tx, memory: h.store.memory}).SaveGrant(in, g) })
		if err != nil {
			return err
		}
		return record.Audit(in, "oauth_provider.client", a.ClientID, a.name(), string(oauth.EventGrantGiven), record.Change{Field: "scopes", New: given.Codes()})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("oauth_provider.sharing.allowed", "Client", a.name())})
	return c.Redirect303(connectedPath)
}
