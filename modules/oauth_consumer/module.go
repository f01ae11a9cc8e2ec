// Package oauthconsumer is the way out: users, companies, employees and the application
// itself get connections to APIs of others, and code calls those through typed endpoints.
//
// The concepts, from the outside in:
//
//   - [Provider]: whoever offers an API, a row; what rows cannot say of it is a [Profile].
//   - [API]: one environment of a provider (production, sandbox), with its addresses and
//     our credentials there.
//   - [APIUser]: one line makes a model an API user; its records are the [Subject] of a
//     connection. The application itself is the subject of kind [Application].
//   - [Connection]: an API user's authority at one API, with its sealed tokens. A [Session]
//     is one that is ready to be used.
//   - Attempt: one try of a person to get that authority (attempt.go).
//   - [Endpoint]: a call, typed; it returns the result or a typed error.
//   - [Unauthorized]: the error of a missing authority. It is a detour of every wizard: the
//     run is parked, the person goes to the provider and comes back to the same step.
package oauthconsumer

import (
	"context"
	"embed"
	"io/fs"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/hr"
)

//go:embed data/*.yaml
var data embed.FS

//go:embed locales/*.toml
var locales embed.FS

// GroupManager sets up providers and APIs, and connects companies, the application and
// whoever else cannot do it himself.
const GroupManager = "oauth_consumer.manager"

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:       "oauth_consumer",
		Title:      "API connections",
		Summary:    "Connects users, companies, employees and the application itself to APIs of others.",
		Depends:    []string{"base"},
		Migrations: migrations(),
		Locales:    locales,
		Data:       dataFiles(),
		Register:   register,
		With: map[string]func(*record.Registry, *app.Registrar){
			"hr": func(r *record.Registry, _ *app.Registrar) { APIUser[hr.Employee](r) },
		},
	}
}

func dataFiles() fs.FS {
	f, err := fs.Sub(data, "data")
	if err != nil {
		panic(err) // the embed line above names the folder
	}
	return f
}

func register(r *record.Registry, reg *app.Registrar) {
	record.Groups(r, record.GroupDef{Code: GroupManager, Name: "API connections manager", Category: "API connections", Implies: []string{"base.user"},
		Help: "Sets up API providers and connects companies and the application to them."})
	c := record.Part[consumer](r)
	c.prepare()
	Register(r, tesseraProfile())
	defineProvider(r)
	defineAPI(r, c)
	defineConnection(r, c)
	APIUser[base.User](r)
	APIUser[base.Company](r)
	menus(reg.Site)
	reg.Site.AccountTab(web.AccountTab{Label: "Connections", Key: "oauth_consumer.account", Path: accountPath})
	reg.Jobs.Add(c.jobs()...)
	reg.Install(func(_ *record.Env, a *web.Application) error { c.app = a; return nil })
	reg.Open(func(_ context.Context, a *web.Application) error { c.open(a); return nil })
}

func menus(site *web.Site) {
	site.Menu(
		web.Menu{Name: "oauth_consumer.connections", App: "settings", Group: "Connections", Label: "Connections", Icon: "plug", Model: "oauth_consumer.connection", Groups: []string{GroupManager}, Order: 50, Count: true},
		web.Menu{Name: "oauth_consumer.application", App: "settings", Group: "Connections", Label: "This application", Icon: "server", URL: applicationPath, Groups: []string{GroupManager}, Order: 51},
		web.Menu{Name: "oauth_consumer.providers", App: "settings", Group: "Connections", Label: "API providers", Icon: "globe", Model: "oauth_consumer.provider", Groups: []string{GroupManager}, Order: 52, Count: true},
		web.Menu{Name: "oauth_consumer.apis", App: "settings", Group: "Connections", Label: "APIs", Icon: "code", Model: "oauth_consumer.api", Groups: []string{GroupManager}, Order: 53, Count: true},
	)
}
