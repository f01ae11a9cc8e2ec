package oauth

import (
	"errors"
	"slices"
)

var errInvalidGrant = refuse(CodeInvalidGrant, "the code or token is unknown, used, expired or another client's")

// exchangeCode redeems an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6). A code
// that comes a second time ends everything it issued.
func (p *Provider) exchangeCode(x *exchange) (*issued, error) {
	if x.params.get("code") == "" {
		return nil, refuse(CodeInvalidRequest, "code is missing")
	}
	code, ok := parseKind(x.params.get("code"), kindCode)
	if !ok {
		return nil, errInvalidGrant
	}
	a, standing, err := p.Storage.Authorization(x.ctx, code.id)
	if errors.Is(err, ErrNotFound) {
		return nil, errInvalidGrant
	}
	if err == nil {
		err = x.ownCode(a, standing, code)
	}
	if err != nil {
		return nil, asStale(err, "exchange code")
	}
	if a.SpentAt.IsZero() {
		out, err := p.spendCode(x, a, standing)
		if !errors.Is(err, errSpent) {
			return out, err
		}
	}
	err = p.Storage.Write(x.ctx, func(tx Tx) error { return tx.RevokeAuthorization(x.ctx, a.ID, x.now) })
	if err != nil {
		return nil, asStale(err, "exchange code")
	}
	p.replay(x, a)
	return nil, errInvalidGrant
}

// errSpent says that of several requests with one code another was first.
var errSpent = errors.New("oauth: the code is spent")

// spendCode issues the tokens of a code. What was read of it may have changed since, so
// the write itself makes sure that the code is spent once; who was withdrawn in between
// holds tokens that are dead at their first use.
func (p *Provider) spendCode(x *exchange, a *Authorization, s *Standing) (*issued, error) {
	if fail := x.mayRedeem(a, s, challengeOf(x.params.get("code_verifier"))); fail != nil {
		return nil, asStale(fail, "exchange code")
	}
	resources, err := x.narrowResources(a.Resources)
	if err != nil {
		return nil, asStale(err, "exchange code")
	}
	refresh := newToken(kindRefresh, a.ID)
	var state Refresh
	if slices.Contains(x.client.GrantTypes, GrantRefresh) {
		state = x.firstRefresh(refresh)
	}
	var out *issued
	err = p.insert(x.ctx, func(id int64) error {
		access, row := x.newAccess(id)
		row.of(a, s)
		row.Resources = resources
		out = x.issuedUnder(a, s, access, row)
		if state.Generation > 0 {
			out.refresh = refresh.String()
		}
		return p.Storage.Write(x.ctx, func(tx Tx) error {
			first, err := tx.SpendCode(x.ctx, a.ID, x.now, state)
			if err != nil {
				return err
			}
			if !first {
				return errSpent
			}
			return tx.InsertToken(x.ctx, row)
		})
	})
	if errors.Is(err, errSpent) {
		return nil, err
	}
	if err != nil {
		return nil, asStale(err, "exchange code")
	}
	return out, nil
}

// ownCode checks that the row belongs to the code and the code to the client.
func (x *exchange) ownCode(a *Authorization, s *Standing, code token) error {
	if !code.is(a.CodeHash) || a.ClientID != x.client.ID {
		return errInvalidGrant
	}
	if s.ClientVersion > x.client.Version {
		return staleClient{s.ClientVersion}
	}
	return nil
}

// mayRedeem checks the rest: age, standing, redirect URI and verifier.
func (x *exchange) mayRedeem(a *Authorization, s *Standing, challenge string) error {
	named := x.params.get("redirect_uri")
	switch {
	case !x.now.Before(a.CodeExpiresAt), !a.RevokedAt.IsZero(), !s.alive(IDTime(a.ID)):
		return errInvalidGrant
	case (a.RedirectNamed || named != "") && named != a.RedirectURI:
		return refuse(CodeInvalidGrant, "redirect_uri differs from the authorization request's")
	case a.Challenge == "" && x.params.get("code_verifier") != "":
		return refuse(CodeInvalidGrant, "code_verifier without code_challenge in the authorization request")
	case a.Challenge != "" && !sameText(a.Challenge, challenge):
		return refuse(CodeInvalidGrant, "code_verifier does not fit code_challenge")
	}
	return nil
}

// issuedUnder is what an authorization issues.
func (x *exchange) issuedUnder(a *Authorization, s *Standing, access token, row *Token) *issued {
	return &issued{access: access, row: row, authorization: a, subject: s.UserSubject, signIn: signIn{a.AuthTime, a.AMR, a.ACR}}
}

// of makes the access token one of the authorization's.
func (t *Token) of(a *Authorization, s *Standing) {
	t.AuthorizationID, t.GrantID, t.UserID = a.ID, a.GrantID, a.UserID
	t.Scopes = s.effective(a.Scopes, a.GrantID)
}

// replay reports a code or refresh token that was used again.
func (p *Provider) replay(x *exchange, a *Authorization) {
	e := x.event(EventReplay, errInvalidGrant)
	e.UserID, e.GrantID, e.AuthorizationID, e.Scopes = a.UserID, a.GrantID, a.ID, a.Scopes
	p.record(x.r, e)
}

// asStale lets a stale definition through for another try and makes a protocol error of
// the rest.
func asStale(err error, doing string) error {
	var stale staleClient
	if errors.As(err, &stale) {
		return stale
	}
	return asError(err, doing)
}
