package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
)

// A group commits when nobody waits to join it, or at one of these bounds.
const (
	groupMembers = 256
	groupTime    = 5 * time.Millisecond
)

// door is the write door of SQLite. Callers who wait at the same time share one
// transaction and so one sync to disk (group commit). Its life:
//
//  1. A caller takes a turn; without a group under way it begins one.
//  2. In a savepoint of his own his function runs, in his own goroutine. An error or a
//     panic undoes that savepoint only.
//  3. He hands the turn to the next in line, who joins the group. When nobody waits he
//     commits it and tells all members; nobody is told before.
//
// What cannot be undone alone (SQLite rolled the whole transaction back, a rollback to
// the savepoint failed, the commit failed) fails the whole group: every member gets
// [fault.Unavailable] and the connection is replaced.
type door struct {
	db        *DB
	pool      *sql.DB
	connector *sqliteConnector

	mu     sync.Mutex
	taken  bool // somebody has the turn
	line   []chan error
	closed bool

	// For whoever has the turn.
	conn    *sql.Conn
	stmts   *stmtCache[*sql.Stmt]
	changes *stmtCache[direct]
	group   *group

	committing atomic.Bool // the door itself commits now
	rolledBack atomic.Bool // SQLite undid the whole transaction
}

// group is the callers who share a transaction.
type group struct {
	begun  time.Time
	joined int
	kept   int           // members whose part is to be committed
	failed error         // why nothing can be kept
	done   chan struct{} // closed when the outcome is known
	err    error         // the outcome, for the members kept
}

var errUnexpectedEnd = errors.New("db: the transaction ended before its commit")

func newDoor(d *DB, c *sqliteConnector) *door {
	r := &door{db: d, connector: c}
	c.opened = func(conn driver.Conn) {
		d.driver.watch(conn, r.committing.Load, func() { r.rolledBack.Store(true) })
	}
	r.pool = sql.OpenDB(c)
	r.pool.SetMaxOpenConns(1)
	return r
}

// connect makes sure that there is a write connection.
func (r *door) connect(ctx context.Context) error {
	if r.conn != nil {
		return nil
	}
	conn, err := r.pool.Conn(ctx)
	if err != nil {
		return err
	}
	r.conn, r.stmts = conn, newStmtCache(conn)
	return conn.Raw(func(bare any) error {
		r.changes = newDirectCache(bare.(driver.Conn))
		return nil
	})
}

// disconnect gives up the connection, and with it whatever transaction it is in.
func (r *door) disconnect() {
	if r.conn == nil {
		return
	}
	r.changes.close()
	r.stmts.close()
	_ = r.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = r.conn.Close()
	r.conn, r.stmts, r.changes = nil, nil, nil
}

func (r *door) write(ctx context.Context, member func(*session) error) error {
	if err := r.wait(ctx); err != nil {
		return err
	}
	if err := r.begin(); err != nil {
		r.refuse(err)
		return err
	}
	g := r.group
	if err := r.run(g, member); err != nil {
		return err
	}
	<-g.done
	return g.err
}

// wait returns when it is the caller's turn, or with the context's error.
func (r *door) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return errClosed()
	}
	if !r.taken {
		r.taken = true
		r.mu.Unlock()
		return nil
	}
	turn := make(chan error, 1)
	r.line = append(r.line, turn)
	r.mu.Unlock()
	select {
	case err := <-turn:
		return err
	case <-ctx.Done():
		return r.giveUp(ctx, turn)
	}
}

// giveUp leaves the line. A turn that came at the same moment is handed on.
func (r *door) giveUp(ctx context.Context, turn chan error) error {
	r.mu.Lock()
	at := slices.Index(r.line, turn)
	if at >= 0 {
		r.line = slices.Delete(r.line, at, at+1)
	}
	r.mu.Unlock()
	if at < 0 && <-turn == nil {
		r.leave()
	}
	return ctx.Err()
}

// begin opens a group unless the caller was handed one.
func (r *door) begin() error {
	if r.group != nil {
		return nil
	}
	ctx := context.Background()
	if err := r.connect(ctx); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database cannot be written now.")
	}
	if err := r.exec("BEGIN IMMEDIATE"); err != nil {
		r.disconnect()
		return fault.Wrap(err, fault.Unavailable, "The database is busy with another program.")
	}
	r.rolledBack.Store(false)
	r.group = &group{begun: time.Now(), done: make(chan struct{})}
	return nil
}

