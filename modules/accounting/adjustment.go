package accounting

import (
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Adjustment is what a return says beyond the documents, and why: bad debt relief, fuel
// scale charges, errors of earlier returns, partial exemption.
type Adjustment struct {
	record.Meta
	PeriodID record.ID
	Box      string
	Amount   record.Money // added to the box; negative takes away
	Reason   string
}

// box is the number of the box, 0 for none that can be filled.
func (a Adjustment) box() int {
	if !slices.Contains(fillable, a.Box) {
		return 0
	}
	n, _ := strconv.Atoi(a.Box)
	return n
}

func defineAdjustment(r *record.Registry) {
	options := boxOptions(nil)
	record.Define[Adjustment](r, record.Model{
		Name: "accounting.vat_adjustment", Label: "VAT adjustment", Plural: "VAT adjustments", Icon: "pencil", Hue: "accounting",
		Display: "reason",
		Fields: []record.Field{
			{Name: "reason", Label: "Reason", Help: "What an inspector would ask.", Type: record.Text, Required: true},
			{Name: "period", Label: "VAT period", Type: record.Many2One, Model: "accounting.vat_period", Required: true, Filter: `[["state", "=", "open"]]`},
			{Name: "box", Label: "Box", Type: record.Selection, Required: true, Options: options},
			{Name: "amount", Label: "Amount", Help: "Added to the box; negative takes away.", Type: record.Amount, Required: true},
		},
		List: record.List{Columns: []string{"reason", "period", "box", "amount", "created_by"}, Optional: []string{"period.company", "created_at", "updated_at"},
			Order: "period desc"},
		Search: record.Search{Fields: []string{"reason"}, Facets: []string{"period", "box"}},
		Form: record.Form{Sub: "period", WriteWhen: `[["period.state", "=", "open"]]`, Tabs: []record.Tab{{Name: "adjustment", Label: "VAT adjustment", Groups: []record.Group{
			{Name: "adjustment", Label: "VAT adjustment", Fields: []string{"period", "box", "amount", "reason"}}}}}},
		Access: []record.Access{
			{Group: GroupUser, Read: true},
			{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true},
		},
		Rules: []record.Rule{{Name: "company", Filter: `[["period.company", "in", {"$": "company_ids"}]]`}},
	})
	record.BeforeSave(r, func(e *record.Env, a *Adjustment) error {
		if was := record.Original(e, a); was.ID != 0 && was.PeriodID != a.PeriodID {
			return fault.New(fault.Invalid, "An adjustment stays with its period.").On("period").Keyed("accounting.vat_adjustment.period.fixed", nil)
		}
		if a.PeriodID == 0 {
			return nil // validation says so
		}
		return stillOpen(e, int64(a.PeriodID))
	})
	record.BeforeDelete(r, func(e *record.Env, a *Adjustment) error { return stillOpen(e, int64(a.PeriodID)) })
}

// stillOpen refuses what would change the figures of a closed period, and keeps others
// from closing it until the transaction ends.
func stillOpen(e *record.Env, period int64) error {
	if err := hold(e, "accounting_vat_period", period, "SHARE"); err != nil {
		return err
	}
	p, err := record.Get[Period](e.Sudo("state of the VAT period"), period)
	if fault.Is(err, fault.NotFound) {
		return nil // validation says that there is none
	}
	if err == nil && p.State == Closed {
		return fault.New(fault.Invalid, "The VAT period %s is closed: adjust the next one instead.", p.Name).On("period").
			Keyed("accounting.vat_adjustment.closed", map[string]any{"Period": p.Name})
	}
	return err
}

// adjustmentsOf are the adjustments of a period, the first written first.
func adjustmentsOf(e *record.Env, period int64) ([]Adjustment, error) {
	return record.Find[Adjustment](e.Sudo("adjustments of the VAT period"), record.Query{Filter: domain.Cond{Path: "period", Op: domain.Eq, Value: period}, Order: "id"})
}
