package oauth

import (
	"errors"
	"net/http"
)

// introspect tells a client about its own tokens (RFC 7662). Whatever is not a live token
// of this client is {"active":false}, without a reason.
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request) {
	in, fail := readParams(r)
	if fail != nil {
		p.clientFailed(w, r, fail)
		return
	}
	err := p.direct(r, in, func(c *Client) error {
		o := newObject()
		err := p.inspect(r, in.get("token"), c, o)
		if err != nil {
			objects.Put(o)
			return err
		}
		writeObject(w, http.StatusOK, o)
		return nil
	})
	if err != nil {
		p.clientFailed(w, r, asError(err, "introspect"))
	}
}

// direct authenticates the client of a request about a token and runs fn with it, once
// more when fn finds that its definition has changed meanwhile.
func (p *Provider) direct(r *http.Request, in params, fn func(*Client) error) error {
	var version int64
	for {
		c, _, fail := p.authenticateClient(r.Context(), r, in, version)
		if fail != nil {
			claimed, _ := readCredentials(r, in) // a failure of that is answered
			p.record(r, Event{Kind: EventTokenFailed, Client: claimed.id, Error: fail.Code, Detail: fail.Description})
			return fail
		}
		if in.get("token") == "" {
			return refuse(CodeInvalidRequest, "token is missing")
		}
		err := fn(c)
		var stale staleClient
		if !errors.As(err, &stale) || version > 0 {
			return err
		}
		version = stale.version
	}
}

func (p *Provider) inspect(r *http.Request, text string, c *Client, o *Object) error {
	if c.Public {
		return invalidClient("this endpoint needs a client that has a secret")
	}
	if t, ok := parseKind(text, kindRefresh); ok {
		return p.inspectRefresh(r, t, c, o)
	}
	return p.inspectAccess(r, text, c, o)
}

func (p *Provider) inspectAccess(r *http.Request, text string, c *Client, o *Object) error {
	a, err := p.access(r.Context(), text, NeedStatus)
	if err != nil && !errors.Is(err, errDeadToken) {
		return err
	}
	if err != nil || a.ClientID != c.ID {
		o.Bool("active", false)
		return nil
	}
	if a.ClientVersion > c.Version {
		return staleClient{a.ClientVersion}
	}
	o.Bool("active", true)
	o.text("scope", a.Scopes.Codes())
	o.Text("client_id", a.Client)
	o.Text("token_type", "Bearer")
	o.Int("exp", a.ExpiresAt.Unix())
	o.Int("iat", a.IssuedAt.Unix())
	o.Text("sub", a.Subject)
	if len(a.Resources) == 0 {
		o.Text("aud", a.Client)
	} else {
		o.audience(a.Resources)
	}
	o.Text("iss", p.Issuer)
	return nil
}

// inspectRefresh answers for a refresh token. Its token_type is not Bearer: no resource
// server may take it.
func (p *Provider) inspectRefresh(r *http.Request, t token, c *Client, o *Object) error {
	a, s, err := p.Storage.Authorization(r.Context(), t.id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err != nil || a.ClientID != c.ID || !t.is(a.Refresh.Hash) || !a.RevokedAt.IsZero() ||
		!p.Clock().Before(a.Refresh.ExpiresAt) || !s.alive(IDTime(a.ID)) {
		o.Bool("active", false)
		return nil
	}
	if s.ClientVersion > c.Version {
		return staleClient{s.ClientVersion}
	}
	o.Bool("active", true)
	o.text("scope", s.effective(a.Scopes, a.GrantID).Codes())
	o.Text("client_id", c.Identifier)
	o.Text("token_type", "refresh_token")
	o.Int("exp", a.Refresh.ExpiresAt.Unix())
	o.Int("iat", a.Refresh.RotatedAt.Unix())
	o.Text("sub", Subject(c.Identifier, s.UserSubject))
	o.Text("iss", p.Issuer)
	return nil
}
