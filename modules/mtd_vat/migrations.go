package mtdvat

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{
		{ID: "0001_returns", Up: createTables},
		{ID: "0002_answers", Up: createAnswers},
		{ID: "0003_sandbox", Up: createSandbox},
	}
}

// The structs of 0001_returns, frozen as they were; foreign keys follow their TableName.
type (
	return1 struct {
		ID               int64 `gorm:"primaryKey"`
		Version          int64 `gorm:"not null"`
		CreatedAt        time.Time
		UpdatedAt        time.Time
		CreatedBy        *int64
		UpdatedBy        *int64
		Name             string    `gorm:"not null"`
		CompanyID        int64     `gorm:"not null;uniqueIndex:mtd_vat_return_days,priority:1"`
		Company          *company1 `gorm:"constraint:OnDelete:RESTRICT"`
		PeriodID         *int64    `gorm:"index"`
		Period           *period1  `gorm:"constraint:OnDelete:RESTRICT"`
		VRN              string    `gorm:"column:vrn;not null"`
		Starts           string    `gorm:"not null;uniqueIndex:mtd_vat_return_days,priority:2"`
		Ends             string    `gorm:"not null;uniqueIndex:mtd_vat_return_days,priority:3"`
		Environment      string    `gorm:"not null;uniqueIndex:mtd_vat_return_days,priority:4"`
		PeriodKey        string    `gorm:"not null"`
		Body             string    `gorm:"not null"`
		Box1             int64     `gorm:"not null"`
		Box2             int64     `gorm:"not null"`
		Box3             int64     `gorm:"not null"`
		Box4             int64     `gorm:"not null"`
		Box5             int64     `gorm:"not null"`
		Box6             int64     `gorm:"not null"`
		Box7             int64     `gorm:"not null"`
		Box8             int64     `gorm:"not null"`
		Box9             int64     `gorm:"not null"`
		Outcome          string    `gorm:"not null"`
		SubmittedByID    *int64
		SubmittedBy      *user1 `gorm:"constraint:OnDelete:RESTRICT"`
		SubmittedAt      *time.Time
		ProcessedAt      *time.Time
		FormBundle       string `gorm:"not null"`
		Payment          string `gorm:"not null"`
		ChargeReference  string `gorm:"not null"`
		ReceiptNumber    string `gorm:"not null"`
		ReceiptAt        *time.Time
		Correlation      string `gorm:"not null"`
		DeclarationAsked string `gorm:"not null"`
	}

	// What other modules have made before, as far as the foreign keys need it.
	company1 struct{ ID int64 }
	period1  struct{ ID int64 }
	user1    struct{ ID int64 }
)

func (return1) TableName() string  { return "mtd_vat_return" }
func (company1) TableName() string { return "base_company" }
func (period1) TableName() string  { return "accounting_vat_period" }
func (user1) TableName() string    { return "base_user" }

func createTables(tx *gorm.DB) error { return tx.Migrator().CreateTable(&return1{}) }

// The structs of 0002_answers.
type (
	answer2 struct {
		ID          int64 `gorm:"primaryKey"`
		Version     int64 `gorm:"not null"`
		CreatedAt   time.Time
		UpdatedAt   time.Time
		CreatedBy   *int64
		UpdatedBy   *int64
		Name        string    `gorm:"not null"`
		CompanyID   int64     `gorm:"not null;uniqueIndex:mtd_vat_answer_matter,priority:1"`
		Company     *company1 `gorm:"constraint:OnDelete:CASCADE"`
		APIID       int64     `gorm:"column:api_id;not null;uniqueIndex:mtd_vat_answer_matter,priority:2;index"`
		API         *api2     `gorm:"constraint:OnDelete:CASCADE"`
		VRN         string    `gorm:"column:vrn;not null;uniqueIndex:mtd_vat_answer_matter,priority:3"`
		Topic       string    `gorm:"not null;uniqueIndex:mtd_vat_answer_matter,priority:4"`
		Reference   string    `gorm:"not null;uniqueIndex:mtd_vat_answer_matter,priority:5"`
		Starts      *string
		Ends        *string
		Body        string `gorm:"not null"`
		Scenario    string `gorm:"not null"`
		Correlation string `gorm:"not null"`
		AskedAt     time.Time
		AskedByID   *int64
		AskedBy     *user1 `gorm:"constraint:OnDelete:SET NULL"`
	}
	api2 struct{ ID int64 }
)

func (answer2) TableName() string { return "mtd_vat_answer" }
func (api2) TableName() string    { return "oauth_consumer_api" }

func createAnswers(tx *gorm.DB) error { return tx.Migrator().CreateTable(&answer2{}) }

// The structs of 0003_sandbox.
type choice3 struct {
	RecordID     int64     `gorm:"primaryKey;autoIncrement:false"`
	Record       *company1 `gorm:"constraint:OnDelete:CASCADE"`
	HMRCScenario string    `gorm:"column:hmrc_scenario;not null"`
}

func (choice3) TableName() string { return "base_company_sandbox_choice" }

func createSandbox(tx *gorm.DB) error { return tx.Migrator().CreateTable(&choice3{}) }
