package oauth

import (
	"slices"
	"time"
)

// Client is an application's registration as the engine needs it. Values of this type
// are shared between requests and never written to.
type Client struct {
	ID         int64  // storage's key, never shown outside
	Identifier string // client_id
	Version    int64  // grows with every change of the definition or of the scopes in it
	Active     bool

	Name, Publisher, Logo        string
	Homepage, Policy, TermsOfUse string

	// Public clients have no secret and prove themselves by PKCE alone.
	Public  bool
	Secrets []Secret // at most two live while rotating

	GrantTypes    []string // GrantCode, GrantRefresh, …
	ResponseTypes []string // ResponseCode, …
	PKCEOptional  bool     // confidential clients only
	RedirectURIs  []string // in order, the first is the default
	Scopes        []Scope  // what may be asked, in the order of the consent page
	DefaultScopes []string // meant when scope is absent
	SkipConsent   bool     // trusted: no consent page
	NoQueryToken  bool     // refuses ?access_token= for this client's tokens
	ClaimsInID    bool     // the id_token repeats the userinfo claims
	IDTokenAlg    string   // RS256 when empty, ES256, EdDSA
	TokenKind     string   // TokenOpaque when empty, TokenJWT
	TokenAlg      string   // of JWT access tokens: RS256 when empty, ES256, EdDSA

	// LegacyUntil is when implicit and password end for this client; zero: it may use
	// neither, whatever its grant types say. RFC 9700 §2.1.2 and §2.4 advise against both.
	LegacyUntil time.Time

	// RunsAs is the user a client_credentials token acts as, 0 for nobody: it sees nothing.
	RunsAs int64

	Lifetimes Lifetimes
}

// Kinds of access tokens.
const (
	TokenOpaque = "opaque"
	TokenJWT    = "jwt" // RFC 9068
)

// Secret is one client secret at rest.
type Secret struct {
	ID   int64
	Hash [32]byte // HashSecret of it
	// ExpiresAt is when it ends, while the client changes over to the next; zero is never.
	ExpiresAt time.Time
}

// Scope is a scope as a client may ask for it. Its name and description are the
// Host's business.
type Scope struct {
	Code string
	// Version grows whenever the scope is widened (fields, operations or records added).
	// A grant given at a lower version is asked for again.
	Version int64
	// Required scopes cannot be unticked on the consent page. openid always is.
	Required bool
}

// Lifetimes of what a client gets; a zero value means the default.
type Lifetimes struct {
	Code            time.Duration
	Access          time.Duration
	RefreshIdle     time.Duration
	RefreshAbsolute time.Duration
}

// DefaultLifetimes hold where a client names none.
var DefaultLifetimes = Lifetimes{
	Code:            time.Minute,
	Access:          time.Hour,
	RefreshIdle:     30 * 24 * time.Hour,
	RefreshAbsolute: 90 * 24 * time.Hour,
}

func (c *Client) lifetimes() Lifetimes {
	l := c.Lifetimes
	for _, d := range []struct {
		have *time.Duration
		want time.Duration
	}{
		{&l.Code, DefaultLifetimes.Code},
		{&l.Access, DefaultLifetimes.Access},
		{&l.RefreshIdle, DefaultLifetimes.RefreshIdle},
		{&l.RefreshAbsolute, DefaultLifetimes.RefreshAbsolute},
	} {
		if *d.have <= 0 {
			*d.have = d.want
		}
	}
	return l
}

// scope returns the client's scope with the code.
func (c *Client) scope(code string) (Scope, bool) {
	for _, s := range c.Scopes {
		if s.Code == code {
			return s, true
		}
	}
	return Scope{}, false
}

func (c *Client) mayGrant(grantType string) bool { return slices.Contains(c.GrantTypes, grantType) }

// newAccess draws an access token, or the jti of one, for a new row.
func (c *Client) newAccess(id int64) token {
	if c.TokenKind == TokenJWT {
		return newToken(kindJWT, id)
	}
	return newToken(kindAccess, id)
}

// openIDOnly reports whether everything the client may ask for is OpenID Connect's own,
// so that a token without openid has no business at userinfo.
func (c *Client) openIDOnly() bool {
	if _, ok := c.scope(ScopeOpenID); !ok {
		return false
	}
	return !slices.ContainsFunc(c.Scopes, func(s Scope) bool { return !slices.Contains(openIDScopes, s.Code) })
}

// Scopes of OpenID Connect Core §5.4 and §11.
const (
	ScopeOpenID        = "openid"
	ScopeOfflineAccess = "offline_access"
)

var openIDScopes = []string{ScopeOpenID, "profile", "email", "address", "phone", ScopeOfflineAccess}
