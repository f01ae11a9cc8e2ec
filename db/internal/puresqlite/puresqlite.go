// Package puresqlite is the SQLite driver that needs no C compiler.
package puresqlite

import (
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// Name tells which driver it is, for the log.
const Name = "modernc.org/sqlite"

// Params are what this driver needs in the query part of a DSN: without the time
// format it writes times as Go prints them, which the other driver reads as zero.
const Params = "_time_format=sqlite&_timezone=UTC"

// Open opens one connection.
func Open(dsn string) (driver.Conn, error) {
	return (&sqlite.Driver{}).Open(dsn)
}

// Watch asks mayCommit before every commit on the connection (false turns it into a
// rollback) and tells rolledBack whenever a whole transaction was undone.
func Watch(conn driver.Conn, mayCommit func() bool, rolledBack func()) {
	c := conn.(sqlite.HookRegisterer)
	c.RegisterCommitHook(func() int32 {
		if mayCommit() {
			return 0
		}
		return 1
	})
	c.RegisterRollbackHook(rolledBack)
}

// Code returns SQLite's extended result code of an error of this driver.
func Code(err error) (int, bool) {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code(), true
	}
	return 0, false
}
