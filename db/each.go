package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"slices"
)

// Each runs a query as [DB.QueryContext] does and gives the values of each row to use:
// int64, float64, bool, string, time.Time or nil, as the driver has them; bytes come as a
// string. The slice is used again for the next row. use must not query by itself: on
// SQLite the rows come past database/sql, and the connection is busy until they end.
func (d *DB) Each(ctx context.Context, query string, args []any, use func(values []any) error) error {
	query = d.rebind(query)
	if s := d.within(ctx); s != nil {
		rows, err := s.QueryContext(ctx, query, args...)
		return eachScanned(rows, err, use)
	}
	if d.engine != SQLite {
		rows, err := d.pool.QueryContext(ctx, query, args...)
		return eachScanned(rows, err, use)
	}
	defer d.observe(ctx, query)()
	conn, err := d.readers.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error { return c.(*readConn).each(ctx, query, bind(d.engine, args), use) })
}

// eachScanned is Each through database/sql.
func eachScanned(rows *sql.Rows, err error, use func([]any) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		textual(values)
		if err := use(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// textual makes texts of bytes.
func textual(values []any) {
	for i, v := range values {
		if b, ok := v.([]byte); ok {
			values[i] = string(b)
		}
	}
}

// pooledConn is what database/sql makes use of in both drivers.
type pooledConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.QueryerContext
	driver.ExecerContext
	driver.Pinger
}

// readConn is a connection of the read pool that keeps statements for Each, which has it
// to itself while it runs.
type readConn struct {
	pooledConn
	stmts *stmtCache[direct]
	// values and row are those of the row under way.
	values []driver.Value
	row    []any
}

func newReadConn(conn driver.Conn) *readConn {
	return &readConn{pooledConn: conn.(pooledConn), stmts: newDirectCache(conn)}
}

// Close implements driver.Conn.
func (c *readConn) Close() error {
	c.stmts.close()
	return c.pooledConn.Close()
}

func (c *readConn) each(ctx context.Context, query string, args []any, use func([]any) error) (err error) {
	e, err := c.stmts.get(ctx, query)
	if err != nil {
		return err
	}
	defer c.stmts.put(e)
	rows, err := e.stmt.query(ctx, args)
	if err != nil {
		return err
	}
	defer func() {
		if closed := rows.Close(); err == nil {
			err = closed
		}
	}()
	n := len(rows.Columns())
	c.values, c.row = slices.Grow(c.values[:0], n)[:n], slices.Grow(c.row[:0], n)[:n]
	values, row := c.values, c.row
	defer func() { clear(values); clear(row) }()
	for {
		if err := rows.Next(values); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		for i, v := range values {
			row[i] = v
		}
		textual(row)
		if err := use(row); err != nil {
			return err
		}
	}
}
