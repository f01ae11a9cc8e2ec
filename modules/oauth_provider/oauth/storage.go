package oauth

import (
	"context"
	"errors"
	"math"
	"time"
)

// Errors a Storage answers with. Anything else is a failure of the storage: the request
// ends with 503 and the cause goes to the log.
var (
	ErrNotFound = errors.New("oauth: no such row")
	// ErrDuplicate says that an id is taken (two processes drew the same); the engine
	// draws another and tries again.
	ErrDuplicate = errors.New("oauth: id is taken")
)

// Newest asks Storage.Client for the definition in force, whatever is remembered.
const Newest = math.MaxInt64

// Storage keeps what the engine needs. Times come from the engine, in UTC; a zero time
// means "not happened". It must be safe for concurrent use.
//
// Budget: a silent authorize is Grant + InsertAuthorization; a token request is one
// Write, after one Authorization for a code, and Standing + InsertToken for client credentials; introspection, tokeninfo and userinfo are one Token (or Authorization).
type Storage interface {
	// Client returns the definition with the identifier, ErrNotFound when there is none.
	// It may come from a cache unless its Version is below version: 0 takes any, Newest
	// the one in force now.
	Client(ctx context.Context, identifier string, version int64) (*Client, error)

	// Grant returns the latest grant of the user to the client, withdrawn ones included,
	// nil when there was none, and the standing of both in any case.
	Grant(ctx context.Context, userID, clientID int64) (*Grant, *Standing, error)

	// Token returns an access token by primary key with its standing, in one query.
	// ErrNotFound when there is none.
	Token(ctx context.Context, id int64, need Need) (*Token, *Standing, error)
	// Authorization is the same for an authorization (codes and refresh tokens).
	Authorization(ctx context.Context, id int64) (*Authorization, *Standing, error)

	// Standing of a client and the user it runs as (0: nobody).
	Standing(ctx context.Context, clientID, userID int64) (*Standing, error)

	// InsertAuthorization adds the row of a code just issued under a remembered grant.
	InsertAuthorization(ctx context.Context, a *Authorization) error
	// InsertToken adds an access token that nothing else has to be written with.
	InsertToken(ctx context.Context, t *Token) error

	// InsertPending keeps a request while its consent page is shown.
	InsertPending(ctx context.Context, p *Pending) error
	// TakePending deletes the pending request and returns it, ErrNotFound unless id, hash
	// and session all match. Of two callers at once, one gets it.
	TakePending(ctx context.Context, id int64, hash [32]byte, sessionID string) (*Pending, error)

	// Write runs fn in one transaction, committed when fn returns nil and rolled back,
	// returning fn's error, otherwise. fn has no side effect outside tx and may be run
	// again after a serialization failure.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Need is how much of a token's standing is wanted.
type Need uint8

// The needs. What is not needed may come along all the same.
const (
	NeedStatus  Need = iota // whether the token is good, and for what
	NeedProfile             // Standing.Profile too, for an answer about the user himself
)

// Tx is Storage inside one transaction.
type Tx interface {
	// Authorization returns the row with its standing and locks it until the end.
	Authorization(ctx context.Context, id int64) (*Authorization, *Standing, error)
	InsertAuthorization(ctx context.Context, a *Authorization) error
	// SpendCode writes SpentAt and Refresh of an authorization whose code is neither spent
	// nor revoked, and reports whether it was: of several callers one is first.
	SpendCode(ctx context.Context, id int64, at time.Time, r Refresh) (first bool, err error)
	// SaveRefresh writes SpentAt and Refresh of an authorization, nothing else.
	SaveRefresh(ctx context.Context, id int64, spentAt time.Time, r Refresh) error
	// RevokeAuthorization ends the code, the refresh token and all access tokens under it.
	RevokeAuthorization(ctx context.Context, id int64, at time.Time) error

	InsertToken(ctx context.Context, t *Token) error
	// RevokeToken ends one access token; used for those without an authorization.
	RevokeToken(ctx context.Context, id int64, at time.Time) error

	// SaveGrant writes Scopes, Refused, Skipped and GivenAt of the user's grant to the
	// client that is not withdrawn, of which there is at most one, or inserts one when
	// there is none, and sets g.ID. It never revives one that was withdrawn meanwhile,
	// whatever g.ID says: its tokens stay dead.
	SaveGrant(ctx context.Context, g *Grant) error
}

// Grant is what a person gave a client: the remembered consent.
type Grant struct {
	ID               int64
	UserID, ClientID int64
	Scopes           Scopes   // ticked, with the version shown then
	Refused          []string // shown and not ticked: not asked again except by prompt=consent
	Skipped          bool     // given by SkipConsent, nobody was asked
	GivenAt          time.Time
	WithdrawnAt      time.Time
}

// Authorization is one sign-in of a person at a client, one row from code to last
// refresh. It is inserted with the hash of a code; the exchange spends the code and puts
// the hash of the refresh token in; every rotation replaces that hash. Ending this row
// ends all that was issued under it.
type Authorization struct {
	ID                        int64 // time-ordered, see IDTime; it is inside code and refresh token
	UserID, ClientID, GrantID int64
	SessionID                 string
	Scopes                    Scopes

	CodeHash      [32]byte
	CodeExpiresAt time.Time
	SpentAt       time.Time
	RedirectURI   string
	RedirectNamed bool   // the request named the redirect URI, so the exchange must too
	Challenge     string // PKCE S256, "" when none was sent
	Nonce         string
	Resources     []string // RFC 8707: what access tokens are for, none: everything
	Claims        []string // wanted in the id_token; each is a scope-token
	AuthTime      time.Time
	AMR           []string
	ACR           string

	Refresh   Refresh
	RevokedAt time.Time
}

// Refresh is the state of an authorization's refresh token. The zero value means that
// there is none.
type Refresh struct {
	Hash       [32]byte // of the current refresh token
	Generation int64    // 1 for the first
	RotatedAt  time.Time
	ExpiresAt  time.Time // idle end, never after AbsoluteAt
	AbsoluteAt time.Time
}

// Token is one access token, opaque or JWT.
type Token struct {
	ID              int64    // time-ordered, see IDTime
	Hash            [32]byte // of the opaque token, or of the JWT's jti
	AuthorizationID int64    // 0 for client credentials, implicit, password
	GrantID         int64    // 0 for client credentials
	UserID          int64    // 0 when the client runs as nobody
	ClientID        int64
	Scopes          Scopes
	Resources       []string // RFC 8707: what it is for, none: everything
	ExpiresAt       time.Time
	RevokedAt       time.Time
}

// Standing is what must hold at the moment of a request, read along with the row.
type Standing struct {
	Client        string // identifier
	ClientVersion int64  // of the definition; the engine never acts on an older one
	ClientActive  bool
	UserActive    bool   // true when there is no user
	UserSubject   string // the user's oauth identifier, from which sub is made; "" without user
	// NotBefore ends everything issued earlier: the later of the user's (password changed,
	// signed out everywhere) and the client's (all tokens revoked); zero when neither is set.
	NotBefore time.Time
	// Granted are the scopes of the grant as it is now; nil when the row has no grant.
	Granted   Scopes
	Withdrawn bool // the grant was withdrawn
	Revoked   bool // the authorization was revoked
	// Profile is Storage's own: whatever of the user's row it read along, handed to
	// Host.Claims so that userinfo needs no second read.
	Profile any
}

// Pending is a checked request waiting for the consent page's answer. It exists only for
// somebody signed in and is bound to that session.
type Pending struct {
	ID               int64
	Hash             [32]byte
	SessionID        string
	UserID, ClientID int64
	Sealed           string // the request, sealed
	ExpiresAt        time.Time
}
