package oauthtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// wantDirect holds an answer to what a client may rely on, whatever it sent.
func (a *answer) wantDirect(t *testing.T, sent string) {
	t.Helper()
	if a.status >= 500 || !json.Valid([]byte(a.body)) || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%q: %d %v %s", sent, a.status, a.header, a.body)
	}
}

// FuzzGrant sends everything behind a client's right authentication: each grant type, and
// the other endpoints that only clients call. Nobody gets more than he may ask for.
func FuzzGrant(f *testing.F) {
	w := fuzzWorld(f)
	w.addLegacy()
	clients := []struct {
		id, secret string
		may        []string
	}{
		{"shop", shopSecret, []string{"openid", "email"}},
		{"robot", robotSecret, []string{"orders"}},
		{"legacy", legacySecret, []string{"openid", "profile", "email", "orders"}},
		{"native", "", nil},
	}
	good := w.issue(w.anna, codeRequest)
	for i := range clients {
		for _, seed := range []args{redeem(w.code(w.anna, codeRequest)), redeem("tsc_x"), credentialsRequest, passwordRequest, passwordRequest.with(args{"password": "wrong"}),
			{"grant_type": "refresh_token", "refresh_token": good.Refresh}, {"grant_type": "refresh_token", "refresh_token": good.Refresh, "scope": "openid orders"},
			{"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"}, {"token": good.Access, "token_type_hint": "refresh_token"}} {
			f.Add(uint8(i), seed.encode())
		}
	}
	f.Add(uint8(1), credentialsRequest.encode()+"&resource="+url.QueryEscape(resourceAPI)+"&resource=x&scope=orders%20openid%20%22")
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		c := clients[int(which)%len(clients)]
		for _, path := range []string{"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/revoke_token"} {
			sent := body
			if c.secret == "" {
				sent = "client_id=" + c.id + "&" + body
			}
			r := formRequest(path, sent)
			basic(r, c.id, c.secret)
			got := w.do(r)
			got.wantDirect(t, path+" "+sent)
			var out tokens
			if path != "/oauth2/token" || got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &out) != nil {
				continue
			}
			for scope := range strings.FieldsSeq(out.Scope) {
				if !slices.Contains(c.may, scope) {
					t.Fatalf("%s got the scope %s for %q", c.id, scope, sent)
				}
			}
			if c.id != "shop" && (out.Refresh != "" || out.ID != "") {
				t.Fatalf("%s got %s for %q", c.id, got.body, sent)
			}
		}
	})
}

// FuzzConsent answers a consent page with anything.
func FuzzConsent(f *testing.F) {
	w := fuzzWorld(f)
	for _, seed := range []string{"decision=allow&scope=email", "decision=allow&scope=email&scope=openid", "decision=deny", "decision=allow&scope=orders&scope=account",
		"decision=allow&decision=deny", "decision=Allow", "", "handle=x&decision=allow", "decision=allow&scope=%00", "decision=allow&scope=%zz", "decision=allow;scope=email"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w.t = t
		page := w.authorize(w.anna, codeRequest.with(args{"prompt": "consent"})).consentPage()
		sent := "handle=" + url.QueryEscape(page.Handle) + "&" + body
		got := w.post(w.anna, page.Action, sent)
		to, _ := url.Parse(got.header.Get("Location"))
		form, malformed := url.ParseQuery(sent)
		switch {
		case got.status >= 500, got.header.Get("Cache-Control") != "no-store":
			t.Fatalf("%q: %d %v %s", sent, got.status, got.header, got.body)
		case to.String() == "":
			return
		case !strings.HasPrefix(to.String(), redirect+"?") || to.Query().Get("state") != "a b" || to.Query().Get("iss") != issuer:
			t.Fatalf("%q: redirected to %s", sent, to)
		case !to.Query().Has("code"):
			return
		case malformed != nil || form.Get("decision") != "allow":
			t.Fatalf("%q: a code without consent", sent)
		}
		for scope := range strings.FieldsSeq(w.redeem(to.Query().Get("code")).tokens().Scope) {
			if scope != "openid" && !slices.Contains(form["scope"], scope) || scope != "openid" && scope != "email" {
				t.Fatalf("%q: granted %s", sent, scope)
			}
		}
	})
}

