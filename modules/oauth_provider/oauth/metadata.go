package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-jose/go-jose/v4"
)

// metadata answers RFC 8414 and OpenID Connect Discovery alike. It lists what the tables
// of this package have, so a grant type that is not built is not offered.
func (p *Provider) metadata(w http.ResponseWriter, r *http.Request) {
	keys, err := p.Keys.Public(r.Context())
	if err != nil {
		p.fail(w, r, unavailable(err, "read keys"))
		return
	}
	secretMethods := slices.DeleteFunc(slices.Clone(authMethods), func(m string) bool { return m == "none" })
	implicit, password := p.legacy(r.Context())
	o := newObject()
	o.Text("issuer", p.Issuer)
	o.Text("authorization_endpoint", p.URL(pathAuthorize))
	o.Text("token_endpoint", p.URL(pathToken))
	o.Text("userinfo_endpoint", p.URL(pathUserInfo))
	o.Text("jwks_uri", p.URL(pathJWKS))
	o.Text("introspection_endpoint", p.URL(pathInspect))
	o.Text("revocation_endpoint", p.URL(pathRevoke))
	o.Texts("scopes_supported", p.Scopes)
	o.Texts("response_types_supported", names(responseTypes, func(t responseType) (string, bool) { return t.name, !t.legacy || implicit }))
	o.Texts("response_modes_supported", names(responseModes, func(m responseMode) (string, bool) { return string(m), true }))
	grants := names(grantTypes, func(g grantType) (string, bool) { return g.name, !g.legacy || password })
	if implicit {
		grants = append(grants, GrantImplicit)
	}
	o.Texts("grant_types_supported", grants)
	o.Texts("token_endpoint_auth_methods_supported", authMethods)
	o.Texts("introspection_endpoint_auth_methods_supported", secretMethods)
	o.Texts("revocation_endpoint_auth_methods_supported", authMethods)
	o.Texts("code_challenge_methods_supported", []string{challengeMethod})
	o.Texts("subject_types_supported", []string{"pairwise"})
	o.Texts("id_token_signing_alg_values_supported", signingAlgs(keys))
	o.Texts("claims_supported", []string{"iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash"})
	o.Texts("prompt_values_supported", promptValues)
	o.Texts("ui_locales_supported", p.UILocales)
	o.Bool("authorization_response_iss_parameter_supported", true)
	o.Texts("protected_resources", p.Resources)
	o.Bool("claims_parameter_supported", true)
	o.Bool("request_parameter_supported", false)
	o.Bool("request_uri_parameter_supported", false)
	writePublic(w, o.bytes())
	objects.Put(o)
}

// names lists the lines of a table that are offered.
func names[T any](table []T, name func(T) (string, bool)) []string {
	var out []string
	for _, t := range table {
		if n, offered := name(t); offered {
			out = append(out, n)
		}
	}
	return out
}

// signingAlgs are those there is a key for, the default first.
func signingAlgs(keys []jose.JSONWebKey) []string {
	var out []string
	for _, alg := range signatureAlgs {
		if slices.ContainsFunc(keys, func(k jose.JSONWebKey) bool { return k.Algorithm == string(alg) }) {
			out = append(out, string(alg))
		}
	}
	return out
}

// jwks answers with the public keys (RFC 7517), private parts never.
func (p *Provider) jwks(w http.ResponseWriter, r *http.Request) {
	keys, err := p.publicKeys(r.Context())
	if err != nil {
		p.fail(w, r, unavailable(err, "read keys"))
		return
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(jose.JSONWebKeySet{Keys: keys}); err != nil {
		p.fail(w, r, unavailable(err, "write keys"))
		return
	}
	writePublic(w, b.Bytes())
}

// publicKeys are the public parts of the keys, whatever Keys returned; a key that has none
// is left out.
func (p *Provider) publicKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	keys, err := p.Keys.Public(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]jose.JSONWebKey, 0, len(keys))
	for _, k := range keys {
		if !k.IsPublic() {
			k = k.Public()
		}
		if k.Valid() {
			out = append(out, k)
		}
	}
	return out, nil
}

// writePublic answers with what everybody may read and keep for a few minutes.
func writePublic(w http.ResponseWriter, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["X-Content-Type-Options"] = noSniff
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
