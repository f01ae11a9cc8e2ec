package db

import (
	"sync/atomic"
	"time"
	"unsafe"
)

// Lease lets one process remember rows of a SQLite file between requests. Beside the
// file lies FILE.lease: a counter of changes in memory that all processes share, and a
// lock that one server holds. Every Write of every process counts up before it returns,
// so what the holder remembers is out of date by the next request, not by some later one.
//
// A process that is killed between its commit and the count leaves memories that are too
// old; they must not be trusted for longer than [LeaseTrust].
type lease struct {
	counter *uint64 // in the mapped file
	held    atomic.Bool
	lock    func() bool
	close   func() error
}

// LeaseTrust is how long a remembered row may be used without reading it again, whatever
// the counter says.
const LeaseTrust = time.Second

// TakeLease lets this process remember rows, and reports whether it may: another server
// on the same file, PostgreSQL or a file system without shared memory say no.
func (d *DB) TakeLease() bool {
	if d.lease == nil {
		return false
	}
	if !d.lease.held.Load() {
		d.lease.held.Store(d.lease.lock())
	}
	return d.lease.held.Load()
}

// Changes returns how often rows have been changed so far by writes that others may
// have remembered something of. While the count stays the same, what was read after
// asking for it still holds. ok is false when nothing may be remembered: on PostgreSQL,
// and where another server holds the lease.
func (d *DB) Changes() (n uint64, ok bool) {
	if d.lease == nil || !d.lease.held.Load() {
		return 0, false
	}
	return atomic.LoadUint64(d.lease.counter), true
}

// changed counts a commit. It runs before Write returns.
func (d *DB) changed() {
	if d.lease != nil {
		atomic.AddUint64(d.lease.counter, 1)
	}
}

// Quiet says that this transaction only adds rows that nobody can remember anything of
// yet, such as a token just issued: the count of [DB.Changes] may stay.
func (t *Tx) Quiet() { t.quiet = true }

// counterIn is the counter at the start of the mapped file.
func counterIn(mem []byte) *uint64 { return (*uint64)(unsafe.Pointer(&mem[0])) }
