package oauthprovider

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/db"
)

// useEvery is how often the last use of secrets is written at most.
const useEvery = time.Minute

// uses notes when secrets were used last. A token request pays a look into a map; what
// was noted is written once a minute, all of it in one transaction that ends nothing, and
// what was noted in the last minute before the program stops is lost.
type uses struct {
	db  *db.DB
	log *slog.Logger

	mu      sync.Mutex
	seen    map[int64]time.Time // by secret
	dirty   map[int64]bool      // noted and not written
	waiting bool
}

func newUses(d *db.DB, log *slog.Logger) *uses {
	return &uses{db: d, log: log, seen: map[int64]time.Time{}, dirty: map[int64]bool{}}
}

// note says that a secret was used.
func (u *uses) note(secretID int64, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if secretID == 0 || at.Sub(u.seen[secretID]) < time.Second {
		return
	}
	u.seen[secretID], u.dirty[secretID] = at, true
	if !u.waiting {
		u.waiting = true
		time.AfterFunc(useEvery, func() {
			if err := u.flush(context.Background()); err != nil {
				u.log.Warn("last use of client secrets not written", "error", err)
			}
		})
	}
}

// last is when this instance saw a secret used last, zero for never.
func (u *uses) last(secretID int64) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.seen[secretID]
}

// flush writes what was noted since the last time.
func (u *uses) flush(ctx context.Context) error {
	u.mu.Lock()
	at := map[int64]time.Time{}
	for id := range u.dirty {
		at[id] = u.seen[id]
	}
	clear(u.dirty)
	u.waiting = false
	u.mu.Unlock()
	if len(at) == 0 {
		return nil
	}
	return u.db.Write(ctx, func(tx *db.Tx) error {
		tx.Quiet()
		for _, id := range slices.Sorted(maps.Keys(at)) { // in one order: two instances must not wait for each other
			if _, err := tx.Exec("UPDATE oauth_provider_secret SET used_at = ? WHERE id = ? AND used_at < ?", micro(at[id]), id, micro(at[id])); err != nil {
				return err
			}
		}
		return nil
	})
}
