package oauth

import "slices"

// checkResource settles what the token is for (RFC 8707 §2.1).
func (p *Provider) checkResource(f *flow) error {
	resources, fail := p.askedResources(f.params)
	if fail != nil {
		return fail
	}
	f.resources = resources
	return nil
}

var errInvalidTarget = refuse(CodeInvalidTarget, "resource is not one of this server, or not one that was granted")

// askedResources reads resource: any number of URIs that this server has, none for all.
func (p *Provider) askedResources(in params) ([]string, *Error) {
	var out []string
	for _, uri := range in.all("resource") {
		if !slices.Contains(p.Resources, uri) {
			return nil, errInvalidTarget
		}
		if !slices.Contains(out, uri) {
			out = append(out, uri)
		}
	}
	return out, nil
}

// narrowResources applies the resource parameter of a token request: less than was
// granted, never more (RFC 8707 §2.2).
func (x *exchange) narrowResources(granted []string) ([]string, error) {
	asked, fail := x.provider.askedResources(x.params)
	switch {
	case fail != nil:
		return nil, fail
	case len(asked) == 0:
		return granted, nil
	case len(granted) > 0 && slices.ContainsFunc(asked, func(uri string) bool { return !slices.Contains(granted, uri) }):
		return nil, errInvalidTarget
	}
	return asked, nil
}
