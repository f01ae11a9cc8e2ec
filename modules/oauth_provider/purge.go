package oauthprovider

import (
	"maps"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// purgeBatch is how many rows one transaction of the purge deletes at most.
const purgeBatch = 500

// keepDead is how long dead rows stay: long enough to recognise a replayed code and to
// answer what happened, and longer than any refresh token lives.
const keepDead = 24 * time.Hour

func purgeJob() jobs.Job {
	return jobs.Job{Name: "oauth_provider.purge_tokens", Title: "Remove expired codes and tokens", Every: 10 * time.Minute, Run: purge}
}

// purge deletes one batch from each table, oldest first. The id of a row is its time,
// so a batch is a range of the primary key.
func purge(env *record.Env, _ []byte) (more bool, err error) {
	dead := env.Now.Add(-keepDead)
	before, counted := oauth.IDAt(dead), int64(0)
	if more, err = tally(env, nil); err != nil { // what is removed has to be counted first
		return false, err
	}
	if err := env.Database().DB.QueryRowContext(env.Context, "SELECT upto FROM oauth_provider_tally WHERE id = 1").Scan(&counted); err != nil {
		return false, err
	}
	latest := "MAX"
	if env.Database().DB.Engine() == db.Postgres {
		latest = "GREATEST"
	}
	for _, t := range []struct{ table, expired, used string }{
		{"token", "expires_at < ?", "CASE WHEN authorization_id = 0 THEN id ELSE 0 END"},
		{"pending", "expires_at < ?", ""},
		{"authorization", latest + "(expires_at, code_expires_at) < ?", latest + "(spent_at, rotated_at)"},
	} {
		n, before := 0, before
		if t.table == "token" {
			before = min(before, counted+1)
		}
		err := write(env, func(tx *db.Tx) error {
			remove := "DELETE FROM oauth_provider_" + t.table + " WHERE id IN (SELECT id FROM oauth_provider_" + t.table +
				" WHERE id < ? AND " + t.expired + " ORDER BY id LIMIT ?)"
			if t.used == "" {
				res, err := tx.Exec(remove, before, dead.UnixMicro(), purgeBatch)
				if err != nil {
					return err
				}
				gone, err := res.RowsAffected()
				n = int(gone)
				return err
			}
			used, gone, err := usedBy(tx, t.table == "token", remove+" RETURNING grant_id, "+t.used, before, dead.UnixMicro(), purgeBatch)
			n = gone
			if err != nil {
				return err
			}
			return keepUsed(tx, used)
		})
		if err != nil {
			return false, err
		}
		more = more || n == purgeBatch
	}
	return more, purgeRefused(env)
}

// usedBy runs a deletion that returns grants with when they were used, and gives the
// latest of each in microseconds. ids says that it returns the ids of tokens instead.
func usedBy(tx *db.Tx, ids bool, remove string, args ...any) (used map[int64]int64, n int, err error) {
	rows, err := tx.Query(remove, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	used = map[int64]int64{}
	for ; rows.Next(); n++ {
		var grant, at int64
		if err := rows.Scan(&grant, &at); err != nil {
			return nil, n, err
		}
		if grant == 0 || at == 0 {
			continue
		}
		if ids {
			at = oauth.IDTime(at).UnixMicro()
		}
		used[grant] = max(used[grant], at)
	}
	return used, n, rows.Err()
}

// keepUsed notes on grants what is deleted, so that a person still sees when an
// application was used last.
func keepUsed(tx *db.Tx, used map[int64]int64) error {
	for _, grant := range slices.Sorted(maps.Keys(used)) {
		if _, err := tx.Exec("UPDATE oauth_provider_grant SET used_at = ? WHERE id = ? AND used_at < ?", used[grant], grant, used[grant]); err != nil {
			return err
		}
	}
	return nil
}
