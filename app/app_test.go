package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
)

var all = []app.Module{base.Module(), contacts.Module()}

// answer is what one run of the command line gave.
type answer struct {
	code     int
	out, err string
}

// tessera runs a command line with input on the data folder.
func tessera(t *testing.T, data, input string, args ...string) answer {
	t.Helper()
	var out, errs bytes.Buffer
	code := app.Run(t.Context(), all, append(args, "--data", data), app.Streams{In: strings.NewReader(input), Out: &out, Errors: &errs})
	return answer{code, out.String(), errs.String()}
}

func (a answer) ok(t *testing.T, want string) {
	t.Helper()
	if a.code != 0 || !strings.Contains(a.out, want) {
		t.Errorf("exit code %d, output %q, errors %q; want 0 and %q", a.code, a.out, a.err, want)
	}
}

// fails checks that the answer is one sentence for a person, and an exit code.
func (a answer) fails(t *testing.T, code int, want string) {
	t.Helper()
	line := strings.TrimSuffix(a.err, "\n")
	line = strings.TrimPrefix(line, "New password: \n")
	if a.code != code || !strings.HasPrefix(line, "tessera: ") || !strings.Contains(line, want) || strings.Contains(line, "goroutine") || strings.Contains(line, "\n") {
		t.Errorf("exit code %d, errors %q; want %d and one line with %q", a.code, a.err, code, want)
	}
}

// installed returns a data folder with a database of all modules.
func installed(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	tessera(t, data, "", "migrate").ok(t, "up to date")
	return data
}

func exec(t *testing.T, data, statement string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: "sqlite:" + filepath.Join(data, "tessera.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	t.Run("ErrBrokenFile", func(t *testing.T) {
		t.Parallel()
		data := t.TempDir()
		if err := os.WriteFile(filepath.Join(data, "tessera.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		tessera(t, data, "", "serve").fails(t, 1, "tessera.db")
	})
	t.Run("ErrNewerSchema", func(t *testing.T) {
		t.Parallel()
		data := installed(t)
		exec(t, data, "INSERT INTO schema_migration (id) VALUES ('kernel/9999_future')")
		tessera(t, data, "", "serve").fails(t, 1, "newer version of Tessera")
	})
	t.Run("ErrMissingFolder", func(t *testing.T) {
		t.Parallel()
		tessera(t, filepath.Join(t.TempDir(), "nowhere"), "", "serve").fails(t, 1, "does not exist")
	})
	t.Run("ErrPortInUse", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		tessera(t, t.TempDir(), "", "serve", "--addr", l.Addr().String()).fails(t, 1, "in use by another program")
	})
	t.Run("ErrNoServer", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "serve", "--database", "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=2").fails(t, 1, "nothing on 127.0.0.1")
	})
	t.Run("ErrDatabaseURL", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "serve", "--database", "mysql://x").fails(t, 1, "sqlite:PATH")
	})
	t.Run("ErrFlag", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "serve", "--adress", "x").fails(t, 2, "--adress")
	})
	t.Run("ErrPublicIP", func(t *testing.T) {
		t.Parallel()
		for _, ip := range []string{"10.1.2.3", "127.0.0.1", "100.64.0.7", "0.0.0.0", "fe80::1%eth0", "::ffff:192.168.1.1", "erp.example.com", "203.0.113.6:443"} {
			tessera(t, t.TempDir(), "", "serve", "--public-ip", ip).fails(t, 1, `"`+ip+`" is no address on the internet: write --public-ip as 203.0.113.6`)
		}
	})
	t.Run("ErrCommand", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "swerve").fails(t, 2, "swerve")
	})
	t.Run("ErrBaseURL", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "serve", "--base-url", "erp.example.com").fails(t, 1, "no base URL")
	})
	t.Run("ErrAddr", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "serve", "--addr", "8069").fails(t, 1, "host:port")
	})
	t.Run("ErrModule", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "serve", "--modules", "contcats").fails(t, 1, `no module "contcats"`)
	})
	t.Run("ErrConfigKey", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "tessera.yaml")
		if err := os.WriteFile(file, []byte("adress: x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		tessera(t, t.TempDir(), "", "serve", "--config", file).fails(t, 2, `"adress", which is no setting`)
	})
	t.Run("ErrLoadFile", func(t *testing.T) {
		t.Parallel()
		tessera(t, t.TempDir(), "", "load", "/nowhere.yaml").fails(t, 1, "There is no file /nowhere.yaml.")
	})
	t.Run("ErrLoadRecord", func(t *testing.T) {
		t.Parallel()
		tessera(t, installed(t), "- {model: contacts.tag, id: x, values: {}}", "load", "-").fails(t, 1, "-:1: contacts.tag x, name: Enter a value.")
	})
}

