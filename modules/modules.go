// Package modules is the one list of the modules in this program.
package modules

import (
	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
	"github.com/tessera-erp/tessera/modules/hr"
	mtdvat "github.com/tessera-erp/tessera/modules/mtd_vat"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/sales"
)

// All is every module; each stands behind those that it depends on.
var All = []app.Module{
	base.Module(),
	contacts.Module(),
	hr.Module(),
	sales.Module(),
	accounting.Module(),
	oauthprovider.Module(),
	oauthconsumer.Module(),
	mtdvat.Module(),
}
