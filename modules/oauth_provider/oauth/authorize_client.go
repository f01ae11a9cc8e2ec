package oauth

import (
	"context"
	"errors"
)

// checkClient finds the client (RFC 6749 §4.1.2.1: an unknown one is never redirected to).
func (p *Provider) checkClient(f *flow) error {
	id := f.params.get("client_id")
	if id == "" {
		return refuse(CodeInvalidRequest, "client_id is missing")
	}
	c, err := p.Storage.Client(f.ctx, id, f.version)
	if err == nil {
		f.met = c
	}
	if errors.Is(err, ErrNotFound) || err == nil && !c.Active {
		return refuse(CodeInvalidClient, "client_id is unknown or switched off")
	}
	if err != nil {
		return unavailable(err, "read client")
	}
	f.client = c
	return nil
}

// superseded reports whether a definition later than c is in force. What is done is held
// against the definition that the status read brings along; what is refused gets no
// further, so that a refusal asks by itself: a secret, a redirect URI or a scope that
// was added on another instance works at once.
func (p *Provider) superseded(ctx context.Context, c *Client) (version int64, ok bool) {
	now, err := p.Storage.Client(ctx, c.Identifier, Newest)
	if err != nil || now.Version <= c.Version {
		return 0, false
	}
	return now.Version, true
}
