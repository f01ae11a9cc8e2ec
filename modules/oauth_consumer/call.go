package oauthconsumer

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/mark"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// call makes a call in these steps: who is meant and whether env may act for him, the one
// read, a usable token, the pace, the note of what must happen once, the request, and
// with a 401 that can be mended all of the end once more.
func (c *consumer) call(env *record.Env, s Subject, o *outgoing, read func(http.Header, []byte) error) error {
	s, err := c.resolve(env, o.user, s)
	if err != nil {
		return err
	}
	if err := c.mayUse(env, s); err != nil {
		return err
	}
	l, err := c.standing(env, o.provider, s)
	if err != nil {
		return err
	}
	if l, err = c.usable(env, l, o.scopes); err != nil {
		return err
	}
	if l.status == statusChecking && !o.probe {
		if err := c.check(env, l); err != nil {
			return err
		}
	}
	if err := c.permit(env, l); err != nil {
		return err
	}
	if o.effect == Unsafe {
		return c.callOnce(env, l, o, read)
	}
	return c.exchangeCall(env, l, o, read)
}

// usable returns the standing with a token that can be used, renewed if need be.
func (c *consumer) usable(env *record.Env, l *live, scopes []string) (*live, error) {
	if err := c.held(l); err != nil {
		return nil, err
	}
	byPerson := l.grantUsed() == grantCode
	switch {
	case l.connection == 0 || l.token.version == 0:
		if byPerson {
			return nil, c.unauthorized(env, l, Never, scopes)
		}
		if err := c.establish(env, l); err != nil {
			return nil, err
		}
		return c.renew(env, l)
	case l.status == statusEnding:
		return nil, c.unauthorized(env, l, Disconnected, scopes)
	case len(l.token.access)+len(l.token.refresh) > 0 && l.token.places != l.api.places:
		if byPerson {
			return nil, c.unauthorized(env, l, Moved, scopes)
		}
		return c.renew(env, l) // our own credentials are the API row's, as is its address
	case byPerson && l.status == statusSignIn:
		return nil, c.unauthorized(env, l, "", scopes)
	case byPerson && len(l.lacks(scopes)) > 0:
		return nil, c.unauthorized(env, l, Missing, scopes)
	case l.expired(c.now()):
		return c.renew(env, l)
	}
	return l, nil
}

// held reports what keeps back every call to an API, whoever it is for.
func (c *consumer) held(l *live) error {
	if l.api.clientID == "" {
		return fault.New(fault.Conflict, "The client id of %s is missing: a manager has to enter it first.", l.api.name).
			Keyed("oauth_consumer.noclient", map[string]any{"API": l.api.name})
	}
	if c.suspended(l) {
		return fault.New(fault.Conflict, "This database runs at a new place. Until a manager confirms that under Settings > Connections > This application, nothing is sent to %s.", l.provider).
			Keyed("oauth_consumer.suspended", map[string]any{"Provider": l.provider})
	}
	return nil
}

// exchangeCall sends the request; after a 401 it reads the token again, renews it once,
// and sends the request once more where that does no harm.
func (c *consumer) exchangeCall(env *record.Env, l *live, o *outgoing, read func(http.Header, []byte) error) error {
	err := c.sendPatiently(env, l, o, read)
	refused := unauthorizedAnswer(err)
	if refused == nil {
		return err
	}
	if o.effect == Unsafe && !refused.Proof {
		return err
	}
	fresh, err := c.again(env, l, o.scopes)
	if err != nil {
		return err
	}
	if err = c.send(env, fresh, o, read); unauthorizedAnswer(err) == nil {
		return err
	}
	if fresh.grantUsed() == grantCode {
		if err := c.end(env, fresh, Revoked); err != nil {
			return err
		}
		return c.unauthorized(env, fresh, Revoked, o.scopes)
	}
	return err
}

// sendPatiently is send, and for Safe calls once or twice more when the API is asked too
// often at this moment: two people at work must not be in each other's way.
func (c *consumer) sendPatiently(env *record.Env, l *live, o *outgoing, read func(http.Header, []byte) error) error {
	for wait := time.Second; ; wait *= 2 {
		err := c.send(env, l, o, read)
		var r *Refusal
		if o.effect == Unsafe || !errors.As(err, &r) || r.Status != http.StatusTooManyRequests || !linger(env, max(wait, r.RetryAfter)) {
			return err
		}
	}
}

func unauthorizedAnswer(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) && r.Status == http.StatusUnauthorized {
		return r
	}
	return nil
}

