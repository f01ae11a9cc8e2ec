//go:build cgo

package db

import "github.com/tessera-erp/tessera/db/internal/puresqlite"

// sqliteDrivers are the drivers that this build can test, the built-in one first.
func sqliteDrivers() []sqliteDriver {
	return []sqliteDriver{builtin(), {
		name: puresqlite.Name, params: puresqlite.Params,
		open: puresqlite.Open, watch: puresqlite.Watch, code: puresqlite.Code,
	}}
}
