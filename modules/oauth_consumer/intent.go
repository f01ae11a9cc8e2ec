package oauthconsumer

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/mark"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// An intent is the note of an Unsafe call, written before it is sent. Its life:
//
//  1. sending: about to be sent. Its key is taken: of two people one sends.
//  2. done: the API said that it happened; or refused: that it did not, and the key is
//     free again.
//  3. unknown: nobody said anything. The key stays taken until somebody asks the API and
//     says so (Endpoint.Settle). A sending that is older than a call can take is one that
//     the program died in, and so unknown as well.
const (
	intentSending = "sending"
	intentDone    = "done"
	intentRefused = "refused"
	intentUnknown = "unknown"

	sendingTime = callTimeout + tokenTimeout + 10*time.Second
)

type intent struct {
	id, user int64
	who      string
	status   string
	bodyHash []byte
	at       time.Time
}

// callOnce makes an Unsafe call under the note of its intent.
func (c *consumer) callOnce(env *record.Env, l *live, o *outgoing, read func(http.Header, []byte) error) error {
	note, err := c.intend(env, l, o)
	if err != nil {
		return err
	}
	mark.At(env, "call.noted")
	err = c.exchangeCall(env, l, o, read)
	status, code := outcome(err)
	if noteErr := c.conclude(env, note.id, status, code); noteErr != nil && err == nil {
		c.log.ErrorContext(env, "note the outcome of a call", "intent", note.id, "endpoint", o.name, "error", noteErr)
	}
	mark.At(env, "call.concluded")
	if status != intentUnknown {
		return err
	}
	return unknown(o.name, l.provider, note, err)
}

// outcome judges what became of an Unsafe call by its error.
func outcome(err error) (status string, code int) {
	var refused *Refusal
	var down *Unavailable
	switch {
	case err == nil:
		return intentDone, http.StatusOK
	case errors.As(err, &refused):
		// A 401 without a challenge, a timeout or a fault of the server may have come after
		// the work was done; every other refusal says that it was not.
		open := refused.Status >= 500 || refused.Status == http.StatusRequestTimeout || refused.Status == http.StatusUnauthorized
		if open && !refused.Proof {
			return intentUnknown, refused.Status
		}
		return intentRefused, refused.Status
	case errors.As(err, &down) && !down.Unsent:
		return intentUnknown, 0
	}
	return intentRefused, 0 // nothing was sent
}

func unknown(endpoint, provider string, n intent, cause error) *OutcomeUnknown {
	return &OutcomeUnknown{Intent: n.id, Endpoint: endpoint, Since: n.at, BodyHash: n.bodyHash, Cause: cause,
		Fault: fault.New(fault.Unavailable, "It was sent to %s, but no answer came back, so nobody knows yet whether it arrived. It is not sent again before that is clear.", provider).
			Keyed("oauth_consumer.unknown", map[string]any{"Provider": provider})}
}

// intend writes the note, or says what became of the one that holds the key.
func (c *consumer) intend(env *record.Env, l *live, o *outgoing) (intent, error) {
	hash := sha256.Sum256(o.body)
	n := intent{id: c.ids.next(c.now()), user: env.User.UserID(), who: env.User.DisplayName(), status: intentSending, bodyHash: hash[:], at: c.now()}
	key := o.once
	if key == "" {
		key = "#" + strconv.FormatInt(n.id, 10)
	}
	err := env.Database().DB.Insert(context.WithoutCancel(env.Context), `INSERT INTO oauth_consumer_intent (id, api_id, kind, subject, endpoint, key, body_hash, user_id, user_name, status, http_status, created_at, ended_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0)`, n.id, l.api.id, string(l.subject.Kind), l.subject.ID, o.name, key, n.bodyHash, n.user, n.who, n.status, n.at.UnixMicro())
	if !db.IsUnique(err) {
		return n, db.Fault(err)
	}
	held, err := c.intentOf(env, l, o.name, key)
	if fault.Is(err, fault.NotFound) { // not committed yet: it is being noted at this moment
		return n, &AlreadySent{At: n.at, UnderWay: true, Fault: fault.New(fault.Conflict, "This is being sent to %s at this moment.", l.provider).
			Keyed("oauth_consumer.sendingnow", map[string]any{"Provider": l.provider})}
	}
	if err != nil {
		return n, err
	}
	args := map[string]any{"Who": held.who, "Provider": l.provider}
	switch {
	case held.status == intentDone:
		return n, &AlreadySent{Intent: held.id, Who: held.who, At: held.at,
			Fault: fault.New(fault.Conflict, "%s has sent this to %s already.", held.who, l.provider).Keyed("oauth_consumer.sent", args)}
	case held.status == intentSending && c.now().Sub(held.at) < sendingTime:
		return n, &AlreadySent{Intent: held.id, Who: held.who, At: held.at, UnderWay: true,
			Fault: fault.New(fault.Conflict, "%s is sending this to %s at this moment.", held.who, l.provider).Keyed("oauth_consumer.sending", args)}
	}
	return n, unknown(o.name, l.provider, held, nil)
}

func (c *consumer) intentOf(env *record.Env, l *live, endpoint, key string) (intent, error) {
	var n intent
	var at int64
	err := env.Database().DB.QueryRowContext(env.Context, `SELECT id, user_id, user_name, status, body_hash, created_at FROM oauth_consumer_intent
		WHERE api_id = ? AND kind = ? AND subject = ? AND endpoint = ? AND key = ? AND status <> ?`,
		l.api.id, string(l.subject.Kind), l.subject.ID, endpoint, key, intentRefused).Scan(&n.id, &n.user, &n.who, &n.status, &n.bodyHash, &at)
	n.at = moment(at)
	if errors.Is(err, sql.ErrNoRows) {
		return n, fault.New(fault.NotFound, "Nothing of that name was sent.").Keyed("oauth_consumer.nosent", nil)
	}
	return n, db.Fault(err)
}

func (c *consumer) conclude(env *record.Env, id int64, status string, code int) error {
	return env.Database().DB.Write(context.WithoutCancel(env.Context), func(tx *db.Tx) error {
		tx.Quiet()
		_, err := tx.Exec("UPDATE oauth_consumer_intent SET status = ?, http_status = ?, ended_at = ? WHERE id = ?", status, code, c.now().UnixMicro(), id)
		return err
	})
}

// settle notes what the API said when it was asked for an outcome that was unknown.
func (c *consumer) settle(env *record.Env, s Subject, provider string, kind Kind, endpoint, key string, happened bool) error {
	s, err := c.resolve(env, kind, s)
	if err != nil {
		return err
	}
	if err := c.mayUse(env, s); err != nil {
		return err
	}
	l, err := c.standing(env, provider, s)
	if err != nil {
		return err
	}
	n, err := c.intentOf(env, l, endpoint, key)
	if err != nil {
		return err
	}
	if n.status == intentSending && c.now().Sub(n.at) < sendingTime {
		return fault.New(fault.Conflict, "%s is sending this to %s at this moment.", n.who, l.provider).Keyed("oauth_consumer.sending", map[string]any{"Who": n.who, "Provider": l.provider})
	}
	status := intentRefused
	if happened {
		status = intentDone
	}
	return c.conclude(env, n.id, status, 0)
}
