package oauthtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

func (w *world) send(c *http.Client, r *http.Request) *answer {
	w.t.Helper()
	res, err := c.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return &answer{w.t, res.StatusCode, res.Header, string(body)}
}

func inMemory(t *testing.T) (*world, *Memory) {
	t.Helper()
	m := NewMemory()
	return newWorld(t, func(testing.TB) Fixture { return m }), m
}

// spy is a Storage that counts what reaches it and caches definitions for as long as the
// contract lets it.
type spy struct {
	oauth.Storage
	mu     sync.Mutex
	calls  []string
	cached map[string]*oauth.Client
	taken  int // inserts to be answered with ErrDuplicate
}

func (s *spy) note(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}

func (s *spy) duplicate() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	return s.taken >= 0
}

func (s *spy) Client(ctx context.Context, identifier string, version int64) (*oauth.Client, error) {
	if c := s.cached[identifier]; c != nil && c.Version >= version {
		return c, nil
	}
	s.note("Client")
	c, err := s.Storage.Client(ctx, identifier, version)
	if err == nil {
		s.cached[identifier] = c
	}
	return c, err
}

func (s *spy) Grant(ctx context.Context, userID, clientID int64) (*oauth.Grant, *oauth.Standing, error) {
	s.note("Grant")
	return s.Storage.Grant(ctx, userID, clientID)
}

func (s *spy) Token(ctx context.Context, id int64, need oauth.Need) (*oauth.Token, *oauth.Standing, error) {
	s.note("Token")
	return s.Storage.Token(ctx, id, need)
}

func (s *spy) Standing(ctx context.Context, clientID, userID int64) (*oauth.Standing, error) {
	s.note("Standing")
	return s.Storage.Standing(ctx, clientID, userID)
}

func (s *spy) InsertToken(ctx context.Context, t *oauth.Token) error {
	s.note("InsertToken")
	if s.duplicate() {
		return oauth.ErrDuplicate
	}
	return s.Storage.InsertToken(ctx, t)
}

func (s *spy) Authorization(ctx context.Context, id int64) (*oauth.Authorization, *oauth.Standing, error) {
	s.note("Authorization")
	return s.Storage.Authorization(ctx, id)
}

func (s *spy) InsertAuthorization(ctx context.Context, a *oauth.Authorization) error {
	s.note("InsertAuthorization")
	if s.duplicate() {
		return oauth.ErrDuplicate
	}
	return s.Storage.InsertAuthorization(ctx, a)
}

func (s *spy) InsertPending(ctx context.Context, p *oauth.Pending) error {
	s.note("InsertPending")
	return s.Storage.InsertPending(ctx, p)
}

func (s *spy) Write(ctx context.Context, fn func(oauth.Tx) error) error {
	s.note("Write")
	if s.duplicate() {
		return s.Storage.Write(ctx, func(tx oauth.Tx) error { return errors.Join(fn(tx), oauth.ErrDuplicate) })
	}
	return s.Storage.Write(ctx, fn)
}

func (w *world) spy() *spy {
	s := &spy{Storage: w.config.Storage, cached: map[string]*oauth.Client{}}
	w.config.Storage = s
	w.restart()
	return s
}

// during returns the calls that fn causes.
func (s *spy) during(fn func()) string {
	s.mu.Lock()
	s.calls = nil
	s.mu.Unlock()
	fn()
	return strings.Join(s.calls, " ")
}

