package record_test

import (
	"slices"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// two returns an application that may change the names and mail of retailers and the
// names and notes of wholesalers.
func two(t *testing.T, e *record.Env) *record.Env {
	ops := []record.Op{record.OpRead, record.OpWrite, record.OpCreate, record.OpDelete}
	return e.Through(map[string][]record.Window{"test.partner": {
		{Scope: "retail", Filter: filter(t, `[["kind", "=", "retail"], ["name", "!=", "Gone"]]`), Fields: []string{"name", "email", "kind", "seen_at", "tags"}, Ops: ops},
		{Scope: "wholesale", Filter: filter(t, `[["kind", "=", "wholesale"]]`), Fields: []string{"name", "note", "parent"}, Ops: ops},
	}})
}

func TestWritingThroughWindows(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		app := two(t, boss)
		retail := partner{Name: "R", Kind: "retail", Note: "kept", Email: "r@example.com"}
		must(t, record.Save(boss, &retail))
		whole := partner{Name: "W", Kind: "wholesale", Note: "kept", Email: "w@example.com"}
		must(t, record.Save(boss, &whole))
		write := func(id int64, values map[string]any) error {
			_, err := record.SaveValues(app, "test.partner", id, 0, values)
			return err
		}

		t.Run("FieldsThatOnlyAnotherWindowListsSurvive", func(t *testing.T) {
			row, err := record.Get[partner](app, retail.ID)
			must(t, err)
			row.Name = "R2"
			must(t, record.Save(app, &row))
			after, err := record.Get[partner](boss, retail.ID)
			must(t, err)
			if after.Name != "R2" || after.Note != "kept" || after.Kind != "retail" || after.Email != "r@example.com" {
				t.Errorf("after the save: %+v", after)
			}
		})
		t.Run("ErrFieldOfAnotherWindow", func(t *testing.T) {
			wantCode(t, write(retail.ID, map[string]any{"note": "taken"}), fault.Forbidden, "no right to change")
			wantCode(t, write(whole.ID, map[string]any{"email": "x@example.com"}), fault.Forbidden, "no right to change")
			wantCode(t, write(whole.ID, map[string]any{"email": ""}), fault.Forbidden, "no right to change")
			wantCode(t, write(retail.ID, map[string]any{"company": nil}), fault.Forbidden, "no right to change")
		})
		t.Run("ErrMovedOutOfItsWindow", func(t *testing.T) {
			// The record ends inside a window, but not inside one that lists what was written.
			wantCode(t, write(retail.ID, map[string]any{"kind": "wholesale", "email": "x@example.com"}), fault.Forbidden, "outside of what you may change")
			wantCode(t, write(retail.ID, map[string]any{"name": "Gone"}), fault.Forbidden, "outside of what you may change")
		})
		t.Run("ErrCreatedOutsideOfItsWindow", func(t *testing.T) {
			wantCode(t, write(0, map[string]any{"name": "N"}), fault.Forbidden, "outside of what you may change")
			wantCode(t, write(0, map[string]any{"name": "N", "kind": "retail", "note": "of the other"}), fault.Forbidden, "outside of what you may change")
			wantCode(t, write(0, map[string]any{"name": "N", "kind": "retail", "active": false}), fault.Forbidden, "no right to change")
			must(t, write(0, map[string]any{"name": "N", "kind": "retail"}))
		})
		t.Run("HooksMaySetWhatNoWindowLists", func(t *testing.T) {
			// Create filled active and company by default, although no window lists them.
			rows, err := record.Find[partner](boss, record.Query{Filter: filter(t, `[["name", "=", "N"]]`)})
			must(t, err)
			if len(rows) != 1 || !rows[0].Active || int64(rows[0].CompanyID) != h.acme {
				t.Errorf("got %+v", rows)
			}
		})
		t.Run("DeleteHooksGetTheWholeRecord", func(t *testing.T) {
			row, err := record.Get[partner](app, whole.ID)
			must(t, err)
			must(t, record.Delete(app, &row))
			if _, err := record.Get[partner](boss, whole.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("the record is still there: %v", err)
			}
		})
		t.Run("NoHistory", func(t *testing.T) {
			if lines, err := record.History(app, "test.partner", retail.ID, 10, 0); err == nil {
				t.Errorf("the history, with fields of no window, was given: %+v", lines)
			}
		})
	})
}

func TestHiddenRelationsSurvive(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		betas := h.Env(boss, someone{1, h.Registry().Implied("boss")}, h.beta, []int64{h.beta})
		hidden := partner{Name: "Beta's"}
		must(t, record.Save(betas, &hidden))
		child := partner{Name: "Child", ParentID: record.ID(hidden.ID)}
		must(t, record.Save(h.System(boss, "test"), &child))
		_, err := record.SaveValues(h.System(boss, "test"), "test.partner", child.ID, 0, map[string]any{"company": h.acme})
		must(t, err)
		parentOf := func() int64 {
			row, err := record.Get[partner](h.System(boss, "look"), child.ID)
			must(t, err)
			return int64(row.ParentID)
		}

		t.Run("InAStruct", func(t *testing.T) {
			row, err := record.Get[partner](boss, child.ID)
			must(t, err)
			if row.ParentID != 0 {
				t.Fatalf("the hidden parent shows: %+v", row)
			}
			row.Note = "changed"
			must(t, record.Save(boss, &row))
			if got := parentOf(); got != hidden.ID {
				t.Errorf("the hidden parent became %d", got)
			}
		})
		t.Run("InAForm", func(t *testing.T) {
			_, err := record.SaveValues(boss, "test.partner", child.ID, 0, map[string]any{"parent": "", "note": "again"})
			must(t, err)
			if got := parentOf(); got != hidden.ID {
				t.Errorf("the hidden parent became %d", got)
			}
		})
		t.Run("AnotherChoiceReplacesIt", func(t *testing.T) {
			other := partner{Name: "Acme's"}
			must(t, record.Save(boss, &other))
			_, err := record.SaveValues(boss, "test.partner", child.ID, 0, map[string]any{"parent": other.ID})
			must(t, err)
			if got := parentOf(); got != other.ID {
				t.Errorf("the parent is %d, want %d", got, other.ID)
			}
		})
	})
}

