package db_test

import (
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

type note struct {
	ID   int64 `gorm:"primaryKey"`
	Text string
}

// open opens the database at url until the test ends.
func open(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url})
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

// openNotes opens the database and creates the table of notes.
func openNotes(t *testing.T, url string) *db.DB {
	t.Helper()
	d := open(t, url)
	write(t, d, func(tx *db.Tx) error { return tx.Gorm().Migrator().CreateTable(&note{}) })
	return d
}

// write writes and expects it to go well.
func write(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), fn); err != nil {
		t.Fatalf("Write() = %v, want nil", err)
	}
}

// add inserts a note.
func add(tx *db.Tx, text string) error {
	_, err := tx.Exec("INSERT INTO notes (text) VALUES (?)", text)
	return err
}

// expectNotes compares the texts that a reader sees, sorted, with want.
func expectNotes(t *testing.T, d *db.DB, want ...string) {
	t.Helper()
	var got []string
	if err := d.Read(t.Context()).Model(&note{}).Order("text").Pluck("text", &got).Error; err != nil {
		t.Fatalf("reading the notes: %v", err)
	}
	if len(got) != len(want) {
		t.Fatalf("a reader sees the notes %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("a reader sees the notes %q, want %q", got, want)
		}
	}
}

func expectCode(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("%s = %v (code %q), want code %q", what, err, got, want)
	}
}
