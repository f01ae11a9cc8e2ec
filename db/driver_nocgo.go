//go:build !cgo

package db

import "github.com/tessera-erp/tessera/db/internal/puresqlite"

// builtin is the SQLite driver of this binary.
func builtin() sqliteDriver {
	return sqliteDriver{
		name: puresqlite.Name, params: puresqlite.Params,
		open: puresqlite.Open, watch: puresqlite.Watch, code: puresqlite.Code,
	}
}