func TestBudget(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	s := w.spy()
	w.token("robot", robotSecret, credentialsRequest).tokens()
	got := w.issue(w.anna, codeRequest)
	w.addOdoo()
	w.addLegacy()
	w.implicit(w.anna, tokenRequest)
	w.legacy(passwordRequest).tokens()
	w.fixture.ChangeClient(t, "other", jwtAlg("EdDSA"))
	jwt := w.token("other", otherSecret, redeem(w.code(w.anna, codeRequest.with(args{"client_id": "other"})))).tokens().Access
	forged := w.forge(jose.ES256, foreignKey(), "key ES256", "at+jwt", w.claims(jwt))
	var code string
	for _, step := range []struct {
		name, want string
		run        func()
	}{
		{"authorize, remembered", "Grant InsertAuthorization", func() { code = w.code(w.anna, codeRequest) }},
		{"authorize, signed out", "", func() { w.authorize(nil, codeRequest).resume() }},
		{"code exchange", "Authorization Write", func() { got = w.redeem(code).tokens() }},
		{"tokeninfo", "Token", func() { w.wantAlive(got.Access, true) }},
		{"userinfo", "Token", func() { w.bearer("/oauth2/userinfo", got.Access) }},
		{"introspect", "Token", func() { w.inspect("shop", shopSecret, got.Access) }},
		{"introspect refresh token", "Authorization", func() { w.inspect("shop", shopSecret, got.Refresh) }},
		{"refresh", "Write", func() { w.wantGranted(got.Refresh, true) }},
		{"client credentials", "Standing InsertToken", func() { w.token("robot", robotSecret, credentialsRequest).tokens() }},
		{"authorize, implicit, remembered", "Grant Write", func() { w.implicit(w.anna, tokenRequest) }},
		{"password", "Grant Write", func() { w.legacy(passwordRequest).tokens() }},
		{"wrong password", "", func() { w.legacy(passwordRequest.with(args{"password": "wrong"})) }},
		{"JWT at tokeninfo", "Token", func() { w.wantAlive(jwt, true) }},
		{"JWT at introspect", "Token", func() { w.inspect("other", otherSecret, jwt) }},
		{"forged JWT as access token", "", func() { w.wantAlive(forged, false) }},
		{"forged JWT at introspect", "", func() { w.wantInactive("other", otherSecret, forged) }},
		{"forged JWT at revoke", "", func() { w.revoke("other", otherSecret, forged) }},
		{"junk as access token", "", func() { w.wantAlive("tsa_"+strings.Repeat("x", 60), false) }},
		{"junk as refresh token", "", func() { w.wantGranted("tsr_"+strings.Repeat("x", 60), false) }},
		{"junk as code", "", func() { w.redeem("tsc_" + strings.Repeat("x", 60)) }},
		{"metadata and keys", "", func() { w.get(nil, "/oauth2/jwks"); w.get(nil, "/.well-known/openid-configuration") }},
	} {
		if calls := s.during(step.run); calls != step.want {
			t.Errorf("%s: expected %q of the storage, got %q", step.name, step.want, calls)
		}
	}
}

// A definition changed elsewhere holds at the next request though it is cached here.
func TestStaleDefinitions(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	w.spy()
	got := w.issue(w.anna, codeRequest)
	code, spare := w.code(w.anna, codeRequest), w.code(w.anna, codeRequest)
	w.token("robot", robotSecret, credentialsRequest).tokens()
	for _, id := range []string{"shop", "robot"} {
		w.fixture.ChangeClient(t, id, func(c *oauth.Client) {
			c.Secrets = []oauth.Secret{{Hash: oauth.HashSecret("new")}}
			c.RedirectURIs = []string{"https://shop.example.com/new"}
			c.NoQueryToken = true
		})
	}
	w.redeem(code).wantJSON(http.StatusUnauthorized, "invalid_client")
	w.redeem(spare).wantJSON(http.StatusUnauthorized, "invalid_client")
	w.token("shop", "new", redeem(spare)).tokens()
	w.token("robot", robotSecret, credentialsRequest).wantJSON(http.StatusUnauthorized, "invalid_client")
	w.authorize(w.anna, codeRequest).wantPage(http.StatusBadRequest)
	if a := w.bearer("/oauth2/tokeninfo?access_token="+got.Access, ""); a.status != http.StatusUnauthorized {
		t.Fatalf("expected the new choice to hold, got %d", a.status)
	}
}

