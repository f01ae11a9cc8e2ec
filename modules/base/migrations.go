package base

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{{ID: "0001_base", Up: createTables}}
}

// The structs of 0001_base, frozen as they were. They stand here and not in the function
// because their names of tables are methods, which foreign keys follow.
type (
	Meta1 struct {
		ID        int64 `gorm:"primaryKey"`
		Version   int64 `gorm:"not null"`
		CreatedAt time.Time
		UpdatedAt time.Time
		CreatedBy *int64
		UpdatedBy *int64
	}
	country1 struct {
		Meta1
		Code string `gorm:"not null;uniqueIndex:base_country_code"`
		Name string `gorm:"not null"`
	}
	currency1 struct {
		Meta1
		Code   string `gorm:"not null;uniqueIndex:base_currency_code"`
		Name   string `gorm:"not null"`
		Symbol string `gorm:"not null"`
		Digits int64  `gorm:"not null"`
		Active bool   `gorm:"not null"`
	}
	company1 struct {
		Meta1
		Name       string     `gorm:"not null"`
		CurrencyID *int64     `gorm:"index"`
		Currency   *currency1 `gorm:"constraint:OnDelete:RESTRICT"`
		CountryID  *int64
		Country    *country1 `gorm:"constraint:OnDelete:RESTRICT"`
		VAT        string    `gorm:"column:vat;not null"`
		Street     string    `gorm:"not null"`
		Zip        string    `gorm:"not null"`
		City       string    `gorm:"not null"`
		Email      string    `gorm:"not null"`
		Phone      string    `gorm:"not null"`
		Website    string    `gorm:"not null"`
	}
	group1 struct {
		Meta1
		Code     string `gorm:"not null;uniqueIndex:base_group_code"`
		Name     string `gorm:"not null"`
		Category string `gorm:"not null"`
		Help     string `gorm:"not null"`
	}
	groupImplied1 struct {
		RecordID int64   `gorm:"primaryKey;autoIncrement:false"`
		TargetID int64   `gorm:"primaryKey;autoIncrement:false;index:base_group_implied_target"`
		Record   *group1 `gorm:"foreignKey:RecordID;constraint:OnDelete:CASCADE"`
		Target   *group1 `gorm:"foreignKey:TargetID;constraint:OnDelete:RESTRICT"`
	}
	user1 struct {
		Meta1
		Login        string    `gorm:"not null;uniqueIndex:base_user_login"`
		Name         string    `gorm:"not null"`
		Email        string    `gorm:"not null"`
		Phone        string    `gorm:"not null"`
		Active       bool      `gorm:"not null"`
		CompanyID    *int64    `gorm:"index"`
		Company      *company1 `gorm:"constraint:OnDelete:RESTRICT"`
		Lang         string    `gorm:"not null"`
		TZ           string    `gorm:"column:tz;not null"`
		Subject      string    `gorm:"not null;uniqueIndex:base_user_subject"`
		PasswordHash string    `gorm:"not null"`
		NotBefore    *time.Time
		GroupCodes   string `gorm:"not null"`
		EmailKey     string `gorm:"not null;index"`
	}
	userGroup1 struct {
		RecordID int64   `gorm:"primaryKey;autoIncrement:false"`
		TargetID int64   `gorm:"primaryKey;autoIncrement:false;index:base_user_groups_target"`
		Record   *user1  `gorm:"foreignKey:RecordID;constraint:OnDelete:CASCADE"`
		Target   *group1 `gorm:"foreignKey:TargetID;constraint:OnDelete:RESTRICT"`
	}
	userCompany1 struct {
		RecordID int64     `gorm:"primaryKey;autoIncrement:false"`
		TargetID int64     `gorm:"primaryKey;autoIncrement:false;index:base_user_companies_target"`
		Record   *user1    `gorm:"foreignKey:RecordID;constraint:OnDelete:CASCADE"`
		Target   *company1 `gorm:"foreignKey:TargetID;constraint:OnDelete:RESTRICT"`
	}
	sequence1 struct {
		Meta1
		Code       string    `gorm:"not null;index"`
		Name       string    `gorm:"not null"`
		Prefix     string    `gorm:"not null"`
		Padding    int64     `gorm:"not null"`
		NextNumber int64     `gorm:"not null"`
		CompanyID  *int64    `gorm:"index"`
		Company    *company1 `gorm:"constraint:OnDelete:RESTRICT"`
	}
)

func (country1) TableName() string      { return "base_country" }
func (currency1) TableName() string     { return "base_currency" }
func (company1) TableName() string      { return "base_company" }
func (group1) TableName() string        { return "base_group" }
func (groupImplied1) TableName() string { return "base_group_implied" }
func (user1) TableName() string         { return "base_user" }
func (userGroup1) TableName() string    { return "base_user_groups" }
func (userCompany1) TableName() string  { return "base_user_companies" }
func (sequence1) TableName() string     { return "base_sequence" }

func createTables(tx *gorm.DB) error {
	err := tx.Migrator().CreateTable(&country1{}, &currency1{}, &company1{}, &group1{}, &groupImplied1{}, &user1{}, &userGroup1{}, &userCompany1{}, &sequence1{})
	if err != nil {
		return err
	}
	// One sequence for a code and company, and one for those without a company.
	return tx.Exec("CREATE UNIQUE INDEX base_sequence_code ON base_sequence (code, COALESCE(company_id, 0))").Error
}
