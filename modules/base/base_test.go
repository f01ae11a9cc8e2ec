package base_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func house(t *testing.T, url string) *apptest.App {
	t.Helper()
	return apptest.New(t, url, base.Module(), contacts.Module())
}

func sqlite(t *testing.T) *apptest.App {
	t.Helper()
	return house(t, dbtest.URL(t, db.SQLite))
}

// Every request asks who somebody is: one statement each.
func TestAccountsInOneStatement(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		id := a.ID("base.user", "admin")
		ctx, counter := a.Database.DB.CountQueries(context.Background())
		byID, err := a.Accounts.ByID(ctx, a.Database, id)
		if err != nil || counter.Len() != 1 {
			t.Fatalf("ByID took %d statements, %v, want one", counter.Len(), err)
		}
		if byID.Login != "admin@example.com" || len(byID.Companies) != 2 || byID.Subject == "" || !slices.Contains(byID.GroupCodes, "contacts.manager") {
			t.Errorf("the administrator is %+v, want two companies, a subject, and every manager's group", byID)
		}
		counter.Reset()
		byLogin, err := a.Accounts.ByLogin(ctx, a.Database, " ADMIN@example.com")
		if err != nil || counter.Len() != 1 || byLogin.ID != id {
			t.Errorf("ByLogin took %d statements and found %+v, %v, want one and user %d", counter.Len(), byLogin, err, id)
		}
	})
}

func TestByLogin(t *testing.T) {
	t.Parallel()
	a := sqlite(t)
	a.Load(`
- {model: base.user, id: u1, values: {login: one, name: One, email: Shared@example.com, company: main}}
- {model: base.user, id: u2, values: {login: two, name: Two, email: shared@example.com, company: main}}
- {model: base.user, id: u3, values: {login: Three, name: Three, email: Three@Example.com, company: main}}
- {model: base.user, id: u4, values: {login: four@example.com, name: Four, company: main}}
- {model: base.user, id: u5, values: {login: five, name: Five, email: four@example.com, company: main}}`)
	for login, want := range map[string]string{"ONE": "One", "three@example.com": "Three", "tHREE": "Three", "four@example.com": "Four"} {
		if got, err := a.Accounts.ByLogin(context.Background(), a.Database, login); err != nil || got.Name != want {
			t.Errorf("ByLogin(%q) = %+v, %v, want %s", login, got, err, want)
		}
	}
	for _, login := range []string{"shared@example.com", "nobody", "", "%"} {
		if got, err := a.Accounts.ByLogin(context.Background(), a.Database, login); !fault.Is(err, fault.NotFound) {
			t.Errorf("ByLogin(%q) = %+v, %v, want not found", login, got, err)
		}
	}
}

// A user sees himself and the colleagues of his companies, and changes nobody.
func TestColleagues(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		a.Load(`[{model: base.user, id: luc, values: {login: luc, name: Luc, groups: [base.user], company: france}}]`)
		anna := a.As("anna@example.com")
		users, err := record.Find[base.User](anna, record.Query{Order: "name"})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, u := range users {
			names = append(names, u.Name)
			if u.PasswordHash != "" || u.Subject != "" || len(u.GroupCodes) != 0 {
				t.Errorf("Anna reads what is private of %s", u.Name)
			}
		}
		if got := strings.Join(names, ", "); got != "Anna Keller, Marc Dubois, Priya Raman" {
			t.Errorf("Anna sees %s, want herself, Marc and Priya, not Luc of the other company", got)
		}
		if n, err := record.CountIn[base.Company](anna, record.Query{}); err != nil || n != 1 {
			t.Errorf("Anna sees %d companies, %v, want her own one", n, err)
		}
		me := users[0]
		me.Name = "Anna the Great"
		if err := record.Save(anna, &me); !fault.Is(err, fault.Forbidden) {
			t.Errorf("Anna's change of her own record gives %v, want forbidden: her account page is for that", err)
		}
		for _, model := range []string{"base.audit", "base.module", "base.job", "base.sequence"} {
			if _, err := record.Count(anna, model, record.Query{}); !fault.Is(err, fault.Forbidden) {
				t.Errorf("Anna's look at %s gives %v, want forbidden", model, err)
			}
		}
	})
}

