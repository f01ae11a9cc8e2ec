package oauthtest

import (
	"net/http"
	"strings"
	"testing"
)

// fuzzWorld is shared by the runs of a fuzz test; w.t fails the test it was made for.
func fuzzWorld(f *testing.F) *world {
	f.Helper()
	return newWorld(f, func(testing.TB) Fixture { return NewMemory() })
}

func FuzzAuthorize(f *testing.F) {
	w := fuzzWorld(f)
	w.addOdoo()
	f.Add(codeRequest.encode())
	f.Add(tokenRequest.encode())
	f.Add(tokenRequest.with(args{"response_mode": "query"}).encode())
	for _, change := range []args{{"prompt": "none"}, {"prompt": "login"}, {"response_mode": "form_post"}, {"max_age": "0"}, {"redirect_uri": redirect + "/"},
		{"id_token_hint": "a.b.c"}, {"resource": resourceAPI}, {"claims": `{"id_token":{"acr":{"essential":true,"values":["2"]},"sub":{"value":"x"}}}`}, {"scope": ""}, {"request_uri": "x"}, {"state": "\r\n<"}} {
		f.Add(codeRequest.with(change).encode())
	}
	f.Add("client_id=shop&client_id=shop")
	f.Fuzz(func(t *testing.T, query string) {
		for _, p := range []*person{w.anna, nil} {
			r := formRequest("/oauth2/authorize", "")
			r.Method, r.URL.RawQuery = http.MethodGet, query
			if p != nil {
				r.AddCookie(&http.Cookie{Name: sessionCookie, Value: p.cookie})
			}
			got := w.do(r)
			to := got.header.Get("Location")
			switch {
			case got.status >= 500:
				t.Fatalf("%q: %d %s", query, got.status, got.body)
			case to != "" && to != signInPage && !strings.HasPrefix(to, "https://shop.example.com/") && !strings.HasPrefix(to, "http://127.0.0.1") && !strings.HasPrefix(to, "com.example.app:/cb") && !strings.HasPrefix(to, odooRedirect+"#") && !strings.HasPrefix(to, odooRedirect+"?"):
				t.Fatalf("%q: redirected to %q", query, to)
			case strings.ContainsAny(to, "\r\n <>\""):
				t.Fatalf("%q: Location %q", query, to)
			case strings.Contains(to, "code=tsc_") || strings.Contains(to, "access_token="):
				t.Fatalf("%q: a code or token without consent", query)
			}
		}
	})
}

func FuzzToken(f *testing.F) {
	w := fuzzWorld(f)
	f.Add(redeem("tsc_x").encode(), "Basic c2hvcDp4")
	f.Add(credentialsRequest.with(args{"client_id": "robot", "client_secret": "x"}).encode(), "")
	f.Add("grant_type=refresh_token&refresh_token=tsr_x&client_id=native", "")
	f.Add("a=%zz&a=1", "Bearer x")
	w.addLegacy()
	f.Add(passwordRequest.with(args{"client_id": "legacy", "client_secret": legacySecret, "password": "wrong"}).encode(), "")
	f.Add("token=a.b.c&client_id=shop&client_secret=x&resource=a&resource=b", "")
	f.Fuzz(func(t *testing.T, body, authorization string) {
		for _, path := range []string{"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"} {
			r := formRequest(path, body)
			if authorization != "" {
				r.Header["Authorization"] = []string{authorization}
			}
			got := w.do(r)
			if got.status >= 500 || got.header.Get("Cache-Control") != "no-store" || strings.Contains(got.body, "access_token") {
				t.Fatalf("%s %q: %d %s", path, body, got.status, got.body)
			}
		}
	})
}

// FuzzBearer holds every resource endpoint to refusing what was not issued.
func FuzzBearer(f *testing.F) {
	w := fuzzWorld(f)
	w.fixture.ChangeClient(f, "shop", jwtAlg("ES256"))
	good := w.issue(w.anna, codeRequest)
	for _, forged := range w.forgeries(good.Access) {
		if len(forged) < 1<<15 {
			f.Add(forged)
		}
	}
	f.Add(good.ID)
	f.Add(good.Refresh)
	f.Add("tsa_x")
	f.Fuzz(func(t *testing.T, token string) {
		if strings.TrimLeft(token, " ") == "" || strings.TrimLeft(token, " ") == good.Access {
			return
		}
		for _, path := range []string{"/oauth2/tokeninfo", "/oauth2/userinfo"} {
			r := bearerRequest("")
			r.URL.Path, r.Header["Authorization"] = path, []string{"Bearer " + token}
			if got := w.do(r); got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
				t.Fatalf("%s %q: %d %s", path, token, got.status, got.body)
			}
		}
		if got := w.inspect("shop", shopSecret, token); got.status >= 500 || strings.Contains(got.body, `"active":true`) && token != good.Refresh {
			t.Fatalf("introspect %q: %d %s", token, got.status, got.body)
		}
	})
}
