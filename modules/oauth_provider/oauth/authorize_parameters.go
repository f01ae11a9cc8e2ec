package oauth

// checkParameters reads the parameters. Nothing of a request with a repeated or broken
// one is believed, its redirect URI neither.
func (p *Provider) checkParameters(f *flow) error {
	if len(f.request.Params) > maxAuthorize {
		return refuse(CodeInvalidRequest, "the request is too long")
	}
	in, err := parseParams(f.request.Params)
	if err != nil {
		return refuse(CodeInvalidRequest, err.Error())
	}
	f.params = in
	return nil
}
