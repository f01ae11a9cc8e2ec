package record_test

import (
	"errors"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

func TestInline(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		save := func(e *record.Env, id int64, lines ...record.Inline) (int64, error) {
			values := map[string]any{"children": lines}
			if id == 0 {
				values["name"] = "Parent"
			}
			return record.SaveValues(e, "test.partner", id, 0, values)
		}
		children := func(id int64) []partner {
			out, err := record.Find[partner](boss, record.Query{Filter: domain.Cond{Path: "parent", Op: domain.Eq, Value: id}, Order: "name"})
			must(t, err)
			return out
		}
		wantFault := func(err error, code fault.Code, fields ...string) {
			t.Helper()
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Code != code {
				t.Fatalf("the error is %v, want code %q", err, code)
			}
			all := f.All()
			if len(all) != len(fields) {
				t.Fatalf("the error has %d parts: %v", len(all), err)
			}
			for i, part := range all {
				if part.Field != fields[i] {
					t.Errorf("part %d is on %q, want %q", i, part.Field, fields[i])
				}
			}
		}
		id, err := save(boss, 0, record.Inline{Key: "children.0", Values: map[string]any{"name": "A", "credit_limit": "5"}},
			record.Inline{Key: "children.1", Values: map[string]any{"name": "B"}})
		must(t, err)
		was := children(id)
		if len(was) != 2 || was[0].Name != "A" || was[0].CreditLimit != 500 || was[1].Name != "B" {
			t.Fatalf("created with lines: %+v", was)
		}
		t.Run("ChangeAddAndRemove", func(t *testing.T) {
			_, err := save(boss, id, record.Inline{Key: "0", ID: was[0].ID, Version: was[0].Version, Values: map[string]any{"note": "changed"}},
				record.Inline{Key: "1", ID: was[1].ID, Version: was[1].Version, Remove: true},
				record.Inline{Key: "2", Values: map[string]any{"name": "C"}})
			must(t, err)
			got := children(id)
			if len(got) != 2 || got[0].Note != "changed" || got[0].Name != "A" || got[1].Name != "C" {
				t.Errorf("lines are %+v", got)
			}
		})
		t.Run("ErrOneLineUndoesAll", func(t *testing.T) {
			_, err := record.SaveValues(boss, "test.partner", id, 0, map[string]any{"name": "Renamed", "children": []record.Inline{
				{Key: "children.0", Values: map[string]any{"name": ""}}, {Key: "children.1", Values: map[string]any{"name": "D"}},
				{Key: "children.2", Values: map[string]any{"name": "E", "email": "no address"}}}})
			wantFault(err, fault.Invalid, "children.0.name", "children.2.email")
			if parent, err := record.Get[partner](boss, id); err != nil || parent.Name != "Parent" || len(children(id)) != 2 {
				t.Errorf("after a faulty line: %+v, %v and %d lines", parent, err, len(children(id)))
			}
		})
		t.Run("ErrUnreadable", func(t *testing.T) {
			_, err := save(boss, id, record.Inline{Key: "children.0", Values: map[string]any{"credit_limit": "a lot", "nonsense": 1}})
			wantFault(err, fault.Invalid, "children.0.credit_limit", "children.0.nonsense")
			_, err = save(boss, id, record.Inline{Key: "children.0", Values: map[string]any{"parent": 1}})
			wantFault(err, fault.Invalid, "children.0.parent")
			_, err = record.SaveValues(boss, "test.partner", id, 0, map[string]any{"children": []any{1}})
			wantFault(err, fault.Invalid, "children")
		})
		t.Run("ErrStaleLine", func(t *testing.T) {
			_, err := save(boss, id, record.Inline{Key: "children.0", ID: was[0].ID, Version: was[0].Version, Values: map[string]any{"note": "again"}})
			wantFault(err, fault.Conflict, "children.0")
		})
		t.Run("ErrLineOfAnother", func(t *testing.T) {
			stranger := partner{Name: "Stranger"}
			must(t, record.Save(boss, &stranger))
			for _, l := range []record.Inline{{Key: "children.0", ID: stranger.ID, Values: map[string]any{"note": "mine"}}, {Key: "children.0", ID: stranger.ID, Remove: true}} {
				_, err := save(boss, id, l)
				wantFault(err, fault.NotFound, "children.0")
			}
		})
		t.Run("ErrForbidden", func(t *testing.T) {
			_, err := save(h.as("staff"), id, record.Inline{Key: "children.0", Values: map[string]any{"name": "X"}})
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("lines written without the right: %v", err)
			}
		})
	})
}
