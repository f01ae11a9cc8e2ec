package oauth

import "slices"

// checkRedirectURI finds where the answer goes: the one the request names, if the client
// registered exactly that, or the first registered (RFC 6749 §3.1.2.3). OpenID Connect
// Core §3.1.2.1 requires the request to name it.
func (p *Provider) checkRedirectURI(f *flow) error {
	named := f.params.get("redirect_uri")
	if named == "" {
		codes := f.client.DefaultScopes
		if s := f.params.get("scope"); s != "" {
			codes, _ = splitScope(s)
		}
		switch {
		case slices.Contains(codes, ScopeOpenID):
			return refuse(CodeInvalidRequest, "redirect_uri is missing, openid requires it")
		case len(f.client.RedirectURIs) == 0:
			return refuse(CodeInvalidRequest, "redirect_uri is missing and none is registered")
		}
		f.redirectURI, f.trusted = f.client.RedirectURIs[0], true
		return nil
	}
	if f.request.Trial != "" && named == p.URL(TrialPath) {
		f.redirectURI, f.redirectNamed, f.trusted = named, true, true
		return nil
	}
	if !slices.ContainsFunc(f.client.RedirectURIs, func(r string) bool { return redirectMatches(r, named) }) {
		return refuse(CodeInvalidRequest, "redirect_uri is not registered for this client")
	}
	f.redirectURI, f.redirectNamed, f.trusted = named, true, true
	return nil
}
