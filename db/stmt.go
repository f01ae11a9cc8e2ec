package db

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"sync"
)

// stmtCacheSize bounds the prepared statements that a pool or connection keeps. gorm
// writes a text for every length of an IN list, so there is no natural end.
const stmtCacheSize = 512

// preparer is a pool or a connection that can prepare a statement.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// stmtCache keeps the prepared statements used last, by their text.
type stmtCache[S io.Closer] struct {
	mu      sync.Mutex
	prepare func(ctx context.Context, query string) (S, error)
	entries map[string]*list.Element
	order   list.List // of *stmtEntry[S], used last in front
	closed  bool
}

type stmtEntry[S io.Closer] struct {
	text    string
	stmt    S
	users   int
	evicted bool
}

func newStmtCache(on preparer) *stmtCache[*sql.Stmt] {
	return &stmtCache[*sql.Stmt]{prepare: on.PrepareContext, entries: map[string]*list.Element{}}
}

// direct is a statement on the driver itself: database/sql spends as much time around a
// short one as SQLite spends in it, the write door makes all wait, and a page of rows
// comes one value at a time.
type direct struct {
	driver.Stmt
	inputs int // -1 when the driver counts them itself
}

// newDirectCache prepares on a connection that one goroutine uses at a time.
func newDirectCache(on driver.Conn) *stmtCache[direct] {
	prepare := func(ctx context.Context, query string) (direct, error) {
		stmt, err := on.(driver.ConnPrepareContext).PrepareContext(ctx, query)
		if err != nil {
			return direct{}, err
		}
		return direct{stmt, stmt.NumInput()}, nil
	}
	return &stmtCache[direct]{prepare: prepare, entries: map[string]*list.Element{}}
}

// exec runs the statement; args have gone through bind.
func (c direct) exec(ctx context.Context, args []any) (sql.Result, error) {
	values, err := c.values(args)
	if err != nil {
		return nil, err
	}
	return c.Stmt.(driver.StmtExecContext).ExecContext(ctx, values)
}

// query runs the statement; args have gone through bind.
func (c direct) query(ctx context.Context, args []any) (driver.Rows, error) {
	values, err := c.values(args)
	if err != nil {
		return nil, err
	}
	return c.Stmt.(driver.StmtQueryContext).QueryContext(ctx, values)
}

func (c direct) values(args []any) ([]driver.NamedValue, error) {
	if c.inputs >= 0 && len(args) != c.inputs {
		return nil, fmt.Errorf("db: expected %d arguments, got %d", c.inputs, len(args))
	}
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("db: argument %d: %w", i+1, err)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return values, nil
}

// get returns the prepared statement of a text, to be given back with put. It prepares
// without the caller's deadline, since the statement outlives him.
func (c *stmtCache[S]) get(ctx context.Context, text string) (*stmtEntry[S], error) {
	c.mu.Lock()
	if el, ok := c.entries[text]; ok {
		c.order.MoveToFront(el)
		e := el.Value.(*stmtEntry[S])
		e.users++
		c.mu.Unlock()
		return e, nil
	}
	c.mu.Unlock()
	stmt, err := c.prepare(context.WithoutCancel(ctx), text)
	if err != nil {
		return nil, err
	}
	return c.add(text, stmt), nil
}

// add keeps stmt unless another caller prepared the same text meanwhile.
func (c *stmtCache[S]) add(text string, stmt S) *stmtEntry[S] {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &stmtEntry[S]{text: text, stmt: stmt, users: 1}
	if _, ok := c.entries[text]; ok || c.closed {
		e.evicted = true
		return e
	}
	c.entries[text] = c.order.PushFront(e)
	for c.order.Len() > stmtCacheSize {
		c.evict(c.order.Back())
	}
	return e
}

func (c *stmtCache[S]) evict(el *list.Element) {
	e := c.order.Remove(el).(*stmtEntry[S])
	delete(c.entries, e.text)
	e.evicted = true
	if e.users == 0 {
		_ = e.stmt.Close()
	}
}

func (c *stmtCache[S]) put(e *stmtEntry[S]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.users--
	if e.evicted && e.users == 0 {
		_ = e.stmt.Close()
	}
}

// close closes all statements; those in use when they are given back.
func (c *stmtCache[S]) close() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for c.order.Len() > 0 {
		c.evict(c.order.Back())
	}
}
