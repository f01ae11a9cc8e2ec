// Package curl_test runs the shell scripts of this folder against a real server.
package curl_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

func TestMain(m *testing.M) { apptest.Main(m) }

const (
	webshopSecret = "webshop-demo-secret-not-for-production"
	nightSecret   = "night-sync-demo-secret-not-for-production"
	tillSecret    = `the "till's" secret \ & + %`
	redirect      = "http://localhost:8100/callback"
)

// house is a server with the demo and the clients that the scripts need beside it. The
// webshop and Odoo are trusted here: what the consent page does has tests of its own.
func house(t *testing.T, at string) *apptest.App {
	t.Helper()
	for _, program := range []string{"sh", "curl", "openssl", "sed"} {
		_, err := exec.LookPath(program)
		dbtest.Require(t, program, err == nil, "it is not installed")
	}
	a := apptest.New(t, at, modules.All...)
	until := time.Now().AddDate(0, 6, 0).Format(time.DateOnly)
	a.Load(`
- {model: oauth_provider.client, id: demo_webshop, values: {skip_authorization: true}}
- {model: oauth_provider.client, id: till, values: {name: Till, identifier: till, secret: '` + strings.ReplaceAll(tillSecret, "'", "''") + `', application_type: legacy, legacy_until: ` + until + `, scopes: [profile, email], default_scopes: [profile]}}
- {model: oauth_provider.client, id: odoo, values: {name: Odoo, identifier: odoo, public: true, application_type: mobile, skip_authorization: true, legacy_until: ` + until + `, scopes: [profile, email], redirect_uris: ["https://odoo.example.com/auth_oauth/signin"]}}
`)
	return a
}

// script is one under way.
type script struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  *bufio.Scanner
	said   strings.Builder // on standard output
	errors bytes.Buffer
}

