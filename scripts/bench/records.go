package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/db"
)

//go:embed records.yaml
var recordsFixture []byte

// few is the length of the list that a long one is held against.
const few = 1000

// customers share the orders, each with as many in every state.
const customers = 1000

// orderStates are what the orders of the bench are in.
var orderStates = []string{"draft", "confirmed", "done", "cancelled"}

// measureRecords measures what reads many records: the records API against a handler
// written by hand, and against PocketBase where there is one, a list of many against a
// list of few, previews of a scope over many, and every page of the demo.
func measureRecords(p plan, dir string, many int, pocketbase string) (lines []line, err error) {
	work, err := os.MkdirTemp(dir, "tessera-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	binary, err := build(work)
	if err != nil {
		return nil, err
	}
	large, err := serverWithOrders(binary, work, many)
	if large != nil {
		defer large.stop()
	}
	if err != nil {
		return nil, err
	}
	small, err := serverWithOrders(binary, work, few)
	if small != nil {
		defer small.stop()
	}
	if err != nil {
		return nil, err
	}
	for _, part := range []func() ([]line, error){
		func() ([]line, error) { return measurePages(p, large, pocketbase, work, many) },
		func() ([]line, error) { return measureDepth(p, large, many) },
		func() ([]line, error) { return measureLists(p, large, small) },
		func() ([]line, error) { return measurePreviews(large) },
		func() ([]line, error) { return measureDemo(binary, work) },
	} {
		more, err := part()
		lines = append(lines, more...)
		for _, l := range more {
			fmt.Fprintf(os.Stderr, "bench: %s: %.3g %s\n", l.Name, cmp.Or(l.Figure, l.Ratio), l.Unit)
		}
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// serverWithOrders starts a server on a new database of so many orders.
func serverWithOrders(binary, work string, many int) (*server, error) {
	s := &server{binary: binary, data: filepath.Join(work, "data-"+strconv.Itoa(many))}
	if err := os.Mkdir(s.data, 0o700); err != nil {
		return nil, err
	}
	if _, err := s.start(); err != nil {
		return nil, err
	}
	if err := s.load(work, slices.Concat(fixture, recordsFixture)); err != nil {
		return s, err
	}
	if err := s.stop(); err != nil {
		return s, err
	}
	ctx := context.Background()
	d, err := s.openDatabase(ctx)
	if err != nil {
		return s, err
	}
	err = errors.Join(fillOrders(ctx, d, many), d.Close())
	if err == nil {
		_, err = s.start()
	}
	return s, err
}

// fillOrders adds customers and, newest last, their orders, a few a day. It is for SQLite.
func fillOrders(ctx context.Context, d *db.DB, many int) error {
	err := d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO contacts_partner (version, created_at, updated_at, name, ref, is_company, email, phone, website, vat, street, city, zip, credit_limit, note, active)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT 1, created_at, updated_at, 'Customer ' || i, 'c' || i, TRUE, '', '', '', '', '', '', '', 0, '', TRUE FROM n, contacts_partner p WHERE p.name = 'Bench customer'`, customers)
		return err
	})
	for at := 0; at < many && err == nil; at += fillBatch {
		end := min(at+fillBatch, many)
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO sales_order (version, created_at, updated_at, number, partner_id, date, state, salesperson_id, company_id, currency_id, untaxed, tax, total, note)
				WITH RECURSIVE n (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				SELECT 1, p.created_at, p.updated_at, 'SO-' || substr('000000' || i, -7), (SELECT MIN(id) FROM contacts_partner WHERE ref = 'c1') + i % ?, date('2020-01-01', '+' || (i / 500) || ' days'),
					CASE (i / ?) % 4 WHEN 0 THEN 'draft' WHEN 1 THEN 'confirmed' WHEN 2 THEN 'done' ELSE 'cancelled' END, (SELECT id FROM base_user WHERE login = 'boss@example.com'),
					(SELECT MIN(id) FROM base_company), c.currency_id, i * 100, i * 20, i * 120, 'delivery to the back door, ring twice'
				FROM n, contacts_partner p, base_company c WHERE p.name = 'Bench customer' AND c.id = (SELECT MIN(id) FROM base_company)`, at, end-1, customers, customers)
			return err
		})
	}
	return err
}

// bearer is a token of the client that reads orders.
func (t target) bearer() (string, error) {
	who := newPerson("", "")
	defer who.close()
	got, err := who.tokens(request{method: "POST", url: t.base + "/oauth2/token", header: []string{t.basic("bench-records")}, form: url.Values{"grant_type": {"client_credentials"}, "scope": {"bench_orders"}}})
	return got.Access, err
}

