package screen

import (
	"context"
	"net/url"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

type thing struct {
	record.Meta
	Name   string
	Kind   string
	Hidden string
	Active bool
	UpID   record.ID
}

type somebody struct{}

func (somebody) UserID() int64       { return 7 }
func (somebody) DisplayName() string { return "Somebody" }
func (somebody) Groups() []string    { return []string{"staff"} }

func things(t testing.TB) (*record.Env, *record.Info) {
	t.Helper()
	r := record.NewRegistry()
	record.Groups(r, record.GroupDef{Code: "staff", Name: "Staff"}, record.GroupDef{Code: "boss", Name: "Boss"})
	record.Define[thing](r, record.Model{Name: "test.thing", Label: "Thing", Access: []record.Access{{Group: "staff", Read: true}},
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text},
			{Name: "kind", Label: "Kind", Type: record.Selection, Options: []record.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}},
			{Name: "hidden", Label: "Hidden", Type: record.Text, Groups: []string{"boss"}},
			{Name: "active", Label: "Active", Type: record.Bool},
			{Name: "up", Label: "Up", Type: record.Many2One, Model: "test.thing"},
		},
		List: record.List{Columns: []string{"name"}, Optional: []string{"kind", "hidden"}},
		Search: record.Search{Facets: []string{"kind", "active", "up", "hidden"}, Filters: []record.Filter{{Name: "mine", Label: "Mine", Domain: `[["name", "=", "x"]]`, Default: true},
			{Name: "gossip", Label: "Gossip", Domain: `[["hidden", "=", "x"]]`, Default: true}}},
	})
	if err := r.Seal(); err != nil {
		t.Fatal(err)
	}
	return record.NewDatabase(nil, r).Env(context.Background(), somebody{}, 0, nil), record.InfoOf[thing](r)
}

func TestFilterOnAHiddenFieldIsNotOffered(t *testing.T) {
	t.Parallel()
	env, m := things(t)
	for query, want := range map[string]int{"": 1, "is=gossip": 0, "is=mine&is=gossip": 1} {
		in, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		s, wrong := readState(env, m, in)
		if got := s.inForce(); wrong != nil || len(got) != want || want == 1 && got[0].Name != "mine" {
			t.Errorf("%q puts %v in force, want %d filters", query, got, want)
		}
	}
}

// FuzzState: whatever a query string says, the state read from it is bounded, written
// back it reads the same, and a hidden field is never part of it.
func FuzzState(f *testing.F) {
	for _, seed := range []string{"", "q=a+b&sort=-name&from=160", "f.kind=a&f.kind=b&f.up=3&f.active=1", "is=&archived=all&col=kind",
		`filter=[["name","=","x"]]`, "sort=hidden&f.hidden=x&col=hidden", "from=99999999999999999999&sort=--name", "q=%00%ff&f.up=-1", `filter=[["hidden","=",1]]`} {
		f.Add(seed)
	}
	env, m := things(f)
	f.Fuzz(func(t *testing.T, query string) {
		in, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		s, wrong := readState(env, m, in)
		if wrong != nil && wrong.Code != fault.Invalid {
			t.Fatalf("%q: a filter error of code %s", query, wrong.Code)
		}
		if s.from < 0 || s.from > maxFrom || s.from%pageRows != 0 || len([]rune(s.text)) > maxText {
			t.Errorf("%q: out of bounds: %+v", query, s)
		}
		if s.sort == "hidden" || len(s.facets["hidden"]) > 0 {
			t.Errorf("%q: a hidden field is part of the state: %+v", query, s)
		}
		again, _ := readState(env, m, s.values())
		if got, want := again.values().Encode(), s.values().Encode(); got != want {
			t.Errorf("%q: written as %s, read again and written as %s", query, want, got)
		}
		s.query(m, "")
	})
}

// FuzzEntries: whatever is posted, entries are read without fault, and only of the
// fields asked for.
func FuzzEntries(f *testing.F) {
	for _, seed := range []string{"name=x", "_has=kind&up=3&up.text=abc&up.found=9", "name=a&name=b&hidden=x", "up=9999999999999999999&up.text=%ff", "_remove=name.0&_down=x.9&_up=.-1&_add=name"} {
		f.Add(seed)
	}
	_, m := things(f)
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		var fields []*record.FieldInfo
		for _, f := range m.AllFields() {
			if f.Name != "hidden" {
				fields = append(fields, f)
			}
		}
		in := posted(fields, form)
		if _, there := in["hidden"]; there {
			t.Errorf("%q: a field that is not on the form was read", body)
		}
		press(fields, in, form)
		for _, f := range fields {
			if e, there := in[f.Name]; there {
				e.same(f, entry{})
				e.packed(f)
			}
		}
	})
}
