package hmrcsim_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// What is wrong with client, redirect URI or scope is JSON in the person's browser:
// nobody is sent back.
func TestAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ name, field, value, code, text string }{
		{"ErrClient", "client_id", "nobody", "invalid_request", "client_id is invalid"},
		{"ErrRedirect", "redirect_uri", callback + "/x", "invalid_request", "redirect_uri is invalid"},
		{"ErrRedirectEmpty", "redirect_uri", "", "invalid_request", "redirect_uri is invalid"},
		{"ErrScope", "scope", "read:vat write:everything", "invalid_scope", "scope is invalid"},
		{"ErrScopeEmpty", "scope", "", "invalid_scope", "scope is invalid"},
		{"ErrType", "response_type", "token", "unsupported_response_type", "response_type is invalid"},
		{"ErrPlainChallenge", "code_challenge", "abc", "invalid_request", "code_challenge_method is invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := w.person().get(authorize(c.field, c.value))
			want := `{"error":"` + c.code + `","error_description":"` + c.text + `"}`
			if got.status != http.StatusBadRequest || got.text != want || got.location != "" {
				t.Errorf("the browser gets %d %s, want 400 %s", got.status, got.text, want)
			}
		})
	}
	if got := w.person().get(authorize() + "&state=again"); got.status != http.StatusBadRequest {
		t.Errorf("a parameter that stands twice is answered with %d, want 400", got.status)
	}
}

func TestGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	asked := p.get(authorize())
	if asked.field("continue") == "" || !strings.Contains(asked.text, "harrowvale") {
		t.Fatalf("who is not signed in gets %s, want the sign-in page with the test users", asked.text)
	}
	if again := p.signIn(asked, "412096873315", "wrong"); again.status != http.StatusForbidden || !strings.Contains(again.text, "412096873315") {
		t.Errorf("a wrong password is answered with %d", again.status)
	}
	page := p.signIn(asked, "4120 9687 3315", "harrowvale")
	if !strings.Contains(page.text, "Harrow &amp; Vale Ltd") || !strings.Contains(page.header.Get("Content-Security-Policy"), "form-action 'self' https://erp.example.com") {
		t.Fatalf("the grant page is %s", page.text)
	}
	handle := page.field("handle")
	if stranger := w.person().post("/oauth/grant", "handle", handle, "decision", "grant"); stranger.status != http.StatusBadRequest {
		t.Errorf("another browser grants with the handle: %d", stranger.status)
	}
	page = p.get(authorize()) // still signed in: no second sign-in
	back := p.post("/oauth/grant", "handle", page.field("handle"), "decision", "refuse")
	want := callback + "?error=access_denied&error_code=USER_DENIED_AUTHORIZATION&error_description=user+denied+the+authorization&state=xyz"
	if back.status != http.StatusSeeOther || back.location != want {
		t.Errorf("refusing leads to %d %s, want %s", back.status, back.location, want)
	}
	if again := p.post("/oauth/grant", "handle", page.field("handle"), "decision", "grant"); again.status != http.StatusBadRequest {
		t.Errorf("a handle works twice: %d", again.status)
	}
	page = p.post("/oauth/grant", "handle", p.get(authorize()).field("handle"), "decision", "switch")
	if page.field("continue") == "" {
		t.Errorf("using another account does not ask who: %s", page.text)
	}
	page = p.signIn(page, "885320146672", "northwind")
	if !strings.Contains(page.text, "Northwind &lt;Joinery&gt; Ltd") {
		t.Errorf("the other account's page is %s", page.text)
	}
	if out := p.get("/gateway/sign-out"); !strings.Contains(out.text, "signed out") || p.get(authorize()).field("continue") == "" {
		t.Error("after signing out nobody is asked who he is")
	}
}

