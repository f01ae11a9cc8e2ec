package mtdvat

import (
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
)

// Return is a VAT return that HMRC holds, with the receipt, which can never be fetched
// again. Nobody changes it.
type Return struct {
	record.Meta
	Name             string
	CompanyID        record.ID
	PeriodID         record.ID
	VRN              string
	Starts           record.Date
	Ends             record.Date
	Environment      string
	PeriodKey        string // HMRC's, never shown
	Body             string // what was sent, word for word
	Box1             record.Money
	Box2             record.Money
	Box3             record.Money
	Box4             record.Money
	Box5             record.Money
	Box6             record.Money
	Box7             record.Money
	Box8             record.Money
	Box9             record.Money
	Outcome          string
	SubmittedByID    record.ID
	SubmittedAt      *time.Time
	ProcessedAt      *time.Time
	FormBundle       string
	Payment          string
	ChargeReference  string
	ReceiptNumber    string
	ReceiptAt        *time.Time
	Correlation      string
	DeclarationAsked string // the text that was agreed to
}

// How it is known that HMRC holds a return.
const (
	outcomeReceipt = "receipt" // it said so when the return was sent
	outcomeRead    = "read"    // its answer was lost, and the return was read back
)

func defineReturn(r *record.Registry) {
	fixed := func(f record.Field) record.Field {
		f.Readonly, f.NoCopy = true, true
		return f
	}
	fields := []record.Field{
		fixed(record.Field{Name: "name", Label: "Period", Type: record.Text, Required: true}),
		fixed(record.Field{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Required: true}),
		fixed(record.Field{Name: "period", Label: "VAT period", Type: record.Many2One, Model: "accounting.vat_period"}),
		fixed(record.Field{Name: "vrn", Label: "VAT registration number", Type: record.Code, Size: 16}),
		fixed(record.Field{Name: "starts", Label: "First day", Type: record.Day, Required: true}),
		fixed(record.Field{Name: "ends", Label: "Last day", Type: record.Day, Required: true}),
		fixed(record.Field{Name: "environment", Label: "Environment", Type: record.Selection, Options: []record.Option{
			{Value: "production", Label: "Production", Tone: "ok"}, {Value: "sandbox", Label: "Sandbox", Tone: "warn"}}}),
		fixed(record.Field{Name: "outcome", Label: "Outcome", Type: record.Selection, Options: []record.Option{
			{Value: outcomeReceipt, Label: "Received by HMRC", Tone: "ok"}, {Value: outcomeRead, Label: "Read back at HMRC", Tone: "info"}}}),
		fixed(record.Field{Name: "submitted_by", Label: "Submitted by", Type: record.Many2One, Model: record.UserModel}),
		fixed(record.Field{Name: "submitted_at", Label: "Submitted", Type: record.Moment}),
		fixed(record.Field{Name: "processed_at", Label: "Processing date", Type: record.Moment}),
		fixed(record.Field{Name: "form_bundle", Label: "Form bundle number", Type: record.Code, Size: 64}),
		fixed(record.Field{Name: "payment", Label: "Payment", Type: record.Selection, Options: []record.Option{
			{Value: "DD", Label: "HMRC collects by direct debit"}, {Value: "BANK", Label: "HMRC pays to the bank account"}}}),
		fixed(record.Field{Name: "charge_reference", Label: "Charge reference", Type: record.Code, Size: 64}),
		fixed(record.Field{Name: "receipt_number", Label: "HMRC receipt number", Type: record.Code, Size: 128}),
		fixed(record.Field{Name: "receipt_at", Label: "Receipt dated", Type: record.Moment}),
		fixed(record.Field{Name: "correlation", Label: "Correlation ID", Type: record.Code, Size: 128}),
		fixed(record.Field{Name: "declaration_asked", Label: "Declaration", Type: record.Multiline}),
		{Name: "period_key", Type: record.Code, Private: true, NoCopy: true},
		{Name: "body", Type: record.Multiline, Private: true, NoCopy: true},
	}
	var boxes []string
	for n, label := range boxLabels {
		name := "box" + string(rune('1'+n))
		boxes = append(boxes, name)
		fields = append(fields, fixed(record.Field{Name: name, Label: label, Type: record.Amount}))
	}
	record.Define[Return](r, record.Model{
		Name: "mtd_vat.return", Label: "VAT return", Plural: "VAT returns", Icon: "receipt", Hue: "accounting",
		Fields: fields,
		List: record.List{Columns: []string{"name", "company", "box5", "outcome", "submitted_at", "submitted_by", "form_bundle", "environment"},
			Optional: []string{"box3", "box4", "charge_reference", "receipt_number"}, Order: "starts desc",
			Help: "What HMRC has received from here, with its receipts."},
		Search: record.Search{Fields: []string{"name", "form_bundle", "charge_reference"}, Facets: []string{"company", "environment"}},
		Form: record.Form{Sub: "company", Head: headReturn, Tabs: []record.Tab{
			{Name: "receipt", Label: "Receipt", Groups: []record.Group{
				{Name: "receipt", Label: "Receipt", Fields: []string{"outcome", "processed_at", "receipt_number", "receipt_at", "form_bundle", "charge_reference", "payment", "correlation"}},
				{Name: "declaration", Label: "Declaration", Fields: []string{"declaration_asked"}},
				{Name: "return", Label: "VAT return", Fields: []string{"name", "vrn", "period", "submitted_by", "submitted_at", "environment"}, Aside: true}}},
			{Name: "boxes", Label: "Boxes", Groups: []record.Group{{Name: "boxes", Label: "Boxes", Fields: boxes}}},
		}},
		Access: []record.Access{{Group: accounting.GroupUser, Read: true}},
	})
}

