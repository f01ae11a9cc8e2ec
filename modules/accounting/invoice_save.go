package accounting

import (
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/base"
)

// completeInvoice fills in what follows from the rest: the company's currency, the day
// that decides the VAT period, and the amounts, which are those of the lines whatever the
// caller says. Those of posted documents stand.
func completeInvoice(e *record.Env, o *Invoice) error {
	if o.CompanyID == 0 || o.State == Posted && record.Original(e, o).State == Posted {
		return nil // validation says what is missing
	}
	c, err := record.Get[base.Company](e.Sudo("currency of the company"), int64(o.CompanyID))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	o.CurrencyID = c.CurrencyID
	if was := record.Original(e, o); o.TaxPoint == "" || o.TaxPoint == was.TaxPoint && was.TaxPoint == was.Date {
		o.TaxPoint = o.Date
	}
	if o.DeclaredOn != "" && o.DeclaredOn <= o.TaxPoint {
		return fault.New(fault.Invalid, "VAT is not declared before its tax point: leave this empty, or choose a later day.").On("declared_on").
			Keyed("accounting.invoice.declared_on.early", nil)
	}
	if o.VATDate = o.TaxPoint; o.DeclaredOn != "" {
		o.VATDate = o.DeclaredOn
	}
	if o.ID == 0 {
		o.Untaxed, o.Tax, o.Reversed, o.Total = 0, 0, 0, 0
		return nil
	}
	return o.addUp(e, &c)
}

// addUp works the lines out and takes over what they come to.
func (o *Invoice) addUp(e *record.Env, c *base.Company) error {
	lines, err := linesOf(e, o.ID)
	if err != nil {
		return err
	}
	taxes, err := taxesOf(e, lines)
	if err != nil {
		return err
	}
	before := append([]Line(nil), lines...)
	sum, err := workOut(o.Kind, lines, taxes)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if t := taxes[l.TaxID]; t != nil {
			if err := t.usable(o, c); err != nil {
				return err
			}
		}
	}
	o.Untaxed, o.Tax, o.Reversed, o.Total = sum.Untaxed, sum.Tax, sum.Reversed, sum.Total
	return storeAmounts(e, before, lines)
}

// linesOf are the lines of a document, the first written first.
func linesOf(e *record.Env, invoice int64) ([]Line, error) {
	return record.Find[Line](e.Sudo("lines of the document"), record.Query{Filter: domain.Cond{Path: "invoice", Op: domain.Eq, Value: invoice}, Order: "id"})
}

// storeAmounts writes the worked-out amounts of those lines where they have changed. A
// line keeps its version: nobody has written it, and a form that shows it stays good.
func storeAmounts(e *record.Env, before, lines []Line) error {
	return e.Database().DB.Write(e.Context, func(tx *db.Tx) error {
		for i, l := range lines {
			if l == before[i] {
				continue
			}
			_, err := tx.Exec("UPDATE accounting_invoice_line SET net = ?, vat = ?, gross = ?, booked_net = ?, booked_vat = ? WHERE id = ?",
				l.Net, l.VAT, l.Gross, l.BookedNet, l.BookedVAT, l.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// keepPosted refuses to change what is in the books, whoever asks: a posted document
// keeps all but its note, and is corrected by another one.
func keepPosted(e *record.Env, o *Invoice) error {
	was := record.Original(e, o)
	if was.ID == 0 {
		if o.State == Posted {
			return fault.New(fault.Invalid, "A document begins as a draft.").On("state").Keyed("accounting.invoice.state.first", nil)
		}
		return nil
	}
	if was.CompanyID != o.CompanyID {
		return fault.New(fault.Invalid, "A document stays with its company.").On("company").Keyed("accounting.invoice.company.fixed", nil)
	}
	if was.State != Posted {
		return nil
	}
	before, now := *was, *o
	now.Meta, now.Note = before.Meta, before.Note
	before.PostedAt, now.PostedAt = nil, nil // pointers: compared by no one, written by no one
	if before != now {
		return decided(was, changedField(was, o))
	}
	return nil
}

// changedField names the first field of a form in which two versions differ.
func changedField(was, now *Invoice) string {
	switch {
	case was.PartnerID != now.PartnerID:
		return "partner"
	case was.Date != now.Date:
		return "date"
	case was.TaxPoint != now.TaxPoint:
		return "tax_point"
	case was.DeclaredOn != now.DeclaredOn:
		return "declared_on"
	case was.Kind != now.Kind:
		return "kind"
	case was.Reference != now.Reference:
		return "reference"
	}
	return ""
}

// decided is the refusal to change a document that is no draft.
func decided(o *Invoice, field string) error {
	if o.State == Cancelled {
		return fault.New(fault.Invalid, "This document was cancelled. Set it back to draft to change it or its lines.").On(field).Keyed("accounting.invoice.cancelled", nil)
	}
	return fault.New(fault.Invalid, "%s is posted and stays as it is. Correct it by a credit note.", o.Number).On(field).
		Keyed("accounting.invoice.decided", map[string]any{"Number": o.Number})
}

// keepNumbered refuses to delete what was posted; the lines of a draft go with it.
func keepNumbered(_ *record.Env, o *Invoice) error {
	if o.State != Posted {
		return nil
	}
	return fault.New(fault.Conflict, "%s is posted and cannot be deleted. Correct it by a credit note.", o.Number).
		Keyed("accounting.invoice.kept", map[string]any{"Number": strings.TrimSpace(o.Number)})
}
