package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

const (
	seenEvery   = time.Minute // how exact "last seen" is
	seenAtOnce  = 4           // writers of "last seen" at a time; more wait for their next request
	seenTimeout = 10 * time.Second
)

// lastSeen writes when sessions were last used, beside the requests and never for more
// than a few at a time: who is left out is written with a later request.
type lastSeen struct {
	logger *slog.Logger
	slots  chan struct{}
	wg     sync.WaitGroup
}

func newLastSeen(l *slog.Logger) *lastSeen {
	return &lastSeen{logger: l, slots: make(chan struct{}, seenAtOnce)}
}

func (l *lastSeen) note(d *record.Database, session int64, now time.Time) {
	select {
	case l.slots <- struct{}{}:
	default:
		return
	}
	l.wg.Go(func() {
		defer func() { <-l.slots }()
		ctx, cancel := context.WithTimeout(context.Background(), seenTimeout)
		defer cancel()
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE session SET last_seen = ? WHERE id = ? AND last_seen < ?", now, session, now)
			return err
		})
		if err != nil {
			l.logger.Warn("last seen not written", "session", session, "error", err)
		}
	})
}

// wait returns when nothing is being written.
func (l *lastSeen) wait() { l.wg.Wait() }
