package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// TestCommands goes through what an operator does at the command line, on each engine.
func TestCommands(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		o := at(t, url)
		o.run("version").ok("tessera ")
		o.run("--help").ok("serve", "db backup", "--base-url", "TESSERA_BASE_URL")
		if strings.HasPrefix(url, "sqlite") {
			o.run("db", "check").refused("There is no database")
		}
		first := o.run("migrate").ok("The database is up to date")
		if again := o.run("migrate").ok(); again.out != first.out {
			t.Errorf("migrating twice says %q, then %q", first.out, again.out)
		}
		o.run("check").ok("in order", "up to date")
		o.run("routes").ok("/oauth2/authorize", "/signin", "/healthz", "/metrics")
		o.run("frobnicate").refused("frobnicate")
		o.run("user").refused(`"create"`)
		modules(o)
		users(o)
		backup(o)
	})
}

func modules(o *operator) {
	o.t.Helper()
	o.run("module", "list").ok("base", "contacts", "oauth_provider")
	o.run("module", "install", "contacts").ok("Installed already.")
	o.run("module", "install", "contcats").refused(`no module "contcats"`)
	o.run("module", "remove", "contcats").refused("not installed")
	o.run("module", "remove", "base").refused("needs base")
	o.run("module", "remove", "contacts").refused("needs contacts")
	everything := []string{"mtd_vat", "oauth_consumer", "oauth_provider", "accounting", "sales", "hr", "contacts"}
	for _, m := range everything { // nobody has used any: what they brought goes with them
		o.run("module", "remove", m).ok("Removed: " + m + ".")
	}
	o.run(append([]string{"module", "install"}, everything...)...).ok("Installed: ")
	o.run("check").ok("in order", "up to date")
	o.run("module", "remove", "sales").ok("Removed: sales.")
	o.run("module", "remove", "hr").ok("Removed: hr.")
	o.feed("- {model: hr.employee, id: x, values: {name: x}}", "load", "-").refused("there is no such model")
	o.serve().stop() // without it the house stands
	o.run("module", "install", "hr").ok("Installed: hr.")
	o.feed("- {model: hr.employee, id: kept, values: {name: Kept, company: main}}", "load", "-").ok("1 created")
	o.run("module", "remove", "hr").refused("1 records of hr.employee")
}

func users(o *operator) {
	o.t.Helper()
	o.feed("a long enough secret\n", "user", "create", "lee@example.com", "--name", "Lee Wong").ok("Lee Wong can sign in")
	o.feed("a long enough secret\n", "user", "create", "lee@example.com", "--name", "Lee Wong").refused("already in use")
	o.run("user", "create", "kim@example.com").refused("--name")
	o.run("user", "create", "kim@example.com", "--name", "Kim").refused("on standard input")
	o.run("user", "create", "kim@example.com", "a long enough secret", "--name", "Kim").refused("unexpected argument")
	o.feed("short\n", "user", "password", "lee@example.com").refused("at least")
	o.feed("a long enough secret\n", "user", "password", "nobody").refused(`no user "nobody"`)
	o.feed("another long secret", "user", "password", "LEE@example.com").ok("Lee Wong is set")
	s := o.serve()
	b := newBrowser(o.t)
	if p := b.signIn(s, "lee@example.com", "a long enough secret"); p.at.Path != "/signin" {
		o.t.Errorf("the old password leads to %s", p.at)
	}
	b.signIn(s, "lee@example.com", "another long secret").want(http.StatusOK, "Lee Wong")
	o.feed("a third long secret", "user", "password", "lee@example.com").ok()
	if p := b.get(s.base + "/"); p.at.Path != "/signin" {
		o.t.Errorf("after a new password the old session opens %s", p.at)
	}
	s.stop()
}

