//go:build !cgo

package db

// sqliteDrivers are the drivers that this build can test.
func sqliteDrivers() []sqliteDriver { return []sqliteDriver{builtin()} }