// What a definition allows since it was changed elsewhere is allowed at the next request:
// nothing is refused from memory.
func TestStaleRefusals(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	w.spy()
	added := "https://shop.example.com/added"
	w.token("robot", robotSecret, credentialsRequest).tokens()
	w.authorize(w.anna, codeRequest.with(args{"redirect_uri": added})).wantPage(http.StatusBadRequest)
	change := func(id string, fn func(*oauth.Client)) { w.fixture.ChangeClient(t, id, fn) }

	change("shop", func(c *oauth.Client) { c.RedirectURIs = append(slices.Clone(c.RedirectURIs), added) })
	w.authorize(w.anna, codeRequest.with(args{"redirect_uri": added})).consentPage()
	change("shop", func(c *oauth.Client) { c.Scopes = append(slices.Clone(c.Scopes), scopes("account")...) })
	w.authorize(w.anna, codeRequest.with(args{"scope": "account"})).consentPage()
	change("shop", func(c *oauth.Client) { c.Active = false })
	w.authorize(w.anna, codeRequest).wantPage(http.StatusBadRequest)
	change("shop", func(c *oauth.Client) { c.Active = true })
	w.authorize(w.anna, codeRequest).consentPage()

	change("robot", func(c *oauth.Client) { c.Secrets = []oauth.Secret{{Hash: oauth.HashSecret("new")}} })
	w.token("robot", "new", credentialsRequest).tokens()
	change("robot", func(c *oauth.Client) { c.Scopes = append(slices.Clone(c.Scopes), scopes("partners")...) })
	w.token("robot", "new", credentialsRequest.with(args{"scope": "partners"})).tokens()
	w.token("robot", robotSecret, credentialsRequest).wantJSON(http.StatusUnauthorized, "invalid_client")
}

func TestStaleAtEveryEndpoint(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(w *world, got tokens) *answer{
		"refresh":            func(w *world, got tokens) *answer { return w.refresh(got.Refresh) },
		"introspect access":  func(w *world, got tokens) *answer { return w.inspect("shop", shopSecret, got.Access) },
		"introspect refresh": func(w *world, got tokens) *answer { return w.inspect("shop", shopSecret, got.Refresh) },
		"revoke access":      func(w *world, got tokens) *answer { return w.revoke("shop", shopSecret, got.Access) },
		"revoke refresh":     func(w *world, got tokens) *answer { return w.revoke("shop", shopSecret, got.Refresh) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := inMemory(t)
			w.spy()
			got := w.issue(w.anna, codeRequest)
			w.fixture.ChangeClient(t, "shop", func(c *oauth.Client) { c.Secrets = []oauth.Secret{{Hash: oauth.HashSecret("new")}} })
			run(w, got).wantJSON(http.StatusUnauthorized, "invalid_client")
		})
	}
}

// What a client may newly do of the legacy flows it may do at once, and no longer than it may.
func TestStaleLegacy(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	w.addOdoo()
	w.addLegacy()
	w.spy()
	until := func(when time.Time) {
		for _, id := range []string{"odoo", "legacy"} {
			w.fixture.ChangeClient(t, id, func(c *oauth.Client) { c.LegacyUntil = when })
		}
	}
	w.implicit(w.anna, tokenRequest)
	w.legacy(passwordRequest).tokens()
	until(time.Time{})
	if v := w.authorize(w.anna, tokenRequest).fragment(http.StatusFound); v.Get("error") != "unsupported_response_type" {
		t.Fatalf("expected no token, got %v", v)
	}
	w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "unsupported_grant_type")
	until(w.clock.Now().Add(time.Hour))
	w.implicit(w.anna, tokenRequest)
	w.legacy(passwordRequest).tokens()
}

