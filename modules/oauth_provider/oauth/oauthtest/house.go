package oauthtest

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// house is the Host of the suite: sessions in a map, pages as JSON.
type house struct {
	mu       sync.Mutex
	sessions map[string]*oauth.Session // by cookie value
	barred   map[int64]bool            // users who may use no client
	now      func() time.Time
	broken   error // what every question is answered with, nil for none

	passwords map[string]*person // by "login password"
	failures  int                // of passwords, since the last success; three close the house
}

const sessionCookie = "sid"

func (h *house) Session(r *http.Request) (*oauth.Session, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil, nil //nolint:nilerr // no cookie, nobody signed in
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[c.Value], h.broken
}

// signInPage is what the suite reads of a sign-in redirect.
const signInPage = "/sign-in"

func (h *house) SignIn(w http.ResponseWriter, _ *http.Request, s *oauth.SignIn) {
	w.Header().Set("Location", signInPage)
	writePage(w, http.StatusSeeOther, s)
}

func (h *house) Consent(w http.ResponseWriter, _ *http.Request, p *oauth.ConsentPage) {
	writePage(w, http.StatusOK, p)
}

func (h *house) Fail(w http.ResponseWriter, _ *http.Request, f *oauth.Failure) {
	writePage(w, f.Status, f)
}

func writePage(w http.ResponseWriter, status int, page any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(page)
}

func (h *house) MayUse(_ context.Context, userID int64, _ *oauth.Client) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.barred[userID], h.broken
}

func (h *house) Claims(_ context.Context, req *oauth.ClaimsRequest, o *oauth.Object) error {
	if h.broken != nil {
		return h.broken
	}
	o.Int("id", req.UserID) // must not come through
	o.Text("sub", "somebody else")
	if req.Scopes.Has("email") {
		o.Text("email", "anna@example.com")
	}
	if req.Scopes.Has("profile") {
		o.Text("name", `Anna "<Keller>" é`)
		o.Text("nickname", "")
	}
	return nil
}

// mostFailures are the wrong passwords after which the house lets nobody try.
const mostFailures = 3

// SignInByPassword implements oauth.PasswordHost.
func (h *house) SignInByPassword(_ context.Context, login, password, _ string) (*oauth.Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.passwords[login+" "+password]
	switch {
	case h.broken != nil:
		return nil, h.broken
	case h.failures >= mostFailures:
		return nil, &oauth.TooManyAttempts{Wait: time.Minute}
	case p == nil:
		h.failures++
		return nil, oauth.ErrWrongPassword
	}
	h.failures = 0
	return &oauth.Session{UserID: p.id, Subject: p.subject, AuthTime: h.now(), AMR: []string{"pwd"}}, nil
}

// clock is the suite's time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// journal keeps the events.
type journal struct {
	mu     sync.Mutex
	events []oauth.Event
}

func (j *journal) Record(_ context.Context, e oauth.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
}

func (j *journal) count(kind oauth.EventKind) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// keys has one key an algorithm; making them is slow, so a process makes them once.
type keys map[string]*oauth.SigningKey

var testKeys = sync.OnceValue(func() keys {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	out := keys{}
	for alg, k := range map[string]crypto.Signer{"RS256": r, "ES256": e, "EdDSA": d} {
		out[alg] = &oauth.SigningKey{ID: "key " + alg, Algorithm: alg, Key: k}
	}
	return out
})

func (k keys) Signing(_ context.Context, alg string) (*oauth.SigningKey, error) {
	if key, ok := k[alg]; ok {
		return key, nil
	}
	return nil, errors.New("no key for " + alg)
}

// Public returns the private keys with the public ones' marks: the engine must not let
// the private parts out even then.
func (k keys) Public(context.Context) ([]jose.JSONWebKey, error) {
	var out []jose.JSONWebKey
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		out = append(out, jose.JSONWebKey{Key: k[alg].Key, KeyID: k[alg].ID, Algorithm: alg, Use: "sig"})
	}
	return out, nil
}

// sealer is AES-GCM with the nonce in front.
type sealer struct{ aead cipher.AEAD }

func newSealer() sealer {
	var key [32]byte
	rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return sealer{aead}
}

func (s sealer) Encrypt(plain, ad []byte) ([]byte, error) {
	return s.aead.Seal(nil, nil, plain, ad), nil
}

func (s sealer) Decrypt(sealed, ad []byte) ([]byte, error) {
	return s.aead.Open(nil, nil, sealed, ad)
}
