package hmrcsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// state is what the stand-in knows. It is written down as JSON where it is kept.
type state struct {
	Serial   uint64
	Shift    time.Duration
	Users    []User
	Accounts map[string]*account // by VRN
	Sessions map[string]string   // cookie → user id
	Pending  map[string]pending  // one-time handle of a grant page → request
	Codes    map[string]*code
	Grants   []*Grant
	Access   map[string]*access  // access token →
	Refresh  map[string]*refresh // refresh token →
	Lag      time.Duration
}

func newState() *state {
	return &state{
		Accounts: map[string]*account{},
		Sessions: map[string]string{},
		Pending:  map[string]pending{},
		Codes:    map[string]*code{},
		Access:   map[string]*access{},
		Refresh:  map[string]*refresh{},
	}
}

// Grant is what one person gave one application; it ends after 18 months.
type Grant struct {
	ID        string
	UserID    string
	ClientID  string
	Scopes    []string
	Granted   time.Time
	Revoked   bool
	Refreshes int // how often the stand-in has refreshed it
}

// lifetime of what the token endpoint gives.
const (
	codeLife   = 10 * time.Minute
	accessLife = 4 * time.Hour
	grantLife  = 18 // months
)

// alive reports whether the grant still holds.
func (g *Grant) alive(now time.Time) bool {
	return !g.Revoked && now.Before(g.Granted.AddDate(0, grantLife, 0))
}

func (s *Sim) grant(id string) *Grant {
	if i := slices.IndexFunc(s.state.Grants, func(g *Grant) bool { return g.ID == id }); i >= 0 {
		return s.state.Grants[i]
	}
	return nil
}

// Grants are all that were given, in order, with their refreshes.
func (s *Sim) Grants() []Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Grant, len(s.state.Grants))
	for i, g := range s.state.Grants {
		out[i] = *g
		out[i].Scopes = slices.Clone(g.Scopes)
	}
	return out
}

// Refreshes is how often grants of the application have been refreshed.
func (s *Sim) Refreshes(clientID string) int {
	n := 0
	for _, g := range s.Grants() {
		if g.ClientID == clientID {
			n += g.Refreshes
		}
	}
	return n
}

// Revoke withdraws what a person gave: all of it for an empty client id. It returns how
// many grants it ended. Their tokens are refused from the next request on.
func (s *Sim) Revoke(userID, clientID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, g := range s.state.Grants {
		if g.UserID == userID && (clientID == "" || g.ClientID == clientID) && !g.Revoked {
			g.Revoked = true
			n++
		}
	}
	return n
}

// SetLag makes what was filed show in obligations and returns only after a while, as at HMRC.
func (s *Sim) SetLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Lag = d
}

// restore reads the kept state, where there is one.
func (s *Sim) restore() error {
	if s.options.Keep == "" {
		return nil
	}
	text, err := os.ReadFile(s.options.Keep)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading what the HMRC stand-in kept: %w", err)
	}
	kept := newState()
	if err := json.Unmarshal(text, kept); err != nil {
		return fmt.Errorf("reading what the HMRC stand-in kept in %s: %w", s.options.Keep, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = kept
	for _, u := range s.options.Users {
		s.enrol(u) // those that the options have since got
	}
	return nil
}

// keep writes the state down. The caller holds the lock.
func (s *Sim) keep() error {
	if s.options.Keep == "" {
		return nil
	}
	text, err := json.Marshal(s.state)
	if err != nil {
		return err
	}
	next := s.options.Keep + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, s.options.Keep)
}
