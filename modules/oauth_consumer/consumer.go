package oauthconsumer

import (
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/seal"
)

// consumer is the module at work in one database: what others have declared to it, and
// what it needs to speak with providers. It is a part of the registry.
type consumer struct {
	users    []apiUser
	profiles []Profile

	app       *web.Application // known before the first record is loaded
	log       *slog.Logger
	guarded   *http.Client // reaches public addresses only
	free      *http.Client // reaches private ones too
	refreshes singleflight.Group
	standings *db.Memory[asking, *live]
	shelf     shelf
	permits   permits
	doubts    suspicion
	ids       ids
	// callTimeout and tokenTimeout bound one request to an API, and to a token endpoint.
	callTimeout, tokenTimeout time.Duration
}

func consumerOf(e *record.Env) *consumer { return record.Part[consumer](e.Registry()) }

// prepare makes what needs no application.
func (c *consumer) prepare() {
	c.log = web.Log(slog.Default())
	c.guarded, c.free = newClient(false), newClient(true)
	c.callTimeout, c.tokenTimeout = callTimeout, tokenTimeout
}

// open adds what needs the application: routes and panels of every kind of API user.
func (c *consumer) open(a *web.Application) {
	c.app = a
	c.standings = db.NewMemory[asking, *live](a.Database.DB, mostStandings, db.LeaseTrust)
	c.routes(a.Site)
	a.Site.Need(c.reminders)
	a.Site.Panel(redirectPanel, c.redirectPanel)
	for _, u := range c.users {
		a.Site.Panel(panelName(u.kind), c.panel(u.kind))
	}
}

// now is the time; an Env keeps that of its making, and a refresh may wait.
func (c *consumer) now() time.Time {
	if clock := c.app.Database.Clock; clock != nil {
		return clock()
	}
	return time.Now()
}

// at is where a sealed value lives: it opens there and nowhere else.
func (c *consumer) at(table, column string, row int64) seal.AD {
	return seal.AD{Database: c.app.DatabaseID, Table: table, Column: column, Row: strconv.FormatInt(row, 10)}
}

func (c *consumer) seal(table, column string, row int64, plain string) ([]byte, error) {
	if plain == "" {
		return nil, nil
	}
	return c.app.Seal.Seal([]byte(plain), c.at(table, column, row))
}

func (c *consumer) unseal(table, column string, row int64, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := c.app.Seal.Open(sealed, c.at(table, column, row))
	return string(plain), err
}

// text is a text in the language of the Env.
func (c *consumer) text(e *record.Env, key, english string, args ...any) string {
	if c.app == nil || c.app.Texts == nil {
		return english
	}
	return c.app.Texts.For(e.Lang).Or(key, english, args...)
}

// profile is what is known of a provider besides its row; plain OAuth 2.0 when nothing is.
func (c *consumer) profile(key string) Profile {
	i := slices.IndexFunc(c.profiles, func(p Profile) bool { return p.Key == key })
	if i < 0 {
		return Profile{}
	}
	return c.profiles[i]
}

var idEpoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// ids draws ids that grow with time, so that rows can be sealed before they are written,
// read newest first and purged as a range: milliseconds above 22 random bits.
type ids struct {
	mu   sync.Mutex
	last int64
}

func (g *ids) next(now time.Time) int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	id := idAt(now) | int64(binary.BigEndian.Uint64(b[:])&(1<<22-1))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(id, g.last+1)
	return g.last
}

// idAt is the lowest id of a moment.
func idAt(t time.Time) int64 { return max(0, t.Sub(idEpoch).Milliseconds()) << 22 }

// moment reads microseconds since 1970, zero for 0.
func moment(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}
