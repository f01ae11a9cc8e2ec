// Package base is the module that every database has: users, access groups, companies,
// countries, currencies, sequences, and the screens under Settings that show the house
// to its administrators.
package base

import (
	"embed"
	"io/fs"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/record"
)

//go:embed data/*.yaml
var data embed.FS

//go:embed demo/*.yaml
var demo embed.FS

//go:embed locales/*.toml
var locales embed.FS

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:       "base",
		Title:      "Base",
		Summary:    "Users, access groups, companies and the settings of the house.",
		Migrations: migrations(),
		Locales:    locales,
		Data:       sub(data, "data"),
		Demo:       sub(demo, "demo"),
		Register:   register,
	}
}

// sub is a folder of an embedded file system; its name is checked by the compiler's embed line.
func sub(from embed.FS, folder string) fs.FS {
	f, err := fs.Sub(from, folder)
	if err != nil {
		panic(err)
	}
	return f
}

// The groups that the house itself knows.
const (
	GroupUser  = "base.user"  // everybody who works here
	GroupAdmin = "base.admin" // the administrators: every module's manager as well
)

func register(r *record.Registry, reg *app.Registrar) {
	record.Groups(r,
		record.GroupDef{Code: GroupUser, Name: "Employee", Category: "General", Help: "Signs in and sees colleagues of the same companies."},
		record.GroupDef{Code: GroupAdmin, Name: "Administrator", Category: "General", Implies: []string{GroupUser, "*.manager"},
			Help: "Changes users, access groups, companies and settings, and manages every module."})
	defineUser(r)
	defineGroup(r)
	defineCompany(r)
	defineCountry(r)
	defineCurrency(r)
	defineSequence(r)
	defineHouse(r)
	defineSession(r)
	reg.Accounts(accounts{})
	reg.Install(syncGroups)
	reg.Install(translateHouse)
	reg.DemoPeople(
		app.DemoPerson{Login: "admin@example.com", Password: "admin", Role: "administrator"},
		app.DemoPerson{Login: "anna@example.com", Password: "anna", Role: "sales"},
		app.DemoPerson{Login: "marc@example.com", Password: "marc", Role: "accountant"})
	menus(reg.Site)
}
