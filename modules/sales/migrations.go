package sales

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{{ID: "0001_sales", Up: createTables}, {ID: "0002_order_indexes", Up: indexOrders}}
}

// The structs of 0001_sales, frozen as they were; foreign keys follow their TableName.
type (
	Meta1 struct {
		ID        int64 `gorm:"primaryKey"`
		Version   int64 `gorm:"not null"`
		CreatedAt time.Time
		UpdatedAt time.Time
		CreatedBy *int64
		UpdatedBy *int64
	}
	order1 struct {
		Meta1
		Number        string     `gorm:"not null;uniqueIndex:sales_order_number"`
		PartnerID     int64      `gorm:"not null;index"`
		Partner       *partner1  `gorm:"constraint:OnDelete:RESTRICT"`
		Date          string     `gorm:"not null;index"`
		State         string     `gorm:"not null;index"`
		SalespersonID *int64     `gorm:"index"`
		Salesperson   *user1     `gorm:"constraint:OnDelete:RESTRICT"`
		CompanyID     int64      `gorm:"not null;uniqueIndex:sales_order_number"` // companies number for themselves
		Company       *company1  `gorm:"constraint:OnDelete:RESTRICT"`
		CurrencyID    *int64     `gorm:"index"`
		Currency      *currency1 `gorm:"constraint:OnDelete:RESTRICT"`
		Untaxed       int64      `gorm:"not null"`
		Tax           int64      `gorm:"not null"`
		Total         int64      `gorm:"not null"`
		Note          string     `gorm:"not null"`
	}
	line1 struct {
		Meta1
		OrderID   int64   `gorm:"not null;index"`
		Order     *order1 `gorm:"constraint:OnDelete:CASCADE"`
		Product   string  `gorm:"not null"`
		Quantity  int64   `gorm:"not null"`
		UnitPrice int64   `gorm:"not null"`
		TaxRate   int64   `gorm:"not null"`
		Subtotal  int64   `gorm:"not null"`
	}

	// What other modules have made before, as far as the foreign keys need it.
	partner1  struct{ ID int64 }
	user1     struct{ ID int64 }
	company1  struct{ ID int64 }
	currency1 struct{ ID int64 }
)

func (order1) TableName() string    { return "sales_order" }
func (line1) TableName() string     { return "sales_order_line" }
func (partner1) TableName() string  { return "contacts_partner" }
func (user1) TableName() string     { return "base_user" }
func (company1) TableName() string  { return "base_company" }
func (currency1) TableName() string { return "base_currency" }

func createTables(tx *gorm.DB) error { return tx.Migrator().CreateTable(&order1{}, &line1{}) }

// indexOrders gives the list its order, and a customer's orders by their state, without
// looking at the others. The indexes that were there are the beginnings of these.
func indexOrders(tx *gorm.DB) error {
	for _, statement := range []string{
		"CREATE INDEX sales_order_date_number ON sales_order (date, number)",
		"CREATE INDEX sales_order_partner_state ON sales_order (partner_id, state)",
		"DROP INDEX idx_sales_order_date",
		"DROP INDEX idx_sales_order_partner_id",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}
