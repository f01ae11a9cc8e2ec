package hmrcsim

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// access is an access token: of a person's grant, or of the application itself.
type access struct {
	GrantID  string // "" for the application's own
	ClientID string
	Scopes   []string
	Expires  time.Time
	Dead     bool // its grant was refreshed since
}

// refresh is a refresh token. It works once.
type refresh struct {
	GrantID    string
	Access     string // the access token that dies with it
	Used       bool
	InProgress bool `json:"-"`
}

// tokens is the answer of the token endpoint. Scope is left out of a refresh.
type tokens struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Refresh string `json:"refresh_token,omitempty"`
	Scope   string `json:"scope,omitempty"`
}

// tokenEndpoint names the endpoint by the grant that is asked for.
func tokenEndpoint(r *http.Request) string {
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		return TokenCode
	case "refresh_token":
		return TokenRefresh
	case "client_credentials":
		return TokenClient
	}
	return TokenOther
}

// token answers /oauth/token. The client is known by id and secret in the body, and by
// nothing else.
func (s *Sim) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	app, known := s.application(r.PostForm.Get("client_id"))
	s.mu.Unlock()
	if !known || !app.opens(r.PostForm.Get("client_secret")) {
		refuse(w, http.StatusUnauthorized, "invalid_client", "invalid client id or secret")
		return
	}
	switch tokenEndpoint(r) {
	case TokenCode:
		s.exchange(w, r, app)
	case TokenRefresh:
		s.renew(w, r, app)
	case TokenClient:
		s.credentials(w, r, app)
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type is invalid")
	}
}

// exchange turns a code into a grant with its first tokens.
func (s *Sim) exchange(w http.ResponseWriter, r *http.Request, app Application) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state.Codes[r.PostForm.Get("code")]
	if c == nil || c.Used || c.ClientID != app.ClientID || s.now().After(c.Issued.Add(codeLife)) {
		refuse(w, http.StatusBadRequest, "invalid_request", "code is invalid")
		return
	}
	if c.RedirectURI != r.PostForm.Get("redirect_uri") {
		refuse(w, http.StatusBadRequest, "invalid_request", "redirect_uri is invalid")
		return
	}
	if !verifies(c.Challenge, r.PostForm.Get("code_verifier")) {
		refuse(w, http.StatusBadRequest, "invalid_grant", "code_verifier is invalid")
		return
	}
	c.Used = true
	g := &Grant{ID: s.uuid("grant"), UserID: c.UserID, ClientID: app.ClientID, Scopes: c.Scopes, Granted: s.now()}
	s.state.Grants = append(s.state.Grants, g)
	answer := s.issue(g)
	answer.Scope = strings.Join(g.Scopes, " ")
	ok(answer).send(w)
}

// verifies compares a PKCE verifier with the challenge (RFC 7636 §4.6). Without a
// challenge there must be no verifier.
func verifies(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
}

// issue makes an access token and a refresh token of a grant.
func (s *Sim) issue(g *Grant) tokens {
	t := tokens{Access: s.id("access")[:32], Type: "bearer", Expires: int(accessLife / time.Second), Refresh: s.id("refresh")[:32]}
	s.state.Access[t.Access] = &access{GrantID: g.ID, ClientID: g.ClientID, Scopes: g.Scopes, Expires: s.now().Add(accessLife)}
	s.state.Refresh[t.Refresh] = &refresh{GrantID: g.ID, Access: t.Access}
	return t
}

// credentials gives the application a token of its own.
func (s *Sim) credentials(w http.ResponseWriter, r *http.Request, app Application) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scopes := strings.Fields(r.PostForm.Get("scope"))
	if slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(app.Scopes, scope) }) {
		refuse(w, http.StatusBadRequest, "invalid_scope", "scope is invalid")
		return
	}
	t := tokens{Access: s.id("access")[:32], Type: "bearer", Expires: int(accessLife / time.Second), Scope: strings.Join(scopes, " ")}
	s.state.Access[t.Access] = &access{ClientID: app.ClientID, Scopes: scopes, Expires: s.now().Add(accessLife)}
	ok(t).send(w)
}
