package oauthtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// jwtAlg makes a client's access tokens JWTs signed with the algorithm.
func jwtAlg(alg string) func(*oauth.Client) {
	return func(c *oauth.Client) { c.TokenKind, c.TokenAlg = oauth.TokenJWT, alg }
}

// header reads the header of a JWT.
func (w *world) header(jwt string) map[string]any {
	w.t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[0])
	if err != nil {
		w.t.Fatalf("expected a JWT, got %q", jwt)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// forge signs claims like ours with a key under a kid and a typ.
func (w *world) forge(alg jose.SignatureAlgorithm, key any, kid, typ string, claims map[string]any) string {
	w.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		w.t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		w.t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// foreignKey is somebody else's.
func foreignKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// forgeries are JWTs that look like a good one and are none of ours.
func (w *world) forgeries(good string) map[string]string {
	w.t.Helper()
	claims, parts := w.claims(good), strings.Split(good, ".")
	ours := testKeys()["ES256"]
	bare := func(head string) string { return base64.RawURLEncoding.EncodeToString([]byte(head)) }
	changed := func(name string, value any) map[string]any {
		out := map[string]any{}
		for k, v := range claims {
			out[k] = v
		}
		out[name] = value
		return out
	}
	foreign := foreignKey()
	pub, err := jose.JSONWebKey{Key: foreign.Public()}.MarshalJSON()
	if err != nil {
		w.t.Fatal(err)
	}
	return map[string]string{
		"alg none":               bare(`{"alg":"none","typ":"at+jwt","kid":"key ES256"}`) + "." + parts[1] + ".",
		"foreign key, our kid":   w.forge(jose.ES256, foreign, "key ES256", "at+jwt", claims),
		"foreign key and kid":    w.forge(jose.ES256, foreign, "another", "at+jwt", claims),
		"no kid":                 w.forge(jose.ES256, ours.Key, "", "at+jwt", claims),
		"kid of another alg":     w.forge(jose.ES256, ours.Key, "key RS256", "at+jwt", claims),
		"HS256 with a known key": w.forge(jose.HS256, []byte(strings.Repeat("k", 32)), "key ES256", "at+jwt", claims),
		"an id_token's typ":      w.forge(jose.ES256, ours.Key, ours.ID, "JWT", claims),
		"another issuer":         w.forge(jose.ES256, ours.Key, ours.ID, "at+jwt", changed("iss", "https://evil.example")),
		"no jti":                 w.forge(jose.ES256, ours.Key, ours.ID, "at+jwt", changed("jti", "")),
		"a numeric jti":          w.forge(jose.ES256, ours.Key, ours.ID, "at+jwt", changed("jti", 5)),
		"jwk in the header":      bare(`{"alg":"ES256","typ":"at+jwt","jwk":`+string(pub)+`}`) + "." + parts[1] + "." + parts[2],
		"truncated":              good[:len(good)-1],
		"extended":               good + "A",
		"padded":                 good + "=",
		"two signatures":         good + "." + parts[2],
		"other payload":          parts[0] + "." + bare(`{"iss":"`+issuer+`"}`) + "." + parts[2],
		"spelled otherwise":      parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-1] + string(parts[2][len(parts[2])-1]+1),
		"upper case":             strings.ToUpper(good),
		"dots":                   "..",
		"endless":                good + strings.Repeat("A", 1<<20),
	}
}

var jwtTests = []test{
	{"JWT access tokens carry what RFC 9068 says, in each algorithm", func(w *world) {
		for alg, want := range map[string]string{"": "RS256", "RS256": "RS256", "ES256": "ES256", "EdDSA": "EdDSA"} {
			w.fixture.ChangeClient(w.t, "shop", jwtAlg(alg))
			w.signIn(w.anna)
			signedIn := w.clock.Now()
			w.clock.add(time.Minute)
			got := w.issue(w.anna, codeRequest)
			if head := w.header(got.Access); head["alg"] != want || head["typ"] != "at+jwt" || head["kid"] != "key "+want {
				w.t.Fatalf("unexpected header %v", head)
			}
			claims, now := w.claims(got.Access), w.clock.Now()
			for name, value := range map[string]any{"iss": issuer, "aud": issuer, "client_id": "shop", "scope": "openid email", "sub": oauth.Subject("shop", w.anna.subject),
				"iat": float64(now.Unix()), "exp": float64(now.Add(time.Hour).Unix()), "auth_time": float64(signedIn.Unix()), "acr": "1"} {
				if claims[name] != value {
					w.t.Fatalf("%s: expected %s %v, got %v", want, name, value, claims[name])
				}
			}
			if amr, _ := claims["amr"].([]any); len(amr) != 1 || amr[0] != "pwd" || claims["jti"] == nil {
				w.t.Fatalf("unexpected amr and jti in %v", claims)
			}
			w.wantAlive(got.Access, true)
			if info := w.bearer("/oauth2/userinfo", got.Access); info.status != http.StatusOK || !strings.Contains(info.body, "anna@example.com") {
				w.t.Fatalf("expected userinfo, got %d %s", info.status, info.body)
			}
			if seen := w.inspect("shop", shopSecret, got.Access); !strings.Contains(seen.body, `"active":true`) || !strings.Contains(seen.body, `"scope":"openid email"`) {
				w.t.Fatalf("expected an active token, got %s", seen.body)
			}
			w.wantInactive("other", otherSecret, got.Access)
			w.wantAlive(w.refresh(got.Refresh).tokens().Access, true)
		}
	}},
	{"JWT access tokens of implicit, password and client credentials", func(w *world) {
		w.addOdoo()
		w.addLegacy()
		for _, id := range []string{"odoo", "legacy", "robot"} {
			w.fixture.ChangeClient(w.t, id, jwtAlg("EdDSA"))
		}
		for client, token := range map[string]string{
			"odoo":   w.implicit(w.anna, tokenRequest).Get("access_token"),
			"legacy": w.legacy(passwordRequest).tokens().Access,
			"robot":  w.token("robot", robotSecret, credentialsRequest).tokens().Access,
		} {
			w.wantAlive(token, true)
			claims := w.claims(token)
			if claims["client_id"] != client || claims["sub"] == "" || (claims["auth_time"] == nil) != (client == "robot") {
				w.t.Fatalf("%s: unexpected claims %v", client, claims)
			}
			if info := w.bearer("/oauth2/tokeninfo", token); !strings.Contains(info.body, `"sub":"`+claims["sub"].(string)+`"`) {
				w.t.Fatalf("%s: expected the same sub at tokeninfo, got %s", client, info.body)
			}
		}
		w.fixture.ChangeClient(w.t, "robot", func(c *oauth.Client) { c.RunsAs = 0 })
		if claims := w.claims(w.token("robot", robotSecret, credentialsRequest).tokens().Access); claims["sub"] != "robot" {
			w.t.Fatalf("expected the client itself, got %v", claims)
		}
	}},
	{"63 JWT: revoked, expired and withdrawn ones are dead though their signature is good", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", jwtAlg("ES256"))
		one, two, three := w.issue(w.anna, codeRequest), w.issue(w.anna, codeRequest), w.issue(w.anna, codeRequest)
		w.revoke("other", otherSecret, one.Access)
		w.wantAlive(one.Access, true)
		w.revoke("shop", shopSecret, one.Access)
		w.wantAlive(one.Access, false)
		w.wantInactive("shop", shopSecret, one.Access)
		w.wantGranted(one.Refresh, false)
		w.clock.add(time.Hour - time.Second)
		w.wantAlive(two.Access, true)
		w.clock.add(time.Second)
		w.wantAlive(two.Access, false)
		w.wantInactive("shop", shopSecret, two.Access)
		w.revoke("shop", shopSecret, two.Access) // an expired one still ends its family
		w.wantGranted(two.Refresh, false)
		fresh := w.refresh(three.Refresh).tokens()
		w.fixture.Withdraw(w.t, w.anna.id, w.shop.ID, w.clock.Now())
		w.wantAlive(fresh.Access, false)
	}},
	{"39 JWT: neither id_token nor jti nor code passes for an access token, nor the other way round", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", jwtAlg("RS256"))
		code := w.code(w.anna, codeRequest)
		got := w.issue(w.anna, codeRequest)
		jti := w.claims(got.Access)["jti"].(string)
		for name, token := range map[string]string{"id_token": got.ID, "jti": jti, "jti as opaque": "tsa" + jti[3:], "code": code, "refresh token": got.Refresh} {
			w.wantAlive(token, false)
			if info := w.bearer("/oauth2/userinfo", token); info.status != http.StatusUnauthorized {
				w.t.Errorf("%s: expected userinfo 401, got %d", name, info.status)
			}
		}
		w.redeem(got.Access).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.redeem(jti).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.wantGranted(got.Access, false)
		w.authorize(w.anna, codeRequest.with(args{"id_token_hint": got.Access, "prompt": "none"})).wantError("invalid_request")
	}},
	{"61 JWT: forged and changed ones are dead", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", jwtAlg("ES256"))
		got := w.issue(w.anna, codeRequest)
		for name, forged := range w.forgeries(got.Access) {
			if info := w.bearer("/oauth2/tokeninfo", forged); info.status != http.StatusUnauthorized {
				w.t.Errorf("%s: expected 401, got %d %s", name, info.status, info.body)
			}
			if len(forged) < 1<<15 {
				w.wantInactive("shop", shopSecret, forged)
				w.revoke("shop", shopSecret, forged)
			}
		}
		w.wantAlive(got.Access, true)
	}},
	{"83 JWT: signing keys alone let nobody in, the row must know the jti", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", jwtAlg("ES256"))
		got := w.issue(w.anna, codeRequest)
		claims, ours := w.claims(got.Access), testKeys()["ES256"]
		jti := claims["jti"].(string)
		if strings.Contains(string(w.fixture.Dump(w.t)), jti) {
			w.t.Fatal("the jti is stored")
		}
		claims["jti"] = w.claims(w.issue(w.marc, codeRequest).Access)["jti"].(string)[:20] + jti[20:]
		w.wantAlive(w.forge(jose.ES256, ours.Key, ours.ID, "at+jwt", claims), false)
	}},
}
