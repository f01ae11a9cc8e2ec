package wizard

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

// Migrations makes the table of runs. It belongs to the module kernel and begins with the
// columns of a record, so that a module can show it.
func Migrations() []db.Migration {
	return []db.Migration{{ID: "0005_wizard", Up: func(tx *gorm.DB) error {
		type Run struct {
			ID            int64     `gorm:"primaryKey"`
			Version       int64     `gorm:"not null"`
			CreatedAt     time.Time `gorm:"not null"`
			UpdatedAt     time.Time `gorm:"not null"`
			CreatedBy     *int64
			UpdatedBy     *int64
			Handle        string `gorm:"not null;uniqueIndex:wizard_run_handle"`
			Wizard        string `gorm:"not null"`
			Step          string `gorm:"not null"`
			UserID        int64  `gorm:"not null;index:wizard_run_user,priority:1"`
			CompanyID     *int64
			Status        string    `gorm:"not null;index:wizard_run_user,priority:2"`
			Reason        string    `gorm:"not null"`
			ExpiresAt     time.Time `gorm:"not null;index:wizard_run_expires"`
			SchemaVersion int64     `gorm:"not null"`
			Data          string    `gorm:"not null"`
			Inputs        string    `gorm:"not null"`
			Trail         string    `gorm:"not null"`
			Fixed         int64     `gorm:"not null"`
			Pending       string    `gorm:"not null"`
			ClaimedAt     *time.Time
		}
		return tx.Table("wizard_run").AutoMigrate(&Run{})
	}}}
}
