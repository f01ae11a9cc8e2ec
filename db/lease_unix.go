//go:build unix

package db

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/tessera-erp/tessera/app/fault"
)

const leaseSize = 8

// openLease maps the lease beside a SQLite file.
func openLease(path string) (*lease, error) {
	f, err := os.OpenFile(path+".lease", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The file %s.lease beside the database cannot be opened.", path)
	}
	if err := f.Truncate(leaseSize); err != nil {
		_ = f.Close()
		return nil, fault.Wrap(err, fault.Unavailable, "The file %s.lease beside the database cannot be written.", path)
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, leaseSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil { // a file system without shared mappings: nothing is remembered, all else works
		_ = f.Close()
		return nil, nil
	}
	l := &lease{counter: counterIn(mem)}
	l.lock = func() bool { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }
	l.close = sync.OnceValue(func() error { // a database may be closed twice
		l.held.Store(false)
		_ = unix.Flock(int(f.Fd()), unix.LOCK_UN) // closing is not enough: the page stays mapped,
		return f.Close()                          // because somebody may be reading the counter
	})
	return l, nil
}
