package oauth

import "net/http"

// tokenInfo tells the bearer of a token what it is, in the words of the Odoo module:
// scopes is one string, user_id is sub.
func (p *Provider) tokenInfo(w http.ResponseWriter, r *http.Request) {
	a, fail := p.Authenticate(r.Context(), r, Options{Query: true})
	if fail != nil {
		body := ""
		if fail.Status == http.StatusUnauthorized {
			body = "invalid_or_expired_token"
			if fail.Code == "" {
				fail.Code = CodeInvalidToken
			}
		}
		p.challenge(w, r, fail, body)
		return
	}
	o := newObject()
	o.Text("audience", a.Client)
	o.Text("client_id", a.Client)
	o.text("scopes", a.Scopes.Codes())
	o.Int("expires_in", seconds(a.ExpiresAt.Sub(p.Clock())))
	o.Int("exp", a.ExpiresAt.Unix())
	o.Int("iat", a.IssuedAt.Unix())
	if a.UserID != 0 {
		o.Text("user_id", a.Subject)
	}
	o.Text("sub", a.Subject)
	writeObject(w, http.StatusOK, o)
}
