package oauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config is everything a Provider needs; all fields are required unless they say otherwise.
type Config struct {
	// Issuer is the configured base URL without a trailing slash. Every URL in answers
	// starts with it, whatever the Host header says.
	Issuer  string
	Storage Storage
	Host    Host
	Keys    Keys
	// Sealer seals the authorization request into links and pending rows.
	Sealer Sealer
	// SuccessorKey (32 bytes or more) derives rotated refresh tokens. Every instance has
	// the same one. If it changes, refresh tokens stay valid, but retries within the grace
	// and replays of tokens rotated before are refused without being recognised.
	SuccessorKey []byte
	Clock        func() time.Time

	Events   Events       // optional
	Throttle Throttle     // optional
	Log      *slog.Logger // optional
	// Legacy reports whether any client may use implicit or password now: what none uses
	// is not advertised, and refused as unsupported. Optional, nil: none does. It is asked
	// for metadata and refusals only.
	Legacy func(ctx context.Context) (implicit, password bool)
	// Resources are the URIs that tokens can be bound to (RFC 8707), the API's for
	// instance; optional.
	Resources []string
	// Scopes are listed in the metadata as scopes_supported; optional.
	Scopes []string
	// UILocales are listed in the metadata as ui_locales_supported; optional.
	UILocales []string
}

// Provider is the engine: an http.Handler for the paths that Endpoints lists.
type Provider struct {
	Config
	origin string // of the issuer
	path   string // of the issuer, "" mostly
	ids    ids
	keys   keyCache
	same   *http.CrossOriginProtection
	table  map[string]endpoint
}

// New checks the configuration and returns a Provider.
func New(c Config) (*Provider, error) {
	issuer, err := url.Parse(c.Issuer)
	switch {
	case err != nil:
		return nil, fmt.Errorf("oauth: issuer: %w", err)
	case issuer.Host == "" || issuer.Scheme != "https" && issuer.Scheme != "http":
		return nil, fmt.Errorf("oauth: issuer %q is not an http or https URL", c.Issuer)
	case issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil || strings.HasSuffix(c.Issuer, "/"):
		return nil, fmt.Errorf("oauth: issuer %q must be a plain URL without trailing slash", c.Issuer)
	case c.Storage == nil || c.Host == nil || c.Keys == nil || c.Sealer == nil || c.Clock == nil:
		return nil, errors.New("oauth: Storage, Host, Keys, Sealer and Clock are required")
	case len(c.SuccessorKey) < 32:
		return nil, errors.New("oauth: SuccessorKey is shorter than 32 bytes")
	}
	for _, uri := range c.Resources {
		if u, err := url.Parse(uri); err != nil || !u.IsAbs() || strings.ContainsAny(uri, "# ") {
			return nil, fmt.Errorf("oauth: resource %q is not an absolute URI without fragment", uri)
		}
	}
	p := &Provider{Config: c, path: issuer.Path, origin: issuer.Scheme + "://" + issuer.Host}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	p.same = http.NewCrossOriginProtection()
	if err := p.same.AddTrustedOrigin(p.origin); err != nil {
		return nil, fmt.Errorf("oauth: issuer: %w", err)
	}
	p.table = map[string]endpoint{}
	for _, e := range p.endpoints() {
		p.table[e.Path] = e
	}
	return p, nil
}

// legacy reports which legacy flows are offered at all.
func (p *Provider) legacy(ctx context.Context) (implicit, password bool) {
	if p.Legacy == nil {
		return false, false
	}
	implicit, password = p.Legacy(ctx)
	_, checks := p.Host.(PasswordHost)
	return implicit, password && checks
}

// Endpoint is one path the Provider serves.
type Endpoint struct {
	Path    string // whole path, the issuer's included
	Methods []string
	// Cookies says that the endpoint looks at the browser's session; the others must
	// never be refused for lack of a CSRF token.
	Cookies bool
}

type endpoint struct {
	Endpoint
	serve http.HandlerFunc
}

// Paths below the issuer.
const (
	pathAuthorize = "/oauth2/authorize"
	pathResume    = "/oauth2/authorize/resume"
	pathConsent   = "/oauth2/consent"
	pathToken     = "/oauth2/token"
	pathTokenInfo = "/oauth2/tokeninfo"
	pathUserInfo  = "/oauth2/userinfo"
	pathInspect   = "/oauth2/introspect"
	pathRevoke    = "/oauth2/revoke"
	pathRevokeOld = "/oauth2/revoke_token" // the Odoo module's name
	pathJWKS      = "/oauth2/jwks"
	pathOIDC      = "/.well-known/openid-configuration"
	pathOAuth     = "/.well-known/oauth-authorization-server"
)

func (p *Provider) endpoints() []endpoint {
	// Reading twice is harmless, issuing is not: HEAD only where nothing is issued.
	read, get, post, both := []string{"GET", "HEAD"}, []string{"GET"}, []string{"POST"}, []string{"GET", "POST"}
	at := func(path string, methods []string, cookies bool, h http.HandlerFunc) endpoint {
		return endpoint{Endpoint{p.path + path, methods, cookies}, h}
	}
	list := []endpoint{
		at(pathAuthorize, both, true, p.authorize),
		at(pathResume, get, true, p.resume),
		at(pathConsent, post, true, p.consent),
		at(pathToken, post, false, p.token),
		at(pathTokenInfo, read, false, p.tokenInfo),
		at(pathUserInfo, both, false, p.userInfo),
		at(pathInspect, post, false, p.introspect),
		at(pathRevoke, post, false, p.revoke),
		at(pathRevokeOld, post, false, p.revoke),
		at(pathJWKS, read, false, p.jwks),
		at(pathOIDC, read, false, p.metadata),
		at(pathOAuth, read, false, p.metadata),
	}
	if p.path != "" { // RFC 8414 §3.1 puts the well-known part between host and path
		for _, path := range []string{pathOIDC, pathOAuth} {
			list = append(list, endpoint{Endpoint{path + p.path, read, false}, p.metadata})
		}
	}
	return list
}

// Endpoints lists what ServeHTTP answers, for the router in front of it.
func (p *Provider) Endpoints() []Endpoint {
	var out []Endpoint
	for _, e := range p.endpoints() {
		out = append(out, e.Endpoint)
	}
	return out
}

// URL returns the absolute URL of a path below the issuer.
func (p *Provider) URL(path string) string { return p.Issuer + path }

// ServeHTTP answers the protocol's endpoints, everything else with 404.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e, ok := p.table[r.URL.Path]
	if !ok {
		writeError(w, &Error{Status: http.StatusNotFound, Code: "not_found"})
		return
	}
	for _, m := range e.Methods {
		if m == r.Method {
			e.serve(w, r)
			return
		}
	}
	w.Header().Set("Allow", strings.Join(e.Methods, ", "))
	writeError(w, &Error{Status: http.StatusMethodNotAllowed, Code: CodeInvalidRequest, Description: "method not allowed here"})
}

// record hands an event on.
func (p *Provider) record(r *http.Request, e Event) {
	if p.Events == nil {
		return
	}
	e.At, e.Address = p.Clock(), address(r)
	p.Events.Record(r.Context(), e)
}

// insert gives the row of which put inserts an id, and another one when it was taken.
func (p *Provider) insert(ctx context.Context, put func(id int64) error) error {
	const tries = 4
	var err error
	for range tries {
		if err = put(p.ids.next(p.Clock())); !errors.Is(err, ErrDuplicate) {
			return err
		}
	}
	return err
}

// address is the peer as the web layer determined it.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
