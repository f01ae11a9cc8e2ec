package oauthconsumer

import (
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// tokenRow is the row behind a connection.
type tokenRow struct {
	version                                         int64
	access, refresh                                 []byte
	places                                          string // the API's when it was granted
	holder                                          string
	expiresAt, usedAt, leaseUntil, refreshStartedAt int64
}

// live is an API user's standing with a provider, as one read tells it.
type live struct {
	*settings
	asked       asking
	subject     Subject // its API is the one chosen
	providerKey string
	pausedUntil int64
	connection  int64 // 0: there is none
	status      string
	name        string
	scopes      record.Strings
	lastError   string
	token       tokenRow
	deployment  string // where the database was when somebody confirmed that last
}

// asking is what a standing is remembered by.
type asking struct {
	provider string
	subject  Subject
}

// mostStandings bounds those that are remembered.
const mostStandings = 10_000

// liveQuery reads versions of provider and chosen API, connection and token by their keys.
// What is selected goes before the default, which is an API that we are registered at,
// production first.
const liveQuery = `SELECT a.id, a.version, p.version, w.paused_until, c.id, c.status, c.name, c.scopes, c.last_error,
		t.version, t.access, t.refresh, t.places, t.lease_holder, t.expires_at, t.used_at, t.lease_until, t.refresh_started_at,
		(SELECT value FROM oauth_consumer_place WHERE name = 'deployment')
	FROM oauth_consumer_provider p JOIN oauth_consumer_api a ON a.provider_id = p.id
	LEFT JOIN oauth_consumer_connection c ON c.api_id = a.id AND c.kind = ? AND c.subject = ?
	LEFT JOIN oauth_consumer_token t ON t.connection_id = c.id
	LEFT JOIN oauth_consumer_pace w ON w.api_id = a.id`

// There is one row; LIMIT keeps SQLite from looking for another.
const (
	liveChosen = liveQuery + ` WHERE p.key = ? AND p.active AND a.active AND a.id = COALESCE(
		(SELECT h.api_id FROM oauth_consumer_choice h WHERE h.kind = ? AND h.subject = ? AND h.provider_id = p.id),
		(SELECT d.id FROM oauth_consumer_api d WHERE d.provider_id = p.id AND d.active
			ORDER BY CASE WHEN d.client_id = '' THEN 1 ELSE 0 END, d.environment, d.id LIMIT 1)) LIMIT 1`
	livePinned = liveQuery + ` WHERE p.key = ? AND a.id = ? LIMIT 1`
	liveByAPI  = liveQuery + ` WHERE a.id = ? LIMIT 1`
)

// standing tells how an API user stands with a provider, remembered where that costs no
// read of its own. Conflict when nothing is set up for it.
func (c *consumer) standing(env *record.Env, provider string, s Subject) (*live, error) {
	if env.Database().DB.Engine() == db.Postgres {
		return c.readStanding(env, provider, s)
	}
	known, err := c.standings.Of(env.Context, asking{provider, s}, func(bool) (*live, error) { return c.readStanding(env, provider, s) })
	if err != nil {
		return nil, err
	}
	l := *known // a call notes in it what it does
	return &l, nil
}

func (c *consumer) readStanding(env *record.Env, provider string, s Subject) (*live, error) {
	query, args := liveChosen, []any{string(s.Kind), s.ID, provider, string(s.Kind), s.ID}
	if s.API != 0 {
		query, args = livePinned, []any{string(s.Kind), s.ID, provider, s.API}
	}
	return c.readLive(env, s, provider, query, args)
}

// standingAt is standing with the API that is named.
func (c *consumer) standingAt(env *record.Env, s Subject) (*live, error) {
	return c.readLive(env, s, "", liveByAPI, []any{string(s.Kind), s.ID, s.API})
}

func (c *consumer) readLive(env *record.Env, s Subject, key, query string, args []any) (*live, error) {
	var l *live
	var at edition
	err := env.Database().DB.Each(env.Context, query, args, func(row []any) error {
		l = &live{asked: asking{key, s}, subject: s, providerKey: key}
		return l.fill(cells(row), &at)
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	if l != nil {
		if l.settings, err = c.settingsOf(env, at); err != nil {
			return nil, err
		}
	}
	if l == nil || l.settings == nil {
		return nil, fault.New(fault.Conflict, "The connection to “%s” is not set up yet, or was switched off.", key).Keyed("oauth_consumer.notsetup", map[string]any{"Provider": key})
	}
	return l, nil
}

// fill reads the columns of liveQuery. Every call does it, so it goes past the conversions
// of database/sql, which took as long as the query.
func (l *live) fill(row cells, at *edition) error {
	at.api, at.apiVersion, at.providerVersion = row.number(), row.number(), row.number()
	l.subject.API, l.pausedUntil = at.api, row.number()
	l.connection, l.status, l.name = row.number(), row.text(), row.text()
	if err := l.scopes.Scan(row.text()); err != nil {
		return err
	}
	l.lastError = row.text()
	t := &l.token
	t.version, t.access, t.refresh, t.places, t.holder = row.number(), row.bytes(), row.bytes(), row.text(), row.text()
	t.expiresAt, t.usedAt, t.leaseUntil, t.refreshStartedAt = row.number(), row.number(), row.number(), row.number()
	l.deployment = row.text()
	return nil
}

// cells are the columns of a row, read one after the other.
type cells []any

func (c *cells) next() any {
	v := (*c)[0]
	*c = (*c)[1:]
	return v
}

func (c *cells) number() int64 { n, _ := c.next().(int64); return n }

func (c *cells) text() string { s, _ := c.next().(string); return s }

func (c *cells) bytes() []byte {
	if s := c.text(); s != "" {
		return []byte(s)
	}
	return nil
}

// flag reads a boolean, which SQLite keeps as a number.
func (c *cells) flag() bool {
	switch v := c.next().(type) {
	case bool:
		return v
	case int64:
		return v != 0
	}
	return false
}

// reload reads the same again.
func (c *consumer) reload(env *record.Env, l *live) (*live, error) {
	fresh, err := c.standingAt(env, l.subject)
	if err == nil {
		fresh.asked, fresh.providerKey = l.asked, l.providerKey
	}
	return fresh, err
}

// grantUsed is how this API user gets a token: the application itself has no person who
// could grant anything.
func (l *live) grantUsed() string {
	if l.subject.Kind == Application {
		return grantCredentials
	}
	return l.api.grant
}

// expired reports whether the access token is to be renewed; one without an end is
// trusted until the API says 401.
func (l *live) expired(now time.Time) bool {
	return len(l.token.access) == 0 || l.token.expiresAt != 0 && now.UnixMicro() >= l.token.expiresAt
}

// lacks returns the scopes that are needed and were not granted.
func (l *live) lacks(needed []string) []string {
	var out []string
	for _, s := range needed {
		if !slices.Contains(l.scopes, s) {
			out = append(out, s)
		}
	}
	return out
}

// wanted are the scopes that a person is asked for: those of the API, those that he has
// granted and those needed now.
func (l *live) wanted(needed []string) []string {
	var out []string
	for _, s := range slices.Concat([]string(l.api.scopes), []string(l.scopes), needed) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func list(words []string) string { return strings.Join(words, ", ") }