// circle is a model whose list leads to records of several companies, and whose
// fields have defaults that a person may not choose.
type circle struct {
	record.Meta
	Name    string
	State   string
	Limit   record.Money
	Members []int64 `gorm:"-"`
}

func circles(r *record.Registry) {
	record.Define[circle](r, record.Model{Name: "test.circle", Label: "Circle", Access: []record.Access{{Group: "boss", Read: true, Create: true, Write: true, Delete: true}},
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true},
			{Name: "state", Label: "State", Type: record.Selection, Readonly: true, Default: func(*record.Env) any { return "draft" },
				Options: []record.Option{{Value: "draft", Label: "Draft"}, {Value: "done", Label: "Done"}}},
			{Name: "limit", Label: "Limit", Type: record.Amount, Required: true},
			{Name: "members", Label: "Members", Type: record.Many2Many, Model: "test.partner", Filter: `[["kind", "=", "retail"]]`},
		}})
}

func TestCircle(t *testing.T) {
	enginesWith(t, circles, func(t *testing.T, h house) {
		boss := h.as("boss")
		betas := h.Env(boss, someone{1, h.Registry().Implied("boss")}, h.beta, []int64{h.beta})
		ours, theirs, wholesale := partner{Name: "Ours", Kind: "retail"}, partner{Name: "Theirs", Kind: "retail"}, partner{Name: "Whole", Kind: "wholesale"}
		must(t, record.Save(boss, &ours))
		must(t, record.Save(betas, &theirs))
		must(t, record.Save(boss, &wholesale))
		c := circle{Name: "All", Members: []int64{ours.ID, theirs.ID}}
		must(t, record.Save(h.System(boss, "test"), &c))
		members := func() []int64 {
			row, err := record.Get[circle](h.System(boss, "look"), c.ID)
			must(t, err)
			return row.Members
		}

		t.Run("HiddenMembersStay", func(t *testing.T) {
			row, err := record.Get[circle](boss, c.ID)
			must(t, err)
			if !slices.Equal(row.Members, []int64{ours.ID}) {
				t.Fatalf("the boss sees %v", row.Members)
			}
			must(t, record.Save(boss, &row))
			if row.Version != 1 {
				t.Errorf("a save that changed nothing made version %d", row.Version)
			}
			_, err = record.SaveValues(boss, "test.circle", c.ID, 0, map[string]any{"members": []any{}})
			must(t, err)
			if got := members(); !slices.Equal(got, []int64{theirs.ID}) {
				t.Errorf("members %v, want the hidden one %d", got, theirs.ID)
			}
		})
		t.Run("ErrHiddenMemberAdded", func(t *testing.T) {
			_, err := record.SaveValues(boss, "test.circle", 0, 0, map[string]any{"name": "Mine", "limit": 0, "members": []any{theirs.ID}})
			wantCode(t, err, fault.Invalid, "you may not see it")
		})
		t.Run("ErrNotAmongTheChoices", func(t *testing.T) {
			_, err := record.SaveValues(boss, "test.circle", c.ID, 0, map[string]any{"members": []any{wholesale.ID}})
			wantCode(t, err, fault.Invalid, "one of the records offered")
		})
		t.Run("94 ErrReadonlyFieldWithADefault", func(t *testing.T) {
			_, err := record.SaveValues(boss, "test.circle", 0, 0, map[string]any{"name": "Done", "state": "done", "limit": 1})
			wantCode(t, err, fault.Forbidden, "state")
			wantCode(t, record.Save(boss, &circle{Name: "Done", State: "done"}), fault.Forbidden, "state")
			must(t, record.Save(boss, &circle{Name: "Drafted", State: "draft"}))
			_, err = record.SaveValues(boss, "test.circle", c.ID, 0, map[string]any{"created_at": "2020-01-01"})
			wantCode(t, err, fault.Forbidden, "created_at")
		})
		t.Run("RequiredNumbersMayBeZero", func(t *testing.T) {
			_, err := record.SaveValues(boss, "test.circle", 0, 0, map[string]any{"name": "Zero", "limit": "0"})
			must(t, err)
			for _, values := range []map[string]any{{"name": "None"}, {"name": "None", "limit": ""}, {"name": "None", "limit": nil}} {
				_, err = record.SaveValues(boss, "test.circle", 0, 0, values)
				wantCode(t, err, fault.Invalid, "limit: Enter a value")
			}
		})
	})
}
