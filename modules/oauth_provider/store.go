package oauthprovider

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// store keeps the protocol's rows. Every status read is one statement by primary key
// that brings user, client and grant along, so that what was withdrawn is dead at the
// next request on every instance.
type store struct {
	db          *db.DB
	definitions *definitions
	memory      *memory
}

func newStore(d *record.Database) *store {
	return &store{db: d.DB, definitions: newDefinitions(d), memory: newMemory(d.DB)}
}

// Client implements oauth.Storage.
func (s *store) Client(ctx context.Context, identifier string, version int64) (*oauth.Client, error) {
	def, err := s.definitions.get(ctx, identifier, version)
	if err != nil {
		return nil, err
	}
	return def.client, nil
}

// micro is a moment as a column: microseconds since 1970, 0 for none.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// standingColumns follow the row that is asked for; the tables are c (client), u (user).
const standingColumns = "c.identifier, c.definition, c.active, c.not_before, COALESCE(u.active, u.id IS NULL), COALESCE(u.subject, ''), u.not_before"

// profileColumns follow standingColumns where the answer is about the user.
const profileColumns = `COALESCE(u.id, 0), COALESCE(u.name, ''), COALESCE(u.login, ''), COALESCE(u.email, ''), COALESCE(u.phone, ''), COALESCE(u.lang, ''), COALESCE(u.tz, ''), u.group_codes, COALESCE(u.company_id, 0), u.updated_at`

// standing receives standingColumns, and profileColumns.
type standing struct {
	oauth.Standing
	clientSince, userSince, updated sql.NullTime
	profile                         profile
	groups                          record.Strings
}

func (s *standing) into() []any {
	return []any{&s.Client, &s.ClientVersion, &s.ClientActive, &s.clientSince, &s.UserActive, &s.UserSubject, &s.userSince}
}

func (s *standing) profileInto() []any {
	return []any{&s.profile.id, &s.profile.name, &s.profile.login, &s.profile.email, &s.profile.phone, &s.profile.lang, &s.profile.tz, &s.groups, &s.profile.company, &s.updated}
}

func (s *standing) result() *oauth.Standing {
	out := s.Standing
	out.NotBefore = later(s.clientSince.Time, s.userSince.Time)
	if s.profile.id != 0 {
		p := s.profile
		p.groups, p.updated = s.groups, s.updated.Time.UTC()
		out.Profile = &p
	}
	return &out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Token implements oauth.Storage.
func (s *store) Token(ctx context.Context, id int64, need oauth.Need) (*oauth.Token, *oauth.Standing, error) {
	r, err := s.memory.tokens.Of(ctx, id, func(kept bool) (remembered, error) {
		if kept {
			need = oauth.NeedProfile
		}
		t, st, err := s.readToken(ctx, id, need)
		return remembered{t, st}, err
	})
	return r.token, r.standing, err
}

func (s *store) readToken(ctx context.Context, id int64, need oauth.Need) (*oauth.Token, *oauth.Standing, error) {
	var t oauth.Token
	var st grantStanding
	var hash []byte
	var scopes, resources string
	var expires, revoked, ended int64
	into := append([]any{&hash, &t.AuthorizationID, &t.GrantID, &t.UserID, &t.ClientID, &scopes, &resources, &expires, &revoked, &ended}, st.into()...)
	columns := grantStandingColumns
	if need == oauth.NeedProfile {
		columns, into = columns+", "+profileColumns, append(into, st.profileInto()...)
	}
	err := s.db.QueryRowContext(ctx, `SELECT t.hash, t.authorization_id, t.grant_id, t.user_id, t.client_id, t.scopes, t.resources, t.expires_at, t.revoked_at,
			COALESCE(a.revoked_at, 0), `+columns+`
		FROM oauth_provider_token t
		JOIN oauth_provider_client c ON c.id = t.client_id
		LEFT JOIN base_user u ON u.id = t.user_id
		LEFT JOIN oauth_provider_grant g ON g.id = t.grant_id
		LEFT JOIN oauth_provider_authorization a ON a.id = t.authorization_id
		WHERE t.id = ?`, id).Scan(into...)
	if err != nil {
		return nil, nil, notFound(err)
	}
	t.ID, t.ExpiresAt, t.RevokedAt, t.Resources = id, moment(expires), moment(revoked), strings.Fields(resources)
	copy(t.Hash[:], hash)
	if t.Scopes, err = oauth.ParseScopes(scopes); err != nil {
		return nil, nil, err
	}
	out, err := st.result(t.GrantID)
	if err != nil {
		return nil, nil, err
	}
	out.Revoked = ended != 0
	return &t, out, nil
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return oauth.ErrNotFound
	}
	return err
}