// refuse ends the turn of a caller who could not begin a group; who waited for him would
// wait as long and in vain, so they hear the same.
func (r *door) refuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, turn := range r.line {
		turn <- err
	}
	r.line, r.taken = nil, false
}

// run runs one member in his savepoint and ends his turn, however his function ends.
func (r *door) run(g *group, member func(*session) error) (err error) {
	g.joined++
	s := &session{db: r.db, conn: r.conn, stmts: r.stmts, changes: r.changes, lost: r.lost}
	defer func() { // after a panic or runtime.Goexit too
		s.done = true
		r.leave()
	}()
	if err := s.savepoint("member"); err != nil {
		return g.fail(err)
	}
	ended := false
	defer func() {
		if !ended {
			r.undo(g, s)
		}
	}()
	err = member(s)
	if err == nil {
		err = s.release("member")
		ended = err == nil
	}
	if err != nil {
		ended = true
		if failed := r.undo(g, s); failed != nil {
			return fault.Wrap(errors.Join(err, failed), fault.Unavailable, "The database could not store the change.")
		}
		return err
	}
	g.kept++
	return nil
}

// undo takes back what a member wrote; when that is not possible the group fails.
func (r *door) undo(g *group, s *session) error {
	s.undo("member")
	if err := r.lost(); err != nil {
		return g.fail(err)
	}
	if s.broken != nil {
		return g.fail(s.broken)
	}
	return nil
}

// lost tells whether SQLite has rolled the whole transaction back, as it may after a
// full disk or a failing one. Statements after that would commit each for itself.
func (r *door) lost() error {
	if r.rolledBack.Load() {
		return errUnexpectedEnd
	}
	return nil
}

func (g *group) fail(err error) error {
	if g.failed == nil {
		g.failed = err
	}
	return err
}

// leave ends the turn: the next in line joins the group, or the group ends.
func (r *door) leave() {
	if g := r.group; g != nil {
		open := g.failed == nil && g.joined < groupMembers && time.Since(g.begun) < groupTime
		if open && r.next() {
			return
		}
		// Who is ready to run gets in line first, so that the callers whom the last commit
		// woke share the next one instead of the first of them committing alone.
		runtime.Gosched()
		if open && r.next() {
			return
		}
		r.end(g)
	}
	r.mu.Lock()
	if len(r.line) == 0 {
		r.taken = false
		r.mu.Unlock()
		return
	}
	r.mu.Unlock()
	r.next()
}

// next hands the turn to the first in line and reports whether there was one.
func (r *door) next() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.line) == 0 {
		return false
	}
	r.line[0] <- nil
	r.line = slices.Delete(r.line, 0, 1)
	return true
}

// end commits the group and tells its members.
func (r *door) end(g *group) {
	switch {
	case g.failed != nil:
		g.err = fault.Wrap(g.failed, fault.Unavailable, "The database could not store the change.")
		r.disconnect()
	case g.kept == 0:
		if err := r.exec("ROLLBACK"); err != nil {
			r.disconnect()
		}
	default:
		if err := r.commit(); err != nil {
			g.err = fault.Wrap(err, fault.Unavailable, "The database could not store the change.")
			r.disconnect()
		}
	}
	r.group = nil
	close(g.done)
}

func (r *door) commit() error {
	r.committing.Store(true)
	defer r.committing.Store(false)
	crash(beforeCommit)
	if err := r.exec("COMMIT"); err != nil {
		return err
	}
	crash(afterCommit)
	return r.lost()
}

// exec runs one of the door's own statements on a background context.
func (r *door) exec(query string) error {
	ctx := context.Background()
	e, err := r.changes.get(ctx, query)
	if err != nil {
		return err
	}
	defer r.changes.put(e)
	_, err = e.stmt.exec(ctx, nil)
	return err
}

// close waits for the group under way; later callers are refused.
func (r *door) close() error {
	if err := r.wait(context.Background()); err != nil {
		return nil // closed before
	}
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if r.group != nil {
		r.end(r.group)
	}
	var err error
	if r.conn != nil {
		r.changes.close()
		r.stmts.close()
		err = r.conn.Close()
		r.conn = nil
	}
	r.refuse(errClosed())
	return errors.Join(err, r.pool.Close())
}

func errClosed() error { return fault.New(fault.Unavailable, "The database is closed.") }
