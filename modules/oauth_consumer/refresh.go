package oauthconsumer

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/mark"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// A token is renewed by one at a time, whoever needs it:
//
//  1. Within a process those who need it wait for one of them (singleflight).
//  2. Between processes the token's row has a lease. Who takes it notes that a refresh
//     token is about to be sent; who does not, waits for the version to change.
//  3. The request is made outside of any transaction, and goes on when the page that
//     wanted it was closed.
//  4. The answer is saved where version and lease are still the same, before it is used.
//
// After a crash between 2 and 4 the note is left. Whoever takes the lease next sends the
// old refresh token once more; when the provider says that it was used, the person is
// told that the renewal was interrupted.
const (
	renewTimeout = 45 * time.Second // waiting included
	lease        = 30 * time.Second // longer than tokenTimeout
	lookAgain    = 25 * time.Millisecond
)

// renew returns the standing with a token newer than that of l.
func (c *consumer) renew(env *record.Env, l *live) (*live, error) {
	key := strconv.FormatInt(l.connection, 10) + "@" + strconv.FormatInt(l.token.version, 10)
	result := c.refreshes.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(env.Context), renewTimeout)
		defer cancel()
		return c.renewShared(env.Sudo("renew a connection").In(ctx), l)
	})
	select {
	case <-env.Done():
		return nil, env.Err()
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		fresh := *r.Val.(*live)
		return &fresh, nil
	}
}

// renewShared renews the token, or waits for another process that does.
func (c *consumer) renewShared(env *record.Env, l *live) (*live, error) {
	for {
		fresh, err := c.reload(env, l)
		if err != nil {
			return nil, err
		}
		if fresh.token.version != l.token.version {
			return c.renewed(env, fresh)
		}
		if fresh.grantUsed() == grantCode && len(fresh.token.refresh) == 0 {
			if err := c.end(env, fresh, Expired); err != nil {
				return nil, err
			}
			return nil, c.unauthorized(env, fresh, Expired, nil)
		}
		mine, err := c.lease(env, fresh)
		if err != nil {
			return nil, err
		}
		if mine {
			return c.renewLeased(env, fresh)
		}
		select {
		case <-env.Done():
			return nil, unavailable(fresh.provider, true, env.Err())
		case <-time.After(lookAgain):
		}
	}
}

// renewed judges what another process has made of the token.
func (c *consumer) renewed(env *record.Env, fresh *live) (*live, error) {
	switch {
	case fresh.connection == 0, len(fresh.token.access) == 0 && fresh.grantUsed() == grantCode:
		return nil, c.unauthorized(env, fresh, "", nil)
	case len(fresh.token.access) == 0:
		return nil, unavailable(fresh.provider, true, errNotUnderstood)
	}
	return fresh, nil
}

// lease takes the right to renew the token as it was read; false when somebody else has
// it, or was faster.
func (c *consumer) lease(env *record.Env, l *live) (bool, error) {
	now := c.now()
	if l.token.leaseUntil > now.UnixMicro() {
		return false, nil
	}
	holder, taken := rand.Text(), int64(0)
	err := write(env, func(tx *db.Tx) error {
		res, err := tx.Exec(`UPDATE oauth_consumer_token SET lease_until = ?, lease_holder = ?, refresh_started_at = CASE WHEN refresh_started_at = 0 THEN ? ELSE refresh_started_at END
			WHERE connection_id = ? AND version = ? AND lease_until = ? AND lease_holder = ?`,
			now.Add(lease).UnixMicro(), holder, now.UnixMicro(), l.connection, l.token.version, l.token.leaseUntil, l.token.holder)
		if err == nil {
			taken, err = res.RowsAffected()
		}
		return err
	})
	if err != nil || taken == 0 {
		return false, err
	}
	l.token.holder = holder
	mark.At(env, "refresh.claimed")
	return true, nil
}

// renewLeased asks the provider and saves what it says.
func (c *consumer) renewLeased(env *record.Env, l *live) (*live, error) {
	interrupted := l.token.refreshStartedAt != 0
	form := url.Values{}
	if l.grantUsed() == grantCredentials {
		form.Set("grant_type", grantCredentials)
		if scopes := l.wanted(nil); len(scopes) > 0 {
			form.Set("scope", strings.Join(scopes, " "))
		}
	} else {
		refresh, err := c.unseal("oauth_consumer_token", "refresh", l.connection, l.token.refresh)
		if err != nil {
			return nil, err
		}
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", refresh)
	}
	answer, err := c.askToken(env, &l.api, form)
	mark.At(env, "refresh.answered")
	if err != nil {
		return nil, c.renewFailed(env, l, err, interrupted)
	}
	if err := c.saveRenewed(env, l, answer); err != nil {
		return nil, err
	}
	mark.At(env, "refresh.saved")
	fresh, err := c.reload(env, l)
	if err != nil {
		return nil, err
	}
	return c.renewed(env, fresh)
}

