package oauthprovider

import (
	"context"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// memory remembers the status of tokens between requests: in the one process that holds
// the lease on a SQLite file, and in every server on PostgreSQL, which asks for the count
// of changes with each request. It is good for as long as nobody has written anything but
// new tokens: the first write of any process empties it.
type memory struct {
	db    *db.DB
	mu    sync.RWMutex
	count uint64 // of changes, at which what is remembered was read
	since time.Time
	known map[int64]remembered
	holds map[holder]*oauth.Standing
	// accounts are shared as well and never written to.
	accounts map[int64]*web.Account
}

// holder is a client, the user it acts for, and the grant between them, 0 for none.
type holder struct{ client, user, grant int64 }

// remembered is a token with its standing. Both are shared and never written to.
type remembered struct {
	token    *oauth.Token
	standing *oauth.Standing
}

// mostRemembered bounds the memory; when it is full it starts anew.
const mostRemembered = 20_000

// find returns what is known of a token. read says that the caller may keep what he
// reads, if at is still the count then.
func (m *memory) find(ctx context.Context, id int64) (r remembered, known bool, at uint64, keep bool) {
	at, keep = m.db.Changes(ctx)
	if !keep {
		return r, false, 0, false
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.stale(at) {
		return r, false, at, true
	}
	r, known = m.known[id]
	return r, known, at, true
}

func (m *memory) stale(at uint64) bool {
	return m.count != at || time.Since(m.since) > db.LeaseTrust
}

// fresh empties the memory when what it holds is too old, or too much.
func (m *memory) fresh(at uint64) {
	if m.stale(at) || len(m.known)+len(m.holds)+len(m.accounts) >= mostRemembered {
		m.count, m.since = at, time.Now()
		m.known, m.holds, m.accounts = map[int64]remembered{}, map[holder]*oauth.Standing{}, map[int64]*web.Account{}
	}
}

// standing returns what read says of a holder, remembered where that is allowed.
func (m *memory) standing(ctx context.Context, who holder, read func() (*oauth.Standing, error)) (*oauth.Standing, error) {
	return recalled(ctx, m, func() map[holder]*oauth.Standing { return m.holds }, who, read)
}

// account returns the account that read gives, remembered where that is allowed.
func (m *memory) account(ctx context.Context, id int64, read func() (*web.Account, error)) (*web.Account, error) {
	return recalled(ctx, m, func() map[int64]*web.Account { return m.accounts }, id, read)
}

// recalled returns what one of the tables holds, else what read gives, which it then holds.
func recalled[K comparable, V any](ctx context.Context, m *memory, table func() map[K]V, key K, read func() (V, error)) (V, error) {
	at, keep := m.db.Changes(ctx)
	if !keep {
		return read()
	}
	m.mu.RLock()
	v, known := table()[key]
	known = known && !m.stale(at)
	m.mu.RUnlock()
	if known {
		return v, nil
	}
	v, err := read()
	if err == nil {
		m.mu.Lock()
		m.fresh(at)
		table()[key] = v
		m.mu.Unlock()
	}
	return v, err
}

// keep remembers what was read after the count was at.
func (m *memory) keep(id int64, r remembered, at uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fresh(at)
	m.known[id] = r
}
