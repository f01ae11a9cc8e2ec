package sales

import (
	"fmt"
	"slices"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// The states of an order.
const (
	Draft     = "draft"     // being written: lines can be changed
	Confirmed = "confirmed" // agreed with the customer
	Done      = "done"      // delivered: the end
	Cancelled = "cancelled"
)

func states() []record.Option {
	return []record.Option{{Value: Draft, Label: "Draft"}, {Value: Confirmed, Label: "Confirmed", Tone: "info"},
		{Value: Done, Label: "Done", Tone: "ok"}, {Value: Cancelled, Label: "Cancelled", Tone: "bad"}}
}

// step is an action that leads orders from some states to another.
type step struct {
	record.Action
	from []string
	to   string
	done string // a sentence with the number of orders in it
}

var steps = []step{
	{record.Action{Name: "confirm", Label: "Confirm", Icon: "check", Tone: "ok", Bulk: true}, []string{Draft}, Confirmed, "%d orders were confirmed."},
	{record.Action{Name: "finish", Label: "Mark as done", Icon: "flag", Bulk: true}, []string{Confirmed}, Done, "%d orders are done."},
	{record.Action{Name: "draft", Label: "Back to draft", Icon: "undo", Bulk: true}, []string{Confirmed, Cancelled}, Draft, "%d orders are drafts again."},
	{record.Action{Name: "cancel", Label: "Cancel order", Icon: "ban", Tone: "bad", Bulk: true, Confirm: "Cancel these orders?"}, []string{Draft, Confirmed}, Cancelled, "%d orders were cancelled."},
}

// orderActions are the steps as the screens offer them.
func orderActions() []record.Action {
	var out []record.Action
	for _, s := range steps {
		a := s.Action
		a.When = string(domain.Print(domain.Cond{Path: "state", Op: domain.In, Value: s.from}))
		a.Run = s.run
		out = append(out, a)
	}
	return out
}

// run takes the step with all of the orders, or with none of them.
func (s step) run(e *record.Env, ids []int64) (string, error) {
	err := e.Write(func(in *record.Env) error {
		for _, id := range ids {
			if err := s.take(in, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(s.done, len(ids)), nil
}

// take leads one order on. People never write the state itself: they need the right to
// write the order, and the step has to start where the order is.
func (s step) take(e *record.Env, id int64) error {
	may, err := e.CanOn(record.OpWrite, record.InfoOf[Order](e.Registry()), id)
	if err != nil {
		return err
	}
	if !may {
		return fault.New(fault.Forbidden, "You have no right to change this order.").Keyed("sales.order.forbidden", nil)
	}
	act := e.Sudo(s.Name)
	o, err := record.Get[Order](act, id)
	if err != nil {
		return err
	}
	if !slices.Contains(s.from, o.State) {
		return fault.New(fault.Invalid, "The order %s is not in a state for this.", o.Number).Keyed("sales.order.state.wrong", map[string]any{"Number": o.Number})
	}
	if s.to == Confirmed {
		n, err := record.CountIn[Line](act, record.Query{Filter: domain.Cond{Path: "order", Op: domain.Eq, Value: id}, Limit: 1})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Invalid, "The order %s has no lines: there is nothing to confirm.", o.Number).Keyed("sales.order.empty", map[string]any{"Number": o.Number})
		}
	}
	o.State = s.to
	return record.Save(act, &o)
}
