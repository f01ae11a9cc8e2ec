package db_test

import (
	"database/sql"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/tessera-erp/tessera/db"
)

const createNotes = "CREATE TABLE notes (id integer PRIMARY KEY, text text NOT NULL, at datetime)"

func benchDB(b *testing.B) *db.DB {
	b.Helper()
	d, err := db.Open(b.Context(), db.Config{URL: "sqlite:" + filepath.Join(b.TempDir(), "bench.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	err = d.Write(b.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(createNotes)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkWrite inserts one durable row per call from 16 goroutines.
func BenchmarkWrite(b *testing.B) {
	for name, insert := range map[string]func(tx *db.Tx, id int64) error{
		"Prepared": func(tx *db.Tx, id int64) error {
			_, err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", id, "small")
			return err
		},
		"Gorm": func(tx *db.Tx, id int64) error {
			return tx.Gorm().Create(&note{ID: id, Text: "small"}).Error
		},
	} {
		b.Run(name, func(b *testing.B) {
			d := benchDB(b)
			var id atomic.Int64
			b.SetParallelism(8) // times GOMAXPROCS, 2 on the machine the numbers are for
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := d.Write(b.Context(), func(tx *db.Tx) error { return insert(tx, id.Add(1)) }); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
}

// BenchmarkWriteAlone inserts one durable row per call from one goroutine: the price of a commit.
func BenchmarkWriteAlone(b *testing.B) {
	d := benchDB(b)
	for i := range b.N {
		err := d.Write(b.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", i+1, "small")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead reads one row by its key from 16 goroutines.
func BenchmarkRead(b *testing.B) {
	d := benchDB(b)
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		for id := range 10_000 {
			if _, err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", id, "small"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var id atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			var text sql.NullString
			if err := d.QueryRowContext(b.Context(), "SELECT text FROM notes WHERE id = ?", id.Add(1)%10_000).Scan(&text); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
