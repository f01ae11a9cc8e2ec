package sales

import (
	"encoding/json"
	"net/http"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// figure is what the orders of one state, month and currency come to.
type figure struct {
	State    string      `json:"state"`
	Month    string      `json:"month"` // 2026-03
	Currency *record.Ref `json:"currency"`
	Count    int         `json:"count"`
	Total    json.Number `json:"total"` // in major units, exact
}

// summary answers GET /api/sales/summary: the orders that the token's user may see, as
// far as his granted scopes show date, state, currency and total of them, added up by
// state, month and currency in this order. The days from and to, both included, limit
// it: ?from=2026-01-01&to=2026-06-30.
func summary(c *web.Ctx) error {
	q := record.Query{}
	for _, limit := range []struct {
		name string
		op   domain.Op
	}{{"from", domain.Ge}, {"to", domain.Le}} {
		day, err := record.ParseDate(c.QueryParam(limit.name))
		if err != nil {
			return fault.New(fault.Invalid, "Write the date as YYYY-MM-DD.").On(limit.name).Keyed("record.invalid.date", nil)
		}
		if day != "" {
			q.Filter = domain.All(q.Filter, domain.Cond{Path: "date", Op: limit.op, Value: string(day)})
		}
	}
	totals, err := record.Totals(c.Env, "sales.order", q, []string{"state", "date:month", "currency"}, []string{"total"})
	if err != nil {
		return err
	}
	total, _ := record.InfoOf[Order](c.Env.Registry()).Field("total")
	figures := make([]figure, len(totals))
	for i, t := range totals {
		f := figure{Count: t.Count, Total: json.Number(record.AppendNumber(nil, total, t.Sums[0]))}
		f.State, _ = t.Values[0].(string)
		f.Month, _ = t.Values[1].(string)
		f.Currency, _ = t.Values[2].(*record.Ref)
		figures[i] = f
	}
	return c.JSON(http.StatusOK, map[string]any{"figures": figures})
}
