package record

import (
	"fmt"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
)

// checkFields resolves relations. It runs once all models are bound.
func (m *Info) checkFields(r *Registry) {
	for _, f := range m.fields {
		f.check(r)
	}
}

// check parses rules and filters and verifies every name that the declaration
// mentions. It runs once all relations are resolved, since filters follow them.
func (m *Info) check(r *Registry) {
	for what, name := range map[string]string{"display": m.Display, "key": m.Key} {
		f := m.byName[name]
		switch {
		case f == nil:
			r.fault("%s: the %s field %q does not exist", m.Name, what, name)
		case domainTypes[f.Type] != domain.Text || !f.Stored() || len(f.Groups) > 0 || f.Private:
			r.fault("%s: the %s field %q must be a text of its own that whoever sees the record may see", m.Name, what, name)
		}
	}
	for _, f := range m.fields {
		f.checkFilter(r)
		f.checkWhen(r)
	}
	m.checkAccess(r)
	m.checkScreens(r)
}

func (f *FieldInfo) check(r *Registry) {
	where := f.model.Name + "." + f.Name
	if f.Label == "" && !f.Private {
		r.fault("%s: it has no label", where)
	}
	if f.Type == Selection && len(f.Options) == 0 {
		r.fault("%s: a selection without options", where)
	}
	if f.Seconds && f.Type != Int {
		r.fault("%s: Seconds of a field that is no whole number", where)
	}
	for _, g := range append(append([]string{}, f.Groups...), f.WriteGroups...) {
		if !r.hasGroup(g) {
			r.fault("%s: no group %q is declared", where, g)
		}
	}
	if !f.IsRelation() {
		return
	}
	target, ok := r.models[f.Field.Model]
	if !ok {
		r.fault("%s: it relates to %q, which is no model here", where, f.Field.Model)
		return
	}
	f.Target = target
	if f.Type == One2Many {
		inv := target.byName[f.Field.Inverse]
		if inv == nil || inv.Type != Many2One || inv.Field.Model != f.model.Name {
			r.fault("%s: %s.%s does not point back", where, target.Name, f.Field.Inverse)
			return
		}
		f.inverse = inv
	}
	if f.InlineWhen != "" && len(f.Inline) == 0 {
		r.fault("%s: InlineWhen without Inline", where)
	}
	for _, name := range f.Inline {
		if g := target.byName[name]; f.Type != One2Many || g == nil || g.IsRelation() && g.Type != Many2One || g.Private || g == f.inverse {
			r.fault("%s: %s.%s cannot be written in place", where, target.Name, name)
		}
	}
}

// checkFilter parses what the choices of a relation have to meet.
func (f *FieldInfo) checkFilter(r *Registry) {
	if f.Filter == "" {
		return
	}
	if f.Target == nil {
		r.fault("%s.%s: a filter of choices on a field that is no relation", f.model.Name, f.Name)
		return
	}
	node, err := parseFilter(f.Filter, f.Target)
	if err != nil {
		r.fault("%s.%s: choices: %w", f.model.Name, f.Name, err)
	}
	f.filter = node
}

// parseFilter reads a filter of a declaration and holds it against the model.
func parseFilter(text string, m *Info) (domain.Node, error) {
	node, err := domain.Parse([]byte(text))
	if err == nil {
		err = domain.Check(node, systemSchema(m))
	}
	return node, err
}

func (r *Registry) hasGroup(code string) bool {
	for _, g := range r.groups {
		if g.Code == code {
			return true
		}
	}
	return false
}

