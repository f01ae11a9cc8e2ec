package oauth

import "errors"

// checkClient finds the client (RFC 6749 §4.1.2.1: an unknown one is never redirected to).
func (p *Provider) checkClient(f *flow) error {
	id := f.params.get("client_id")
	if id == "" {
		return refuse(CodeInvalidRequest, "client_id is missing")
	}
	c, err := p.Storage.Client(f.ctx, id, f.version)
	if errors.Is(err, ErrNotFound) || err == nil && !c.Active {
		return refuse(CodeInvalidClient, "client_id is unknown or switched off")
	}
	if err != nil {
		return unavailable(err, "read client")
	}
	f.client = c
	return nil
}
