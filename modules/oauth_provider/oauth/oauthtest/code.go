package oauthtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// together runs fn n times at once.
func together(n int, fn func(i int) *answer) []*answer {
	var wg sync.WaitGroup
	out := make([]*answer, n)
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; out[i] = fn(i) })
	}
	close(start)
	wg.Wait()
	return out
}

func statuses(answers []*answer, status int) (n int) {
	for _, a := range answers {
		if a.status == status {
			n++
		}
	}
	return n
}

var codeTests = []test{
	{"32 GET, JSON body and credentials in the URL", func(w *world) {
		body := redeem(w.code(w.anna, codeRequest)).with(args{"client_id": "shop", "client_secret": shopSecret})
		if got := w.get(nil, "/oauth2/token?"+body.encode()); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "POST" {
			w.t.Fatalf("expected 405, got %d", got.status)
		}
		r := httptest.NewRequest(http.MethodPost, "/oauth2/token", strings.NewReader(`{"grant_type":"authorization_code"}`))
		r.Header.Set("Content-Type", "application/json")
		w.do(r).wantJSON(http.StatusUnsupportedMediaType, "invalid_request")
		w.do(formRequest("/oauth2/token?client_secret=x", body.encode())).wantJSON(http.StatusBadRequest, "invalid_request")
		w.do(formRequest("/oauth2/token", body.encode()+"&grant_type=refresh_token")).wantJSON(http.StatusBadRequest, "invalid_request")
		w.do(formRequest("/oauth2/token", body.encode()+"&x="+strings.Repeat("a", 1<<20))).wantJSON(http.StatusRequestEntityTooLarge, "invalid_request")
		w.do(formRequest("/oauth2/token", body.encode())).tokens()
	}},
	{"33 code replay revokes what it issued", func(w *world) {
		code := w.code(w.anna, codeRequest)
		got := w.redeem(code).tokens()
		next := w.refresh(got.Refresh).tokens()
		w.redeem(code).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.wantAlive(got.Access, false)
		w.wantAlive(next.Access, false)
		w.wantGranted(next.Refresh, false)
		if w.journal.count(oauth.EventReplay) != 1 {
			w.t.Fatal("expected the replay in the journal")
		}
	}},
	{"34 50 parallel redemptions, one wins", func(w *world) {
		code := w.code(w.anna, codeRequest)
		got := together(50, func(int) *answer { return w.redeem(code) })
		if n := statuses(got, http.StatusOK); n != 1 || statuses(got, http.StatusBadRequest) != 49 {
			w.t.Fatalf("expected one 200 and 49 400, got %d", n)
		}
	}},
	{"35 a code is its client's", func(w *world) {
		code := w.code(w.anna, codeRequest)
		w.token("other", otherSecret, redeem(code)).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.redeem(code).tokens()
	}},
	{"36 redirect_uri must be the authorization request's", func(w *world) {
		code := w.code(w.anna, codeRequest)
		for _, uri := range []string{"", redirect + "/", "https://shop.example.com/other?x=1"} {
			w.token("shop", shopSecret, redeem(code).with(args{"redirect_uri": uri})).wantJSON(http.StatusBadRequest, "invalid_grant")
		}
		w.redeem(code).tokens()
		unnamed := codeRequest.with(args{"redirect_uri": "", "scope": "email"})
		w.token("shop", shopSecret, redeem(w.code(w.anna, unnamed)).with(args{"redirect_uri": ""})).tokens()
	}},
	{"37 verifier", func(w *world) {
		code := w.code(w.anna, codeRequest)
		for _, v := range []string{"", verifier[1:], verifier + "x", strings.Repeat("a", 43), challenge, strings.Repeat("a", 129), verifier[:42] + "é"} {
			w.token("shop", shopSecret, redeem(code).with(args{"code_verifier": v})).wantJSON(http.StatusBadRequest, "invalid_grant")
		}
		w.redeem(code).tokens()
		w.redeem(w.code(w.anna, codeRequest)).tokens() // the same challenge again
		w.fixture.ChangeClient(w.t, "shop", pkceOptional)
		plain := codeRequest.with(args{"code_challenge": "", "code_challenge_method": ""})
		w.redeem(w.code(w.anna, plain)).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.token("shop", shopSecret, redeem(w.code(w.anna, plain)).with(args{"code_verifier": ""})).tokens()
		short := codeRequest.with(args{"code_challenge": s256("short")})
		w.token("shop", shopSecret, redeem(w.code(w.anna, short)).with(args{"code_verifier": "short"})).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"38 a code lives 60 s", func(w *world) {
		code := w.code(w.anna, codeRequest)
		w.clock.add(59 * time.Second)
		w.redeem(code).tokens()
		code = w.code(w.anna, codeRequest)
		w.clock.add(60 * time.Second)
		w.redeem(code).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"39 one kind of token does not pass for another", func(w *world) {
		code := w.code(w.anna, codeRequest)
		spare := w.code(w.anna, codeRequest)
		got := w.redeem(code).tokens()
		for _, token := range []string{spare, got.Refresh, got.ID, "", code} {
			w.wantAlive(token, false)
			if info := w.bearer("/oauth2/userinfo", token); info.status != http.StatusUnauthorized {
				w.t.Fatalf("expected userinfo to refuse %.4s, got %d", token, info.status)
			}
		}
		swap := func(token, prefix string) string { return prefix + token[4:] }
		for _, token := range []string{got.Access, got.Refresh, swap(got.Access, "tsc_"), swap(got.Refresh, "tsc_"), got.ID} {
			w.redeem(token).wantJSON(http.StatusBadRequest, "invalid_grant")
		}
		for _, token := range []string{got.Access, spare, swap(spare, "tsr_"), swap(got.Access, "tsr_")} {
			w.wantGranted(token, false)
		}
		w.wantAlive(swap(got.Refresh, "tsa_"), false)
		w.wantAlive(got.Access, true)
		w.redeem(spare).tokens()
	}},
	{"the answer has the scope as granted, whatever the request says", func(w *world) {
		code := w.code(w.anna, codeRequest)
		got := w.token("shop", shopSecret, redeem(code).with(args{"scope": "openid email orders partners"})).tokens()
		if got.Scope != "openid email" || got.Type != "Bearer" || got.Expires != 3600 || got.Refresh == "" || got.ID == "" {
			w.t.Fatalf("unexpected answer %+v", got)
		}
	}},
	{"no id_token without openid, no refresh token for a client without the grant type", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantCode} })
		if got := w.issue(w.anna, codeRequest.with(args{"scope": "email"})); got.ID != "" || got.Refresh != "" {
			w.t.Fatalf("expected an access token only, got %+v", got)
		}
	}},
	{"54 who is switched off between code and token gets none", func(w *world) {
		code := w.code(w.anna, codeRequest)
		w.fixture.SetUserActive(w.t, w.anna.id, false)
		w.redeem(code).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.fixture.SetUserActive(w.t, w.anna.id, true)
		w.clock.add(time.Second)
		w.fixture.EndTokens(w.t, w.anna.id, w.clock.Now())
		w.redeem(code).wantJSON(http.StatusBadRequest, "invalid_grant")
		code = w.code(w.marc, codeRequest)
		w.fixture.Withdraw(w.t, w.marc.id, w.shop.ID, w.clock.Now())
		w.redeem(code).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
	{"unknown code and missing parameters", func(w *world) {
		w.redeem("x").wantJSON(http.StatusBadRequest, "invalid_grant")
		w.redeem("").wantJSON(http.StatusBadRequest, "invalid_request")
		w.token("shop", shopSecret, args{"x": "y"}).wantJSON(http.StatusBadRequest, "invalid_request")
		w.token("shop", shopSecret, args{"grant_type": "refresh_token"}).wantJSON(http.StatusBadRequest, "invalid_request")
		w.token("shop", shopSecret, args{"grant_type": "password", "username": "anna", "password": "anna"}).wantJSON(http.StatusBadRequest, "unsupported_grant_type")
	}},
}
