package domain_test

import (
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"ErrWord", `[('country', '=', compute(1))]`, "compute"},
		{"ErrOperatorWord", `[('name', 'resembles', 'a')]`, "'resembles'"},
		{"ErrEnd", `[["name","=","a"]`, ""},
		{"ErrOpenText", `[["name","=","a]]`, `"a]]`},
		{"ErrUnknownField", `[["name","=","a"],["nope","=",1]]`, "nope"},
		{"ErrUnknownFieldBehind", `["|",("country.nope","=",1),("name","=","b")]`, "nope"},
		{"ErrOperator", `[["active",">",true]]`, `">"`},
		{"ErrValue", `[["limit","=","abc"]]`, `"abc"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			node, err := domain.Parse([]byte(c.src))
			if err == nil {
				err = domain.Check(node, locateSchema{})
			}
			place, ok := domain.Locate([]byte(c.src), err)
			if !ok || c.src[place.Start:place.End] != c.want {
				t.Errorf("%v lies at %q (%v), want %q", err, c.src[place.Start:place.End], ok, c.want)
			}
		})
	}
	if _, ok := domain.Locate([]byte("[]"), nil); ok {
		t.Error("no error has no place")
	}
	if line, at := (domain.Place{Start: 6}).LineAt([]byte("[\né,\n x]")); line != 3 || at != 1 {
		t.Errorf("the place is line %d, character %d", line, at)
	}
}

// locateSchema is a model with a few fields.
type locateSchema struct{}

func (locateSchema) Model() string { return "test" }
func (locateSchema) Table() string { return "test" }
func (locateSchema) Rule() (domain.Node, domain.Schema, error) {
	return nil, locateSchema{}, nil
}

func (s locateSchema) Field(name string) (domain.Field, bool) {
	types := map[string]domain.Type{"id": domain.ID, "name": domain.Text, "active": domain.Bool, "limit": domain.Money, "country": domain.Many2One}
	f := domain.Field{Name: name, Label: name, Type: types[name], Column: name, Scale: 2, NameField: "name", Target: func() domain.Schema { return s }}
	return f, types[name] != 0
}
