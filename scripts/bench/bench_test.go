package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// The no-op server is this program once more, in tests the test.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == yardstickArg {
		if err := serveNoop(); err != nil {
			fail(err)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == handArg {
		if err := serveByHand(os.Args[2]); err != nil {
			fail(err)
		}
		return
	}
	os.Exit(m.Run())
}

// provider is a small authorization server that keeps everything in memory and
// counts what it was asked for.
type provider struct {
	signIns, consents, exchanges atomic.Int64

	mu    sync.Mutex
	codes map[string]bool
	next  int
}

func (p *provider) start(t *testing.T) target {
	t.Helper()
	p.codes = map[string]bool{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth2/authorize", p.authorize)
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<form method="post" action="/lang"><button name="lang" value="fr">Français</button></form>
			<form method="post"><input type="hidden" name="to" value="%s"><input name="login"><input type="password" name="password"><button>Sign in</button></form>`,
			html.EscapeString(r.URL.Query().Get("to")))
	})
	mux.HandleFunc("POST /login", p.signIn)
	mux.HandleFunc("POST /consent", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("decision") != "allow" || r.FormValue("scope") != "email" {
			http.Error(w, "not allowed: "+r.Form.Encode(), http.StatusBadRequest)
			return
		}
		p.consents.Add(1)
		http.SetCookie(w, &http.Cookie{Name: "consented", Value: "1"})
		http.Redirect(w, r, r.FormValue("to"), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /oauth2/token", p.token)
	for _, path := range []string{"GET /oauth2/tokeninfo", "GET /oauth2/userinfo", "POST /oauth2/introspect"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Authorization")+r.FormValue("token"), "token-") {
				w.WriteHeader(http.StatusUnauthorized)
			}
			fmt.Fprint(w, `{"sub":"1"}`)
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return fixtureTarget(s.URL)
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	to := url.QueryEscape(r.URL.String())
	if _, err := r.Cookie("session"); err != nil {
		http.Redirect(w, r, "/login?to="+to, http.StatusFound)
		return
	}
	if _, err := r.Cookie("consented"); err != nil {
		fmt.Fprintf(w, `<form method="post" action="/consent"><input type="hidden" name="to" value="%s"><input type="checkbox" name="scope" value="email" checked>
			<input type="checkbox" name="scope" value="unticked"><button name="decision" value="deny">Deny</button><button name="decision" value="allow">Allow selected</button></form>`,
			html.EscapeString(r.URL.String()))
		return
	}
	p.mu.Lock()
	p.next++
	code := fmt.Sprint("code-", p.next)
	p.codes[code] = true
	p.mu.Unlock()
	http.Redirect(w, r, r.FormValue("redirect_uri")+"?"+url.Values{"code": {code}, "state": {r.FormValue("state")}}.Encode(), http.StatusFound)
}

func (p *provider) signIn(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.FormValue("login"), "@example.com") || r.FormValue("password") != "bench-password" {
		http.Error(w, "wrong password", http.StatusForbidden)
		return
	}
	p.signIns.Add(1)
	http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", HttpOnly: true})
	http.Redirect(w, r, r.FormValue("to"), http.StatusSeeOther)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") == "authorization_code" {
		p.mu.Lock()
		fresh := p.codes[r.FormValue("code")]
		delete(p.codes, r.FormValue("code"))
		p.mu.Unlock()
		if !fresh {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		p.exchanges.Add(1)
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"access_token": "token-1"})
}

func TestAllCases(t *testing.T) {
	t.Parallel()
	var p provider
	at := p.start(t)
	noop, err := startYardstick()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(noop.stop)
	lines, err := measureCases(at, plan{connections: 4, bounds: bounds{100 * time.Millisecond, 10_000}, signIns: 100 * time.Millisecond}, noop, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(cases) {
		t.Errorf("%d lines for %d cases", len(lines), len(cases))
	}
	for _, l := range lines {
		if l.Ops == 0 || l.Ratio == 0 || l.Failed > 0 || l.P99 < l.P50 || l.Noop == 0 {
			t.Errorf("implausible: %+v", l)
		}
	}
	if p.signIns.Load() < 16 || p.consents.Load() < 16 || p.exchanges.Load() < batch {
		t.Errorf("%d sign-ins, %d consents, %d exchanges: too few", p.signIns.Load(), p.consents.Load(), p.exchanges.Load())
	}
	var table strings.Builder
	if err := print(&table, lines); err != nil || !strings.Contains(table.String(), "tokeninfo") {
		t.Errorf("the table (%v):\n%s", err, table.String())
	}
}

func TestWrongPasswordIsAnError(t *testing.T) {
	t.Parallel()
	var p provider
	at := p.start(t)
	at.password = "wrong"
	_, err := tokeninfo(at, plan{connections: 1, bounds: bounds{time.Second, 10}})
	if err == nil || !strings.Contains(err.Error(), "wrong password") {
		t.Errorf("got %v, want what the server said", err)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	noop := sample{ops: 1000, took: time.Second}
	good := sample{ops: 300, took: time.Second, lat: []time.Duration{time.Millisecond, 2 * time.Millisecond}}
	bad := good
	bad.failed, bad.first = 1, errors.New("status 500")
	for _, c := range []struct {
		name string
		s    sample
		b    budget
		ok   bool
	}{
		{"RatioHolds", good, budget{ratio: 0.3}, true},
		{"ErrRatio", good, budget{ratio: 0.31}, false},
		{"P99Holds", good, budget{p99: 3 * time.Millisecond}, true},
		{"ErrP99", good, budget{p99: 2 * time.Millisecond}, false},
		{"ErrFailure", bad, budget{}, false},
		{"ErrNothingDone", sample{took: time.Second}, budget{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := judge("case", c.s, noop, c.b); got.OK != c.ok {
				t.Errorf("judged %+v, want ok %t", got, c.ok)
			}
		})
	}
	if l := figure("size", 41, "MB", budget{most: 40}); l.OK {
		t.Errorf("41 of 40 MB is said to be fine: %+v", l)
	}
}

func TestRunKeepsItsBounds(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	count := func() error { n.Add(1); return nil }
	s := run([]op{count, count, count}, bounds{time.Minute, 100})
	if s.ops != 100 || n.Load() != 100 {
		t.Errorf("%d ops in the sample, %d done, want 100", s.ops, n.Load())
	}
	broken := errors.New("broken")
	s = run([]op{func() error { return broken }}, bounds{time.Minute, 1000})
	if s.failed != 20 || !errors.Is(s.first, broken) {
		t.Errorf("an op that only fails was tried %d times (%v), want 20", s.failed, s.first)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var s sample
	for i := 100; i > 0; i-- {
		s.lat = append(s.lat, time.Duration(i))
	}
	if a, b := s.quantile(.5), s.quantile(.99); a != 51 || b != 100 {
		t.Errorf("quantiles of 1 to 100: %d and %d, want 51 and 100", a, b)
	}
}

func TestWire(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/chunks":
			for range 3 {
				fmt.Fprint(w, "piece ")
				w.(http.Flusher).Flush()
			}
		case "/close":
			w.Header().Set("Connection", "close")
			fmt.Fprint(w, "bye")
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		default:
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			fmt.Fprint(w, r.FormValue("x"))
		}
	}))
	t.Cleanup(s.Close)
	w := dial(s.Listener.Addr().String())
	t.Cleanup(w.close)
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/chunks", "piece piece piece "}, {"POST", "/form", "y z"}, {"GET", "/none", ""},
		{"GET", "/close", "bye"}, {"GET", "/chunks", "piece piece piece "},
	} {
		_, text, err := request{method: c.method, url: s.URL + c.path, form: url.Values{"x": {"y z"}}}.render()
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.send(text)
		if err != nil || string(r.body) != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.method, c.path, r.body, err, c.want)
		}
	}
	if _, _, err := (request{method: "GET", url: "http://192.0.2.1/"}).render(); err == nil {
		t.Error("a request to another machine is rendered")
	}
}