// Grant implements oauth.Storage.
func (s *store) Grant(ctx context.Context, userID, clientID int64) (*oauth.Grant, *oauth.Standing, error) {
	var st standing
	var id, given, withdrawn sql.NullInt64
	var scopes, refused sql.NullString
	var skipped sql.NullBool
	into := append([]any{&id, &scopes, &refused, &skipped, &given, &withdrawn}, st.into()...)
	err := s.db.QueryRowContext(ctx, `SELECT g.id, g.scopes, g.refused, g.skipped, g.given_at, g.withdrawn_at, `+standingColumns+`
		FROM oauth_provider_client c
		LEFT JOIN base_user u ON u.id = ?
		LEFT JOIN oauth_provider_grant g ON g.id = (SELECT MAX(id) FROM oauth_provider_grant WHERE user_id = ? AND client_id = ?)
		WHERE c.id = ?`, userID, userID, clientID, clientID).Scan(into...)
	if err != nil {
		return nil, nil, notFound(err)
	}
	out := st.result()
	if !id.Valid {
		return nil, out, nil
	}
	g := &oauth.Grant{ID: id.Int64, UserID: userID, ClientID: clientID, Refused: strings.Fields(refused.String), Skipped: skipped.Bool,
		GivenAt: moment(given.Int64), WithdrawnAt: moment(withdrawn.Int64)}
	g.Scopes, err = oauth.ParseScopes(scopes.String)
	out.Granted, out.Withdrawn = g.Scopes, !g.WithdrawnAt.IsZero()
	return g, out, err
}

// InsertAuthorization implements oauth.Storage.
func (s *store) InsertAuthorization(ctx context.Context, a *oauth.Authorization) error {
	query, args := authorizationInsert(a)
	return duplicate(s.db.Insert(ctx, query, args...))
}

// InsertToken implements oauth.Storage.
func (s *store) InsertToken(ctx context.Context, k *oauth.Token) error {
	query, args := tokenInsert(k)
	return duplicate(s.db.Insert(ctx, query, args...))
}

// InsertPending implements oauth.Storage.
func (s *store) InsertPending(ctx context.Context, p *oauth.Pending) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO oauth_provider_pending (id, hash, session_id, user_id, client_id, sealed, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			p.ID, p.Hash[:], p.SessionID, p.UserID, p.ClientID, p.Sealed, micro(p.ExpiresAt))
		return duplicate(err)
	})
}

// TakePending implements oauth.Storage.
func (s *store) TakePending(ctx context.Context, id int64, hash [32]byte, sessionID string) (*oauth.Pending, error) {
	p := &oauth.Pending{ID: id, Hash: hash, SessionID: sessionID}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var expires int64
		err := tx.QueryRow("DELETE FROM oauth_provider_pending WHERE id = ? AND hash = ? AND session_id = ? RETURNING user_id, client_id, sealed, expires_at",
			id, hash[:], sessionID).Scan(&p.UserID, &p.ClientID, &p.Sealed, &expires)
		p.ExpiresAt = moment(expires)
		return notFound(err)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Write implements oauth.Storage.
func (s *store) Write(ctx context.Context, fn func(oauth.Tx) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t := &storeTx{tx: tx, memory: s.memory}
		if err := fn(t); err != nil {
			return err
		}
		if !t.ends {
			tx.Quiet()
		}
		return nil
	})
}

func duplicate(err error) error {
	if err != nil && db.IsUnique(err) {
		return oauth.ErrDuplicate
	}
	return err
}