func (m *Info) checkAccess(r *Registry) {
	if len(m.Access) == 0 {
		r.fault("%s: it has no access lines; say who may read it, or \"nobody\" with Access{}", m.Name)
	}
	for _, a := range m.Access {
		if a.Group != "*" && a.Group != "" && !r.hasGroup(a.Group) {
			r.fault("%s: an access line names the group %q, which is not declared", m.Name, a.Group)
		}
	}
	rules := m.Rules
	if c := m.byName["company"]; c != nil && c.Type == Many2One && c.Field.Model == CompanyModel && !m.Shared {
		rules = append([]Rule{{Name: "company", Filter: `["|", ["company", "=", null], ["company", "in", {"$": "company_ids"}]]`}}, rules...)
	}
	for _, rule := range rules {
		node, err := parseFilter(rule.Filter, m)
		if err != nil {
			r.fault("%s: rule %s: %w", m.Name, rule.Name, err)
			continue
		}
		for _, g := range rule.Groups {
			if !r.hasGroup(g) {
				r.fault("%s: rule %s names the group %q, which is not declared", m.Name, rule.Name, g)
			}
		}
		m.rules = append(m.rules, parsedRule{rule, node})
	}
}

// checkScreens verifies the names in List, Search, Form and Actions.
func (m *Info) checkScreens(r *Registry) {
	need := func(where string, paths ...string) {
		for _, p := range paths {
			if p != "" && p != "id" {
				if _, err := m.resolve(p); err != nil {
					r.fault("%s: %s: %w", m.Name, where, err)
				}
			}
		}
	}
	need("list", m.List.Columns...)
	need("list", m.List.Optional...)
	need("list", m.List.Sub)
	for _, name := range m.List.Totals {
		if f := m.byName[name]; f == nil || !f.isNumber() || !f.Stored() {
			r.fault("%s: list totals: %q is no number of its own", m.Name, name)
		}
	}
	if _, err := m.parseOrder(m.List.Order); err != nil {
		r.fault("%s: list order: %w", m.Name, err)
	}
	need("search", m.Search.Fields...)
	for _, p := range m.Search.Fields {
		if fields, err := m.resolve(p); err == nil && domainTypes[fields[len(fields)-1].Type] != domain.Text {
			r.fault("%s: search: %s holds no text to look into", m.Name, p)
		}
	}
	need("search", m.Search.Facets...)
	for _, f := range m.Search.Filters {
		if _, err := parseFilter(f.Domain, m); err != nil {
			r.fault("%s: filter %s: %w", m.Name, f.Name, err)
		}
	}
	need("form", m.Form.Title, m.Form.Sub)
	for _, t := range m.Form.Tabs {
		for _, g := range t.Groups {
			need("form tab "+t.Name, g.Fields...)
		}
		for _, code := range t.Access {
			if !r.hasGroup(code) {
				r.fault("%s: form tab %s names the group %q, which is not declared", m.Name, t.Name, code)
			}
		}
	}
	if m.Form.WriteWhen != "" {
		if _, err := parseFilter(m.Form.WriteWhen, m); err != nil {
			r.fault("%s: WriteWhen of the form: %w", m.Name, err)
		}
	}
	for _, p := range m.Presets {
		if p.Name == "" || p.Label == "" || p.Values == nil {
			r.fault("%s: the preset %q needs a name, a label and values", m.Name, p.Name)
		}
	}
	for _, a := range m.Actions {
		if (a.Run == nil) == (a.RunWith == nil) || (a.RunWith != nil) != (len(a.Options) > 0) || len(a.Options) > 0 && a.Confirm == "" {
			r.fault("%s: the action %s does nothing: it needs Run, or RunWith with Options and a question", m.Name, a.Name)
		}
		if a.When == "" {
			continue
		}
		if _, err := parseFilter(a.When, m); err != nil {
			r.fault("%s: the action %s: %w", m.Name, a.Name, err)
		}
	}
}

// resolve follows a dotted path and returns its fields, outermost first.
func (m *Info) resolve(path string) ([]*FieldInfo, error) {
	if f := m.byName[path]; f != nil {
		return []*FieldInfo{f}, nil
	}
	var out []*FieldInfo
	at := m
	parts := strings.Split(path, ".")
	for i, part := range parts {
		f := at.byName[part]
		if f == nil {
			return nil, fmt.Errorf("%s has no field %q", at.Name, part)
		}
		out = append(out, f)
		if i < len(parts)-1 {
			if f.Target == nil {
				return nil, fmt.Errorf("%s.%s is no relation, so %q leads nowhere", at.Name, part, path)
			}
			at = f.Target
		}
	}
	return out, nil
}
