// Package oauthtest is the protocol engine's conformance suite. It drives a Provider over
// HTTP against any Storage, so that the real storage holds to the same contract as the
// one in memory. The numbers in test names are those of the project's list of attacks.
package oauthtest

import (
	"testing"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Fixture is a Storage under test together with what an administrator would do to it. A
// fresh one is empty. Methods end the test when they fail. Times are the suite's own, the
// storage must have no clock.
type Fixture interface {
	Storage() oauth.Storage

	// AddScope creates a scope at version 1.
	AddScope(t testing.TB, code string, required bool)
	// WidenScope raises its version by one, for all clients that have it.
	WidenScope(t testing.TB, code string)
	// AddClient creates the client as described and sets ID and Version of c. Of c.Scopes
	// the codes count, in order; c.Secrets are hashes; RunsAs is an id of AddUser.
	AddClient(t testing.TB, c *oauth.Client)
	// ChangeClient changes the stored definition through fn, raising its version.
	ChangeClient(t testing.TB, identifier string, fn func(c *oauth.Client))
	// AddUser creates a user and returns its id and the oauth identifier it was given.
	AddUser(t testing.TB, login string) (id int64, subject string)
	SetUserActive(t testing.TB, userID int64, active bool)
	// EndTokens ends everything the user's tokens were issued for before at, as a change
	// of the password does.
	EndTokens(t testing.TB, userID int64, at time.Time)
	// Withdraw withdraws the user's grant to the client.
	Withdraw(t testing.TB, userID, clientID int64, at time.Time)
	// NarrowGrant leaves only the codes in the user's grant to the client.
	NarrowGrant(t testing.TB, userID, clientID int64, codes ...string)

	// Rows counts pending requests, authorizations, tokens and grants together.
	Rows(t testing.TB) int
	// Dump returns everything stored, as text or bytes, for a search for secrets.
	Dump(t testing.TB) []byte
}
