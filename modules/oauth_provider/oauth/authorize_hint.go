package oauth

import "slices"

// checkHint compares who is signed in with the id_token_hint (OpenID Connect Core
// §3.1.2.1) and with the sub that claims asks for (§5.5.1). The hint may have expired but
// must be one of ours for this client. Neither ever signs anybody in.
func (p *Provider) checkHint(f *flow) error {
	wanted := f.claims.sub
	if hint := f.params.get("id_token_hint"); hint != "" {
		sub, fail := p.verifyHint(f.ctx, hint, f.client.Identifier)
		if fail != nil {
			return fail
		}
		wanted = append(wanted[:len(wanted):len(wanted)], sub)
	}
	own := Subject(f.client.Identifier, f.session.Subject)
	switch {
	case !slices.ContainsFunc(wanted, func(sub string) bool { return !sameText(sub, own) }):
		return nil
	case f.signedInAnew():
		return refuse(CodeLoginRequired, "somebody else is signed in than the request names")
	}
	return p.signIn(f)
}
