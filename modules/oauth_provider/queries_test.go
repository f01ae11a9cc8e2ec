package oauthprovider_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// counting is a world whose requests run in this goroutine, with their statements counted.
type counting struct {
	*world
	server *web.Server
}

// statements sends a request and returns its answer with the statements it took.
func (c *counting) statements(r *http.Request) (*httptest.ResponseRecorder, []string) {
	ctx, counter := c.Database.DB.CountQueries(r.Context())
	rec := httptest.NewRecorder()
	c.server.ServeHTTP(rec, r.WithContext(ctx))
	return rec, counter.Statements()
}

func (c *counting) form(client *client, path string, form url.Values) *http.Request {
	r := c.request(http.MethodPost, path, form.Encode())
	r.SetBasicAuth(url.QueryEscape(client.id), url.QueryEscape(client.secret))
	return r
}

func (c *counting) read(path, token string) *http.Request {
	r := c.request(http.MethodGet, path, "")
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// TestQueries holds the budget of each request: an authorization under a remembered grant
// is one insert beside the reads of who is signed in and what he granted, a token request
// one transaction, a status or userinfo one statement, junk none at all.
func TestQueries(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		w := openHouse(t, at).world(t)
		server, err := w.Instance.Server()
		must(t, err)
		c := &counting{w, server}
		b := w.person("anna", "contacts.user")
		silent := w.shop.ask("scope", "openid profile email british")
		code := b.code(w.shop, "scope", "openid profile email british")
		got := b.issue(w.shop, "scope", "openid profile email british")
		w.credentials(w.robot, "").tokens()
		junk := "tsa_" + strings.Repeat("x", 60)
		w.redeem(w.shop, "tsc_made_up").want(http.StatusBadRequest) // the first failure in a minute is a line in the audit log
		for _, step := range []struct {
			name           string
			request        func() *http.Request
			status         int
			reads, changes int
		}{
			{"AuthorizeConsented", func() *http.Request {
				r := w.request(http.MethodGet, silent, "")
				r.AddCookie(&http.Cookie{Name: w.sessionCookie(), Value: b.cookie()})
				return r
			}, http.StatusFound, 3, 1}, // session, account with its companies, grant with standing
			{"AuthorizeSignedOut", func() *http.Request { return w.request(http.MethodGet, silent, "") }, http.StatusSeeOther, 0, 0},
			{"Code", func() *http.Request {
				return c.form(w.shop, "/oauth2/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {w.shop.redirect}, "code_verifier": {verifier}})
			}, http.StatusOK, 1, 2},
			{"Refresh", func() *http.Request {
				return c.form(w.shop, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}})
			}, http.StatusOK, 1, 2},
			{"ClientCredentials", func() *http.Request {
				return c.form(w.robot, "/oauth2/token", url.Values{"grant_type": {"client_credentials"}})
			}, http.StatusOK, 1, 1},
			{"Tokeninfo", func() *http.Request { return c.read("/oauth2/tokeninfo", got.Access) }, http.StatusOK, 1, 0},
			{"Introspection", func() *http.Request { return c.form(w.shop, "/oauth2/introspect", url.Values{"token": {got.Access}}) }, http.StatusOK, 1, 0},
			{"Userinfo", func() *http.Request { return c.read("/oauth2/userinfo", got.Access) }, http.StatusOK, 1, 0},
			{"JunkTokeninfo", func() *http.Request { return c.read("/oauth2/tokeninfo", junk) }, http.StatusUnauthorized, 0, 0},
			{"JunkUserinfo", func() *http.Request { return c.read("/oauth2/userinfo", junk) }, http.StatusUnauthorized, 0, 0},
			{"JunkOtherinfo", func() *http.Request { return c.read("/oauth2/otherinfo?model=contacts.partner", junk) }, http.StatusUnauthorized, 0, 0},
			{"JunkCode", func() *http.Request {
				return c.form(w.shop, "/oauth2/token", url.Values{"grant_type": {"authorization_code"}, "code": {"tsc_" + strings.Repeat("x", 60)}, "code_verifier": {verifier}})
			}, http.StatusBadRequest, 0, 0},
			{"JunkIntrospection", func() *http.Request { return c.form(w.shop, "/oauth2/introspect", url.Values{"token": {junk}}) }, http.StatusOK, 0, 0},
		} {
			rec, statements := c.statements(step.request())
			reads, changes := 0, 0
			for _, s := range statements {
				if strings.HasPrefix(strings.TrimSpace(s), "SELECT") {
					reads++
				} else {
					changes++
				}
			}
			if rec.Code != step.status || reads != step.reads || changes != step.changes {
				t.Errorf("%s: status %d with %d reads and %d changes, want %d, %d, %d:\n%s\n%s", step.name, rec.Code, reads, changes,
					step.status, step.reads, step.changes, strings.Join(statements, "\n"), rec.Body)
			}
		}
		if w.Database.DB.TakeLease() { // then a status that is known costs nothing, on PostgreSQL the count
			most := 0
			if w.Database.DB.Engine() == db.Postgres {
				most = 1
			}
			c.statements(c.read("/oauth2/tokeninfo", got.Access))
			for _, path := range []string{"/oauth2/tokeninfo", "/oauth2/userinfo"} {
				if rec, statements := c.statements(c.read(path, got.Access)); rec.Code != http.StatusOK || len(statements) != most {
					t.Errorf("%s with the lease: status %d:\n%s", path, rec.Code, strings.Join(statements, "\n"))
				}
			}
		}
		c.statements(c.read("/oauth2/otherinfo?model=contacts.partner&limit=2", got.Access)) // remembers the account with the lease
		few, one := c.statements(c.read("/oauth2/otherinfo?model=contacts.partner&limit=2", got.Access))
		many, all := c.statements(c.read("/oauth2/otherinfo?model=contacts.partner", got.Access))
		if len(one) != len(all) || few.Body.Len() >= many.Body.Len() || len(one) == 0 {
			t.Errorf("otherinfo: %d statements for 2 records and %d for all:\n%s", len(one), len(all), strings.Join(all, "\n"))
		}
	})
}
