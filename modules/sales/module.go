// Package sales is the module of orders: who buys what, at which price and tax, and how
// far it has come.
package sales

import (
	"embed"
	"io/fs"
	"net/http"

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
	GroupUser    = "sales.user"
	GroupManager = "sales.manager"
)

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:       "sales",
		Title:      "Sales",
		Summary:    "Orders of customers, from draft to done.",
		Depends:    []string{"base", "contacts"},
		Migrations: migrations(),
		Locales:    locales,
		Data:       sub(data, "data"),
		Demo:       sub(demo, "demo"),
		DemoRows:   demoOrders,
		Register:   register,
		With: map[string]func(*record.Registry, *app.Registrar){
			"oauth_provider": func(_ *record.Registry, reg *app.Registrar) { routes(reg.Site) },
		},
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
		record.GroupDef{Code: GroupUser, Name: "Sales: user", Category: "Sales", Implies: []string{"base.user", "contacts.user"},
			Help: "Takes orders, and sees the own ones and those that nobody looks after."},
		record.GroupDef{Code: GroupManager, Name: "Sales: manager", Category: "Sales", Implies: []string{GroupUser},
			Help: "Sees all orders of the own companies, and deletes drafts."})
	defineOrder(r)
	defineLine(r)
	menus(reg.Site)
}

func menus(site *web.Site) {
	site.App(web.App{Name: "sales", Label: "Sales", Icon: "receipt", Hue: "sales", Order: 200,
		Tally: func(e *record.Env) (int, string, error) {
			n, err := record.CountIn[Order](e, record.Query{Limit: 100_000})
			return n, "sales.tally", err
		}})
	site.Menu(
		web.Menu{Name: "sales.orders", App: "sales", Group: "Sales", Label: "Orders", Icon: "receipt", Model: "sales.order", Order: 10, Count: true},
		web.Menu{Name: "sales.lines", App: "sales", Group: "Sales", Label: "Order lines", Icon: "list", Model: "sales.order_line", Order: 20},
	)
}

// ScopeSummary is the scope that opens the sales summary. The module ships it for the
// provider; how far it reaches is the administrators' to change.
const ScopeSummary = "sales.summary"

func routes(site *web.Site) {
	site.Route(web.Route{Kind: web.Token, Method: http.MethodGet, Path: "/api/sales/summary", Scopes: []string{ScopeSummary}, Handle: summary})
}
