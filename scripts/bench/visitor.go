package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// signIn goes through the sign-in page.
func (p *person) signIn(base string) error {
	q := request{method: "GET", url: base + "/signin", header: []string{"Accept: text/html"}}
	r, err := p.do(q)
	if err != nil {
		return err
	}
	here, err := url.Parse(q.url)
	if err != nil {
		return err
	}
	if q, err = p.fillIn(here, r.body); err != nil {
		return err
	}
	if r, err = p.do(q); err == nil && r.status/100 != 3 {
		err = fmt.Errorf("signing in: status %d: %.200s", r.status, r.body)
	}
	return err
}

// page is a request for a page with the person's cookies.
func (p *person) page(at string) request {
	q := request{method: "GET", url: at, header: []string{"Accept: text/html", "Accept-Language: en"}}
	var jar []string
	for name, value := range p.cookies {
		jar = append(jar, name+"="+value)
	}
	q.header = append(q.header, "Cookie: "+strings.Join(jar, "; "))
	return q
}

// Every page of the demo is asked for so often, one request at a time.
const (
	visits     = 15
	mostPages  = 200
	pageBudget = 10.0 // ms
)

// measureDemo follows the links of the demo from its home: every menu's list, a record and
// the new form of each, the account's pages. It reports the slowest page.
func measureDemo(binary, work string) ([]line, error) {
	s := &server{binary: binary, data: filepath.Join(work, "demo"), demo: true}
	if err := os.Mkdir(s.data, 0o700); err != nil {
		return nil, err
	}
	if _, err := s.start(); err != nil {
		return nil, err
	}
	defer s.stop()
	who := newPerson("admin@example.com", "admin")
	defer who.close()
	if err := who.signIn(s.base); err != nil {
		return nil, err
	}
	paths, err := who.explore(s.base, []string{"/", "/search?q=oak", "/search?q=anna", "/records/contacts.partner?q=oak", "/records/contacts.partner/options?q=a", "/records/sales.order?f.state=draft"})
	if err != nil {
		return nil, err
	}
	type slow struct {
		path string
		p50  time.Duration
		cpu  time.Duration
	}
	var all []slow
	for _, path := range paths {
		var lat sample
		before := cpuTime(s.cmd.Process.Pid)
		for range visits {
			began := time.Now()
			if _, err := who.do(who.page(s.base + path)); err != nil {
				return nil, err
			}
			lat.lat = append(lat.lat, time.Since(began))
		}
		all = append(all, slow{path, lat.quantile(.5), (cpuTime(s.cmd.Process.Pid) - before) / visits})
	}
	slices.SortFunc(all, func(a, b slow) int { return int(b.p50 - a.p50) })
	for _, one := range all[:min(len(all), 12)] {
		fmt.Fprintf(os.Stderr, "bench: %8.2f ms p50, %6.2f ms processor time: %s\n", milli(one.p50), milli(one.cpu), one.path)
	}
	return []line{figure("slowest of "+strconv.Itoa(len(all))+" pages of the demo, p50", milli(all[0].p50), "ms ("+all[0].path+")", budget{most: pageBudget})}, nil
}

// explore returns the paths of some pages, and of those that links lead to: of like pages,
// those of two records of a model, one.
func (p *person) explore(base string, seeds []string) ([]string, error) {
	kinds, out := map[string]bool{}, []string{}
	for queue := slices.Clone(seeds); len(queue) > 0 && len(out) < mostPages; {
		path := queue[0]
		queue = queue[1:]
		if kinds[kindOf(path)] && !slices.Contains(seeds, path) || slices.Contains(out, path) {
			continue
		}
		kinds[kindOf(path)] = true
		r, err := p.do(p.page(base + path))
		if err != nil {
			return nil, err
		}
		if r.status != 200 {
			continue
		}
		out = append(out, path)
		links, err := linksOf(r.body)
		if err != nil {
			return nil, err
		}
		queue = append(queue, links...)
	}
	return out, nil
}

// kindOf is what like pages share: the path without its query and its numbers.
func kindOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if _, err := strconv.Atoi(part); err == nil {
			parts[i] = "1"
		}
	}
	return strings.Join(parts, "/")
}

// linksOf are the local pages that a page leads to.
func linksOf(page []byte) ([]string, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	var out []string
	for n := range doc.Descendants() {
		href := attribute(n, "href")
		if n.Data != "a" || !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "//") || has(n, "download") || strings.Contains(href, "signout") || strings.Contains(href, ".csv") {
			continue
		}
		href, _, _ = strings.Cut(href, "#")
		out = append(out, href)
	}
	return out, nil
}
