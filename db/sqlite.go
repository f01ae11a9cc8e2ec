package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
)

// sqliteDriver is what the two SQLite drivers do each in its own way.
type sqliteDriver struct {
	name   string
	params string // for the query part of a DSN
	open   func(dsn string) (driver.Conn, error)
	watch  func(conn driver.Conn, mayCommit func() bool, rolledBack func())
	code   func(error) (int, bool)
}

// busyTimeout is how long, in milliseconds, a connection waits for another process.
const busyTimeout = 10_000

// sqliteConnector opens connections to a file, each with its pragmas: SQLite keeps most
// of them per connection.
type sqliteConnector struct {
	driver  sqliteDriver
	dsn     string
	pragmas []string
	opened  func(driver.Conn)
	reads   bool // the connections are [readConn]s
}

func (c *sqliteConnector) Driver() driver.Driver { return nil }

func (c *sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.driver.open(c.dsn)
	if err != nil {
		return nil, err
	}
	for _, p := range c.pragmas {
		if err := execOn(ctx, conn, "PRAGMA "+p); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	if c.opened != nil {
		c.opened(conn)
	}
	if c.reads {
		return newReadConn(conn), nil
	}
	return conn, nil
}

// execOn runs a statement on a bare connection.
func execOn(ctx context.Context, conn driver.Conn, query string, args ...string) error {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	_, err := conn.(driver.ExecerContext).ExecContext(ctx, query, values)
	return err
}

// connector returns a connector to the file of d.
func (d *DB) connector(option string, pragmas ...string) *sqliteConnector {
	base := []string{"busy_timeout = " + strconv.Itoa(busyTimeout)}
	return &sqliteConnector{
		driver:  d.driver,
		dsn:     sqliteDSN(d.target.path, option, d.driver.params),
		pragmas: append(base, pragmas...),
	}
}

// writePragmas make a commit durable: WAL with a sync at each. The log is carried over to
// the file every 16 MB, because whoever writes then waits for it.
var writePragmas = []string{
	"journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -16000", "temp_store = MEMORY",
	"wal_autocheckpoint = 4000",
}

// openSQLite opens the one write connection first, because it creates the file and turns
// the journal to WAL, then the pool of readers.
func (d *DB) openSQLite(ctx context.Context) error {
	if err := d.prepareFile(); err != nil {
		return err
	}
	if !d.readOnly {
		door := newDoor(d, d.connector("", writePragmas...))
		if err := door.connect(ctx); err != nil {
			return d.openError(err)
		}
		d.writer = door
		var err error
		if d.lease, err = openLease(d.target.path); err != nil {
			return err
		}
	}
	option := ""
	if d.readOnly {
		option = "mode=ro"
	}
	readers := d.config.Readers
	if readers == 0 {
		readers = 8
	}
	reading := d.connector(option, "query_only = ON", "foreign_keys = ON", "cache_size = -4000", "temp_store = MEMORY")
	reading.reads = true
	d.readers = sql.OpenDB(reading)
	d.readers.SetMaxOpenConns(readers)
	d.readers.SetMaxIdleConns(readers)
	d.pool = &readPool{db: d, sql: d.readers, stmts: newStmtCache(d.readers)}
	var version int
	if err := d.readers.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return d.openError(err)
	}
	return nil
}

// prepareFile creates the file readable by its owner only; SQLite gives its journals the
// same mode.
func (d *DB) prepareFile() error {
	path := d.target.path
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return missingFolder(folder, err)
	}
	if d.readOnly {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fault.New(fault.NotFound, "There is no database %s.", path)
		case err != nil:
			return fault.Wrap(err, fault.Forbidden, "The database %s cannot be opened.", path)
		case info.IsDir():
			return fault.New(fault.Invalid, "%s is a folder, not a database file.", path)
		}
		return nil
	}
	return touch(path)
}

func missingFolder(folder string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fault.Wrap(err, fault.Forbidden, "The folder %s may not be read.", folder)
	}
	return fault.Wrap(err, fault.NotFound, "The folder %s for the database does not exist.", folder)
}

// touch creates path with mode 0600 unless it exists, and tells whether it can be written.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Forbidden, "The database %s may not be written by this user.", path)
	case err != nil:
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			return fault.New(fault.Invalid, "%s is a folder, not a database file.", path)
		}
		return fault.Wrap(err, fault.Unavailable, "The database %s cannot be opened.", path)
	}
	return f.Close()
}

// openError says in one sentence why the file could not be opened.
func (d *DB) openError(err error) error {
	code, _ := d.driver.code(err)
	path := d.target.path
	switch code & 0xff {
	case sqliteNotADB:
		return fault.Wrap(err, fault.Invalid, "%s is not a database file.", path)
	case sqliteCorrupt:
		return fault.Wrap(err, fault.Invalid, "The database %s is damaged; restore a backup.", path)
	case sqliteBusy, sqliteLocked:
		return fault.Wrap(err, fault.Unavailable, "The database %s is in use by another program.", path)
	case sqlitePerm, sqliteReadOnly, sqliteAuth:
		return fault.Wrap(err, fault.Forbidden, "The database %s may not be written by this user.", path)
	}
	return fault.Wrap(err, fault.Unavailable, "The database %s cannot be opened.", path)
}

// dialector returns gorm's dialect over the read pool.
func (d *DB) dialector() gorm.Dialector {
	if d.engine == Postgres {
		return newPostgresDialect(d.pool)
	}
	return sqlite.New(sqlite.Config{Conn: d.pool})
}
