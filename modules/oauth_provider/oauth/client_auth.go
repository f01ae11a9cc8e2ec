package oauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// authMethods are the ways a client proves itself at the token endpoint.
var authMethods = []string{"client_secret_basic", "client_secret_post", "none"}

// credentials are what a request says about its client.
type credentials struct {
	id, secret string
}

// authenticateClient finds out which client sends a direct request (RFC 6749 §2.3). It
// acts on a definition of at least the version. secretID is 0 for a public client.
func (p *Provider) authenticateClient(ctx context.Context, r *http.Request, in params, version int64) (c *Client, secretID int64, fail *Error) {
	cred, fail := readCredentials(r, in)
	if fail != nil {
		return nil, 0, fail
	}
	if p.Throttle != nil {
		if wait := p.Throttle.Allow(ctx, cred.id, address(r)); wait > 0 {
			return nil, 0, &Error{Status: http.StatusTooManyRequests, Code: CodeInvalidClient,
				Description: "too many wrong secrets", retryAfter: wait}
		}
	}
	c, err := p.Storage.Client(ctx, cred.id, version)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, 0, unavailable(err, "read client")
	}
	for err == nil {
		if secretID, ok := c.proves(cred, p.Clock()); ok && c.Active {
			return c, secretID, nil
		}
		newer, ok := p.superseded(ctx, c)
		if !ok {
			break
		}
		if c, err = p.Storage.Client(ctx, cred.id, newer); err != nil {
			return nil, 0, unavailable(err, "read client")
		}
	}
	if p.Throttle != nil {
		p.Throttle.Failed(ctx, cred.id, address(r))
	}
	return nil, 0, invalidClient("client authentication failed")
}

// proves compares the secret with those that live, all of them in constant time.
func (c *Client) proves(cred credentials, now time.Time) (secretID int64, ok bool) {
	if cred.secret == "" {
		return 0, c.Public
	}
	h := HashSecret(cred.secret)
	for _, s := range c.Secrets {
		lives := s.ExpiresAt.IsZero() || now.Before(s.ExpiresAt)
		if subtle.ConstantTimeCompare(h[:], s.Hash[:]) == 1 && lives {
			secretID, ok = s.ID, true
		}
	}
	return secretID, ok && !c.Public
}

// readCredentials finds the one method used. The same client_id in the body and in Basic
// is one method: the Odoo community's auth_oidc sends it so.
func readCredentials(r *http.Request, in params) (credentials, *Error) {
	body := credentials{id: in.get("client_id"), secret: in.get("client_secret")}
	if in.get("client_assertion") != "" || in.get("client_assertion_type") != "" {
		return body, invalidClient("client assertions are not offered here")
	}
	header := r.Header.Values("Authorization")
	if len(header) == 0 {
		if body.id == "" {
			return body, invalidClient("the request names no client")
		}
		return body, nil
	}
	user, password, ok := r.BasicAuth()
	if !ok || len(header) > 1 {
		return body, invalidClient("the Authorization header is not Basic")
	}
	// RFC 6749 §2.3.1 form-encodes both parts.
	id, err := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	switch {
	case err != nil || err2 != nil || id == "":
		return body, invalidClient("the Authorization header is malformed")
	case body.secret != "":
		return body, refuse(CodeInvalidRequest, "two methods of client authentication at once")
	case body.id != "" && body.id != id:
		return body, refuse(CodeInvalidRequest, "client_id differs from the Authorization header")
	}
	return credentials{id: id, secret: secret}, nil
}

func invalidClient(description string) *Error {
	return &Error{Status: http.StatusUnauthorized, Code: CodeInvalidClient, Description: description}
}

// clientFailed answers a direct request that failed, with the challenge that a 401 needs.
func (p *Provider) clientFailed(w http.ResponseWriter, r *http.Request, e *Error) {
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q", p.Issuer))
	}
	p.fail(w, r, e)
}
