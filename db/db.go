// Package db is the ground floor: it opens a SQLite or PostgreSQL database, reads it
// through a pool, writes it through one door, migrates it, backs it up and checks it.
//
// Both engines give the same answers: text sorts by its bytes, times are UTC cut to
// microseconds, a failed statement spoils its transaction until a nested [DB.Write]
// or the whole of it is undone.
package db

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/tessera-erp/tessera/app/fault"
)

// Engine names the kind of database.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says which database to open and how.
type Config struct {
	// URL is sqlite:PATH or postgres://user:password@host:port/database?option=value.
	URL string
	// Logger hears of slow statements, by their text and never their values. Nil is silent.
	Logger *slog.Logger
	// ReadOnly opens an existing database and refuses every Write.
	ReadOnly bool
	// Readers bounds the connections of the read pool; 0 means 8 on SQLite, 16 on PostgreSQL.
	Readers int
	// Writers bounds the concurrent write transactions on PostgreSQL; 0 means 16.
	// SQLite always has one writer.
	Writers int
	// Slow is how long a statement may take before it is logged; 0 means 500 ms.
	Slow time.Duration
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine  Engine
	config  Config
	target  target
	driver  sqliteDriver // of SQLite only
	readers *sql.DB
	pool    *readPool
	writer  writer
	// On PostgreSQL: changes are counted, and this process remembers rows by the count.
	counted, remembers atomic.Bool
	gorm               *gorm.DB
	rebound            *textCache
	lease              *lease // nil on PostgreSQL, and where memory cannot be shared
	readOnly           bool
}

// writer is an engine's side of the one door.
type writer interface {
	// write runs member in a transaction and commits it. It returns member's error, the
	// context's when the caller gave up before his turn, or [fault.Unavailable].
	write(ctx context.Context, member func(*session) error) error
	close() error
}

// Open opens the database and makes sure that it answers. A SQLite file is created with
// mode 0600 when it does not exist; its folder has to.
//
// The error is one sentence for the operator: [fault.Invalid] for a URL that cannot be
// understood or a file that is no database, [fault.NotFound] for a missing folder or
// database, [fault.Forbidden] for missing permission, [fault.Unavailable] for a server
// that does not answer.
func Open(ctx context.Context, c Config) (*DB, error) {
	return openWith(ctx, c, builtin())
}

func openWith(ctx context.Context, c Config, drv sqliteDriver) (*DB, error) {
	t, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	if c.Slow == 0 {
		c.Slow = 500 * time.Millisecond
	}
	d := &DB{engine: t.engine, config: c, target: t, driver: drv, readOnly: c.ReadOnly, rebound: newTextCache()}
	if t.engine == SQLite {
		err = d.openSQLite(ctx)
	} else {
		err = d.openPostgres(ctx)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	if d.gorm, err = gorm.Open(d.dialector(), d.gormConfig()); err != nil {
		_ = d.Close()
		return nil, fault.Wrap(err, fault.Unavailable, "The database %s does not answer as it should.", t)
	}
	return d, nil
}

// gormConfig turns off what the door does itself: transactions, prepared statements, logging.
func (d *DB) gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return cut(time.Now()) },
	}
}

// Close waits for the write under way and closes all connections.
func (d *DB) Close() error {
	var first error
	if d.pool != nil {
		d.pool.stmts.close()
	}
	if d.readers != nil {
		first = d.readers.Close()
	}
	if d.writer != nil {
		if err := d.writer.close(); first == nil {
			first = err
		}
	}
	if d.lease != nil {
		if err := d.lease.close(); first == nil {
			first = err
		}
	}
	return first
}

// Engine tells which kind of database it is.
func (d *DB) Engine() Engine { return d.engine }

// Read returns a gorm handle on the read pool, which cannot write. With the context of
// a transaction under way it reads through that transaction.
func (d *DB) Read(ctx context.Context) *gorm.DB {
	if s := d.within(ctx); s != nil {
		return d.handle(ctx, s)
	}
	return d.gorm.WithContext(ctx)
}

// SQL returns the read pool for statements that the caller prepares himself.
func (d *DB) SQL() *sql.DB { return d.readers }

// QueryContext runs a query through the cache of prepared statements, on the read pool
// or, with the context of a transaction, in it. Placeholders are '?' on both engines.
func (d *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query = d.rebind(query)
	if s := d.within(ctx); s != nil {
		return s.QueryContext(ctx, query, args...)
	}
	return d.pool.QueryContext(ctx, query, args...)
}

// QueryRowContext is [DB.QueryContext] for at most one row.
func (d *DB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	query = d.rebind(query)
	if s := d.within(ctx); s != nil {
		return s.QueryRowContext(ctx, query, args...)
	}
	return d.pool.QueryRowContext(ctx, query, args...)
}

// handle returns a gorm handle whose statements run on pool.
func (d *DB) handle(ctx context.Context, pool gorm.ConnPool) *gorm.DB {
	h := d.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	h.Statement.ConnPool = pool
	return h
}

func (d *DB) rebind(query string) string {
	if d.engine == SQLite {
		return query
	}
	return d.rebound.get(query, func(q string) string { return Rebind(d.engine, q) })
}
