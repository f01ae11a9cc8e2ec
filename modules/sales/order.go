package sales

import (
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// Order is what a customer buys at once.
type Order struct {
	record.Meta
	Number        string
	PartnerID     record.ID
	Date          record.Date
	State         string
	SalespersonID record.ID
	CompanyID     record.ID
	CurrencyID    record.ID
	Untaxed       record.Money
	Tax           record.Money
	Total         record.Money
	Note          string
}

func defineOrder(r *record.Registry) {
	record.Define[Order](r, record.Model{
		Name: "sales.order", Label: "Order", Plural: "Orders", Icon: "receipt", Hue: "sales",
		Aliases:  []string{"sale.order"},
		Display:  "number",
		Scopable: true,
		Fields:   orderFields(),
		List: record.List{Columns: []string{"number", "date", "partner", "salesperson", "state", "total"},
			Optional: []string{"company", "currency", "untaxed", "tax", "updated_at"}, Order: "date desc, number desc", Totals: []string{"total"}},
		Search: record.Search{Fields: []string{"number", "partner.name", "partner.ref"}, Facets: []string{"state", "salesperson", "partner", "company"},
			Filters: []record.Filter{
				{Name: "mine", Label: "Mine", Domain: `[["salesperson", "=", {"$": "uid"}]]`},
				{Name: "open", Label: "Open", Domain: `[["state", "in", ["draft", "confirmed"]]]`},
				{Name: "nobodys", Label: "Without a salesperson", Domain: `[["salesperson", "=", null]]`},
			}},
		Form: orderForm(),
		Access: []record.Access{
			{Group: GroupUser, Read: true, Create: true, Write: true},
			{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true},
		},
		Rules: []record.Rule{
			{Name: "own", Groups: []string{GroupUser}, Filter: `["|", ["salesperson", "=", null], ["salesperson", "=", {"$": "uid"}]]`},
			{Name: "all", Groups: []string{GroupManager}, Filter: `[]`},
		},
		Actions: orderActions(),
	})
	record.BeforeSave(r, completeOrder)
	record.BeforeSave(r, keepDecided)
	record.BeforeDelete(r, keepUsed)
}

func orderFields() []record.Field {
	return []record.Field{
		{Name: "number", Label: "Number", Help: "Given when the order is saved first.", Type: record.Code, Readonly: true, NoCopy: true, Size: 64},
		{Name: "partner", Label: "Customer", Type: record.Many2One, Model: "contacts.partner", Required: true},
		{Name: "date", Label: "Date", Type: record.Day, Required: true, NoCopy: true,
			Default: func(e *record.Env) any { return record.Date(e.Now.In(e.Location).Format(time.DateOnly)) }},
		{Name: "state", Label: "State", Type: record.Selection, Readonly: true, NoCopy: true, Required: true, Options: states(),
			Default: func(*record.Env) any { return Draft }},
		{Name: "salesperson", Label: "Salesperson", Help: "Empty: everybody in sales sees the order.", Type: record.Many2One, Model: record.UserModel,
			Default: func(e *record.Env) any { return e.User.UserID() }},
		{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Required: true},
		{Name: "currency", Label: "Currency", Help: "Empty: that of the company.", Type: record.Many2One, Model: "base.currency"},
		{Name: "lines", Label: "Order lines", Type: record.One2Many, Model: "sales.order_line", Inverse: "order",
			Inline: []string{"product", "quantity", "unit_price", "tax_rate"}, InlineWhen: `[["state", "=", "draft"]]`},
		{Name: "untaxed", Label: "Before tax", Type: record.Amount, Readonly: true, NoCopy: true},
		{Name: "tax", Label: "Tax", Type: record.Amount, Readonly: true, NoCopy: true},
		{Name: "total", Label: "Total", Type: record.Amount, Readonly: true, NoCopy: true},
		{Name: "note", Label: "Note", Type: record.Multiline, Sensitive: true},
	}
}

func orderForm() record.Form {
	return record.Form{Sub: "partner", Tabs: []record.Tab{
		{Name: "order", Label: "Order", Groups: []record.Group{
			{Name: "order", Label: "Order", Fields: []string{"partner", "date"}},
			{Name: "lines", Label: "Order lines", Fields: []string{"lines"}},
			{Name: "totals", Label: "Totals", Fields: []string{"state", "untaxed", "tax", "total"}, Aside: true},
		}},
		{Name: "sale", Label: "Who sells", Groups: []record.Group{{Name: "sale", Label: "Who sells", Fields: []string{"number", "salesperson", "company", "currency"}}}},
		{Name: "note", Label: "Note", Groups: []record.Group{{Name: "note", Label: "Note", Help: "For the house only.", Fields: []string{"note"}}}},
	}}
}
