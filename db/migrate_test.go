package db_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// step is a step that runs statements.
func step(id string, statements ...string) db.Migration {
	return db.Migration{ID: id, Up: func(tx *gorm.DB) error {
		for _, s := range statements {
			if err := tx.Exec(s).Error; err != nil {
				return err
			}
		}
		return nil
	}}
}

// sets are the steps of two modules; the second refers to the first.
func sets() []db.MigrationSet {
	return []db.MigrationSet{
		{Module: "kernel", Migrations: []db.Migration{
			step("0001_people", "CREATE TABLE people (id integer PRIMARY KEY, name text)", "INSERT INTO people (id, name) VALUES (1, 'Anna')"),
			step("0002_mail", "ALTER TABLE people ADD COLUMN mail text"),
		}},
		{Module: "sales", Migrations: []db.Migration{
			step("0001_orders", "CREATE TABLE orders (id integer PRIMARY KEY, person_id integer REFERENCES people (id) ON DELETE CASCADE)",
				"INSERT INTO orders (id, person_id) VALUES (1, 1)"),
		}},
	}
}

func expectVersion(t *testing.T, d *db.DB, want ...string) {
	t.Helper()
	if got, err := d.Version(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("Version() = %q, %v, want %q", got, err, want)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		expectVersion(t, d)
		all := []string{"kernel/0001_people", "kernel/0002_mail", "sales/0001_orders"}
		if pending, err := d.Pending(t.Context(), sets()); err != nil || !slices.Equal(pending, all) {
			t.Fatalf("Pending() of an empty database = %q, %v, want %q", pending, err, all)
		}
		for range 2 { // the second time has nothing to do
			if err := d.Migrate(t.Context(), sets()); err != nil {
				t.Fatalf("Migrate() = %v, want nil", err)
			}
		}
		expectVersion(t, d, all...)
		if err := d.Migrate(t.Context(), sets()[:1]); err != nil {
			t.Errorf("Migrate() without the other module = %v, want nil", err)
		}
		ctx, counter := d.CountQueries(t.Context())
		if err := d.Migrate(ctx, sets()); err != nil || counter.Len() > 2 {
			t.Errorf("a warm start = %v with %q, want at most two small queries", err, counter.Statements())
		}
	})
}

func TestMigrateFails(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		broken := sets()
		broken[0].Migrations[1] = step("0002_mail", "ALTER TABLE people ADD COLUMN mail text", "CREATE TABLE half_done (id integer)", "NONSENSE")
		err := d.Migrate(t.Context(), broken)
		if err == nil || !strings.Contains(err.Error(), "The migration kernel/0002_mail failed") {
			t.Fatalf("Migrate(broken) = %v, want an error that names the step", err)
		}
		expectVersion(t, d, "kernel/0001_people")
		if d.Read(t.Context()).Migrator().HasTable("half_done") {
			t.Error("the failed step left a table behind")
		}
		if err := d.Migrate(t.Context(), sets()); err != nil {
			t.Errorf("Migrate(mended) = %v, want nil", err)
		}
		expectVersion(t, d, "kernel/0001_people", "kernel/0002_mail", "sales/0001_orders")
	})
}

func TestMigrateErrNewer(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		d := open(t, url)
		newer := sets()
		newer[0].Migrations = append(newer[0].Migrations, step("0003_phone", "ALTER TABLE people ADD COLUMN phone text"))
		if err := d.Migrate(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
		err := d.Migrate(t.Context(), sets())
		expectCode(t, "Migrate(older binary)", err, fault.Conflict)
		if !strings.Contains(err.Error(), "newer version of Tessera (it knows kernel/0003_phone)") {
			t.Errorf("Migrate(older binary) = %v, want a sentence that names the step", err)
		}
		_, err = d.Pending(t.Context(), sets())
		expectCode(t, "Pending(older binary)", err, fault.Conflict)
	})
}

// TestMigrateTogether has several instances start on the same empty database.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		instances := []*db.DB{open(t, url), open(t, url), open(t, url)}
		var wg sync.WaitGroup
		for _, d := range instances {
			wg.Go(func() {
				if err := d.Migrate(t.Context(), sets()); err != nil {
					t.Errorf("Migrate() of one of three = %v, want nil", err)
				}
			})
		}
		wg.Wait()
		expectVersion(t, instances[0], "kernel/0001_people", "kernel/0002_mail", "sales/0001_orders")
	})
}

// TestMigrateRebuildsTable changes a table as SQLite demands it, by copy, drop and
// rename, while other rows refer to it with ON DELETE CASCADE.
func TestMigrateRebuildsTable(t *testing.T) {
	t.Parallel()
	d := open(t, dbtest.URL(t, db.SQLite))
	if err := d.Migrate(t.Context(), sets()); err != nil {
		t.Fatal(err)
	}
	rebuilt := sets()
	rebuilt[0].Migrations = append(rebuilt[0].Migrations, step("0003_name",
		"CREATE TABLE people_new (id integer PRIMARY KEY, name text NOT NULL, mail text)",
		"INSERT INTO people_new SELECT id, name, mail FROM people", "DROP TABLE people", "ALTER TABLE people_new RENAME TO people"))
	if err := d.Migrate(t.Context(), rebuilt); err != nil {
		t.Fatalf("Migrate(rebuilt table) = %v, want nil", err)
	}
	var orders int
	if err := d.QueryRowContext(t.Context(), "SELECT count(*) FROM orders JOIN people ON people.id = person_id").Scan(&orders); err != nil || orders != 1 {
		t.Errorf("%d orders survived, %v, want 1", orders, err)
	}
	rebuilt[0].Migrations = append(rebuilt[0].Migrations, step("0004_gone", "DELETE FROM people"))
	if err := d.Migrate(t.Context(), rebuilt); err == nil || !strings.Contains(err.Error(), "orders refers to a missing row of people") {
		t.Errorf("Migrate(missing parent) = %v, want it refused", err)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO orders (id, person_id) VALUES (2, 99)")
		return err
	})
	if !db.IsForeignKey(err) {
		t.Errorf("a missing parent after the migration: %v, want a foreign key violation", err)
	}
}
