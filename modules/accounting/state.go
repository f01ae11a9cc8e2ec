package accounting

import (
	"fmt"
	"slices"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// The states of a document.
const (
	Draft     = "draft"     // being written: everything can be changed
	Posted    = "posted"    // in the books for good
	Cancelled = "cancelled" // never was in the books
)

func states() []record.Option {
	return []record.Option{{Value: Draft, Label: "Draft"}, {Value: Posted, Label: "Posted", Tone: "ok"}, {Value: Cancelled, Label: "Cancelled", Tone: "bad"}}
}

// step is an action that leads documents from one state to another.
type step struct {
	record.Action
	from, to string
	done     string // a sentence with the number of documents in it
}

var steps = []step{
	{record.Action{Name: "post", Label: "Post", Icon: "check", Tone: "ok", Bulk: true, Groups: []string{GroupManager}}, Draft, Posted, "%d documents were posted."},
	{record.Action{Name: "cancel", Label: "Cancel document", Icon: "ban", Tone: "bad", Bulk: true, Confirm: "Cancel these documents?"}, Draft, Cancelled, "%d documents were cancelled."},
	{record.Action{Name: "draft", Label: "Back to draft", Icon: "undo", Bulk: true}, Cancelled, Draft, "%d documents are drafts again."},
}

// invoiceActions are the steps as the screens offer them, and what else is done with documents.
func invoiceActions() []record.Action {
	var out []record.Action
	for _, s := range steps {
		a := s.Action
		a.When = string(domain.Print(domain.Cond{Path: "state", Op: domain.Eq, Value: s.from}))
		a.Run = s.run
		out = append(out, a)
	}
	return append(out, record.Action{Name: "reverse", Label: "Credit note from this", Icon: "undo",
		When: `[["state", "=", "posted"], ["kind", "in", ["invoice", "bill"]]]`, Run: reverseAll},
		record.Action{Name: "declare_late", Label: "Declare VAT in the next open period", Icon: "calendar",
			When: `[["state", "=", "draft"], ["declared_on", "=", null]]`, Bulk: true, Run: declareLateAll})
}

// run takes the step with all of the documents, or with none of them.
func (s step) run(e *record.Env, ids []int64) (string, error) {
	return fmt.Sprintf(s.done, len(ids)), together(e, ids, s.take)
}

// together does something with all of some records, or with none of them.
func together(e *record.Env, ids []int64, do func(*record.Env, int64) error) error {
	return e.Write(func(in *record.Env) error {
		for _, id := range ids {
			if err := do(in, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Post puts drafts into the books: all of them, or none. Errors: Forbidden without the
// right to, Invalid where a document is no draft, has no lines, or lies in a VAT period
// that is closed; the sentence says what to do.
func Post(e *record.Env, ids ...int64) error { return together(e, ids, steps[0].take) }

// take leads one document on. People never write the state itself: they need the right to
// write the document and the step's group, and the step has to start where the document is.
func (s step) take(e *record.Env, id int64) error {
	if err := mayChange(e, id); err != nil {
		return err
	}
	if len(s.Groups) > 0 && !slices.ContainsFunc(s.Groups, e.Member) {
		return notYours()
	}
	if err := hold(e, "accounting_invoice", id, "NO KEY UPDATE"); err != nil {
		return err
	}
	act := e.Sudo(s.Name)
	o, err := record.Get[Invoice](act, id)
	if err != nil {
		return err
	}
	if o.State != s.from {
		return fault.New(fault.Invalid, "The state of %s does not allow this.", o.called()).Keyed("accounting.invoice.state.wrong", map[string]any{"Document": o.called()})
	}
	o.State = s.to
	return record.Save(act, &o)
}

// mayChange refuses those who have no right to write a document.
func mayChange(e *record.Env, id int64) error {
	may, err := e.CanOn(record.OpWrite, record.InfoOf[Invoice](e.Registry()), id)
	if err == nil && !may {
		err = notYours()
	}
	return err
}

func notYours() error {
	return fault.New(fault.Forbidden, "You have no right to do this with the document.").Keyed("accounting.invoice.forbidden", nil)
}

// called is what messages call a document: its number, of a draft its id.
func (o *Invoice) called() string {
	if o.Number != "" {
		return o.Number
	}
	return fmt.Sprintf("#%d", o.ID)
}
