package oauth

import "slices"

// checkScope settles what is asked for: the client's default when nothing is named
// (RFC 6749 §3.3). No scope at all is a plain sign-in.
func (p *Provider) checkScope(f *flow) error {
	codes, fail := askedScopes(f.client, f.params.get("scope"))
	if fail != nil {
		return fail
	}
	if !f.response.pkce {
		codes = withoutRefresh(codes)
	}
	f.scopes = codes
	return nil
}

// withoutRefresh leaves out offline_access where nothing can be refreshed.
func withoutRefresh(codes []string) []string {
	return slices.DeleteFunc(codes, func(code string) bool { return code == ScopeOfflineAccess })
}

// askedScopes reads a scope parameter for a client and returns the codes in the client's
// order.
func askedScopes(c *Client, text string) ([]string, *Error) {
	asked, ok := splitScope(text)
	if !ok {
		return nil, refuse(CodeInvalidScope, "scope has characters that a scope cannot have")
	}
	if len(asked) == 0 {
		asked = c.DefaultScopes
	}
	out := make([]string, 0, len(asked))
	for _, s := range c.Scopes {
		if slices.Contains(asked, s.Code) {
			out = append(out, s.Code)
		}
	}
	if len(out) != len(asked) {
		return nil, refuse(CodeInvalidScope, "the client may not ask for one of these scopes")
	}
	return out, nil
}
