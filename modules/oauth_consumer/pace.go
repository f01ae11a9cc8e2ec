package oauthconsumer

import (
	"context"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// permits are the calls that this process may make in the present minute, by API. It
// takes them from the database in blocks, so that instances share what the provider
// allows without asking each other for every call.
type permits struct {
	mu   sync.Mutex
	left map[int64]block
}

type block struct{ minute, left int64 }

func (p *permits) take(api, minute int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.left[api]
	if b.minute != minute || b.left == 0 {
		return false
	}
	b.left--
	p.left[api] = b
	return true
}

func (p *permits) add(api, minute, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == nil {
		p.left = map[int64]block{}
	}
	b := p.left[api]
	if b.minute != minute {
		b = block{minute: minute}
	}
	b.left += n
	p.left[api] = b
}

// permit keeps the pace of an API: what it asked to be left alone for, and the calls a
// minute that are set on its row. Work in the background leaves a quarter of them to
// people who wait. An API without a rate costs nothing.
func (c *consumer) permit(env *record.Env, l *live) error {
	now := c.now()
	if wait := moment(l.pausedUntil).Sub(now); wait > 0 && !linger(env, wait) {
		return paused(l.provider, wait)
	}
	if l.api.rate == 0 {
		return nil
	}
	minute := now.Unix() / 60
	if c.permits.take(l.api.id, minute) {
		return nil
	}
	most := l.api.rate
	if env.User.UserID() == 0 {
		most = max(1, most*3/4)
	}
	n := max(1, l.api.rate/20)
	ok, err := c.leaseBlock(env, l.api.id, minute, n, most)
	if err == nil && !ok && n > 1 {
		n = 1
		ok, err = c.leaseBlock(env, l.api.id, minute, n, most)
	}
	if err != nil {
		return err
	}
	if !ok {
		return paused(l.provider, time.Unix((minute+1)*60, 0).Sub(now))
	}
	c.permits.add(l.api.id, minute, n-1)
	return nil
}

func (c *consumer) leaseBlock(env *record.Env, api, minute, n, most int64) (ok bool, err error) {
	err = env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		tx.Quiet()
		res, err := tx.Exec(`INSERT INTO oauth_consumer_pace (api_id, minute, taken, paused_until) VALUES (?, ?, ?, 0)
			ON CONFLICT (api_id) DO UPDATE SET taken = CASE WHEN oauth_consumer_pace.minute = excluded.minute THEN oauth_consumer_pace.taken + excluded.taken ELSE excluded.taken END,
				minute = excluded.minute
			WHERE oauth_consumer_pace.minute <> excluded.minute OR oauth_consumer_pace.taken + excluded.taken <= ?`, api, minute, n, most)
		if err != nil {
			return err
		}
		rows, err := res.RowsAffected()
		ok = rows == 1
		return err
	})
	return ok, err
}

// briefly is how long a page may be kept waiting because an API wants to be left alone.
const briefly = 2 * time.Second

// linger waits, if that is brief; false when it would not be, or nobody waits any more.
func linger(ctx context.Context, wait time.Duration) bool {
	if wait > briefly {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func paused(provider string, wait time.Duration) *Unavailable {
	f := fault.New(fault.Unavailable, "%s asks to wait before the next call. Nothing that you entered is lost; try again in a while.", provider).
		Keyed("oauth_consumer.refused.pace", map[string]any{"Provider": provider})
	return &Unavailable{Provider: provider, RetryAfter: wait, Unsent: true, Fault: f, cause: errPaused}
}

// pause remembers, for all instances, that the API wants to be left alone.
func (c *consumer) pause(env *record.Env, l *live, r *Refusal) {
	if r.RetryAfter == 0 {
		return
	}
	ctx := context.WithoutCancel(env.Context)
	until := c.now().Add(r.RetryAfter).UnixMicro()
	err := env.Database().DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO oauth_consumer_pace (api_id, minute, taken, paused_until) VALUES (?, 0, 0, ?)
			ON CONFLICT (api_id) DO UPDATE SET paused_until = excluded.paused_until`, l.api.id, until)
		return err
	})
	if err != nil {
		c.log.WarnContext(ctx, "note a pause", "api", l.api.id, "error", err)
	}
}
