// Package hr is the module of the people who work for the companies of the house: their
// job, whom they report to, and which user they sign in as.
package hr

import (
	"embed"
	"io/fs"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

//go:embed demo/*.yaml
var demo embed.FS

//go:embed locales/*.toml
var locales embed.FS

// The access groups of the module.
const (
	GroupUser    = "hr.user"
	GroupManager = "hr.manager"
)

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:        "hr",
		Title:       "Employees",
		Summary:     "The people who work here, their jobs and whom they report to.",
		Depends:     []string{"base"},
		Migrations:  migrations(),
		Locales:     locales,
		Demo:        demoFiles(),
		DemoRecords: demoEmployees,
		Register:    register,
	}
}

func demoFiles() fs.FS {
	f, err := fs.Sub(demo, "demo")
	if err != nil {
		panic(err) // the embed line above names the folder
	}
	return f
}

func register(r *record.Registry, reg *app.Registrar) {
	record.Groups(r,
		record.GroupDef{Code: GroupUser, Name: "Employees: user", Category: "Employees", Implies: []string{"base.user"},
			Help: "Sees, creates and changes the employees of the own companies."},
		record.GroupDef{Code: GroupManager, Name: "Employees: manager", Category: "Employees", Implies: []string{GroupUser},
			Help: "Deletes employees and decides which user an employee is."})
	defineEmployee(r)
	menus(reg.Site)
}

func menus(site *web.Site) {
	site.App(web.App{Name: "hr", Label: "Employees", Icon: "users", Hue: "people", Order: 300,
		Tally: func(e *record.Env) (int, string, error) {
			n, err := record.CountIn[Employee](e, record.Query{Limit: 100_000})
			return n, "hr.tally", err
		}})
	site.Menu(web.Menu{Name: "hr.employees", App: "hr", Group: "Employees", Label: "Employees", Icon: "users", Model: "hr.employee", Order: 10, Count: true})
}
