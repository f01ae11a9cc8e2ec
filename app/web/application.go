package web

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/seal"
	"github.com/tessera-erp/tessera/ui"
)

// Application is what answers for one database: its records, site, texts and people.
// The server picks it by host before it routes.
type Application struct {
	Database *record.Database
	Site     *Site
	Texts    *i18n.Bundle
	BaseURL  *url.URL // configured; links and issuer come from it, never from the Host header
	// PublicIP is where the internet reaches this server, as its operator says; the zero
	// value when he does not.
	PublicIP netip.Addr
	Accounts Accounts
	Tokens   Tokens // nil without oauth_provider: Token routes answer 401
	Demo     bool
	// Seal seals what is secret at rest; DatabaseID, made with the database, is part of
	// the associated data, so that nothing sealed opens in a copy under another id.
	Seal       *seal.Keyset
	DatabaseID string
	// Deployment names where the database is in use: it changes when the database is
	// opened at another address or under another base URL, as a copy is.
	Deployment string

	// Migrations are all steps of the installed modules: /readyz answers 200 once they are done.
	Migrations []db.MigrationSet
	// SignInHint tells whom the sign-in page continues to, by the local path it leads to;
	// nil, or a nil answer, is Tessera itself.
	SignInHint func(c *Ctx, next string) *SignInHint
	// Sessions bounds how long people stay signed in; the zero value takes DefaultLifetimes.
	Sessions Lifetimes
}

// SignInHint is the application from outside that a sign-in is for.
type SignInHint struct {
	Client *ui.Client
	// FormAction are the sources that the page's Content-Security-Policy lets the answer
	// redirect to, besides this host: browsers apply form-action to redirects after a post.
	FormAction []string
}

// Lifetimes bounds sessions. A session ends when it was not used for Idle, and after
// Absolute in any case; Kept… holds for "keep me signed in".
type Lifetimes struct {
	Idle, Absolute         time.Duration
	KeptIdle, KeptAbsolute time.Duration
}

// DefaultLifetimes are those of an Application that sets none.
var DefaultLifetimes = Lifetimes{Idle: 12 * time.Hour, Absolute: 7 * 24 * time.Hour, KeptIdle: 30 * 24 * time.Hour, KeptAbsolute: 90 * 24 * time.Hour}

// Account is a person who can sign in. It is a record.Principal.
type Account struct {
	ID           int64
	Login        string
	Name         string
	Email        string
	Subject      string // random, never shown: pairwise OAuth subjects are made from it
	PasswordHash string // argon2id, "" when none is set
	Active       bool
	GroupCodes   []string // with what they imply, sorted
	Company      int64    // default company
	Companies    []CompanyName
	Lang         string
	TimeZone     string
	NotBefore    time.Time // sessions and tokens from before are dead
}

// CompanyName is a company that an account may act for.
type CompanyName struct {
	ID   int64
	Name string
}

// UserID implements record.Principal.
func (a *Account) UserID() int64 { return a.ID }

// DisplayName implements record.Principal.
func (a *Account) DisplayName() string { return a.Name }

// Groups implements record.Principal.
func (a *Account) Groups() []string { return a.GroupCodes }

// Accounts is how the web floor reads and changes people; module base implements it.
type Accounts interface {
	// ByID returns an account, active or not; NotFound when there is none.
	ByID(ctx context.Context, d *record.Database, id int64) (*Account, error)
	// ByLogin finds an account by login or e-mail, whatever the case; NotFound when there is none.
	ByLogin(ctx context.Context, d *record.Database, login string) (*Account, error)
	// SetPassword stores a hash made by HashPassword and ends every other session and token.
	SetPassword(ctx context.Context, d *record.Database, id int64, hash string) error
	// Unset reports whether no account has a password yet, so that the setup link is offered.
	Unset(ctx context.Context, d *record.Database) (bool, error)
	// Administrator is the account that the setup link is for: the first one.
	Administrator(ctx context.Context, d *record.Database) (*Account, error)
	// SetPreferences stores a person's own language and time zone.
	SetPreferences(ctx context.Context, d *record.Database, id int64, lang, timeZone string) error
}

// Tokens authenticates bearer tokens; module oauth_provider implements it.
type Tokens interface {
	// Authenticate returns the environment of the token's user, looking through the
	// windows of its scopes. On failure it returns the RFC 6750 challenge to send.
	Authenticate(r *http.Request, scopes []string) (*record.Env, *Account, *Challenge)
}

// Challenge is why a token was not enough: 401 or 403 with WWW-Authenticate (RFC 6750 §3).
type Challenge struct {
	Status      int
	Code        string // invalid_token, insufficient_scope, invalid_request, or "" when no token came
	Description string
	Scope       string // what would be enough
	// Metadata is the URL of the protected resource's metadata (RFC 9728 §5.1), "" for none.
	Metadata string
}

// Session is one signed-in browser.
type Session struct {
	ID        int64 // of the row; the cookie's secret is stored as a hash only
	UserID    int64
	Company   int64
	AuthTime  time.Time
	AMR       []string // RFC 8176: pwd, otp, …
	ACR       string
	UserAgent string
	Address   string
	CreatedAt time.Time
	LastSeen  time.Time
	ExpiresAt time.Time
	Kept      bool // "keep me signed in"
}
