package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// What failing costs: an account has a few attempts free, an address, behind which a
// whole office may sit, more. Each further one doubles the wait up to lockLongest.
const (
	freeAccount   = 5
	freeAddress   = 50
	lockFirst     = 30 * time.Second
	lockLongest   = 15 * time.Minute
	forgetAccount = 24 * time.Hour // after the last failure
	forgetAddress = time.Hour
)

// counted is one thing that sign-in attempts are counted for.
type counted struct {
	subject string
	free    int64
	forget  time.Duration
}

// countedFor names what an attempt counts against: the account, whether it was named by
// login or by e-mail, or the unknown name, so that both behave alike; and the address.
// The unknown name is kept as a hash: people type passwords into the wrong field.
func countedFor(a *Account, login, address string) []counted {
	name := counted{free: freeAccount, forget: forgetAccount}
	if a != nil {
		name.subject = "account:" + strconv.FormatInt(a.ID, 10)
	} else {
		sum := sha256.Sum256([]byte(domain.Fold(login)))
		name.subject = "name:" + hex.EncodeToString(sum[:16])
	}
	return []counted{name, {subject: "address:" + Neighbourhood(address), free: freeAddress, forget: forgetAddress}}
}

// lockedFor reports how long sign-in is closed for any of the things counted.
func lockedFor(ctx context.Context, d *record.Database, now time.Time, cs []counted) (time.Duration, error) {
	rows, err := d.DB.QueryContext(ctx, "SELECT locked_until FROM attempt WHERE subject IN (?, ?) AND locked_until > ?", cs[0].subject, cs[1].subject, now)
	if err != nil {
		return 0, db.Fault(err)
	}
	defer rows.Close()
	var longest time.Duration
	for rows.Next() {
		var until time.Time
		if err := rows.Scan(&until); err != nil {
			return 0, err
		}
		longest = max(longest, until.Sub(now))
	}
	return longest, db.Fault(rows.Err())
}

// countFailure adds a failure to each thing counted and closes sign-in where it is one
// too many. It survives restarts and holds on every instance.
func countFailure(ctx context.Context, d *record.Database, now time.Time, cs []counted) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, c := range cs {
			if _, err := c.fail(tx, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// fail adds a failure and returns for how long that closes the way in, 0 for not at all.
func (c counted) fail(tx *db.Tx, now time.Time) (wait time.Duration, err error) {
	var n int64
	err = tx.QueryRow(`INSERT INTO attempt (subject, failures, last_at) VALUES (?, 1, ?)
		ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at,
			failures = CASE WHEN attempt.last_at < ? THEN 1 ELSE attempt.failures + 1 END
		RETURNING failures`, c.subject, now, now.Add(-c.forget)).Scan(&n)
	if err != nil || n < c.free {
		return 0, err
	}
	wait = lockLongest
	if n-c.free < 5 {
		wait = min(lockFirst<<(n-c.free), lockLongest)
	}
	_, err = tx.Exec("UPDATE attempt SET locked_until = ? WHERE subject = ?", now.Add(wait), c.subject)
	return wait, err
}

// CountFailure counts a wrong answer of a program like those of people: up to free of them
// cost nothing, each further one closes the way in for twice as long as the one before. It
// returns for how long, 0 for not at all; the count is shared by all instances and starts
// anew an hour after the last failure. Errors: those of the database.
func CountFailure(ctx context.Context, d *record.Database, subject string, free int64) (wait time.Duration, err error) {
	c := counted{subject: subject, free: free, forget: forgetAddress}
	err = d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		tx.Quiet() // nothing that anybody remembers: a stranger must not empty memories
		wait, err = c.fail(tx, d.Nobody(ctx).Now)
		return err
	})
	return wait, err
}

// forgetFailures clears an account's count after it signed in; the address keeps its own,
// or one account of an attacker's would wash it clean.
func forgetFailures(ctx context.Context, d *record.Database, c counted) error {
	var n int64
	err := d.DB.QueryRowContext(ctx, "SELECT count(*) FROM attempt WHERE subject = ?", c.subject).Scan(&n)
	if err != nil || n == 0 {
		return db.Fault(err)
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM attempt WHERE subject = ?", c.subject)
		return err
	})
}

// maxLogin bounds what is looked up as a login, in bytes.
const maxLogin = 256

// SignIn finds the account that a login or e-mail and a password belong to. The sign-in
// page and the password grant share it, and with it the counters: whoever is locked out
// of one is locked out of the other. An unknown name, a wrong password and an account
// that is switched off give the same error after the same time.
//
// Errors: [fault.Unauthenticated]; [*TooMany] with the time left while sign-in is closed
// for this account or address; [fault.Unavailable] when too many wait for their turn.
func SignIn(ctx context.Context, app *Application, login, password, address string) (*Account, error) {
	release, err := hashing.acquire(ctx, Neighbourhood(address))
	if err != nil {
		return nil, err
	}
	defer release()
	// From here to the count one attempt at most runs beside this one, so guessing in
	// parallel gains nothing.
	d := app.Database
	login = strings.TrimSpace(login)
	a, err := accountByLogin(ctx, app, login)
	if err != nil {
		return nil, err
	}
	cs := countedFor(a, login, address)
	wait, err := lockedFor(ctx, d, d.Nobody(ctx).Now, cs)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, &TooMany{Wait: wait, Err: fault.New(fault.Unavailable, "There were too many attempts to sign in.").Keyed("web.signin.locked", nil)}
	}
	hash := ""
	if a != nil && a.Active {
		hash = a.PasswordHash
	}
	ok, err := verifyPassword(hash, password)
	if err != nil {
		return nil, err
	}
	if !ok {
		if err := countFailure(ctx, d, d.Nobody(ctx).Now, cs); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.Unauthenticated, "That login and password do not match.").Keyed("web.signin.wrong", nil)
	}
	return a, forgetFailures(ctx, d, cs[0])
}

// accountByLogin returns nil for an unknown login.
func accountByLogin(ctx context.Context, app *Application, login string) (*Account, error) {
	if login == "" || len(login) > maxLogin || !cleanText(login) {
		return nil, nil
	}
	a, err := app.Accounts.ByLogin(ctx, app.Database, login)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return a, db.Fault(err)
}
