package oauthconsumer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// establish makes the row of a connection that there is none of yet, without any token,
// so that what is sealed has a row to belong to.
func (c *consumer) establish(env *record.Env, l *live) error {
	if l.connection != 0 && l.token.version != 0 {
		return nil
	}
	name, company, err := c.nameOf(env, l.subject)
	if err != nil {
		return err
	}
	model := ""
	if u, ok := c.apiUser(l.subject.Kind); ok {
		model = u.model
	}
	now := c.now().UTC()
	err = write(env, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO oauth_consumer_connection (id, version, created_at, updated_at, created_by, name, api_id, kind, model, subject, company_id, status, scopes, last_call, last_error)
			VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', '', '') ON CONFLICT (api_id, kind, subject) DO NOTHING`,
			c.ids.next(now), now, now, record.ID(env.User.UserID()), name, l.api.id, string(l.subject.Kind), model, l.subject.ID, record.ID(company), statusSignIn)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO oauth_consumer_token (connection_id, version, places, expires_at, used_at, lease_until, lease_holder, refresh_started_at)
			SELECT id, 1, '', 0, 0, 0, '', 0 FROM oauth_consumer_connection WHERE api_id = ? AND kind = ? AND subject = ? ON CONFLICT (connection_id) DO NOTHING`,
			l.api.id, string(l.subject.Kind), l.subject.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO oauth_consumer_place (name, value) VALUES ('deployment', ?) ON CONFLICT (name) DO NOTHING", c.app.Deployment)
		return err
	})
	if err != nil {
		return err
	}
	fresh, err := c.reload(env, l)
	if err == nil {
		*l = *fresh
	}
	return err
}

// check runs the profile's probe for a connection of which nobody knows yet whether it is
// that of the right account.
func (c *consumer) check(env *record.Env, l *live) error {
	if l.profile.Probe != nil {
		err := l.profile.Probe(env, l.subject)
		var wrong *accountError
		if errors.As(err, &wrong) {
			return c.wrongAccount(env, l, wrong.fault)
		}
		if err != nil {
			return err
		}
	}
	_, err := c.update(env, "UPDATE oauth_consumer_connection SET status = ?, last_error = '', version = version + 1 WHERE id = ? AND status = ?", statusConnected, l.connection, statusChecking)
	l.status = statusConnected
	return err
}

// wrongAccount ends a connection that somebody else's account was used for.
func (c *consumer) wrongAccount(env *record.Env, l *live, why *fault.Error) error {
	if err := c.end(env, l, WrongAccount); err != nil {
		return err
	}
	if _, err := c.update(env, "UPDATE oauth_consumer_connection SET last_error = ? WHERE id = ?", pack(why), l.connection); err != nil {
		return err
	}
	err := c.unauthorized(env, l, WrongAccount, nil)
	var u *Unauthorized
	if errors.As(err, &u) {
		u.Last = why
	}
	return err
}

// managing returns an Env that may use the connection of somebody whom the person only
// looks after.
func (c *consumer) managing(env *record.Env, s Subject) *record.Env {
	if c.mayUse(env, s) == nil {
		return env
	}
	return env.Sudo("look after a connection")
}

// test makes the harmless call of a profile for one connection.
func (c *consumer) test(env *record.Env, l *live) error {
	env = c.managing(env, l.subject)
	l, err := c.usable(env, l, nil)
	if err != nil {
		return err
	}
	if l.status == statusChecking {
		if err := c.check(env, l); err != nil {
			return err
		}
	}
	switch {
	case l.profile.Test != nil:
		err = l.profile.Test(env, l.subject)
	case l.profile.Probe != nil:
		err = l.profile.Probe(env, l.subject)
	}
	if err != nil {
		return err
	}
	_, err = c.update(env, "UPDATE oauth_consumer_connection SET status = ?, last_error = '', version = version + 1 WHERE id = ? AND status = ?", statusConnected, l.connection, statusError)
	return err
}

// disconnect revokes a connection at the provider where that is possible and forgets it
// here in any case. revoked says whether the provider knows.
func (c *consumer) disconnect(env *record.Env, l *live) (revoked bool, err error) {
	if l.connection == 0 {
		return true, nil
	}
	revoked = c.revoke(env, l)
	return revoked, c.remove(env, l, revoked)
}

// remove deletes a connection with a line in the audit log.
func (c *consumer) remove(env *record.Env, l *live, revoked bool) error {
	return env.Write(func(in *record.Env) error {
		return write(in, func(tx *db.Tx) error {
			for _, query := range []string{"DELETE FROM oauth_consumer_token WHERE connection_id = ?", "DELETE FROM oauth_consumer_connection WHERE id = ?"} {
				if _, err := tx.Exec(query, l.connection); err != nil {
					return err
				}
			}
			return record.Audit(in, "oauth_consumer.connection", l.connection, l.name+" · "+l.api.name, "disconnected", record.Change{Field: "revoked", New: revoked})
		})
	})
}

// revoke asks the provider once to end what was granted (RFC 7009).
func (c *consumer) revoke(env *record.Env, l *live) bool {
	token, kind := l.token.refresh, "refresh"
	if len(token) == 0 {
		token, kind = l.token.access, "access"
	}
	if len(token) == 0 {
		return true
	}
	if l.api.revoke == "" || origin(l.api.tokenURL) != lastWord(l.token.places) {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(env.Context), c.tokenTimeout)
	defer cancel()
	plain, err := c.unseal("oauth_consumer_token", kind, l.connection, token)
	if err != nil {
		return false
	}
	secrets, err := c.secrets(env, l.api.id)
	if err != nil {
		return false
	}
	secret := ""
	if len(secrets) > 0 {
		secret = secrets[0]
	}
	res, err := c.postAs(ctx, &l.api, l.api.revoke, url.Values{"token": {plain}, "token_type_hint": {kind + "_token"}}, secret)
	if err != nil {
		c.log.WarnContext(ctx, "revoke a connection", "connection", l.connection, "error", err)
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func lastWord(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ' ' {
			return s[i+1:]
		}
	}
	return s
}

// forget is what happens to the connections of an API user that is deleted: a job revokes
// and removes them once that is durable.
func (c *consumer) forget(env *record.Env, s Subject) error {
	ids, err := c.connectionIDs(env, "kind = ? AND subject = ?", string(s.Kind), s.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := write(env, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE oauth_consumer_connection SET status = ?, company_id = NULL, version = version + 1, updated_at = ? WHERE id = ?", statusEnding, env.Now, id)
			return err
		})
		if err != nil {
			return err
		}
		if err := jobs.Enqueue(env, endJob, []byte(strconv.FormatInt(id, 10)), time.Time{}); err != nil {
			return err
		}
	}
	return write(env, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM oauth_consumer_choice WHERE kind = ? AND subject = ?", string(s.Kind), s.ID); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE oauth_consumer_attempt SET status = ? WHERE kind = ? AND subject = ? AND status IN (?, ?, ?)", superseded, string(s.Kind), s.ID, offered, pending, waiting)
		return err
	})
}

func (c *consumer) connectionIDs(env *record.Env, where string, args ...any) ([]int64, error) {
	rows, err := env.Database().DB.QueryContext(env.Context, "SELECT id FROM oauth_consumer_connection WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// standingOf reads a connection by its id.
func (c *consumer) standingOf(env *record.Env, id int64) (*live, error) {
	row, err := record.Get[Connection](env.Sudo("look at a connection"), id)
	if err != nil {
		return nil, err
	}
	return c.standingAt(env, Subject{Kind: Kind(row.Kind), ID: row.Subject, API: int64(row.APIID)})
}

const (
	endJob   = "oauth_consumer.end_connection"
	purgeJob = "oauth_consumer.purge"
)

func (c *consumer) jobs() []jobs.Job {
	return []jobs.Job{
		{Name: endJob, Title: "End connections of what was deleted", Run: c.endConnection},
		{Name: purgeJob, Title: "Remove old sign-ins at providers", Every: time.Hour, Run: c.purge},
	}
}

// giveUpRevoking is how long the job tries before it forgets a connection that the
// provider cannot be told about.
const giveUpRevoking = 24 * time.Hour

func (c *consumer) endConnection(env *record.Env, args []byte) (bool, error) {
	id, err := strconv.ParseInt(string(args), 10, 64)
	if err != nil {
		return false, err
	}
	l, err := c.standingOf(env, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	revoked := c.revoke(env, l)
	if row, err := record.Get[Connection](env, id); err != nil || !revoked && l.api.revoke != "" && env.Now.Sub(row.UpdatedAt) < giveUpRevoking {
		return false, errors.Join(err, fmt.Errorf("%s did not take the revocation of connection %d", l.provider, id))
	}
	return false, c.remove(env, l, revoked)
}

const (
	keepAttempts = 7 * 24 * time.Hour
	purgeBatch   = 500
)

// purge removes attempts that are over, a batch at a time. Intents stay: they are the
// proof of what was sent.
func (c *consumer) purge(env *record.Env, _ []byte) (bool, error) {
	n, err := c.update(env, "DELETE FROM oauth_consumer_attempt WHERE id IN (SELECT id FROM oauth_consumer_attempt WHERE id < ? ORDER BY id LIMIT ?)",
		idAt(env.Now.Add(-keepAttempts)), purgeBatch)
	return n == purgeBatch, err
}

// suspicion bounds what strangers can make the audit log grow by: a line a minute for
// each kind of thing.
type suspicion struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (s *suspicion) first(why string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last[why]) < time.Minute {
		return false
	}
	if s.last == nil {
		s.last = map[string]time.Time{}
	}
	s.last[why] = now
	return true
}

// suspicious writes to the audit log that somebody came to the callback who should not.
func (c *consumer) suspicious(env *record.Env, a *attempt, why, address string) {
	if !c.doubts.first(why, c.now()) {
		return
	}
	id := int64(0)
	if a != nil {
		id = a.subject.API
	}
	ctx := context.WithoutCancel(env.Context)
	err := record.Audit(env.Sudo("callback refused").In(ctx), "oauth_consumer.api", id, "", "callback_refused", record.Change{Field: "reason", New: why}, record.Change{Field: "address", New: address})
	if err != nil {
		c.log.ErrorContext(ctx, "audit a refused callback", "error", err)
	}
}
