package oauthtest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

var authorizeTests = []test{
	{"1 unknown client gets a page", func(w *world) {
		for _, id := range []string{"", "nobody", "SHOP", "shop ", strings.Repeat("x", 3000)} {
			w.authorize(w.anna, codeRequest.with(args{"client_id": id})).wantPage(http.StatusBadRequest)
		}
	}},
	{"2 3 redirect_uri must be equal as a string", func(w *world) {
		for _, uri := range []string{redirect + "/", redirect + "/x", redirect + "?x=1", redirect + ";p", redirect + "#", redirect + "#f",
			redirect + "/../cb", "https://shop.example.com/x/../cb", "https://shop.example.com\\@evil.com/cb", `https://shop.example.com/cb\`,
			"https://user@shop.example.com/cb", "https://SHOP.example.com/cb", "https://shop.example.com:443/cb", "https://shop.example.com/CB",
			"http://shop.example.com/cb", "HTTPS://shop.example.com/cb", "https://evilshop.example.com/cb", "https://shop.example.com.evil.com/cb",
			"https://shop.example.com/cb%00", "//shop.example.com/cb", "/cb", "javascript:alert(1)", " " + redirect, redirect + " "} {
			w.authorize(w.anna, codeRequest.with(args{"redirect_uri": uri})).wantPage(http.StatusBadRequest)
		}
	}},
	{"4 a loopback IP address takes any port", func(w *world) {
		request := codeRequest.with(args{"client_id": "native"})
		for _, uri := range []string{"http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", "com.example.app:/cb"} {
			w.authorize(w.anna, request.with(args{"redirect_uri": uri})).consentPage()
		}
		for _, uri := range []string{"http://127.0.0.1.evil.com/cb", "http://127.0.0.1@evil.com/cb", "http://127.0.0.1:80@evil.com/cb",
			"http://localhost/cb", "http://localhost@evil/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:0/cb", "http://127.0.0.1:65536/cb",
			"http://127.0.0.1:80/cb/", "http://127.0.0.1:80/cb?x", "http://127.0.0.1:+80/cb", "http://127.0.0.2/cb", "https://127.0.0.1/cb",
			"http://[::1]/cb", "http://127.0.0.1:80:90/cb"} {
			w.authorize(w.anna, request.with(args{"redirect_uri": uri})).wantPage(http.StatusBadRequest)
		}
	}},
	{"5 openid without redirect_uri gets a page, others the first registered", func(w *world) {
		w.authorize(w.anna, codeRequest.with(args{"redirect_uri": ""})).wantPage(http.StatusBadRequest)
		got := w.allow(w.anna, w.authorize(w.anna, codeRequest.with(args{"redirect_uri": "", "scope": "email"})).consentPage(), "email")
		if to := got.header.Get("Location"); !strings.HasPrefix(to, redirect+"?code=") {
			w.t.Fatalf("expected the first registered redirect URI, got %q", to)
		}
	}},
	{"6 prompt=none does not redirect to a wrong URI", func(w *world) {
		w.authorize(nil, codeRequest.with(args{"prompt": "none", "redirect_uri": "https://evil.com/"})).wantPage(http.StatusBadRequest)
	}},
	{"7 a repeated parameter is an error", func(w *world) {
		for name, second := range map[string]string{"client_id": "shop", "redirect_uri": redirect, "state": "x", "scope": "email", "nonce": "", "%73tate": "x", "unknown": ""} {
			w.get(w.anna, "/oauth2/authorize?"+codeRequest.with(args{"unknown": "1"}).encode()+"&"+name+"="+second).wantPage(http.StatusBadRequest)
		}
	}},
	{"8 9 response types that are not offered", func(w *world) {
		for _, kind := range []string{"token", "id_token", "code token", "none", "CODE", "code code"} {
			w.authorize(w.anna, codeRequest.with(args{"response_type": kind})).wantError("unsupported_response_type")
		}
		w.authorize(w.anna, codeRequest.with(args{"response_type": ""})).wantError("invalid_request")
		w.fixture.ChangeClient(w.t, "shop", noResponseTypes)
		w.authorize(w.anna, codeRequest).wantError("unauthorized_client")
	}},
	{"9 a tampered resume link is refused", func(w *world) {
		link := w.authorize(nil, codeRequest).resume()
		for _, i := range []int{len(link) - 1, len(link) / 2, strings.Index(link, "=") + 1} {
			b := []byte(link)
			if b[i]++; b[i] == '{' {
				b[i] = 'a'
			}
			w.get(w.anna, string(b)).wantPage(http.StatusBadRequest)
		}
		w.get(w.anna, link+"&request=x").wantPage(http.StatusBadRequest)
		w.get(w.anna, "/oauth2/authorize/resume").wantPage(http.StatusBadRequest)
		w.get(w.anna, link).consentPage()
		w.clock.add(2 * time.Hour)
		w.get(w.anna, link).wantPage(http.StatusBadRequest)
	}},
	{"10 response modes", func(w *world) {
		w.code(w.anna, codeRequest)
		w.authorize(w.anna, codeRequest.with(args{"response_mode": "cookie"})).wantError("invalid_request")
		got := w.authorize(w.anna, codeRequest.with(args{"response_mode": "fragment"}))
		if to := got.header.Get("Location"); !strings.HasPrefix(to, redirect+"#code=") || got.redirected(http.StatusFound).Get("state") != "a b" {
			w.t.Fatalf("expected the code in the fragment, got %q", to)
		}
		got = w.authorize(w.anna, codeRequest.with(args{"response_type": "token", "response_mode": "query", "state": ""}))
		if to := got.header.Get("Location"); !strings.HasPrefix(to, redirect+"#error=unsupported") {
			w.t.Fatalf("expected the error of a token request in the fragment, got %q", to)
		}
	}},
	{"10 form_post", func(w *world) {
		w.code(w.anna, codeRequest)
		got := w.authorize(w.anna, codeRequest.with(args{"response_mode": "form_post", "state": `"><script>`}))
		for _, want := range []string{`action="` + redirect + `"`, `name="code" value="tsc_`, `name="state" value="&#34;&gt;&lt;script&gt;"`, `name="iss"`} {
			if got.status != http.StatusOK || !strings.Contains(got.body, want) {
				w.t.Fatalf("expected a form with %s, got %d %s", want, got.status, got.body)
			}
		}
		if csp := got.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action https://shop.example.com") || strings.Contains(csp, "unsafe") {
			w.t.Fatalf("unexpected policy %q", csp)
		}
	}},
	{"11 PKCE", func(w *world) {
		for _, change := range []args{{"code_challenge": ""}, {"code_challenge": "", "code_challenge_method": ""}, {"code_challenge_method": ""},
			{"code_challenge_method": "plain"}, {"code_challenge_method": "s256"}, {"code_challenge": challenge[1:]}, {"code_challenge": challenge + "A"},
			{"code_challenge": strings.Replace(challenge, "E", "+", 1)}, {"code_challenge": challenge[:42] + "N"}} {
			w.authorize(w.anna, codeRequest.with(change)).wantError("invalid_request")
		}
		w.fixture.ChangeClient(w.t, "shop", pkceOptional)
		w.authorize(w.anna, codeRequest.with(args{"code_challenge": "", "code_challenge_method": ""})).consentPage()
		w.fixture.ChangeClient(w.t, "native", pkceOptional)
		w.authorize(w.anna, codeRequest.with(args{"client_id": "native", "redirect_uri": "com.example.app:/cb", "code_challenge": "", "code_challenge_method": ""})).wantError("invalid_request")
	}},
	{"12 success carries state and iss, unchanged", func(w *world) {
		state := `{"d": "db", "p": 4, "r": "http%3A"}`
		page := w.authorize(w.anna, codeRequest.with(args{"state": state})).consentPage()
		if got := w.allow(w.anna, page, "email").redirected(http.StatusSeeOther); got.Get("state") != state || got.Get("code") == "" {
			w.t.Fatalf("expected state %q, got %v", state, got)
		}
		with := w.code(w.anna, codeRequest.with(args{"redirect_uri": "https://shop.example.com/other?x=1"}))
		if with == "" {
			w.t.Fatal("expected a code at a redirect URI with a query")
		}
	}},
	{"15 line breaks and HTML are encoded", func(w *world) {
		state := "x\r\nSet-Cookie: a=b<script>&error=1#"
		got := w.authorize(w.anna, codeRequest.with(args{"state": state, "prompt": "bad"}))
		if to := got.header.Get("Location"); strings.ContainsAny(to, "\r\n<") || got.header.Get("Set-Cookie") != "" || got.redirected(http.StatusFound).Get("state") != state {
			w.t.Fatalf("expected an encoded state, got %q", to)
		}
		w.authorize(w.anna, codeRequest.with(args{"scope": "email <b>\r\n"})).wantError("invalid_scope")
		w.authorize(w.anna, codeRequest.with(args{"scope": "email \"x\""})).wantError("invalid_scope")
	}},
	{"20 POST to authorize shows the page even to who consented before", func(w *world) {
		w.code(w.anna, codeRequest)
		if got := w.authorize(w.anna, codeRequest); got.status != http.StatusFound {
			w.t.Fatalf("expected GET to be silent, got %d", got.status)
		}
		r := formRequest("/oauth2/authorize", codeRequest.encode())
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.com")
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.anna.cookie})
		w.do(r).consentPage()
		link := w.do(formRequest("/oauth2/authorize", codeRequest.encode())).resume()
		w.get(w.anna, link).consentPage()
	}},
	{"22 a scope the client may not ask for", func(w *world) {
		for _, scope := range []string{"account", "openid account", "EMAIL", "email orders2"} {
			w.authorize(w.anna, codeRequest.with(args{"scope": scope})).wantError("invalid_scope")
		}
	}},
	{"24 prompt", func(w *world) {
		w.authorize(nil, codeRequest.with(args{"prompt": "none"})).wantError("login_required")
		w.authorize(w.anna, codeRequest.with(args{"prompt": "none"})).wantError("consent_required")
		w.authorize(w.anna, codeRequest.with(args{"prompt": "none login"})).wantError("invalid_request")
		w.authorize(w.anna, codeRequest.with(args{"prompt": "sleep"})).wantError("invalid_request")
		w.code(w.anna, codeRequest)
		if w.authorize(w.anna, codeRequest.with(args{"prompt": "none"})).redirected(http.StatusFound).Get("code") == "" {
			w.t.Fatal("expected a code with prompt=none after consent")
		}
		w.authorize(w.anna, codeRequest.with(args{"prompt": "consent"})).consentPage()
	}},
	{"25 prompt=login and max_age sign in anew", func(w *world) {
		w.code(w.anna, codeRequest)
		for _, change := range []args{{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "1"}, {"max_age": "0"}} {
			w.clock.add(time.Minute)
			before := w.clock.Now()
			link := w.authorize(w.anna, codeRequest.with(change)).resume()
			w.get(w.anna, link).resume() // came back without signing in
			w.clock.add(time.Second)
			w.signIn(w.anna)
			w.clock.add(30 * time.Second)
			got := w.redeem(w.get(w.anna, link).redirected(http.StatusFound).Get("code")).tokens()
			if at := time.Unix(int64(w.claims(got.ID)["auth_time"].(float64)), 0); at.Before(before) {
				w.t.Fatalf("%v: expected a fresh auth_time, got %v", change, at)
			}
		}
		w.clock.add(time.Minute)
		w.authorize(w.anna, codeRequest.with(args{"max_age": "1", "prompt": "none"})).wantError("login_required")
		for _, bad := range []string{"-1", "x", "1.5", "99999999999999999999"} {
			w.authorize(w.anna, codeRequest.with(args{"max_age": bad})).wantError("invalid_request")
		}
		if w.authorize(w.anna, codeRequest.with(args{"max_age": "86400"})).redirected(http.StatusFound).Get("code") == "" {
			w.t.Fatal("expected a recent sign-in to do")
		}
	}},
	{"26 id_token_hint of another user or forged", func(w *world) {
		annas, marcs := w.issue(w.anna, codeRequest).ID, w.issue(w.marc, codeRequest).ID
		hint := func(h string) args { return codeRequest.with(args{"id_token_hint": h, "prompt": "none"}) }
		w.clock.add(2 * time.Hour) // an expired hint is a hint
		if w.authorize(w.anna, hint(annas)).redirected(http.StatusFound).Get("code") == "" {
			w.t.Fatal("expected her own hint to do")
		}
		w.authorize(w.anna, hint(marcs)).wantError("login_required")
		link := w.authorize(w.anna, codeRequest.with(args{"id_token_hint": marcs})).resume()
		w.signIn(w.anna)
		w.get(w.anna, link).wantError("login_required")
		parts := strings.Split(annas, ".")
		for _, forged := range []string{parts[0] + "." + parts[1] + "." + strings.Split(marcs, ".")[2], "eyJhbGciOiJub25lIn0." + parts[1] + ".",
			"x", parts[0] + "." + parts[1], w.foreignHint()} {
			w.authorize(w.anna, hint(forged)).wantError("invalid_request")
		}
	}},
	{"27 request and request_uri are refused without a call", func(w *world) {
		called := false
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
		defer server.Close()
		w.authorize(w.anna, codeRequest.with(args{"request_uri": server.URL})).wantError("request_uri_not_supported")
		w.authorize(w.anna, codeRequest.with(args{"request_uri": "http://169.254.169.254/"})).wantError("request_uri_not_supported")
		w.authorize(w.anna, codeRequest.with(args{"request": "eyJhbGciOiJub25lIn0.e30."})).wantError("request_not_supported")
		if called {
			w.t.Fatal("expected no outbound call")
		}
	}},
	{"28 NUL, broken UTF-8 and huge parameters", func(w *world) {
		for _, bad := range []string{"&x=%00", "&x=%ff", "&%ff=x", "&x=%zz", "&x=%", "&x=" + strings.Repeat("a", 1<<20), strings.Repeat("&x", 200)} {
			w.get(w.anna, "/oauth2/authorize?"+codeRequest.encode()+bad).wantPage(http.StatusBadRequest)
		}
		w.post(w.anna, "/oauth2/authorize", codeRequest.encode()+"&x="+strings.Repeat("a", 1<<20)).wantPage(http.StatusBadRequest)
	}},
	{"13 after POST the redirect is 303, else 302", func(w *world) {
		page := w.authorize(w.anna, codeRequest).consentPage()
		w.allow(w.anna, page, "email").redirected(http.StatusSeeOther)
		w.authorize(w.anna, codeRequest).redirected(http.StatusFound)
	}},
	{"84 anonymous requests store nothing", func(w *world) {
		before := w.fixture.Rows(w.t)
		for range 10_000 {
			w.authorize(nil, codeRequest).resume()
		}
		if after := w.fixture.Rows(w.t); after != before {
			w.t.Fatalf("expected %d rows, got %d", before, after)
		}
	}},
	{"pages and redirects are kept from caches, referrers and frames", func(w *world) {
		for _, got := range []*answer{w.authorize(w.anna, codeRequest), w.authorize(nil, codeRequest), w.authorize(nil, nil),
			w.authorize(w.anna, codeRequest.with(args{"prompt": "bad"}))} {
			if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Referrer-Policy") != "no-referrer" || got.header.Get("X-Frame-Options") != "DENY" {
				w.t.Fatalf("headers are %v", got.header)
			}
		}
	}},
	{"form action of the consent page is the redirect origin", func(w *world) {
		for uri, want := range map[string]string{redirect: "https://shop.example.com", "http://127.0.0.1:4711/cb": "http://127.0.0.1:4711", "com.example.app:/cb": "com.example.app:"} {
			client := "native"
			if uri == redirect {
				client = "shop"
			}
			page := w.authorize(w.anna, codeRequest.with(args{"client_id": client, "redirect_uri": uri})).consentPage()
			if page.FormAction != want {
				w.t.Fatalf("expected form-action %s, got %s", want, page.FormAction)
			}
		}
	}},
	{"sign-in page gets what it needs to know", func(w *world) {
		got := w.authorize(nil, codeRequest.with(args{"login_hint": "anna", "ui_locales": "fr en", "acr_values": "2 1"}))
		link, err := url.Parse(got.resume())
		if err != nil || link.IsAbs() || !strings.Contains(got.body, `"LoginHint":"anna","UILocales":["fr","en"],"ACRValues":["2","1"]`) {
			w.t.Fatalf("unexpected sign-in %s", got.body)
		}
	}},
}
