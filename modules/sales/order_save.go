package sales

import (
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/base"
)

// sequence is the code of the sequences that number orders.
const sequence = "sales.order"

// completeOrder fills in what follows from the rest: the number, the company's currency,
// and the totals, which are those of the lines whatever the caller says.
func completeOrder(e *record.Env, o *Order) error {
	if o.CurrencyID == 0 && o.CompanyID != 0 {
		c, err := record.Get[base.Company](e.Sudo("currency of the company"), int64(o.CompanyID))
		if fault.Is(err, fault.NotFound) {
			return nil // validation says that there is none
		}
		if err != nil {
			return err
		}
		o.CurrencyID = c.CurrencyID
	}
	if o.Number == "" {
		var err error
		if o.Number, err = base.NextNumber(e, sequence, int64(o.CompanyID)); err != nil {
			return err
		}
	}
	var lines []Line
	if o.ID != 0 {
		var err error
		lines, err = record.Find[Line](e.Sudo("totals of the order"), record.Query{Filter: domain.Cond{Path: "order", Op: domain.Eq, Value: o.ID}, Order: "id"})
		if err != nil {
			return err
		}
	}
	o.Untaxed, o.Tax = addUp(lines)
	o.Total = o.Untaxed + o.Tax
	return nil
}

// keepDecided refuses to change what was agreed: an order keeps its company, by which it
// is numbered, and one that is no draft its customer, date and currency.
func keepDecided(e *record.Env, o *Order) error {
	was := record.Original(e, o)
	if was.ID == 0 || e.IsSudo() {
		return nil
	}
	if was.CompanyID != o.CompanyID {
		return fault.New(fault.Invalid, "An order stays with the company that has numbered it.").On("company").Keyed("sales.order.company.fixed", nil)
	}
	if was.State == Draft {
		return nil
	}
	for field, changed := range map[string]bool{
		"partner": was.PartnerID != o.PartnerID, "date": was.Date != o.Date, "currency": was.CurrencyID != o.CurrencyID,
	} {
		if changed {
			return decided(was, field)
		}
	}
	return nil
}

// decided is the refusal to change an order that is no draft.
func decided(o *Order, field string) error {
	return fault.New(fault.Invalid, "The order %s is no draft any more. Set it back to draft to change it or its lines.", o.Number).On(field).
		Keyed("sales.order.decided", map[string]any{"Number": o.Number})
}

// keepUsed refuses to delete what was agreed; the lines of a draft go with it.
func keepUsed(e *record.Env, o *Order) error {
	if o.State == Draft || o.State == Cancelled || e.IsSudo() {
		return nil
	}
	return fault.New(fault.Conflict, "The order %s is no draft: cancel it instead.", o.Number).Keyed("sales.order.kept", map[string]any{"Number": o.Number})
}
