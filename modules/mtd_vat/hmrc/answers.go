package hmrc

import (
	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/record"
)

// Obligation is a period for which a return is due or was received.
type Obligation struct {
	Start    record.Date `json:"start"`
	End      record.Date `json:"end"`
	Due      record.Date `json:"due"`
	Status   string      `json:"status"` // Open or Fulfilled
	Period   PeriodKey   `json:"periodKey"`
	Received record.Date `json:"received"` // "" while open
}

// The statuses of an obligation.
const (
	Open      = "O"
	Fulfilled = "F"
)

// Obligations is the answer of PathObligations, ordered by start.
type Obligations struct {
	Obligations []Obligation `json:"obligations"`
}

// Liability is something to pay, in pounds.
type Liability struct {
	TaxPeriod   *Span            `json:"taxPeriod"` // nil when it belongs to no period
	Type        string           `json:"type"`
	Original    decimal.Decimal  `json:"originalAmount"`
	Outstanding *decimal.Decimal `json:"outstandingAmount"` // nil when HMRC does not say
	Due         record.Date      `json:"due"`
}

// Span is a period of days, both included.
type Span struct {
	From record.Date `json:"from"`
	To   record.Date `json:"to"`
}

// Liabilities is the answer of PathLiabilities.
type Liabilities struct {
	Liabilities []Liability `json:"liabilities"`
}

// Payment is money that HMRC has received, in pounds.
type Payment struct {
	Amount   decimal.Decimal `json:"amount"`
	Received record.Date     `json:"received"`
}

// Payments is the answer of PathPayments.
type Payments struct {
	Payments []Payment `json:"payments"`
}

// Penalties is the answer of PathPenalties: those of the last two years. Without any it
// is empty.
type Penalties struct {
	Totals *struct {
		LateSubmission      decimal.Decimal `json:"lateSubmissionPenaltyTotalValue"`
		PenalisedPrincipal  decimal.Decimal `json:"penalisedPrincipalTotal"`
		LatePaymentPosted   decimal.Decimal `json:"latePaymentPenaltyPostedTotal"`
		LatePaymentEstimate decimal.Decimal `json:"latePaymentPenaltyEstimateTotal"`
	} `json:"totalisations"`
	LateSubmission *struct {
		Summary struct {
			ActivePoints   decimal.Decimal `json:"activePenaltyPoints"`
			InactivePoints decimal.Decimal `json:"inactivePenaltyPoints"`
			// ComplianceBy is when all points expire, 9999-12-31 when there are none.
			ComplianceBy record.Date     `json:"periodOfComplianceAchievement"`
			Threshold    decimal.Decimal `json:"regimeThreshold"`
			Charge       decimal.Decimal `json:"penaltyChargeAmount"`
		} `json:"summary"`
		Details []LateSubmission `json:"details"`
	} `json:"lateSubmissionPenalty"`
	LatePayment *struct {
		Details []LatePayment `json:"details"`
	} `json:"latePaymentPenalty"`
}

// LateSubmission is one penalty point, with its charge where there is one.
type LateSubmission struct {
	Number          string           `json:"penaltyNumber"`
	Category        string           `json:"penaltyCategory"` // point, threshold, charge
	Status          string           `json:"penaltyStatus"`   // active, inactive
	Created         record.Date      `json:"penaltyCreationDate"`
	Expires         record.Date      `json:"penaltyExpiryDate"`
	ExpiryReason    string           `json:"expiryReason"`
	ChargeReference string           `json:"chargeReference"` // for PathFinancialDetails, "" without a charge
	Charge          *decimal.Decimal `json:"chargeAmount"`
	Outstanding     *decimal.Decimal `json:"chargeOutstandingAmount"`
	ChargeDue       record.Date      `json:"chargeDueDate"`
	Submissions     []struct {
		Status   string      `json:"taxReturnStatus"` // Open, Fulfilled, Reversed
		From     record.Date `json:"taxPeriodStartDate"`
		To       record.Date `json:"taxPeriodEndDate"`
		Due      record.Date `json:"taxPeriodDueDate"`
		Received record.Date `json:"returnReceiptDate"`
	} `json:"lateSubmissions"`
	Appeals []Appeal `json:"appealInformation"`
}

