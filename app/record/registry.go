package record

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
)

// Registry holds the models of one database: those of the modules installed there.
// It is filled once, sealed, and immutable from then on; installing a module builds
// a new one that is swapped in whole.
type Registry struct {
	models  map[string]*Info // by name and by alias
	byType  map[reflect.Type]*Info
	order   []*Info
	hooks   map[reflect.Type]*hooks
	groups  []GroupDef
	extends []extension
	sides   []side
	parts   map[reflect.Type]any // by the type that they point to
	errs    []error
	sealed  bool
}

// extension is a tab that one module adds to the form of another module's model.
type extension struct {
	typ reflect.Type
	tab Tab
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	return &Registry{models: map[string]*Info{}, byType: map[reflect.Type]*Info{}, hooks: map[reflect.Type]*hooks{}}
}

// Define declares the model whose rows are held in T. Faults are gathered and
// reported by Seal.
func Define[T any](r *Registry, m Model) {
	t := reflect.TypeFor[T]()
	if r.byType[t] != nil {
		r.fault("%s: the struct %s is already the model %s", m.Name, t, r.byType[t].Name)
		return
	}
	info := &Info{Model: m, typ: t}
	if info.Table == "" {
		info.Table = strings.ReplaceAll(m.Name, ".", "_")
	}
	if info.Display == "" {
		info.Display = "name"
	}
	if info.Key == "" {
		info.Key = info.Display
	}
	for _, name := range append([]string{m.Name}, m.Aliases...) {
		if r.models[name] != nil {
			r.fault("%s: the name %s is taken by %s", m.Name, name, r.models[name].Name)
			continue
		}
		r.models[name] = info
	}
	r.byType[t] = info
	r.order = append(r.order, info)
}

// Extend adds tabs to the form of another module's model, each at its anchor (Tab.After).
func Extend[T any](r *Registry, tabs ...Tab) {
	for _, tab := range tabs {
		r.extends = append(r.extends, extension{reflect.TypeFor[T](), tab})
	}
}

// Groups declares access groups.
func Groups(r *Registry, defs ...GroupDef) { r.groups = append(r.groups, defs...) }

// AllGroups returns the declared groups in the order of their declaration, each with
// the groups that it implies itself.
func (r *Registry) AllGroups() []GroupDef {
	out := slices.Clone(r.groups)
	for i, g := range out {
		out[i].Implies = r.impliedBy(g)
	}
	return out
}

// Implied returns the codes with every group that they imply, sorted, each once.
func (r *Registry) Implied(codes ...string) []string {
	implies := map[string][]string{}
	for _, g := range r.groups {
		implies[g.Code] = r.impliedBy(g)
	}
	seen := map[string]bool{}
	var walk func(string)
	walk = func(code string) {
		if !seen[code] {
			seen[code] = true
			for _, c := range implies[code] {
				walk(c)
			}
		}
	}
	for _, c := range codes {
		walk(c)
	}
	out := make([]string, 0, len(seen))
	for c := range seen {
		out = append(out, c)
	}
	sort.Strings(out)
	return out
}

// impliedBy are the groups that g names itself: "*.manager" is every module's manager.
func (r *Registry) impliedBy(g GroupDef) []string {
	var out []string
	for _, code := range g.Implies {
		suffix, wild := strings.CutPrefix(code, "*")
		if !wild {
			out = append(out, code)
			continue
		}
		for _, other := range r.groups {
			if other.Code != g.Code && strings.HasSuffix(other.Code, suffix) {
				out = append(out, other.Code)
			}
		}
	}
	return out
}

// Model returns a model by its name or one of its aliases.
func (r *Registry) Model(name string) (*Info, bool) {
	m, ok := r.models[name]
	return m, ok
}

// Models returns every model in the order of definition.
func (r *Registry) Models() []*Info { return slices.Clone(r.order) }

// InfoOf returns the model whose rows are held in T; it panics on a struct that was
// never defined, which is a programming error that any test of the caller meets.
func InfoOf[T any](r *Registry) *Info {
	t := reflect.TypeFor[T]()
	m := r.byType[t]
	if m == nil {
		panic(fmt.Sprintf("record: no model is defined on %s", t))
	}
	return m
}

func (r *Registry) fault(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// Seal checks every declaration against its struct and against the others and
// returns all faults joined; nil means that the registry is ready and immutable.
func (r *Registry) Seal() error {
	if r.sealed {
		return nil
	}
	r.merge()
	for _, m := range r.order {
		m.bind(r)
	}
	for _, s := range r.sides {
		s.bind(r)
	}
	if len(r.errs) == 0 {
		for _, m := range r.order {
			m.checkFields(r)
		}
	}
	if len(r.errs) == 0 {
		for _, m := range r.order {
			for _, f := range m.fields {
				f.filtered = f.inFilters()
			}
		}
		for _, m := range r.order {
			m.check(r)
		}
	}
	if len(r.errs) > 0 {
		return errors.Join(r.errs...)
	}
	r.sealed = true
	return nil
}

// merge puts the extensions' tabs into the forms they extend and hands out the hooks.
func (r *Registry) merge() {
	for _, e := range r.extends {
		m := r.byType[e.typ]
		if m == nil {
			r.fault("Extend: no model is defined on %s", e.typ)
			continue
		}
		at := len(m.Form.Tabs)
		for i, t := range m.Form.Tabs {
			if t.Name == e.tab.Name {
				r.fault("%s: two tabs are named %s", m.Name, t.Name)
			}
			if t.Name == e.tab.After {
				at = i + 1
			}
		}
		if e.tab.After != "" && at == len(m.Form.Tabs) && (at == 0 || m.Form.Tabs[at-1].Name != e.tab.After) {
			r.fault("%s: the form has no tab %q for the tab %q to follow", m.Name, e.tab.After, e.tab.Name)
		}
		m.Form.Tabs = slices.Insert(slices.Clone(m.Form.Tabs), at, e.tab)
	}
	for t, h := range r.hooks {
		owner := r.owner(t)
		switch m := r.byType[t]; {
		case m != nil:
			m.hooks = *h
		case owner != nil:
			if owner.sideHooks == nil {
				owner.sideHooks = map[reflect.Type]hooks{}
			}
			owner.sideHooks[t] = *h
		default:
			r.fault("a hook names %s, on which no model is defined", t)
		}
	}
}

// owner is the model that a struct's fields are attached to, nil when they are to none.
func (r *Registry) owner(t reflect.Type) *Info {
	for _, s := range r.sides {
		if s.typ == t {
			return r.byType[s.owner]
		}
	}
	return nil
}
