package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// TestEach reads every type past database/sql and through it, as a transaction does.
func TestEach(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		d, err := db.Open(t.Context(), db.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600))
		bytes := map[db.Engine]string{db.SQLite: "blob", db.Postgres: "bytea"}[d.Engine()]
		moment := map[db.Engine]string{db.SQLite: "datetime", db.Postgres: "timestamptz"}[d.Engine()]
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec("CREATE TABLE each_row (id bigint PRIMARY KEY, text text, yes boolean, raw " + bytes + ", at " + moment + ")"); err != nil {
				return err
			}
			_, err := tx.Exec("INSERT INTO each_row VALUES (?, ?, ?, ?, ?), (?, NULL, ?, NULL, NULL)", 1, "é", true, []byte("raw"), at, 2, false)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		read := func(ctx context.Context) (out []string, err error) {
			err = d.Each(ctx, "SELECT id, text, yes, raw, at FROM each_row WHERE id >= ? ORDER BY id", []any{1}, func(values []any) error {
				if moment, ok := values[4].(time.Time); ok {
					values[4] = moment.UTC().Format(time.RFC3339Nano)
				}
				out = append(out, fmt.Sprintf("%T %v %T %v %v %v %v", values[0], values[0], values[1], values[1], values[2], values[3], values[4]))
				return nil
			})
			return out, err
		}
		want := []string{"int64 1 string é true raw 2026-01-02T02:04:05.000006Z", "int64 2 <nil> <nil> false <nil> <nil>"}
		free, err := read(t.Context())
		if err != nil || fmt.Sprint(free) != fmt.Sprint(want) {
			t.Errorf("read %q, %v; want %q", free, err, want)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			within, err := read(tx.Context())
			if err == nil && fmt.Sprint(within) != fmt.Sprint(want) {
				t.Errorf("read %q in a transaction, want %q", within, want)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		t.Run("ErrOfUse", func(t *testing.T) {
			enough, rows := errors.New("enough"), 0
			err := d.Each(t.Context(), "SELECT id FROM each_row", nil, func([]any) error { rows++; return enough })
			if !errors.Is(err, enough) || rows != 1 {
				t.Errorf("Each() = %v after %d rows, want the error of the first", err, rows)
			}
		})
		t.Run("ErrStatement", func(t *testing.T) {
			if err := d.Each(t.Context(), "SELECT nothing FROM nowhere", nil, func([]any) error { return nil }); err == nil {
				t.Error("Each() of no statement = nil")
			}
			if err := d.Each(t.Context(), "SELECT id FROM each_row WHERE id = ?", nil, func([]any) error { return nil }); err == nil {
				t.Error("Each() without its argument = nil")
			}
		})
		t.Run("ErrDeadline", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			began := time.Now()
			err := d.Each(ctx, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n", nil, func([]any) error { return nil })
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) || err == nil || time.Since(began) > 20*time.Second {
				t.Errorf("Each() = %v after %s, want it broken off", err, time.Since(began))
			}
			if again, err := read(t.Context()); err != nil || len(again) != 2 {
				t.Errorf("the next reading gives %q, %v", again, err)
			}
		})
	})
}