// boxLabels are the boxes as the form of a VAT return has them.
var boxLabels = [9]string{"1 VAT due on sales", "2 VAT due on acquisitions", "3 Total VAT due", "4 VAT reclaimed", "5 Net VAT",
	"6 Sales without VAT", "7 Purchases without VAT", "8 Dispatches to the EU", "9 Acquisitions from the EU"}

func (r *Return) show(b accounting.Boxes) {
	for i, field := range []*record.Money{&r.Box1, &r.Box2, &r.Box3, &r.Box4, &r.Box5, &r.Box6, &r.Box7, &r.Box8, &r.Box9} {
		*field = b[i]
	}
}

func (r Return) boxes() accounting.Boxes {
	return accounting.Boxes{r.Box1, r.Box2, r.Box3, r.Box4, r.Box5, r.Box6, r.Box7, r.Box8, r.Box9}
}

// returnOf finds what was filed of a company's days in an environment; false when nothing was.
func returnOf(env *record.Env, company int64, starts, ends record.Date, environment string) (Return, bool, error) {
	r, err := record.First[Return](env.Sudo("filed VAT returns"), record.Query{Order: "id", Filter: domain.And{
		domain.Cond{Path: "company", Op: domain.Eq, Value: company}, domain.Cond{Path: "starts", Op: domain.Eq, Value: string(starts)},
		domain.Cond{Path: "ends", Op: domain.Eq, Value: string(ends)}, domain.Cond{Path: "environment", Op: domain.Eq, Value: environment}}})
	if fault.Is(err, fault.NotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

// wireBoxes are the boxes as HMRC takes them.
func wireBoxes(b accounting.Boxes) hmrc.Boxes {
	return hmrc.Boxes{VATDueSales: b.Decimal(1), VATDueAcquisitions: b.Decimal(2), VATReclaimed: b.Decimal(4),
		SalesExVAT: b.Decimal(6), PurchasesExVAT: b.Decimal(7), GoodsSuppliedExVAT: b.Decimal(8), AcquisitionsExVAT: b.Decimal(9)}
}
