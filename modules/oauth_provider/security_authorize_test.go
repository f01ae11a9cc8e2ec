package oauthprovider_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorizeAttacks are on the authorization endpoint and the consent page.
var authorizeAttacks = []attack{
	{"1 unknown client", func(w *world) {
		unknown := &client{id: "nobody", redirect: w.shop.redirect}
		w.browser().get(unknown.ask()).wantPage(http.StatusBadRequest)
		w.browser().get(w.shop.ask("client_id", "")).wantPage(http.StatusBadRequest)
	}},
	{"2 redirect URI that differs", func(w *world) {
		b := w.browser()
		for _, uri := range []string{"https://shop.example/cb/more", "https://shop.example/cb/", "https://shop.example/cb?y=1", "https://shop.example/cb;p",
			"https://a:b@shop.example/cb", "https://shop.example/cb#", "https://shop.example/cb#x", "https://shop.example/x/../cb", `https://shop.example\cb`,
			"https://SHOP.example/cb", "https://shop.example/CB", "https://shop.example:8443/cb", "http://shop.example/cb", "https://shop.example/%63b", " https://shop.example/cb"} {
			b.get(w.shop.ask("redirect_uri", uri)).wantPage(http.StatusBadRequest)
		}
	}},
	{"3 redirect to a host that looks alike", func(w *world) {
		for _, uri := range []string{"https://evilshop.example/cb", "https://shop.example.evil.com/cb", "https://shop.exampleevil/cb"} {
			w.browser().get(w.shop.ask("redirect_uri", uri)).wantPage(http.StatusBadRequest)
		}
	}},
	{"4 loopback: any port, no other host", func(w *world) {
		for _, uri := range []string{"http://127.0.0.1:1/cb", "http://127.0.0.1/cb", "http://127.0.0.1:65535/cb"} {
			if p := w.browser().get(w.native.ask("redirect_uri", uri)); p.status != http.StatusSeeOther {
				w.t.Errorf("%s: status %d, want the way to sign in", uri, p.status)
			}
		}
		for _, uri := range []string{"http://127.0.0.1.evil.com/cb", "http://localhost@evil.com/cb", "http://127.0.0.1:80@evil.com/cb", "http://localhost/cb", "http://[::1]/cb", "http://127.0.0.2/cb"} {
			w.browser().get(w.native.ask("redirect_uri", uri)).wantPage(http.StatusBadRequest)
		}
	}},
	{"5 openid without a redirect URI", func(w *world) {
		w.browser().get(w.shop.ask("redirect_uri", "")).wantPage(http.StatusBadRequest)
	}},
	{"6 prompt=none with a bad redirect URI", func(w *world) {
		w.browser().get(w.shop.ask("prompt", "none", "redirect_uri", "https://evil.example/")).wantPage(http.StatusBadRequest)
		w.browser().get(w.shop.ask("prompt", "none")).wantBack(w.shop, "login_required")
	}},
	{"7 parameters that come twice", func(w *world) {
		for name, second := range map[string]string{"client_id": w.other.id, "redirect_uri": w.other.redirect, "state": "second", "scope": "openid profile"} {
			p := w.browser().get(w.shop.ask() + "&" + name + "=" + url.QueryEscape(second))
			if p.status != http.StatusBadRequest && p.status != http.StatusFound || strings.Contains(p.header.Get("Location"), "second") || p.status == http.StatusFound && p.back(w.shop, 302).Get("error") != "invalid_request" {
				w.t.Errorf("%s twice: %d %s", name, p.status, p.header.Get("Location"))
			}
		}
	}},
	{"8 response types that are not registered", func(w *world) {
		for _, kind := range []string{"token", "id_token", "code token", "none", "CODE", ""} {
			v := w.browser().get(w.shop.ask("response_type", kind)).back(w.shop, http.StatusFound)
			if e := v.Get("error"); e != "unsupported_response_type" && e != "unauthorized_client" && e != "invalid_request" {
				w.t.Errorf("response_type=%s: %v", kind, v)
			}
		}
	}},
	{"10 tokens in the query", func(w *world) {
		v := w.browser().get(w.shop.ask("response_type", "token", "response_mode", "query")).back(w.shop, http.StatusFound)
		if e := v.Get("error"); e != "unsupported_response_type" && e != "invalid_request" && e != "unauthorized_client" || v.Has("access_token") {
			w.t.Errorf("answer %v", v)
		}
	}},
	{"11 PKCE missing, plain, malformed", func(w *world) {
		for _, change := range [][]string{{"code_challenge", "", "code_challenge_method", ""}, {"code_challenge_method", "plain"}, {"code_challenge_method", ""},
			{"code_challenge", "short"}, {"code_challenge", challenge + "="}, {"code_challenge", strings.Repeat("a", 44)}} {
			w.browser().get(w.shop.ask(change...)).wantBack(w.shop, "invalid_request")
		}
	}},
	{"12 state and iss come back", func(w *world) {
		b := w.person("anna")
		p := b.authorize(w.shop.ask("state", `{"d": "db", "r": "http%3A"}`))
		v := b.answer(p, "allow", "self").back(w.shop, http.StatusSeeOther)
		if v.Get("state") != `{"d": "db", "r": "http%3A"}` || v.Get("iss") != w.URL || v.Get("code") == "" {
			w.t.Errorf("success says %v", v)
		}
		b.answer(b.authorize(w.shop.ask("prompt", "consent")), "deny").wantBack(w.shop, "access_denied")
	}},
	{"13 posts are answered with 303", func(w *world) {
		b := w.person("anna")
		p := b.get(b.get(w.shop.ask()).want(http.StatusSeeOther).header.Get("Location"))
		f := p.form("/signin")
		f.fields.Set("login", b.login)
		f.fields.Set("password", password)
		next := b.post(f.action, f.fields).want(http.StatusSeeOther).header.Get("Location")
		b.answer(b.get(next), "allow", "self").back(w.shop, http.StatusSeeOther)
	}},
	{"14 headers of the pages", func(w *world) {
		b := w.person("anna")
		signIn := b.get(b.get(w.shop.ask()).header.Get("Location")).want(http.StatusOK)
		for name, p := range map[string]*page{"sign-in": signIn, "consent": b.authorize(w.shop.ask())} {
			policy := p.header.Get("Content-Security-Policy")
			for _, want := range []string{"frame-ancestors 'none'", "default-src 'none'", "form-action 'self' https://shop.example"} {
				if !strings.Contains(policy, want) {
					w.t.Errorf("%s: the policy lacks %s: %s", name, want, policy)
				}
			}
			if strings.Contains(policy, "unsafe") || p.header.Get("Referrer-Policy") != "no-referrer" || p.header.Get("Cache-Control") != "no-store" {
				w.t.Errorf("%s: %v", name, p.header)
			}
			for _, foreign := range []string{`src="http`, `src="//`, `<link rel="stylesheet" href="http`, "<style", "onclick"} {
				if strings.Contains(p.body, foreign) {
					w.t.Errorf("%s holds %s", name, foreign)
				}
			}
		}
		if strings.Contains(b.authorize(w.shop.ask("prompt", "consent")).body, "<script") {
			w.t.Error("there is script on the consent page")
		}
	}},
	{"15 line breaks and HTML", func(w *world) {
		evil := "\r\nSet-Cookie: x=y<script>alert(1)</script>"
		p := w.browser().get(w.shop.ask("state", evil, "prompt", "none"))
		if v := p.back(w.shop, http.StatusFound); v.Get("state") != evil || p.header.Get("Set-Cookie") != "" {
			w.t.Errorf("state came back as %q", v.Get("state"))
		}
		for _, change := range [][]string{{"client_id", evil}, {"redirect_uri", evil}} {
			if p := w.browser().get(w.shop.ask(change...)); p.status != http.StatusBadRequest || strings.Contains(p.body, "<script>alert") {
				w.t.Errorf("%s: %d %s", change[0], p.status, p.body)
			}
		}
		if p := w.browser().get(w.shop.ask("scope", evil)); p.back(w.shop, http.StatusFound).Get("error") != "invalid_scope" && p.back(w.shop, http.StatusFound).Get("error") != "invalid_request" {
			w.t.Errorf("scope: %v", p.header)
		}
		if b := w.person("anna"); !strings.Contains(b.authorize(w.other.ask()).want(http.StatusOK).body, "Other &lt;b&gt;shop&lt;/b&gt;") {
			w.t.Error("the client's name is not encoded on the consent page")
		}
	}},
	{"17 handle of another session", func(w *world) {
		anna, marc := w.person("anna"), w.person("marc")
		p := anna.authorize(w.shop.ask())
		marc.authorize(w.shop.ask())
		marc.answer(p, "allow", "self").wantPage(http.StatusForbidden)
		w.browser().answerAs(p).wantPage(http.StatusForbidden)
		anna.answer(p, "allow", "self").back(w.shop, http.StatusSeeOther)
		anna.answer(p, "allow", "self").wantPage(http.StatusForbidden) // a handle works once
	}},
	{"18 two tabs with two clients", func(w *world) {
		b := w.person("anna")
		one := b.authorize(w.shop.ask("state", "one"))
		two := b.authorize(w.other.ask("state", "two", "scope", "openid profile"))
		first := b.answer(one, "allow", "self").back(w.shop, http.StatusSeeOther)
		second := b.answer(two, "allow", "profile").back(w.other, http.StatusSeeOther)
		if first.Get("state") != "one" || second.Get("state") != "two" {
			w.t.Errorf("states are mixed: %v, %v", first, second)
		}
		if got := w.redeem(w.shop, first.Get("code")).tokens().Scope; got != "openid self" {
			w.t.Errorf("the shop got %q", got)
		}
		if got := w.redeem(w.other, second.Get("code")).tokens().Scope; got != "openid profile" {
			w.t.Errorf("the other got %q", got)
		}
	}},
	{"19 consent from another site, or by GET", func(w *world) {
		b := w.person("anna")
		p := b.authorize(w.shop.ask())
		f := p.consent()
		f.fields.Set("decision", "allow")
		f.fields.Set("scope", "self")
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			r := w.request(http.MethodPost, f.action, f.fields.Encode())
			r.Header.Set(header[0], header[1])
			b.send(r).wantPage(http.StatusForbidden)
		}
		if got := b.get(f.action + "?" + f.fields.Encode()); got.status != http.StatusMethodNotAllowed && got.status != http.StatusNotFound {
			w.t.Errorf("GET of the consent form: %d %s", got.status, got.header.Get("Location"))
		}
		if n := rows(w.t, w.Database.DB, "oauth_provider_grant WHERE user_id = "+itoa(b.id)); sum(n) != 0 {
			w.t.Errorf("%d grants were made", sum(n))
		}
	}},
	{"20 authorize by a post of another site", func(w *world) {
		b := w.person("anna")
		b.code(w.shop)
		r := w.request(http.MethodPost, "/oauth2/authorize", strings.TrimPrefix(w.shop.ask(), "/oauth2/authorize?"))
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		p := b.send(r)
		for p.status == http.StatusSeeOther {
			p = b.get(p.header.Get("Location"))
		}
		p.consent() // nothing silent, though it is granted
	}},
	{"21 scope widened later, and what was unticked", func(w *world) {
		w.Load("- {model: oauth_provider.scope, id: w" + itoa(w.n) + ", values: {code: w" + itoa(w.n) + ", name: W, model: base.user, filter: [[\"id\", \"=\", {\"$\": \"uid\"}]], fields: [name, email]}}\n" +
			"- {model: oauth_provider.client, id: " + w.shop.id + ", values: {scopes: [openid, self, w" + itoa(w.n) + "]}}")
		code := "w" + itoa(w.n)
		widen := func(fields string) {
			w.Load("- {model: oauth_provider.scope, id: " + code + ", values: {fields: [" + fields + "]}}")
		}
		b := w.person("anna")
		got := b.issue(w.shop, "scope", "openid "+code)
		w.bearer("/oauth2/otherinfo?model=base.user", got.Access).want(http.StatusOK, `"email"`)
		widen("name, email, login")
		if p := w.bearer("/oauth2/otherinfo?model=base.user", got.Access).want(http.StatusOK, `"email"`); strings.Contains(p.body, `"login"`) {
			w.t.Errorf("the old token sees the new field: %s", p.body)
		}
		next := w.refresh(w.shop, got.Refresh).tokens()
		if p := w.bearer("/oauth2/otherinfo?model=base.user", next.Access); strings.Contains(p.body, `"login"`) {
			w.t.Errorf("a refreshed token sees the new field: %s", p.body)
		}
		p := b.authorize(w.shop.ask("scope", "openid "+code))
		again := w.redeem(w.shop, b.answer(p, "allow", code).back(w.shop, http.StatusSeeOther).Get("code")).tokens()
		w.bearer("/oauth2/otherinfo?model=base.user", again.Access).want(http.StatusOK, `"login"`)
		b.authorize(w.shop.ask("scope", "openid self "+code)).consent() // a scope added to the request is asked for
		widen("name")
		if p := w.bearer("/oauth2/otherinfo?model=base.user", again.Access).want(http.StatusOK, `"name"`); strings.Contains(p.body, `"email"`) || strings.Contains(p.body, `"login"`) {
			w.t.Errorf("narrowing did not work at once: %s", p.body)
		}
		unticked := b.answer(b.authorize(w.shop.ask("scope", "openid self "+code, "prompt", "consent")), "allow", "self").back(w.shop, http.StatusSeeOther)
		if scope := w.redeem(w.shop, unticked.Get("code")).tokens().Scope; scope != "openid self" && scope != "self openid" {
			w.t.Errorf("unticked scopes were granted: %s", scope)
		}
	}},
	{"22 scope that the client may not ask for", func(w *world) {
		for _, scope := range []string{"never", "openid never", "unknown", "openid unknown"} {
			w.browser().get(w.shop.ask("scope", scope)).wantBack(w.shop, "invalid_scope")
		}
		w.credentials(w.robot, "never").wantJSON(http.StatusBadRequest, "invalid_scope")
	}},
	{"27 request_uri and request objects", func(w *world) {
		w.browser().get(w.shop.ask("request_uri", "http://169.254.169.254/latest/meta-data")).wantBack(w.shop, "request_uri_not_supported")
		w.browser().get(w.shop.ask("request", "e30.e30.")).wantBack(w.shop, "request_not_supported")
	}},
	{"28 bytes that are no text", func(w *world) {
		for _, name := range []string{"state", "scope", "client_id", "redirect_uri", "nonce", "login_hint"} {
			for _, bad := range []string{"%00", "%ff%fe", strings.Repeat("x", 1<<20)} {
				r := w.request(http.MethodGet, w.shop.ask(name, ""), "")
				r.URL.RawQuery += "&" + name + "=" + bad
				res, err := w.browser().client.Do(r)
				if err != nil {
					continue // the connection was closed on a header too long
				}
				_ = res.Body.Close()
				if !slices.Contains([]int{http.StatusBadRequest, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge}, res.StatusCode) {
					w.t.Errorf("%s=%.12s: status %d", name, bad, res.StatusCode)
				}
			}
		}
	}},
	{"29 sign-in changes the session", func(w *world) {
		b := w.person("anna")
		b.signIn().want(http.StatusSeeOther)
		old := b.cookie()
		b.post("/signin?again=1", url.Values{"login": {b.login}, "password": {password}, "again": {"1"}}).want(http.StatusSeeOther)
		if b.cookie() == old || old == "" {
			w.t.Fatal("the cookie is the same after signing in again")
		}
		r := w.request(http.MethodGet, w.shop.ask("prompt", "none"), "")
		r.AddCookie(&http.Cookie{Name: w.sessionCookie(), Value: old})
		w.browser().send(r).wantBack(w.shop, "login_required")
	}},
	{"30 next leads nowhere else", func(w *world) {
		b := w.person("anna")
		for _, next := range []string{"//evil.example", `/\evil.example`, "https://evil.example/", "/%09/evil.example", "javascript:alert(1)"} {
			p := b.post("/signin", url.Values{"login": {b.login}, "password": {password}, "next": {next}}).want(http.StatusSeeOther)
			to, err := p.at.Parse(p.header.Get("Location"))
			if err != nil || "http://"+to.Host != w.URL {
				w.t.Errorf("next=%s leads to %s", next, p.header.Get("Location"))
			}
		}
	}},
	{"31 forged Host and forwarding headers", func(w *world) {
		for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
			r := w.request(http.MethodGet, path, "")
			r.Host = "evil.example"
			for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL"} {
				r.Header.Set(name, "evil.example")
			}
			if p := w.browser().send(r); strings.Contains(p.body, "evil") || !strings.Contains(p.body, `"issuer":"`+w.URL+`"`) {
				w.t.Errorf("%s: %s", path, p.body)
			}
		}
		r := w.request(http.MethodGet, w.shop.ask("prompt", "none"), "")
		r.Host = "evil.example"
		if v := w.browser().send(r).back(w.shop, http.StatusFound); v.Get("iss") != w.URL {
			w.t.Errorf("iss is %s", v.Get("iss"))
		}
	}},
	{"84 anonymous requests grow no table", func(w *world) {
		mine := " WHERE client_id IN (SELECT id FROM oauth_provider_client WHERE identifier = '" + w.shop.id + "')"
		var asked []string
		for _, table := range grown {
			asked = append(asked, table+mine)
		}
		asked = append(asked, "audit WHERE model = 'oauth_provider.client' AND record_id IN (SELECT id FROM oauth_provider_client WHERE identifier = '"+w.shop.id+"')")
		before := sum(rows(w.t, w.Database.DB, asked...))
		b := w.browser()
		for range 2500 {
			b.get(w.shop.ask()).want(http.StatusSeeOther)
			b.get(w.shop.ask("redirect_uri", "https://evil.example/")).wantPage(http.StatusBadRequest)
			b.get(w.shop.ask("scope", "never")).wantBack(w.shop, "invalid_scope")
			b.get(w.shop.ask("prompt", "none")).wantBack(w.shop, "login_required")
		}
		if after := sum(rows(w.t, w.Database.DB, asked...)); after != before {
			w.t.Errorf("%d rows, before %d", after, before)
		}
	}},
}

// answerAs presses Allow without the session that the page was made for.
func (b *visitor) answerAs(p *page) *page {
	f := p.consent()
	f.fields.Set("decision", "allow")
	f.fields.Set("scope", "self")
	return b.post(f.action, f.fields)
}
