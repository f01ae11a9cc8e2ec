package oauthtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// claims verifies an id_token against the JWKS and returns what it says.
func (w *world) claims(idToken string) map[string]any {
	w.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(w.get(nil, "/oauth2/jwks").body), &set); err != nil {
		w.t.Fatal(err)
	}
	jws, err := jose.ParseSignedCompact(idToken, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		w.t.Fatalf("id_token %q: %v", idToken, err)
	}
	found := set.Key(jws.Signatures[0].Header.KeyID)
	if len(found) != 1 {
		w.t.Fatalf("expected kid %q once in the JWKS", jws.Signatures[0].Header.KeyID)
	}
	payload, err := jws.Verify(found[0].Key)
	if err != nil {
		w.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(payload, &out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// foreignHint is an id_token like ours by somebody else's key under our kid.
func (w *world) foreignHint() string {
	w.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: []byte(strings.Repeat("k", 32)), KeyID: "key RS256"}}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(`{"iss":"` + issuer + `","aud":"shop","sub":"` + oauth.Subject("shop", w.anna.subject) + `"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

var metadataTests = []test{
	{"73 id_token", func(w *world) {
		for alg, header := range map[string]string{"": "RS256", "ES256": "ES256", "EdDSA": "EdDSA"} {
			w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.IDTokenAlg = alg })
			signedIn := w.clock.Now()
			w.signIn(w.anna)
			w.clock.add(time.Minute)
			got := w.issue(w.anna, codeRequest)
			claims := w.claims(got.ID)
			now := w.clock.Now()
			sum := sha256.Sum256([]byte(got.Access))
			want := map[string]any{"iss": issuer, "aud": "shop", "azp": "shop", "nonce": "n-1", "acr": "1", "sub": oauth.Subject("shop", w.anna.subject),
				"iat": float64(now.Unix()), "exp": float64(now.Add(time.Hour).Unix()), "auth_time": float64(signedIn.Unix())}
			if alg != "EdDSA" {
				want["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
			}
			for name, value := range want {
				if claims[name] != value {
					w.t.Fatalf("%s: expected %s %v, got %v", header, name, value, claims[name])
				}
			}
			if claims["at_hash"] == nil || claims["email"] != nil {
				w.t.Fatalf("%s: unexpected claims %v", header, claims)
			}
			head, err := base64.RawURLEncoding.DecodeString(strings.Split(got.ID, ".")[0])
			if err != nil || !strings.Contains(string(head), `"alg":"`+header+`"`) {
				w.t.Fatalf("expected alg %s, got %s", header, head)
			}
		}
	}},
	{"73 claims in the id_token when the client wants them, never the engine's own", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.ClaimsInID = true })
		claims := w.claims(w.issue(w.anna, codeRequest).ID)
		if claims["email"] != "anna@example.com" || claims["sub"] != oauth.Subject("shop", w.anna.subject) || claims["id"] != nil {
			w.t.Fatalf("unexpected claims %v", claims)
		}
	}},
	{"73 JWKS has no private members", func(w *world) {
		var set struct{ Keys []map[string]any }
		if err := json.Unmarshal([]byte(w.get(nil, "/oauth2/jwks").body), &set); err != nil {
			w.t.Fatal(err)
		}
		if len(set.Keys) != 3 {
			w.t.Fatalf("expected 3 keys, got %d", len(set.Keys))
		}
		for _, key := range set.Keys {
			for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
				if key[private] != nil {
					w.t.Fatalf("member %s of %v is out", private, key["kid"])
				}
			}
			if key["kid"] == "" || key["alg"] == nil || key["use"] != "sig" {
				w.t.Fatalf("expected kid, alg and use, got %v", key)
			}
		}
	}},
	{"75 metadata lists what there is, under the configured issuer", func(w *world) {
		for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = "evil.com"
			r.Header.Set("X-Forwarded-Host", "evil.com")
			got := w.do(r)
			var m map[string]any
			if err := json.Unmarshal([]byte(got.body), &m); err != nil {
				w.t.Fatal(err)
			}
			for name, want := range map[string]string{"issuer": issuer, "token_endpoint": issuer + "/oauth2/token", "jwks_uri": issuer + "/oauth2/jwks"} {
				if m[name] != want {
					w.t.Fatalf("%s: expected %s %s, got %v", path, name, want, m[name])
				}
			}
			for _, absent := range []string{"implicit", "password", "device", "registration", "pushed", "end_session", "evil"} {
				if strings.Contains(got.body, absent) {
					w.t.Fatalf("%s: %s is not offered but listed: %s", path, absent, got.body)
				}
			}
			if !strings.Contains(got.body, `"response_types_supported":["code"]`) || !strings.Contains(got.body, `"authorization_response_iss_parameter_supported":true`) ||
				!strings.Contains(got.body, `"grant_types_supported":["authorization_code","refresh_token","client_credentials"]`) {
				w.t.Fatalf("unexpected metadata %s", got.body)
			}
		}
	}},
	{"75 an issuer with a path has its metadata where RFC 8414 puts it", func(w *world) {
		w.config.Issuer = issuer + "/erp"
		w.restart()
		for _, path := range []string{"/.well-known/oauth-authorization-server/erp", "/.well-known/openid-configuration/erp", "/erp/.well-known/openid-configuration"} {
			if got := w.get(nil, path); got.status != http.StatusOK || !strings.Contains(got.body, `"issuer":"`+issuer+`/erp"`) {
				w.t.Fatalf("%s: unexpected %d %s", path, got.status, got.body)
			}
		}
		if got := w.get(nil, "/oauth2/token"); got.status != http.StatusNotFound {
			w.t.Fatalf("expected nothing outside the path, got %d", got.status)
		}
		link := w.get(nil, "/erp/oauth2/authorize?"+codeRequest.encode()).resume()
		if page := w.get(w.anna, link).consentPage(); page.Action != "/erp/oauth2/consent" {
			w.t.Fatalf("unexpected form action %s", page.Action)
		}
	}},
	{"every endpoint refuses other methods", func(w *world) {
		for _, e := range w.provider.Endpoints() {
			if got := w.do(httptest.NewRequest(http.MethodDelete, e.Path, nil)); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" {
				w.t.Fatalf("%s: expected 405, got %d", e.Path, got.status)
			}
		}
		if got := w.get(nil, "/oauth2/nothing"); got.status != http.StatusNotFound {
			w.t.Fatalf("expected 404, got %d", got.status)
		}
	}},
}
