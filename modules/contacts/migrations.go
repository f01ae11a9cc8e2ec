package contacts

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{{ID: "0001_contacts", Up: createTables}}
}

// The structs of 0001_contacts, frozen as they were; foreign keys follow their TableName.
type (
	Meta1 struct {
		ID        int64 `gorm:"primaryKey"`
		Version   int64 `gorm:"not null"`
		CreatedAt time.Time
		UpdatedAt time.Time
		CreatedBy *int64
		UpdatedBy *int64
	}
	tag1 struct {
		Meta1
		Name string `gorm:"not null;uniqueIndex:contacts_tag_name"`
	}
	partner1 struct {
		Meta1
		Name          string    `gorm:"not null;index"`
		Ref           string    `gorm:"not null;index"`
		IsCompany     bool      `gorm:"not null"`
		ParentID      *int64    `gorm:"index"`
		Parent        *partner1 `gorm:"constraint:OnDelete:RESTRICT"`
		Email         string    `gorm:"not null"`
		Phone         string    `gorm:"not null"`
		Website       string    `gorm:"not null"`
		VAT           string    `gorm:"column:vat;not null"`
		Street        string    `gorm:"not null"`
		City          string    `gorm:"not null"`
		Zip           string    `gorm:"not null"`
		CountryID     *int64    `gorm:"index"`
		Country       *country1 `gorm:"constraint:OnDelete:RESTRICT"`
		CreditLimit   int64     `gorm:"not null"`
		SalespersonID *int64    `gorm:"index"`
		Salesperson   *user1    `gorm:"constraint:OnDelete:RESTRICT"`
		CompanyID     *int64    `gorm:"index"`
		Company       *company1 `gorm:"constraint:OnDelete:RESTRICT"`
		Note          string    `gorm:"not null"`
		Active        bool      `gorm:"not null"`
	}
	partnerTag1 struct {
		RecordID int64     `gorm:"primaryKey;autoIncrement:false"`
		TargetID int64     `gorm:"primaryKey;autoIncrement:false;index:contacts_partner_tags_target"`
		Record   *partner1 `gorm:"foreignKey:RecordID;constraint:OnDelete:CASCADE"`
		Target   *tag1     `gorm:"foreignKey:TargetID;constraint:OnDelete:RESTRICT"`
	}

	// What module base has made before, as far as the foreign keys need it.
	country1 struct{ ID int64 }
	user1    struct{ ID int64 }
	company1 struct{ ID int64 }
)

func (tag1) TableName() string        { return "contacts_tag" }
func (partner1) TableName() string    { return "contacts_partner" }
func (partnerTag1) TableName() string { return "contacts_partner_tags" }
func (country1) TableName() string    { return "base_country" }
func (user1) TableName() string       { return "base_user" }
func (company1) TableName() string    { return "base_company" }

func createTables(tx *gorm.DB) error {
	return tx.Migrator().CreateTable(&tag1{}, &partner1{}, &partnerTag1{})
}
