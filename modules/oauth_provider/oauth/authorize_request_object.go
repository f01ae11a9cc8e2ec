package oauth

// checkRequestObject refuses requests inside a JWT (OpenID Connect Core §6). Nothing is
// fetched: a request_uri would make the server call whom the sender likes.
func (p *Provider) checkRequestObject(f *flow) error {
	for _, o := range []struct{ name, code string }{
		{"request", CodeRequestNotSupported},
		{"request_uri", CodeRequestURINotSupported},
		{"registration", CodeRegistrationUnsupported},
	} {
		if f.params.get(o.name) != "" {
			return refuse(o.code, o.name+" is not supported")
		}
	}
	return nil
}