// start runs a script with NAME=VALUE variables and nothing else of the tests' own.
func start(t *testing.T, a *apptest.App, name string, variables ...string) *script {
	t.Helper()
	s := &script{t: t, cmd: exec.CommandContext(t.Context(), "./"+name)}
	s.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TESSERA_URL=" + a.URL}, variables...)
	s.cmd.Stderr = &s.errors
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.lines = bufio.NewScanner(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// visit opens the address that the script prints, as Anna, and tells the script where her
// browser ended.
func (s *script) visit(a *apptest.App, anna *http.Client, change ...func(string) string) {
	s.t.Helper()
	if !s.lines.Scan() {
		_ = s.cmd.Wait()
		s.t.Fatalf("%s prints no address: %s", s.cmd, &s.errors)
	}
	address, ok := strings.CutPrefix(s.lines.Text(), "Open "+a.URL+"/")
	if !ok {
		s.t.Fatalf("%s says %q, want an address of %s", s.cmd, s.lines.Text(), a.URL)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, a.URL+"/"+address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := anna.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = res.Body.Close()
	back := res.Header.Get("Location")
	for _, c := range change {
		back = c(back)
	}
	if _, err := io.WriteString(s.in, back+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

// with replaces a parameter of the address at which the browser ends.
func with(parameter, value string) func(string) string {
	old := regexp.MustCompile(`([?&#]` + parameter + `=)[^&]*`)
	return func(address string) string { return old.ReplaceAllString(address, "${1}"+value) }
}

// end waits for the script and returns what it said and how it ended.
func (s *script) end() (out, errors string, err error) {
	_ = s.in.Close()
	for s.lines.Scan() {
		s.said.WriteString(s.lines.Text() + "\n")
	}
	err = s.cmd.Wait()
	return s.said.String(), s.errors.String(), err
}

// ok expects success and every text, and no secret.
func (s *script) ok(texts ...string) {
	s.t.Helper()
	out, errors, err := s.end()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s%s", s.cmd, err, out, errors)
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			s.t.Errorf("%s says\n%swant %q in it", s.cmd, out, text)
		}
	}
	s.silent(out + errors)
}

// refused expects failure with one of the script's own sentences, and no secret.
func (s *script) refused(text string) {
	s.t.Helper()
	out, errors, err := s.end()
	if err == nil || !strings.Contains(errors, text) {
		s.t.Errorf("%s: %v\n%s%s\nwant a failure that says %q", s.cmd, err, out, errors, text)
	}
	s.silent(out + errors)
}

func (s *script) silent(said string) {
	s.t.Helper()
	for _, secret := range []string{"tsa_", "tsr_", "tsc_", webshopSecret, nightSecret, tillSecret} {
		if strings.Contains(said, secret) {
			s.t.Errorf("%s prints a secret: %s", s.cmd, said)
		}
	}
}

func TestBackend(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		a := house(t, at)
		night := []string{"CLIENT_ID=night-sync", "CLIENT_SECRET=" + nightSecret}
		start(t, a, "backend.sh", night...).ok("granted: email partners.wholesale, for 3600 seconds", `"audience":"night-sync"`, `"United Kingdom"`,
			`introspect: {"active":true`, `introspect after revocation: {"active":false}`)
		start(t, a, "backend.sh", append(night, "SCOPE=email", "MODEL=base.user")...).ok("granted: email, for", "anna@example.com")
		start(t, a, "backend.sh", append(night, "MODEL=nothing.such")...).refused(`/oauth2/otherinfo?model=nothing.such&limit=3 was refused: {"error":"invalid_model"}`)
	})
	t.Run("Err", func(t *testing.T) {
		a := house(t, dbtest.URL(t, db.SQLite))
		start(t, a, "backend.sh", "CLIENT_ID=night-sync").refused("backend.sh: set CLIENT_SECRET")
		start(t, a, "backend.sh", "CLIENT_ID=night-sync", "CLIENT_SECRET=wrong").refused(`/oauth2/token was refused: {"error":"invalid_client"`)
		start(t, a, "backend.sh", "CLIENT_ID=x", "CLIENT_SECRET=x", "TESSERA_URL=http://localhost:1").refused("/oauth2/token was refused")
	})
}

func TestCode(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		a := house(t, at)
		anna := a.SignIn("anna@example.com")
		shop := []string{"CLIENT_ID=webshop", "CLIENT_SECRET=" + webshopSecret, "REDIRECT_URI=" + redirect}
		s := start(t, a, "code.sh", append(shop, "SCOPE=openid profile")...)
		s.visit(a, anna)
		s.ok("granted: openid profile\n", `"name":"Anna Keller"`, "the refresh token is a new one", "the same new refresh token", "revoked: the access token is refused")

		for parameter, text := range map[string]string{"state": "not to the request above", "iss": "not from " + a.URL, "code": "/oauth2/token was refused: {\"error\":\"invalid_grant\""} {
			s := start(t, a, "code.sh", shop...)
			s.visit(a, anna, with(parameter, "forged"))
			s.refused(text)
		}
		s = start(t, a, "code.sh", append(shop, "SCOPE=openid unknown")...)
		s.visit(a, anna)
		s.refused("code.sh: not granted: invalid_scope")
		start(t, a, "code.sh", shop[:2]...).refused("code.sh: set REDIRECT_URI")
	})
}

func TestLegacy(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		a := house(t, at)
		till := []string{"CLIENT_ID=till", "CLIENT_SECRET=" + tillSecret, "LOGIN=anna@example.com"}
		s := start(t, a, "legacy.sh", append(till, "PASSWORD=anna", "SCOPE=profile")...)
		s.ok("granted: profile, for 600 seconds", `"name":"Anna Keller"`)
		if !strings.Contains(s.errors.String(), "Warning: this application is told the person's password") {
			t.Errorf("legacy.sh warns of nothing: %s", &s.errors)
		}
		start(t, a, "legacy.sh", append(till, "PASSWORD=wrong")...).refused(`{"error":"invalid_grant"`)
		start(t, a, "legacy.sh", till...).refused("legacy.sh: set PASSWORD")
	})
}

func TestOdoo(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		a := house(t, at)
		anna := a.SignIn("anna@example.com")
		odoo := []string{"CLIENT_ID=odoo", "ODOO_URL=https://odoo.example.com"}
		s := start(t, a, "odoo.sh", odoo...)
		s.visit(a, anna)
		s.ok("by query: subject ", "by header: subject ", ", login anna@example.com, name Anna Keller")

		for name, c := range map[string]struct{ parameter, value, text string }{
			"ErrToken": {"access_token", "made-up", `/oauth2/tokeninfo refused the token: Bearer error="invalid_token"`},
			"ErrState": {"state", "other", "the state came back as other"},
		} {
			t.Run(name, func(t *testing.T) {
				s := start(t, a, "odoo.sh", odoo...)
				s.visit(a, anna, with(c.parameter, c.value))
				s.refused(c.text)
			})
		}
		start(t, a, "odoo.sh", odoo[0]).refused("odoo.sh: set ODOO_URL")
	})
}
