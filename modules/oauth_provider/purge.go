package oauthprovider

import (
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
	before := oauth.IDAt(dead)
	for _, t := range []struct{ table, expired string }{
		{"token", "expires_at < ?"},
		{"pending", "expires_at < ?"},
		{"authorization", "MAX(expires_at, code_expires_at) < ?"},
	} {
		condition := t.expired
		if t.table == "authorization" && env.Database().DB.Engine() == db.Postgres {
			condition = "GREATEST(expires_at, code_expires_at) < ?"
		}
		var n int64
		err := write(env, func(tx *db.Tx) error {
			res, err := tx.Exec("DELETE FROM oauth_provider_"+t.table+" WHERE id IN (SELECT id FROM oauth_provider_"+t.table+
				" WHERE id < ? AND "+condition+" ORDER BY id LIMIT ?)", before, dead.UnixMicro(), purgeBatch)
			if err == nil {
				n, err = res.RowsAffected()
			}
			return err
		})
		if err != nil {
			return false, err
		}
		more = more || n == purgeBatch
	}
	return more, nil
}
