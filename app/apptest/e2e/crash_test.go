package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// crashing is the program with marked moments at which it dies (db/crash.go).
var crashing = newBinary("tessera-crashing", house, true, "-tags", "crashtest")

// others are the people of the workers beside Léa, and an application without a person.
const others = `
- {model: base.user, id: kim, values: {login: kim@example.com, name: Kim, password: correct horse battery, groups: [base.user, contacts.user], company: main}}
- {model: base.user, id: max, values: {login: max@example.com, name: Max, password: correct horse battery, groups: [base.user, contacts.user], company: main}}
- {model: base.user, id: noa, values: {login: noa@example.com, name: Noa, password: correct horse battery, groups: [base.user, contacts.user], company: main}}
- {model: oauth_provider.client, id: night, values: {name: Night, identifier: night, secret: the-secret-of-the-shop-0123456789, application_type: backend, user: lea, scopes: [card], default_scopes: [card]}}
`

// TestCrash kills a server again and again while applications get codes and tokens,
// refresh and revoke them, and people withdraw what they granted: by SIGKILL when an
// answer arrives, and by its own hand just before and just after a commit. Whatever was
// answered holds afterwards; what was asked and not answered is either done or not.
func TestCrash(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		o := at(t, url)
		o.port = port(t)
		o.feed(partners+fmt.Sprintf(access, "http://localhost:1")+others, "load", "-").ok()
		s := o.serve()
		workers := hire(t, s, random)
		for i, moment := range []string{"answer", "before", "after", "answer", "after", "before", "answer"} {
			n := 10 + random.Int64N(90)
			t.Logf("round %d: %s %d", i, moment, n)
			switch {
			case moment != "answer":
				s = o.dying(moment, n).serve()
				n = 0
			case i > 0:
				s = o.serve()
			}
			overload(t, s, workers, n)
			s = o.serve()
			var all sync.WaitGroup
			for _, w := range workers {
				all.Go(w.check)
			}
			all.Wait()
			s.stop()
		}
		o.run("db", "check").ok("sound")
	})
}

// dying is the same operator with a program that dies just before or after its commit
// number n+1.
func (o *operator) dying(moment string, n int64) *operator {
	c := o.with(crashing)
	c.env = []string{fmt.Sprintf("TESSERA_TEST_CRASH=%s %d", moment, n)}
	return c
}

// hire signs people in and gives each worker its turn.
func hire(t *testing.T, s *server, random *rand.Rand) []*worker {
	t.Helper()
	var workers []*worker
	for _, login := range []string{"lea", "kim", "max", "noa", ""} {
		b := newBrowser(t)
		w := &worker{t: t, base: s.base, client: b.client, id: "shop", verifier: oauth2.GenerateVerifier(), random: rand.New(rand.NewPCG(random.Uint64(), 0))}
		if login == "" {
			w.id = "night"
		} else {
			b.signIn(s, login+"@example.com", password).want(http.StatusOK)
		}
		w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		workers = append(workers, w)
	}
	return workers
}

// overload lets all work at once until the server is dead: at an answer, or by itself.
func overload(t *testing.T, s *server, workers []*worker, answers int64) {
	t.Helper()
	l := &load{until: time.Now().Add(patience), kill: func() { _ = s.process.Kill() }}
	l.left.Store(answers)
	turns := []func(*worker) bool{(*worker).rotating, (*worker).rotating, (*worker).withdrawing, (*worker).withdrawing, (*worker).backend}
	var all sync.WaitGroup
	for i, w := range workers {
		w.load = l
		all.Go(func() {
			for turns[i](w) {
				if time.Now().After(l.until) {
					t.Error("the server does not die")
					return
				}
			}
		})
	}
	all.Wait()
	s.kill()
	if s.code != -1 {
		t.Errorf("the server ended with %d, want it killed: %s", s.code, s.log)
	}
}

// check holds a server that was started again to everything that the worker was told.
func (w *worker) check() {
	w.t.Helper()
	w.client.CloseIdleConnections()
	w.load = &load{}
	for _, f := range slices.Backward(w.families) { // the grace of what went unanswered is short
		switch {
		case f.ended:
			w.wantDead(f)
		case f.refresh == nil:
			w.wantTogether(f, w.active(f.access[0]))
		default:
			w.checkRefresh(f)
		}
	}
	w.checkCodes()
	if w.gone {
		if p, ok := w.authorize(); !ok || p.status != http.StatusOK || !strings.Contains(p.body, "<form") {
			w.t.Errorf("after a withdrawal the application is given a code without a question: %s", p)
		}
	}
}

// checkRefresh uses the newest refresh token that was received. Whether or not the
// server rotated it before it died, there is one successor, also when asked again.
func (w *worker) checkRefresh(f *family) {
	w.t.Helper()
	newest := f.refresh[len(f.refresh)-1]
	p, _ := w.use(newest)
	if p == nil || p.status != http.StatusOK {
		if !f.unsure {
			w.t.Errorf("a family that nobody ended is dead: %s", p)
		}
		f.ended = true
		w.wantDead(f)
		return
	}
	f.unsure = false
	w.received(f, p)
	successor := f.refresh[len(f.refresh)-1]
	if p, _ = w.use(newest); p == nil || !strings.Contains(p.body, successor) {
		w.t.Errorf("the predecessor gives %s, want the same successor", p)
	}
	w.wantTogether(f, true)
	if len(f.refresh) < 4 || w.random.IntN(3) > 0 {
		return
	}
	if p, _ = w.use(f.refresh[0]); p == nil || !strings.Contains(p.body, "invalid_grant") {
		w.t.Errorf("an old refresh token gives %s, want invalid_grant", p)
	}
	f.ended = true
	w.wantDead(f)
}

// wantDead expects that nothing of a family is worth anything.
func (w *worker) wantDead(f *family) {
	w.t.Helper()
	w.wantTogether(f, false)
	for _, refresh := range f.refresh {
		if p, _ := w.use(refresh); p == nil || p.status != http.StatusBadRequest || !strings.Contains(p.body, "invalid_grant") {
			w.t.Errorf("a refresh token of a family that was ended gives %s", p)
		}
	}
	if p := bearer(&server{t: w.t, base: w.base}, "/oauth2/userinfo", f.access[0]); p.status != http.StatusUnauthorized {
		w.t.Errorf("userinfo answers %d for a token that was ended, want 401", p.status)
	}
}

// wantTogether expects that the access tokens of a family live, or not, as one.
func (w *worker) wantTogether(f *family, alive bool) {
	w.t.Helper()
	if !alive && !f.ended && !f.unsure {
		w.t.Error("a token that nobody ended is dead")
	}
	for _, token := range f.access {
		if w.active(token) != alive {
			w.t.Errorf("one of %d access tokens is active: %v, want %v; ended: %v, unsure: %v", len(f.access), !alive, alive, f.ended, f.unsure)
		}
	}
	f.ended, f.unsure = f.ended || !alive, false
}

// checkCodes redeems what was received and not sent, and what a withdrawal ended.
func (w *worker) checkCodes() {
	w.t.Helper()
	for _, code := range w.codes {
		p, ok := w.exchange(code)
		if !ok {
			w.t.Fatal("the token endpoint does not answer")
		}
		f := &family{}
		if w.received(f, p) {
			w.families = append(w.families, f)
		}
	}
	for _, code := range w.withdrawn {
		if p, _ := w.exchange(code); p == nil || !strings.Contains(p.body, "invalid_grant") {
			w.t.Errorf("a code from before the withdrawal gives %s", p)
		}
	}
	w.codes, w.withdrawn = nil, nil
}