// No password, hash or subject ever comes out: not by a filter, an order, a path or the audit log.
func TestPrivate(t *testing.T) {
	t.Parallel()
	a := sqlite(t)
	admin := a.As("admin@example.com")
	for _, path := range []string{"password", "password_hash", "subject", "not_before", "group_codes", "email_key"} {
		for _, err := range record.Rows(admin, "base.user", record.Query{Fields: []string{path}, Limit: 1}) {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("reading %s gives %v, want invalid", path, err)
			}
		}
	}
	id := a.ID("base.user", "anna")
	if _, err := record.SaveValues(admin, "base.user", id, 0, map[string]any{"password": "a planted secret 4711"}); err != nil {
		t.Fatal(err)
	}
	hash := text(t, a, fmt.Sprintf("SELECT password_hash FROM base_user WHERE id = %d", id))
	lines, err := record.Find[base.AuditLine](admin, record.Query{Order: "id"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if strings.Contains(l.Changes, "planted") || strings.Contains(l.Changes, hash) || strings.Contains(l.Changes, "argon2") {
			t.Errorf("the audit line %d holds a password: %s", l.ID, l.Changes)
		}
	}
	t.Run("ErrPrivateField", func(t *testing.T) {
		_, err := record.SaveValues(admin, "base.user", id, 0, map[string]any{"password_hash": "x"})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("writing the hash gives %v, want invalid", err)
		}
	})
	t.Run("ErrWeakPassword", func(t *testing.T) {
		_, err := record.SaveValues(admin, "base.user", id, 0, map[string]any{"password": "short"})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a short password gives %v, want invalid", err)
		}
	})
}

func text(t *testing.T, a *apptest.App, query string) string {
	t.Helper()
	var s string
	if err := a.Database.DB.QueryRowContext(context.Background(), query).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// Another password, and being archived, end every session at the next request.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		id := a.ID("base.user", "anna")
		for name, values := range map[string]map[string]any{"password": {"password": "an entirely new one"}, "archive": {"active": false}} {
			if _, err := record.SaveValues(a.System(), "base.user", id, 0, map[string]any{"active": true, "password": "anna"}); err != nil {
				t.Fatal(err)
			}
			anna := a.SignIn("anna@example.com")
			if _, err := record.SaveValues(a.As("admin@example.com"), "base.user", id, 0, values); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if status, _ := a.Get(anna, "/"); status == 200 {
				t.Errorf("%s: the session still works", name)
			}
		}
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	a := sqlite(t)
	admin := a.As("admin@example.com")
	anna := a.ID("base.user", "anna")
	t.Run("ClosureFollows", func(t *testing.T) {
		id, err := record.SaveValues(admin, "base.group", 0, 0, map[string]any{"name": "Sales team", "code": "team", "implied": []any{"contacts.user"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := record.SaveValues(admin, "base.user", anna, 0, map[string]any{"groups": []any{"team"}}); err != nil {
			t.Fatal(err)
		}
		codes := a.As("anna@example.com").User.Groups()
		if want := []string{"base.user", "contacts.user", "team"}; !slices.Equal(codes, want) {
			t.Errorf("Anna's groups are %v, want %v", codes, want)
		}
		if _, err := record.SaveValues(admin, "base.group", id, 0, map[string]any{"implied": []any{"contacts.manager"}}); err != nil {
			t.Fatal(err)
		}
		if codes := a.As("anna@example.com").User.Groups(); !slices.Contains(codes, "contacts.manager") {
			t.Errorf("after the team was given more, Anna's groups are %v, want contacts.manager too", codes)
		}
	})
	t.Run("ErrDeclaredCode", func(t *testing.T) {
		id := a.ID("base.group", "contacts.user")
		if _, err := record.SaveValues(admin, "base.group", id, 0, map[string]any{"code": "mine"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("renaming a declared group gives %v, want invalid", err)
		}
	})
	t.Run("ErrDeclaredDelete", func(t *testing.T) {
		g, err := record.Get[base.Group](admin, a.ID("base.group", "contacts.user"))
		if err != nil {
			t.Fatal(err)
		}
		if err := record.Delete(admin, &g); !fault.Is(err, fault.Conflict) {
			t.Errorf("deleting a declared group gives %v, want a conflict", err)
		}
	})
	t.Run("ErrLastAdministrator", func(t *testing.T) {
		_, err := record.SaveValues(admin, "base.user", a.ID("base.user", "admin"), 0, map[string]any{"groups": []any{"base.user"}})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "last administrator") {
			t.Errorf("taking the last administrator's rights gives %v, want a refusal", err)
		}
	})
	t.Run("ErrOneself", func(t *testing.T) {
		_, err := record.SaveValues(admin, "base.user", a.ID("base.user", "admin"), 0, map[string]any{"active": false})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("archiving oneself gives %v, want invalid", err)
		}
	})
}

func TestUserErrors(t *testing.T) {
	t.Parallel()
	a := sqlite(t)
	admin := a.As("admin@example.com")
	for name, c := range map[string]struct {
		values map[string]any
		field  string
	}{
		"ErrNameRequired":  {map[string]any{"login": "x"}, "name"},
		"ErrLoginTaken":    {map[string]any{"login": "ANNA@example.com", "name": "x"}, "login"},
		"ErrTimeZone":      {map[string]any{"login": "x1", "name": "x", "tz": "Mars/Olympus"}, "tz"},
		"ErrTimeZoneLocal": {map[string]any{"login": "x2", "name": "x", "tz": "Local"}, "tz"},
		"ErrLanguage":      {map[string]any{"login": "x3", "name": "x", "lang": "de"}, "lang"},
		"ErrEmail":         {map[string]any{"login": "x4", "name": "x", "email": "nonsense"}, "email"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := record.SaveValues(admin, "base.user", 0, 0, c.values)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Code != fault.Invalid || f.Field != c.field {
				t.Errorf("saving %v gives %v, want invalid on the field %s", c.values, err, c.field)
			}
		})
	}
}

// Numbers are given once each, in order, and an undone document leaves no gap.
func TestNextNumber(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		a.Load(`
- {model: base.sequence, id: s1, values: {name: Orders, code: test.order, prefix: "SO/{year}/", padding: 4}}
- {model: base.sequence, id: s2, values: {name: Orders of France, code: test.order, prefix: "F", next_number: 7, company: france}}`)
		main, france := a.ID("base.company", "main"), a.ID("base.company", "france")
		year := a.System().Now.Format("2006")
		next := func(company int64) string {
			n, err := base.NextNumber(a.System(), "test.order", company)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if got := next(france); got != "F7" {
			t.Errorf("the French number is %s, want F7", got)
		}
		undone := fmt.Errorf("undo")
		_ = a.System().Write(func(e *record.Env) error {
			if _, err := base.NextNumber(e, "test.order", main); err != nil {
				t.Error(err)
			}
			return undone
		})
		if got, want := next(main), "SO/"+year+"/0001"; got != want {
			t.Errorf("the first number is %s, want %s", got, want)
		}
		var mu sync.Mutex
		seen := map[string]bool{}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				n, err := base.NextNumber(a.System(), "test.order", main)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || seen[n] {
					t.Errorf("number %s, %v, want a new one", n, err)
				}
				seen[n] = true
			})
		}
		all.Wait()
		if !seen["SO/"+year+"/0021"] {
			t.Errorf("20 numbers later there is no 0021: %v", seen)
		}
		if _, err := base.NextNumber(a.System(), "test.none", main); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown sequence gives %v, want not found", err)
		}
	})
}

