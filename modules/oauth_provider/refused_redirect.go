package oauthprovider

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// Anybody can send a request with any redirect URI, so what is kept of those refused is
// bounded: mostRefused of each client, of which each is written at most twice a minute.
const (
	mostRefused  = 8
	refusedEvery = time.Minute
	refusedKept  = 30 * 24 * time.Hour
)

// refused is a redirect URI that a client was refused.
type refused struct {
	id           int64
	uri, address string
	first, last  time.Time
	times        int
}

// refusals gathers redirect URIs that are not registered: what a client has not sent in
// the last minute is written at once, up to mostRefused of them, and what it sends again
// is counted and written when the minute is over.
type refusals struct {
	write func(ctx context.Context, clientID int64, list []refused)

	mu      sync.Mutex
	waiting map[int64]map[string]refused // by client and URI, times that are not written
}

func newRefusals(write func(context.Context, int64, []refused)) *refusals {
	return &refusals{write: write, waiting: map[int64]map[string]refused{}}
}

func (r *refusals) note(ctx context.Context, e oauth.Event) {
	one := refused{uri: e.RedirectURI, address: e.Address, first: e.At, last: e.At}
	r.mu.Lock()
	gathered, busy := r.waiting[e.ClientID]
	if !busy {
		gathered = map[string]refused{}
		r.waiting[e.ClientID] = gathered
		time.AfterFunc(refusedEvery, func() { r.flush(e.ClientID) })
	}
	before, again := gathered[one.uri]
	switch {
	case again:
		before.last, before.address, before.times = one.last, one.address, before.times+1
		gathered[one.uri] = before
	case len(gathered) < mostRefused:
		gathered[one.uri] = one
	}
	fresh := !again && gathered[one.uri].uri != ""
	r.mu.Unlock()
	if fresh {
		one.times = 1
		r.write(ctx, e.ClientID, []refused{one})
	}
}

// flush writes what came again in the last minute, and forgets the client when nothing did.
func (r *refusals) flush(clientID int64) {
	r.mu.Lock()
	var list []refused
	for _, one := range r.waiting[clientID] {
		if one.times > 0 {
			list = append(list, one)
		}
	}
	delete(r.waiting, clientID)
	r.mu.Unlock()
	if len(list) > 0 {
		r.write(context.Background(), clientID, list)
	}
}

// keepRefused writes refused redirect URIs of a client.
func (h *host) keepRefused(ctx context.Context, clientID int64, list []refused) {
	slices.SortFunc(list, func(a, b refused) int { return a.last.Compare(b.last) })
	err := h.store.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return storeRefused(tx, clientID, list) })
	if err != nil {
		h.log.WarnContext(ctx, "refused redirect URI not kept", "client", clientID, "error", err)
	}
}

// storeRefused counts them, and leaves of each client those refused last and those refused
// most, so that neither a flood of made-up ones nor old ones hide what an application really sends.
func storeRefused(tx *db.Tx, clientID int64, list []refused) error {
	tx.Quiet()
	for _, r := range list {
		_, err := tx.Exec(`INSERT INTO oauth_provider_refused_redirect (client_id, uri, address, first_at, last_at, times) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (client_id, uri) DO UPDATE SET address = excluded.address, last_at = excluded.last_at, times = oauth_provider_refused_redirect.times + excluded.times`,
			clientID, r.uri, r.address, micro(r.first), micro(r.last), r.times)
		if err != nil {
			return err
		}
	}
	const best = "SELECT id FROM (SELECT id FROM oauth_provider_refused_redirect WHERE client_id = ? ORDER BY "
	_, err := tx.Exec("DELETE FROM oauth_provider_refused_redirect WHERE client_id = ? AND id NOT IN ("+
		best+"last_at DESC, id DESC LIMIT ?) AS a) AND id NOT IN ("+best+"times DESC, last_at DESC, id DESC LIMIT ?) AS b)",
		clientID, clientID, mostRefused/2, clientID, mostRefused/2)
	return err
}

// refusedOf are the redirect URIs that a client was refused, the latest first.
func (h *host) refusedOf(ctx context.Context, clientID int64) ([]refused, error) {
	rows, err := h.store.db.QueryContext(ctx, `SELECT id, uri, address, first_at, last_at, times FROM oauth_provider_refused_redirect
		WHERE client_id = ? ORDER BY last_at DESC, id DESC`, clientID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []refused
	for rows.Next() {
		var r refused
		var first, last int64
		if err := rows.Scan(&r.id, &r.uri, &r.address, &first, &last, &r.times); err != nil {
			return nil, err
		}
		r.first, r.last = moment(first), moment(last)
		out = append(out, r)
	}
	return out, rows.Err()
}

// refusedView tells what was received and what is registered, the difference marked.
func refusedView(c *web.Ctx, client *Client, list []refused) []ui.RefusedRedirect {
	var out []ui.RefusedRedirect
	for _, r := range list {
		if slices.Contains(client.RedirectURIs, r.uri) {
			continue
		}
		near := nearest(r.uri, client.RedirectURIs)
		before, after := shared(r.uri, near)
		view := ui.RefusedRedirect{Received: ui.Marked{Before: r.uri[:before], Changed: r.uri[before : len(r.uri)-after], After: r.uri[len(r.uri)-after:]},
			Text: c.T("oauth_provider.refused.seen", "Count", r.times, "First", c.Moment(r.first), "Last", c.Ago(r.last), "Address", r.address),
			Register: ui.Action{Label: c.T("oauth_provider.refused.register"), Icon: "plus", Post: true, URL: cardPath(client.ID, "/redirects"),
				Hidden: []ui.Pair{{Name: "refused", Value: strconvID(r.id)}}}}
		if near != "" {
			view.Registered = &ui.Marked{Before: near[:before], Changed: near[before : len(near)-after], After: near[len(near)-after:]}
		}
		out = append(out, view)
	}
	return out
}

// nearest is the registered URI that shares most with the one received, "" for none.
func nearest(uri string, registered []string) string {
	best, most := "", -1
	for _, r := range registered {
		before, after := shared(uri, r)
		if before+after > most {
			best, most = r, before+after
		}
	}
	return best
}

// shared is how many bytes two texts begin and end alike with, which do not overlap.
func shared(a, b string) (before, after int) {
	short := min(len(a), len(b))
	for before < short && a[before] == b[before] {
		before++
	}
	for after < short-before && a[len(a)-1-after] == b[len(b)-1-after] {
		after++
	}
	return before, after
}

// purgeRefused forgets redirect URIs that nobody has sent for long.
func purgeRefused(env *record.Env) error {
	return write(env, func(tx *db.Tx) error {
		tx.Quiet()
		_, err := tx.Exec("DELETE FROM oauth_provider_refused_redirect WHERE last_at < ?", env.Now.Add(-refusedKept).UnixMicro())
		return err
	})
}