// backup copies the database while it is served, and brings the copy to another place.
func backup(o *operator) {
	t := o.t
	t.Helper()
	s := o.serve()
	o.run("db", "backup", "copy").ok("copied", "leaves the keyset out")
	s.stop()
	info, err := os.Stat(o.file("copy"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v, want a file that only its owner reads", info, err)
	}
	o.run("db", "backup", "copy").refused("exists already")
	o.run("db", "backup", "nowhere/copy").refused("The folder nowhere does not exist.")
	o.run("db", "check").ok("sound")
	o.run("db", "restore", "copy").refused("not empty")

	there := at(t, "")
	if o.database != "" && strings.HasPrefix(o.database, "postgres") {
		there.database = dbtest.URL(t, "postgres")
	}
	there.run("db", "restore", "nowhere").refused("There is no backup nowhere.")
	write(t, there.file("junk"), "no backup")
	there.run("db", "restore", "junk").refused("junk is not a backup.")
	half := read(t, o.file("copy"))
	write(t, there.file("half"), half[:len(half)/2])
	there.run("db", "restore", "half").refused()
	there.run("db", "restore", o.file("copy")).ok("restored")
	there.run("migrate").refused("The keyset of this database is missing")
	write(t, there.file("tessera.keyset"), read(t, o.file("tessera.keyset")))
	there.feed("- {model: hr.employee, id: kept, values: {name: Kept, company: main}}", "load", "-").ok("1 unchanged")
}

// TestStop ends a server while requests are under way: they are answered. Killed in the
// middle of writing, it starts again, with everything that it said was stored.
func TestStop(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		o := at(t, url)
		o.feed(partners, "load", "-").ok()
		o.feed(fmt.Sprintf(access, "http://localhost:1"), "load", "-").ok()
		o.port = port(t)
		s := o.serve()
		lea := newBrowser(t)
		lea.signIn(s, "lea@example.com", password).want(http.StatusOK)
		c := newClient(t, s)
		token := c.token(lea)
		stopUnderWay(t, s)
		o.run("db", "check").ok("sound")

		s = o.serve()
		stored := crash(t, o, s)
		s = o.serve()
		data(s, token).want(http.StatusOK, "Chaux")
		lea.get(s.base+"/account").want(http.StatusOK, "Léa Martin")
		for _, name := range stored {
			o.feed("- {model: contacts.tag, id: "+name+", values: {name: "+name+"}}", "load", "-").ok("1 unchanged")
		}
		s.stop()
		o.run("db", "check").ok("sound")
	})
}

// stopUnderWay tells the server to end when half of a request has reached it.
func stopUnderWay(t *testing.T, s *server) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	body := url.Values{"login": {"lea@example.com"}, "password": {password}}.Encode()
	fmt.Fprintf(conn, "POST /signin HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", s.base, len(body))
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the server says %q, %v, want to go on", line, err)
	}
	_, _ = answers.ReadString('\n')
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it takes no more connections
		probe, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			break
		}
		_ = probe.Close()
	}
	_, _ = io.WriteString(conn, body)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, " 303 ") {
		t.Errorf("the request under way is answered %q, %v, want 303", line, err)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("the server ends with %d, want 0: %s", code, s.log)
	}
}

// crash kills the server while people sign in and a command writes; it returns what the
// command said it has stored.
func crash(t *testing.T, o *operator, s *server) (stored []string) {
	t.Helper()
	var visitors sync.WaitGroup
	for range 4 {
		visitors.Go(func() {
			client := newBrowser(t).client
			for {
				res, err := client.Get(s.base + "/signin")
				if err != nil {
					return // the server is dead
				}
				_ = res.Body.Close()
			}
		})
	}
	for i := range 3 {
		name := fmt.Sprintf("tag%d", i)
		o.feed("- {model: contacts.tag, id: "+name+", values: {name: "+name+"}}", "load", "-").ok("1 created")
		stored = append(stored, name)
	}
	s.kill()
	visitors.Wait()
	if _, err := os.Stat(filepath.Join(o.data, "tessera.keyset")); err != nil {
		t.Error(err)
	}
	return stored
}
