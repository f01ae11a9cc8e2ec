package accounting

import (
	"embed"
	"io/fs"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

//go:embed data
var data embed.FS

//go:embed demo
var demo embed.FS

//go:embed locales/*.toml
var locales embed.FS

// The access groups of the module.
const (
	GroupUser    = "accounting.user"
	GroupManager = "accounting.manager"
)

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:       "accounting",
		Title:      "Accounting",
		Summary:    "Invoices and bills with their VAT, and what a VAT return says of them.",
		Depends:    []string{"base", "contacts"},
		Migrations: migrations(),
		Locales:    locales,
		Data:       sub(data, "data"),
		Demo:       sub(demo, "demo"),
		DemoRows:   demoBooks,
		Register:   register,
	}
}

func sub(from embed.FS, folder string) fs.FS {
	f, err := fs.Sub(from, folder)
	if err != nil {
		panic(err) // the embed line above names the folder
	}
	return f
}

func register(r *record.Registry, reg *app.Registrar) {
	record.Groups(r,
		record.GroupDef{Code: GroupUser, Name: "Accounting: user", Category: "Accounting", Implies: []string{"base.user", "contacts.user"},
			Help: "Sees the books of the own companies, and drafts invoices and bills."},
		record.GroupDef{Code: GroupManager, Name: "Accounting: manager", Category: "Accounting", Implies: []string{GroupUser},
			Help: "Posts invoices and bills, adjusts VAT and closes its periods, and decides about tax codes."})
	record.Part[ledger](r)
	defineTax(r)
	defineInvoice(r)
	defineLine(r)
	defineRegistration(r)
	definePeriod(r)
	defineAdjustment(r)
	menus(reg.Site)
	reg.Site.Panel(panelBoxes, boxesPanel)
	reg.Jobs.Add(openPeriodsDaily())
}

// What the two menu lines of documents show of their model.
const (
	querySales     = "f.kind=" + Sale + "&f.kind=" + CreditNote
	queryPurchases = "f.kind=" + Bill + "&f.kind=" + Refund
)

func menus(site *web.Site) {
	site.App(web.App{Name: "accounting", Label: "Accounting", Icon: "calculator", Hue: "accounting", Order: 300,
		Tally: func(e *record.Env) (int, string, error) {
			n, err := record.CountIn[Invoice](e, record.Query{Limit: 100_000})
			return n, "accounting.tally", err
		}})
	site.Menu(
		web.Menu{Name: "accounting.sales", App: "accounting", Group: "Documents", Label: "Customer invoices", Icon: "receipt", Model: "accounting.invoice", Query: querySales, Order: 10},
		web.Menu{Name: "accounting.purchases", App: "accounting", Group: "Documents", Label: "Supplier bills", Icon: "inbox", Model: "accounting.invoice", Query: queryPurchases, Order: 20},
		web.Menu{Name: "accounting.lines", App: "accounting", Group: "Documents", Label: "Lines", Icon: "list", Model: "accounting.invoice_line", Order: 30},
		web.Menu{Name: "accounting.periods", App: "accounting", Group: "VAT", Label: "VAT periods", Icon: "calendar", Model: "accounting.vat_period", Order: 50},
		web.Menu{Name: "accounting.adjustments", App: "accounting", Group: "VAT", Label: "VAT adjustments", Icon: "pencil", Model: "accounting.vat_adjustment", Order: 60},
		web.Menu{Name: "accounting.taxes", App: "accounting", Group: "Setup", Label: "Tax codes", Icon: "coins", Model: "accounting.tax", Order: 90},
	)
}