// LatePayment is one penalty for paying late.
type LatePayment struct {
	Category         string           `json:"penaltyCategory"` // LPP1, LPP2
	Status           string           `json:"penaltyStatus"`   // accruing, posted
	Accruing         decimal.Decimal  `json:"penaltyAmountAccruing"`
	Posted           decimal.Decimal  `json:"penaltyAmountPosted"`
	Paid             *decimal.Decimal `json:"penaltyAmountPaid"`
	Outstanding      *decimal.Decimal `json:"penaltyAmountOutstanding"`
	Reference        string           `json:"penaltyChargeReference"` // for PathFinancialDetails, "" while it accrues
	Due              record.Date      `json:"penaltyChargeDueDate"`
	PrincipalFrom    record.Date      `json:"principalChargeBillingFrom"`
	PrincipalTo      record.Date      `json:"principalChargeBillingTo"`
	PrincipalDue     record.Date      `json:"principalChargeDueDate"`
	PrincipalCleared record.Date      `json:"principalChargeLatestClearing"` // "" while unpaid
	Appeals          []Appeal         `json:"appealInformation"`
}

// Appeal is how an appeal against a penalty stands.
type Appeal struct {
	Status string `json:"appealStatus"`
	Level  string `json:"appealLevel"`
}

// FinancialDetails is the answer of PathFinancialDetails: what became of a penalty's charge.
type FinancialDetails struct {
	Totals struct {
		Overdue   decimal.Decimal `json:"totalOverdue"`
		NotYetDue decimal.Decimal `json:"totalNotYetDue"`
		Balance   decimal.Decimal `json:"totalBalance"`
		Credit    decimal.Decimal `json:"totalCredit"`
		Cleared   decimal.Decimal `json:"totalCleared"`
	} `json:"totalisations"`
	Documents []struct {
		Posted      record.Date     `json:"postingDate"`
		Issued      record.Date     `json:"issueDate"`
		Total       decimal.Decimal `json:"documentTotalAmount"`
		Cleared     decimal.Decimal `json:"documentClearedAmount"`
		Outstanding decimal.Decimal `json:"documentOutstandingAmount"`
		Lines       []struct {
			Description string          `json:"chargeDescription"`
			From        record.Date     `json:"periodFromDate"`
			To          record.Date     `json:"periodToDate"`
			Due         record.Date     `json:"netDueDate"`
			Amount      decimal.Decimal `json:"amount"`
		} `json:"lineItemDetails"`
	} `json:"documentDetails"`
}

// TestUser is the answer of PathCreateTestUser, as far as VAT goes: an organisation of
// the sandbox, with the password that signs it in there.
type TestUser struct {
	UserID       string `json:"userId"`
	Password     string `json:"password"`
	FullName     string `json:"userFullName"`
	Email        string `json:"emailAddress"`
	Organisation struct {
		Name string `json:"name"`
	} `json:"organisationDetails"`
	VRN        VRN         `json:"vrn"`
	Registered record.Date `json:"vatRegistrationDate"`
}

// HeaderReport is the answer of PathValidateHeaders.
type HeaderReport struct {
	SpecVersion string          `json:"specVersion"`
	Code        string          `json:"code"` // VALID_HEADERS, POTENTIALLY_INVALID_HEADERS, INVALID_HEADERS
	Message     string          `json:"message"`
	Errors      []HeaderFinding `json:"errors"`
	Warnings    []HeaderFinding `json:"warnings"`
}

// HeaderFinding is what HMRC says of some headers.
type HeaderFinding struct {
	Code    string   `json:"code"` // MISSING_HEADER, EMPTY_HEADER, INVALID_HEADER, UNEXPECTED_HEADER
	Message string   `json:"message"`
	Headers []string `json:"headers"` // in small letters
}
