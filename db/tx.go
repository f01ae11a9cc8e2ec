package db

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
)

// Tx is a write transaction under way, for the goroutine that [DB.Write] called. After
// that call has returned it refuses every statement.
type Tx struct {
	db      *DB
	ctx     context.Context
	session *session
	parent  *Tx // of a nested Write
	over    bool
	depth   int
	quiet   bool // as it says of itself
	loud    bool // a part of it was not quiet
	after   []func()
	gorm    *gorm.DB
}

// txKey finds the transaction of one database in a context.
type txKey struct{ db *DB }

// Write runs fn in a transaction: what it wrote is durable when Write returns nil and
// gone when it returns an error or fn panics. It is the one way to change rows.
//
// A caller can give up only before its turn: it then gets the context's error and fn has
// not run. Later nothing can interrupt it, so fn must be short: no hashing, no HTTP, no
// templates. PostgreSQL may ask to repeat fn (deadlock, serialization failure; at most
// three runs in all): whatever reaches beyond the database belongs into [Tx.AfterCommit].
//
// With the context of a transaction under way ([Tx.Context]) Write joins it: an error
// undoes only the part of this fn, and the rest can go on. With any other context a Write
// inside fn waits for fn to end, on SQLite for ever.
//
// A failed statement spoils the transaction on both engines: what is expected to fail
// belongs into a nested Write.
//
// [fault.Unavailable] means that the database could not store the change (disk full,
// connection lost); fn's own errors come back as they are.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if outer := d.outer(ctx); outer != nil {
		return outer.join(ctx, fn)
	}
	if d.readOnly {
		return fault.New(fault.Unavailable, "The database is open for reading only.")
	}
	var tx *Tx
	err := d.writer.write(ctx, func(s *session) error {
		tx = d.newTx(ctx, s, nil)
		return tx.run(fn)
	})
	if err != nil {
		return Fault(err)
	}
	if tx.loud || !tx.quiet {
		d.changed()
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// Insert runs one INSERT as a transaction of its own. It is a [Tx.Quiet] Write of one
// statement, which on PostgreSQL takes one round trip where a Write takes three.
func (d *DB) Insert(ctx context.Context, query string, args ...any) error {
	w, single := d.writer.(*postgresWriter)
	if !single || d.outer(ctx) != nil {
		return d.Write(ctx, func(tx *Tx) error {
			tx.Quiet()
			_, err := tx.Exec(query, args...)
			return err
		})
	}
	return Fault(w.insert(ctx, d.rebind(query), args))
}

func (d *DB) newTx(ctx context.Context, s *session, parent *Tx) *Tx {
	tx := &Tx{db: d, session: s, parent: parent}
	if parent != nil {
		tx.depth = parent.depth + 1
	}
	tx.ctx = context.WithValue(context.WithoutCancel(ctx), txKey{d}, tx)
	return tx
}

// outer returns the transaction under way in ctx, nil when there is none.
func (d *DB) outer(ctx context.Context) *Tx {
	tx, _ := ctx.Value(txKey{d}).(*Tx)
	if tx == nil || tx.session.done {
		return nil
	}
	return tx.current()
}

// InTransaction reports whether ctx is that of a transaction under way: what is read with
// it may never come to be.
func (d *DB) InTransaction(ctx context.Context) bool { return d.outer(ctx) != nil }

// within returns the session of the transaction under way in ctx, nil when there is none.
func (d *DB) within(ctx context.Context) *session {
	if tx := d.outer(ctx); tx != nil {
		return tx.session
	}
	return nil
}

// current returns t, or the enclosing transaction when t's own part is over.
func (t *Tx) current() *Tx {
	for t.over && t.parent != nil {
		t = t.parent
	}
	return t
}

// run calls fn and reports a failed statement that fn kept to itself.
func (t *Tx) run(fn func(*Tx) error) error {
	if err := fn(t); err != nil {
		return err
	}
	return t.session.spoiled()
}

// join runs fn in a savepoint of its own inside t.
func (t *Tx) join(ctx context.Context, fn func(*Tx) error) error {
	inner := t.db.newTx(ctx, t.session, t)
	name := fmt.Sprintf("nested_%d", inner.depth)
	if err := t.session.savepoint(name); err != nil {
		return err
	}
	finished := false
	defer func() {
		inner.over = true
		if !finished { // a panic or runtime.Goexit passes through
			t.session.undo(name)
		}
	}()
	err := inner.run(fn)
	if err == nil {
		err = t.session.release(name)
	}
	if err != nil {
		finished = true
		t.session.undo(name)
		return err
	}
	finished = true
	t.loud = t.loud || inner.loud || !inner.quiet
	t.after = append(t.after, inner.after...)
	return nil
}

// Context returns a context that carries the transaction: reads and writes under it go
// through it. It is not cancelled when the caller's is.
func (t *Tx) Context() context.Context { return t.ctx }

// DB returns the database that the transaction belongs to.
func (t *Tx) DB() *DB { return t.db }

// Gorm returns a gorm handle on the transaction.
func (t *Tx) Gorm() *gorm.DB {
	if t.gorm == nil {
		t.gorm = t.db.handle(t.ctx, t.session)
	}
	return t.gorm
}

// Exec runs a statement through the cache of prepared statements; placeholders are '?'.
func (t *Tx) Exec(query string, args ...any) (sql.Result, error) {
	return t.session.ExecContext(t.ctx, t.db.rebind(query), args...)
}

// Query runs a query in the transaction; placeholders are '?'. The rows have to be
// closed before the next statement: PostgreSQL has one connection for both.
func (t *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	return t.session.QueryContext(t.ctx, t.db.rebind(query), args...)
}

// QueryRow is [Tx.Query] for at most one row, RETURNING included.
func (t *Tx) QueryRow(query string, args ...any) *sql.Row {
	return t.session.QueryRowContext(t.ctx, t.db.rebind(query), args...)
}

// AfterCommit has f called once the transaction is durable, in the order of the calls, in
// the goroutine of the outermost Write; never when this or an enclosing part was undone.
func (t *Tx) AfterCommit(f func()) {
	t = t.current()
	t.after = append(t.after, f)
}
