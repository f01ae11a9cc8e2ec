package oauthprovider

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// living are the sign-ins and tokens of a client that work now.
type living struct {
	count, people int
	rows          []holding // the newest
}

// holding is a sign-in, which its refresh token keeps alive, or a token that no sign-in
// stands behind: of a backend application, the implicit and the password grant.
type holding struct {
	kind              string // "s" for a sign-in, "t" for a token
	id, user          int64
	person, scopes    string
	given, used, ends time.Time
}

// mostHoldings is how many are listed; mostLooked how many are looked at to count them.
const (
	mostHoldings = 25
	mostLooked   = 10_000
)

// holders finds what lives. Sign-ins are found by the grants they stand on, tokens among
// those young enough.
func (h *host) holders(ctx context.Context, now time.Time, client *Client) (living, error) {
	var out living
	people := map[int64]bool{}
	least := int64(0)
	if client.NotBefore != nil {
		least = oauth.IDAt(*client.NotBefore)
	}
	young := max(least, oauth.IDAt(now.Add(-seconds(client.AccessSeconds))))
	for _, find := range []struct {
		kind, text string
		args       []any
	}{
		{"s", `SELECT a.id, a.user_id, u.name, a.scopes, CASE WHEN a.rotated_at > a.spent_at THEN a.rotated_at ELSE a.spent_at END AS used, CASE WHEN a.expires_at > 0 THEN a.expires_at ELSE a.spent_at + ? END AS ends
			FROM oauth_provider_grant g JOIN oauth_provider_authorization a ON a.grant_id = g.id JOIN base_user u ON u.id = a.user_id
			WHERE g.client_id = ? AND g.withdrawn_at = 0 AND a.revoked_at = 0 AND a.spent_at > 0 AND a.id >= ? AND u.active
			AND CASE WHEN a.expires_at > 0 THEN a.expires_at ELSE a.spent_at + ? END > ? ORDER BY a.id DESC LIMIT ?`,
			[]any{client.AccessSeconds * 1e6, client.ID, least, client.AccessSeconds * 1e6, now.UnixMicro(), mostLooked + 1}},
		{"t", `SELECT t.id, t.user_id, COALESCE(u.name, ''), t.scopes, 0, t.expires_at
			FROM oauth_provider_token t LEFT JOIN base_user u ON u.id = t.user_id
			WHERE t.id >= ? AND t.client_id = ? AND t.authorization_id = 0 AND t.revoked_at = 0 AND t.expires_at > ? ORDER BY t.id DESC LIMIT ?`,
			[]any{young, client.ID, now.UnixMicro(), mostLooked + 1}},
	} {
		if err := h.findHoldings(ctx, &out, people, find.kind, find.text, find.args); err != nil {
			return out, err
		}
	}
	slices.SortFunc(out.rows, func(a, b holding) int { return b.given.Compare(a.given) })
	out.people, out.rows = len(people), out.rows[:min(len(out.rows), mostHoldings)]
	return out, nil
}

func (h *host) findHoldings(ctx context.Context, out *living, people map[int64]bool, kind, text string, args []any) error {
	rows, err := h.store.db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	listed := 0
	for rows.Next() {
		r := holding{kind: kind}
		var scopes string
		var used, ends int64
		if err := rows.Scan(&r.id, &r.user, &r.person, &scopes, &used, &ends); err != nil {
			return err
		}
		out.count++
		if r.user != 0 {
			people[r.user] = true
		}
		if listed++; listed > mostHoldings {
			continue
		}
		granted, err := oauth.ParseScopes(scopes)
		if err != nil {
			return err
		}
		r.scopes, r.given, r.used, r.ends = granted.Codes(), oauth.IDTime(r.id), later(oauth.IDTime(r.id), moment(used)), moment(ends)
		out.rows = append(out.rows, r)
	}
	return rows.Err()
}

// refusal is what was refused to a client, as the audit log has it.
type refusal struct {
	at                  time.Time
	where, code, detail string
	times               int
}

// mostRefusals bounds the lines of the log that are read.
const mostRefusals = 500

// refusedLately reads what was refused since a moment, the newest first.
func (h *host) refusedLately(env *record.Env, since time.Time, clientID int64) ([]refusal, error) {
	rows, err := h.store.db.QueryContext(env, `SELECT at, action, changes FROM audit WHERE model = ? AND record_id = ? AND action IN (?, ?, ?) ORDER BY id DESC LIMIT ?`,
		"oauth_provider.client", clientID, string(oauth.EventAuthorizeFailed), string(oauth.EventTokenFailed), string(oauth.EventReplay), mostRefusals)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []refusal
	for rows.Next() {
		var action, changes string
		r := refusal{times: 1}
		if err := rows.Scan(&r.at, &action, &changes); err != nil {
			return nil, err
		}
		if r.at.Before(since) {
			break
		}
		r.where = whereOf[action]
		var list []record.Change
		if err := json.Unmarshal([]byte(changes), &list); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "An audit line of client %d cannot be read.", clientID)
		}
		for _, ch := range list {
			switch v := ch.New.(type) {
			case string:
				if ch.Field == "error" {
					r.code = v
				}
				if ch.Field == "detail" {
					r.detail = v
				}
			case float64:
				if ch.Field == "times" {
					r.times = int(v)
				}
			}
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// fieldEnd names what a post ends: the kind and id of a holding.
const fieldEnd = "holding"

func endPath(clientID int64) string {
	return "/settings/oauth-clients/" + strconv.FormatInt(clientID, 10) + "/end"
}

// activityRoutes adds the posts of the activity tab.
func (h *host) activityRoutes(site *web.Site) {
	site.Route(web.Route{Kind: web.User, Method: http.MethodPost, Path: "/settings/oauth-clients/:id/end", Groups: []string{GroupManager}, Handle: h.endHolding})
}

// endHolding is POST /settings/oauth-clients/:id/end: a sign-in with all its tokens, or a
// token, is dead from the next request on.
func (h *host) endHolding(c *web.Ctx) error {
	clientID, _ := strconv.ParseInt(c.Param("id"), 10, 64)
	client, err := record.Get[Client](c.Env, clientID)
	if err != nil {
		return err
	}
	kind, number, _ := strings.Cut(c.Form().Get(fieldEnd), ".")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || kind != "s" && kind != "t" {
		return fault.New(fault.Invalid, "The page does not say what to end. Open it again.").Keyed("oauth_provider.activity.nothing", nil)
	}
	table := map[string]string{"s": "authorization", "t": "token"}[kind]
	err = c.Env.Write(func(in *record.Env) error {
		err := write(in, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE oauth_provider_"+table+" SET revoked_at = ? WHERE id = ? AND client_id = ? AND revoked_at = 0", in.Now.UnixMicro(), id, clientID)
			return err
		})
		if err != nil {
			return err
		}
		return record.Audit(in, "oauth_provider.client", clientID, client.Name, string(oauth.EventRevoked))
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("oauth_provider.activity.ended")})
	return c.Redirect303(web.RecordPath("oauth_provider.client", clientID) + "?tab=activity")
}
