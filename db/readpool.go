package db

import (
	"context"
	"database/sql"
)

// readPool runs statements on the read connections, for gorm and for hand-written SQL
// alike. On SQLite it prepares each text once; pgx does so itself, per connection.
type readPool struct {
	db    *DB
	sql   *sql.DB
	stmts *stmtCache[*sql.Stmt] // nil on PostgreSQL
}

func (p *readPool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.sql.PrepareContext(ctx, query)
}

// ExecContext exists because gorm asks for it; the connections refuse to write.
func (p *readPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	defer p.db.observe(ctx, query)()
	return p.sql.ExecContext(ctx, query, bind(p.db.engine, args)...)
}

func (p *readPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	defer p.db.observe(ctx, query)()
	args = bind(p.db.engine, args)
	if p.stmts == nil {
		return p.sql.QueryContext(ctx, query, args...)
	}
	e, err := p.stmts.get(ctx, query)
	if err != nil {
		return nil, err
	}
	defer p.stmts.put(e)
	return e.stmt.QueryContext(ctx, args...)
}

func (p *readPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	defer p.db.observe(ctx, query)()
	args = bind(p.db.engine, args)
	if p.stmts == nil {
		return p.sql.QueryRowContext(ctx, query, args...)
	}
	e, err := p.stmts.get(ctx, query)
	if err != nil {
		return p.sql.QueryRowContext(ctx, query, args...) // only database/sql can make a Row of the error
	}
	defer p.stmts.put(e)
	return e.stmt.QueryRowContext(ctx, args...)
}

// GetDBConn lets gorm's DB() find the pool.
func (p *readPool) GetDBConn() (*sql.DB, error) { return p.sql, nil }
