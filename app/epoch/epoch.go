// Package epoch counts the changes of definitions (scopes, clients) that instances keep
// in memory. Whoever changes one bumps its epoch in the same transaction; whoever keeps
// one reads the epoch along with what he reads anyway, and reloads when it moved.
package epoch

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tessera-erp/tessera/db"
)

// Bump raises an epoch, in the transaction of ctx when there is one.
func Bump(ctx context.Context, d *db.DB, name string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO epoch (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = epoch.value + 1", name)
		return err
	})
}

// Read returns an epoch; 0 when it was never bumped.
func Read(ctx context.Context, d *db.DB, name string) (int64, error) {
	var value int64
	err := d.QueryRowContext(ctx, "SELECT value FROM epoch WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return value, err
}
