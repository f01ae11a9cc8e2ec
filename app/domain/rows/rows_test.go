package rows_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/domain/rows"
)

// model is a schema made of a map.
type model struct {
	name   string
	fields map[string]domain.Field
}

func (m *model) Model() string                               { return m.name }
func (m *model) Table() string                               { return m.name }
func (m *model) Rule() (domain.Node, domain.Schema, error)   { return nil, m, nil }
func (m *model) Field(name string) (f domain.Field, ok bool) { f, ok = m.fields[name]; return f, ok }

func world() rows.Book {
	country := &model{"base.country", map[string]domain.Field{}}
	tag := &model{"test.tag", map[string]domain.Field{}}
	user := &model{"base.user", map[string]domain.Field{}}
	company := &model{"base.company", map[string]domain.Field{}}
	partner := &model{"test.partner", map[string]domain.Field{}}
	add := func(m *model, name string, t domain.Type, target *model) {
		f := domain.Field{Name: name, Label: name, Type: t, Column: name, NameField: "name", Scale: 2, Options: []string{"a", "b"}}
		if target != nil {
			f.Target = func() domain.Schema { return target }
		}
		m.fields[name] = f
	}
	for _, m := range []*model{country, tag, user, company, partner} {
		add(m, "id", domain.ID, nil)
		add(m, "name", domain.Text, nil)
		add(m, "code", domain.Text, nil)
	}
	add(partner, "country", domain.Many2One, country)
	add(partner, "tags", domain.Many2Many, tag)
	add(partner, "salesperson", domain.Many2One, user)
	add(partner, "company", domain.Many2One, company)
	add(partner, "credit", domain.Money, nil)
	add(partner, "visits", domain.Int, nil)
	add(partner, "vip", domain.Bool, nil)
	add(partner, "kind", domain.Selection, nil)
	add(partner, "since", domain.Date, nil)
	add(partner, "seen", domain.DateTime, nil)
	add(partner, "note", domain.Unfilterable, nil)
	return rows.Book{Schema: partner, Key: func(model string) string {
		return map[string]string{"base.country": "code", "test.tag": "name", "base.user": "login"}[model]
	}}
}

// posted is the form that a page drawn from a group posts.
func posted(g rows.Group) url.Values {
	form := url.Values{}
	var walk func(g rows.Group, name string)
	walk = func(g rows.Group, name string) {
		form.Set(name+".match", string(g.Match))
		for i, item := range g.Items {
			at := name + "." + strconv.Itoa(i)
			if item.Group != nil {
				walk(*item.Group, at)
				continue
			}
			r := item.Row
			form.Set(at+".path", r.Path)
			form.Set(at+".op", r.Op)
			form.Set(at+".was", r.Was)
			form[at+".value"] = r.Values
			form.Set(at+".value.text", r.Text)
			form.Set(at+".value.found", r.Found)
		}
	}
	walk(g, "filter")
	return form
}

// back is what a posted page means.
func back(b rows.Book, form url.Values) (domain.Node, map[string]rows.Problem) {
	g := rows.Read(form, "filter")
	g.Rows(func(_ string, r *rows.Row) { r.Now(b) })
	return g.Node(b)
}

