package oauthprovider

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Tokens issued are counted by client and day, so that the screens can tell of them long
// after the tokens are purged. Nothing is counted as a token is issued: a job walks on
// along the ids, which are times, and what it has not come to yet is counted when asked.
const (
	tallyBatch = 5000
	// tallyBehind leaves alone what may not be committed yet: an id is drawn before its
	// transaction ends.
	tallyBehind = time.Minute
	// mostUntallied bounds what is counted when asked.
	mostUntallied = 100_000
)

func tallyJob() jobs.Job {
	return jobs.Job{Name: "oauth_provider.tally_tokens", Title: "Count tokens issued a day", Every: 10 * time.Minute, Run: tally}
}

// clientDay is a day of a client, counted from 1970 in UTC.
type clientDay struct{ client, day int64 }

// dayCount is how many tokens were issued on a day, and when the last.
type dayCount struct{ issued, last int64 }

func (d *dayCount) add(id int64) {
	d.issued++
	d.last = max(d.last, oauth.IDTime(id).UnixMicro())
}

func dayOf(id int64) int64 { return oauth.IDTime(id).Unix() / 86400 }

// tally counts one batch of tokens.
func tally(env *record.Env, _ []byte) (more bool, err error) {
	err = write(env, func(tx *db.Tx) error {
		more = false
		var upto int64 // reading it with a write takes the row: two instances count one after the other
		if err := tx.QueryRow("UPDATE oauth_provider_tally SET upto = upto WHERE id = 1 RETURNING upto").Scan(&upto); err != nil {
			return err
		}
		end := oauth.IDAt(env.Now.Add(-tallyBehind))
		counts, last, n, err := countTokens(tx, upto, end)
		if err != nil || n == 0 {
			return err
		}
		for _, key := range slices.SortedFunc(maps.Keys(counts), func(a, b clientDay) int {
			return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.day, b.day))
		}) {
			c := counts[key]
			if _, err := tx.Exec(`INSERT INTO oauth_provider_token_day (client_id, day, issued, last_at) VALUES (?, ?, ?, ?)
				ON CONFLICT (client_id, day) DO UPDATE SET issued = oauth_provider_token_day.issued + excluded.issued, last_at = excluded.last_at`,
				key.client, key.day, c.issued, c.last); err != nil {
				return err
			}
		}
		more = n == tallyBatch
		_, err = tx.Exec("UPDATE oauth_provider_tally SET upto = ? WHERE id = 1", last)
		return err
	})
	return more, err
}

func countTokens(tx *db.Tx, after, end int64) (counts map[clientDay]*dayCount, last int64, n int, err error) {
	rows, err := tx.Query("SELECT id, client_id FROM oauth_provider_token WHERE id > ? AND id < ? ORDER BY id LIMIT ?", after, end, tallyBatch)
	if err != nil {
		return nil, 0, 0, err
	}
	defer rows.Close()
	counts = map[clientDay]*dayCount{}
	for ; rows.Next(); n++ {
		var client int64
		if err := rows.Scan(&last, &client); err != nil {
			return nil, 0, 0, err
		}
		key := clientDay{client, dayOf(last)}
		if counts[key] == nil {
			counts[key] = &dayCount{}
		}
		counts[key].add(last)
	}
	return counts, last, n, rows.Err()
}

// issuedSince counts the tokens that were issued to a client on each day since one.
func (s *store) issuedSince(ctx context.Context, clientID, day int64) (map[int64]*dayCount, error) {
	out := map[int64]*dayCount{}
	var upto int64
	if err := s.db.QueryRowContext(ctx, "SELECT upto FROM oauth_provider_tally WHERE id = 1").Scan(&upto); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT day, issued, last_at FROM oauth_provider_token_day WHERE client_id = ? AND day >= ?", clientID, day)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var on int64
		var c dayCount
		if err := rows.Scan(&on, &c.issued, &c.last); err != nil {
			return nil, err
		}
		out[on] = &c
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, s.untallied(ctx, clientID, max(upto, oauth.IDAt(time.Unix(day*86400, 0))-1), out)
}

// untallied adds the tokens that the job has not come to.
func (s *store) untallied(ctx context.Context, clientID, after int64, out map[int64]*dayCount) error {
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM (SELECT id, client_id FROM oauth_provider_token WHERE id > ? ORDER BY id DESC LIMIT ?) AS newest WHERE client_id = ?`,
		after, mostUntallied, clientID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		on := dayOf(id)
		if out[on] == nil {
			out[on] = &dayCount{}
		}
		out[on].add(id)
	}
	return rows.Err()
}
