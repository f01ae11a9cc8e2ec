// Package mtdvat files UK VAT returns with HMRC (Making Tax Digital). The wire is in
// hmrc, the stand-in that --demo and the tests file with in hmrcsim.
package mtdvat

import (
	"embed"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/record"
)

//go:embed locales/*.toml
var locales embed.FS

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:     "mtd_vat",
		Title:    "UK VAT returns",
		Summary:  "VAT returns that go to HMRC under Making Tax Digital.",
		Depends:  []string{"base"},
		Locales:  locales,
		Register: register,
	}
}

func register(_ *record.Registry, reg *app.Registrar) {
	reg.Command(simulatorCommand)
	reg.DemoServices(app.DemoService{Name: "the HMRC stand-in", Start: startSimulator})
}
