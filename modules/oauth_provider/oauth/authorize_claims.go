package oauth

import (
	"encoding/json"
	"slices"
)

// claimsRequest is what the claims parameter asks for (OpenID Connect Core §5.5). It adds
// nothing to what the scopes reveal: userinfo answers all of that anyway, so only what
// belongs into the id_token needs remembering.
type claimsRequest struct {
	idToken   []string // names wanted in the id_token
	sub       []string // the person must be this one (§5.5.1)
	acr       []string // ways to have signed in
	essential bool     // one of acr is required (§5.5.1.1), not only wished for
}

// checkClaims reads claims. Names that mean nothing here are ignored.
func (p *Provider) checkClaims(f *flow) error {
	text := f.params.get("claims")
	if text == "" {
		return nil
	}
	type want struct {
		Essential bool
		Value     string
		Values    []string
	}
	var asked struct {
		IDToken  map[string]json.RawMessage `json:"id_token"`
		UserInfo map[string]json.RawMessage `json:"userinfo"`
	}
	if json.Unmarshal([]byte(text), &asked) != nil {
		return refuse(CodeInvalidRequest, "claims is not a JSON object of the form that OpenID Connect Core 5.5 has")
	}
	for name, raw := range asked.IDToken {
		var w want
		known := name == "sub" || name == "acr"
		if known && json.Unmarshal(raw, &w) != nil {
			return refuse(CodeInvalidRequest, "claims asks for sub or acr otherwise than with strings")
		}
		values := w.Values
		if w.Value != "" {
			values = append(values, w.Value)
		}
		switch {
		case name == "sub":
			f.claims.sub = values
		case name == "acr":
			f.claims.acr, f.claims.essential = values, w.Essential
		case ValidScopeCode(name) && !protocolClaims(name):
			f.claims.idToken = append(f.claims.idToken, name)
		}
	}
	slices.Sort(f.claims.idToken)
	return nil
}

// strongEnough reports whether the session satisfies an acr that the client must have.
func (c claimsRequest) strongEnough(s *Session) bool {
	return !c.essential || len(c.acr) == 0 || slices.Contains(c.acr, s.ACR)
}
