package hr

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{{ID: "0001_hr", Up: createTables}}
}

// The structs of 0001_hr, frozen as they were; foreign keys follow their TableName.
type (
	Meta1 struct {
		ID        int64 `gorm:"primaryKey"`
		Version   int64 `gorm:"not null"`
		CreatedAt time.Time
		UpdatedAt time.Time
		CreatedBy *int64
		UpdatedBy *int64
	}
	employee1 struct {
		Meta1
		Name      string     `gorm:"not null;index"`
		UserID    *int64     `gorm:"uniqueIndex:hr_employee_user_company"` // a user is one employee of a company
		User      *user1     `gorm:"constraint:OnDelete:RESTRICT"`
		CompanyID int64      `gorm:"not null;index;uniqueIndex:hr_employee_user_company"`
		Company   *company1  `gorm:"constraint:OnDelete:RESTRICT"`
		JobTitle  string     `gorm:"not null"`
		ManagerID *int64     `gorm:"index"`
		Manager   *employee1 `gorm:"constraint:OnDelete:RESTRICT"`
		Email     string     `gorm:"not null"`
		Active    bool       `gorm:"not null"`
	}

	// What module base has made before, as far as the foreign keys need it.
	user1    struct{ ID int64 }
	company1 struct{ ID int64 }
)

func (employee1) TableName() string { return "hr_employee" }
func (user1) TableName() string     { return "base_user" }
func (company1) TableName() string  { return "base_company" }

func createTables(tx *gorm.DB) error { return tx.Migrator().CreateTable(&employee1{}) }
