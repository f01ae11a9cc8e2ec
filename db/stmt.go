package db

import (
	"container/list"
	"context"
	"database/sql"
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
type stmtCache struct {
	mu      sync.Mutex
	on      preparer
	entries map[string]*list.Element
	order   list.List // of *stmtEntry, used last in front
	closed  bool
}

type stmtEntry struct {
	text    string
	stmt    *sql.Stmt
	users   int
	evicted bool
}

func newStmtCache(on preparer) *stmtCache {
	return &stmtCache{on: on, entries: map[string]*list.Element{}}
}

// get returns the prepared statement of a text, to be given back with put. It prepares
// without the caller's deadline, since the statement outlives him.
func (c *stmtCache) get(ctx context.Context, text string) (*stmtEntry, error) {
	c.mu.Lock()
	if el, ok := c.entries[text]; ok {
		c.order.MoveToFront(el)
		e := el.Value.(*stmtEntry)
		e.users++
		c.mu.Unlock()
		return e, nil
	}
	c.mu.Unlock()
	stmt, err := c.on.PrepareContext(context.WithoutCancel(ctx), text)
	if err != nil {
		return nil, err
	}
	return c.add(text, stmt), nil
}

// add keeps stmt unless another caller prepared the same text meanwhile.
func (c *stmtCache) add(text string, stmt *sql.Stmt) *stmtEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &stmtEntry{text: text, stmt: stmt, users: 1}
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

func (c *stmtCache) evict(el *list.Element) {
	e := c.order.Remove(el).(*stmtEntry)
	delete(c.entries, e.text)
	e.evicted = true
	if e.users == 0 {
		_ = e.stmt.Close()
	}
}

func (c *stmtCache) put(e *stmtEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.users--
	if e.evicted && e.users == 0 {
		_ = e.stmt.Close()
	}
}

// close closes all statements; those in use when they are given back.
func (c *stmtCache) close() {
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
