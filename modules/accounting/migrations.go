package accounting

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{{ID: "0001_accounting", Up: createTables}, {ID: "0002_books_of_a_period", Up: indexBooks}}
}

// The structs of 0001_accounting, frozen as they were; foreign keys follow their TableName.
type (
	Meta1 struct {
		ID        int64 `gorm:"primaryKey"`
		Version   int64 `gorm:"not null"`
		CreatedAt time.Time
		UpdatedAt time.Time
		CreatedBy *int64
		UpdatedBy *int64
	}
	tax1 struct {
		Meta1
		Code             string    `gorm:"not null;uniqueIndex"`
		Name             string    `gorm:"not null"`
		CountryID        *int64    `gorm:"index"`
		Country          *country1 `gorm:"constraint:OnDelete:RESTRICT"`
		Rate             int64     `gorm:"not null"`
		OnSales          string    `gorm:"not null"`
		SaleVATBoxes     string    `gorm:"not null"`
		SaleNetBoxes     string    `gorm:"not null"`
		OnPurchases      string    `gorm:"not null"`
		PurchaseVATBoxes string    `gorm:"not null"`
		PurchaseNetBoxes string    `gorm:"not null"`
		PartnerVAT       bool      `gorm:"not null"`
		Active           bool      `gorm:"not null"`
	}
	invoice1 struct {
		Meta1
		Number     string    `gorm:"not null;uniqueIndex:accounting_invoice_number,priority:2,where:number <> ''"`
		Kind       string    `gorm:"not null;index"`
		PartnerID  int64     `gorm:"not null;index"`
		Partner    *partner1 `gorm:"constraint:OnDelete:RESTRICT"`
		Reference  string    `gorm:"not null"`
		Date       string    `gorm:"not null;index"`
		TaxPoint   *string
		DeclaredOn *string
		VATDate    *string    `gorm:"column:vat_date;index:accounting_invoice_period,priority:2"`
		State      string     `gorm:"not null;index"`
		CompanyID  int64      `gorm:"not null;uniqueIndex:accounting_invoice_number,priority:1;index:accounting_invoice_period,priority:1"` // companies number for themselves
		Company    *company1  `gorm:"constraint:OnDelete:RESTRICT"`
		CurrencyID *int64     `gorm:"index"`
		Currency   *currency1 `gorm:"constraint:OnDelete:RESTRICT"`
		Untaxed    int64      `gorm:"not null"`
		Tax        int64      `gorm:"not null"`
		Reversed   int64      `gorm:"not null"`
		Total      int64      `gorm:"not null"`
		ReversesID *int64     `gorm:"index"`
		Reverses   *invoice1  `gorm:"constraint:OnDelete:RESTRICT"`
		PostedAt   *time.Time
		PostedByID *int64
		PostedBy   *user1 `gorm:"constraint:OnDelete:RESTRICT"`
		Note       string `gorm:"not null"`
	}
	line1 struct {
		Meta1
		InvoiceID   int64     `gorm:"not null;index"`
		Invoice     *invoice1 `gorm:"constraint:OnDelete:CASCADE"`
		Description string    `gorm:"not null"`
		Quantity    int64     `gorm:"not null"`
		UnitPrice   int64     `gorm:"not null"`
		TaxID       *int64    `gorm:"index"`
		Tax         *tax1     `gorm:"constraint:OnDelete:RESTRICT"`
		Net         int64     `gorm:"not null"`
		VAT         int64     `gorm:"column:vat;not null"`
		Gross       int64     `gorm:"not null"`
		BookedNet   int64     `gorm:"not null"`
		BookedVAT   int64     `gorm:"not null"`
	}
	registration1 struct {
		RecordID   int64     `gorm:"primaryKey;autoIncrement:false"`
		Record     *company1 `gorm:"constraint:OnDelete:CASCADE"`
		VRN        string    `gorm:"column:vrn;not null"`
		VATStagger string    `gorm:"column:vat_stagger;not null"`
		VATFrom    *string   `gorm:"column:vat_from"`
	}
	period1 struct {
		Meta1
		Name       string    `gorm:"not null"`
		CompanyID  int64     `gorm:"not null;uniqueIndex:accounting_vat_period_days,priority:1"`
		Company    *company1 `gorm:"constraint:OnDelete:CASCADE"`
		Starts     string    `gorm:"not null;uniqueIndex:accounting_vat_period_days,priority:2"`
		Ends       string    `gorm:"not null;uniqueIndex:accounting_vat_period_days,priority:3"`
		Due        *string
		State      string     `gorm:"not null"`
		CurrencyID *int64     `gorm:"index"`
		Currency   *currency1 `gorm:"constraint:OnDelete:RESTRICT"`
		Box1       int64      `gorm:"not null"`
		Box2       int64      `gorm:"not null"`
		Box3       int64      `gorm:"not null"`
		Box4       int64      `gorm:"not null"`
		Box5       int64      `gorm:"not null"`
		Box6       int64      `gorm:"not null"`
		Box7       int64      `gorm:"not null"`
		Box8       int64      `gorm:"not null"`
		Box9       int64      `gorm:"not null"`
		Figures    string     `gorm:"not null"`
		FrozenAt   *time.Time
		FrozenByID *int64
		FrozenBy   *user1 `gorm:"constraint:OnDelete:RESTRICT"`
		ClosedAt   *time.Time
		ClosedByID *int64
		ClosedBy   *user1 `gorm:"constraint:OnDelete:RESTRICT"`
		Reference  string `gorm:"not null"`
	}
	adjustment1 struct {
		Meta1
		PeriodID int64    `gorm:"not null;index"`
		Period   *period1 `gorm:"constraint:OnDelete:RESTRICT"`
		Box      string   `gorm:"not null"`
		Amount   int64    `gorm:"not null"`
		Reason   string   `gorm:"not null"`
	}

	// What other modules have made before, as far as the foreign keys need it.
	partner1  struct{ ID int64 }
	user1     struct{ ID int64 }
	company1  struct{ ID int64 }
	currency1 struct{ ID int64 }
	country1  struct{ ID int64 }
)

func (tax1) TableName() string          { return "accounting_tax" }
func (invoice1) TableName() string      { return "accounting_invoice" }
func (line1) TableName() string         { return "accounting_invoice_line" }
func (registration1) TableName() string { return "base_company_vat_registration" }
func (period1) TableName() string       { return "accounting_vat_period" }
func (adjustment1) TableName() string   { return "accounting_vat_adjustment" }
func (partner1) TableName() string      { return "contacts_partner" }
func (user1) TableName() string         { return "base_user" }
func (company1) TableName() string      { return "base_company" }
func (currency1) TableName() string     { return "base_currency" }
func (country1) TableName() string      { return "base_country" }

func createTables(tx *gorm.DB) error {
	return tx.Migrator().CreateTable(&tax1{}, &invoice1{}, &line1{}, &registration1{}, &period1{}, &adjustment1{})
}

// indexBooks lets a VAT period be added up from indexes alone. They begin with what the
// indexes began with that they replace.
func indexBooks(tx *gorm.DB) error {
	for _, statement := range []string{
		"CREATE INDEX accounting_invoice_books ON accounting_invoice (company_id, state, vat_date, kind, tax_point, untaxed, tax, reversed, total, partner_id)",
		"CREATE INDEX accounting_invoice_line_books ON accounting_invoice_line (invoice_id, tax_id, booked_net, booked_vat, net, vat, gross)",
		"DROP INDEX accounting_invoice_period",
		"DROP INDEX idx_accounting_invoice_line_invoice_id",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}
