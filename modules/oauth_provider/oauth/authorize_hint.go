package oauth

// checkHint compares who is signed in with the id_token_hint (OpenID Connect Core
// §3.1.2.1). The hint may have expired but must be one of ours for this client. It never
// signs anybody in.
func (p *Provider) checkHint(f *flow) error {
	hint := f.params.get("id_token_hint")
	if hint == "" {
		return nil
	}
	sub, fail := p.verifyHint(f.ctx, hint, f.client.Identifier)
	if fail != nil {
		return fail
	}
	switch {
	case sameText(sub, Subject(f.client.Identifier, f.session.Subject)):
		return nil
	case f.signedInAnew():
		return refuse(CodeLoginRequired, "somebody else is signed in than id_token_hint names")
	}
	return p.signIn(f)
}
