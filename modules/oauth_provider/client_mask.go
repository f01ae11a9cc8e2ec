package oauthprovider

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// keptSecret is what may be said of a secret.
type keptSecret struct {
	id                  int64
	hint                string
	created, ends, used time.Time
	by                  string
}

// keptSecrets are the secrets of a client that work now, the newest first.
func (h *host) keptSecrets(ctx context.Context, now time.Time, clientID int64) ([]keptSecret, error) {
	rows, err := h.store.db.QueryContext(ctx, `SELECT s.id, s.hint, s.created_at, s.expires_at, s.used_at, u.name
		FROM oauth_provider_secret s LEFT JOIN base_user u ON u.id = s.created_by
		WHERE s.client_id = ? AND (s.expires_at = 0 OR s.expires_at > ?) ORDER BY s.id DESC`, clientID, now.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []keptSecret
	for rows.Next() {
		var s keptSecret
		var created, ends, used int64
		var by sql.NullString
		if err := rows.Scan(&s.id, &s.hint, &created, &ends, &used, &by); err != nil {
			return nil, err
		}
		s.created, s.ends, s.by = moment(created), moment(ends), by.String
		s.used = later(moment(used), h.uses.last(s.id))
		out = append(out, s)
	}
	return out, rows.Err()
}

// secretMask says which secrets of a client work, and leads to what changes them.
func (h *host) secretMask(c *web.Ctx, id int64) (ui.Field, error) {
	client, err := record.Get[Client](c.Env, id)
	if err != nil {
		return ui.Field{}, err
	}
	if client.Public {
		return ui.Field{Text: c.T("oauth_provider.secret.none"), Sub: c.T("oauth_provider.secret.public")}, nil
	}
	list, err := h.keptSecrets(c.Env, c.Env.Now, id)
	if err != nil {
		return ui.Field{}, err
	}
	action := func(name, key, icon string) []ui.Action {
		return []ui.Action{{Label: c.T(key), Icon: icon, URL: web.RecordPath("oauth_provider.client", id) + "/action/" + name}}
	}
	out := ui.Field{Text: c.T("oauth_provider.secret.none"), Help: c.T("oauth_provider.secret.hash"), Actions: action("rotate_secret", "oauth_provider.secret.rotate", "refresh")}
	for i, s := range list {
		if i == 0 {
			out.Text, out.Sub = s.mask(), s.history(c)
			continue
		}
		old := ui.Masked{Text: s.mask(), Sub: s.history(c)}
		if !s.ends.IsZero() {
			old.Tag = &ui.Tag{Tone: ui.ToneWarn, Icon: "clock", Text: c.T("oauth_provider.secret.until", "When", c.Moment(s.ends))}
		}
		if i == 1 {
			old.Actions = action("end_old_secrets", "oauth_provider.secret.end", "ban")
		}
		out.Masks = append(out.Masks, old)
	}
	return out, nil
}

func (s keptSecret) mask() string { return strings.Repeat("•", 16) + s.hint }

// history says who made the secret, when, and when it was used last.
func (s keptSecret) history(c *web.Ctx) string {
	var parts []string
	switch {
	case s.created.IsZero():
	case s.by != "":
		parts = append(parts, c.T("oauth_provider.secret.madeby", "Date", longDate(c.Print, s.created.In(c.Env.Location)), "Name", s.by))
	default:
		parts = append(parts, c.T("oauth_provider.secret.made", "Date", longDate(c.Print, s.created.In(c.Env.Location))))
	}
	if s.used.IsZero() {
		parts = append(parts, c.T("oauth_provider.secret.unused"))
	} else {
		parts = append(parts, c.T("oauth_provider.secret.used", "When", c.Ago(s.used)))
	}
	return strings.Join(parts, " · ")
}