// The keyset is made once, with the database; without it, or with another, nothing starts.
func TestKeyset(t *testing.T) {
	t.Parallel()
	data := installed(t)
	file := filepath.Join(data, "tessera.keyset")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the keyset is %v, %v, want a file of mode 0600", info, err)
	}
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	tessera(t, data, "", "migrate").fails(t, 1, "keyset of this database is missing")
	if _, err := os.Stat(file); err == nil {
		t.Error("a new keyset was made for a database that has one")
	}
	other := installed(t)
	text, err := os.ReadFile(filepath.Join(other, "tessera.keyset"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	tessera(t, data, "", "migrate").fails(t, 1, "does not fit this database")
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	tessera(t, data, "", "migrate").ok(t, "up to date")
	tessera(t, data, "", "keyset", "rotate").ok(t, "keyset of 2 keys")
	tessera(t, data, "", "keyset", "rotate").ok(t, "keyset of 3 keys")
	tessera(t, data, "", "migrate").ok(t, "up to date") // what the first has sealed still opens
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the rotated keyset is %v, %v, want a file of mode 0600", info, err)
	}
}

// Passwords that everybody knows stay where --demo is said.
func TestDemoApart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	url := "sqlite:" + filepath.Join(data, "x.db")
	demo := func(args ...string) answer { return tessera(t, data, "", append(args, "--database", url)...) }
	demo("migrate", "--demo").ok(t, "up to date")
	if err := os.Rename(filepath.Join(data, "demo.keyset"), filepath.Join(data, "tessera.keyset")); err != nil {
		t.Fatal(err)
	}
	demo("serve").fails(t, 1, "This is a demo database")
	plain := installed(t)
	if err := os.Rename(filepath.Join(plain, "tessera.keyset"), filepath.Join(plain, "demo.keyset")); err != nil {
		t.Fatal(err)
	}
	tessera(t, plain, "", "serve", "--demo", "--database", "sqlite:"+filepath.Join(plain, "tessera.db")).fails(t, 1, "no demo database")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	data := installed(t)
	tessera(t, data, "a long enough secret\n", "user", "create", "lee@example.com", "--name", "Lee Wong", "--groups", "base.user,contacts.user").ok(t, "Lee Wong can sign in")
	tessera(t, data, "another long secret\n", "user", "password", "LEE@example.com").ok(t, "Lee Wong is set")
	tessera(t, data, "short\n", "user", "password", "lee@example.com").fails(t, 1, "at least")
	tessera(t, data, "", "user", "password", "lee@example.com").fails(t, 1, "on standard input")
	tessera(t, data, "whatever it may be\n", "user", "password", "nobody@example.com").fails(t, 1, "no user")
	tessera(t, data, "a long enough secret\n", "user", "create", "lee@example.com", "--name", "Lee").fails(t, 1, "already in use")
}

