//go:build cgo

// Package cgosqlite is the SQLite driver that needs a C compiler.
package cgosqlite

import (
	"database/sql/driver"
	"errors"

	"github.com/mattn/go-sqlite3"
)

// Name tells which driver it is, for the log.
const Name = "mattn/go-sqlite3"

// Params are what this driver needs in the query part of a DSN: database/sql lends a
// connection to one goroutine at a time, so SQLite need not lock it at every call.
const Params = "_mutex=no"

// Open opens one connection.
func Open(dsn string) (driver.Conn, error) {
	return (&sqlite3.SQLiteDriver{}).Open(dsn)
}

// Watch asks mayCommit before every commit on the connection (false turns it into a
// rollback) and tells rolledBack whenever a whole transaction was undone.
func Watch(conn driver.Conn, mayCommit func() bool, rolledBack func()) {
	c := conn.(*sqlite3.SQLiteConn)
	c.RegisterCommitHook(func() int {
		if mayCommit() {
			return 0
		}
		return 1
	})
	c.RegisterRollbackHook(rolledBack)
}

// Code returns SQLite's extended result code of an error of this driver.
func Code(err error) (int, bool) {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return int(e.ExtendedCode), true
	}
	return 0, false
}
