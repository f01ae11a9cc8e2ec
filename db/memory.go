package db

import (
	"context"
	"sync"
	"time"
)

// Memory remembers what was read from the database, by a key, for as long as nobody has
// written anything that others may have remembered: the first such write of any process
// empties it (see [DB.TakeLease]). Values are shared by those who ask and must not be
// written to. Where nothing may be remembered, and within a transaction, it reads.
type Memory[K comparable, V any] struct {
	db    *DB
	most  int
	trust time.Duration
	mu    sync.RWMutex
	count uint64 // of changes, at which what is held was read
	since time.Time
	held  map[K]V
}

// NewMemory returns an empty memory. It starts anew when it holds most values, and after
// trust: [LeaseTrust], or longer for what is looked at again before it has consequences.
func NewMemory[K comparable, V any](d *DB, most int, trust time.Duration) *Memory[K, V] {
	return &Memory[K, V]{db: d, most: most, trust: trust}
}

// Of returns what is held for key, else what read gives, which it then holds. read is
// told whether that is so: it may fetch more than it needs now.
func (m *Memory[K, V]) Of(ctx context.Context, key K, read func(kept bool) (V, error)) (V, error) {
	if m.db.InTransaction(ctx) { // it sees what others do not, and what may be undone
		return read(false)
	}
	at, kept := m.db.Changes(ctx)
	if !kept {
		return read(false)
	}
	if v, known := m.find(key, at); known {
		return v, nil
	}
	v, err := read(true)
	if err == nil {
		m.keep(key, v, at)
	}
	return v, err
}

// Forget lets go of one value: for a quiet write about it, see [Tx.Quiet].
func (m *Memory[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.held, key)
}

func (m *Memory[K, V]) find(key K, at uint64) (v V, known bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.stale(at) {
		return v, false
	}
	v, known = m.held[key]
	return v, known
}

// keep holds what was read after the count was at. Where the count has gone on meanwhile,
// nobody finds it.
func (m *Memory[K, V]) keep(key K, v V, at uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || m.stale(at) || len(m.held) >= m.most {
		m.count, m.since, m.held = at, time.Now(), map[K]V{}
	}
	m.held[key] = v
}

func (m *Memory[K, V]) stale(at uint64) bool {
	return m.count != at || time.Since(m.since) > m.trust
}
