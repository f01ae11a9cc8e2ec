//go:build cgo

package db

import "github.com/tessera-erp/tessera/db/internal/cgosqlite"

// builtin is the SQLite driver of this binary.
func builtin() sqliteDriver {
	return sqliteDriver{
		name: cgosqlite.Name, params: cgosqlite.Params,
		open: cgosqlite.Open, watch: cgosqlite.Watch, code: cgosqlite.Code,
	}
}