// orderFields are the five of a page.
const orderFields = "number,date,state,untaxed,total"

// pageRequest is a page of orders by the records API.
func (t target) pageRequest(token string, filter, cursor string, limit int) request {
	q := url.Values{"filter": {filter}, "fields": {orderFields}, "limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	return request{method: "GET", url: t.base + "/api/records/sales.order?" + q.Encode(), header: []string{"Authorization: Bearer " + token}}
}

// questions are how many different filters the pages are asked for with.
const questions = 64

// measurePages holds the records API against the same page written by hand, and against
// PocketBase: 100 of many orders by two filters with five fields.
func measurePages(p plan, s *server, pocketbase, work string, many int) ([]line, error) {
	hand, err := startHelper(handArg, "sqlite:"+filepath.Join(s.data, "tessera.db"))
	if err != nil {
		return nil, err
	}
	defer hand.stop()
	t := s.target()
	token, err := t.bearer()
	if err != nil {
		return nil, err
	}
	first, err := s.firstCustomer()
	if err != nil {
		return nil, err
	}
	var ours, theirs, pocket []request
	for i := range questions {
		partner, state := strconv.FormatInt(first+int64(i*37%customers), 10), orderStates[i%len(orderStates)]
		ours = append(ours, t.pageRequest(token, `[["partner","=",`+partner+`],["state","=","`+state+`"]]`, "", 100))
		theirs = append(theirs, request{method: "GET", url: hand.url + "/?" + url.Values{"partner": {partner}, "state": {state}}.Encode()})
		pocket = append(pocket, request{method: "GET", url: pocketPage(partner, state)})
	}
	lines, err := contest(p, "records page, of a hand-written one", 0.7, party{ours, s.cmd.Process.Pid}, party{theirs, hand.cmd.Process.Pid})
	if err != nil || pocketbase == "" {
		return lines, err
	}
	peer, err := startPocketBase(pocketbase, work, filepath.Join(s.data, "tessera.db"), many)
	if err != nil {
		return lines, err
	}
	defer peer.stop()
	for i := range pocket {
		pocket[i].url = peer.base + pocket[i].url
	}
	more, err := contest(p, "records page, of PocketBase's", 5, party{ours, s.cmd.Process.Pid}, party{pocket, peer.cmd.Process.Pid})
	return append(lines, more...), err
}

// firstCustomer is the lowest of the customers' ids, which follow each other.
func (s *server) firstCustomer() (id int64, err error) {
	d, err := db.Open(context.Background(), db.Config{URL: "sqlite:" + filepath.Join(s.data, "tessera.db"), ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer d.Close()
	err = d.QueryRowContext(context.Background(), "SELECT MIN(id) FROM contacts_partner WHERE ref = 'c1'").Scan(&id)
	return id, err
}

// party is one side of a contest: what is asked, and the process that answers.
type party struct {
	requests []request
	pid      int
}

// rounds is how often the sides of a contest take turns, so that what else the machine
// does falls on both.
const rounds = 4

// contest measures two parties in turn. The ratio of speed and the ratio of the processor
// time that the servers spend on an answer must both be at least so much: the first has
// the measuring in it, the second is the servers' own.
func contest(p plan, name string, least float64, ours, theirs party) ([]line, error) {
	var samples [2]sample
	var spent [2]time.Duration
	for round := range rounds + 1 {
		for i, side := range []party{ours, theirs} {
			ops, closeAll, err := asking(p.connections, side.requests...)
			if err != nil {
				return nil, err
			}
			before := cpuTime(side.pid)
			s := run(ops, bounds{p.bounds.time / rounds, p.bounds.count})
			closeAll()
			if round > 0 { // the first warms up
				spent[i] += cpuTime(side.pid) - before
				took := samples[i].took + s.took
				samples[i].add(s)
				samples[i].took = took
			}
		}
	}
	l := judge(name, samples[0], samples[1], budget{ratio: least})
	each := func(i int) float64 { return float64(spent[i]) / float64(max(samples[i].ops, 1)) }
	return []line{l, figure(name+", processor time", each(1)/each(0), fmt.Sprintf("(%.0f and %.0f µs)", each(0)/1e3, each(1)/1e3), budget{least: least})}, nil
}

// depth is the page that is held against the first.
const depth = 9000

// measureDepth holds a page deep in the list of all orders against the first one.
func measureDepth(p plan, s *server, many int) ([]line, error) {
	t := s.target()
	token, err := t.bearer()
	if err != nil {
		return nil, err
	}
	const filter = `[["total",">=",1],["untaxed",">=",1]]`
	who := newPerson("", "")
	defer who.close()
	cursor := ""
	for at := 0; at+1000 <= min(depth*100, many-1000); at += 1000 {
		r, err := who.do(t.pageRequest(token, filter, cursor, 1000))
		if err != nil {
			return nil, err
		}
		var page struct{ Next string }
		if err := json.Unmarshal(r.body, &page); err != nil || page.Next == "" {
			return nil, fmt.Errorf("no cursor: status %d: %.200s", r.status, r.body)
		}
		cursor = page.Next
	}
	one, deep := []request{t.pageRequest(token, filter, "", 100)}, []request{t.pageRequest(token, filter, cursor, 100)}
	return times(p, "page 9,000 of the records, of page 1", 1.2, deep, one, s.cmd.Process.Pid, s.cmd.Process.Pid)
}

// measureLists holds the first page of a long list against that of a short one, with
// everything on it: rows, total, facets.
func measureLists(p plan, large, small *server) ([]line, error) {
	var requests [2][]request
	for i, s := range []*server{large, small} {
		who := newPerson("boss@example.com", "bench-password")
		defer who.close()
		if err := who.signIn(s.base); err != nil {
			return nil, err
		}
		requests[i] = []request{who.page(s.base + "/records/sales.order")}
	}
	return times(p, "list of many orders, of 1,000", 1.5, requests[0], requests[1], large.cmd.Process.Pid, small.cmd.Process.Pid)
}

// times measures on one connection how much longer one answer takes than another, by the
// clock and by the processor time of the server; each must be at most so many times.
func times(p plan, name string, most float64, one, other []request, pid, otherPID int) ([]line, error) {
	var samples [2]sample
	var spent [2]time.Duration
	pids := []int{pid, otherPID}
	for round := range rounds + 1 {
		for i, q := range [][]request{one, other} {
			ops, closeAll, err := asking(1, q...)
			if err != nil {
				return nil, err
			}
			before := cpuTime(pids[i])
			s := run(ops, bounds{p.bounds.time / rounds / 2, p.bounds.count})
			closeAll()
			if s.failed > 0 {
				return nil, fmt.Errorf("%s: %w", name, s.first)
			}
			if round > 0 { // the first warms up
				spent[i] += cpuTime(pids[i]) - before
				samples[i].add(s)
			}
		}
	}
	each := func(i int) float64 { return float64(spent[i]) / float64(samples[i].ops) }
	a, b := milli(samples[0].quantile(.5)), milli(samples[1].quantile(.5))
	return []line{
		figure(name, a/b, fmt.Sprintf("times (%.2f and %.2f ms)", a, b), budget{most: most}),
		figure(name+", processor time", each(0)/each(1), fmt.Sprintf("times (%.0f and %.0f µs)", each(0)/1e3, each(1)/1e3), budget{most: most}),
	}, nil
}

// measurePreviews asks for the preview of scopes over all orders: one whose filter most
// match, one that nothing matches and no index helps with, and one that few match.
func measurePreviews(s *server) ([]line, error) {
	who := newPerson("boss@example.com", "bench-password")
	defer who.close()
	if err := who.signIn(s.base); err != nil {
		return nil, err
	}
	var lines []line
	for _, c := range []struct{ name, filter string }{
		{"most", `[["total", ">=", 1]]`}, {"none, without an index", `[["note", "ilike", "nothing like it"]]`}, {"some, by an index", `[["date", "=", "2020-02-02"]]`},
	} {
		q := request{method: "POST", url: s.base + "/records/oauth_provider.scope/new", form: url.Values{"_preview": {"1"}, "name": {"Bench"}, "code": {"bench"}, "model": {"sales.order"},
			"filter": {c.filter}, "fields": strings.Split(orderFields, ","), "operations": {"read"}, "_has": {"fields", "operations"}},
			header: []string{"Origin: " + s.base, "Sec-Fetch-Site: same-origin", "Accept: text/html"}}
		var all sample
		for range 9 {
			began := time.Now()
			r, err := who.do(q)
			if err != nil || r.status != 200 {
				return lines, fmt.Errorf("preview: status %d: %w", r.status, err)
			}
			all.lat = append(all.lat, time.Since(began))
			if !strings.Contains(string(r.body), "scope-match") {
				return lines, fmt.Errorf("preview: no number of matches in %.300s", r.body)
			}
		}
		lines = append(lines, figure("preview, matching "+c.name, milli(all.quantile(.5)), "ms", budget{most: 300}))
	}
	return lines, nil
}
