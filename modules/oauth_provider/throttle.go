package oauthprovider

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// freeGuesses is how many wrong secrets a client may send from one address before each
// further one closes it there for a while: an application that is set up wrongly should be
// told so, and not lock out those that share its address at once.
const freeGuesses = 10

// mostClosed bounds what is remembered of clients that are closed for an address.
const mostClosed = 16384

// guesses limits guessing of client secrets, for each client and address. The counters are
// those of the sign-in page, in the database; what they say of an address stays here, so
// that a client that knows its secret costs a look into a map and no query. An instance
// learns that an address is closed by its first failure there.
type guesses struct {
	database *record.Database
	known    func(identifier string) bool
	log      *slog.Logger

	mu     sync.RWMutex
	closed map[guesser]time.Time // until when
}

// guesser is a client as it is named from somewhere.
type guesser struct{ client, address string }

func newGuesses(d *record.Database, known func(identifier string) bool, log *slog.Logger) *guesses {
	return &guesses{database: d, known: known, log: log, closed: map[guesser]time.Time{}}
}

// Allow implements oauth.Throttle.
func (g *guesses) Allow(ctx context.Context, client, address string) time.Duration {
	g.mu.RLock()
	none := len(g.closed) == 0
	g.mu.RUnlock()
	if none {
		return 0
	}
	from := guesser{client, web.Neighbourhood(address)}
	g.mu.RLock()
	until, ok := g.closed[from]
	g.mu.RUnlock()
	if !ok {
		return 0
	}
	wait := until.Sub(g.database.Nobody(ctx).Now)
	if wait <= 0 {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.closed[from].Equal(until) {
			delete(g.closed, from)
		}
	}
	return max(0, wait)
}

// Failed implements oauth.Throttle. Clients that do not exist have no secret to guess, and
// are not counted: anybody can make up any number of them. Who hangs up is counted too.
func (g *guesses) Failed(ctx context.Context, client, address string) {
	if !g.known(client) {
		return
	}
	from := guesser{client, web.Neighbourhood(address)}
	wait, err := web.CountFailure(context.WithoutCancel(ctx), g.database, "client:"+client+" address:"+from.address, freeGuesses)
	if err != nil {
		g.log.ErrorContext(ctx, "wrong client secret not counted", "client", client, "error", err)
		return
	}
	if wait > 0 {
		g.close(from, g.database.Nobody(ctx).Now, wait)
	}
}

func (g *guesses) close(from guesser, now time.Time, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.closed) >= mostClosed {
		maps.DeleteFunc(g.closed, func(_ guesser, until time.Time) bool { return !now.Before(until) })
	}
	if len(g.closed) < mostClosed {
		g.closed[from] = now.Add(wait)
	}
}
