package oauthconsumer

import (
	"sync"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// settings are a provider and one of its APIs as people have set them up.
type settings struct {
	at         edition
	providerID int64
	provider   string // name
	profile    Profile
	api        apiRow
}

// apiRow is what a call needs of an API.
type apiRow struct {
	id, definition                          int64
	name, environment                       string
	baseURL, authorizeURL, tokenURL, revoke string
	issuer, clientID, authStyle, grant      string
	scopes                                  record.Strings
	pkce, issParam, allowPrivate            bool
	rate                                    int64
	origin                                  string // of baseURL
	places                                  string // the hosts that tokens granted now may go to: those of base and token URL
}

// edition names one state of the rows of an API and its provider: every change raises a
// version (a migration's too), and no id comes back.
type edition struct{ api, apiVersion, providerVersion int64 }

// shelf keeps the settings read last, by API. The read of a call tells their edition, so
// they are never out of date, and the read need not fetch them.
type shelf struct {
	mu   sync.RWMutex
	held map[int64]*settings
}

func (s *shelf) get(at edition) *settings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if held := s.held[at.api]; held != nil && held.at == at {
		return held
	}
	return nil
}

func (s *shelf) put(what *settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[int64]*settings{}
	}
	s.held[what.at.api] = what
}

const settingsQuery = `SELECT a.id, a.version, p.version, p.id, p.name, p.profile, a.definition, a.name, a.environment, a.base_url, a.authorize_url, a.token_url, a.revoke_url,
		a.issuer, a.client_id, a.auth_style, a."grant", a.scopes, a.pkce, a.iss_param, a.allow_private_hosts, a.rate_per_minute
	FROM oauth_consumer_api a JOIN oauth_consumer_provider p ON p.id = a.provider_id WHERE a.id = ?`

// settingsOf returns the settings in an edition, or in a later one; nil when they are gone.
func (c *consumer) settingsOf(env *record.Env, at edition) (*settings, error) {
	if known := c.shelf.get(at); known != nil {
		return known, nil
	}
	var s *settings
	err := env.Database().DB.Each(env.Context, settingsQuery, []any{at.api}, func(row []any) error {
		s = &settings{}
		return c.fill(s, cells(row))
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	if s != nil && !env.Database().DB.InTransaction(env.Context) { // what it sees may be undone, and the version given again
		c.shelf.put(s)
	}
	return s, nil
}

func (c *consumer) fill(s *settings, row cells) error {
	s.at = edition{row.number(), row.number(), row.number()}
	s.providerID, s.provider, s.profile = row.number(), row.text(), c.profile(row.text())
	a := &s.api
	a.id, a.definition, a.name, a.environment = s.at.api, row.number(), row.text(), row.text()
	a.baseURL, a.authorizeURL, a.tokenURL, a.revoke = row.text(), row.text(), row.text(), row.text()
	a.issuer, a.clientID, a.authStyle, a.grant = row.text(), row.text(), row.text(), row.text()
	if err := a.scopes.Scan(row.text()); err != nil {
		return err
	}
	a.pkce, a.issParam, a.allowPrivate, a.rate = row.flag(), row.flag(), row.flag(), row.number()
	a.origin = origin(a.baseURL)
	a.places = a.origin + " " + origin(a.tokenURL)
	return nil
}
