package oauthprovider

import (
	"context"
	"database/sql"
	"strings"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// authorizationColumns are those of a row of oauth_provider_authorization, as a.
const authorizationColumns = `a.user_id, a.client_id, a.grant_id, a.session_id, a.scopes, a.code_hash, a.code_expires_at, a.spent_at, a.redirect_uri, a.redirect_named, a.challenge,
	a.nonce, a.resources, a.claims, a.auth_time, a.amr, a.acr, a.refresh_hash, a.generation, a.rotated_at, a.expires_at, a.absolute_at, a.revoked_at`

// authorizationRow receives authorizationColumns.
type authorizationRow struct {
	oauth.Authorization
	code, refresh                                                     []byte
	scopes, amr, resources, claims                                    string
	codeExpires, spent, authTime, rotated, expires, absolute, revoked int64
}

func (r *authorizationRow) into() []any {
	a := &r.Authorization
	return []any{&a.UserID, &a.ClientID, &a.GrantID, &a.SessionID, &r.scopes, &r.code, &r.codeExpires, &r.spent, &a.RedirectURI, &a.RedirectNamed, &a.Challenge,
		&a.Nonce, &r.resources, &r.claims, &r.authTime, &r.amr, &a.ACR, &r.refresh, &a.Refresh.Generation, &r.rotated, &r.expires, &r.absolute, &r.revoked}
}

func (r *authorizationRow) result(id int64) (*oauth.Authorization, error) {
	a := &r.Authorization
	a.ID, a.CodeExpiresAt, a.SpentAt, a.AuthTime, a.RevokedAt = id, moment(r.codeExpires), moment(r.spent), moment(r.authTime), moment(r.revoked)
	a.Refresh.RotatedAt, a.Refresh.ExpiresAt, a.Refresh.AbsoluteAt = moment(r.rotated), moment(r.expires), moment(r.absolute)
	a.AMR, a.Resources, a.Claims = strings.Fields(r.amr), strings.Fields(r.resources), strings.Fields(r.claims)
	copy(a.CodeHash[:], r.code)
	copy(a.Refresh.Hash[:], r.refresh)
	var err error
	a.Scopes, err = oauth.ParseScopes(r.scopes)
	return a, err
}

// grantStanding receives the grant's columns in front of standingColumns.
type grantStanding struct {
	standing
	granted   string
	withdrawn int64
}

const grantStandingColumns = "COALESCE(g.scopes, ''), COALESCE(g.withdrawn_at, 0), " + standingColumns

func (s *grantStanding) into() []any {
	return append([]any{&s.granted, &s.withdrawn}, s.standing.into()...)
}

func (s *grantStanding) result(grantID int64) (*oauth.Standing, error) {
	out := s.standing.result()
	out.Withdrawn = s.withdrawn != 0
	var err error
	if grantID != 0 {
		out.Granted, err = oauth.ParseScopes(s.granted)
	}
	return out, err
}

// querier is a transaction or the read pool.
type querier interface {
	one(query string, args ...any) *sql.Row
}

type reading struct {
	db  *db.DB
	ctx context.Context
}

func (r reading) one(query string, args ...any) *sql.Row {
	return r.db.QueryRowContext(r.ctx, query, args...)
}

// Authorization implements oauth.Storage.
func (s *store) Authorization(ctx context.Context, id int64) (*oauth.Authorization, *oauth.Standing, error) {
	return s.memory.authorization(ctx, reading{s.db, ctx}, id)
}

// authorization reads the row with its standing. Where the standing may be remembered,
// only the row itself is read, which changes with every use.
func (m *memory) authorization(ctx context.Context, q querier, id int64) (*oauth.Authorization, *oauth.Standing, error) {
	if m.db.Engine() == db.Postgres { // a second statement would cost more than the join
		return readAuthorization(q, id, "")
	}
	if _, remembers := m.db.Changes(ctx); !remembers {
		return readAuthorization(q, id, "")
	}
	var row authorizationRow
	if err := q.one("SELECT "+authorizationColumns+" FROM oauth_provider_authorization a WHERE a.id = ?", id).Scan(row.into()...); err != nil {
		return nil, nil, notFound(err)
	}
	a, err := row.result(id)
	if err != nil {
		return nil, nil, err
	}
	st, err := m.standingOf(ctx, q, holder{a.ClientID, a.UserID, a.GrantID})
	if err != nil {
		return nil, nil, err
	}
	out := *st
	out.Revoked = !a.RevokedAt.IsZero()
	return a, &out, nil
}

// readAuthorization reads the row with its standing in one statement.
func readAuthorization(q querier, id int64, lock string) (*oauth.Authorization, *oauth.Standing, error) {
	var row authorizationRow
	var st grantStanding
	err := q.one("SELECT "+authorizationColumns+", "+grantStandingColumns+`
		FROM oauth_provider_authorization a
		JOIN oauth_provider_client c ON c.id = a.client_id
		LEFT JOIN base_user u ON u.id = a.user_id
		LEFT JOIN oauth_provider_grant g ON g.id = a.grant_id
		WHERE a.id = ?`+lock, id).Scan(append(row.into(), st.into()...)...)
	if err != nil {
		return nil, nil, notFound(err)
	}
	a, err := row.result(id)
	if err != nil {
		return nil, nil, err
	}
	out, err := st.result(a.GrantID)
	if err != nil {
		return nil, nil, err
	}
	out.Revoked = !a.RevokedAt.IsZero()
	return a, out, nil
}

// Authorization implements oauth.Tx. PostgreSQL locks the row and reads everything at
// once; SQLite has one writer.
func (t *storeTx) Authorization(_ context.Context, id int64) (*oauth.Authorization, *oauth.Standing, error) {
	if t.tx.DB().Engine() == db.Postgres {
		return readAuthorization(t, id, " FOR UPDATE OF a")
	}
	return t.memory.authorization(t.tx.Context(), t, id)
}

// Standing implements oauth.Storage.
func (s *store) Standing(ctx context.Context, clientID, userID int64) (*oauth.Standing, error) {
	return s.memory.standingOf(ctx, reading{s.db, ctx}, holder{client: clientID, user: userID})
}

func (m *memory) standingOf(ctx context.Context, q querier, h holder) (*oauth.Standing, error) {
	return m.holders.Of(ctx, h, func(bool) (*oauth.Standing, error) {
		var st grantStanding
		err := q.one("SELECT "+grantStandingColumns+` FROM oauth_provider_client c
			LEFT JOIN base_user u ON u.id = ?
			LEFT JOIN oauth_provider_grant g ON g.id = ?
			WHERE c.id = ?`, h.user, h.grant, h.client).Scan(st.into()...)
		if err != nil {
			return nil, notFound(err)
		}
		return st.result(h.grant)
	})
}
