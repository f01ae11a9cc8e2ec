package app

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
)

// ownMigrations makes the tables in which the house remembers itself: which modules are
// installed, and what the database is called.
func ownMigrations() []db.Migration {
	return []db.Migration{{ID: "0004_app", Up: func(tx *gorm.DB) error {
		type Module struct {
			ID        int64 `gorm:"primaryKey"`
			Version   int64 `gorm:"not null"`
			CreatedAt time.Time
			UpdatedAt time.Time
			CreatedBy *int64
			UpdatedBy *int64
			Name      string `gorm:"not null"`
			Title     string `gorm:"not null"`
			Summary   string `gorm:"not null"`
			Release   string `gorm:"not null"` // of the program that loaded its records last
		}
		type Setting struct {
			Name  string `gorm:"primaryKey"`
			Value string `gorm:"not null"`
		}
		for table, row := range map[string]any{"module": &Module{}, "setting": &Setting{}} {
			if err := tx.Table(table).AutoMigrate(row); err != nil {
				return err
			}
		}
		return tx.Exec("CREATE UNIQUE INDEX module_name ON module (name)").Error
	}}}
}

// kernelMigrations are those of the house itself, in their order.
func kernelMigrations() []db.Migration {
	return slices.Concat(record.Migrations(), web.Migrations(), jobs.Migrations(), ownMigrations(), wizard.Migrations())
}

// migrationSets lists every step that the modules need, the kernel's first.
func migrationSets(modules []Module) []db.MigrationSet {
	sets := []db.MigrationSet{{Module: kernel, Migrations: kernelMigrations()}}
	for _, m := range modules {
		sets = append(sets, db.MigrationSet{Module: m.Name, Migrations: m.Migrations})
	}
	return sets
}
