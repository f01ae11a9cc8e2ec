package web

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

// Migrations makes the tables of sessions, of counted sign-in attempts and of the setup
// link. They belong to the module kernel and come behind those of record.
func Migrations() []db.Migration {
	return []db.Migration{{ID: "0002_web", Up: func(tx *gorm.DB) error {
		type Session struct {
			ID        int64 `gorm:"primaryKey"`
			Version   int64 `gorm:"not null;default:1"` // with the columns of a record, so that a module can show it
			UpdatedAt *time.Time
			CreatedBy *int64
			UpdatedBy *int64
			Hash      []byte    `gorm:"not null;uniqueIndex:session_hash"`
			UserID    int64     `gorm:"not null;index:session_user"`
			CompanyID *int64    ``
			AuthTime  time.Time `gorm:"not null"`
			AMR       string    `gorm:"column:amr;not null"`
			ACR       string    `gorm:"column:acr;not null"`
			UserAgent string    `gorm:"not null"`
			Address   string    `gorm:"not null"`
			CreatedAt time.Time `gorm:"not null"`
			LastSeen  time.Time `gorm:"not null"`
			ExpiresAt time.Time `gorm:"not null;index:session_expires"`
			Kept      bool      `gorm:"not null"`
		}
		type Attempt struct {
			ID          int64     `gorm:"primaryKey"`
			Subject     string    `gorm:"not null;uniqueIndex:attempt_subject"`
			Failures    int64     `gorm:"not null"`
			LastAt      time.Time `gorm:"not null;index:attempt_last"`
			LockedUntil *time.Time
		}
		type Setup struct {
			ID        int64     `gorm:"primaryKey"`
			Hash      []byte    `gorm:"not null;uniqueIndex:setup_hash"`
			UserID    int64     `gorm:"not null"`
			ExpiresAt time.Time `gorm:"not null"`
		}
		for _, t := range []struct {
			name string
			row  any
		}{{"session", &Session{}}, {"attempt", &Attempt{}}, {"setup", &Setup{}}} {
			if err := tx.Table(t.name).AutoMigrate(t.row); err != nil {
				return err
			}
		}
		return nil
	}}}
}
