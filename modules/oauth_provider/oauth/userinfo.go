package oauth

import "net/http"

// userInfo answers with the token's user as the scopes reveal him (OpenID Connect Core
// §5.3). Clients that only know OpenID Connect need openid for it; to the others it is
// the Odoo module's data URL.
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	a, fail := p.Authenticate(r.Context(), r, Options{Query: true, Form: true, Need: NeedProfile})
	if fail != nil {
		p.challenge(w, r, fail, "")
		return
	}
	c, err := p.Storage.Client(r.Context(), a.Client, a.ClientVersion)
	if err != nil {
		p.challenge(w, r, failed(err), "")
		return
	}
	if c.openIDOnly() && !a.Scopes.Has(ScopeOpenID) {
		p.challenge(w, r, &ChallengeError{Status: http.StatusForbidden, Code: CodeInsufficientScope,
			Description: "the access token lacks a scope", Scope: ScopeOpenID}, "")
		return
	}
	o := newObject()
	o.Text("sub", a.Subject)
	if a.UserID != 0 {
		o.reserved = protocolClaims
		err := p.Host.Claims(r.Context(), &ClaimsRequest{UserID: a.UserID, Client: c, Scopes: a.Scopes, Profile: a.Profile}, o)
		if err != nil {
			objects.Put(o)
			p.challenge(w, r, failed(err), "")
			return
		}
	}
	writeObject(w, http.StatusOK, o)
}
