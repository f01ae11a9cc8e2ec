package oauthprovider

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Tests stand outside of the package: they need the whole list of modules. These are the
// few pieces that they look at without going through HTTP.

// NewStore returns the storage over a database.
func NewStore(d *record.Database) oauth.Storage { return newStore(d) }

// NewKeys returns the keys of an application, as a starting instance has them.
func NewKeys(a *web.Application) oauth.Keys {
	return newKeyring(a.Database.DB, a.Seal, a.DatabaseID, time.Now)
}

// The purge and its bounds.
var Purge = purge

const (
	PurgeBatch = purgeBatch
	KeepDead   = keepDead
)

// KeysAt returns the keys of an application at a moment that the test sets.
func KeysAt(a *web.Application, clock func() time.Time) *keyring {
	return newKeyring(a.Database.DB, a.Seal, a.DatabaseID, clock)
}

// ForgetSigning ends the minute that an instance remembers its signing keys.
func ForgetSigning(k *keyring) {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.signing)
}

// FreeGuesses is how many wrong secrets cost nothing.
const FreeGuesses = freeGuesses

// NewGuesses returns the throttle of an instance that knows some clients.
func NewGuesses(d *record.Database, clients ...string) oauth.Throttle {
	return newGuesses(d, func(identifier string) bool { return slices.Contains(clients, identifier) }, slog.Default())
}

// NewFailures collects failures and writes them as the audit log gets them; note tells it
// of one.
func NewFailures(write func(context.Context, oauth.Event, int)) (note func(context.Context, oauth.Event)) {
	return newFailures(write).note
}

// Uses notes when secrets were used.
type Uses struct{ *uses }

func NewUses(d *db.DB) Uses { return Uses{newUses(d, slog.New(slog.DiscardHandler))} }

func (u Uses) Note(secretID int64, at time.Time) { u.note(secretID, at) }
func (u Uses) Flush(ctx context.Context) error   { return u.flush(ctx) }
