package record

import "github.com/tessera-erp/tessera/app/domain"

// modelSchema shows a model to the filter language as one Env sees it.
type modelSchema struct {
	env   *Env // nil: the system's view, with every field and no rules
	info  *Info
	alias string // the name the table goes by in the statement; the table's own when ""
}

func systemSchema(m *Info) domain.Schema { return modelSchema{info: m} }

// Schema returns the model as this environment's filters see it: hidden fields are
// unknown, and relations carry the target's own rules.
func (e *Env) Schema(m *Info) domain.Schema { return modelSchema{env: e, info: m} }

func (s modelSchema) Model() string { return s.info.Name }

func (s modelSchema) Table() string {
	if s.alias != "" {
		return s.alias
	}
	return s.info.Table
}

// Rule is what the asker may see of the model when a relation leads to it.
func (s modelSchema) Rule() (domain.Node, domain.Schema, error) {
	free := modelSchema{info: s.info, alias: s.alias}
	if s.env == nil || s.env.all {
		return nil, free, nil
	}
	r := s.env.right(s.info, OpRead)
	if !r.may {
		return domain.False, free, nil
	}
	return r.rule, free, nil
}

var domainTypes = map[Type]domain.Type{
	Text: domain.Text, Multiline: domain.Text, Email: domain.Text, URL: domain.Text, Code: domain.Text,
	Int: domain.Int, Decimal: domain.Decimal, Amount: domain.Money, Bool: domain.Bool, Day: domain.Date,
	Moment: domain.DateTime, Selection: domain.Selection,
	Many2One: domain.Many2One, One2Many: domain.One2Many, Many2Many: domain.Many2Many,
}

func (s modelSchema) Field(name string) (domain.Field, bool) {
	if name == "id" {
		return domain.Field{Name: "id", Label: "ID", Type: domain.ID, Column: "id"}, true
	}
	f := s.info.byName[name]
	if f == nil || (s.env != nil && !s.env.Sees(f)) {
		return domain.Field{}, false
	}
	out := f.filtered
	if f.Target != nil {
		env, target := s.env, f.Target
		out.Target = func() domain.Schema { return modelSchema{env: env, info: target} }
	}
	return out, true
}

// inFilters is the field as the filter language knows it, but for whom its target is
// shown to.
func (f *FieldInfo) inFilters() domain.Field {
	kind, ok := domainTypes[f.Type]
	if !ok {
		kind = domain.Unfilterable
	}
	out := domain.Field{Name: f.Name, Label: f.Label, Type: kind, Column: f.Column, Scale: f.scale()}
	if f.side != nil {
		out.Side = f.side.table
	}
	for _, o := range f.Options {
		out.Options = append(out.Options, o.Value)
	}
	if f.Target == nil {
		return out
	}
	if d := f.Target.byName[f.Target.Display]; d != nil {
		out.NameField = d.Name
	}
	switch f.Type {
	case One2Many:
		out.Inverse = f.inverse.Column
	case Many2Many:
		out.JoinTable, out.JoinOwn, out.JoinTarget = f.JoinTable(), "record_id", "target_id"
	}
	return out
}

// scale is the number of decimal digits that the stored integer carries.
func (f *FieldInfo) scale() int {
	if f.Type == Amount && f.Scale == 0 {
		return 2
	}
	return f.Scale
}
