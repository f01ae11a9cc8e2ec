package oauthtest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// ring is a keyring that rotates its EdDSA key: a new one is public from when it signs,
// the old ones as long as the test wants.
type ring struct {
	keys
	mu    sync.Mutex
	all   []*oauth.SigningKey
	reads int // of Public
	err   error
}

func (w *world) ring() *ring {
	r := &ring{keys: testKeys()}
	r.rotate()
	w.config.Keys = r
	w.restart()
	for _, id := range []string{"shop", "robot"} {
		w.fixture.ChangeClient(w.t, id, func(c *oauth.Client) {
			jwtAlg("EdDSA")(c)
			c.IDTokenAlg = "EdDSA"
		})
	}
	return r
}

func (r *ring) rotate() {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, &oauth.SigningKey{ID: fmt.Sprintf("EdDSA %d", len(r.all)), Algorithm: "EdDSA", Key: key})
}

// drop takes the oldest key out.
func (r *ring) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = r.all[1:]
}

func (r *ring) Signing(ctx context.Context, alg string) (*oauth.SigningKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if alg == "EdDSA" {
		return r.all[len(r.all)-1], r.err
	}
	return r.keys.Signing(ctx, alg)
}

func (r *ring) Public(context.Context) ([]jose.JSONWebKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads++
	var out []jose.JSONWebKey
	for _, k := range r.all {
		out = append(out, jose.JSONWebKey{Key: k.Key.Public(), KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig"})
	}
	return out, r.err
}

func (r *ring) during(fn func()) int {
	r.mu.Lock()
	before := r.reads
	r.mu.Unlock()
	fn()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reads - before
}

var keyTests = []test{
	{"74 keys rotate under load and every live token verifies", func(w *world) {
		r := w.ring()
		first := w.issue(w.anna, codeRequest)
		const workers, rounds = 4, 10
		var wg sync.WaitGroup
		failed := make(chan string, workers*rounds*3)
		for range workers {
			wg.Go(func() {
				var mine []string
				for range rounds {
					got := w.token("robot", robotSecret, credentialsRequest)
					if got.status != http.StatusOK {
						failed <- got.body
						return
					}
					mine = append(mine, got.tokens().Access)
					for _, token := range []string{mine[0], mine[len(mine)-1], first.Access} {
						if info := w.bearer("/oauth2/tokeninfo", token); info.status != http.StatusOK {
							failed <- info.body
						}
					}
				}
			})
		}
		for range 20 {
			r.rotate()
		}
		wg.Wait()
		close(failed)
		for body := range failed {
			w.t.Errorf("a live token was refused: %s", body)
		}
		last := w.issue(w.anna, codeRequest)
		if w.header(first.Access)["kid"] == w.header(last.Access)["kid"] {
			w.t.Fatal("expected another key by now")
		}
		for _, id := range []string{first.ID, last.ID} {
			w.claims(id) // found in the JWKS by kid
			if w.authorize(w.anna, codeRequest.with(args{"id_token_hint": id, "prompt": "none"})).redirected(http.StatusFound).Get("code") == "" {
				w.t.Fatal("expected a hint of either key to do")
			}
		}
	}},
	{"74 a key that was dropped verifies a minute longer at most", func(w *world) {
		r := w.ring()
		old := w.issue(w.anna, codeRequest)
		w.wantAlive(old.Access, true)
		r.rotate()
		r.drop()
		w.clock.add(59 * time.Second)
		w.wantAlive(old.Access, true)
		w.clock.add(time.Second)
		w.wantAlive(old.Access, false)
		w.wantAlive(w.issue(w.anna, codeRequest).Access, true)
	}},
	{"74 public keys are remembered, an unknown kid is looked for at once", func(w *world) {
		r := w.ring()
		got := w.issue(w.anna, codeRequest)
		w.wantAlive(got.Access, true)
		if n := r.during(func() {
			for range 20 {
				w.wantAlive(got.Access, true)
			}
		}); n != 0 {
			w.t.Fatalf("expected the keys from memory, got %d reads", n)
		}
		r.rotate()
		fresh := w.issue(w.anna, codeRequest)
		if n := r.during(func() { w.wantAlive(fresh.Access, true) }); n != 1 {
			w.t.Fatalf("expected one read for a new key, got %d", n)
		}
		forged := w.forge(jose.ES256, foreignKey(), "made up", "at+jwt", map[string]any{"iss": issuer})
		if n := r.during(func() { together(20, func(int) *answer { return w.bearer("/oauth2/tokeninfo", forged) }) }); n < 1 || n > 20 {
			w.t.Fatalf("expected made-up kids to share reads, got %d", n)
		}
	}},
	{"74 keys that cannot be read are our failure, not the token's", func(w *world) {
		r := w.ring()
		got := w.issue(w.anna, codeRequest)
		code := w.code(w.anna, codeRequest)
		r.err = fmt.Errorf("no keys: SELECT")
		for name, a := range map[string]*answer{
			"tokeninfo":  w.bearer("/oauth2/tokeninfo", got.Access),
			"introspect": w.inspect("shop", shopSecret, got.Access),
			"revoke":     w.revoke("shop", shopSecret, got.Access),
			"token":      w.redeem(code),
		} {
			if a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "SELECT") {
				w.t.Errorf("%s: expected a plain 503, got %d %s", name, a.status, a.body)
			}
		}
		w.authorize(w.anna, codeRequest.with(args{"id_token_hint": got.ID})).wantError("temporarily_unavailable")
		r.err = nil
		w.wantAlive(got.Access, true)
	}},
}
