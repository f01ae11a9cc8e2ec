package main

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"golang.org/x/oauth2"
)

// session is one signed-in browser. A real application keeps it in its database, with the
// tokens encrypted.
type session struct {
	mu    sync.Mutex // one refresh at a time: every refresh token works once
	token *oauth2.Token
}

// keep begins a session with the tokens of a sign-in.
func (a *app) keep(w http.ResponseWriter, token *oauth2.Token) {
	id := oauth2.GenerateVerifier()
	a.mu.Lock()
	a.sessions[id] = &session{token: token}
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// again reads the data once more without asking the person, for as long as what was
// granted stands.
func (a *app) again(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("session")
	if err != nil {
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	a.mu.Lock()
	s := a.sessions[cookie.Value]
	a.mu.Unlock()
	if s == nil {
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	token, err := s.fresh(r.Context(), &a.oauth)
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode == "invalid_grant": // withdrawn, or too old
		a.mu.Lock()
		delete(a.sessions, cookie.Value)
		a.mu.Unlock()
		show(w, http.StatusForbidden, "Sign in again", part{"error", "error", refused.ErrorCode})
		return
	case err != nil: // a failure of the moment: the session stays
		show(w, http.StatusBadGateway, "Not refreshed", part{"error", "error", err.Error()})
		return
	}
	given, err := a.data(r.Context(), token)
	if err != nil {
		show(w, http.StatusBadGateway, "Not read", part{"error", "error", err.Error()})
		return
	}
	show(w, http.StatusOK, "Read again", given...)
}

// fresh returns an access token that is valid for some seconds yet, refreshed when need
// be. The new refresh token is kept before anything else: the old one has had its day.
func (s *session) fresh(ctx context.Context, c *oauth2.Config) (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, err := c.TokenSource(ctx, s.token).Token()
	if err != nil {
		return nil, err
	}
	s.token = token
	return token, nil
}
