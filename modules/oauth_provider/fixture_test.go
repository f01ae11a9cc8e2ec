package oauthprovider_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/base"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth/oauthtest"
)

// storage lets fixture embed the interface and yet have a method of its name.
type storage = oauth.Storage

// fixture is the module's storage as the engine's suite drives it. What an administrator
// would do through a form that refuses some of it is written straight into the tables.
type fixture struct {
	storage
	env *record.Env

	mu     sync.Mutex
	scopes int64
	beyond map[string]func(*oauth.Client) // what a client can be in the engine, but not here
}

var _ oauthtest.Fixture = (*fixture)(nil)

// newFixture empties a database that the modules base and oauth_provider are installed in.
func newFixture(t testing.TB, d *record.Database) *fixture {
	t.Helper()
	f := &fixture{storage: oauthprovider.NewStore(d), env: d.System(context.Background(), "test"), beyond: map[string]func(*oauth.Client){}}
	for _, table := range tables(t, d.DB) {
		if strings.HasPrefix(table, "oauth_provider_") && table != "oauth_provider_key" || table == "audit" {
			f.exec(t, "DELETE FROM "+table)
		}
	}
	for _, table := range []string{"base_user_groups", "base_user_companies"} {
		f.exec(t, "DELETE FROM "+table+" WHERE record_id IN (SELECT id FROM base_user WHERE login <> 'admin')")
	}
	f.exec(t, "DELETE FROM base_user WHERE login <> 'admin'")
	return f
}

func (f *fixture) db() *db.DB { return f.env.Database().DB }

