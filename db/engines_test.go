package db_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// event has times of both kinds.
type event struct {
	ID int64 `gorm:"primaryKey"`
	At time.Time
	To *time.Time
}

func TestTimes(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		at := time.Date(2026, 3, 29, 3, 30, 15, 123456789, time.FixedZone("", 5*3600+45*60))
		want := time.Date(2026, 3, 28, 21, 45, 15, 123456000, time.UTC)
		write(t, d, func(tx *db.Tx) error {
			if err := tx.Gorm().Migrator().CreateTable(&event{}); err != nil {
				return err
			}
			if err := tx.Gorm().Create(&event{ID: 1, At: at, To: &at}).Error; err != nil {
				return err
			}
			_, err := tx.Exec("INSERT INTO events (id, at) VALUES (?, ?)", 2, at)
			return err
		})
		var events []event
		if err := d.Read(t.Context()).Order("id").Find(&events, "at = ?", at).Error; err != nil || len(events) != 2 {
			t.Fatalf("events at %v: %v, %v, want both", at, events, err)
		}
		for _, e := range events {
			if e.At != want { // the location counts too
				t.Errorf("event %d is at %v, want %v", e.ID, e.At, want)
			}
		}
		if events[0].To == nil || *events[0].To != want || events[1].To != nil {
			t.Errorf("the events end %v and %v, want %v and never", events[0].To, events[1].To, want)
		}
	})
}

// word has text of every length that gorm makes another type of.
type word struct {
	ID   int64  `gorm:"primaryKey"`
	Text string `gorm:"size:40"`
	More string
}

// TestTextSortsByBytes fails on a PostgreSQL database with rules of a language when
// columns do not bring their own collation.
func TestTextSortsByBytes(t *testing.T) {
	t.Parallel()
	want := []string{"Beta", "Zoë", "a-b", "alpha", "Ärger", "東京"}
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		write(t, d, func(tx *db.Tx) error {
			if err := tx.Gorm().AutoMigrate(&word{}); err != nil {
				return err
			}
			for i, text := range []string{"alpha", "東京", "Beta", "Ärger", "a-b", "Zoë"} {
				if err := tx.Gorm().Create(&word{ID: int64(i + 1), Text: text, More: text}).Error; err != nil {
					return err
				}
			}
			return tx.Gorm().AutoMigrate(&word{}) // finds nothing to change
		})
		for _, column := range []string{"text", "more"} {
			var got []string
			if err := d.Read(t.Context()).Model(&word{}).Order(column).Pluck(column, &got).Error; err != nil || !slices.Equal(got, want) {
				t.Errorf("ordered by %s: %q, %v, want %q", column, got, err, want)
			}
		}
	})
}

const violations = `CREATE TABLE parent (id integer PRIMARY KEY, code varchar(9) NOT NULL, company integer,
	amount integer CONSTRAINT positive CHECK (amount > 0), CONSTRAINT parent_code UNIQUE (code, company))`

func TestViolations(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		write(t, d, func(tx *db.Tx) error {
			for _, s := range []string{
				violations,
				"CREATE TABLE child (id integer PRIMARY KEY, parent_id integer REFERENCES parent (id))",
				"CREATE TABLE folded (id integer PRIMARY KEY, code varchar(9))",
				"CREATE UNIQUE INDEX folded_code ON folded (lower(code))",
				"INSERT INTO folded (id, code) VALUES (1, 'a')",
				"INSERT INTO parent (id, code, company) VALUES (1, 'a', 1)",
				"INSERT INTO child (id, parent_id) VALUES (1, 1)",
			} {
				if _, err := tx.Exec(s); err != nil {
					return err
				}
			}
			return nil
		})
		for _, c := range []struct {
			name, statement, table, columns, constraint string
			is                                          func(error) bool
		}{
			{"UniqueKey", "INSERT INTO parent (id, code) VALUES (1, 'b')", "parent", "id", "", db.IsUnique},
			{"Unique", "INSERT INTO parent (id, code, company) VALUES (2, 'a', 1)", "parent", "code company", "", db.IsUnique},
			{"UniqueExpression", "INSERT INTO folded (id, code) VALUES (2, 'A')", "", "", "folded_code", db.IsUnique},
			{"NotNull", "INSERT INTO parent (id) VALUES (2)", "parent", "code", "", db.IsNotNull},
			{"Check", "INSERT INTO parent (id, code, amount) VALUES (2, 'c', -1)", "", "", "positive", db.IsCheck},
			{"ForeignKey", "INSERT INTO child (id, parent_id) VALUES (2, 9)", "", "", "", db.IsForeignKey},
			{"ForeignKeyOfChild", "DELETE FROM parent", "", "", "", db.IsForeignKey},
		} {
			t.Run(c.name, func(t *testing.T) {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(c.statement)
					return err
				})
				v, ok := db.Violated(err)
				if !ok || !c.is(err) {
					t.Fatalf("%s: %v, want a violation", c.statement, err)
				}
				if c.table != "" && (v.Table != c.table || strings.Join(v.Columns, " ") != c.columns) {
					t.Errorf("violated %q of %q, want %q of %q", v.Columns, v.Table, c.columns, c.table)
				}
				if c.constraint != "" && v.Constraint != c.constraint {
					t.Errorf("violated constraint %q, want %q", v.Constraint, c.constraint)
				}
				kinds := 0
				for _, is := range []func(error) bool{db.IsUnique, db.IsForeignKey, db.IsNotNull, db.IsCheck} {
					if is(err) {
						kinds++
					}
				}
				if kinds != 1 || db.IsUnavailable(err) {
					t.Errorf("%v is of %d kinds (unavailable: %v), want exactly one", err, kinds, db.IsUnavailable(err))
				}
			})
		}
		t.Run("None", func(t *testing.T) {
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("NONSENSE"); return err })
			if _, ok := db.Violated(err); ok || err == nil || db.IsUnavailable(err) {
				t.Errorf("a syntax error is %v, want an error of no kind", err)
			}
		})
	})
}

func TestCountQueries(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := openNotes(t, url)
		ctx, counter := d.CountQueries(t.Context())
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Gorm().Create(&note{Text: "a"}).Error; err != nil {
				return err
			}
			return add(tx, "b")
		})
		if err != nil {
			t.Fatalf("Write() = %v", err)
		}
		var notes []note
		if err := d.Read(ctx).Find(&notes).Error; err != nil {
			t.Fatal(err)
		}
		if err := d.QueryRowContext(ctx, "SELECT count(*) FROM notes WHERE text = ?", "a").Scan(new(int)); err != nil {
			t.Fatal(err)
		}
		expectNotes(t, d, "a", "b") // not under ctx
		if got := counter.Statements(); counter.Len() != 4 || !strings.Contains(strings.ToUpper(got[0]), "INSERT") || !strings.Contains(got[3], "count(*)") {
			t.Errorf("counted %q, want the four statements under the context", got)
		}
		if counter.Reset(); counter.Len() != 0 {
			t.Errorf("Reset left %d statements", counter.Len())
		}
	})
}