// A house that checks no passwords offers no such grant.
func TestNoPasswordHost(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	w.addLegacy()
	w.config.Host = struct{ oauth.Host }{w.house}
	w.offer(false, true)
	w.legacy(passwordRequest).wantJSON(http.StatusBadRequest, "unsupported_grant_type")
	if got := w.get(nil, "/.well-known/openid-configuration"); strings.Contains(got.body, "password") {
		t.Fatalf("expected no password grant, got %s", got.body)
	}
}

func TestTakenIDsAreDrawnAgain(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	s := w.spy()
	w.addOdoo()
	w.addLegacy()
	w.implicit(w.anna, tokenRequest)
	got := w.issue(w.anna, codeRequest)
	for _, run := range []func(){
		func() { w.redeem(w.code(w.anna, codeRequest)).tokens() },
		func() { w.wantGranted(got.Refresh, true) },
		func() { w.token("robot", robotSecret, credentialsRequest).tokens() },
		func() { w.implicit(w.anna, tokenRequest) },
		func() { w.legacy(passwordRequest).tokens() },
	} {
		s.taken = 2
		run()
	}
}

func TestStorageFailure(t *testing.T) {
	t.Parallel()
	w, m := inMemory(t)
	got := w.issue(w.anna, codeRequest)
	code := w.code(w.anna, codeRequest)
	w.addOdoo()
	w.addLegacy()
	s := w.spy()
	for _, id := range []string{"shop", "robot", "odoo", "legacy"} {
		if _, err := s.Client(t.Context(), id, 0); err != nil {
			t.Fatal(err)
		}
	}
	m.Break = errors.New("disk on fire: SELECT secret")
	for name, answer := range map[string]*answer{
		"63 revoke":          w.revoke("shop", shopSecret, got.Access),
		"code":               w.redeem(code),
		"refresh":            w.refresh(got.Refresh),
		"client credentials": w.token("robot", robotSecret, credentialsRequest),
		"tokeninfo":          w.bearer("/oauth2/tokeninfo", got.Access),
		"userinfo":           w.bearer("/oauth2/userinfo", got.Access),
		"introspect":         w.inspect("shop", shopSecret, got.Access),
		"unknown client":     w.token("other", otherSecret, credentialsRequest),
	} {
		if answer.status != http.StatusServiceUnavailable || strings.Contains(answer.body, "fire") || answer.header.Get("Retry-After") == "" ||
			answer.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: expected a plain 503, got %d %v %s", name, answer.status, answer.header, answer.body)
		}
	}
	w.authorize(w.anna, codeRequest).wantError("temporarily_unavailable")
	w.authorize(w.anna, codeRequest.with(args{"client_id": "other"})).wantPage(http.StatusServiceUnavailable)
	m.Break = nil
	w.redeem(code).tokens()
	w.wantGranted(got.Refresh, true)
}

func TestHouseFailure(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	w.addLegacy()
	w.fixture.ChangeClient(t, "shop", func(c *oauth.Client) { c.ClaimsInID = true })
	got := w.issue(w.anna, codeRequest)
	code := w.code(w.anna, codeRequest)
	page := w.authorize(w.anna, codeRequest.with(args{"prompt": "consent"})).consentPage()
	w.house.broken = errors.New("no house")
	w.authorize(w.anna, codeRequest).wantError("temporarily_unavailable")
	w.allow(w.anna, page).wantPage(http.StatusServiceUnavailable)
	w.redeem(code).wantJSON(http.StatusServiceUnavailable, "temporarily_unavailable")
	w.legacy(passwordRequest).wantJSON(http.StatusServiceUnavailable, "temporarily_unavailable")
	w.bearer("/oauth2/userinfo", got.Access).wantJSON(http.StatusServiceUnavailable, "temporarily_unavailable")
}

func TestResumed(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	link := w.authorize(nil, codeRequest).resume()
	if c, source, ok := w.provider.Resumed(t.Context(), link); !ok || c.Identifier != "shop" || source != "https://shop.example.com" {
		t.Fatalf("expected shop, got %+v %q %v", c, source, ok)
	}
	for _, bad := range []string{"", "/", "//evil.com/", link + "x", strings.Replace(link, "resume", "other", 1), ":"} {
		if _, _, ok := w.provider.Resumed(t.Context(), bad); ok {
			t.Fatalf("expected nothing for %q", bad)
		}
	}
}