// saveRenewed stores the new tokens where nobody has changed the connection meanwhile.
// What somebody has disconnected stays so: the tokens that just came are forgotten.
func (c *consumer) saveRenewed(env *record.Env, l *live, a grantAnswer) error {
	access, refresh, err := c.sealBoth(l.connection, a)
	if err != nil {
		return err
	}
	if a.refresh == "" {
		refresh = l.token.refresh // RFC 6749 §6: without a new one the old goes on
	}
	scopes := l.scopes
	switch {
	case a.scopesSaid:
		scopes = a.scopes
	case l.grantUsed() == grantCredentials:
		scopes = l.wanted(nil)
	}
	status := statusConnected
	if l.status == statusChecking {
		status = statusChecking
	}
	return write(env, func(tx *db.Tx) error {
		res, err := tx.Exec(`UPDATE oauth_consumer_token SET version = version + 1, access = ?, refresh = ?, expires_at = ?, places = ?,
				lease_until = 0, lease_holder = '', refresh_started_at = 0 WHERE connection_id = ? AND version = ? AND lease_holder = ?`,
			access, refresh, micro(a.expiresAt), l.api.places, l.connection, l.token.version, l.token.holder)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(`UPDATE oauth_consumer_connection SET version = version + 1, updated_at = ?, status = ?, scopes = ?, expires_at = ?, last_error = '' WHERE id = ?`,
			c.now().UTC(), status, scopes, maybe(a.expiresAt), l.connection)
		return err
	})
}

// renewFailed notes why there is no new token, and lets go of the lease.
func (c *consumer) renewFailed(env *record.Env, l *live, err error, interrupted bool) error {
	var failed *tokenFailure
	if !errors.As(err, &failed) {
		return errors.Join(err, c.letGo(env, l, false, nil))
	}
	c.log.WarnContext(env, "renew a connection", "connection", l.connection, "api", l.api.id, "status", failed.status, "code", failed.code, "cause", failed.cause)
	switch {
	case failed.dead() && l.grantUsed() == grantCode:
		reason := Revoked
		if interrupted {
			reason = Interrupted
		}
		if err := c.end(env, l, reason); err != nil {
			return err
		}
		return c.unauthorized(env, l, reason, nil)
	case failed.refusedUs() || failed.dead():
		f := fault.New(fault.Conflict, "%s does not accept our credentials (%s). A manager has to look at the settings of the API.", l.provider, failed.code).
			Keyed("oauth_consumer.badclient", map[string]any{"Provider": l.provider, "Code": failed.code})
		if err := c.letGo(env, l, false, f); err != nil {
			return err
		}
		return f
	}
	u := unavailable(l.provider, !failed.ambiguous(), failed)
	u.RetryAfter = failed.retryAfter
	if err := c.letGo(env, l, failed.ambiguous(), nil); err != nil {
		return err
	}
	return u
}

// letGo ends the lease. started keeps the note that a refresh token may have been used.
func (c *consumer) letGo(env *record.Env, l *live, started bool, why *fault.Error) error {
	return write(env, func(tx *db.Tx) error {
		query := "UPDATE oauth_consumer_token SET lease_until = 0, lease_holder = '', refresh_started_at = 0 WHERE connection_id = ? AND lease_holder = ?"
		if started {
			query = "UPDATE oauth_consumer_token SET lease_until = 0, lease_holder = '' WHERE connection_id = ? AND lease_holder = ?"
		}
		res, err := tx.Exec(query, l.connection, l.token.holder)
		if err != nil || why == nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec("UPDATE oauth_consumer_connection SET status = ?, last_error = ?, updated_at = ?, version = version + 1 WHERE id = ?",
			statusError, pack(why), c.now().UTC(), l.connection)
		return err
	})
}

// end forgets the tokens of an authority that is over, unless the connection was given
// another one meanwhile, and says in the audit log why.
func (c *consumer) end(env *record.Env, l *live, reason Reason) error {
	name := l.name
	why := reasonFault(reason, l.provider, name, nil)
	return env.Write(func(in *record.Env) error {
		return write(in, func(tx *db.Tx) error {
			res, err := tx.Exec(`UPDATE oauth_consumer_token SET version = version + 1, access = NULL, refresh = NULL, expires_at = 0,
				lease_until = 0, lease_holder = '', refresh_started_at = 0 WHERE connection_id = ? AND version = ?`, l.connection, l.token.version)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return err
			}
			_, err = tx.Exec("UPDATE oauth_consumer_connection SET status = ?, last_error = ?, expires_at = NULL, updated_at = ?, version = version + 1 WHERE id = ?",
				statusSignIn, pack(why), c.now().UTC(), l.connection)
			if err != nil {
				return err
			}
			return record.Audit(in, "oauth_consumer.connection", l.connection, name, "authority_ended", record.Change{Field: "status", New: string(reason)})
		})
	})
}

func (c *consumer) sealBoth(connection int64, a grantAnswer) (access, refresh []byte, err error) {
	if access, err = c.seal("oauth_consumer_token", "access", connection, a.access); err != nil {
		return nil, nil, err
	}
	refresh, err = c.seal("oauth_consumer_token", "refresh", connection, a.refresh)
	return access, refresh, err
}

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// maybe is a moment that may be missing.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t
}
