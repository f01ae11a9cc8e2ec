package oauthconsumer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// outside is a provider with its API, as a test wants it to be.
type outside struct {
	*httptest.Server
	mu sync.Mutex

	codes    map[string]url.Values // what was asked for with the code's request
	refreshs map[string]bool       // live refresh tokens, good for one use
	access   map[string]bool       // live access tokens
	posts    int                   // at the token endpoint
	refresh  int                   // of them, refreshes
	calls    int                   // at the API
	bodies   []string              // what the API was sent
	revoked  []string
	next     int
	basics   []string // Authorization of token posts

	life    int    // expires_in of tokens; 0 leaves it out
	scope   string // of the answer; "" leaves it out, "-" is the empty scope
	rotates bool
	account string           // who has signed in, as /whoami tells
	token   http.HandlerFunc // instead of the token endpoint; nil: as it is
	api     http.HandlerFunc // instead of the API; nil: as it is
}

func newOutside(t testing.TB) *outside {
	o := &outside{codes: map[string]url.Values{}, refreshs: map[string]bool{}, access: map[string]bool{}, life: 3600, rotates: true, account: "right"}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", o.tokens)
	mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.revoked = append(o.revoked, r.FormValue("token"))
	})
	mux.HandleFunc("/api/", o.apis)
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		u, _ := url.Parse(r.URL.Query().Get("redirect_uri"))
		host := u.Scheme + "://" + u.Host
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Outside</title><h1>Trial asks</h1><a href="%s">Grant access</a> <a href="%s">Refuse</a>`,
			html.EscapeString(host+o.grant(t, r.URL.String())), html.EscapeString(host+o.decline(t, r.URL.String())))
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

// grant is what the provider's own pages do: the person has agreed to what the address
// asks for. It returns where his browser is sent back to.
func (o *outside) grant(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next++
	code := fmt.Sprintf("planted-code-%d", o.next)
	o.codes[code] = q
	return back(q.Get("redirect_uri"), url.Values{"code": {code}, "state": {q.Get("state")}})
}

// decline is the same with a person who does not agree.
func (o *outside) decline(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return back(u.Query().Get("redirect_uri"), url.Values{"error": {"access_denied"}, "error_description": {"<script>planted</script>"}, "state": {u.Query().Get("state")}})
}

func back(redirect string, v url.Values) string {
	u, _ := url.Parse(redirect)
	return u.Path + "?" + v.Encode()
}

func (o *outside) fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q,"error_description":"planted-secret-of-the-provider"}`, code)
}

func (o *outside) tokens(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.posts++
	o.basics = append(o.basics, r.Header.Get("Authorization"))
	instead := o.token
	o.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	o.answer(w, r)
}

func (o *outside) answer(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch r.FormValue("grant_type") {
	case "authorization_code":
		asked, ok := o.codes[r.FormValue("code")]
		delete(o.codes, r.FormValue("code"))
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") || asked.Get("code_challenge_method") != "S256" || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
			o.fail(w, http.StatusBadRequest, "invalid_grant")
			return
		}
	case "refresh_token":
		o.refresh++
		if !o.refreshs[r.FormValue("refresh_token")] {
			o.fail(w, http.StatusBadRequest, "invalid_grant")
			return
		}
		if o.rotates {
			delete(o.refreshs, r.FormValue("refresh_token"))
		}
	case "client_credentials":
	default:
		o.fail(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	o.next++
	out := map[string]any{"access_token": fmt.Sprintf("planted-access-%d", o.next), "token_type": "bearer"}
	o.access[out["access_token"].(string)] = true
	if r.FormValue("grant_type") != "client_credentials" && o.rotates || r.FormValue("grant_type") == "authorization_code" {
		out["refresh_token"] = fmt.Sprintf("planted-refresh-%d", o.next)
		o.refreshs[out["refresh_token"].(string)] = true
	}
	if o.life > 0 {
		out["expires_in"] = o.life
	}
	if o.scope != "" {
		out["scope"] = strings.TrimPrefix(o.scope, "-")
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func (o *outside) apis(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.calls++
	var sent strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := r.Body.Read(buf)
		sent.Write(buf[:n])
		if err != nil {
			break
		}
	}
	o.bodies = append(o.bodies, sent.String())
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	alive, instead, account := o.access[token], o.api, o.account
	o.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if !alive {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		o.fail(w, http.StatusUnauthorized, "invalid_token")
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"path": r.URL.RequestURI(), "account": account, "token": token, "accept": r.Header.Get("Accept")})
}

// set changes how the provider behaves.
func (o *outside) set(fn func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fn()
}

// revoke ends everything that the provider has given.
func (o *outside) revoke() {
	o.set(func() { o.access, o.refreshs = map[string]bool{}, map[string]bool{} })
}

// expire ends the access tokens only.
func (o *outside) expire() { o.set(func() { o.access = map[string]bool{} }) }

func (o *outside) counts() (posts, refreshes, calls int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.posts, o.refresh, o.calls
}