func (f *fixture) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	must(t, f.db().Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Storage implements oauthtest.Fixture.
func (f *fixture) Storage() oauth.Storage { return f }

// Client implements oauth.Storage.
func (f *fixture) Client(ctx context.Context, identifier string, version int64) (*oauth.Client, error) {
	c, err := f.storage.Client(ctx, identifier, version)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if change := f.beyond[identifier]; change != nil {
		out := *c
		change(&out)
		return &out, nil
	}
	return c, nil
}

// AddScope implements oauthtest.Fixture.
func (f *fixture) AddScope(t testing.TB, code string, required bool) {
	t.Helper()
	f.scopes++
	must(t, record.Save(f.env, &oauthprovider.Scope{Code: code, Name: code, Model: record.UserModel, AllRecords: true,
		Fields: record.Strings{"name"}, Required: required, Sequence: f.scopes}))
}

// WidenScope implements oauthtest.Fixture.
func (f *fixture) WidenScope(t testing.TB, code string) {
	t.Helper()
	s, err := record.First[oauthprovider.Scope](f.env, record.Query{Filter: domain.Cond{Path: "code", Op: domain.Eq, Value: code}})
	must(t, err)
	s.Fields = append(s.Fields, []string{"login", "email", "phone"}[len(s.Fields)-1])
	must(t, record.Save(f.env, &s))
}

// AddClient implements oauthtest.Fixture.
func (f *fixture) AddClient(t testing.TB, c *oauth.Client) {
	t.Helper()
	row := &oauthprovider.Client{Name: c.Name, Identifier: c.Identifier, Public: true, RedirectURIs: record.Strings{"https://client.example/cb"}}
	must(t, record.Save(f.env, row))
	c.ID = row.ID
	f.write(t, *c)
	stored, err := f.Client(context.Background(), c.Identifier, 0)
	must(t, err)
	c.Version = stored.Version
}

// ChangeClient implements oauthtest.Fixture.
func (f *fixture) ChangeClient(t testing.TB, identifier string, fn func(c *oauth.Client)) {
	t.Helper()
	c, err := f.Client(context.Background(), identifier, 0)
	must(t, err)
	changed := *c
	fn(&changed)
	f.write(t, changed)
}

// ends is when a secret ends, as its column says it.
func ends(s oauth.Secret) int64 {
	if s.ExpiresAt.IsZero() {
		return 0
	}
	return s.ExpiresAt.UnixMicro()
}

// write stores the whole definition of a client.
func (f *fixture) write(t testing.TB, c oauth.Client) {
	t.Helper()
	redirects, err := record.Strings(c.RedirectURIs).Value()
	must(t, err)
	pkce := map[bool]string{true: "optional", false: "required"}[c.PKCEOptional]
	f.mu.Lock()
	f.beyond[c.Identifier] = func(out *oauth.Client) {
		out.GrantTypes, out.ResponseTypes, out.ClaimsInID, out.PKCEOptional = c.GrantTypes, c.ResponseTypes, c.ClaimsInID, c.PKCEOptional
		out.TokenKind, out.TokenAlg, out.LegacyUntil = c.TokenKind, c.TokenAlg, c.LegacyUntil
	}
	f.mu.Unlock()
	must(t, f.db().Write(context.Background(), func(tx *db.Tx) error {
		exec := func(query string, args ...any) {
			if err == nil {
				_, err = tx.Exec(query, args...)
			}
		}
		exec(`UPDATE oauth_provider_client SET public = ?, pkce = ?, redirect_uris = ?, skip_authorization = ?, no_query_token = ?, id_token_alg = ?,
			user_id = ?, active = ?, access_seconds = ?, definition = definition + 1 WHERE id = ?`,
			c.Public, pkce, redirects, c.SkipConsent, c.NoQueryToken, c.IDTokenAlg, record.ID(c.RunsAs), c.Active, int64(c.Lifetimes.Access.Seconds()), c.ID)
		exec("DELETE FROM oauth_provider_secret WHERE client_id = ?", c.ID)
		for _, s := range c.Secrets {
			exec("INSERT INTO oauth_provider_secret (client_id, hash, hint, created_at, expires_at) VALUES (?, ?, '', 0, ?)", c.ID, s.Hash[:], ends(s))
		}
		exec("DELETE FROM oauth_provider_client_scopes WHERE record_id = ?", c.ID)
		for _, s := range c.Scopes {
			exec("INSERT INTO oauth_provider_client_scopes (record_id, target_id) SELECT ?, id FROM oauth_provider_scope WHERE code = ?", c.ID, s.Code)
		}
		exec("DELETE FROM oauth_provider_client_default_scopes WHERE record_id = ?", c.ID)
		for _, code := range c.DefaultScopes {
			exec("INSERT INTO oauth_provider_client_default_scopes (record_id, target_id) SELECT ?, id FROM oauth_provider_scope WHERE code = ?", c.ID, code)
		}
		return err
	}))
}

// AddUser implements oauthtest.Fixture.
func (f *fixture) AddUser(t testing.TB, login string) (id int64, subject string) {
	t.Helper()
	company, err := record.ByExternalID(f.env, record.CompanyModel, "main")
	must(t, err)
	u := &base.User{Login: login, Name: login, Email: login, CompanyID: record.ID(company)}
	must(t, record.Save(f.env, u))
	return u.ID, u.Subject
}

// SetUserActive implements oauthtest.Fixture. The form would end the tokens for good.
func (f *fixture) SetUserActive(t testing.TB, userID int64, active bool) {
	t.Helper()
	f.exec(t, "UPDATE base_user SET active = ? WHERE id = ?", active, userID)
}

// EndTokens implements oauthtest.Fixture.
func (f *fixture) EndTokens(t testing.TB, userID int64, at time.Time) {
	t.Helper()
	f.exec(t, "UPDATE base_user SET not_before = ? WHERE id = ?", at, userID)
}

// Withdraw implements oauthtest.Fixture.
func (f *fixture) Withdraw(t testing.TB, userID, clientID int64, at time.Time) {
	t.Helper()
	f.exec(t, "UPDATE oauth_provider_grant SET withdrawn_at = ? WHERE user_id = ? AND client_id = ? AND withdrawn_at = 0", at.UnixMicro(), userID, clientID)
}

// NarrowGrant implements oauthtest.Fixture.
func (f *fixture) NarrowGrant(t testing.TB, userID, clientID int64, codes ...string) {
	t.Helper()
	g, _, err := f.Grant(context.Background(), userID, clientID)
	must(t, err)
	g.Scopes = slices.DeleteFunc(g.Scopes, func(s oauth.Granted) bool { return !slices.Contains(codes, s.Code) })
	f.exec(t, "UPDATE oauth_provider_grant SET scopes = ? WHERE id = ?", g.Scopes.String(), g.ID)
}

// grown are the tables that requests add rows to.
var grown = []string{"oauth_provider_pending", "oauth_provider_authorization", "oauth_provider_token", "oauth_provider_grant"}

// Rows implements oauthtest.Fixture.
func (f *fixture) Rows(t testing.TB) int {
	t.Helper()
	return sum(rows(t, f.db(), grown...))
}

func sum(counts map[string]int) (n int) {
	for c := range maps.Values(counts) {
		n += c
	}
	return n
}

// rows counts the rows of tables.
func rows(t testing.TB, d *db.DB, tables ...string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, table := range tables {
		var n int
		must(t, d.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM "+table).Scan(&n))
		out[table] = n
	}
	return out
}

// tables are all tables of a database.
func tables(t testing.TB, d *db.DB) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if d.Engine() == db.Postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
	}
	found, err := d.QueryContext(context.Background(), query)
	must(t, err)
	defer found.Close()
	var out []string
	for found.Next() {
		var name string
		must(t, found.Scan(&name))
		out = append(out, name)
	}
	must(t, found.Err())
	return out
}

// dump is every value of every row of tables, a line each.
func dump(t testing.TB, d *db.DB, tables ...string) []byte {
	t.Helper()
	var out strings.Builder
	for _, table := range tables {
		found, err := d.QueryContext(context.Background(), "SELECT * FROM "+table)
		must(t, err)
		columns, err := found.Columns()
		must(t, err)
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for found.Next() {
			must(t, found.Scan(into...))
			for i, v := range values {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				fmt.Fprintf(&out, "%s.%s %v\n", table, columns[i], v)
			}
		}
		must(t, found.Err())
		must(t, found.Close())
	}
	return []byte(out.String())
}

// Dump implements oauthtest.Fixture.
func (f *fixture) Dump(t testing.TB) []byte {
	t.Helper()
	return dump(t, f.db(), tables(t, f.db())...)
}