func TestReferenceData(t *testing.T) {
	t.Parallel()
	a := sqlite(t)
	if n, err := record.CountIn[base.Country](a.System(), record.Query{}); err != nil || n != 249 {
		t.Errorf("there are %d countries, %v, want the 249 of ISO 3166-1", n, err)
	}
	de, err := record.Get[base.Country](a.System().WithLang("fr"), a.ID("base.country", "DE"))
	if err != nil || de.Name != "Allemagne" {
		t.Errorf("DE is %q in French, %v, want Allemagne", de.Name, err)
	}
	group, err := record.Get[base.Group](a.System().WithLang("fr"), a.ID("base.group", "base.admin"))
	if err != nil || group.Name != "Administrateur" {
		t.Errorf("base.admin is %q in French, %v, want Administrateur", group.Name, err)
	}
}

// The purge runs as a job, and its outcome is on the list of scheduled jobs.
func TestJobs(t *testing.T) {
	t.Parallel()
	a := sqlite(t)
	a.Work()
	admin := a.As("admin@example.com")
	j, err := record.First[base.ScheduledJob](admin, record.Query{})
	if err != nil || j.Outcome != "done" || j.FinishedAt == nil {
		t.Fatalf("the job is %+v, %v, want done", j, err)
	}
	client := a.SignIn("admin@example.com")
	if status, body := a.Get(client, "/records/base.job"); status != 200 || !strings.Contains(body, "Remove sessions") {
		t.Errorf("the list of jobs answers %d, want it with the purge", status)
	}
	status, _ := a.Post(client, fmt.Sprintf("/records/base.job/%d/action/run_now", j.ID), nil)
	if status != 303 {
		t.Errorf("Run now answers %d, want 303", status)
	}
	if again, err := record.Get[base.ScheduledJob](admin, j.ID); err != nil || !again.DueAt.Before(*j.DueAt) {
		t.Errorf("after Run now the job is due at %v, %v, want at once", again.DueAt, err)
	}
}

// Administrators see everybody's sessions and end single ones.
func TestSessionList(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		a := house(t, at)
		anna, admin := a.SignIn("anna@example.com"), a.SignIn("admin@example.com")
		if status, body := a.Get(admin, "/records/base.session"); status != 200 || !strings.Contains(body, "Anna Keller") {
			t.Errorf("the list of sessions answers %d, want it with Anna's", status)
		}
		if status, _ := a.Get(anna, "/records/base.session"); status != 403 {
			t.Errorf("the list of sessions answers Anna with %d, want 403", status)
		}
		hers, err := record.First[base.Session](a.As("admin@example.com"), record.Query{Filter: domain.Cond{Path: "user.login", Op: domain.Eq, Value: "anna@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := a.Post(admin, fmt.Sprintf("/records/base.session/%d/action/end", hers.ID), url.Values{"sure": {"1"}}); status != 303 {
			t.Errorf("End sessions answers %d, want 303", status)
		}
		if status, _ := a.Get(anna, "/"); status == 200 {
			t.Error("Anna's session works although it was ended")
		}
		if status, _ := a.Get(admin, "/"); status != 200 {
			t.Errorf("the administrator's own session gives %d, want 200", status)
		}
	})
}
