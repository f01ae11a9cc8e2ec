package accounting

import (
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// TakeBack drafts what takes a posted document back: of an invoice a credit note, of a
// bill a supplier's refund, with the same lines, dated today. It returns the draft's id.
// Errors: Forbidden without the right to create one, Invalid for a document that is not
// posted or takes back itself.
func TakeBack(e *record.Env, id int64) (int64, error) {
	o, err := record.Get[Invoice](e, id)
	if err != nil {
		return 0, err
	}
	kind := opposite(o.Kind)
	if o.State != Posted || kind == "" {
		return 0, fault.New(fault.Invalid, "Only a posted invoice or bill is taken back.").Keyed("accounting.invoice.reverse", nil)
	}
	draft := Invoice{Kind: kind, PartnerID: o.PartnerID, Reference: o.Number, CompanyID: o.CompanyID, ReversesID: record.ID(o.ID)}
	err = e.Write(func(in *record.Env) error {
		if err := record.Save(in, &draft); err != nil {
			return err
		}
		lines, err := linesOf(in, o.ID)
		if err != nil {
			return err
		}
		for _, l := range lines {
			copied := Line{InvoiceID: record.ID(draft.ID), Description: l.Description, Quantity: l.Quantity, UnitPrice: l.UnitPrice, TaxID: l.TaxID}
			if err := record.Save(in, &copied); err != nil {
				return err
			}
		}
		return nil
	})
	return draft.ID, err
}

// reverseAll is TakeBack as the screens offer it.
func reverseAll(e *record.Env, ids []int64) (string, error) {
	err := together(e, ids, func(in *record.Env, id int64) error {
		_, err := TakeBack(in, id)
		return err
	})
	return "The credit note is drafted: see the drafts.", err
}
