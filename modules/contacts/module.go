// Package contacts is the module of partners: customers, suppliers and the people who
// work there, with tags, credit limits and who looks after them.
package contacts

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
	GroupUser    = "contacts.user"
	GroupManager = "contacts.manager"
)

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:        "contacts",
		Title:       "Contacts",
		Summary:     "Customers, suppliers and the people who work there.",
		Depends:     []string{"base"},
		Migrations:  migrations(),
		Locales:     locales,
		Demo:        demoFiles(),
		DemoRecords: demoPartners,
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
		record.GroupDef{Code: GroupUser, Name: "Contacts: user", Category: "Contacts", Implies: []string{"base.user"},
			Help: "Sees, creates and changes the partners of the own companies."},
		record.GroupDef{Code: GroupManager, Name: "Contacts: manager", Category: "Contacts", Implies: []string{GroupUser},
			Help: "Deletes partners and decides about tags and credit limits."})
	definePartner(r)
	defineTag(r)
	menus(reg.Site)
}

func menus(site *web.Site) {
	site.App(web.App{Name: "contacts", Label: "Contacts", Icon: "contacts", Hue: "contacts", Order: 100,
		Tally: func(e *record.Env) (int, string, error) {
			n, err := record.CountIn[Partner](e, record.Query{Limit: 100_000})
			return n, "contacts.tally", err
		}})
	site.Menu(
		web.Menu{Name: "contacts.partners", App: "contacts", Group: "Contacts", Label: "Partners", Icon: "contacts", Model: "contacts.partner", Order: 10, Count: true},
		web.Menu{Name: "contacts.tags", App: "contacts", Group: "Setup", Label: "Tags", Icon: "tag", Model: "contacts.tag", Groups: []string{GroupManager}, Order: 90, Count: true},
	)
}