func parse(t testing.TB, text string) domain.Node {
	t.Helper()
	n, err := domain.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func TestShown(t *testing.T) {
	t.Parallel()
	b := world()
	for _, text := range []string{
		`[]`,
		`[["country.code","=","GB"],"|",["tags","=","Wholesale"],["credit",">=",10000]]`,
		`[["country","=",5]]`, `[["country","=","United Kingdom"]]`, `[["country","in",[5,7]]]`, `[["country.code","in",["GB","FR"]]]`,
		`[["country.code","ilike","g"]]`, `[["country","ilike","united"]]`, `[["country.name","=","France"]]`,
		`[["tags","in",["A","B"]]]`, `[["tags","in",["A"]]]`, `[["tags","not in",["A"]]]`, `[["tags.code","=","x"]]`,
		`[["salesperson","=",{"$":"uid"}]]`, `[["company","in",[{"$":"company_ids"},false]]]`, `[["company","in",{"$":"company_ids"}]]`,
		`[["credit",">=",10000.50]]`, `[["credit","=","10000.50"]]`, `[["credit","in",[1,2.5]]]`, `[["visits","<",-3]]`,
		`[["vip","=",true]]`, `[["vip","!=",false]]`, `[["vip","=",null]]`, `[["kind","in",["b","a"]]]`,
		`[["since",">=",{"$":"today","add":{"days":-30}}]]`, `[["since","<",{"$":"today","add":{"months":-1},"at":"month_start"}]]`,
		`[["since","=","2026-01-31"]]`, `[["seen",">","2026-01-31 10:00:00"]]`, `[["seen","<=",{"$":"now"}]]`,
		`["!",["name","=","a"]]`, `["!","|",["name","=","a"],["name","=","b"]]`, `["!","&",["name","=","a"],["name","=","b"]]`,
		`["|",["name","=","a"],"&",["name","ilike","b"],"!",["name","=like","c%"]]`, `[["name","=",""]]`, `[["name","!=",null]]`,
		`[["name","=","two\nlines"]]`, `[["name","="," spaced "]]`, `[["country.name","in",[]]]`, `["!","!",["name","=","a"]]`,
	} {
		n := parse(t, text)
		g, ok := rows.Of(n, b)
		if !ok {
			t.Errorf("%s cannot be shown", text)
			continue
		}
		again, problems := back(b, posted(g))
		if got, want := string(domain.Print(again)), string(domain.Print(n)); got != want || len(problems) > 0 {
			t.Errorf("%s comes back as %s, %v", want, got, problems)
		}
	}
	for _, text := range []string{`["|",["name","=","a"],[0,"=",1]]`, `[["nope","=",1]]`, `["!","!","!","!","!",["name","=","a"]]`} {
		if _, ok := rows.Of(parse(t, text), b); ok {
			t.Errorf("%s can be shown", text)
		}
	}
}

// TestKeyed shows that a country is chosen, however its key is written.
func TestKeyed(t *testing.T) {
	t.Parallel()
	g, _ := rows.Of(parse(t, `[["country.code","=","GB"]]`), world())
	if r := g.Items[0].Row; r.Path != "country" || r.Values[0] != ":GB" {
		t.Errorf("the row is %+v", r)
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		row  rows.Row
		want string // the filter
	}{
		{"FieldChosen", rows.Row{Path: "credit", Was: " "}, `[]`},
		{"OtherField", rows.Row{Path: "credit", Op: "ilike", Values: []string{"a"}, Was: "name text"}, `[]`},
		{"SameKind", rows.Row{Path: "visits", Op: ">=", Values: []string{"3"}, Was: "credit number"}, `[["visits",">=",3]]`},
		{"OneToMany", rows.Row{Path: "country", Op: "in", Values: []string{":GB"}, Text: "United Kingdom", Was: "country one"}, `[["country.code","in",["GB"]]]`},
		{"ManyToOne", rows.Row{Path: "country", Op: "=", Values: []string{":GB", ":FR"}, Was: "country many"}, `[["country.code","=","GB"]]`},
		{"SecondTag", rows.Row{Path: "tags", Op: "=", Values: []string{"=A", "=B"}, Was: "tags many"}, `[["tags","in",["A","B"]]]`},
		{"ToFixed", rows.Row{Path: "country", Op: "!=:false", Values: []string{":GB"}, Was: "country one"}, `[["country","!=",false]]`},
		{"FixedToText", rows.Row{Path: "name", Op: "ilike", Was: "name "}, `[]`},
		{"Unchosen", rows.Row{}, `[]`},
		{"ErrNumber", rows.Row{Path: "credit", Op: ">=", Values: []string{"abc"}, Was: "credit number"}, `[["credit",">=","abc"]]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := rows.Group{Items: []rows.Item{{Row: &c.row}}}
			c.row.Now(world())
			n, problems := g.Node(world())
			if got := string(domain.Print(n)); got != c.want {
				t.Errorf("the filter is %s (%v), want %s", got, problems, c.want)
			}
		})
	}
}

func TestPress(t *testing.T) {
	t.Parallel()
	var g rows.Group
	for _, p := range [][2]string{{"condition", ""}, {"group", ""}, {"condition", "1"}, {"group", "1"}, {"remove", "0"}, {"remove", "0.0"}, {"remove", "9"}, {"remove", "x"}, {"remove", ""}, {"fly", "0"}, {"condition", "0.0"}} {
		g.Press(p[0], p[1])
	}
	if len(g.Items) != 1 || g.Items[0].Group.Match != rows.Any || len(g.Items[0].Group.Items) != 2 || g.Items[0].Group.Items[1].Group.Match != rows.All {
		t.Errorf("the buttons leave %+v", g)
	}
}

// TestEveryShownFilterComesBack is the promise of the builder, for random filters.
func TestEveryShownFilterComesBack(t *testing.T) {
	t.Parallel()
	b, random, shown := world(), rand.New(rand.NewPCG(1, 2)), 0
	for range 3000 {
		n := someNode(random, 4)
		text := domain.Print(n)
		n = parse(t, string(text))
		g, ok := rows.Of(n, b)
		if !ok {
			continue
		}
		shown++
		again, problems := back(b, posted(g))
		if got := domain.Print(again); string(got) != string(domain.Print(n)) || len(problems) > 0 {
			t.Fatalf("%s comes back as %s, %v", text, got, problems)
		}
	}
	if shown < 300 {
		t.Errorf("only %d of 3000 filters are shown", shown)
	}
}

func someNode(r *rand.Rand, depth int) domain.Node {
	if depth > 0 && r.IntN(2) == 0 {
		nodes := make([]domain.Node, r.IntN(3)+1)
		for i := range nodes {
			nodes[i] = someNode(r, depth-1)
		}
		switch r.IntN(3) {
		case 0:
			return domain.And(nodes)
		case 1:
			return domain.Or(nodes)
		}
		return domain.Not{Node: nodes[0]}
	}
	paths := []string{"id", "name", "country", "country.code", "country.name", "tags", "tags.name", "salesperson", "company", "credit", "visits", "vip", "kind", "since", "seen"}
	ops := []domain.Op{"=", "!=", "<", "<=", ">", ">=", "in", "not in", "like", "not like", "ilike", "not ilike", "=like", "=ilike"}
	values := []any{nil, true, false, int64(5), int64(-1), "a", "", "GB", "2026-01-01", "two\nlines", []any{"a", "b"}, []any{int64(1)}, []any{},
		domain.Var{Name: "uid"}, domain.Var{Name: "company_ids"}, domain.Var{Name: "today"}, domain.Var{Name: "today", Add: domain.Span{Weeks: 2}}, domain.Var{Name: "now", At: "day_end"}}
	return domain.Cond{Path: paths[r.IntN(len(paths))], Op: ops[r.IntN(len(ops))], Value: values[r.IntN(len(values))]}
}

func FuzzRead(f *testing.F) {
	b := world()
	g, _ := rows.Of(parse(f, `[["country.code","=","GB"],"|",["tags","=","Wholesale"],["credit",">=",10000]]`), b)
	f.Add(posted(g).Encode())
	f.Add("filter.0.path=name&filter.0.op=%3D:1],[%22id%22,%22=%22,2&filter.0.1.2.3.4.5.path=x&filter.match=none")
	f.Add("filter.0.path=since&filter.0.op=%3E&filter.0.value=before&filter.0.value.text=999999999&filter.0.value.found=years")
	f.Fuzz(func(t *testing.T, query string) {
		form, _ := url.ParseQuery(query)
		n, problems := back(b, form)
		text := domain.Print(n)
		again, err := domain.Parse(text)
		if err != nil {
			t.Fatalf("%q makes %s: %v", query, text, err)
		}
		if len(problems) == 0 {
			if err := domain.Check(again, b.Schema); err != nil {
				t.Fatalf("%q makes %s, and nothing is wrong: %v", query, text, err)
			}
		}
		_ = fmt.Sprint(problems)
	})
}
