package oauthprovider

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
)

// The life of a signing key, told by oauth_provider_key.retired_at:
//
//  1. Announced (keyAnnounced): published in the JWKS, so that clients that keep a copy
//     know it before it signs.
//  2. In force (keyInForce): signs. There is one for each algorithm.
//  3. Retired (a moment): still published, until nothing that it signed can be alive.
//  4. Deleted.
const (
	keyAnnounced = -1
	keyInForce   = 0
)

const (
	keyAge       = 90 * 24 * time.Hour // in force at most, before the next one is announced
	keyNotice    = 24 * time.Hour      // between announced and in force
	keyAfterlife = 35 * 24 * time.Hour // published after retirement; longer than any token lives
)

// keyRow is a signing key without its secret.
type keyRow struct {
	id, created, retired int64
	alg                  string
}

func (k *keyring) rows(ctx context.Context) ([]keyRow, error) {
	rows, err := k.db.QueryContext(ctx, "SELECT id, algorithm, created_at, retired_at FROM oauth_provider_key WHERE algorithm <> ? ORDER BY id", successor)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []keyRow
	for rows.Next() {
		var r keyRow
		if err := rows.Scan(&r.id, &r.alg, &r.created, &r.retired); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Rotate brings the keys one step on where their time has come: announces the next one,
// puts an announced one in force, deletes those that nothing needs any more.
func (k *keyring) Rotate(ctx context.Context) error {
	rows, err := k.rows(ctx)
	if err != nil {
		return err
	}
	now := k.clock()
	for _, r := range rows {
		switch age := now.Sub(moment(r.created)); {
		case r.retired == keyInForce && age >= keyAge && !announced(rows, r.alg):
			err = k.announce(ctx, r.alg)
		case r.retired == keyAnnounced && age >= keyNotice:
			err = k.enforce(ctx, r.alg)
		case r.retired > 0 && now.Sub(moment(r.retired)) >= keyAfterlife:
			err = k.forget(ctx, r.id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func announced(rows []keyRow, alg string) bool {
	return slices.ContainsFunc(rows, func(r keyRow) bool { return r.alg == alg && r.retired == keyAnnounced })
}

// RotateAll announces a new key for every algorithm in use; at once puts it in force
// immediately, which clients that keep a copy of the JWKS may notice.
func (k *keyring) RotateAll(ctx context.Context, atOnce bool) ([]string, error) {
	rows, err := k.rows(ctx)
	if err != nil {
		return nil, err
	}
	var algs []string
	for _, r := range rows {
		if r.retired != keyInForce {
			continue
		}
		algs = append(algs, r.alg)
		if !announced(rows, r.alg) {
			if err := k.announce(ctx, r.alg); err != nil {
				return nil, err
			}
		}
		if atOnce {
			if err := k.enforce(ctx, r.alg); err != nil {
				return nil, err
			}
		}
	}
	return algs, nil
}

// announce makes the next key of an algorithm, unless another instance just has.
func (k *keyring) announce(ctx context.Context, alg string) error {
	private, public, err := newPair(alg)
	if err != nil {
		return err
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		tx.Quiet()
		id := newKeyID(k.clock())
		kid, text, err := named(public, id, alg)
		if err != nil {
			return err
		}
		sealed, err := k.sealer.Seal(private, k.place(id))
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO oauth_provider_key (id, kid, algorithm, public, sealed, created_at, retired_at)
			SELECT ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM oauth_provider_key WHERE algorithm = ? AND retired_at = ?)`,
			id, kid, alg, text, sealed, k.clock().UnixMicro(), keyAnnounced, alg, keyAnnounced)
		return err
	})
}

// enforce retires the key in force and lets the announced one sign.
func (k *keyring) enforce(ctx context.Context, alg string) error {
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		tx.Quiet()
		var next int64
		if err := tx.QueryRow("SELECT id FROM oauth_provider_key WHERE algorithm = ? AND retired_at = ? ORDER BY id LIMIT 1", alg, keyAnnounced).Scan(&next); err != nil {
			return notFound(err)
		}
		if _, err := tx.Exec("UPDATE oauth_provider_key SET retired_at = ? WHERE algorithm = ? AND retired_at = ?", k.clock().UnixMicro(), alg, keyInForce); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE oauth_provider_key SET retired_at = ? WHERE id = ?", keyInForce, next)
		return err
	})
	k.mu.Lock()
	delete(k.signing, alg)
	k.mu.Unlock()
	return err
}

func (k *keyring) forget(ctx context.Context, id int64) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM oauth_provider_key WHERE id = ?", id)
		return err
	})
}

// rotateJob turns the keys once a day as their age asks.
func rotateJob(keys func() *keyring) jobs.Job {
	return jobs.Job{Name: "oauth_provider.rotate_keys", Title: "Renew signing keys", Every: 24 * time.Hour, Run: func(env *record.Env, _ []byte) (bool, error) {
		k := keys()
		if k == nil {
			return false, fault.New(fault.Unavailable, "The application is not open yet.")
		}
		return false, k.Rotate(env)
	}}
}

// rotateCommand is "tessera keys rotate".
func rotateCommand() app.Command {
	return app.Command{Name: "keys rotate", Args: "[now]", Help: "Announce new signing keys, in force a day later; with now at once.",
		Run: func(ctx context.Context, a *web.Application, args []string, out io.Writer) error {
			atOnce := len(args) == 1 && args[0] == "now"
			if len(args) > 0 && !atOnce {
				return fault.New(fault.Invalid, "The command keys rotate takes nothing but the word now.")
			}
			algs, err := newKeyring(a.Database.DB, a.Seal, a.DatabaseID, time.Now).RotateAll(ctx, atOnce)
			if err != nil {
				return err
			}
			when := "in force in a day"
			if atOnce {
				when = "in force now, on running servers within a minute"
			}
			for _, alg := range algs {
				fmt.Fprintf(out, "%s: a new key is published, %s; the old one stays published for %d days.\n", alg, when, int(keyAfterlife.Hours()/24))
			}
			return nil
		}}
}
