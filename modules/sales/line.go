package sales

import (
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// Line is one thing on an order. It is seen by whoever sees the order.
type Line struct {
	record.Meta
	OrderID   record.ID
	Product   string
	Quantity  int64 // hundredths
	UnitPrice record.Money
	TaxRate   int64 // hundredths of a per cent
	Subtotal  record.Money
}

func defineLine(r *record.Registry) {
	record.Define[Line](r, record.Model{
		Name: "sales.order_line", Label: "Order line", Plural: "Order lines", Icon: "list", Hue: "sales",
		Aliases:  []string{"sale.order.line"},
		Display:  "product",
		Scopable: true,
		Fields:   lineFields(),
		List: record.List{Columns: []string{"product", "order", "quantity", "unit_price", "tax_rate", "subtotal"},
			Optional: []string{"order.partner", "order.date", "order.state", "order.currency", "updated_at"}, Order: "id desc"},
		Search: record.Search{Fields: []string{"product", "order.number", "order.partner.name"}},
		Form: record.Form{Sub: "order", Tabs: []record.Tab{{Name: "line", Label: "Order line", Groups: []record.Group{
			{Name: "line", Label: "Order line", Fields: []string{"order", "product"}},
			{Name: "price", Label: "Price", Fields: []string{"quantity", "unit_price", "tax_rate"}},
			{Name: "totals", Label: "Totals", Fields: []string{"subtotal", "order.currency"}, Aside: true},
		}}}},
		Access: []record.Access{{Group: GroupUser, Read: true, Create: true, Write: true, Delete: true}},
		Rules: []record.Rule{
			{Name: "company", Filter: `[["order.company", "in", {"$": "company_ids"}]]`},
			{Name: "own", Groups: []string{GroupUser}, Filter: `["|", ["order.salesperson", "=", null], ["order.salesperson", "=", {"$": "uid"}]]`},
			{Name: "all", Groups: []string{GroupManager}, Filter: `[]`},
		},
	})
	record.BeforeSave(r, completeLine)
	record.AfterSave(r, renew)
	record.BeforeDelete(r, func(e *record.Env, l *Line) error {
		_, err := changeable(e, int64(l.OrderID))
		return err
	})
	record.AfterDelete(r, renew)
}

func lineFields() []record.Field {
	return []record.Field{
		{Name: "order", Label: "Order", Type: record.Many2One, Model: "sales.order", Required: true},
		{Name: "product", Label: "Product", Help: "What is sold, as it stands on the order.", Type: record.Text, Required: true},
		{Name: "quantity", Label: "Quantity", Type: record.Decimal, Scale: quantityDigits, Required: true, Default: func(*record.Env) any { return int64(100) }},
		{Name: "unit_price", Label: "Unit price", Help: "Before tax, in the currency of the order.", Type: record.Amount, Required: true},
		{Name: "tax_rate", Label: "Tax (%)", Type: record.Decimal, Scale: rateDigits},
		{Name: "subtotal", Label: "Subtotal", Help: "Quantity times unit price, before tax.", Type: record.Amount, Readonly: true, NoCopy: true},
	}
}

// completeLine works out the subtotal and refuses what no order can hold.
func completeLine(e *record.Env, l *Line) (err error) {
	if was := record.Original(e, l); was.ID != 0 && was.OrderID != l.OrderID {
		return fault.New(fault.Invalid, "A line stays with its order.").On("order").Keyed("sales.order_line.order.fixed", nil)
	}
	if l.TaxRate < 0 || l.TaxRate > 100_00 {
		return fault.New(fault.Invalid, "A tax is between 0 and 100 per cent.").On("tax_rate").Keyed("sales.order_line.tax_rate.range", nil)
	}
	l.Subtotal, err = subtotal(l.Quantity, l.UnitPrice)
	return err
}

// renew brings an order's totals in line with its lines. It runs when the line is written
// and so known to be one that the person may write.
func renew(e *record.Env, l *Line) error {
	o, err := changeable(e, int64(l.OrderID))
	if err != nil {
		return err
	}
	return record.Save(e.Sudo("totals of the order"), &o)
}

// changeable returns the order of a line and keeps others from changing it or its lines
// until this transaction ends. Only the lines of a draft change, except by the house
// itself: a load file may bring in orders as they are.
func changeable(e *record.Env, id int64) (Order, error) {
	if e.Database().DB.Engine() == db.Postgres { // on SQLite one writes at a time
		var locked int64
		err := e.Database().DB.Write(e.Context, func(tx *db.Tx) error {
			return tx.QueryRow("SELECT id FROM sales_order WHERE id = ? FOR NO KEY UPDATE", id).Scan(&locked)
		})
		if err != nil {
			return Order{}, err
		}
	}
	o, err := record.Get[Order](e.Sudo("order of the line"), id)
	if err == nil && o.State != Draft && !e.IsSudo() {
		err = decided(&o, "order")
	}
	return o, err
}
