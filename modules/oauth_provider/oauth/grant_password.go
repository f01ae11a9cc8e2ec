package oauth

import (
	"errors"
	"net/http"
)

// exchangePassword lets a client in that was told somebody's password (RFC 6749 §4.3).
// Nobody is asked, so the grant is one without a page, like a trusted client's; once the
// person has withdrawn it the password alone does not bring it back.
func (p *Provider) exchangePassword(x *exchange) (*issued, error) {
	host, ok := p.Host.(PasswordHost)
	login, password := x.params.get("username"), x.params.get("password")
	switch {
	case !ok:
		return nil, errUnsupportedGrant
	case login == "" || password == "":
		return nil, refuse(CodeInvalidRequest, "username or password is missing")
	}
	codes, fail := askedScopes(x.client, x.params.get("scope"))
	if fail != nil {
		return nil, fail
	}
	resources, fail := p.askedResources(x.params)
	if fail != nil {
		return nil, fail
	}
	s, err := host.SignInByPassword(x.ctx, login, password, address(x.r))
	if err != nil {
		return nil, passwordFailed(err)
	}
	f := &flow{r: x.r, ctx: x.ctx, now: x.now, client: x.client, session: s, scopes: withoutRefresh(codes), resources: resources}
	if err := p.checkPasswordGrant(f); err != nil {
		return nil, err
	}
	out, fail := p.issueUnderGrant(f)
	if fail != nil {
		return nil, fail
	}
	return out, nil
}

func passwordFailed(err error) error {
	if errors.Is(err, ErrWrongPassword) {
		return refuse(CodeInvalidGrant, "username and password do not sign anybody in")
	}
	if locked, ok := errors.AsType[*TooManyAttempts](err); ok {
		return &Error{Status: http.StatusTooManyRequests, Code: CodeInvalidGrant, Description: "too many attempts to sign in", retryAfter: locked.Wait}
	}
	return unavailable(err, "check password")
}

// checkPasswordGrant decides what the client gets of somebody whose password it knows.
func (p *Provider) checkPasswordGrant(f *flow) error {
	old, standing, err := p.Storage.Grant(f.ctx, f.session.UserID, f.client.ID)
	switch {
	case err != nil:
		return unavailable(err, "read grant")
	case standing.ClientVersion > f.client.Version:
		return staleClient{standing.ClientVersion}
	case !standing.ClientActive:
		return invalidClient("client authentication failed")
	case !standing.UserActive:
		return refuse(CodeInvalidGrant, "username and password do not sign anybody in")
	case old != nil && !old.WithdrawnAt.IsZero():
		return refuse(CodeInvalidGrant, "the person has withdrawn this client's access")
	}
	may, err := p.Host.MayUse(f.ctx, f.session.UserID, f.client)
	switch {
	case err != nil:
		return unavailable(err, "check who may use the client")
	case !may:
		return refuse(CodeInvalidGrant, "the user may not use this client")
	}
	consent{flow: f, old: old}.skip()
	return nil
}
