package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules"
	mtdvat "github.com/tessera-erp/tessera/modules/mtd_vat"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

//go:embed consumer.yaml
var consumerFixture string

// fewConnections and manyConnections are held against each other.
const (
	fewConnections  = 100
	manyConnections = 10_000
)

// noopAnswer is what the API of the bench says.
type noopAnswer struct {
	OK   bool   `json:"ok"`
	Name string `json:"name"`
	N    int    `json:"n"`
}

// endpoint calls that API for the application itself.
var endpoint = oauthconsumer.Endpoint[struct{}, noopAnswer]{Name: "bench.noop", Provider: "bench", User: oauthconsumer.Application, Method: http.MethodGet, Path: "/noop", Scopes: []string{"read"}}

// measureConnections measures the way out: what a call of an endpoint costs over one of a
// bare client, calls, renewals and the list with few connections and with many, and the
// pages of a wizard against the form of a record. only is "calls", to measure no more than
// those, or empty.
func measureConnections(p plan, dir, only string) (lines []line, err error) {
	work, err := os.MkdirTemp(dir, "tessera-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	api, err := startYardstick()
	if err != nil {
		return nil, err
	}
	defer api.stop()
	few, many := filepath.Join(work, "few"), filepath.Join(work, "many")
	if only == "calls" {
		return measureCalls(api.url, few, many)
	}
	binary, err := build(work)
	if err != nil {
		return nil, err
	}
	for _, part := range []func() ([]line, error){
		func() ([]line, error) { return measureCalls(api.url, few, many) },
		func() ([]line, error) { return measureConnectionLists(p, binary, few, many) },
		func() ([]line, error) { return measureWizard(p, binary, filepath.Join(work, "demo")) },
	} {
		more, err := part()
		lines = append(lines, more...)
		for _, l := range more {
			fmt.Fprintf(os.Stderr, "bench: %s: %.3g %s\n", l.Name, l.Figure, l.Unit)
		}
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// connected is a house in this process that has connections, among them the application's.
type connected struct {
	*app.Instance
	env *record.Env
}

// openConnected makes a house in a new data folder, with so many connections.
func openConnected(ctx context.Context, data, api, tokens string, connections int) (*connected, error) {
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	in, err := app.Open(ctx, app.Config{Addr: "127.0.0.1:8069", Data: data, LogFormat: "text"}, modules.All, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	c := &connected{in, in.App.Database.System(ctx, "bench")}
	records, err := load.Parse("consumer.yaml", fmt.Appendf(nil, consumerFixture, strings.TrimSuffix(api, "/noop"), tokens))
	if err == nil {
		_, err = load.Apply(c.env, records)
	}
	if err == nil {
		_, err = endpoint.Call(c.env, oauthconsumer.Subject{}, struct{}{}) // connects the application
	}
	if err == nil {
		err = c.fill(connections)
	}
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return c, nil
}

// fill adds connections of users that there are not.
func (c *connected) fill(n int) error {
	api, err := record.ByExternalID(c.env, "oauth_consumer.api", "bench")
	if err != nil {
		return err
	}
	return c.env.Database().DB.Write(c.env, func(tx *db.Tx) error {
		for id := int64(1_000_000); id < int64(1_000_000+n); id++ {
			if _, err := tx.Exec(`INSERT INTO oauth_consumer_connection (id, version, created_at, updated_at, name, api_id, kind, model, subject, status, scopes, last_call, last_error)
				VALUES (?, 1, ?, ?, ?, ?, 'user', 'base.user', ?, 'connected', '[]', '', '')`, id, c.env.Now, c.env.Now, "User "+strconv.FormatInt(id, 10), api, id); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO oauth_consumer_token (connection_id, version, places, expires_at, used_at, lease_until, lease_holder, refresh_started_at) VALUES (?, 2, '', 0, 0, 0, '', 0)`, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// remember lets it remember how connections stand until somebody writes, as a server does.
func (c *connected) remember() { c.env.Database().DB.TakeLease() }

func (c *connected) call() error {
	_, err := endpoint.Call(c.env, oauthconsumer.Subject{}, struct{}{})
	return err
}

// renew calls with a token that has run out.
func (c *connected) renew() error {
	err := c.env.Database().DB.Write(c.env, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE oauth_consumer_token SET expires_at = 1 WHERE connection_id < 1000000 OR connection_id > 9000000")
		return err
	})
	if err != nil {
		return err
	}
	return c.call()
}

// serveTokens is a token endpoint; it ends with the process.
func serveTokens() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"bench","token_type":"bearer","expires_in":3600}`)
		}))
	}()
	return "http://" + l.Addr().String() + "/token", nil
}

// How often each side of a comparison in this process has its turn, and what it does then.
const (
	turns    = 8
	calls    = 3000
	renewals = 100
)

// measureCalls measures calls and renewals in this process.
func measureCalls(api, fewData, manyData string) ([]line, error) {
	ctx := context.Background()
	tokens, err := serveTokens()
	if err != nil {
		return nil, err
	}
	few, err := openConnected(ctx, fewData, api, tokens, fewConnections)
	if err != nil {
		return nil, err
	}
	defer few.Close()
	many, err := openConnected(ctx, manyData, api, tokens, manyConnections)
	if err != nil {
		return nil, err
	}
	defer many.Close()
	counted, counter := few.env.Database().DB.CountQueries(ctx)
	if _, err := endpoint.Call(few.env.In(counted), oauthconsumer.Subject{}, struct{}{}); err != nil {
		return nil, err
	}
	var lines []line
	for _, c := range []struct {
		name    string
		prepare func()
	}{
		{"a call after somebody has written", func() {}},       // or alone: it reads
		{"a call", func() { few.remember(); many.remember() }}, // within a second of another
	} {
		c.prepare()
		call, plain, err := inTurn(calls, few.call, bare(api))
		if err != nil {
			return lines, err
		}
		lines = append(lines,
			figure(c.name+", over a bare client's", micro(call.cpu-plain.cpu), fmt.Sprintf("µs of processor time (%.0f and %.0f)", micro(call.cpu), micro(plain.cpu)), budget{most: 60}),
			figure(c.name+", over a bare client's, p50", micro(call.p50-plain.p50), fmt.Sprintf("µs (%.0f and %.0f)", micro(call.p50), micro(plain.p50)), budget{most: 60}))
	}
	lines = append(lines, figure("database reads of a call", float64(counter.Len()), "reads", budget{most: 1}))
	for _, c := range []struct {
		name      string
		n         int
		many, few op
	}{{"calls", calls, many.call, few.call}, {"renewals", renewals, many.renew, few.renew}} {
		a, b, err := inTurn(c.n, c.many, c.few)
		if err != nil {
			return lines, err
		}
		lines = append(lines, figure(c.name+" with 10,000 connections, of 100", float64(a.cpu)/float64(b.cpu), fmt.Sprintf("times of processor time (%.0f and %.0f µs)", micro(a.cpu), micro(b.cpu)), budget{most: 1.5}))
	}
	return lines, nil
}

// bare is the same call with nothing around it.
func bare(address string) op {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	return func() error {
		r, err := http.NewRequest(http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer bench")
		r.Header.Set("Accept", "application/json")
		res, err := client.Do(r)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			return err
		}
		var into noopAnswer
		return json.Unmarshal(body, &into)
	}
}

// each is what one op took: of the processor in its quietest turn, and by the clock.
type each struct{ cpu, p50 time.Duration }

// inTurn lets two ops take turns in this process, so that what else the machine does falls
// on both. Processor time grows with what others do to the caches: the least counts.
func inTurn(n int, one, other op) (a, b each, err error) {
	var samples [2]sample
	var least [2]time.Duration
	for turn := range turns + 1 {
		for i, o := range []op{one, other} {
			before := cpuTime(os.Getpid())
			s := run([]op{o}, bounds{time.Minute, int64(n)})
			if s.failed > 0 {
				return a, b, s.first
			}
			if turn > 0 { // the first warms up
				spent := (cpuTime(os.Getpid()) - before) / time.Duration(s.ops)
				if least[i] == 0 || spent < least[i] {
					least[i] = spent
				}
				samples[i].add(s)
			}
		}
	}
	return each{least[0], samples[0].quantile(.5)}, each{least[1], samples[1].quantile(.5)}, nil
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// measureConnectionLists holds the list of many connections against that of few.
func measureConnectionLists(p plan, binary, fewData, manyData string) ([]line, error) {
	var requests [2][]request
	var pids [2]int
	for i, data := range []string{manyData, fewData} {
		s := &server{binary: binary, data: data}
		if _, err := s.start(); err != nil {
			return nil, err
		}
		defer s.stop()
		who := newPerson("connector@example.com", "bench-password")
		defer who.close()
		if err := who.signIn(s.base); err != nil {
			return nil, err
		}
		requests[i], pids[i] = []request{who.page(s.base + "/records/oauth_consumer.connection")}, s.cmd.Process.Pid
	}
	return times(p, "list of 10,000 connections, of 100", 1.5, requests[0], requests[1], pids[0], pids[1])
}

// measureWizard holds the steps of a VAT return in the demo, which know HMRC's stand-in by
// then, against the form of a record.
func measureWizard(p plan, binary, data string) ([]line, error) {
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	s := &server{binary: binary, data: data, demo: true, localhost: true}
	_, err := s.start()
	if err != nil {
		return nil, err
	}
	defer s.stop()
	who := newPerson("marc@example.com", "marc")
	defer who.close()
	if err := who.signIn(s.base); err != nil {
		return nil, err
	}
	var lines []line
	at := s.base + wizard.StartPath(mtdvat.WizardName)
	for _, step := range []string{"period", "review"} {
		if at, err = who.walkTo(at, step); err != nil {
			return lines, err
		}
		more, err := times(p, "wizard page "+step+", of a form", 2, []request{who.page(at)}, []request{who.page(s.base + "/records/contacts.partner/1")}, s.cmd.Process.Pid, s.cmd.Process.Pid)
		lines = append(lines, more...)
		if err != nil {
			return lines, err
		}
	}
	more, err := measureChanges(s, data, who.page(at), who.page(s.base+"/records/contacts.partner/1"))
	return append(lines, more...), err
}

// measureChanges holds a page against the form when another process has just written
// something, and when that was something of the books.
func measureChanges(s *server, data string, page, form request) ([]line, error) {
	d, err := db.Open(context.Background(), db.Config{URL: "sqlite:" + filepath.Join(data, "demo.db")})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var lines []line
	for _, c := range []struct{ name, write string }{
		{"after a write", "UPDATE base_user SET updated_at = updated_at WHERE id = 1"},
		{"after a posting", `UPDATE accounting_invoice SET total = total + 1 WHERE id = (SELECT i.id FROM accounting_invoice i JOIN accounting_vat_period p
			ON p.company_id = i.company_id AND i.vat_date >= p.starts AND i.vat_date <= p.ends WHERE p.company_id = 1 AND p.state = 'open' AND i.state = 'posted' ORDER BY p.starts, i.id LIMIT 1)`},
	} {
		took, err := afterWrites(d, c.write, page, form)
		if err != nil {
			return lines, err
		}
		a, b := milli(took[0].quantile(.5)), milli(took[1].quantile(.5))
		lines = append(lines, figure("wizard page review "+c.name+", of a form", a/b, fmt.Sprintf("times (%.2f and %.2f ms)", a, b), budget{most: 2}))
	}
	return lines, nil
}

// looks is how often each page is asked for after a write.
const looks = 400

// afterWrites asks for two pages in turn, each time after a write of this process, and
// times the answers.
func afterWrites(d *db.DB, write string, pages ...request) (took [2]sample, err error) {
	var ops [2][]op
	for i, q := range pages {
		var closeAll func()
		if ops[i], closeAll, err = asking(1, q); err != nil {
			return took, err
		}
		defer closeAll()
	}
	for range looks {
		for i := range ops {
			if err := d.Write(context.Background(), func(tx *db.Tx) error { _, err := tx.Exec(write); return err }); err != nil {
				return took, err
			}
			s := run(ops[i], bounds{time.Minute, 1})
			if s.failed > 0 {
				return took, s.first
			}
			took[i].add(s)
		}
	}
	return took, nil
}

// standInUser and standInPassword are those of Marc's company at HMRC's stand-in.
const standInUser, standInPassword = "412096873315", "harrowvale"

// walkTo goes on with a VAT return until it stands at a step, by way of HMRC's stand-in
// when that is needed.
func (p *person) walkTo(from, step string) (string, error) {
	p.fields = map[string]string{"user_id": standInUser}
	p.password = standInPassword
	q := request{method: "GET", url: from, header: []string{"Accept: text/html"}}
	for range mostHops {
		at, page, err := p.follow(q)
		if err != nil {
			return "", err
		}
		if strings.HasSuffix(at.Path, "/"+step) {
			return at.String(), nil
		}
		if q, err = p.fillIn(at, page); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("the wizard does not come to its step %s, but to %s", step, q.url)
}

// follow sends a request, goes where the answers lead, and returns the page at the end.
func (p *person) follow(q request) (at *url.URL, page []byte, err error) {
	for range mostHops {
		r, err := p.do(q)
		if err != nil {
			return nil, nil, err
		}
		if at, err = url.Parse(q.url); err != nil {
			return nil, nil, err
		}
		if r.status == http.StatusOK {
			return at, r.body, nil
		}
		next, err := at.Parse(r.location)
		if r.status/100 != 3 || err != nil {
			return nil, nil, fmt.Errorf("%s %s: status %d: %.200s", q.method, at.Path, r.status, r.body)
		}
		q = request{method: "GET", url: next.String(), header: []string{"Accept: text/html"}}
	}
	return nil, nil, fmt.Errorf("%s leads around", q.url)
}
