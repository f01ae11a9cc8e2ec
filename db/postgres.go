package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"github.com/tessera-erp/tessera/app/fault"
)

// connectTimeout bounds the wait for a server that does not answer, unless the URL says
// connect_timeout.
const connectTimeout = 10 * time.Second

func (d *DB) openPostgres(ctx context.Context) error {
	readers, writers := d.config.Readers, d.config.Writers
	if readers == 0 {
		readers = 16
	}
	if writers == 0 {
		writers = 16
	}
	d.readers = d.postgresPool(readers, true)
	d.pool = &readPool{db: d, sql: d.readers}
	if !d.readOnly {
		d.writer = &postgresWriter{db: d, pool: d.postgresPool(writers, false)}
	}
	var encoding string
	err := d.readers.QueryRowContext(ctx, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()").Scan(&encoding)
	if err != nil {
		return d.connectError(err)
	}
	if err := d.findCounter(ctx); err != nil {
		return d.connectError(err)
	}
	if encoding != "UTF8" {
		return fault.New(fault.Invalid, "The database %s is encoded in %s; it has to be UTF8.", d.target, encoding)
	}
	return nil
}

// postgresPool opens a pool whose sessions speak UTC; those of readers cannot write.
func (d *DB) postgresPool(size int, readOnly bool) *sql.DB {
	config := d.target.pg.Copy()
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	config.RuntimeParams["timezone"] = "UTC"
	if config.RuntimeParams["jit"] == "" { // our statements are short: compiling one costs more than running it
		config.RuntimeParams["jit"] = "off"
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "tessera"
	}
	if readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}))
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool
}

// connectError says in one sentence why the server could not be used.
func (d *DB) connectError(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "3D000":
			return fault.Wrap(err, fault.NotFound, "There is no database %s.", d.target)
		case "28000", "28P01":
			return fault.Wrap(err, fault.Forbidden, "The server of database %s refuses the user %s or its password.", d.target, d.target.pg.User)
		case "42501":
			return fault.Wrap(err, fault.Forbidden, "The user %s may not use the database %s.", d.target.pg.User, d.target)
		}
	}
	return fault.Wrap(err, fault.Unavailable, "The server of database %s cannot be reached.", d.target)
}

// attempts is how often a transaction is run when PostgreSQL asks to repeat it.
const attempts = 3

// postgresWriter is the write door of PostgreSQL: a plain transaction for each caller.
type postgresWriter struct {
	db   *DB
	pool *sql.DB
}

func (w *postgresWriter) write(ctx context.Context, member func(*session) error) error {
	for attempt := 1; ; attempt++ {
		err := w.once(ctx, member)
		if err == nil || attempt == attempts || !retryable(err) {
			return err
		}
	}
}

// once waits for a connection under the caller's context; from there on nothing
// interrupts the transaction.
func (w *postgresWriter) once(ctx context.Context, member func(*session) error) error {
	conn, err := w.pool.Conn(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.Wrap(err, fault.Unavailable, "The database cannot be written now.")
	}
	defer conn.Close()
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database cannot be written now.")
	}
	s := &session{db: w.db, conn: tx}
	defer func() { // after a panic or runtime.Goexit too; nothing to do after a commit
		s.done = true
		_ = tx.Rollback()
	}()
	if err := member(s); err != nil {
		return err
	}
	if s.broken != nil {
		return s.broken
	}
	crash(beforeCommit)
	if err := tx.Commit(); err != nil {
		if retryable(err) {
			return err
		}
		return fault.Wrap(err, fault.Unavailable, "The database could not store the change.")
	}
	crash(afterCommit)
	return nil
}

// insert is once for a statement that PostgreSQL makes a transaction of its own.
func (w *postgresWriter) insert(ctx context.Context, query string, args []any) error {
	conn, err := w.pool.Conn(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.Wrap(err, fault.Unavailable, "The database cannot be written now.")
	}
	defer conn.Close()
	ctx, args = context.WithoutCancel(ctx), bind(w.db.engine, args)
	for attempt := 1; ; attempt++ {
		done := w.db.observe(ctx, query)
		crash(beforeCommit)
		_, err := conn.ExecContext(ctx, query, args...)
		done()
		crash(afterCommit)
		if err == nil || attempt == attempts || !retryable(err) {
			return err
		}
	}
}

func (w *postgresWriter) close() error { return w.pool.Close() }

// postgresDialect is gorm's, except that text sorts by its bytes as it does on SQLite,
// whatever the collation of the database.
type postgresDialect struct{ postgres.Dialector }

func newPostgresDialect(pool gorm.ConnPool) gorm.Dialector {
	return postgresDialect{postgres.Dialector{Config: &postgres.Config{Conn: pool}}}
}

func (p postgresDialect) DataTypeOf(field *schema.Field) string {
	kind := p.Dialector.DataTypeOf(field)
	lower := strings.ToLower(kind)
	text := lower == "text" || strings.HasPrefix(lower, "varchar") || strings.HasPrefix(lower, "char")
	if text && !strings.Contains(lower, "collate") {
		return kind + ` COLLATE "C"`
	}
	return kind
}

func (p postgresDialect) Migrator(db *gorm.DB) gorm.Migrator {
	m := p.Dialector.Migrator(db).(postgres.Migrator)
	m.Dialector = p
	return m
}
