package hmrcsim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// pending is a request for authorization behind a grant page.
type pending struct {
	Session     string
	UserID      string
	ClientID    string
	RedirectURI string
	Scopes      []string
	State       string
	Challenge   string // PKCE S256, "" without
	Query       string // of the request, to begin again with another account
	Expires     time.Time
}

// pendingLife is how long a grant page may stand open.
const pendingLife = time.Hour

// authorizePage checks the request and asks for sign-in or for the grant. What is wrong
// with client, redirect URI or scope is JSON in the browser: nobody is sent back.
func (s *Sim) authorizePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p, code, description := s.checkRequest(q)
	if code != "" {
		refuse(w, http.StatusBadRequest, code, description)
		return
	}
	user, session := s.signedIn(r)
	if session == "" {
		s.showSignIn(w, r, signInView{Continue: r.URL.RequestURI()})
		return
	}
	app, _ := s.application(p.ClientID)
	p.Session, p.UserID, p.Query = session, user.UserID, r.URL.RawQuery
	s.mu.Lock()
	p.Expires = s.now().Add(pendingLife)
	handle := s.id("pending")
	s.state.Pending[handle] = p
	s.mu.Unlock()
	// Browsers apply form-action to the redirect behind the post as well.
	back, _ := url.Parse(p.RedirectURI) // registered, so it parses
	allowForm(w, back.Scheme+"://"+back.Host)
	s.show(w, r, http.StatusOK, "grant.html", grantView{Application: app.Name, User: user, Handle: handle,
		Reads: slices.Contains(p.Scopes, readVAT), Writes: slices.Contains(p.Scopes, writeVAT), Returns: back.Host})
}

// grantView is the page that asks for the grant.
type grantView struct {
	Application   string
	User          User
	Handle        string
	Reads, Writes bool
	Returns       string // host that the person is sent back to
}

// checkRequest reads a request for authorization, or says what HMRC would refuse in it.
func (s *Sim) checkRequest(q url.Values) (p pending, code, description string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range q {
		if len(q[name]) > 1 {
			return p, "invalid_request", name + " is given more than once"
		}
	}
	app, known := s.application(q.Get("client_id"))
	if !known {
		return p, "invalid_request", "client_id is invalid"
	}
	p = pending{ClientID: app.ClientID, RedirectURI: q.Get("redirect_uri"), State: q.Get("state"), Scopes: strings.Fields(q.Get("scope"))}
	if !slices.Contains(app.RedirectURIs, p.RedirectURI) {
		return p, "invalid_request", "redirect_uri is invalid"
	}
	if q.Get("response_type") != "code" {
		return p, "unsupported_response_type", "response_type is invalid"
	}
	if !app.mayAsk(p.Scopes) {
		return p, "invalid_scope", "scope is invalid"
	}
	p.Challenge = q.Get("code_challenge")
	if method := q.Get("code_challenge_method"); p.Challenge != "" && method != "S256" || p.Challenge == "" && method != "" {
		return p, "invalid_request", "code_challenge_method is invalid"
	}
	return p, "", ""
}

// code is an authorization code that was given out.
type code struct {
	pending
	Issued time.Time
	Used   bool
}

// decide takes what the person chose on the grant page.
func (s *Sim) decide(w http.ResponseWriter, r *http.Request) {
	_, session := s.signedIn(r)
	s.mu.Lock()
	p, found := s.state.Pending[r.PostFormValue("handle")]
	delete(s.state.Pending, r.PostFormValue("handle"))
	if !found || p.Session != session || s.now().After(p.Expires) {
		s.mu.Unlock()
		s.problem(w, r, http.StatusBadRequest, "hmrcsim.problem.stale")
		return
	}
	if r.PostFormValue("decision") == "switch" {
		delete(s.state.Sessions, session)
		s.mu.Unlock()
		forgetSession(w)
		http.Redirect(w, r, "/oauth/authorize?"+p.Query, http.StatusSeeOther)
		return
	}
	answer := url.Values{}
	if r.PostFormValue("decision") == "grant" {
		value := s.id("code")[:32]
		s.state.Codes[value] = &code{pending: p, Issued: s.now()}
		answer.Set("code", value)
	} else {
		answer.Set("error", "access_denied")
		answer.Set("error_description", "user denied the authorization")
		answer.Set("error_code", "USER_DENIED_AUTHORIZATION")
	}
	s.mu.Unlock()
	if p.State != "" {
		answer.Set("state", p.State)
	}
	sep := "?"
	if strings.Contains(p.RedirectURI, "?") {
		sep = "&"
	}
	http.Redirect(w, r, p.RedirectURI+sep+answer.Encode(), http.StatusSeeOther)
}
