package db

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Counter holds the statements that ran under a context, in order, by their text.
type Counter struct {
	mu         sync.Mutex
	statements []string
}

type counterKey struct{}

// CountQueries returns a context under which every statement, of gorm or prepared, read
// or written, is counted. Savepoints and commits are the door's own and not counted.
func (d *DB) CountQueries(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}

// Len returns how many statements ran.
func (c *Counter) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.statements)
}

// Statements returns the texts of the statements that ran.
func (c *Counter) Statements() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.statements)
}

// Reset forgets what was counted.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statements = nil
}

// observe counts the statement and returns what is to be called when it has run.
func (d *DB) observe(ctx context.Context, query string) func() {
	if c, ok := ctx.Value(counterKey{}).(*Counter); ok {
		c.mu.Lock()
		c.statements = append(c.statements, query)
		c.mu.Unlock()
	}
	if d.config.Logger == nil {
		return func() {}
	}
	begun := time.Now()
	return func() {
		if took := time.Since(begun); took >= d.config.Slow {
			d.config.Logger.WarnContext(ctx, "slow statement", "sql", query, "took", took)
		}
	}
}
