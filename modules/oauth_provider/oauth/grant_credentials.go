package oauth

import "slices"

// exchangeCredentials lets a confidential client act for itself (RFC 6749 §4.4), as the
// user it runs as. It gets neither refresh token nor id_token: it can ask again.
func (p *Provider) exchangeCredentials(x *exchange) (*issued, error) {
	codes, fail := askedScopes(x.client, x.params.get("scope"))
	if fail != nil {
		return nil, fail
	}
	resources, fail := p.askedResources(x.params)
	if fail != nil {
		return nil, fail
	}
	scopes := make(Scopes, 0, len(codes))
	for _, code := range codes {
		if code == ScopeOpenID || code == ScopeOfflineAccess {
			continue // nobody signs in, nothing is refreshed
		}
		s, _ := x.client.scope(code)
		scopes = append(scopes, Granted{code, s.Version})
	}
	// Who is switched off after this holds a token that is dead at its first use.
	s, err := p.Storage.Standing(x.ctx, x.client.ID, x.client.RunsAs)
	switch {
	case err != nil:
		return nil, asStale(err, "issue for client")
	case s.ClientVersion > x.client.Version:
		return nil, staleClient{s.ClientVersion}
	case !s.ClientActive:
		return nil, invalidClient("client authentication failed")
	case !s.UserActive:
		return nil, refuse(CodeUnauthorizedClient, "the user this client runs as is switched off")
	}
	var out *issued
	err = p.insert(x.ctx, func(id int64) error {
		access, row := x.newAccess(id)
		row.UserID, row.Scopes, row.Resources = x.client.RunsAs, slices.Clip(scopes), resources
		out = &issued{access: access, row: row, subject: s.UserSubject}
		return p.Storage.InsertToken(x.ctx, row)
	})
	if err != nil {
		return nil, asStale(err, "issue for client")
	}
	return out, nil
}
