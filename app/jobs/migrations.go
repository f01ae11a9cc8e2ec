package jobs

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

// Migrations makes the tables of queued and of scheduled work. They belong to the
// module kernel. Both begin with the columns of a record, so that a module can show them.
func Migrations() []db.Migration {
	return []db.Migration{{ID: "0003_jobs", Up: func(tx *gorm.DB) error {
		type Work struct {
			ID         int64 `gorm:"primaryKey"`
			Version    int64 `gorm:"not null"`
			CreatedAt  time.Time
			UpdatedAt  time.Time
			CreatedBy  *int64
			UpdatedBy  *int64
			Name       string     `gorm:"not null"`
			DueAt      *time.Time `gorm:"index"`
			Lease      string     `gorm:"not null"`
			LeaseUntil *time.Time
			Failures   int64 `gorm:"not null"`
			StartedAt  *time.Time
			FinishedAt *time.Time
			Outcome    string `gorm:"not null"`
			Error      string `gorm:"not null"`
		}
		type Job struct {
			Work
			Args string `gorm:"not null"`
		}
		type Schedule struct {
			Work
			Title        string `gorm:"not null"`
			EverySeconds int64  `gorm:"not null"`
		}
		if err := tx.Table("job").AutoMigrate(&Job{}); err != nil {
			return err
		}
		if err := tx.Table("schedule").AutoMigrate(&Schedule{}); err != nil {
			return err
		}
		return tx.Exec("CREATE UNIQUE INDEX schedule_name ON schedule (name)").Error
	}}}
}