// The continuation behind the sign-in never leads elsewhere.
func TestSignInStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)"} {
		got := w.person().post("/gateway/sign-in", "continue", next, "user_id", "412096873315", "password", "harrowvale")
		if got.at.Path != "/" || got.location != "" {
			t.Errorf("%q leads to %s %s", next, got.at, got.location)
		}
	}
	r, err := http.NewRequest(http.MethodPost, w.url+"/gateway/sign-in", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := w.person().do(r); got.status != http.StatusForbidden {
		t.Errorf("another site's form is answered with %d, want 403", got.status)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	pkce := []string{"code_challenge", challenge, "code_challenge_method", "S256"}
	for _, c := range []struct {
		name   string
		pkce   bool
		before func(w *world, code string)
		fields []string
		status int
		code   string
		text   string
	}{
		{"OK", false, nil, nil, 200, "", ""},
		{"OKOlderSecret", false, nil, []string{"client_secret", "older"}, 200, "", ""},
		{"OKVerifier", true, nil, []string{"code_verifier", verifier}, 200, "", ""},
		{"ErrNoVerifier", true, nil, nil, 400, "invalid_grant", "code_verifier is invalid"},
		{"ErrVerifier", true, nil, []string{"code_verifier", challenge}, 400, "invalid_grant", "code_verifier is invalid"},
		{"ErrUnwantedVerifier", false, nil, []string{"code_verifier", verifier}, 400, "invalid_grant", "code_verifier is invalid"},
		{"ErrTooLate", false, func(w *world, _ string) { w.Shift(10*time.Minute + time.Second) }, nil, 400, "invalid_request", "code is invalid"},
		{"ErrTwice", false, func(w *world, code string) { w.token("grant_type", "authorization_code", "code", code) }, nil, 400, "invalid_request", "code is invalid"},
		{"ErrCode", false, nil, []string{"code", "guess"}, 400, "invalid_request", "code is invalid"},
		{"ErrOtherRedirect", false, nil, []string{"redirect_uri", other}, 400, "invalid_request", "redirect_uri is invalid"},
		{"ErrOtherClient", false, nil, []string{"client_id", "reader"}, 400, "invalid_request", "code is invalid"},
		{"ErrSecret", false, nil, []string{"client_secret", "wrong"}, 401, "invalid_client", "invalid client id or secret"},
		{"ErrClient", false, nil, []string{"client_id", "nobody"}, 401, "invalid_client", "invalid client id or secret"},
		{"ErrGrantType", false, nil, []string{"grant_type", "password"}, 400, "unsupported_grant_type", "grant_type is invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var asked []string
			if c.pkce {
				asked = pkce
			}
			code := w.person().code("412096873315", "harrowvale", asked...)
			if c.before != nil {
				c.before(w, code)
			}
			got := w.token(append([]string{"grant_type", "authorization_code", "code", code}, c.fields...)...)
			if got.status != c.status || got.Error != c.code || got.Text != c.text {
				t.Errorf("the answer is %d %s %q, want %d %s %q", got.status, got.Error, got.Text, c.status, c.code, c.text)
			}
			if c.status == 200 && (got.Type != "bearer" || got.Expires != 14400 || got.Refresh == "" || got.Scope != "read:vat write:vat") {
				t.Errorf("the tokens are %v", got.members)
			}
		})
	}
}

