package accounting

import (
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/base"
)

// checkPosting holds a draft that is being posted to what the books want of a document,
// and numbers it. It runs last before the row is written, whichever way it was asked for.
func checkPosting(e *record.Env, o *Invoice) error {
	if o.State != Posted || record.Original(e, o).State == Posted {
		return nil
	}
	lines, err := record.CountIn[Line](e.Sudo("lines of the document"), record.Query{Filter: domain.Cond{Path: "invoice", Op: domain.Eq, Value: o.ID}, Limit: 1})
	if err != nil {
		return err
	}
	if lines == 0 {
		return fault.New(fault.Invalid, "%s has no lines: there is nothing to post.", o.called()).Keyed("accounting.invoice.empty", map[string]any{"Document": o.called()})
	}
	if err := checkOpen(e, o); err != nil {
		return err
	}
	if o.Number, err = base.NextNumber(e, sequenceOf(o.Kind), int64(o.CompanyID)); err != nil {
		return err
	}
	now := e.Now
	o.PostedAt, o.PostedByID = &now, record.ID(e.User.UserID())
	return nil
}

// checkOpen refuses a document whose VAT period is closed. Until the transaction ends
// nobody closes a period of the company.
func checkOpen(e *record.Env, o *Invoice) error {
	if err := hold(e, "base_company", int64(o.CompanyID), "SHARE"); err != nil {
		return err
	}
	closed, err := record.Find[Period](e.Sudo("closed VAT periods"), record.Query{Limit: 1, Filter: domain.And{
		onCompany(int64(o.CompanyID)), covers(o.VATDate), domain.Cond{Path: "state", Op: domain.Eq, Value: Closed}}})
	if err != nil || len(closed) == 0 {
		return err
	}
	next, err := nextOpen(e, int64(o.CompanyID), closed[0].Ends)
	if err != nil {
		return err
	}
	args := map[string]any{"Document": o.called(), "Period": closed[0].Name, "Day": string(next)}
	return fault.New(fault.Invalid, "The VAT period %s of %s is closed. To declare its VAT late, set “Declare VAT on” to %s or a later day.", closed[0].Name, o.called(), next).
		On("declared_on").Keyed("accounting.invoice.closed", args)
}

// declareLateAll puts drafts into the next open VAT period where theirs is closed.
func declareLateAll(e *record.Env, ids []int64) (string, error) {
	moved := 0
	err := together(e, ids, func(in *record.Env, id int64) error {
		if err := mayChange(in, id); err != nil {
			return err
		}
		o, err := record.Get[Invoice](in, id)
		if err != nil {
			return err
		}
		next, err := firstOpen(in, int64(o.CompanyID), o.TaxPoint)
		if err != nil || next == o.TaxPoint {
			return err
		}
		moved++
		o.DeclaredOn = next
		return record.Save(in, &o)
	})
	if err == nil && moved == 0 {
		return "", fault.New(fault.Invalid, "The VAT period is open: there is nothing to declare late.").Keyed("accounting.invoice.not_late", nil)
	}
	return "The VAT goes into the next open period.", err
}
