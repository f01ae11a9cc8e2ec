// Tessera is an ERP in one program in which OAuth is the way in and the way out.
package main

import (
	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/modules"
)

func main() { app.Main(modules.All) }
