package oauthprovider

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// storeTx is store inside one transaction.
type storeTx struct {
	tx     *db.Tx
	memory *memory
	ends   bool // it ended or changed something that may be remembered
}

func (t *storeTx) one(query string, args ...any) *sql.Row { return t.tx.QueryRow(query, args...) }

func authorizationInsert(a *oauth.Authorization) (query string, args []any) {
	return `INSERT INTO oauth_provider_authorization (id, user_id, client_id, grant_id, session_id, scopes, code_hash, code_expires_at, spent_at, redirect_uri,
			redirect_named, challenge, nonce, resources, claims, auth_time, amr, acr, refresh_hash, generation, rotated_at, expires_at, absolute_at, revoked_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, []any{
			a.ID, a.UserID, a.ClientID, a.GrantID, a.SessionID, a.Scopes.String(), a.CodeHash[:], micro(a.CodeExpiresAt), micro(a.SpentAt), a.RedirectURI,
			a.RedirectNamed, a.Challenge, a.Nonce, strings.Join(a.Resources, " "), strings.Join(a.Claims, " "), micro(a.AuthTime), strings.Join(a.AMR, " "), a.ACR, hashOrNull(a.Refresh), a.Refresh.Generation,
			micro(a.Refresh.RotatedAt), micro(a.Refresh.ExpiresAt), micro(a.Refresh.AbsoluteAt), micro(a.RevokedAt)}
}

func hashOrNull(r oauth.Refresh) any {
	if r.Generation == 0 {
		return nil
	}
	return r.Hash[:]
}

// InsertAuthorization implements oauth.Tx.
func (t *storeTx) InsertAuthorization(_ context.Context, a *oauth.Authorization) error {
	query, args := authorizationInsert(a)
	_, err := t.tx.Exec(query, args...)
	return duplicate(err)
}

// SpendCode implements oauth.Tx.
func (t *storeTx) SpendCode(_ context.Context, id int64, at time.Time, r oauth.Refresh) (bool, error) {
	res, err := t.tx.Exec("UPDATE oauth_provider_authorization SET spent_at = ?, refresh_hash = ?, generation = ?, rotated_at = ?, expires_at = ?, absolute_at = ? WHERE id = ? AND spent_at = 0 AND revoked_at = 0",
		micro(at), hashOrNull(r), r.Generation, micro(r.RotatedAt), micro(r.ExpiresAt), micro(r.AbsoluteAt), id)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// SaveRefresh implements oauth.Tx.
func (t *storeTx) SaveRefresh(_ context.Context, id int64, spentAt time.Time, r oauth.Refresh) error {
	_, err := t.tx.Exec("UPDATE oauth_provider_authorization SET spent_at = ?, refresh_hash = ?, generation = ?, rotated_at = ?, expires_at = ?, absolute_at = ? WHERE id = ?",
		micro(spentAt), hashOrNull(r), r.Generation, micro(r.RotatedAt), micro(r.ExpiresAt), micro(r.AbsoluteAt), id)
	return err
}

// RevokeAuthorization implements oauth.Tx. Access tokens under it die with it, because
// every read of one reads this row along.
func (t *storeTx) RevokeAuthorization(_ context.Context, id int64, at time.Time) error {
	t.ends = true
	_, err := t.tx.Exec("UPDATE oauth_provider_authorization SET revoked_at = ? WHERE id = ? AND revoked_at = 0", micro(at), id)
	return err
}

// InsertToken implements oauth.Tx.
func (t *storeTx) InsertToken(_ context.Context, k *oauth.Token) error {
	query, args := tokenInsert(k)
	_, err := t.tx.Exec(query, args...)
	return duplicate(err)
}

func tokenInsert(k *oauth.Token) (query string, args []any) {
	return "INSERT INTO oauth_provider_token (id, hash, authorization_id, grant_id, user_id, client_id, scopes, resources, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
		[]any{k.ID, k.Hash[:], k.AuthorizationID, k.GrantID, k.UserID, k.ClientID, k.Scopes.String(), strings.Join(k.Resources, " "), micro(k.ExpiresAt)}
}

// RevokeToken implements oauth.Tx.
func (t *storeTx) RevokeToken(_ context.Context, id int64, at time.Time) error {
	t.ends = true
	_, err := t.tx.Exec("UPDATE oauth_provider_token SET revoked_at = ? WHERE id = ? AND revoked_at = 0", micro(at), id)
	return err
}

// SaveGrant implements oauth.Tx. The unique index over live grants decides whether there
// is one; one that was withdrawn meanwhile is not in it.
func (t *storeTx) SaveGrant(_ context.Context, g *oauth.Grant) error {
	t.ends = true
	return t.tx.QueryRow(`INSERT INTO oauth_provider_grant (user_id, client_id, scopes, refused, skipped, given_at, withdrawn_at) VALUES (?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (user_id, client_id) WHERE withdrawn_at = 0
			DO UPDATE SET scopes = excluded.scopes, refused = excluded.refused, skipped = excluded.skipped, given_at = excluded.given_at
		RETURNING id`,
		g.UserID, g.ClientID, g.Scopes.String(), strings.Join(g.Refused, " "), g.Skipped, micro(g.GivenAt)).Scan(&g.ID)
}
