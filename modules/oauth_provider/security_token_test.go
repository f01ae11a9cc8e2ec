package oauthprovider_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/tessera-erp/tessera/app/fault"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// together sends n requests at once and counts their statuses.
func together(n int, send func() *page) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	out := map[int]int{}
	for range n {
		wg.Go(func() {
			p := send()
			mu.Lock()
			out[p.status]++
			mu.Unlock()
		})
	}
	wg.Wait()
	return out
}

// tokenAttacks are on the token endpoint.
var tokenAttacks = []attack{
	{"32 token by GET, JSON, or credentials in the address", func(w *world) {
		b := w.browser()
		b.get("/oauth2/token?grant_type=client_credentials").want(http.StatusMethodNotAllowed)
		r := w.request(http.MethodPost, "/oauth2/token", `{"grant_type":"client_credentials"}`)
		r.Header.Set("Content-Type", "application/json")
		if p := b.send(r); p.status != http.StatusUnsupportedMediaType && p.status != http.StatusBadRequest {
			w.t.Errorf("JSON: status %d", p.status)
		}
		address := "/oauth2/token?" + url.Values{"client_id": {w.robot.id}, "client_secret": {w.robot.secret}, "grant_type": {"client_credentials"}}.Encode()
		if p := b.send(w.request(http.MethodPost, address, "grant_type=client_credentials")); p.status != http.StatusBadRequest && p.status != http.StatusUnauthorized {
			w.t.Errorf("credentials in the address: status %d: %s", p.status, p.body)
		}
	}},
	{"33 code replayed", func(w *world) {
		code := w.person("anna").code(w.shop)
		got := w.redeem(w.shop, code).tokens()
		w.wantAlive(w.shop, got.Access, true)
		w.redeem(w.shop, code).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.wantAlive(w.shop, got.Access, false)
		w.refresh(w.shop, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"34 code redeemed fifty times at once", func(w *world) {
		code := w.person("anna").code(w.shop)
		if got := together(50, func() *page { return w.redeem(w.shop, code) }); got[200] != 1 || got[400] != 49 {
			w.t.Errorf("answers %v, want one 200 and the rest 400", got)
		}
	}},
	{"35 code of another client", func(w *world) {
		code := w.person("anna").code(w.shop)
		other := *w.other
		other.redirect = w.shop.redirect
		w.redeem(&other, code).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"36 redirect URI differs or is missing", func(w *world) {
		b := w.person("anna")
		for _, uri := range []string{"", "https://shop.example/cb?x=1", "https://shop.example/cb/"} {
			w.redeem(w.shop, b.code(w.shop), "redirect_uri", uri).wantJSON(http.StatusBadRequest, "invalid_grant")
		}
	}},
	{"37 verifier wrong, missing, short, or uncalled for", func(w *world) {
		b := w.person("anna")
		for _, v := range []string{strings.Repeat("a", 43), "", "short", challenge} {
			w.redeem(w.shop, b.code(w.shop), "code_verifier", v).wantJSON(http.StatusBadRequest, "invalid_grant")
		}
		w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {pkce: optional}}")
		plain := b.code(w.shop, "code_challenge", "", "code_challenge_method", "")
		w.redeem(w.shop, plain).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"38 code that is too old", func(w *world) {
		b := w.person("anna")
		code := b.code(w.shop)
		w.exec("UPDATE oauth_provider_authorization SET code_expires_at = ? WHERE user_id = ?", time.Now().Add(-time.Millisecond).UnixMicro(), b.id)
		w.redeem(w.shop, code).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"39 one kind of token as another", func(w *world) {
		b := w.person("anna")
		code := b.code(w.shop)
		got := b.issue(w.shop)
		for _, wrong := range []string{code, got.Refresh, got.ID, "Bearer", strings.Repeat("x", 5000)} {
			for _, path := range []string{"/oauth2/tokeninfo", "/oauth2/userinfo", "/oauth2/otherinfo?model=base.user"} {
				w.bearer(path, wrong).want(http.StatusUnauthorized)
			}
		}
		w.redeem(w.shop, got.Access).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.redeem(w.shop, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.refresh(w.shop, got.Access).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.refresh(w.shop, code).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"40 rotated refresh token used again", func(w *world) {
		b := w.person("anna")
		got := b.issue(w.shop)
		next := w.refresh(w.shop, got.Refresh).tokens()
		w.exec("UPDATE oauth_provider_authorization SET rotated_at = rotated_at - 11000000 WHERE user_id = ?", b.id)
		w.refresh(w.shop, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.refresh(w.shop, next.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.wantAlive(w.shop, next.Access, false)
	}},
	{"41 fifty refreshes at once", func(w *world) {
		got := w.person("anna").issue(w.shop)
		var mu sync.Mutex
		successors := map[string]bool{}
		answers := together(50, func() *page {
			p := w.refresh(w.shop, got.Refresh)
			var out tokens
			if json.Unmarshal([]byte(p.body), &out) == nil && out.Refresh != "" {
				mu.Lock()
				successors[out.Refresh] = true
				mu.Unlock()
			}
			return p
		})
		if answers[200] != 50 || len(successors) != 1 {
			w.t.Errorf("answers %v with %d successors, want one lineage", answers, len(successors))
		}
	}},
	{"43 refresh by another client, or for more", func(w *world) {
		got := w.person("anna").issue(w.shop)
		w.refresh(w.other, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.direct(w.shop, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}, "scope": {"openid self profile"}}).
			wantJSON(http.StatusBadRequest, "invalid_scope")
	}},
	{"45 client credentials", func(w *world) {
		got := w.credentials(w.robot, "").tokens()
		if got.Refresh != "" || got.ID != "" || got.Scope != "british" {
			w.t.Errorf("got %+v", got)
		}
		w.direct(w.native, "/oauth2/token", url.Values{"grant_type": {"client_credentials"}}).wantJSON(http.StatusBadRequest, "unauthorized_client")
		w.credentials(w.shop, "self").wantJSON(http.StatusBadRequest, "unauthorized_client")
	}},
	{"46 password grant", func(w *world) {
		w.direct(w.shop, "/oauth2/token", url.Values{"grant_type": {"password"}, "username": {"anna@example.com"}, "password": {"anna"}}).
			wantJSON(http.StatusBadRequest, "unsupported_grant_type")
	}},
	{"48 wrong secrets", func(w *world) {
		wrong := *w.robot
		wrong.secret = "wrong wrong"
		if p := w.credentials(&wrong, "").wantJSON(http.StatusUnauthorized, "invalid_client"); p.header.Get("WWW-Authenticate") == "" {
			w.t.Error("401 without WWW-Authenticate")
		}
		w.direct(w.robot, "/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {w.robot.id}, "client_secret": {w.robot.secret}}).
			wantJSON(http.StatusBadRequest, "invalid_request")
		none := *w.robot
		none.secret = ""
		w.credentials(&none, "").wantJSON(http.StatusUnauthorized, "invalid_client")
		w.direct(w.robot, "/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {w.robot.id}}).tokens() // the same id twice is one method
	}},
	{"49 ten thousand guesses of a secret", func(w *world) {
		wrong := *w.robot
		wrong.secret = "a guess of the secret"
		b := w.browser()
		guess := func() *page {
			r := w.request(http.MethodPost, "/oauth2/token", "grant_type=client_credentials")
			r.SetBasicAuth(url.QueryEscape(wrong.id), url.QueryEscape(wrong.secret))
			return b.send(r)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		got := map[int]int{}
		for range 4 {
			wg.Go(func() {
				for range 2500 {
					p := guess()
					mu.Lock()
					got[p.status]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if got[http.StatusUnauthorized] > 20 || got[http.StatusUnauthorized]+got[http.StatusTooManyRequests] != 10_000 {
			w.t.Errorf("answers %v, want ten or so 401 and the rest 429", got)
		}
		p := w.credentials(w.robot, "").wantJSON(http.StatusTooManyRequests, "invalid_client") // the right one too: a guess must not tell
		if wait, err := strconv.Atoi(p.header.Get("Retry-After")); err != nil || wait < 1 || wait > 900 {
			w.t.Errorf("Retry-After is %q", p.header.Get("Retry-After"))
		}
		w.inspect(w.robot, "x").wantJSON(http.StatusTooManyRequests, "invalid_client")
		w.credentials(&client{id: "nobody", secret: "x"}, "").wantJSON(http.StatusUnauthorized, "invalid_client")
		w.inspect(w.other, "x").want(http.StatusOK) // another client at the same address
		elsewhere := &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext}
		defer elsewhere.CloseIdleConnections()
		far := &visitor{w: w, client: &http.Client{Transport: elsewhere}}
		r := w.request(http.MethodPost, "/oauth2/token", "grant_type=client_credentials")
		r.SetBasicAuth(url.QueryEscape(w.robot.id), url.QueryEscape(w.robot.secret))
		far.send(r).tokens()
	}},
	{"53 tokens are for what they were asked for", func(w *world) {
		api := w.URL + "/api"
		w.credentials(w.robot, "").tokens() // no resource: all of them
		for _, unknown := range []string{"https://evil.example/", api + "/", w.URL, "not a URI"} {
			f := url.Values{"grant_type": {"client_credentials"}, "resource": {unknown}}
			w.direct(w.robot, "/oauth2/token", f).wantJSON(http.StatusBadRequest, "invalid_target")
			w.browser().get(w.shop.ask("resource", unknown)).wantBack(w.shop, "invalid_target")
		}
		anna := w.person("anna", "contacts.user")
		got := anna.issue(w.shop, "scope", "openid self companies", "resource", api)
		if aud := w.inspect(w.shop, got.Access).json()["aud"]; aud != api {
			w.t.Errorf("introspection says it is for %v, want %s", aud, api)
		}
		records := "/api/records/contacts.partner"
		w.bearer(records, got.Access).want(http.StatusOK)
		w.bearer("/oauth2/userinfo", got.Access).wantJSON(http.StatusUnauthorized, "invalid_token")
		w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).wantJSON(http.StatusUnauthorized, "invalid_token")
		w.direct(w.shop, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}, "resource": {"https://evil.example/"}}).
			wantJSON(http.StatusBadRequest, "invalid_target")
		fresh := w.refresh(w.shop, got.Refresh).tokens()
		w.bearer(records, fresh.Access).want(http.StatusOK)
		w.exec("UPDATE oauth_provider_token SET resources = 'https://elsewhere.example/' WHERE grant_id = ?", anna.grant(w.shop).ID)
		if p := w.bearer(records, fresh.Access).want(http.StatusUnauthorized); !strings.Contains(p.header.Get("WWW-Authenticate"), `error="invalid_token"`) {
			w.t.Errorf("WWW-Authenticate is %q", p.header.Get("WWW-Authenticate"))
		}
	}},
	{"52 the server's own refusals are in the protocol's words", func(w *world) {
		r := w.request(http.MethodPost, "/oauth2/token", strings.Repeat("x", 20<<20))
		w.browser().send(r).wantJSON(http.StatusRequestEntityTooLarge, "invalid_request")
		for _, path := range []string{"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"} {
			if p := w.browser().get(path).wantJSON(http.StatusMethodNotAllowed, "invalid_request"); p.header.Get("Allow") != "POST" {
				w.t.Errorf("%s: Allow is %q", path, p.header.Get("Allow"))
			}
		}
	}},
	{"52 what succeeds is JSON and not stored too", func(w *world) {
		b := w.person("anna")
		issued := w.redeem(w.shop, b.code(w.shop))
		got := issued.tokens()
		for _, p := range []*page{issued, w.refresh(w.shop, got.Refresh), w.credentials(w.robot, ""), w.inspect(w.shop, got.Access), w.inspect(w.shop, "x"),
			w.bearer("/oauth2/tokeninfo", got.Access), w.bearer("/oauth2/userinfo", got.Access), w.bearer("/oauth2/otherinfo?model=base.user", got.Access),
			w.direct(w.shop, "/oauth2/revoke", url.Values{"token": {got.Access}})} {
			if p.status != http.StatusOK || !json.Valid([]byte(p.body)) || !strings.HasPrefix(p.header.Get("Content-Type"), "application/json") || p.header.Get("Cache-Control") != "no-store" {
				w.t.Errorf("%s: %d %v %s", p.at.Path, p.status, p.header, p.body)
			}
		}
	}},
	{"52 every answer is JSON, not stored, and tells nothing of us", func(w *world) {
		for _, p := range []*page{
			w.credentials(&client{id: "nobody' OR 1=1 --", secret: "x"}, ""),
			w.direct(w.shop, "/oauth2/token", url.Values{"grant_type": {"'; DROP TABLE oauth_provider_token; --"}}),
			w.redeem(w.shop, "tsc_'"), w.refresh(w.shop, "\x00"),
			w.bearer("/oauth2/otherinfo?model=contacts.partner", "x"), w.bearer("/oauth2/otherinfo", ""),
			w.bearer("/oauth2/tokeninfo", "\"'"), w.bearer("/oauth2/userinfo", ""),
		} {
			if p.status < 400 || p.status >= 500 || !json.Valid([]byte(p.body)) || p.header.Get("Cache-Control") != "no-store" {
				w.t.Errorf("%s: %d %v %s", p.at.Path, p.status, p.header, p.body)
			}
			for _, leak := range []string{"goroutine", ".go:", "SELECT", "sql", "SQLSTATE", "panic"} {
				if strings.Contains(p.body, leak) {
					w.t.Errorf("%s tells %s: %s", p.at.Path, leak, p.body)
				}
			}
		}
	}},
	{"54 user or client switched off", func(w *world) {
		for name, off := range map[string]func(b *visitor) (on func()){
			"user": func(b *visitor) func() {
				w.Load("- {model: base.user, id: user_" + itoa(w.n) + ", values: {active: false}}")
				return nil
			},
			"client": func(*visitor) func() {
				w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {active: false}}")
				return func() { w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {active: true}}") }
			},
			"password": func(*visitor) func() {
				w.Load("- {model: base.user, id: password_" + itoa(w.n) + ", values: {password: another long password}}")
				return nil
			},
		} {
			b := w.person(name)
			got, code := b.issue(w.shop), b.code(w.shop)
			w.wantAlive(w.shop, got.Access, true)
			on := off(b)
			if name != "client" {
				w.wantAlive(w.shop, got.Access, false)
				w.redeem(w.shop, code).wantJSON(http.StatusBadRequest, "invalid_grant")
				w.refresh(w.shop, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
				continue
			}
			w.bearer("/oauth2/userinfo", got.Access).want(http.StatusUnauthorized)
			w.bearer("/oauth2/otherinfo?model=base.user", got.Access).want(http.StatusUnauthorized)
			for _, p := range []*page{w.redeem(w.shop, code), w.refresh(w.shop, got.Refresh), w.inspect(w.shop, got.Access)} {
				p.wantJSON(http.StatusUnauthorized, "invalid_client")
			}
			b.get(w.shop.ask()).wantPage(http.StatusBadRequest)
			on()
			b.code(w.shop)
		}
	}},
	{"60 introspection", func(w *world) {
		b := w.person("anna")
		got := b.issue(w.shop)
		w.browser().post("/oauth2/introspect", url.Values{"token": {got.Access}}).wantJSON(http.StatusUnauthorized, "invalid_client")
		dead := b.issue(w.shop)
		w.direct(w.shop, "/oauth2/revoke", url.Values{"token": {dead.Access}}).want(http.StatusOK)
		old := b.issue(w.shop)
		w.exec("UPDATE oauth_provider_token SET expires_at = 1 WHERE authorization_id = (SELECT MAX(authorization_id) FROM oauth_provider_token WHERE user_id = ?)", b.id)
		for name, p := range map[string]*page{"foreign": w.inspect(w.other, got.Access), "revoked": w.inspect(w.shop, dead.Access),
			"expired": w.inspect(w.shop, old.Access), "random": w.inspect(w.shop, "tsa_"+strings.Repeat("A", 60))} {
			if strings.TrimSpace(p.want(http.StatusOK).body) != `{"active":false}` {
				w.t.Errorf("%s: %s", name, p.body)
			}
		}
		w.inspect(w.shop, got.Access).want(http.StatusOK, `"active":true`)
	}},
	{"61 token that was tampered with", func(w *world) {
		got := w.person("anna").issue(w.shop).Access
		for _, bad := range []string{got[:len(got)-1], got + "A", strings.ToUpper(got), strings.ToLower(got), got[:20] + "A" + got[21:], got + " ", " " + got} {
			if bad != got && strings.TrimSpace(bad) != got {
				w.wantAlive(w.shop, bad, false)
			}
		}
		for i := range len(got) {
			flipped := []byte(got)
			flipped[i] ^= 1
			if p := w.inspect(w.shop, string(flipped)); !strings.Contains(p.body, `"active":false`) {
				w.t.Fatalf("byte %d flipped: %s", i, p.body)
			}
		}
	}},
	{"62 revocation of foreign and unknown tokens", func(w *world) {
		got := w.person("anna").issue(w.shop)
		w.direct(w.other, "/oauth2/revoke", url.Values{"token": {got.Access}}).want(http.StatusOK)
		w.direct(w.other, "/oauth2/revoke_token", url.Values{"token": {got.Refresh}}).want(http.StatusOK)
		w.direct(w.shop, "/oauth2/revoke", url.Values{"token": {"unknown"}}).want(http.StatusOK)
		w.wantAlive(w.shop, got.Access, true)
	}},
	{"63 revoking one ends the other", func(w *world) {
		b := w.person("anna")
		got := b.issue(w.shop)
		w.direct(w.shop, "/oauth2/revoke", url.Values{"token": {got.Access}}).want(http.StatusOK)
		w.refresh(w.shop, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
		got = b.issue(w.shop)
		w.direct(w.shop, "/oauth2/revoke", url.Values{"token": {got.Refresh}}).want(http.StatusOK)
		w.wantAlive(w.shop, got.Access, false)
	}},
	{"73 id_token and keys", func(w *world) {
		for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
			w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {id_token_alg: " + alg + "}}")
			b := w.person("anna" + strings.ToLower(alg))
			got := b.issue(w.shop, "nonce", "n-"+alg)
			provider, err := oidc.NewProvider(w.t.Context(), w.URL)
			must(w.t, err)
			idToken, err := provider.Verifier(&oidc.Config{ClientID: w.shop.id, SupportedSigningAlgs: []string{alg}}).Verify(w.t.Context(), got.ID)
			must(w.t, err)
			must(w.t, idToken.VerifyAccessToken(got.Access))
			sub := w.bearer("/oauth2/userinfo", got.Access).json()["sub"]
			if idToken.Nonce != "n-"+alg || idToken.Subject != sub || !idToken.Expiry.After(time.Now()) {
				w.t.Errorf("%s: %+v, userinfo says %v", alg, idToken, sub)
			}
		}
		if err := w.tryLoad("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {id_token_alg: none}}"); !fault.Is(err, fault.Invalid) {
			w.t.Errorf("a client with the algorithm none: %v, want it refused", err)
		}
		keys := w.browser().get("/oauth2/jwks").want(http.StatusOK).body
		for _, private := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"dq"`, `"qi"`, `"k"`, `"none"`} {
			if strings.Contains(keys, private+":") {
				w.t.Errorf("the key set holds %s: %s", private, keys)
			}
		}
	}},
	{"75 metadata", func(w *world) {
		for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
			m := w.browser().get(path).json()
			if m["issuer"] != w.URL {
				w.t.Errorf("%s: issuer %v, want %s", path, m["issuer"], w.URL)
			}
			text, _ := json.Marshal(m)
			for _, off := range []string{"password", "implicit", "device", "registration_endpoint", "pushed", `"plain"`, `"token"`} {
				if strings.Contains(string(text), off) {
					w.t.Errorf("%s speaks of %s: %s", path, off, text)
				}
			}
			for _, name := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri", "introspection_endpoint", "revocation_endpoint"} {
				u, err := url.Parse(m[name].(string))
				must(w.t, err)
				if p := w.browser().get(u.String()); p.status == http.StatusNotFound || !strings.HasPrefix(u.String(), w.URL) {
					w.t.Errorf("%s: %s answers %d", name, u, p.status)
				}
			}
		}
	}},
}