// limiter refuses an address after three wrong secrets.
type limiter map[string]int

func (l limiter) Allow(_ context.Context, _, address string) time.Duration {
	if l[address] >= 3 {
		return 1500 * time.Millisecond
	}
	return 0
}

func (l limiter) Failed(_ context.Context, _, address string) { l[address]++ }

func TestThrottle(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	w.config.Throttle = limiter{}
	w.restart()
	from := func(address, secret string) *answer {
		r := formRequest("/oauth2/token", credentialsRequest.encode())
		r.RemoteAddr = address
		basic(r, "robot", secret)
		return w.do(r)
	}
	for range 3 {
		from("192.0.2.1:1234", "guess").wantJSON(http.StatusUnauthorized, "invalid_client")
	}
	if got := from("192.0.2.1:4321", robotSecret); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "2" {
		t.Fatalf("49: expected 429 for 2 s, got %d %v", got.status, got.header)
	}
	from("192.0.2.2:1234", robotSecret).tokens()
}

func TestEventsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	got := w.issue(w.anna, codeRequest)
	w.refresh(got.Refresh).tokens()
	w.revoke("shop", shopSecret, got.Access)
	w.token("shop", "wrong secret", credentialsRequest)
	w.authorize(w.anna, codeRequest.with(args{"redirect_uri": "https://evil.com/"}))
	var kinds []oauth.EventKind
	for _, e := range w.journal.events {
		kinds = append(kinds, e.Kind)
		if e.At.IsZero() || e.Client != "shop" || e.Address == "" {
			t.Errorf("incomplete event %+v", e)
		}
		if text := strings.Join([]string{e.Detail, e.Error, e.GrantType}, " "); strings.Contains(text, "secret ") || strings.Contains(text, "tsa_") || strings.Contains(text, "tsr_") || strings.Contains(text, "tsc_") {
			t.Errorf("secret in event %+v", e)
		}
	}
	want := []oauth.EventKind{oauth.EventGrantGiven, oauth.EventTokenIssued, oauth.EventTokenIssued, oauth.EventRevoked, oauth.EventTokenFailed, oauth.EventAuthorizeFailed}
	if !slices.Equal(kinds, want) {
		t.Fatalf("expected %v, got %v", want, kinds)
	}
	if last := w.journal.events[len(kinds)-1]; !strings.Contains(last.Detail, "https://evil.com/") {
		t.Fatalf("expected the received redirect URI for the diagnosis, got %+v", last)
	}
}

func TestNewRefusesBadConfiguration(t *testing.T) {
	t.Parallel()
	w, _ := inMemory(t)
	for name, spoil := range map[string]func(*oauth.Config){
		"ErrIssuerSlash":    func(c *oauth.Config) { c.Issuer = "https://a.example.com/" },
		"ErrIssuerScheme":   func(c *oauth.Config) { c.Issuer = "ftp://a.example.com" },
		"ErrIssuerQuery":    func(c *oauth.Config) { c.Issuer = "https://a.example.com?x" },
		"ErrIssuerEmpty":    func(c *oauth.Config) { c.Issuer = "" },
		"ErrClockRequired":  func(c *oauth.Config) { c.Clock = nil },
		"ErrKeyTooShort":    func(c *oauth.Config) { c.SuccessorKey = []byte("short") },
		"ErrSealerRequired": func(c *oauth.Config) { c.Sealer = nil },
		"ErrResource":       func(c *oauth.Config) { c.Resources = []string{"/api"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := w.config
			spoil(&config)
			if _, err := oauth.New(config); err == nil {
				t.Fatal("expected an error")
			}
		})
	}
}
