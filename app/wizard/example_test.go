package wizard_test

import (
	"fmt"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
)

// leave is the data of one request for a holiday.
type leave struct {
	First, Last record.Date
	Days        int64 // worked out
	Number      string
}

// A request for a holiday: two dates, what they come to, and the submit, which must happen
// once.
func Example() {
	request := wizard.Wizard[leave]{
		Name: "hr.leave", Title: "Holiday", App: "hr", Icon: "calendar", Groups: []string{"hr.user"}, Start: "dates",
		Steps: []wizard.Step[leave]{
			{Name: "dates", Title: "Dates", Fields: leaveDates, Check: checkLeave},
			{Name: "send", Title: "Send", Prepare: countDays, Effect: wizard.Unsafe, Post: sendLeave, Continue: "Send the request"},
			{Name: "sent", Title: "Sent", Final: true},
		},
	}
	set := wizard.Set{request}
	fmt.Println(set.Check(), wizard.StartPath("hr.leave"))
	// Output: <nil> /wizards/hr.leave/start
}

func leaveDates(d *leave) []wizard.Field {
	return []wizard.Field{
		{Name: "first", Label: "First day", Into: &d.First, Required: true},
		{Name: "last", Label: "Last day", Into: &d.Last, Required: true},
	}
}

func checkLeave(d *leave) error {
	if d.Last < d.First {
		return fault.New(fault.Invalid, "The last day comes before the first.").Keyed("hr.leave.order", nil).On("last")
	}
	return nil
}

// countDays asks a calendar outside; when that wants the person to sign in there, its
// error is a Detour, and he comes back to this step.
func countDays(_ *record.Env, s *wizard.State[leave]) error {
	s.Data.Days = 5
	return nil
}

func sendLeave(_ *record.Env, s *wizard.State[leave]) (next string, err error) {
	s.Data.Number = fmt.Sprintf("%d/%s", s.Owner, s.Data.First)
	return "", nil
}
