package oauthtest

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

func noResponseTypes(c *oauth.Client) { c.ResponseTypes = nil }
func pkceOptional(c *oauth.Client)    { c.PKCEOptional = true }
func skipConsent(c *oauth.Client)     { c.SkipConsent = true }

// scopeOf is the scope of a code's tokens.
func (w *world) scopeOf(code string) string {
	w.t.Helper()
	return w.redeem(code).tokens().Scope
}

func (w *world) wantScope(got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Fatalf("expected scope %q, got %q", want, got)
	}
}

var wide = codeRequest.with(args{"scope": "openid email orders"})

var consentTests = []test{
	{"17 a handle works in its own session, once, for a while", func(w *world) {
		page := w.authorize(w.anna, wide).consentPage()
		w.allow(w.marc, page, "email").wantPage(http.StatusForbidden)
		w.allow(nil, page, "email").wantPage(http.StatusForbidden)
		w.allow(w.anna, page, "email").redirected(http.StatusSeeOther)
		w.allow(w.anna, page, "email").wantPage(http.StatusForbidden)
		late := w.authorize(w.anna, wide.with(args{"prompt": "consent"})).consentPage()
		w.clock.add(time.Hour)
		w.allow(w.anna, late, "email").wantPage(http.StatusForbidden)
		for _, handle := range []string{"", "x", late.Handle + "x", w.code(w.marc, wide)} {
			w.allow(w.anna, &oauth.ConsentPage{Action: page.Action, Handle: handle}, "email").wantPage(http.StatusForbidden)
		}
	}},
	{"17 a handle dies with the session", func(w *world) {
		page := w.authorize(w.anna, wide).consentPage()
		w.signOut(w.anna)
		w.allow(w.anna, page, "email").wantPage(http.StatusForbidden)
		w.authorize(w.anna, wide.with(args{"prompt": "none"})).wantError("login_required")
	}},
	{"18 two tabs with two clients do not mix", func(w *world) {
		first := w.authorize(w.anna, codeRequest).consentPage()
		second := w.authorize(w.anna, codeRequest.with(args{"client_id": "other", "state": "other"})).consentPage()
		a := w.allow(w.anna, first, "email").redirected(http.StatusSeeOther)
		b := w.allow(w.anna, second, "email").redirected(http.StatusSeeOther)
		if a.Get("state") != "a b" || b.Get("state") != "other" {
			w.t.Fatalf("expected each its own state, got %v and %v", a, b)
		}
		w.redeem(a.Get("code")).tokens()
		w.redeem(b.Get("code")).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.token("other", otherSecret, redeem(b.Get("code"))).tokens()
	}},
	{"19 consent from another site is refused, GET approves nothing", func(w *world) {
		page := w.authorize(w.anna, codeRequest).consentPage()
		body := url.Values{oauth.FieldHandle: {page.Handle}, oauth.FieldDecision: {oauth.DecisionAllow}, oauth.FieldScope: {"email"}}.Encode()
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.com"}, {"Origin", "null"}} {
			r := formRequest(page.Action, body)
			r.Header.Set(header[0], header[1])
			r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.anna.cookie})
			w.do(r).wantPage(http.StatusForbidden)
		}
		if got := w.get(w.anna, page.Action+"?"+body); got.status != http.StatusMethodNotAllowed {
			w.t.Fatalf("expected GET to be refused, got %d", got.status)
		}
		w.allow(w.anna, page, "email").redirected(http.StatusSeeOther)
	}},
	{"19 the form needs a decision", func(w *world) {
		page := w.authorize(w.anna, codeRequest).consentPage()
		for _, decision := range []string{"", "maybe"} {
			w.post(w.anna, page.Action, url.Values{oauth.FieldHandle: {page.Handle}, oauth.FieldDecision: {decision}}.Encode()).wantPage(http.StatusBadRequest)
		}
	}},
	{"Deny goes back with access_denied, state and iss", func(w *world) {
		page := w.authorize(w.anna, codeRequest).consentPage()
		got := w.post(w.anna, page.Action, url.Values{oauth.FieldHandle: {page.Handle}, oauth.FieldDecision: {oauth.DecisionDeny}}.Encode())
		if v := got.redirected(http.StatusSeeOther); v.Get("error") != "access_denied" || v.Get("state") != "a b" {
			w.t.Fatalf("expected access_denied, got %v", v)
		}
		if w.journal.count(oauth.EventGrantRefused) != 1 {
			w.t.Fatal("expected the refusal in the journal")
		}
		w.authorize(w.anna, codeRequest).consentPage()
	}},
	{"only what was ticked is granted, openid always", func(w *world) {
		page := w.authorize(w.anna, wide).consentPage()
		code := w.allow(w.anna, page, "orders", "partners", "account").redirected(http.StatusSeeOther).Get("code")
		w.wantScope(w.scopeOf(code), "openid orders")
		silent := w.authorize(w.anna, wide).redirected(http.StatusFound).Get("code")
		w.wantScope(w.scopeOf(silent), "openid orders")
		again := w.authorize(w.anna, wide.with(args{"prompt": "consent"})).consentPage()
		if again.Scopes[1].Code != "email" || again.Scopes[1].Ticked || !again.Scopes[2].Ticked || !again.Scopes[2].Granted {
			w.t.Fatalf("expected the page as it was left, got %+v", again.Scopes)
		}
		code = w.allow(w.anna, again, "email").redirected(http.StatusSeeOther).Get("code")
		w.wantScope(w.scopeOf(code), "openid email")
	}},
	{"ticking nothing is a refusal", func(w *world) {
		page := w.authorize(w.anna, codeRequest.with(args{"scope": "email orders"})).consentPage()
		if v := w.allow(w.anna, page).redirected(http.StatusSeeOther); v.Get("error") != "access_denied" {
			w.t.Fatalf("expected access_denied, got %v", v)
		}
	}},
	{"required scopes cannot be unticked", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Scopes = scopes("email", "account") })
		page := w.authorize(w.anna, codeRequest.with(args{"scope": "email account"})).consentPage()
		w.wantScope(w.scopeOf(w.allow(w.anna, page).redirected(http.StatusSeeOther).Get("code")), "account")
	}},
	{"no scope at all is a plain sign-in, remembered", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.DefaultScopes = nil })
		request := codeRequest.with(args{"scope": ""})
		w.wantScope(w.scopeOf(w.allow(w.anna, w.authorize(w.anna, request).consentPage()).redirected(http.StatusSeeOther).Get("code")), "")
		w.wantScope(w.scopeOf(w.authorize(w.anna, request).redirected(http.StatusFound).Get("code")), "")
	}},
	{"absent scope means the client's default", func(w *world) {
		w.wantScope(w.scopeOf(w.code(w.anna, codeRequest.with(args{"scope": ""}))), "email")
	}},
	{"21 a scope added to the request is asked for", func(w *world) {
		w.code(w.anna, codeRequest)
		page := w.authorize(w.anna, wide).consentPage()
		for _, s := range page.Scopes {
			if s.Granted != (s.Code != "orders") {
				w.t.Fatalf("expected only orders to be new, got %+v", page.Scopes)
			}
		}
		w.authorize(w.anna, wide.with(args{"prompt": "none"})).wantError("consent_required")
	}},
	{"21 a widened scope is asked for again, old tokens stay as they were", func(w *world) {
		old := w.issue(w.anna, codeRequest)
		w.fixture.WidenScope(w.t, "email")
		if page := w.authorize(w.anna, codeRequest).consentPage(); !page.Scopes[1].Wider {
			w.t.Fatalf("expected email to be marked as wider, got %+v", page.Scopes)
		}
		w.wantVersion(old.Access, "email", 1)
		w.wantVersion(w.refresh(old.Refresh).tokens().Access, "email", 1)
		fresh := w.issue(w.anna, codeRequest)
		w.wantVersion(fresh.Access, "email", 2)
		w.wantVersion(old.Access, "email", 1)
	}},
	{"21 a scope widened behind the page is granted as it was shown", func(w *world) {
		page := w.authorize(w.anna, codeRequest).consentPage()
		w.fixture.WidenScope(w.t, "email")
		code := w.allow(w.anna, page, "email").redirected(http.StatusSeeOther).Get("code")
		w.wantVersion(w.redeem(code).tokens().Access, "email", 1)
		w.authorize(w.anna, codeRequest).consentPage()
	}},
	{"23 a trusted client skips the page, an impersonable one does not", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", skipConsent)
		w.wantScope(w.scopeOf(w.authorize(w.anna, wide).redirected(http.StatusFound).Get("code")), "openid email orders")
		w.authorize(w.anna, wide.with(args{"prompt": "consent"})).consentPage()
		w.fixture.ChangeClient(w.t, "native", skipConsent)
		w.authorize(w.anna, codeRequest.with(args{"client_id": "native", "redirect_uri": "com.example.app:/cb"})).consentPage()
	}},
	{"23 after withdrawal a trusted client is asked about too", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", skipConsent)
		got := w.issue(w.anna, codeRequest)
		w.clock.add(time.Minute)
		w.fixture.Withdraw(w.t, w.anna.id, w.shop.ID, w.clock.Now())
		w.wantAlive(got.Access, false)
		w.authorize(w.anna, codeRequest).consentPage()
		w.issue(w.anna, codeRequest)
		w.wantAlive(got.Access, false)
	}},
	{"23 a trusted client gets what it asks except what was unticked", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", skipConsent)
		silent := func(a args) string { return w.scopeOf(w.authorize(w.anna, a).redirected(http.StatusFound).Get("code")) }
		w.wantScope(silent(codeRequest), "openid email")
		w.wantScope(silent(wide), "openid email orders")
		page := w.authorize(w.anna, wide.with(args{"prompt": "consent"})).consentPage()
		w.wantScope(w.scopeOf(w.allow(w.anna, page, "email").redirected(http.StatusSeeOther).Get("code")), "openid email")
		w.wantScope(silent(wide), "openid email")
		w.wantScope(silent(wide.with(args{"scope": "openid email orders partners"})), "openid email partners")
		w.fixture.WidenScope(w.t, "email")
		w.wantVersion(w.redeem(w.code(w.anna, wide)).tokens().Access, "email", 2)
	}},
	{"scopes of other requests stay granted and refused", func(w *world) {
		allow := func(scope string, ticked ...string) {
			w.t.Helper()
			page := w.authorize(w.anna, codeRequest.with(args{"scope": scope})).consentPage()
			w.allow(w.anna, page, ticked...).redirected(http.StatusSeeOther)
		}
		allow("openid email profile", "email")
		allow("orders partners", "orders")
		all := codeRequest.with(args{"scope": "openid email profile orders partners"})
		w.wantScope(w.scopeOf(w.authorize(w.anna, all).redirected(http.StatusFound).Get("code")), "openid email orders")
	}},
	{"a narrowed grant narrows live tokens at once", func(w *world) {
		got := w.issue(w.anna, wide)
		w.fixture.NarrowGrant(w.t, w.anna.id, w.shop.ID, "openid", "email")
		if info := w.bearer("/oauth2/tokeninfo", got.Access); !strings.Contains(info.body, `"scopes":"openid email"`) {
			w.t.Fatalf("expected the narrowed scopes, got %s", info.body)
		}
		w.wantScope(w.refresh(got.Refresh).tokens().Scope, "openid email")
	}},
	{"who may not use the client is refused", func(w *world) {
		w.house.barred[w.anna.id] = true
		w.authorize(w.anna, codeRequest).wantError("access_denied")
		w.fixture.SetUserActive(w.t, w.marc.id, false)
		w.authorize(w.marc, codeRequest).wantError("access_denied")
	}},
	{"a redirect URI withdrawn behind the page is not used", func(w *world) {
		page := w.authorize(w.anna, codeRequest).consentPage()
		w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.RedirectURIs = []string{"https://shop.example.com/new"} })
		w.allow(w.anna, page, "email").wantPage(http.StatusBadRequest)
	}},
	{"prompt=login and max_age hold until the form is sent", func(w *world) {
		link := w.authorize(w.anna, codeRequest.with(args{"prompt": "login", "max_age": "5"})).resume()
		w.clock.add(time.Second)
		w.signIn(w.anna)
		page := w.get(w.anna, link).consentPage()
		w.clock.add(time.Minute)
		w.allow(w.anna, page, "email").redirected(http.StatusSeeOther)
	}},
	{"83 what is stored lets nobody in", func(w *world) {
		page := w.authorize(w.marc, wide).consentPage()
		code := w.code(w.anna, codeRequest)
		before := w.fixture.Dump(w.t)
		got := w.redeem(code).tokens()
		next := w.refresh(got.Refresh).tokens()
		dump := append(before, w.fixture.Dump(w.t)...)
		for name, secret := range map[string]string{"handle": page.Handle, "code": code, "access": got.Access, "refresh": got.Refresh, "successor": next.Refresh,
			"client secret": shopSecret, "verifier": verifier, "state": wide["state"]} {
			if bytes.Contains(dump, []byte(secret)) {
				w.t.Fatalf("the %s is stored", name)
			}
		}
	}},
}

func (w *world) wantVersion(token, scope string, want int64) {
	w.t.Helper()
	r := formRequest("/", "")
	r.Header.Set("Authorization", "Bearer "+token)
	a, fail := w.provider.Authenticate(r.Context(), r, oauth.Options{})
	if fail != nil {
		w.t.Fatal(fail)
	}
	if v, ok := a.Scopes.Find(scope); !ok || v != want {
		w.t.Fatalf("expected %s at version %d, got %s", scope, want, a.Scopes)
	}
}
