package db

import (
	"context"
	"sync/atomic"
	"time"
	"unsafe"
)

// Lease lets one process remember rows of a SQLite file between requests. Beside the
// file lies FILE.lease: a counter of changes in memory that all processes share, and a
// lock that one server holds. Every Write of every process counts up before it returns,
// so what the holder remembers is out of date by the next request, not by some later one.
// On PostgreSQL the counter is a sequence, and every server may remember: it asks for the
// count with each request, which costs a tenth of a read through five tables.
//
// A process that is killed between its commit and the count leaves memories that are too
// old; what is acted upon must not be trusted for longer than [LeaseTrust].
type lease struct {
	counter *uint64 // in the mapped file
	held    atomic.Bool
	lock    func() bool
	close   func() error
}

// LeaseTrust is how long a remembered row may be used without reading it again, whatever
// the counter says.
const LeaseTrust = time.Second

// changesSequence counts the changes of a PostgreSQL database. Migrate makes it.
const changesSequence = "tessera_changes"

// TakeLease lets this process remember rows, and reports whether it may: another server
// on the same SQLite file or a file system without shared memory say no.
func (d *DB) TakeLease() bool {
	if d.counted.Load() {
		d.remembers.Store(true)
		return true
	}
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
// asking for it still holds. ok is false when nothing may be remembered.
func (d *DB) Changes(ctx context.Context) (n uint64, ok bool) {
	if d.remembers.Load() {
		var last int64
		err := d.QueryRowContext(ctx, "SELECT last_value FROM "+changesSequence).Scan(&last)
		return uint64(last), err == nil
	}
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
	if w, ok := d.writer.(*postgresWriter); ok && d.counted.Load() {
		// What fails here is no reason to call the commit failed; LeaseTrust bounds it.
		_, _ = w.pool.ExecContext(context.Background(), "SELECT nextval('"+changesSequence+"')")
	}
}

// findCounter looks whether a PostgreSQL database counts its changes.
func (d *DB) findCounter(ctx context.Context) error {
	var there bool
	err := d.readers.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", changesSequence).Scan(&there)
	d.counted.Store(there && err == nil)
	return err
}

// makeCounter has a PostgreSQL database count its changes from now on.
func (d *DB) makeCounter(ctx context.Context) error {
	if d.counted.Load() {
		return nil
	}
	err := d.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(migrationLock)); err != nil {
			return err
		}
		if _, err := tx.Exec("CREATE SEQUENCE IF NOT EXISTS " + changesSequence); err != nil {
			return err
		}
		// The first value of a sequence looks like none: a change would not be seen.
		_, err := tx.Exec("SELECT nextval('" + changesSequence + "')")
		return err
	})
	if err != nil {
		return err
	}
	return d.findCounter(ctx)
}

// Quiet says that this transaction only adds rows that nobody can remember anything of
// yet, such as a token just issued: the count of [DB.Changes] may stay.
func (t *Tx) Quiet() { t.quiet = true }

// counterIn is the counter at the start of the mapped file.
func counterIn(mem []byte) *uint64 { return (*uint64)(unsafe.Pointer(&mem[0])) }
