package oauth

import (
	"errors"
	"net/http"
)

// revoke ends a token of the client and all that was issued with it (RFC 7009). Unknown
// and foreign tokens get 200 too: the answer says nothing about them.
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	in, fail := readParams(r)
	if fail != nil {
		p.clientFailed(w, r, fail)
		return
	}
	if err := p.direct(r, in, func(c *Client) error { return p.end(r, in.get("token"), c) }); err != nil {
		p.clientFailed(w, r, asError(err, "revoke"))
		return
	}
	writeObject(w, http.StatusOK, newObject())
}

// end revokes what a token string names, if it is the client's.
func (p *Provider) end(r *http.Request, text string, c *Client) error {
	ctx, now := r.Context(), p.Clock()
	t, err := p.readToken(ctx, text)
	switch {
	case errors.Is(err, errDeadToken):
		return nil
	case err != nil:
		return err
	}
	e := Event{Kind: EventRevoked, Client: c.Identifier, ClientID: c.ID}
	var end func(Tx) error
	switch t.kind {
	case kindAccess, kindJWT:
		row, s, err := p.Storage.Token(ctx, t.id, NeedStatus)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil:
			return err
		case row.ClientID != c.ID || !t.is(row.Hash):
			return nil
		case s.ClientVersion > c.Version:
			return staleClient{s.ClientVersion}
		}
		e.UserID, e.GrantID, e.AuthorizationID, e.Scopes = row.UserID, row.GrantID, row.AuthorizationID, row.Scopes
		end = func(tx Tx) error { return tx.RevokeAuthorization(ctx, row.AuthorizationID, now) }
		if row.AuthorizationID == 0 {
			end = func(tx Tx) error { return tx.RevokeToken(ctx, row.ID, now) }
		}
	case kindRefresh:
		a, s, err := p.Storage.Authorization(ctx, t.id)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil:
			return err
		case a.ClientID != c.ID || a.Refresh.Generation == 0 || !t.is(a.Refresh.Hash) && !p.descends(t, a.Refresh):
			return nil
		case s.ClientVersion > c.Version:
			return staleClient{s.ClientVersion}
		}
		e.UserID, e.GrantID, e.AuthorizationID, e.Scopes = a.UserID, a.GrantID, a.ID, a.Scopes
		end = func(tx Tx) error { return tx.RevokeAuthorization(ctx, a.ID, now) }
	default:
		return nil
	}
	if err := p.Storage.Write(ctx, end); err != nil {
		return err
	}
	p.record(r, e)
	return nil
}
