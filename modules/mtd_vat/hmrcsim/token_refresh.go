package hmrcsim

import "net/http"

// renew spends a refresh token. The old access token dies at once; a second refresh while
// one is in progress is told so, and its grant is alive; a spent token means that it is
// not. The answer has no scope, which stays as it was.
func (s *Sim) renew(w http.ResponseWriter, r *http.Request, app Application) {
	old := r.PostForm.Get("refresh_token")
	if code, description := s.begin(old, app); code != "" {
		refuse(w, http.StatusBadRequest, code, description)
		return
	}
	s.wait(faultOf(r.Context()))
	answer, alive := s.complete(old)
	if !alive {
		refuse(w, http.StatusBadRequest, "invalid_grant", "refresh_token is invalid")
		return
	}
	ok(answer).send(w)
}

// begin marks a refresh token as in progress, or says why it is refused.
func (s *Sim) begin(token string, app Application) (code, description string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.state.Refresh[token]
	if t == nil || t.Used {
		return "invalid_grant", "refresh_token is invalid"
	}
	g := s.grant(t.GrantID)
	if g.ClientID != app.ClientID || !g.alive(s.now()) {
		return "invalid_grant", "refresh_token is invalid"
	}
	if t.InProgress {
		return "invalid_request", "Refresh operation is already in progress"
	}
	t.InProgress = true
	return "", ""
}

// complete spends the token and gives the next ones. It reports false when the stand-in
// was reset meanwhile.
func (s *Sim) complete(token string) (tokens, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.state.Refresh[token]
	if t == nil {
		return tokens{}, false
	}
	t.InProgress, t.Used = false, true
	if a := s.state.Access[t.Access]; a != nil {
		a.Dead = true
	}
	g := s.grant(t.GrantID)
	g.Refreshes++
	return s.issue(g), true
}
