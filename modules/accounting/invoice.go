package accounting

import (
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// Invoice is a document that bears VAT: an invoice or credit note of ours, a bill or
// refund of a supplier's.
type Invoice struct {
	record.Meta
	Number     string // given at posting
	Kind       string
	PartnerID  record.ID
	Reference  string // the supplier's number, or the customer's order
	Date       record.Date
	TaxPoint   record.Date // when VAT became due; Date when nobody says otherwise
	DeclaredOn record.Date // of late entries: a day of the period that they go into
	VATDate    record.Date `gorm:"column:vat_date"` // DeclaredOn, else TaxPoint: decides the period
	State      string
	CompanyID  record.ID
	CurrencyID record.ID
	Untaxed    record.Money
	Tax        record.Money // charged on the document
	Reversed   record.Money // for which the buyer accounts: not in Total
	Total      record.Money
	ReversesID record.ID // what this credit note or refund takes back
	PostedAt   *time.Time
	PostedByID record.ID `gorm:"column:posted_by_id"`
	Note       string
}

func defineInvoice(r *record.Registry) {
	record.Define[Invoice](r, record.Model{
		Name: "accounting.invoice", Label: "Invoice or bill", Plural: "Invoices and bills", Icon: "receipt", Hue: "accounting",
		Aliases:  []string{"account.move"},
		Display:  "number",
		Scopable: true,
		Fields:   append(invoiceFields(), invoiceAmounts()...),
		List: record.List{Columns: []string{"number", "kind", "date", "partner", "state", "untaxed", "tax", "total"},
			Optional: []string{"reference", "tax_point", "vat_date", "company", "currency", "reversed", "reverses", "posted_at", "updated_at"},
			Order:    "date desc, number desc", Totals: []string{"untaxed", "tax", "total"}},
		Search: record.Search{Fields: []string{"number", "reference", "partner.name", "partner.ref"}, Facets: []string{"kind", "state", "partner", "company"},
			Filters: []record.Filter{
				{Name: "late", Label: "Declared late", Domain: `[["declared_on", "!=", null]]`},
				{Name: "reverse", Label: "Reverse charge", Domain: `[["reversed", "!=", 0]]`},
			}},
		Form: invoiceForm(),
		Access: []record.Access{
			{Group: GroupUser, Read: true, Create: true, Write: true},
			{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true},
		},
		Actions: invoiceActions(),
	})
	record.BeforeSave(r, keepPosted)
	record.BeforeSave(r, completeInvoice)
	record.BeforeSave(r, checkPosting)
	record.BeforeDelete(r, keepNumbered)
}

func invoiceFields() []record.Field {
	today := func(e *record.Env) any { return record.Date(e.Now.In(e.Location).Format(time.DateOnly)) }
	return []record.Field{
		{Name: "number", Label: "Number", Help: "Given when the document is posted.", Type: record.Code, Readonly: true, NoCopy: true, Size: 64},
		{Name: "kind", Label: "Kind", Type: record.Selection, Required: true, Options: kinds(), Default: func(*record.Env) any { return Sale }},
		{Name: "partner", Label: "Customer or supplier", Type: record.Many2One, Model: "contacts.partner", Required: true},
		{Name: "reference", Label: "Reference", Help: "The supplier's number, or the customer's order.", Type: record.Text, Size: 64, NoCopy: true},
		{Name: "date", Label: "Date", Help: "As it stands on the document.", Type: record.Day, Required: true, NoCopy: true, Default: today},
		{Name: "tax_point", Label: "Tax point", Help: "When VAT became due. Empty: the date.", Type: record.Day, NoCopy: true},
		{Name: "declared_on", Label: "Declare VAT on", Help: "Only for late entries: a day of the later VAT period that they go into.", Type: record.Day, NoCopy: true},
		{Name: "vat_date", Label: "VAT date", Help: "The VAT period with this day has the document.", Type: record.Day, Readonly: true, NoCopy: true},
		{Name: "state", Label: "State", Type: record.Selection, Readonly: true, NoCopy: true, Required: true, Options: states(),
			Default: func(*record.Env) any { return Draft }},
		{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Required: true},
		{Name: "currency", Label: "Currency", Help: "That of the company.", Type: record.Many2One, Model: "base.currency", Readonly: true},
		{Name: "lines", Label: "Lines", Type: record.One2Many, Model: "accounting.invoice_line", Inverse: "invoice",
			Inline: []string{"description", "quantity", "unit_price", "tax"}, InlineWhen: `[["state", "=", "draft"]]`},
		{Name: "reverses", Label: "Takes back", Help: "The document that this one corrects.", Type: record.Many2One, Model: "accounting.invoice", NoCopy: true,
			Filter: `[["state", "=", "posted"], ["kind", "in", ["invoice", "bill"]]]`},
		{Name: "posted_at", Label: "Posted", Type: record.Moment, Readonly: true, NoCopy: true},
		{Name: "posted_by", Label: "Posted by", Type: record.Many2One, Model: record.UserModel, Readonly: true, NoCopy: true},
		{Name: "note", Label: "Note", Type: record.Multiline, Sensitive: true},
	}
}

func invoiceAmounts() []record.Field {
	amount := func(name, label, help string) record.Field {
		return record.Field{Name: name, Label: label, Help: help, Type: record.Amount, Readonly: true, NoCopy: true}
	}
	return []record.Field{
		amount("untaxed", "Net", ""), amount("tax", "VAT", ""),
		amount("reversed", "VAT for the buyer to account for", "Reverse charge: not part of the total."), amount("total", "Total", ""),
	}
}

func invoiceForm() record.Form {
	return record.Form{Sub: "partner", WriteWhen: `[["state", "=", "draft"]]`, Tabs: []record.Tab{
		{Name: "invoice", Label: "Document", Groups: []record.Group{
			{Name: "invoice", Label: "Document", Fields: []string{"kind", "partner", "reference", "date"}},
			{Name: "lines", Label: "Lines", Fields: []string{"lines"}},
			{Name: "totals", Label: "Totals", Fields: []string{"state", "untaxed", "tax", "reversed", "total"}, Aside: true},
		}},
		{Name: "vat", Label: "VAT", Groups: []record.Group{
			{Name: "vat", Label: "VAT", Fields: []string{"tax_point", "declared_on", "vat_date"}},
			{Name: "books", Label: "In the books", Fields: []string{"number", "company", "currency", "reverses", "posted_at", "posted_by"}},
		}},
		{Name: "note", Label: "Note", Groups: []record.Group{{Name: "note", Label: "Note", Help: "For the house only.", Fields: []string{"note"}}}},
	}}
}
