package record

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

// Migrations makes the tables that every model leans on: names for load files,
// translations, the audit log. They belong to the module kernel and come first.
func Migrations() []db.Migration {
	return []db.Migration{{ID: "0001_record", Up: func(tx *gorm.DB) error {
		type ExternalID struct {
			ID       int64  `gorm:"primaryKey"`
			Model    string `gorm:"not null;uniqueIndex:external_id_name,priority:1;index:external_id_record,priority:1"`
			Name     string `gorm:"not null;uniqueIndex:external_id_name,priority:2"`
			RecordID int64  `gorm:"not null;index:external_id_record,priority:2"`
		}
		type Translation struct {
			ID       int64  `gorm:"primaryKey"`
			Model    string `gorm:"not null;uniqueIndex:translation_text,priority:1"`
			RecordID int64  `gorm:"not null;uniqueIndex:translation_text,priority:2"`
			Field    string `gorm:"not null;uniqueIndex:translation_text,priority:3"`
			Lang     string `gorm:"not null;uniqueIndex:translation_text,priority:4"`
			Text     string `gorm:"not null"`
		}
		type Audit struct {
			ID         int64 `gorm:"primaryKey"`
			Version    int64 `gorm:"not null"`
			CreatedAt  time.Time
			UpdatedAt  time.Time
			CreatedBy  *int64
			UpdatedBy  *int64
			At         time.Time `gorm:"not null;index"`
			UserID     *int64    `gorm:"index"`
			UserName   string    `gorm:"not null"`
			CompanyID  *int64
			Model      string `gorm:"not null;index:audit_record,priority:1"`
			RecordID   int64  `gorm:"not null;index:audit_record,priority:2"`
			RecordName string `gorm:"not null"`
			Action     string `gorm:"not null"`
			Changes    string `gorm:"not null"`
			Reason     string `gorm:"not null"`
			Origin     string `gorm:"not null"`
		}
		for _, t := range []struct {
			name string
			row  any
		}{{"external_id", &ExternalID{}}, {"translation", &Translation{}}, {"audit", &Audit{}}} {
			if err := tx.Table(t.name).AutoMigrate(t.row); err != nil {
				return err
			}
		}
		return nil
	}}}
}