// A secret outside the body opens nothing.
func TestSecretInHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, err := http.NewRequest(http.MethodPost, w.url+"/oauth/token", strings.NewReader(form("grant_type", "client_credentials").Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("tessera", secret)
	if got := w.person().do(r); got.status != http.StatusUnauthorized || !strings.Contains(got.text, "invalid_client") {
		t.Errorf("the answer is %d %s, want 401 invalid_client", got.status, got.text)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.marc()
	second := w.token("grant_type", "refresh_token", "refresh_token", first.Refresh)
	if _, hasScope := second.members["scope"]; second.status != 200 || hasScope || second.Access == first.Access || second.Refresh == first.Refresh {
		t.Fatalf("the refresh gives %v, want new tokens without a scope", second.members)
	}
	w.call(first.Access, http.MethodGet, obligationsOf(vale), "").want(t, 401, "INVALID_CREDENTIALS")
	w.call(second.Access, http.MethodGet, obligationsOf(vale), "").want(t, 200, "")
	if again := w.token("grant_type", "refresh_token", "refresh_token", first.Refresh); again.status != 400 || again.Error != "invalid_grant" {
		t.Errorf("a spent refresh token is answered with %v", again.members)
	}
	w.Shift(4 * time.Hour)
	w.call(second.Access, http.MethodGet, obligationsOf(vale), "").want(t, 401, "INVALID_CREDENTIALS")
	third := w.token("grant_type", "refresh_token", "refresh_token", second.Refresh)
	if third.status != 200 || w.Refreshes("tessera") != 2 || w.Count(hmrcsim.TokenRefresh) != 3 {
		t.Errorf("after four hours: %v; %d refreshes of %d requests, want 2 of 3", third.members, w.Refreshes("tessera"), w.Count(hmrcsim.TokenRefresh))
	}
	w.Shift(18 * 31 * 24 * time.Hour)
	if late := w.token("grant_type", "refresh_token", "refresh_token", third.Refresh); late.Error != "invalid_grant" {
		t.Errorf("after eighteen months: %v, want invalid_grant", late.members)
	}
}

// While a refresh is in progress a second one is told so, and the grant is alive.
func TestRefreshInProgress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.marc()
	hold, reached := make(chan struct{}), make(chan struct{})
	w.Inject(hmrcsim.Fault{Endpoint: hmrcsim.TokenRefresh, Times: 1, Hold: hold, Reached: reached})
	var slow tokens
	var done sync.WaitGroup
	done.Go(func() { slow = w.token("grant_type", "refresh_token", "refresh_token", first.Refresh) })
	<-reached
	busy := w.token("grant_type", "refresh_token", "refresh_token", first.Refresh)
	close(hold)
	done.Wait()
	if busy.status != 400 || busy.Error != "invalid_request" || slow.status != 200 {
		t.Errorf("meanwhile: %v, want invalid_request; in the end: %v", busy.members, slow.members)
	}
	if next := w.token("grant_type", "refresh_token", "refresh_token", slow.Refresh); next.status != 200 {
		t.Errorf("the grant is dead: %v", next.members)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.marc()
	p := w.person()
	p.signIn(p.get("/manage-authorised-applications"), "412096873315", "harrowvale")
	page := p.get("/manage-authorised-applications")
	if !strings.Contains(page.text, "Tessera") || !strings.Contains(page.text, "2027-10-20") {
		t.Fatalf("the applications are %s", page.text)
	}
	if page = p.post("/manage-authorised-applications", "client_id", "tessera"); strings.Contains(page.text, "Tessera<") {
		t.Errorf("it is still there: %s", page.text)
	}
	w.call(got.Access, http.MethodGet, obligationsOf(vale), "").want(t, 401, "INVALID_CREDENTIALS")
	if again := w.token("grant_type", "refresh_token", "refresh_token", got.Refresh); again.Error != "invalid_grant" {
		t.Errorf("refreshing afterwards: %v, want invalid_grant", again.members)
	}
	w.marc()
	if n := w.Revoke("412096873315", ""); n != 1 {
		t.Errorf("%d grants are revoked, want the one that was alive", n)
	}
}

// Application and person have tokens of their own kind.
func TestTokenKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.token("grant_type", "client_credentials", "scope", "read:vat")
	if own.status != 200 || own.Refresh != "" || own.Scope != "read:vat" {
		t.Fatalf("the application's token is %v", own.members)
	}
	w.call(own.Access, http.MethodGet, obligationsOf(vale), "").want(t, 401, "INCORRECT_ACCESS_TOKEN_TYPE")
	w.call(w.marc().Access, http.MethodPost, "/create-test-user/organisations", `{"serviceNames":[]}`).want(t, 401, "INCORRECT_ACCESS_TOKEN_TYPE")
	if bad := w.token("grant_type", "client_credentials", "scope", "all"); bad.Error != "invalid_scope" {
		t.Errorf("an unknown scope is answered with %v", bad.members)
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, uri := range []string{"http://127.0.0.1:8069/cb", "http://erp.example.com/cb", "https://[::1]/cb", "/cb", callback + "#x"} {
		if err := w.Register(hmrcsim.Application{Name: "X", ClientID: "x", Secrets: []string{"y"}, RedirectURIs: []string{uri}}); err == nil {
			t.Errorf("%s is registered", uri)
		}
	}
	if err := w.Register(hmrcsim.Application{Name: "X", ClientID: "x", Secrets: []string{"y"}, RedirectURIs: []string{other}}); err != nil {
		t.Error(err)
	}
	if got := w.token("client_id", "x", "client_secret", "y", "grant_type", "client_credentials"); got.status != 200 {
		t.Errorf("the new application gets %v", got.members)
	}
}

func obligationsOf(vrn string) string { return "/organisations/vat/" + vrn + "/obligations?status=O" }
