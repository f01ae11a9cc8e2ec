package record_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

type broken struct {
	record.Meta
	Name  int64
	Extra string
}

func TestSealNamesEveryFault(t *testing.T) {
	t.Parallel()
	r := record.NewRegistry()
	declare(r)
	record.Define[broken](r, record.Model{Name: "test.broken", Label: "Broken",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text},
			{Name: "ghost", Label: "Ghost", Type: record.Text},
			{Name: "kin", Label: "Kin", Type: record.Many2One, Model: "test.nothing"},
		}})
	record.Extend[tag](r, record.Tab{Name: "more", After: "nowhere"})
	err := r.Seal()
	if err == nil {
		t.Fatal("the registry sealed in spite of its faults")
	}
	for _, want := range []string{"test.broken.name: the struct field Name is int64, want string", "test.broken.ghost: the struct has no field",
		"the struct field Extra is not declared", `test.tag: the form has no tab "nowhere"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the faults do not say %q:\n%v", want, err)
		}
	}
}

func TestSealChecksWhatDeclarationsName(t *testing.T) {
	t.Parallel()
	type plain struct {
		record.Meta
		Name string
	}
	cases := []struct {
		name, want string
		model      record.Model
	}{
		{"ErrNoAccess", "has no access lines", record.Model{}},
		{"ErrUnknownGroup", `names the group "nobodies"`, record.Model{Access: []record.Access{{Group: "nobodies", Read: true}}}},
		{"ErrBadRule", "rule odd", record.Model{Rules: []record.Rule{{Name: "odd", Filter: `[["colour", "=", 1]]`}}}},
		{"ErrBadColumn", `no field "colour"`, record.Model{List: record.List{Columns: []string{"colour"}}}},
		{"ErrBadOrder", "cannot be ordered", record.Model{List: record.List{Order: "colour"}}},
		{"ErrBadTotal", `"name" is no number`, record.Model{List: record.List{Totals: []string{"name"}}}},
		{"ErrIdleAction", "does nothing", record.Model{Actions: []record.Action{{Name: "idle"}}}},
		{"ErrWhenUnknown", `test.plain.name: When`, record.Model{Fields: []record.Field{{When: `[["colour", "=", 1]]`}}}},
		{"ErrWhenOfText", `"name" is no other field of the record that is a selection or a switch`, record.Model{Fields: []record.Field{{When: `[["name", "=", "a"]]`}}}},
		{"ErrFormField", "form tab main", record.Model{Form: record.Form{Tabs: []record.Tab{{Name: "main", Groups: []record.Group{{Fields: []string{"colour"}}}}}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := record.NewRegistry()
			c.model.Name, c.model.Label = "test.plain", "Plain"
			name := record.Field{Name: "name", Label: "Name", Type: record.Text}
			if len(c.model.Fields) > 0 {
				name.When = c.model.Fields[0].When
			}
			c.model.Fields = []record.Field{name}
			record.Define[plain](r, c.model)
			if err := r.Seal(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