// FuzzResume opens links that go on after the sign-in: only those that were sealed lead
// anywhere.
func FuzzResume(f *testing.F) {
	w := fuzzWorld(f)
	link := w.authorize(nil, codeRequest).resume()
	_, query, _ := strings.Cut(link, "?")
	for _, seed := range []string{query, query + "&x=1", query[:len(query)-1], strings.ToUpper(query), "", "request=", "request=a&request=b", query + "&" + query, "%zz", "%00=%00"} {
		f.Add(seed)
	}
	name, _, _ := strings.Cut(query, "=")
	sealed, err := url.ParseQuery(query)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, p := range []*person{w.anna, nil} {
			r := httptest.NewRequest(http.MethodGet, "/oauth2/authorize/resume", nil)
			r.URL.RawQuery = query
			if p != nil {
				r.AddCookie(&http.Cookie{Name: sessionCookie, Value: p.cookie})
			}
			got := w.do(r)
			to := got.header.Get("Location")
			if got.status >= 500 || got.header.Get("Cache-Control") != "no-store" || to != "" && to != signInPage || strings.Contains(to, "code=") {
				t.Fatalf("%q: %d to %q: %s", query, got.status, to, got.body)
			}
			if form, _ := url.ParseQuery(query); got.status == http.StatusOK && form.Get(name) != sealed.Get(name) {
				t.Fatalf("%q: a link that was not sealed goes on: %s", query, got.body)
			}
		}
	})
}

// FuzzTokenPlace sends tokens wherever a client may put one.
func FuzzTokenPlace(f *testing.F) {
	w := fuzzWorld(f)
	good := w.issue(w.anna, codeRequest).Access
	for _, seed := range [][3]string{{"access_token=" + good, "", ""}, {"", "access_token=" + good, ""}, {"", "", "Bearer " + good}, {"access_token=" + good, "", "Bearer " + good},
		{"access_token=x&access_token=" + good, "", ""}, {"access_token=", "access_token=", "Bearer"}, {"%zz", "%zz", "Basic eDp5"}, {"access_token=%00", "a=%ff", "bearer  " + good}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, query, body, authorization string) {
		for _, target := range [][2]string{{http.MethodGet, "/oauth2/tokeninfo"}, {http.MethodGet, "/oauth2/userinfo"}, {http.MethodPost, "/oauth2/userinfo"}} {
			r := formRequest(target[1], body)
			r.Method, r.URL.RawQuery = target[0], query
			if authorization != "" {
				r.Header["Authorization"] = []string{authorization}
			}
			got := w.do(r)
			got.wantDirect(t, target[1]+"?"+query+" "+body+" "+authorization)
			inQuery, _ := url.ParseQuery(query)
			inBody, _ := url.ParseQuery(body)
			if got.status == http.StatusOK && !strings.Contains(authorization, good) && inQuery.Get("access_token") != good && inBody.Get("access_token") != good {
				t.Fatalf("%s?%s %q %q: let in without the token", target[1], query, body, authorization)
			}
		}
	})
}

// FuzzMetadata asks for the published documents in any words.
func FuzzMetadata(f *testing.F) {
	w := fuzzWorld(f)
	plain := map[string]string{}
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth2/jwks"} {
		plain[path] = w.get(nil, path).body
		for _, query := range []string{"", "x=1", "issuer=https://evil.example", "%zz"} {
			f.Add(http.MethodGet, path, query, "evil.example")
		}
		f.Add(http.MethodPost, path, "", "")
		f.Add(http.MethodHead, path, "", issuer)
		f.Add(http.MethodGet, path+"/", "", "")
		f.Add(http.MethodGet, strings.ToUpper(path), "", "")
	}
	f.Add(http.MethodGet, "/.well-known/../oauth2/token", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, host string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL.Path, r.URL.RawQuery, r.Host = method, path, query, host
		if strings.HasPrefix(path, "/oauth2/authorize") || path == "/oauth2/consent" {
			return // they answer with pages
		}
		got := w.do(r)
		if got.status >= 500 || got.header.Get("Content-Type") != "application/json" || method != http.MethodHead && !json.Valid([]byte(got.body)) {
			t.Fatalf("%s %q?%q: %d %v %s", method, path, query, got.status, got.header, got.body)
		}
		if want, ok := plain[path]; ok && method == http.MethodGet && got.body != want {
			t.Fatalf("%q?%q of %q: %s, want %s", path, query, host, got.body, want)
		}
	})
}
