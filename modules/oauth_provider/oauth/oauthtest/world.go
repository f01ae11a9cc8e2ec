package oauthtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

const (
	issuer      = "https://erp.example.com"
	redirect    = "https://shop.example.com/cb"
	resourceAPI = issuer + "/api"
	resourceMCP = issuer + "/mcp"
	// verifier and challenge are those of RFC 7636 appendix B.
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// world is a provider with a few clients and people, all its own.
type world struct {
	t        testing.TB
	provider *oauth.Provider
	fixture  Fixture
	house    *house
	clock    *clock
	journal  *journal
	config   oauth.Config

	shop   *oauth.Client // confidential, code and refresh
	native *oauth.Client // public, loopback
	robot  *oauth.Client // client credentials, runs as Robot
	other  *oauth.Client // confidential, like shop
	anna   *person
	marc   *person
}

// person is somebody with a browser.
type person struct {
	id      int64
	subject string
	cookie  string
}

func passwordOf(login string) string { return "password of " + login }

const (
	shopSecret  = "shop secret: & + %"
	otherSecret = "other secret"
	robotSecret = "robot secret"
)

func newWorld(t testing.TB, open func(testing.TB) Fixture) *world {
	t.Helper()
	w := &world{t: t, fixture: open(t), journal: &journal{},
		house: &house{sessions: map[string]*oauth.Session{}, barred: map[int64]bool{}, passwords: map[string]*person{}},
		clock: &clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}}
	w.house.now = w.clock.Now
	w.config = oauth.Config{Issuer: issuer, Storage: w.fixture.Storage(), Host: w.house, Keys: testKeys(), Sealer: newSealer(),
		SuccessorKey: randomBytes(32), Clock: w.clock.Now, Events: w.journal, Resources: []string{resourceAPI, resourceMCP}}
	w.restart()
	for _, code := range []string{"openid", "profile", "email", "offline_access", "orders", "partners"} {
		w.fixture.AddScope(t, code, false)
	}
	w.fixture.AddScope(t, "account", true)
	robot, _ := w.fixture.AddUser(t, "robot@example.com")
	w.anna, w.marc = w.addPerson("anna@example.com"), w.addPerson("marc@example.com")
	web := oauth.Client{Active: true, GrantTypes: []string{oauth.GrantCode, oauth.GrantRefresh}, ResponseTypes: []string{oauth.ResponseCode},
		Scopes:        scopes("openid", "profile", "email", "offline_access", "orders", "partners"),
		DefaultScopes: []string{"email"}, RedirectURIs: []string{redirect, "https://shop.example.com/other?x=1"}}
	w.shop = w.addClient(web, "shop", shopSecret)
	w.other = w.addClient(web, "other", otherSecret)
	public := web
	public.Public, public.RedirectURIs = true, []string{"http://127.0.0.1/cb", "com.example.app:/cb"}
	w.native = w.addClient(public, "native", "")
	w.robot = w.addClient(oauth.Client{Active: true, GrantTypes: []string{oauth.GrantClientCredentials},
		Scopes: scopes("openid", "orders"), DefaultScopes: []string{"orders"}, RunsAs: robot}, "robot", robotSecret)
	return w
}

