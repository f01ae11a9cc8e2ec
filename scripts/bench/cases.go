package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"
)

// target is the server under test and what fixture.yaml has put into it.
type target struct {
	base             string // scheme://host:port
	postgres         bool   // what its database is
	client, backend  string // identifiers of the web and the backend client
	secret           string // of both
	redirect         string // never contacted
	scope            string
	people, password string // login of person n by Sprintf; the password of all
}

// fixtureTarget is what fixture.yaml says, at a base URL.
func fixtureTarget(base string) target {
	return target{
		base: base, client: "bench", backend: "bench-backend", secret: "bench-secret-bench-secret-bench-secret",
		redirect: "http://127.0.0.1:9/callback", scope: "email bench_self",
		people: "bench%02d@example.com", password: "bench-password",
	}
}

func (t target) person(n int) *person {
	return newPerson(fmt.Sprintf(t.people, n), t.password)
}

// basic is the client's credentials (RFC 6749 §2.3.1).
func (t target) basic(client string) string {
	pair := url.QueryEscape(client) + ":" + url.QueryEscape(t.secret)
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

// plan is how long and how wide every case runs.
type plan struct {
	connections int
	bounds      bounds
	signIns     time.Duration
}

// measured is one case: how it is run and what is asked of it.
type measured struct {
	name     string
	run      func(target, plan) (sample, error)
	budget   budget // on SQLite
	postgres budget
}

// cases are measured in this order, each between two no-op phases.
var cases = []measured{
	{"token (client credentials)", clientCredentials, budget{ratio: 0.20}, budget{ratio: 0.12}},
	{"token (code exchange)", codeExchange, budget{ratio: 0.20}, budget{}},
	{"token (code, RS256 id_token)", signedExchange, budget{}, budget{}},
	{"token (refresh)", refresh, budget{ratio: 0.10}, budget{}},
	{"tokeninfo", tokeninfo, budget{ratio: 0.40}, budget{}},
	{"userinfo", userinfo, budget{ratio: 0.30}, budget{}},
	{"introspect", introspect, budget{ratio: 0.45}, budget{ratio: 0.22}},
	{"sign-in to code", signIns, budget{p99: time.Second}, budget{p99: time.Second}},
}

// warmUp is not counted: connections open, caches fill.
const warmUp = time.Second

// ask measures one kind of request.
func ask(p plan, requests ...request) (sample, error) {
	ops, closeAll, err := asking(p.connections, requests...)
	if err != nil {
		return sample{}, err
	}
	defer closeAll()
	run(ops, bounds{min(warmUp, p.bounds.time), p.bounds.count})
	return run(ops, p.bounds), nil
}

func clientCredentials(t target, p plan) (sample, error) {
	return ask(p, t.credentialsRequest())
}

func (t target) credentialsRequest() request {
	return request{method: "POST", url: t.base + "/oauth2/token", header: []string{t.basic(t.backend)}, form: url.Values{"grant_type": {"client_credentials"}}}
}

// refresh measures rotation: every connection has a lineage of its own and trades each
// refresh token for the next.
func refresh(t target, p plan) (sample, error) {
	ops := make([]op, p.connections)
	for i := range ops {
		who := t.person(i%16 + 1)
		defer who.close()
		code, err := who.authorize(t)
		if err != nil {
			return sample{}, err
		}
		got, err := who.exchange(t, code)
		if err != nil {
			return sample{}, err
		}
		ops[i] = func() error {
			got, err = who.tokens(t.refreshRequest(got.Refresh))
			return err
		}
	}
	run(ops, bounds{min(warmUp, p.bounds.time), p.bounds.count})
	return run(ops, p.bounds), nil
}

func tokeninfo(t target, p plan) (sample, error) {
	return withTokens(t, p, func(token string) request {
		return request{method: "GET", url: t.base + "/oauth2/tokeninfo", header: []string{"Authorization: Bearer " + token}}
	})
}

func userinfo(t target, p plan) (sample, error) {
	return withTokens(t, p, func(token string) request {
		return request{method: "GET", url: t.base + "/oauth2/userinfo", header: []string{"Authorization: Bearer " + token}}
	})
}

func introspect(t target, p plan) (sample, error) {
	return withTokens(t, p, func(token string) request {
		return request{method: "POST", url: t.base + "/oauth2/introspect", header: []string{t.basic(t.client)}, form: url.Values{"token": {token}}}
	})
}

// differentTokens are asked about in turn, so that no answer is about one row only.
const differentTokens = 64

// withTokens measures requests about tokens of a person.
func withTokens(t target, p plan, about func(token string) request) (sample, error) {
	who := t.person(1)
	defer who.close()
	var requests []request
	for range differentTokens {
		code, err := who.authorize(t)
		if err != nil {
			return sample{}, err
		}
		got, err := who.exchange(t, code)
		if err != nil {
			return sample{}, err
		}
		requests = append(requests, about(got.Access))
	}
	return ask(p, requests...)
}

// signedExchange is codeExchange with an id_token, which costs an RSA signature of a
// millisecond by itself; a client that chooses ES256 pays a twentieth.
func signedExchange(t target, p plan) (sample, error) {
	t.scope = "openid " + t.scope
	return codeExchange(t, p)
}

// batch is how many codes are made before they are exchanged: few enough that
// none of them reaches the end of its 60 seconds.
const batch = 6000

// codeExchange measures the token request alone: people who have consented
// before collect codes, the clock stands; then the codes are exchanged.
func codeExchange(t target, p plan) (sample, error) {
	people := make([]*person, p.connections)
	for i := range people {
		people[i] = t.person(i%16 + 1)
		defer people[i].close()
	}
	if _, err := exchangeBatch(t, people, batch/4); err != nil { // warm-up
		return sample{}, err
	}
	var total sample
	for total.took < p.bounds.time && int64(total.ops+total.failed) < p.bounds.count {
		s, err := exchangeBatch(t, people, batch)
		if err != nil {
			return total, err
		}
		took := total.took + s.took
		total.add(s)
		total.took = took
	}
	return total, nil
}

func exchangeBatch(t target, people []*person, size int) (sample, error) {
	codes, err := collectCodes(t, people, size/len(people))
	if err != nil {
		return sample{}, err
	}
	ops := make([]op, len(people))
	for i, own := range codes {
		texts := make([][]byte, len(own))
		var addr string
		for j, code := range own {
			if addr, texts[j], err = t.exchangeRequest(code).render(); err != nil {
				return sample{}, err
			}
		}
		w, next := dial(addr), 0
		defer w.close()
		ops[i] = func() error {
			if next == len(texts) {
				return errNoCodeLeft
			}
			next++
			r, err := w.send(texts[next-1])
			if err != nil {
				return err
			}
			if r.status != 200 || !bytes.Contains(r.body, []byte(`"access_token":"`)) {
				return fmt.Errorf("token: status %d: %.200s", r.status, r.body)
			}
			return nil
		}
	}
	return runOut(ops, len(codes[0])), nil
}

var errNoCodeLeft = errors.New("no code left")

// runOut lets every op run a number of times, all ops side by side.
func runOut(ops []op, times int) sample {
	parts := make([]sample, len(ops))
	start := time.Now()
	var wg sync.WaitGroup
	for i := range ops {
		wg.Go(func() { parts[i] = run(ops[i:i+1], bounds{time.Minute, int64(times)}) })
	}
	wg.Wait()
	total := sample{took: time.Since(start)}
	for _, p := range parts {
		total.add(p)
	}
	return total
}

// collectCodes has every person authorize a number of times.
func collectCodes(t target, people []*person, each int) ([][]string, error) {
	codes, errs := make([][]string, len(people)), make([]error, len(people))
	var wg sync.WaitGroup
	for i, who := range people {
		wg.Go(func() {
			for range each {
				code, err := who.authorize(t)
				if err != nil {
					errs[i] = err
					return
				}
				codes[i] = append(codes[i], code)
			}
		})
	}
	wg.Wait()
	return codes, errors.Join(errs...)
}

// signIns has 16 people sign in at once, over and over: new browser, sign-in
// page, password, consent where it is asked for, code, token.
func signIns(t target, p plan) (sample, error) {
	const people = 16
	ops := make([]op, people)
	for i := range ops {
		who := t.person(i + 1)
		defer who.close()
		ops[i] = func() error {
			who.forget()
			code, err := who.authorize(t)
			if err == nil {
				_, err = who.exchange(t, code)
			}
			return err
		}
	}
	return run(ops, bounds{p.signIns, p.bounds.count}), nil
}
