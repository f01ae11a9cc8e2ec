package db_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

type note struct {
	ID   int64 `gorm:"primaryKey"`
	Text string
}

func open(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("Open(%s) = %v, want a database", url, err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
	return d
}

func TestSmoke(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Gorm().AutoMigrate(&note{}); err != nil {
				return err
			}
			if err := tx.Gorm().Create(&note{Text: "a"}).Error; err != nil {
				return err
			}
			return d.Write(tx.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("INSERT INTO notes (text) VALUES (?)", "b")
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := d.QueryRowContext(context.Background(), "SELECT count(*) FROM notes WHERE text <> ?", "").Scan(&n); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		var all []note
		if err := d.Read(t.Context()).Find(&all).Error; err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		if err := d.Read(t.Context()).Create(&note{Text: "c"}).Error; err == nil {
			t.Fatal("read pool wrote")
		}
	})
}
