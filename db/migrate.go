package db

import (
	"context"
	"slices"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
)

// Migration is one step of a module's schema. It freezes its own structs, so that it
// does the same for ever; it never changes once it was released.
type Migration struct {
	// ID names the step and sorts with the others of its module, e.g. "0001_users".
	ID string
	// Up makes the change in the transaction that also records it.
	Up func(tx *gorm.DB) error
}

// MigrationSet is the steps of one module in order.
type MigrationSet struct {
	Module     string
	Migrations []Migration
}

// migrationTable records the steps that were done, as "module/ID".
const migrationTable = "schema_migration"

// migrationLock is the key of PostgreSQL's advisory lock around a step.
const migrationLock = 0x7465737365726101

// Migrate runs the steps that are not done yet: the sets in the order given, the steps of
// each in theirs. Every step is one transaction together with its record, so after an
// error the steps before it are done, the failed one left no trace, and Migrate goes on
// with it when called again. Several instances may call it at once.
//
// A database that holds steps of a known module that this binary does not know was
// written by a newer one and is refused with [fault.Conflict], untouched.
func (d *DB) Migrate(ctx context.Context, sets []MigrationSet) error {
	pending, err := d.Pending(ctx, sets)
	if err != nil {
		return err
	}
	if d.engine == Postgres && !d.readOnly {
		if err := d.makeCounter(ctx); err != nil {
			return err
		}
	}
	if len(pending) == 0 {
		return nil
	}
	steps := flatten(sets)
	w, err := d.migrationDoor(ctx)
	if err != nil {
		return err
	}
	if w != d.writer {
		defer w.close()
	}
	for i, step := range steps {
		if !slices.Contains(pending, step.ID) {
			continue
		}
		if err := d.step(ctx, w, steps[:i+1]); err != nil {
			return fault.Wrap(err, fault.Internal, "The migration %s failed; the database is as it was before this step.", step.ID)
		}
	}
	return nil
}

// step runs the last of steps unless another instance was faster.
func (d *DB) step(ctx context.Context, w writer, steps []*gormigrate.Migration) error {
	return w.write(ctx, func(s *session) error {
		return d.newTx(ctx, s, nil).run(func(tx *Tx) error {
			if d.engine == Postgres {
				if _, err := tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(migrationLock)); err != nil {
					return err
				}
			}
			if err := gormigrate.New(tx.Gorm(), migrationOptions(), steps).Migrate(); err != nil {
				return err
			}
			return d.brokenReferences(tx)
		})
	})
}

// migrationDoor returns the door for migrations. On SQLite it is one of its own without
// foreign keys: changing a table there means to copy, drop and rename it, and the drop
// would delete or refuse the rows that refer to it.
func (d *DB) migrationDoor(ctx context.Context) (writer, error) {
	if d.readOnly {
		return nil, fault.New(fault.Unavailable, "The database is open for reading only.")
	}
	if d.engine == Postgres {
		return d.writer, nil
	}
	door := newDoor(d, d.connector("", "synchronous = FULL", "foreign_keys = OFF"))
	if err := door.connect(ctx); err != nil {
		return nil, d.openError(err)
	}
	return door, nil
}

// brokenReferences checks what the missing foreign keys did not.
func (d *DB) brokenReferences(tx *Tx) error {
	if d.engine != SQLite {
		return nil
	}
	problems, err := foreignKeyProblems(tx.Query("PRAGMA foreign_key_check"))
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fault.New(fault.Internal, "The migration left references to missing rows: %s.", problems[0])
	}
	return nil
}

// Pending returns the steps that are not done, as "module/ID", in the order Migrate
// runs them. It only reads one small table: a warm start is a call of it. A database
// newer than the binary is refused as by [DB.Migrate].
func (d *DB) Pending(ctx context.Context, sets []MigrationSet) ([]string, error) {
	done, err := d.Version(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	var pending []string
	for _, step := range flatten(sets) {
		known[step.ID] = true
		if !slices.Contains(done, step.ID) {
			pending = append(pending, step.ID)
		}
	}
	for _, id := range done {
		if !known[id] && slices.ContainsFunc(sets, func(s MigrationSet) bool { return ofModule(id, s.Module) }) {
			return nil, fault.New(fault.Conflict, "The database was written by a newer version of Tessera (it knows %s); install that version, or restore a backup.", id)
		}
	}
	return pending, nil
}

// Version returns the steps that are done, as "module/ID", sorted; none for an empty database.
func (d *DB) Version(ctx context.Context) ([]string, error) {
	there := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	if d.engine == Postgres {
		there = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?"
	}
	var tables int
	if err := d.QueryRowContext(ctx, there, migrationTable).Scan(&tables); err != nil {
		return nil, Fault(err)
	}
	if tables == 0 {
		return nil, nil
	}
	return d.doneSteps(ctx)
}

func (d *DB) doneSteps(ctx context.Context) ([]string, error) {
	rows, err := d.QueryContext(ctx, "SELECT id FROM "+migrationTable+" ORDER BY id")
	if err != nil {
		return nil, Fault(err)
	}
	defer rows.Close()
	var done []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, Fault(err)
		}
		done = append(done, id)
	}
	return done, Fault(rows.Err())
}

func migrationOptions() *gormigrate.Options {
	return &gormigrate.Options{TableName: migrationTable, IDColumnName: "id", IDColumnSize: 190}
}

// flatten lists the steps of all sets under their full names.
func flatten(sets []MigrationSet) []*gormigrate.Migration {
	var steps []*gormigrate.Migration
	for _, set := range sets {
		for _, m := range set.Migrations {
			steps = append(steps, &gormigrate.Migration{ID: set.Module + "/" + m.ID, Migrate: gormigrate.MigrateFunc(m.Up)})
		}
	}
	return steps
}

func ofModule(id, module string) bool {
	return len(id) > len(module) && id[:len(module)] == module && id[len(module)] == '/'
}
