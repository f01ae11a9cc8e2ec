package e2e_test

import (
	"context"
	"database/sql"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // reads and ages what a test cannot wait for

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

var setupLink = regexp.MustCompile(`http://\S+/setup\?\S+`)

// setup returns the link that a server printed, "" when there was none.
func (s *server) setup() string { return setupLink.FindString(s.greeting) }

const admin = "a password for the house"

// choose fills the form behind a setup link.
func choose(b *browser, p *view, password, again string) *view {
	f := p.form("/setup")
	f.fields.Set("password", password)
	f.fields.Set("again", again)
	return b.submit(p, f)
}

// TestFirstStart takes the way in of a database in which nobody has a password.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		o := at(t, url)
		o.port = port(t)
		s := o.serve()
		old := s.setup()
		if old == "" {
			t.Fatalf("the first start says %q, want a setup link", s.greeting)
		}
		s.stop()
		s = o.serve()
		link := s.setup()
		if link == "" || link == old {
			t.Fatalf("the second start says %q, want a new link", s.greeting)
		}
		scanner, person := newBrowser(t), newBrowser(t)
		scanner.get(old).want(http.StatusGone)
		scanner.get(link).want(http.StatusOK)
		p := person.get(link).want(http.StatusOK) // looking did not use it up
		choose(person, p, admin, "something else").want(http.StatusBadRequest)
		choose(person, p, "short", "short").want(http.StatusBadRequest)

		people := make([]*view, 4)
		var rush sync.WaitGroup
		for i := range people {
			b := newBrowser(t)
			rush.Go(func() { people[i] = choose(b, p, admin, admin) })
		}
		rush.Wait()
		won := 0
		for _, v := range people {
			switch v.status {
			case http.StatusOK:
				won++
			case http.StatusGone:
			default:
				t.Errorf("the setup link answers %d: %.300s", v.status, v.body)
			}
		}
		if won != 1 {
			t.Errorf("%d of 4 at once set the password, want one", won)
		}
		scanner.get(link).want(http.StatusGone)
		choose(scanner, p, "another long password", "another long password").want(http.StatusGone)
		person.signIn(s, "admin", admin).want(http.StatusOK)
		s.stop()
		if again := o.serve().setup(); again != "" {
			t.Errorf("a start with a password prints the link %s", again)
		}
	})
}

// TestSetupLate ages a link by an hour.
func TestSetupLate(t *testing.T) {
	t.Parallel()
	o := at(t, dbtest.URL(t, db.Postgres))
	s := o.serve()
	d, err := sql.Open("pgx", o.database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b := newBrowser(t)
	p := b.get(s.setup()).want(http.StatusOK)
	if _, err := d.ExecContext(context.Background(), "UPDATE setup SET expires_at = expires_at - interval '1 hour'"); err != nil {
		t.Fatal(err)
	}
	b.get(s.setup()).want(http.StatusGone)
	choose(b, p, admin, admin).want(http.StatusGone)
}

// TestDemo goes the first minutes of somebody who tries the house.
func TestDemo(t *testing.T) {
	t.Parallel()
	o := at(t, "")
	o.demo = true
	s := o.serve()
	for _, line := range []string{"admin@example.com", "anna@example.com", "marc@example.com"} {
		if !strings.Contains(s.greeting, line) {
			t.Errorf("the start says %q, want %s in it", s.greeting, line)
		}
	}
	if s.setup() != "" {
		t.Errorf("a demo prints a setup link: %s", s.greeting)
	}
	priya := newBrowser(t)
	priya.signIn(s, "admin@example.com", "admin").want(http.StatusOK, "Priya Raman")
	for _, path := range []string{"/", "/records/base.user", "/records/base.group", "/records/base.company", "/records/contacts.partner",
		"/records/oauth_provider.scope", "/records/oauth_provider.client", "/account", "/account/sessions", "/account/applications"} {
		priya.get(s.base + path).want(http.StatusOK)
	}
	menu := priya.get(s.base + "/records/base.user").body
	for _, name := range []string{"Audit log", "Sessions", "Scheduled jobs"} {
		path := linkTo(t, menu, name)
		priya.get(s.base+path).want(http.StatusOK, name)
	}
	for login, word := range map[string]string{"anna": "Anna Keller", "marc": "Marc Dubois"} {
		b := newBrowser(t)
		b.signIn(s, login+"@example.com", login).want(http.StatusOK, word)
		if p := b.get(s.base + "/records/oauth_provider.client"); p.status != http.StatusForbidden {
			t.Errorf("%s opens the clients with %d, want 403", login, p.status)
		}
	}
	if p := newBrowser(t).signIn(s, "admin", admin); p.at.Path != "/signin" {
		t.Errorf("a stranger is let in to %s", p.at)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/nowhere": 404, "/records/base.user": 200} {
		if p := newBrowser(t).get(s.base + path); p.status != want {
			t.Errorf("%s answers %d, want %d", path, p.status, want)
		}
	}
}

// linkTo finds where a word of the menu leads.
func linkTo(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`href="([^"]+)"[^>]*>(?:\s|<[^a][^>]*>)*` + name).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the menu has no %q: %.3000s", name, page)
	}
	return m[1]
}
