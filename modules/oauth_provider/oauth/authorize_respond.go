package oauth

// respond issues what the response type promises and sends it to the client.
func (p *Provider) respond(f *flow) error {
	out, fail := f.response.respond(p, f)
	if fail != nil {
		return fail
	}
	p.deliver(f, out)
	return nil
}

// issueCode inserts the authorization and returns its code. A grant that is new goes in
// the same transaction.
func (p *Provider) issueCode(f *flow) (params, *Error) {
	a := &Authorization{
		UserID: f.session.UserID, ClientID: f.client.ID, GrantID: f.grantID, SessionID: f.session.ID,
		Scopes:        f.granted,
		Resources:     f.resources,
		Claims:        f.claims.idToken,
		CodeExpiresAt: f.now.Add(f.client.lifetimes().Code),
		RedirectURI:   f.redirectURI, RedirectNamed: f.redirectNamed,
		Challenge: f.params.get("code_challenge"), Nonce: f.params.get("nonce"),
		AuthTime: f.session.AuthTime, AMR: f.session.AMR, ACR: f.session.ACR,
	}
	var code token
	err := p.insert(f.ctx, func(id int64) error {
		code = newToken(kindCode, id)
		a.ID, a.CodeHash = id, code.hash()
		if f.grant == nil {
			return p.Storage.InsertAuthorization(f.ctx, a)
		}
		return p.Storage.Write(f.ctx, func(tx Tx) error {
			g := *f.grant
			if err := tx.SaveGrant(f.ctx, &g); err != nil {
				return err
			}
			a.GrantID = g.ID
			return tx.InsertAuthorization(f.ctx, a)
		})
	})
	if err != nil {
		return nil, unavailable(err, "insert authorization")
	}
	p.granted(f, a.GrantID, a.ID)
	return params{{"code", code.String()}}, nil
}

// granted records a grant that is new.
func (p *Provider) granted(f *flow, grantID, authorizationID int64) {
	if f.grant != nil {
		p.record(f.r, Event{Kind: EventGrantGiven, Client: f.client.Identifier, ClientID: f.client.ID, UserID: f.session.UserID,
			GrantID: grantID, AuthorizationID: authorizationID, Scopes: f.granted})
	}
}
