package record_test

import (
	"fmt"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// The most frequent values may all be out of sight: those that are seen are found behind them.
func TestTalliesOutOfSight(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		sys, staff := h.System(t.Context(), "test"), h.as("staff")
		var seen record.ID
		for i := range 4 {
			parent := partner{Name: fmt.Sprint("parent ", i), CompanyID: record.ID(h.beta)}
			children := 2
			if i == 3 {
				parent.CompanyID, children = record.ID(h.acme), 1
			}
			must(t, record.Save(sys, &parent))
			seen = record.ID(parent.ID)
			for n := range children {
				must(t, record.Save(sys, &partner{Name: fmt.Sprint("child ", n), CompanyID: record.ID(h.acme), ParentID: seen}))
			}
		}
		for most, want := range []int{0, 1, 1} {
			tallies, all, err := record.Tallies(staff, "test.partner", []string{"parent"}, record.Query{Limit: 100}, most)
			must(t, err)
			if len(tallies[0]) != want || !all {
				t.Errorf("%d at most: %v, all of them: %v; want %d", most, tallies[0], all, want)
			}
			if want == 1 && (tallies[0][0].Count != 1 || *tallies[0][0].Value.(*record.Ref) != (record.Ref{ID: int64(seen), Name: "parent 3"})) {
				t.Errorf("%d at most: %v, want one child of parent 3", most, tallies[0][0])
			}
		}
	})
}

func TestByName(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss, staff := h.as("boss"), h.as("staff")
		parent, err := record.SaveValues(boss, "test.partner", 0, 0, map[string]any{"name": "Acorn", "kind": "retail"})
		must(t, err)
		child, err := record.SaveValues(boss, "test.partner", 0, 0, map[string]any{"name": "Birch", "kind": "retail", "parent": parent, "margin": 7, "pin": "planted", "active": false})
		must(t, err)

		row, version, err := record.RowAt(boss, "test.partner", child, []string{"name", "active"})
		must(t, err)
		if on, _ := row.Value("active"); version != 1 || on != false {
			t.Errorf("read at version %d, active %v; want 1 and, as it was created, false", version, on)
		}
		if _, _, err := record.RowAt(boss, "test.partner", 999, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("a record that is not there: %v", err)
		}

		tallies, all, err := record.Tallies(staff, "test.partner", []string{"kind", "parent", "active"}, record.Query{Archived: true, Limit: 100}, 5)
		must(t, err)
		if kinds := tallies[0]; len(kinds) != 1 || kinds[0].Value != "retail" || kinds[0].Count != 2 || !all {
			t.Errorf("kinds are counted as %v, all of them: %v", kinds, all)
		}
		if parents := tallies[1]; len(parents) != 1 || parents[0].Count != 1 || *parents[0].Value.(*record.Ref) != (record.Ref{ID: parent, Name: "Acorn"}) {
			t.Errorf("parents are counted as %v", parents)
		}
		if on := tallies[2]; len(on) != 2 || on[0].Value == on[1].Value || on[0].Count != 1 {
			t.Errorf("what is in use is counted as %v", on)
		}
		tallies, all, err = record.Tallies(staff, "test.partner", []string{"kind"}, record.Query{Archived: true, Limit: 1}, 5)
		must(t, err)
		if len(tallies[0]) != 1 || all {
			t.Errorf("within the first of two records: %v, all of them: %v", tallies, all)
		}
		if tallies, _, err = record.Tallies(staff, "test.partner", []string{"parent", "kind"}, record.Query{Archived: true, Limit: 100}, 0); err != nil || len(tallies[0])+len(tallies[1]) != 0 {
			t.Errorf("none at most: %v, %v", tallies, err)
		}
		for _, field := range []string{"margin", "name", "pin_hash", "nothing"} {
			if _, _, err := record.Tallies(staff, "test.partner", []string{"kind", field}, record.Query{}, 5); !fault.Is(err, fault.Invalid) {
				t.Errorf("counting by %s: %v", field, err)
			}
		}

		for who, want := range map[*record.Env]bool{boss: true, staff: false} {
			if can, err := who.CanOn(record.OpWrite, record.InfoOf[partner](h.Registry()), child); err != nil || can != want {
				t.Errorf("writing: %v, %v; want %v", can, err, want)
			}
		}

		_, err = record.SaveValues(boss, "test.partner", child, version, map[string]any{"margin": 8, "pin": "new-planted", "rating": "2.5"})
		must(t, err)
		for who, want := range map[*record.Env]map[string]bool{boss: {"margin": true, "rating": true}, staff: {"rating": true}} {
			lines, err := record.History(who, "test.partner", child, 1, 0)
			must(t, err)
			got := map[string]bool{}
			for _, c := range lines[0].Changes {
				if c.Field != "pin" && c.Field != "pin_hash" {
					got[c.Field] = true
				} else if c.Old != nil || c.New != nil {
					t.Errorf("the history holds %v", c)
				}
			}
			if len(got) != len(want) || got["margin"] != want["margin"] || !got["rating"] {
				t.Errorf("the history names %v, want %v", got, want)
			}
		}

		if err := record.Remove(staff, "test.partner", child, 0); !fault.Is(err, fault.Forbidden) {
			t.Errorf("deleting without the right: %v", err)
		}
		if err := record.Remove(boss, "test.partner", child, 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("deleting at an old version: %v", err)
		}
		must(t, record.Remove(boss, "test.partner", child, 2))
		if _, err := record.History(boss, "test.partner", child, 1, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("the history of a deleted record: %v", err)
		}
	})
}