func TestModules(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	tessera(t, data, "", "migrate", "--modules", "base").ok(t, "1 modules")
	tessera(t, data, "- {model: contacts.tag, id: x, values: {name: x}}", "load", "-").fails(t, 1, "no such model")
	tessera(t, data, "", "module", "list").ok(t, "contacts  -")
	tessera(t, data, "", "module", "remove", "base").fails(t, 1, "cannot be removed")
	tessera(t, data, "", "module", "install", "contacts").ok(t, "Installed: contacts.")
	tessera(t, data, "", "module", "install", "contacts").ok(t, "Installed already.")
	tessera(t, data, "", "module", "remove", "base").fails(t, 1, "needs base")
	tessera(t, data, "- {model: contacts.tag, id: x, values: {name: x}}", "load", "-").ok(t, "1 created")
	tessera(t, data, "", "module", "remove", "contacts").fails(t, 1, "1 records of contacts.tag")
	exec(t, data, "DELETE FROM contacts_tag")
	tessera(t, data, "", "module", "remove", "contacts").ok(t, "Removed: contacts.")
	tessera(t, data, "", "module", "list").ok(t, "contacts  -")
	tessera(t, data, "", "module", "install", "contacts").ok(t, "Installed: contacts.")
	tessera(t, data, "", "module", "install", "conrtacts").fails(t, 1, "no module")
}

func TestBackup(t *testing.T) {
	t.Parallel()
	data := installed(t)
	tessera(t, data, "- {model: contacts.tag, id: kept, values: {name: Kept}}", "load", "-").ok(t, "1 created")
	file := filepath.Join(t.TempDir(), "backup")
	tessera(t, data, "", "db", "backup", file).ok(t, "leaves the keyset out")
	tessera(t, data, "", "db", "check").ok(t, "sound")
	tessera(t, data, "", "db", "backup", file).fails(t, 1, "exists already")
	again := t.TempDir()
	tessera(t, again, "", "db", "restore", file).ok(t, "restored")
	tessera(t, again, "", "migrate").fails(t, 1, "keyset of this database is missing")
	text, err := os.ReadFile(filepath.Join(data, "tessera.keyset"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(again, "tessera.keyset"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	tessera(t, again, "- {model: contacts.tag, id: kept, values: {name: Kept}}", "load", "-").ok(t, "1 unchanged")
}

func TestLists(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	tessera(t, data, "", "check").ok(t, "There is no database yet.")
	tessera(t, data, "", "routes").ok(t, "/signin")
	tessera(t, data, "", "check").ok(t, "up to date")
	tessera(t, data, "", "version").ok(t, "tessera ")
	tessera(t, data, "", "--help").ok(t, "Usage: tessera")
}

// On every engine: the first start prints a link to set the password, which works once;
// load works beside the running server; a stop is clean; a second start is warm.
func TestServe(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		data := t.TempDir()
		first := start(t, data, url)
		link := regexp.MustCompile(`http://localhost\S+/setup\?\S+`).FindString(first.greeting)
		if link == "" {
			t.Fatalf("the first start said %q, want a setup link", first.greeting)
		}
		if status := get(t, first.base+"/healthz"); status != 200 {
			t.Errorf("/healthz answers %d, want 200", status)
		}
		if status := get(t, link); status != 200 {
			t.Errorf("the setup link answers %d, want 200", status)
		}
		tessera(t, data, "- {model: base.user, id: eve, values: {login: eve, name: Eve, password: long enough secret, company: main}}", "load", "-", "--database", url).ok(t, "1 created")
		if status := get(t, link); status == 200 {
			t.Error("the setup link still works although somebody has a password")
		}
		if code := first.stop(); code != 0 {
			t.Errorf("a stopped server ends with %d, want 0", code)
		}
		second := start(t, data, url)
		if strings.Contains(second.greeting, "/setup") {
			t.Errorf("the second start said %q, want no setup link", second.greeting)
		}
		second.stop()
	})
}

// server is a running `tessera serve`.
type server struct {
	base, greeting string
	stop           func() int
}

func start(t *testing.T, data, url string) server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		code := app.Run(ctx, all, []string{"serve", "--addr", addr, "--data", data, "--database", url}, app.Streams{In: strings.NewReader(""), Out: write, Errors: &errs})
		_ = write.Close()
		ended <- code
	}()
	t.Cleanup(cancel)
	greeting := make([]byte, 4096)
	n, err := read.Read(greeting)
	if err != nil {
		t.Fatalf("the server ended with %d: %s", <-ended, errs.String())
	}
	return server{fmt.Sprintf("http://%s", addr), string(greeting[:n]), func() int {
		cancel()
		return <-ended
	}}
}

func get(t *testing.T, url string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}
