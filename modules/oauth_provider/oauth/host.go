package oauth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Host is the house around the engine: people, their sign-in, and pages. Every method
// with a ResponseWriter answers the request completely; cache and referrer headers are
// already set.
type Host interface {
	// Session returns who is signed in with this browser, nil when nobody is.
	Session(r *http.Request) (*Session, error)
	// SignIn sends the browser to the sign-in page, which ends with a 303 to s.Resume.
	SignIn(w http.ResponseWriter, r *http.Request, s *SignIn)
	// Consent shows the consent page, status 200.
	Consent(w http.ResponseWriter, r *http.Request, p *ConsentPage)
	// Fail shows an error page with f.Status; the client is not told.
	Fail(w http.ResponseWriter, r *http.Request, f *Failure)
	// MayUse reports whether the user may grant the client anything (its groups, companies).
	MayUse(ctx context.Context, userID int64, c *Client) (bool, error)
	// Claims writes what the scopes reveal of the user into o. Names that the protocol
	// uses itself (sub, iss, …) and id are ignored there, as are empty values.
	Claims(ctx context.Context, req *ClaimsRequest, o *Object) error
}

// PasswordHost is a Host that checks passwords, for the resource owner password grant. A
// Host that is none offers no such grant.
type PasswordHost interface {
	// SignInByPassword returns who signs in with login and password from the address, as
	// Session does, without a session: ID is "". Failures count like those of the sign-in
	// page. Errors: ErrWrongPassword, also for an unknown login and for somebody who needs
	// a second factor; *TooManyAttempts.
	SignInByPassword(ctx context.Context, login, password, address string) (*Session, error)
}

// ErrWrongPassword says that login and password sign nobody in.
var ErrWrongPassword = errors.New("oauth: login and password do not match")

// TooManyAttempts says that sign-in is closed for a while.
type TooManyAttempts struct{ Wait time.Duration }

func (e *TooManyAttempts) Error() string { return "oauth: too many attempts to sign in" }

// Session is a signed-in person.
type Session struct {
	ID       string // names the session; not the cookie's value
	UserID   int64
	Subject  string // the user's oauth identifier, from which sub is made
	Name     string
	AuthTime time.Time // with at least microseconds
	AMR      []string  // RFC 8176
	ACR      string
}

// SignIn is what the sign-in page needs.
type SignIn struct {
	// Resume is the path and query to go on with after sign-in. The request is sealed
	// in it: nothing is stored meanwhile.
	Resume string
	// Again says that a sign-in is wanted even if somebody is signed in.
	Again     bool
	Client    *Client
	LoginHint string
	UILocales []string
	ACRValues []string
}

// ConsentPage is what the consent page shows. Its form posts to Action the fields
// FieldHandle, FieldDecision (DecisionAllow or DecisionDeny) and a FieldScope for each
// ticked scope.
type ConsentPage struct {
	Action  string
	Handle  string
	Client  *Client
	Session *Session
	Scopes  []ConsentScope

	RedirectHost string // shown to the person: host, or scheme of a private one
	RedirectPath string // the rest of it, without its query
	// FormAction is the source expression that the page's CSP form-action needs besides
	// 'self': Chrome applies it to the redirect after the POST.
	FormAction string
	// SwitchUser is the path and query that signs in somebody else for the same request.
	SwitchUser string
	UILocales  []string
	// Grant is the earlier grant, nil when there was none.
	Grant *Grant
}

// ConsentScope is one line of the consent page.
type ConsentScope struct {
	Scope
	Ticked  bool // to be shown ticked
	Granted bool // was granted before
	Wider   bool // was granted before, and reveals more now
}

// Fields of the consent form.
const (
	FieldHandle   = "handle"
	FieldDecision = "decision"
	FieldScope    = "scope"
	DecisionAllow = "allow"
	DecisionDeny  = "deny"
)

// Failure is an error shown to the person because there is nobody to redirect to.
type Failure struct {
	Status      int
	Code        string // an OAuth error code, or "forbidden"
	Description string // English, for the developer of the client
	ClientID    string // as sent, may be anything
}

// ClaimsRequest asks for claims about a user.
type ClaimsRequest struct {
	UserID  int64
	Client  *Client
	Scopes  Scopes
	Profile any // Standing.Profile, nil for an id_token
}

// Events hears what an audit log wants to know. Nothing secret is in an Event. It is
// called after the fact, on the request's goroutine.
type Events interface {
	Record(ctx context.Context, e Event)
}

// EventKind names what happened.
type EventKind string

// The events.
const (
	EventGrantGiven      EventKind = "grant given"
	EventGrantRefused    EventKind = "grant refused"
	EventAuthorizeFailed EventKind = "authorize failed"
	EventTokenIssued     EventKind = "token issued"
	EventTokenFailed     EventKind = "token failed"
	EventReplay          EventKind = "replay detected"
	EventRevoked         EventKind = "token revoked"
)

// Event is one line for the audit log; fields that do not apply are zero.
type Event struct {
	Kind            EventKind
	At              time.Time
	Client          string // identifier, as sent when it is unknown
	ClientID        int64
	SecretID        int64 // the client secret used
	UserID          int64
	GrantID         int64
	AuthorizationID int64
	GrantType       string
	Scopes          Scopes
	Error           string // OAuth error code
	Detail          string // developer's sentence; for a redirect URI mismatch what was received
	RedirectURI     string // received, which is not one of the client's
	Address         string // of the peer
}

// Throttle limits guessing of client secrets.
type Throttle interface {
	// Allow is asked before a client is authenticated; wait > 0 refuses with 429.
	Allow(ctx context.Context, client, address string) (wait time.Duration)
	// Failed is told of a wrong secret.
	Failed(ctx context.Context, client, address string)
}
