package hr_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/hr"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func house(t *testing.T, url string) *apptest.App {
	t.Helper()
	a := apptest.New(t, url, base.Module(), hr.Module())
	a.Load(`
- {model: base.user, id: nora, values: {login: nora@example.com, name: Nora, password: nora, groups: [hr.user], company: main}}
- {model: base.user, id: luc, values: {login: luc@example.com, name: Luc, password: luc, groups: [hr.manager], company: france}}
- {model: base.user, id: dual, values: {login: dual@example.com, name: Dual, password: dual, groups: [base.user], company: main, companies: [main, france]}}
- {model: hr.employee, id: luc, values: {name: Luc, company: france, user: luc@example.com}}`)
	return a
}

// Everybody sees himself, who works with employees those of his companies.
func TestWhoSeesWhom(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		for who, want := range map[string]int{
			"anna@example.com": 1, "marc@example.com": 1, "dual@example.com": 0,
			"nora@example.com": 24, "luc@example.com": 11, "admin@example.com": 35,
		} {
			if n, err := record.CountIn[hr.Employee](a.As(who), record.Query{}); err != nil || n != want {
				t.Errorf("%s counts %d employees, %v, want %d", who, n, err, want)
			}
		}
		anna := a.As("anna@example.com")
		self, err := record.Get[hr.Employee](anna, a.ID("hr.employee", "employee_anna"))
		if err != nil || self.JobTitle != "Head of sales" {
			t.Errorf("Anna sees herself as %+v, %v", self, err)
		}
		row, err := record.RowOf(anna, "hr.employee", self.ID, []string{"manager", "team"})
		if err != nil {
			t.Fatal(err)
		}
		manager, _ := row.Value("manager")
		team, _ := row.Value("team")
		if ids, _ := team.([]int64); manager != nil || len(ids) != 0 {
			t.Errorf("Anna is shown the manager %v and the team %v, whom she may not see", manager, team)
		}
	})
}

func TestRights(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	self := a.ID("hr.employee", "employee_anna")
	for name, c := range map[string]struct {
		who  string
		do   func(e *record.Env) error
		want fault.Code
	}{
		"ErrOwnRecord": {"anna@example.com", func(e *record.Env) error {
			_, err := record.SaveValues(e, "hr.employee", self, 0, map[string]any{"job_title": "Queen"})
			return err
		}, fault.Forbidden},
		"ErrUserIsForManagers": {"nora@example.com", func(e *record.Env) error {
			_, err := record.SaveValues(e, "hr.employee", self, 0, map[string]any{"user": a.ID("base.user", "nora")})
			return err
		}, fault.Forbidden},
		"ErrDeleteIsForManagers": {"nora@example.com", func(e *record.Env) error { return record.Remove(e, "hr.employee", self, 0) }, fault.Forbidden},
		"ErrOtherCompany": {"luc@example.com", func(e *record.Env) error {
			_, err := record.SaveValues(e, "hr.employee", self, 0, map[string]any{"name": "Mine"})
			return err
		}, fault.NotFound},
		"ErrMovedAway": {"nora@example.com", func(e *record.Env) error {
			_, err := record.SaveValues(e, "hr.employee", self, 0, map[string]any{"company": a.ID("base.company", "france")})
			return err
		}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := c.do(a.As(c.who)); !fault.Is(err, c.want) {
				t.Errorf("%s gets %v, want %s", c.who, err, c.want)
			}
		})
	}
	id, err := record.SaveValues(a.As("nora@example.com"), "hr.employee", 0, 0, map[string]any{"name": "New"})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := record.Get[hr.Employee](a.System(), id); err != nil || !p.Active || p.CompanyID != record.ID(a.ID("base.company", "main")) {
		t.Errorf("the new employee is %+v, %v, want active and in Nora's company", p, err)
	}
}

func TestEmployeeErrors(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		env, anna := a.As("admin@example.com"), a.ID("hr.employee", "employee_anna")
		for name, c := range map[string]struct {
			id     int64
			values map[string]any
			code   fault.Code
			want   string
		}{
			"ErrNameRequired": {anna, map[string]any{"name": " "}, fault.Invalid, "name: Enter a value."},
			"ErrItself":       {anna, map[string]any{"manager": anna}, fault.Invalid, "manager: Nobody reports to himself"},
			"ErrCircle":       {a.ID("hr.employee", "employee_priya"), map[string]any{"manager": a.ID("hr.employee", "employee_main_01")}, fault.Invalid, "manager: Nobody reports to himself"},
			"ErrManager":      {anna, map[string]any{"manager": 999999}, fault.Invalid, "manager: "},
			"ErrEmail":        {anna, map[string]any{"email": "anna"}, fault.Invalid, "email: "},
			"ErrTwice":        {0, map[string]any{"name": "Anna again", "user": a.ID("base.user", "anna"), "company": a.ID("base.company", "main")}, fault.Conflict, "Another employee with these values exists already."},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				_, err := record.SaveValues(env, "hr.employee", c.id, 0, c.values)
				if !fault.Is(err, c.code) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("saving %v gives %v, want %s with %q", c.values, err, c.code, c.want)
				}
			})
		}
	})
}

// The list searches, in the reader's language, and a form shows the team.
func TestScreens(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	admin := a.SignIn("admin@example.com")
	if status, body := a.Get(admin, "/records/hr.employee?q=picker"); status != 200 || !strings.Contains(body, "Picker") || strings.Contains(body, "Bookkeeper") {
		t.Errorf("the search for pickers answers %d", status)
	}
	if status, body := a.Get(admin, web.RecordPath("hr.employee", a.ID("hr.employee", "employee_marc"))+"?tab=team"); status != 200 || !strings.Contains(body, "Payroll clerk") {
		t.Errorf("Marc's team answers %d without his payroll clerk", status)
	}
	if status, body := a.Get(a.SignIn("marc@example.com"), "/records/hr.employee"); status != 200 || !strings.Contains(body, "Employés") || strings.Contains(body, "Anna Keller") {
		t.Errorf("Marc's own list answers %d, want a French page without Anna", status)
	}
}