// restart makes a new Provider over the same storage and keys.
func (w *world) restart() {
	w.t.Helper()
	p, err := oauth.New(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.provider = p
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func scopes(codes ...string) []oauth.Scope {
	var out []oauth.Scope
	for _, c := range codes {
		out = append(out, oauth.Scope{Code: c})
	}
	return out
}

func (w *world) addClient(c oauth.Client, identifier, secret string) *oauth.Client {
	c.Identifier, c.Name = identifier, "The "+identifier
	c.Scopes = slices.Clone(c.Scopes)
	if secret != "" {
		c.Secrets = []oauth.Secret{{Hash: oauth.HashSecret(secret)}}
	}
	w.fixture.AddClient(w.t, &c)
	return &c
}

func (w *world) addPerson(login string) *person {
	p := &person{cookie: "cookie of " + base64.RawURLEncoding.EncodeToString(randomBytes(9))}
	p.cookie = strings.ReplaceAll(p.cookie, " ", "-")
	p.id, p.subject = w.fixture.AddUser(w.t, login)
	w.house.passwords[login+" "+passwordOf(login)] = p
	w.signIn(p)
	return p
}

// signIn signs the person in at this moment.
func (w *world) signIn(p *person) {
	w.house.mu.Lock()
	defer w.house.mu.Unlock()
	w.house.sessions[p.cookie] = &oauth.Session{ID: "session " + p.cookie, UserID: p.id, Subject: p.subject,
		AuthTime: w.clock.Now(), AMR: []string{"pwd"}, ACR: "1"}
}

func (w *world) signOut(p *person) {
	w.house.mu.Lock()
	defer w.house.mu.Unlock()
	delete(w.house.sessions, p.cookie)
}

// args are request parameters; "" removes one.
type args map[string]string

func (a args) with(more args) args {
	out := maps.Clone(a)
	for k, v := range more {
		if out[k] = v; v == "" {
			delete(out, k)
		}
	}
	return out
}

func (a args) encode() string {
	v := url.Values{}
	for k, s := range a {
		v.Set(k, s)
	}
	return v.Encode()
}

// codeRequest is shop's plain authorization request.
var codeRequest = args{"response_type": "code", "client_id": "shop", "redirect_uri": redirect, "scope": "openid email",
	"state": "a b", "nonce": "n-1", "code_challenge": challenge, "code_challenge_method": "S256"}

// answer is a response as the suite looks at it.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

func (w *world) do(r *http.Request) *answer {
	rec := httptest.NewRecorder()
	w.provider.ServeHTTP(rec, r)
	return &answer{w.t, rec.Code, rec.Result().Header, rec.Body.String()}
}

func (w *world) get(p *person, target string) *answer {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if p != nil {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: p.cookie})
	}
	return w.do(r)
}

func (w *world) authorize(p *person, a args) *answer {
	return w.get(p, "/oauth2/authorize?"+a.encode())
}

func formRequest(target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// post sends a form from the person's browser, same origin.
func (w *world) post(p *person, target, body string) *answer {
	r := formRequest(target, body)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if p != nil {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: p.cookie})
	}
	return w.do(r)
}

// consentPage reads the consent page.
func (a *answer) consentPage() *oauth.ConsentPage {
	a.t.Helper()
	var p oauth.ConsentPage
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Handle == "" {
		a.t.Fatalf("expected the consent page, got %d %s: %s", a.status, a.header.Get("Location"), a.body)
	}
	return &p
}

// resume returns the link of a sign-in redirect.
func (a *answer) resume() string {
	a.t.Helper()
	var s oauth.SignIn
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || a.header.Get("Location") != signInPage {
		a.t.Fatalf("expected to be sent to sign in, got %d %s: %s", a.status, a.header.Get("Location"), a.body)
	}
	return s.Resume
}

// allow ticks the scopes on the page.
func (w *world) allow(p *person, page *oauth.ConsentPage, ticked ...string) *answer {
	return w.post(p, page.Action, url.Values{oauth.FieldHandle: {page.Handle}, oauth.FieldDecision: {oauth.DecisionAllow},
		oauth.FieldScope: ticked}.Encode())
}

// redirected returns the parameters sent to the client.
func (a *answer) redirected(status int) url.Values {
	a.t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != status || u.Host == "" && u.Opaque == "" && u.Scheme == "" {
		a.t.Fatalf("expected %d to the client, got %d %q: %s", status, a.status, a.header.Get("Location"), a.body)
	}
	text := u.RawQuery
	if u.Fragment != "" {
		text = u.EscapedFragment()
	}
	v, err := url.ParseQuery(text)
	if err != nil {
		a.t.Fatal(err)
	}
	if v.Get("iss") != issuer {
		a.t.Fatalf("iss is %q in %s", v.Get("iss"), a.header.Get("Location"))
	}
	return v
}

