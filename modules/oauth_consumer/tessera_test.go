package oauthconsumer_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/hr"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
)

// pair is a Tessera that has connections to another one.
type pair struct {
	here, there *apptest.App
}

func newPair(t *testing.T, here, there string) pair {
	t.Helper()
	p := pair{apptest.New(t, here, base.Module(), hr.Module(), oauthconsumer.Module()), apptest.New(t, there, base.Module(), oauthprovider.Module())}
	p.there.Load(fmt.Sprintf(`
- {model: oauth_provider.client, id: house, values: {name: The other house, identifier: house, secret: the-secret-of-the-house-0123456789, application_type: web, skip_authorization: true, scopes: [openid, profile, email], redirect_uris: [%q]}}
- {model: oauth_provider.client, id: night, values: {name: Night work, identifier: night, secret: the-secret-of-the-night-0123456789, application_type: backend, user: anna, scopes: [email]}}
`, p.here.URL+"/oauth2/callback"))
	p.here.Load(fmt.Sprintf(`
- {model: oauth_consumer.api, id: there, values: {name: Tessera there, provider: tessera, base_url: %[1]q, issuer: %[1]q, iss_param: true, client_id: house, client_secret: the-secret-of-the-house-0123456789, auth_style: basic, scopes: [openid, profile, email], allow_private_hosts: true}}
- {model: oauth_consumer.api, id: night, values: {name: Night work, provider: tessera, environment: sandbox, base_url: %[1]q, grant: client_credentials, client_id: night, client_secret: the-secret-of-the-night-0123456789, auth_style: body, scopes: [email], allow_private_hosts: true}}
`, p.there.URL))
	return p
}

// connect is a person's way: Connect here, sign in there as somebody, and back.
func (p pair) connect(t *testing.T, login string, s oauthconsumer.Subject, as string) {
	t.Helper()
	mine := p.here.SignIn(login)
	path := fmt.Sprintf("/connections/of/%s/%d/%d/connect", s.Kind, s.ID, p.here.ID("oauth_consumer.api", "there"))
	_, body, page := p.here.Exchange(mine, "POST", path, url.Values{"next": {"/account/connections"}})
	_, _, address := p.here.Exchange(mine, "POST", page, nil)
	if !strings.HasPrefix(address, p.there.URL+"/oauth2/authorize?") {
		t.Fatalf("leaving for %q, want the other Tessera\n%s", address, body)
	}
	_, body, back := p.there.Exchange(p.there.SignIn(as), "GET", strings.TrimPrefix(address, p.there.URL), nil)
	if !strings.HasPrefix(back, p.here.URL+"/oauth2/callback?") {
		t.Fatalf("the other Tessera leads to %q, want back here\n%s", back, body)
	}
	status, body, to := p.here.Exchange(mine, "GET", strings.TrimPrefix(back, p.here.URL), nil)
	if status != 303 || to != "/account/connections" {
		t.Fatalf("back: %d to %q\n%s", status, to, body)
	}
}

// One Tessera signs in at another: a user, an employee, and the application itself.
func TestTessera(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, here string) {
		t.Parallel()
		p := newPair(t, here, dbtest.URL(t, db.SQLite))
		marc := p.here.As("marc@example.com")
		user := oauthconsumer.Subject{Kind: oauthconsumer.User, ID: marc.User.UserID()}
		var own int64
		if err := p.here.Database.DB.QueryRowContext(t.Context(), "SELECT id FROM hr_employee WHERE user_id = ? AND company_id = ?", user.ID, marc.Company).Scan(&own); err != nil {
			t.Fatalf("Marc's employee: %v", err)
		}
		employee := oauthconsumer.Subject{Kind: oauthconsumer.Employee, ID: own}

		p.connect(t, "marc@example.com", user, "anna@example.com")
		p.connect(t, "marc@example.com", employee, "marc@example.com")
		for want, s := range map[string]oauthconsumer.Subject{"anna@example.com": {Kind: oauthconsumer.User}, "marc@example.com": {Kind: oauthconsumer.Employee}} {
			got, err := oauthconsumer.UserInfo.Call(marc, s, struct{}{})
			if err != nil || got.Email != want || got.Subject == "" {
				t.Errorf("the %s is %+v (%v) over there, want %s", s.Kind, got, err, want)
			}
		}
		session, err := oauthconsumer.SessionFor(marc, oauthconsumer.TesseraKey, oauthconsumer.User, "email")
		if err != nil {
			t.Fatal(err)
		}
		res, err := session.Client(t.Context()).Get(p.there.URL + "/oauth2/otherinfo?model=base.user")
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("the session's client: %v %v", res, err)
		}
		if _, err := session.Client(t.Context()).Get("http://localhost:1/"); err == nil {
			t.Error("the session's client took the token elsewhere")
		}
		application(t, p)
		if status, page := p.here.Get(p.here.SignIn("marc@example.com"), "/account/connections"); status != 200 || strings.Count(page, "Another Tessera") < 2 {
			t.Errorf("My account > Connections (%d) does not show both connections", status)
		}
	})
}

