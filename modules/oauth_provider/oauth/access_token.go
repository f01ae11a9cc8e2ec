package oauth

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// accessToken spells out what was issued: the opaque token, or a JWT around its jti
// (RFC 9068 §2.2). The row decides about both, so revocation holds for both.
func (p *Provider) accessToken(ctx context.Context, c *Client, out *issued) (string, error) {
	if out.access.kind != kindJWT {
		return out.access.String(), nil
	}
	alg := c.TokenAlg
	if alg == "" {
		alg = defaultAlg
	}
	sub, audience := c.Identifier, out.row.Resources
	if out.row.UserID != 0 {
		sub = Subject(c.Identifier, out.subject)
	}
	if len(audience) == 0 {
		audience = []string{p.Issuer}
	}
	o := newObject()
	defer func() { objects.Put(o) }()
	o.Text("iss", p.Issuer)
	o.Text("sub", sub)
	o.audience(audience)
	o.Text("client_id", c.Identifier)
	o.Text("scope", out.row.Scopes.Codes())
	o.Text("jti", out.access.String())
	made := IDTime(out.row.ID)
	o.Int("iat", made.Unix())
	o.Int("exp", made.Unix()+seconds(out.row.ExpiresAt.Sub(made).Truncate(time.Millisecond))) // whole seconds, and never more than it lives
	if !out.signIn.at.IsZero() {
		o.Int("auth_time", out.signIn.at.Unix())
	}
	o.Text("acr", out.signIn.acr)
	o.Texts("amr", out.signIn.amr)
	return p.sign(ctx, alg, typAccessToken, o.bytes())
}

// readAccess returns the token that an access token's text names. A JWT must be one of
// ours that has not expired; nothing is read from Storage for one that is not. Any error
// but errDeadToken is that of Keys.
func (p *Provider) readAccess(ctx context.Context, text string) (token, error) {
	t, expires, err := p.readAnyAccess(ctx, text)
	if err == nil && !expires.IsZero() && !p.Clock().Before(expires) {
		err = errDeadToken
	}
	return t, err
}

// readToken returns the token that the text of any of our tokens names, expired or not.
func (p *Provider) readToken(ctx context.Context, text string) (token, error) {
	if t, ok := parseKind(text, kindRefresh); ok {
		return t, nil
	}
	t, _, err := p.readAnyAccess(ctx, text)
	return t, err
}

// readAnyAccess returns the token, and when a JWT expires.
func (p *Provider) readAnyAccess(ctx context.Context, text string) (t token, expires time.Time, err error) {
	if !strings.Contains(text, ".") {
		t, ok := parseKind(text, kindAccess)
		if !ok {
			return t, expires, errDeadToken
		}
		return t, expires, nil
	}
	payload, ok, err := p.verifyJWT(ctx, text, typAccessToken)
	if err != nil {
		return t, expires, err
	}
	var claims struct {
		Iss, Jti string
		Exp      int64
	}
	if !ok || json.Unmarshal(payload, &claims) != nil || claims.Iss != p.Issuer {
		return t, expires, errDeadToken
	}
	if t, ok = parseKind(claims.Jti, kindJWT); !ok {
		return t, expires, errDeadToken
	}
	return t, time.Unix(claims.Exp, 0), nil
}