// wantPage expects an error page and no redirect.
func (a *answer) wantPage(status int) {
	a.t.Helper()
	if a.status != status || a.header.Get("Location") != "" {
		a.t.Fatalf("expected page %d without Location, got %d %q: %s", status, a.status, a.header.Get("Location"), a.body)
	}
}

// wantError expects an error at the client.
func (a *answer) wantError(code string) {
	a.t.Helper()
	if v := a.redirected(http.StatusFound); v.Get("error") != code || v.Get("state") != "a b" || v.Get("code") != "" {
		a.t.Fatalf("expected error %s with state, got %v", code, v)
	}
}

// code goes through authorize and consent, ticking everything, and returns the code.
func (w *world) code(p *person, a args) string {
	w.t.Helper()
	got := w.authorize(p, a)
	if got.status == http.StatusFound {
		return got.redirected(http.StatusFound).Get("code")
	}
	page := got.consentPage()
	var all []string
	for _, s := range page.Scopes {
		all = append(all, s.Code)
	}
	return w.allow(p, page, all...).redirected(http.StatusSeeOther).Get("code")
}

// tokens is a token answer.
type tokens struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int64  `json:"expires_in"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Scope   string `json:"scope"`
}

// token sends a token request; id and secret travel by Basic when there is a secret.
func (w *world) token(id, secret string, a args) *answer {
	if secret == "" {
		a = a.with(args{"client_id": id})
	}
	r := formRequest("/oauth2/token", a.encode())
	basic(r, id, secret)
	return w.do(r)
}

func basic(r *http.Request, id, secret string) {
	if secret != "" {
		r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	}
}

func redeem(code string) args {
	return args{"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
}

func (w *world) redeem(code string) *answer { return w.token("shop", shopSecret, redeem(code)) }

func (w *world) refresh(refresh string) *answer {
	return w.token("shop", shopSecret, args{"grant_type": "refresh_token", "refresh_token": refresh})
}

func (a *answer) tokens() tokens {
	a.t.Helper()
	var out tokens
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != http.StatusOK || out.Access == "" {
		a.t.Fatalf("expected tokens, got %d: %s", a.status, a.body)
	}
	return out
}

// wantJSON expects an OAuth error answered directly.
func (a *answer) wantJSON(status int, code string) {
	a.t.Helper()
	var e struct{ Error string }
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || a.status != status || e.Error != code {
		a.t.Fatalf("expected %d %s, got %d: %s", status, code, a.status, a.body)
	}
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
		a.t.Fatalf("expected JSON that is not stored, got %v", a.header)
	}
}

// issue is the whole way to shop's tokens for a person.
func (w *world) issue(p *person, a args) tokens {
	w.t.Helper()
	return w.redeem(w.code(p, a)).tokens()
}

func (w *world) bearer(path, token string) *answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.do(r)
}

func bearerRequest(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func (w *world) ctx() context.Context { return w.t.Context() }

func (w *world) inspect(id, secret, token string) *answer {
	r := formRequest("/oauth2/introspect", args{"token": token}.encode())
	basic(r, id, secret)
	return w.do(r)
}

func (w *world) revoke(id, secret, token string) *answer {
	r := formRequest("/oauth2/revoke", args{"token": token}.encode())
	basic(r, id, secret)
	return w.do(r)
}

// wantAlive expects the access token to be taken, or refused.
func (w *world) wantAlive(token string, alive bool) {
	w.t.Helper()
	got := w.bearer("/oauth2/tokeninfo", token)
	if want := map[bool]int{true: 200, false: 401}[alive]; got.status != want {
		w.t.Fatalf("expected tokeninfo %d, got %d: %s", want, got.status, got.body)
	}
}

func (w *world) wantGranted(refresh string, ok bool) {
	w.t.Helper()
	got := w.refresh(refresh)
	if ok {
		got.tokens()
		return
	}
	got.wantJSON(http.StatusBadRequest, "invalid_grant")
}

func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
