package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
)

// execer is the connection or transaction that a session runs on.
type execer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

var (
	errDone    = errors.New("db: the transaction is over")
	errSpoiled = errors.New("db: an earlier statement of this transaction failed; undo it first (a nested Write does)")
	errDoor    = errors.New("db: only the write door begins, commits and rolls back")
)

// session is one caller's time on a write connection: his savepoints and statements, in
// hand-written SQL and through gorm alike. It belongs to one goroutine.
type session struct {
	db   *DB
	conn execer
	// Of the SQLite write connection; nil on PostgreSQL.
	stmts   *stmtCache[*sql.Stmt]
	changes *stmtCache[direct]
	// busy holds the texts whose prepared statement may still have open rows: using it
	// again would rewind them.
	busy map[string]bool
	// lost tells why the transaction no longer exists, nil while it does.
	lost   func() error
	failed error // the statement that spoiled the transaction
	broken error // undoing failed: nothing of the transaction may be kept
	done   bool
}

// usable returns why no statement may run now.
func (s *session) usable() error {
	switch {
	case s.done:
		return errDone
	case s.broken != nil:
		return s.broken
	case s.failed != nil:
		return errSpoiled
	case s.lost != nil:
		return s.lost()
	}
	return nil
}

// note remembers a failed statement. PostgreSQL refuses everything after one; so does
// SQLite here, or code that works on one engine would fail on the other.
func (s *session) note(err error) {
	if err != nil && s.failed == nil {
		s.failed = err
	}
}

// spoiled returns the failed statement that was not undone.
func (s *session) spoiled() error { return s.failed }

func (s *session) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	return s.conn.PrepareContext(context.WithoutCancel(ctx), query)
}

func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if rest, ok := strings.CutPrefix(query, "ROLLBACK TO "); ok { // gorm undoing its own savepoint
		return driver.RowsAffected(0), s.rollbackTo(strings.TrimPrefix(rest, "SAVEPOINT "))
	}
	if err := s.usable(); err != nil {
		return nil, err
	}
	defer s.db.observe(ctx, query)()
	result, err := s.exec(context.WithoutCancel(ctx), query, bind(s.db.engine, args))
	s.note(err)
	return result, err
}

func (s *session) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if s.changes == nil {
		return s.conn.ExecContext(ctx, query, args...)
	}
	e, err := s.changes.get(ctx, query)
	if err != nil {
		return nil, err
	}
	defer s.changes.put(e)
	return e.stmt.exec(ctx, args)
}

func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	defer s.db.observe(ctx, query)()
	rows, err := s.query(context.WithoutCancel(ctx), query, bind(s.db.engine, args))
	s.note(err)
	return rows, err
}

func (s *session) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if s.stmts == nil || s.busy[query] {
		return s.conn.QueryContext(ctx, query, args...)
	}
	e, err := s.stmts.get(ctx, query)
	if err != nil {
		return nil, err
	}
	defer s.stmts.put(e)
	if s.busy == nil {
		s.busy = map[string]bool{}
	}
	s.busy[query] = true
	return e.stmt.QueryContext(ctx, args...)
}

func (s *session) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := s.usable(); err != nil {
		return refuse(err)
	}
	defer s.db.observe(ctx, query)()
	ctx, args = context.WithoutCancel(ctx), bind(s.db.engine, args)
	if s.stmts == nil || s.busy[query] {
		return s.conn.QueryRowContext(ctx, query, args...)
	}
	e, err := s.stmts.get(ctx, query)
	if err != nil {
		s.note(err)
		return s.conn.QueryRowContext(ctx, query, args...) // only database/sql can make a Row of the error
	}
	defer s.stmts.put(e)
	row := e.stmt.QueryRowContext(ctx, args...)
	s.note(row.Err())
	return row
}

// refuse makes a Row whose Scan returns err; only database/sql can make one.
func refuse(err error) *sql.Row {
	unreachable := sql.OpenDB(refusing{err})
	defer unreachable.Close()
	return unreachable.QueryRow("")
}

// refusing is a connector that never connects.
type refusing struct{ err error }

func (r refusing) Connect(context.Context) (driver.Conn, error) { return nil, r.err }
func (r refusing) Driver() driver.Driver                        { return nil }

// Commit and Rollback make gorm see a transaction, so that its nested ones use savepoints.
func (s *session) Commit() error   { return errDoor }
func (s *session) Rollback() error { return errDoor }

// raw runs one of the door's own statements.
func (s *session) raw(query string) error {
	_, err := s.exec(context.Background(), query, nil)
	return err
}

func (s *session) savepoint(name string) error {
	if err := s.usable(); err != nil {
		return err
	}
	return s.raw("SAVEPOINT " + name)
}

func (s *session) release(name string) error {
	if err := s.usable(); err != nil {
		return err
	}
	return s.raw("RELEASE SAVEPOINT " + name)
}

// rollbackTo undoes what came after the savepoint; a failed statement is forgiven with it.
func (s *session) rollbackTo(name string) error {
	if s.done {
		return errDone
	}
	if s.lost != nil {
		if err := s.lost(); err != nil {
			return err
		}
	}
	if err := s.raw("ROLLBACK TO SAVEPOINT " + name); err != nil {
		s.broken = fault.Wrap(err, fault.Unavailable, "The database could not undo a change.")
		return s.broken
	}
	s.failed = nil
	return nil
}

// undo rolls back to the savepoint and drops it. When that fails the session is broken.
func (s *session) undo(name string) {
	if s.rollbackTo(name) != nil {
		return
	}
	if err := s.raw("RELEASE SAVEPOINT " + name); err != nil {
		s.broken = fault.Wrap(err, fault.Unavailable, "The database could not undo a change.")
	}
}
