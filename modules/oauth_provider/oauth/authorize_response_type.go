package oauth

import "slices"

// Response types.
const (
	ResponseCode  = "code"
	ResponseToken = "token" // implicit
)

// responseType is one line of the table of what authorize can answer with.
type responseType struct {
	name    string
	mode    responseMode // when the request names none
	query   bool         // may travel in a query; tokens must not
	pkce    bool         // issues a code, which a challenge protects
	grant   string       // grant type the client needs for it
	legacy  bool         // only for clients with an end date, until then
	respond func(*Provider, *flow) (params, *Error)
}

var responseTypes = []responseType{
	{name: ResponseCode, mode: modeQuery, query: true, pkce: true, grant: GrantCode, respond: (*Provider).issueCode},
	{name: ResponseToken, mode: modeFragment, grant: GrantImplicit, legacy: true, respond: (*Provider).issueImplicit},
}

// checkResponseType finds the line of the table and whether it is the client's.
func (p *Provider) checkResponseType(f *flow) error {
	asked := f.params.get("response_type")
	if asked == "" {
		return refuse(CodeInvalidRequest, "response_type is missing")
	}
	i := slices.IndexFunc(responseTypes, func(t responseType) bool { return t.name == asked })
	if i < 0 {
		return refuse(CodeUnsupportedResponseType, "this response_type is not offered here")
	}
	t := &responseTypes[i]
	if slices.Contains(f.client.ResponseTypes, t.name) && f.client.mayGrant(t.grant) && (!t.legacy || f.now.Before(f.client.LegacyUntil)) {
		f.response = t
		return nil
	}
	if implicit, _ := p.legacy(f.ctx); t.legacy && !implicit {
		return refuse(CodeUnsupportedResponseType, "this response_type is not offered here")
	}
	return refuse(CodeUnauthorizedClient, "this client may not use this response_type")
}
