package accounting

import (
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// Line is one thing on a document. It is seen by whoever sees the document.
type Line struct {
	record.Meta
	InvoiceID   record.ID
	Description string
	Quantity    int64 // hundredths
	UnitPrice   record.Money
	TaxID       record.ID
	Net         record.Money
	VAT         record.Money `gorm:"column:vat"`
	Gross       record.Money
	BookedNet   record.Money // as Net, negative on what takes back
	BookedVAT   record.Money
}

func defineLine(r *record.Registry) {
	record.Define[Line](r, record.Model{
		Name: "accounting.invoice_line", Label: "Line", Plural: "Lines", Icon: "list", Hue: "accounting",
		Aliases:  []string{"account.move.line"},
		Display:  "description",
		Scopable: true,
		Fields:   lineFields(),
		List: record.List{Columns: []string{"description", "invoice", "invoice.vat_date", "invoice.partner", "quantity", "unit_price", "tax", "booked_net", "booked_vat"},
			Optional: []string{"net", "vat", "gross", "invoice.kind", "invoice.state", "invoice.date", "invoice.currency", "invoice.company", "updated_at"},
			Order:    "invoice desc", Totals: []string{"booked_net", "booked_vat"}},
		Search: record.Search{Fields: []string{"description", "invoice.number", "invoice.partner.name"}, Facets: []string{"tax"},
			Filters: []record.Filter{
				{Name: "posted", Label: "Posted", Domain: `[["invoice.state", "=", "posted"]]`},
				{Name: "untaxed", Label: "Without a tax code", Domain: `[["tax", "=", null]]`},
			}},
		Form: record.Form{Sub: "invoice", WriteWhen: `[["invoice.state", "=", "draft"]]`, Tabs: []record.Tab{{Name: "line", Label: "Line", Groups: []record.Group{
			{Name: "line", Label: "Line", Fields: []string{"invoice", "description"}},
			{Name: "price", Label: "Price", Fields: []string{"quantity", "unit_price", "tax"}},
			{Name: "totals", Label: "Totals", Fields: []string{"net", "vat", "gross", "invoice.currency"}, Aside: true},
			{Name: "booked", Label: "In the VAT return", Fields: []string{"booked_net", "booked_vat", "invoice.vat_date"}, Aside: true},
		}}}},
		Access: []record.Access{{Group: GroupUser, Read: true, Create: true, Write: true, Delete: true}},
		Rules:  []record.Rule{{Name: "company", Filter: `[["invoice.company", "in", {"$": "company_ids"}]]`}},
	})
	record.BeforeSave(r, checkLine)
	record.AfterSave(r, renew)
	record.BeforeDelete(r, func(e *record.Env, l *Line) error {
		_, err := changeable(e, int64(l.InvoiceID))
		return err
	})
	record.AfterDelete(r, renew)
}

func lineFields() []record.Field {
	derived := func(name, label, help string) record.Field {
		return record.Field{Name: name, Label: label, Help: help, Type: record.Amount, Readonly: true, NoCopy: true}
	}
	return []record.Field{
		{Name: "invoice", Label: "Document", Type: record.Many2One, Model: "accounting.invoice", Required: true},
		{Name: "description", Label: "Description", Help: "What was supplied, as it stands on the document.", Type: record.Text, Required: true},
		{Name: "quantity", Label: "Quantity", Type: record.Decimal, Scale: quantityDigits, Required: true, Default: func(*record.Env) any { return int64(100) }},
		{Name: "unit_price", Label: "Unit price", Help: "Before VAT.", Type: record.Amount, Required: true},
		{Name: "tax", Label: "Tax code", Type: record.Many2One, Model: "accounting.tax", Filter: `[["active", "=", true]]`},
		derived("net", "Net", "Quantity times unit price, before VAT."),
		derived("vat", "VAT", "The line's share of the VAT on all lines of its tax code."),
		derived("gross", "Gross", "What the line adds to the document's total."),
		derived("booked_net", "Net booked", "Negative on credit notes and refunds."),
		derived("booked_vat", "VAT booked", "Negative on credit notes and refunds."),
	}
}

// checkLine refuses what no document can hold. The amounts are worked out for all lines
// of the document together, by renew.
func checkLine(e *record.Env, l *Line) error {
	was := record.Original(e, l)
	if was.ID != 0 && was.InvoiceID != l.InvoiceID {
		return fault.New(fault.Invalid, "A line stays with its document.").On("invoice").Keyed("accounting.invoice_line.invoice.fixed", nil)
	}
	l.Net, l.VAT, l.Gross, l.BookedNet, l.BookedVAT = was.Net, was.VAT, was.Gross, was.BookedNet, was.BookedVAT
	_, err := amount(l.Quantity, l.UnitPrice)
	return err
}

// renew brings a document's amounts and those of its lines in line with what the lines
// say. It runs when the line is written and so known to be one that the person may write.
func renew(e *record.Env, l *Line) error {
	o, err := changeable(e, int64(l.InvoiceID))
	if err != nil {
		return err
	}
	act := e.Sudo("totals of the document")
	if err := record.Save(act, &o); err != nil {
		return err
	}
	lines, err := linesOf(act, o.ID)
	for _, now := range lines {
		if now.ID == l.ID {
			l.Net, l.VAT, l.Gross, l.BookedNet, l.BookedVAT = now.Net, now.VAT, now.Gross, now.BookedNet, now.BookedVAT
		}
	}
	return err
}

// changeable returns the document of a line and keeps others from changing it or its
// lines until this transaction ends. Only the lines of a draft change.
func changeable(e *record.Env, id int64) (Invoice, error) {
	if err := hold(e, "accounting_invoice", id, "NO KEY UPDATE"); err != nil {
		return Invoice{}, err
	}
	o, err := record.Get[Invoice](e.Sudo("document of the line"), id)
	if err == nil && o.State != Draft {
		err = decided(&o, "invoice")
	}
	return o, err
}

// hold locks a row until the transaction ends. On SQLite one writes at a time anyway.
func hold(e *record.Env, table string, id int64, strength string) error {
	if e.Database().DB.Engine() != db.Postgres {
		return nil
	}
	return e.Database().DB.Write(e.Context, func(tx *db.Tx) error {
		var locked int64
		return tx.QueryRow("SELECT id FROM "+table+" WHERE id = ? FOR "+strength, id).Scan(&locked)
	})
}
