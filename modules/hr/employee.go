package hr

import (
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Employee is a person who works for one of the companies. Whoever works for two of
// them is an employee twice.
type Employee struct {
	record.Meta
	Name      string
	UserID    record.ID // as whom the employee signs in; none for most
	CompanyID record.ID
	JobTitle  string
	ManagerID record.ID
	Email     string
	Active    bool
}

func defineEmployee(r *record.Registry) {
	record.Define[Employee](r, record.Model{
		Name: "hr.employee", Label: "Employee", Plural: "Employees", Icon: "users", Hue: "people",
		Scopable: true,
		Fields:   employeeFields(),
		List: record.List{Columns: []string{"name", "job_title", "manager", "company"},
			Optional: []string{"user", "email", "updated_at"}, Order: "name", Sub: "email"},
		Search: record.Search{Fields: []string{"name", "job_title", "email"}, Facets: []string{"manager", "company"},
			Filters: []record.Filter{
				{Name: "team", Label: "My team", Domain: `[["manager.user", "=", {"$": "uid"}]]`},
				{Name: "users", Label: "With a user", Domain: `[["user", "!=", null]]`},
				{Name: "archived", Label: "Archived", Domain: `[["active", "=", false]]`},
			}},
		Form: record.Form{Sub: "job_title", Tabs: []record.Tab{
			{Name: "employee", Label: "Employee", Groups: []record.Group{
				{Name: "employee", Label: "Employee", Fields: []string{"name", "job_title", "email"}},
				{Name: "place", Label: "Place in the company", Fields: []string{"company", "manager"}},
				{Name: "account", Label: "Account", Fields: []string{"user", "active"}, Aside: true},
			}},
			{Name: "team", Label: "Team", Groups: []record.Group{{Name: "team", Label: "Team", Fields: []string{"team"}}}},
		}},
		Access: []record.Access{
			{Group: "base.user", Read: true},
			{Group: GroupUser, Read: true, Create: true, Write: true},
			{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true},
		},
		Rules: []record.Rule{
			{Name: "self", Groups: []string{"base.user"}, Filter: `[["user", "=", {"$": "uid"}]]`},
			{Name: "all", Groups: []string{GroupUser}, Filter: `[]`},
		},
	})
	record.BeforeSave(r, checkEmployee)
}

func employeeFields() []record.Field {
	return []record.Field{
		{Name: "name", Label: "Name", Type: record.Text, Required: true},
		{Name: "job_title", Label: "Job title", Type: record.Text, Size: 128},
		{Name: "email", Label: "Work e-mail", Type: record.Email},
		{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Required: true},
		{Name: "manager", Label: "Reports to", Type: record.Many2One, Model: "hr.employee"},
		{Name: "team", Label: "Team", Type: record.One2Many, Model: "hr.employee", Inverse: "manager"},
		{Name: "user", Label: "User", Help: "As whom the employee signs in. The user sees this record.", Type: record.Many2One, Model: record.UserModel, NoCopy: true, WriteGroups: []string{GroupManager}},
		{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
	}
}

// checkEmployee refuses circles of who reports to whom.
func checkEmployee(e *record.Env, p *Employee) error {
	seen := map[int64]bool{p.ID: p.ID != 0}
	for at := int64(p.ManagerID); at != 0; {
		if seen[at] {
			return fault.New(fault.Invalid, "Nobody reports to himself, not even by way of others.").On("manager").Keyed("hr.employee.manager.circle", nil)
		}
		seen[at] = true
		above, err := record.Get[Employee](e.Sudo("look for a circle"), at)
		if fault.Is(err, fault.NotFound) {
			return nil // validation says that there is none
		}
		if err != nil {
			return err
		}
		at = int64(above.ManagerID)
	}
	return nil
}