// again finds another token than the one that the API refused: somebody has renewed it
// meanwhile, or it is renewed now.
func (c *consumer) again(env *record.Env, l *live, scopes []string) (*live, error) {
	fresh, err := c.reload(env, l)
	if err != nil {
		return nil, err
	}
	if fresh.token.version != l.token.version {
		return c.usable(env, fresh, scopes)
	}
	return c.renew(env, fresh)
}

// send makes the request and reads the answer.
func (c *consumer) send(env *record.Env, l *live, o *outgoing, read func(http.Header, []byte) error) error {
	token, err := c.unseal("oauth_consumer_token", "access", l.connection, l.token.access)
	if err != nil {
		return err
	}
	parent := env.Context
	if o.effect == Unsafe {
		parent = context.WithoutCancel(parent) // a closed tab does not make an outcome unknown
	}
	ctx, cancel := context.WithTimeout(parent, c.callTimeout)
	defer cancel()
	r, err := o.request(ctx, env, l, token)
	if err != nil {
		return err
	}
	res, err := c.client(l.api.allowPrivate).Do(r)
	if err != nil {
		c.used(env, l, o.name, "-")
		return unavailable(l.provider, unsent(err), bare(err))
	}
	defer res.Body.Close()
	body, err := readAnswer(res)
	mark.At(env, "call.answered")
	c.used(env, l, o.name, strconv.Itoa(res.StatusCode))
	switch {
	case err != nil:
		return unavailable(l.provider, false, bare(err))
	case res.StatusCode >= 200 && res.StatusCode < 300:
		if err := read(res.Header, body); err != nil {
			return unavailable(l.provider, false, err)
		}
		return nil
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return unavailable(l.provider, false, errRedirected)
	}
	refused := &Refusal{Status: res.StatusCode, Header: res.Header, Body: body, RetryAfter: retryAfter(res.Header, c.now())}
	plainRefusal(refused)
	if l.profile.Classify != nil {
		l.profile.Classify(refused)
	}
	refused.settle(l.provider)
	c.pause(env, l, refused)
	return refused
}

// usedEvery is how exactly the last use of a connection is known: noting every call would
// make a write of each.
const usedEvery = time.Minute

// used notes the last use. It is for people to look at; a failure is not worth the call.
func (c *consumer) used(env *record.Env, l *live, endpoint, status string) {
	now := c.now()
	if now.Sub(moment(l.token.usedAt)) < usedEvery {
		return
	}
	ctx := context.WithoutCancel(env.Context)
	err := env.Database().DB.Write(ctx, func(tx *db.Tx) error {
		tx.Quiet()
		if _, err := tx.Exec("UPDATE oauth_consumer_token SET used_at = ? WHERE connection_id = ?", now.UnixMicro(), l.connection); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE oauth_consumer_connection SET used_at = ?, last_call = ? WHERE id = ?", now.UTC(), status+" · "+endpoint, l.connection)
		return err
	})
	if err != nil {
		c.log.WarnContext(ctx, "note the use of a connection", "connection", l.connection, "error", err)
		return
	}
	l.token.usedAt = now.UnixMicro()
	c.standings.Forget(l.asked)
}

// unauthorized says what is missing. The last try of this person is told when it came to
// nothing a moment ago: he is on his way back from it.
func (c *consumer) unauthorized(env *record.Env, l *live, reason Reason, needed []string) error {
	u := &Unauthorized{Connection: l.connection, API: l.api.id, Subject: l.subject, Missing: l.lacks(needed), Reason: reason, Scopes: l.wanted(needed),
		provider: l.provider, profile: l.profile, consumer: c}
	if reason != Missing {
		u.Missing = nil
	}
	u.subject = l.name
	if u.subject == "" || l.connection == 0 {
		name, _, err := c.nameOf(env, l.subject)
		if err != nil {
			return err
		}
		u.subject = name
	}
	if reason == "" { // the connection knows
		u.Reason, u.Last = l.remembered(), unpack(l.lastError)
	}
	last, err := c.lastTry(env, l)
	if err != nil {
		return err
	}
	if last != nil {
		u.Last = last
	}
	return u
}

// remembered is why a connection needs a sign-in, as its last error has it.
func (l *live) remembered() Reason {
	last := unpack(l.lastError)
	if last == nil {
		return Never
	}
	if reason, ours := strings.CutPrefix(last.Key, "oauth_consumer.reason."); ours {
		return Reason(reason)
	}
	if l.status == statusSignIn {
		return WrongAccount // only the sentence of a profile's probe ends a connection in other words
	}
	return Revoked
}
