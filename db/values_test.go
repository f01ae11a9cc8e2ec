package db

import (
	"database/sql"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// sample is a row of every kind of value.
type sample struct {
	ID      int64 `gorm:"primaryKey"`
	At      time.Time
	Maybe   *time.Time
	Null    sql.NullTime
	Yes     bool
	No      bool
	Amount  int64
	Ratio   float64
	Text    string
	Missing *string
	Blob    []byte
}

// samples are written with one driver and read with another.
func samples() []sample {
	zone := time.FixedZone("UTC+5:45", 5*3600+45*60)
	text := "Zoë — 東京 'quoted' ? $1"
	at := time.Date(2026, 3, 29, 3, 30, 15, 123456789, zone)
	return []sample{
		{ID: 1, At: at, Maybe: &at, Null: sql.NullTime{Time: at, Valid: true}, Yes: true, Amount: -1 << 62, Ratio: 0.1, Text: text, Missing: &text, Blob: []byte{0, 1, 255}},
		{ID: 2, At: time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC), Text: "2026-01-01 00:00:00+00:00"},
		{ID: 3, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Amount: 1<<63 - 1, Blob: []byte("text")},
		{ID: 4},
	}
}

// asStored is what every engine keeps of s.
func asStored(s sample) sample {
	s.At = cut(s.At)
	if s.Maybe != nil {
		at := cut(*s.Maybe)
		s.Maybe = &at
	}
	if s.Null.Valid {
		s.Null.Time = cut(s.Null.Time)
	}
	return s
}

// TestBothDrivers writes a file with one driver and reads it with the other.
func TestBothDrivers(t *testing.T) {
	t.Parallel()
	drivers := sqliteDrivers()
	for _, writing := range drivers {
		for _, reading := range drivers {
			t.Run(writing.name+" to "+reading.name, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "test.db")
				w := openFile(t, writing, path)
				err := w.Write(t.Context(), func(tx *Tx) error {
					if err := tx.Gorm().Migrator().CreateTable(&sample{}); err != nil {
						return err
					}
					return tx.Gorm().Create(samples()).Error
				})
				if err != nil {
					t.Fatalf("writing: %v", err)
				}
				compare(t, openFile(t, reading, path))
				compare(t, w)
			})
		}
	}
}

// compare reads the samples through gorm and by hand.
func compare(t *testing.T, d *DB) {
	t.Helper()
	var got []sample
	if err := d.Read(t.Context()).Order("id").Find(&got).Error; err != nil {
		t.Fatalf("reading: %v", err)
	}
	for i, s := range samples() {
		if want := asStored(s); !reflect.DeepEqual(got[i], want) {
			t.Errorf("read %+v\nwant %+v", got[i], want)
		}
		var at time.Time
		if err := d.QueryRowContext(t.Context(), "SELECT at FROM samples WHERE id = ? AND at = ?", s.ID, s.At).Scan(&at); err != nil || at != cut(s.At) {
			t.Errorf("the row of %v by its time is %v, %v, want %v", s.At, at, err, cut(s.At))
		}
	}
}

func TestBind(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 29, 3, 30, 15, 123456789, time.FixedZone("", 3600))
	want := time.Date(2026, 3, 29, 2, 30, 15, 123456000, time.UTC)
	given := []any{at, &at, sql.NullTime{Time: at, Valid: true}, sql.NullTime{}, (*time.Time)(nil), sql.Null[time.Time]{V: at, Valid: true}, "text", nil}
	kept := append([]any(nil), given...)
	got := bind(SQLite, given)
	if expected := []any{want, want, want, nil, nil, want, "text", nil}; !reflect.DeepEqual(got, expected) {
		t.Errorf("bind() = %v, want %v", got, expected)
	}
	if !reflect.DeepEqual(given, kept) {
		t.Error("bind changed the caller's arguments")
	}
}
