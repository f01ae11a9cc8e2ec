// Package mtdvat files UK VAT returns with HMRC (Making Tax Digital). The wire is in
// hmrc, the stand-in that --demo and the tests file with in hmrcsim.
//
// The life of a return (wizard.go):
//
//  1. Period: from the company's VAT stagger, then HMRC's obligations (wizard_period.go).
//     Whoever is not connected is sent to HMRC, and comes back to the same step.
//  2. Review: nine boxes, adjustments, checks; going on freezes the figures.
//  3. Declare: HMRC's words. The period is closed and what is sent is stored, then it is
//     sent, once. Without an answer HMRC is asked what became of it (outcome.go).
//  4. Receipt: kept as a [Return], which nobody changes.
package mtdvat

import (
	"embed"
	"io/fs"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/accounting"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

//go:embed locales/*.toml
var locales embed.FS

//go:embed data
var data embed.FS

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:       "mtd_vat",
		Title:      "UK VAT returns",
		Summary:    "VAT returns that go to HMRC under Making Tax Digital.",
		Depends:    []string{"base", "accounting", "oauth_consumer"},
		Migrations: migrations(),
		Locales:    locales,
		Data:       dataFiles(),
		Register:   register,
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
	oauthconsumer.Register(r, profile())
	defineReturn(r)
	defineAnswer(r)
	defineScenario(r)
	reg.Site.Wizard(filingWizard)
	reg.Site.Menu(
		web.Menu{Name: "mtd_vat.returns", App: "accounting", Group: "VAT", Label: "VAT returns", Icon: "receipt", Model: "mtd_vat.return", Order: 40},
		web.Menu{Name: "mtd_vat.file", App: "accounting", Group: "VAT", Label: "File a VAT return", Icon: "upload", URL: wizard.StartPath(WizardName), Groups: []string{accounting.GroupManager}, Order: 41},
	)
	for i, t := range topics() {
		if t.name != "charge" { // is led to by a penalty
			reg.Site.Menu(web.Menu{Name: "mtd_vat." + t.name, App: "accounting", Group: "VAT at HMRC", Label: t.label, Icon: "receipt", URL: t.path, Groups: []string{accounting.GroupManager}, Order: 45 + i})
		}
	}
	reg.Site.Route(routes()...)
	reg.Site.Route(inquiryRoutes()...)
	reg.Site.Menu(web.Menu{Name: "mtd_vat.sandbox", App: "accounting", Group: "VAT at HMRC", Label: "HMRC’s sandbox", Icon: "flag", URL: sandboxPath, Groups: []string{accounting.GroupManager}, Order: 49},
		web.Menu{Name: "mtd_vat.sandbox.settings", App: "settings", Group: "Connections", Label: "HMRC’s sandbox", Icon: "flag", URL: sandboxPath, Groups: []string{oauthconsumer.GroupManager}, Order: 54})
	reg.Site.Route(sandboxRoutes()...)
	reg.Site.Head(headReturn, returnHead)
	reg.Site.Need(due)
	reg.Command(simulatorCommand)
	reg.DemoServices(app.DemoService{Name: "the HMRC stand-in", Start: startSimulator})
}
