package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
)

// A model of the small world that the tests filter.
type model struct {
	name, table string
	fields      []domain.Field
	hidden      string // a field that askers do not see
	rule        domain.Node
}

// schema shows a model to an asker, or to the system when free of rules.
type schema struct {
	*model
	world *world
	free  bool
}

func (s schema) Model() string { return s.name }
func (s schema) Table() string { return s.table }

func (s schema) Field(name string) (domain.Field, bool) {
	for _, f := range s.fields {
		if f.Name != name || !s.free && name == s.hidden {
			continue
		}
		if to, ok := targets[s.name+"."+name]; ok {
			f.NameField = "name"
			f.Target = func() domain.Schema { return schema{s.world.models[to], s.world, s.free} }
		}
		return f, true
	}
	return domain.Field{}, false
}

func (s schema) Rule() (domain.Node, domain.Schema, error) {
	if s.free {
		return nil, s, nil
	}
	return s.rule, schema{s.model, s.world, true}, nil
}

var targets = map[string]string{
	"partner.country": "country", "partner.parent": "partner", "partner.children": "partner", "partner.tags": "tag",
	"partner.lines": "line", "line.partner": "partner", "line.country": "country", "line.tags": "tag", "country.capital": "partner",
}

// row is a loaded record.
type row struct {
	world  *world
	model  string
	values map[string]any
	links  map[string][]int64 // of Many2Many
}

func (r *row) Value(field string) (any, error) {
	v, ok := r.values[field]
	if !ok {
		return nil, fmt.Errorf("%s has no value %s", r.model, field)
	}
	return v, nil
}

func (r *row) Related(field string) ([]domain.Record, error) {
	to, ok := targets[r.model+"."+field]
	if !ok {
		return nil, fmt.Errorf("%s has no relation %s", r.model, field)
	}
	f, _ := schema{r.world.models[r.model], r.world, true}.Field(field)
	var found []domain.Record
	for _, t := range r.world.rows[to] {
		linked := false
		switch f.Type {
		case domain.Many2One:
			linked = t.values["id"] == r.values[field]
		case domain.One2Many:
			linked = t.values[strings.TrimSuffix(f.Inverse, "_id")] == r.values["id"]
		case domain.Many2Many:
			for _, id := range r.links[field] {
				linked = linked || t.values["id"] == id
			}
		}
		if linked {
			found = append(found, t)
		}
	}
	return found, nil
}

type world struct {
	models map[string]*model
	rows   map[string][]*row
}

func (w *world) schema(model string) domain.Schema { return schema{w.models[model], w, false} }
func (w *world) system(model string) domain.Schema { return schema{w.models[model], w, true} }

var berlin = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return loc
}()

var vars = domain.Vars{UID: 2, CompanyID: 1, CompanyIDs: []int64{1, 3}, Now: time.Date(2025, 3, 31, 22, 30, 0, 123456789, time.UTC), Location: berlin}

func column(name string, t domain.Type) domain.Field {
	return domain.Field{Name: name, Label: strings.ToUpper(name[:1]) + name[1:], Type: t, Column: name}
}

func foreign(name string) domain.Field {
	f := column(name, domain.Many2One)
	f.Column += "_id"
	return f
}

func models() map[string]*model {
	id := domain.Field{Name: "id", Label: "ID", Type: domain.ID, Column: "id", Required: true}
	name := column("name", domain.Text)
	name.Fold = "name_fold"
	credit, rate, state, nick := column("credit", domain.Money), column("rate", domain.Decimal), column("state", domain.Selection), column("nick", domain.Text)
	credit.Label, credit.Scale, rate.Scale, state.Options, nick.Side = "Credit limit", 2, 4, []string{"draft", "done"}, "partner_extra"
	required := column("required", domain.Int)
	required.Required = true
	many := func(name, join string) domain.Field {
		return domain.Field{Name: name, Label: strings.ToUpper(name[:1]) + name[1:], Type: domain.Many2Many, JoinTable: join, JoinOwn: "own", JoinTarget: "target"}
	}
	return map[string]*model{
		"partner": {name: "partner", table: "partner", hidden: "owner", rule: parse(`["|",["owner","=",null],["owner","=",{"$":"uid"}]]`), fields: []domain.Field{
			id, name, column("ref", domain.Text), column("active", domain.Bool), column("age", domain.Int), required, credit, rate,
			column("born", domain.Date), column("seen", domain.DateTime), state, nick, column("owner", domain.Int), foreign("country"), foreign("parent"),
			{Name: "children", Label: "Children", Type: domain.One2Many, Inverse: "parent_id"},
			{Name: "lines", Label: "Lines", Type: domain.One2Many, Inverse: "partner_id"},
			many("tags", "partner_tag"), {Name: "photo", Label: "Photo", Column: "photo"},
		}},
		"country": {name: "country", table: "country", hidden: "secret", rule: parse(`[["secret","=",false]]`), fields: []domain.Field{
			id, name, column("code", domain.Text), column("secret", domain.Bool), foreign("capital"),
		}},
		"tag": {name: "tag", table: "tag", fields: []domain.Field{id, name, column("ref", domain.Text)}},
		"line": {name: "line", table: "line", hidden: "secret", rule: parse(`[["partner.country.secret","!=",true]]`), fields: []domain.Field{
			id, name, column("qty", domain.Int), column("secret", domain.Bool), foreign("partner"), foreign("country"), many("tags", "line_tag"),
		}},
	}
}

func parse(src string) domain.Node {
	n, err := domain.Parse([]byte(src))
	if err != nil {
		panic(err)
	}
	return n
}

// contacts is the schema of partners as an asker sees it.
func contacts(t *testing.T) domain.Schema {
	t.Helper()
	return (&world{models: models()}).schema("partner")
}

// everything is the schema of partners without rules.
func everything(t *testing.T) domain.Schema {
	t.Helper()
	return (&world{models: models()}).system("partner")
}
