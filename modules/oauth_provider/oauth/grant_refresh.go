package oauth

import (
	"errors"
	"slices"
	"time"
)

// refreshGrace is how long the immediate predecessor may be presented again: the answer
// got lost, or two workers refreshed at once. They get the same successor.
const refreshGrace = 10 * time.Second

// maxGenerations bounds the work of recognising an old refresh token, some milliseconds.
// An hourly refresh over the absolute lifetime has about two thousand.
const maxGenerations = 1 << 14

// firstRefresh is the state of an authorization with its first refresh token.
func (x *exchange) firstRefresh(t token) Refresh {
	l := x.client.lifetimes()
	absolute := x.now.Add(l.RefreshAbsolute)
	return Refresh{Hash: t.hash(), Generation: 1, RotatedAt: x.now,
		ExpiresAt: earlier(x.now.Add(l.RefreshIdle), absolute), AbsoluteAt: absolute}
}

// exchangeRefresh rotates a refresh token (RFC 6749 §6, RFC 9700 §4.14.2). One that was
// rotated before ends the authorization, except the immediate predecessor within
// refreshGrace. Successors are derived, so the row tells which token came when without
// keeping any of them.
func (p *Provider) exchangeRefresh(x *exchange) (*issued, error) {
	if x.params.get("refresh_token") == "" {
		return nil, refuse(CodeInvalidRequest, "refresh_token is missing")
	}
	shown, ok := parseKind(x.params.get("refresh_token"), kindRefresh)
	if !ok {
		return nil, errInvalidGrant
	}
	var r rotation
	next := shown.successor(p.SuccessorKey)
	err := p.insert(x.ctx, func(id int64) error {
		access, row := x.newAccess(id)
		return p.Storage.Write(x.ctx, func(tx Tx) error {
			r = rotation{shown: shown, next: next, access: access, row: row}
			return r.run(x, tx)
		})
	})
	if err != nil {
		return nil, asStale(err, "refresh")
	}
	if r.unknown != nil && p.descends(shown, r.unknown.Refresh) {
		r.replayed = r.unknown
		err = p.Storage.Write(x.ctx, func(tx Tx) error { return tx.RevokeAuthorization(x.ctx, r.replayed.ID, x.now) })
		if err != nil {
			return nil, unavailable(err, "revoke after replay")
		}
	}
	if r.replayed != nil {
		p.replay(x, r.replayed)
	}
	if r.out == nil {
		return nil, errInvalidGrant
	}
	return r.out, nil
}

// rotation is one try to refresh, inside a transaction. Of out, replayed and unknown one
// is set at its end.
type rotation struct {
	shown, next, access token
	row                 *Token

	out      *issued
	replayed *Authorization // shown is the predecessor, and late
	unknown  *Authorization // shown is older, or made up: to be found out outside
}

func (r *rotation) run(x *exchange, tx Tx) error {
	a, standing, err := tx.Authorization(x.ctx, r.shown.id)
	if errors.Is(err, ErrNotFound) {
		return errInvalidGrant
	}
	if err != nil {
		return err
	}
	if fail := x.mayRefresh(a, standing); fail != nil {
		return fail
	}
	current := r.shown.is(a.Refresh.Hash)
	switch {
	case current:
	case !r.next.is(a.Refresh.Hash):
		r.unknown = a
		return nil
	case x.now.Sub(a.Refresh.RotatedAt) > refreshGrace:
		r.replayed = a
		return tx.RevokeAuthorization(x.ctx, a.ID, x.now)
	}
	r.row.of(a, standing)
	if r.row.Scopes, err = x.narrow(r.row.Scopes); err != nil {
		return err
	}
	if r.row.Resources, err = x.narrowResources(a.Resources); err != nil {
		return err
	}
	if current {
		if err := tx.SaveRefresh(x.ctx, a.ID, a.SpentAt, x.rotate(a.Refresh, r.next)); err != nil {
			return err
		}
	}
	r.out = x.issuedUnder(a, standing, r.access, r.row)
	r.out.refresh = r.next.String()
	return tx.InsertToken(x.ctx, r.row)
}

// mayRefresh checks that the authorization is the client's and lives.
func (x *exchange) mayRefresh(a *Authorization, s *Standing) error {
	if a.ClientID != x.client.ID {
		return errInvalidGrant
	}
	if s.ClientVersion > x.client.Version {
		return staleClient{s.ClientVersion}
	}
	if a.Refresh.Generation == 0 || !a.RevokedAt.IsZero() || !x.now.Before(a.Refresh.ExpiresAt) || !s.alive(IDTime(a.ID)) {
		return errInvalidGrant
	}
	return nil
}

func (x *exchange) rotate(r Refresh, next token) Refresh {
	r.Hash = next.hash()
	r.Generation++
	r.RotatedAt = x.now
	r.ExpiresAt = earlier(x.now.Add(x.client.lifetimes().RefreshIdle), r.AbsoluteAt)
	return r
}

// narrow applies the scope parameter: less than was granted, never more.
func (x *exchange) narrow(have Scopes) (Scopes, error) {
	text := x.params.get("scope")
	if text == "" {
		return have, nil
	}
	asked, ok := splitScope(text)
	if !ok {
		return nil, refuse(CodeInvalidScope, "scope has characters that a scope cannot have")
	}
	out, ok := have.only(asked)
	if !ok {
		return nil, refuse(CodeInvalidScope, "scope is wider than what was granted")
	}
	return slices.Clip(out), nil
}

// descends reports whether the current refresh token was derived from an old one.
func (p *Provider) descends(old token, r Refresh) bool {
	for range min(r.Generation, maxGenerations) {
		old = old.successor(p.SuccessorKey)
		if old.is(r.Hash) {
			return true
		}
	}
	return false
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