// application: Settings > Connections > This application gets a token by its own
// credentials and makes a call with it.
func application(t *testing.T, p pair) {
	t.Helper()
	admin := p.here.SignIn("admin@example.com")
	night := p.here.ID("oauth_consumer.api", "night")
	path := fmt.Sprintf("/connections/of/application/0/%d/", night)
	if status, _ := p.here.Post(admin, path+"choose", nil); status != 303 {
		t.Fatalf("choose: %d", status)
	}
	if status, _, to := p.here.Exchange(admin, "POST", path+"test", url.Values{"next": {"/connections/application"}}); status != 303 || to != "/connections/application" {
		t.Fatalf("test: %d to %q", status, to)
	}
	_, page := p.here.Get(admin, "/connections/application")
	for _, want := range []string{"The connection to Another Tessera works.", "Connected", "By its own credentials", "200 · tessera.tokeninfo"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the application lacks %q\n%s", want, plainText(page))
		}
	}
	got, err := oauthconsumer.OtherInfo.Call(p.here.As("admin@example.com"), oauthconsumer.Subject{Kind: oauthconsumer.Application}, oauthconsumer.OtherInfoQuery{Model: "base.user"})
	if err != nil || len(got) == 0 {
		t.Errorf("a call of the application: %v %v", got, err)
	}
}

// Without the module the tab is not there, and base does not miss it.
func TestModuleAbsent(t *testing.T) {
	t.Parallel()
	with := apptest.New(t, dbtest.URL(t, db.SQLite), base.Module(), hr.Module(), oauthconsumer.Module())
	without := apptest.New(t, dbtest.URL(t, db.SQLite), base.Module(), hr.Module())
	for _, path := range []string{"/records/base.user/", "/records/base.company/", "/records/hr.employee/"} {
		model := strings.Trim(strings.TrimPrefix(path, "/records/"), "/")
		for a, want := range map[*apptest.App]bool{with: true, without: false} {
			var id int64
			if err := a.Database.DB.QueryRowContext(t.Context(), "SELECT MIN(id) FROM "+strings.ReplaceAll(model, ".", "_")).Scan(&id); err != nil {
				t.Fatal(err)
			}
			admin := a.SignIn("admin@example.com")
			if _, page := a.Get(admin, path+itoa(id)); strings.Contains(page, "tab=connections") != want {
				t.Errorf("%s: the tab Connections is there: %v, want %v", model, !want, want)
			}
			if _, page := a.Get(admin, "/account"); strings.Contains(page, "/account/connections") != want {
				t.Errorf("My account > Connections is there: %v, want %v", !want, want)
			}
		}
	}
}

// The same where the program has the module and the database was made without it
// (--modules base,hr), now and when it is opened again.
func TestModuleNotInstalled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		modules []string
		want    bool
	}{"Without": {[]string{"base", "hr"}, false}, "With": {nil, true}} {
		config := app.Config{Addr: "127.0.0.1:8069", Data: t.TempDir(), Database: dbtest.URL(t, db.SQLite), LogFormat: "text", Modules: c.modules}
		for range 2 {
			in, err := app.Open(t.Context(), config, []app.Module{base.Module(), hr.Module(), oauthconsumer.Module()}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			for _, model := range []string{"base.user", "base.company", "hr.employee"} {
				info, _ := in.App.Database.Registry().Model(model)
				if got := slices.ContainsFunc(info.Form.Tabs, func(tab record.Tab) bool { return tab.Name == "connections" }); got != c.want {
					t.Errorf("%s: %s has the tab Connections: %v, want %v", name, model, got, c.want)
				}
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
			config.Modules = nil
		}
	}
}
