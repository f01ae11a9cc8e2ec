package record

import (
	"slices"

	"github.com/tessera-erp/tessera/app/domain"
)

// Window is what one granted scope shows of one model: the records that meet the
// filter, and of each the listed fields. A token looks through the windows of its
// scopes and never sees more than its user does.
//
// A record shows the union of the fields of those windows that match it. A filter or
// an order may use a field only on records matched by a window that lists the field.
type Window struct {
	Scope  string
	Filter domain.Node // nil: every record the user may see
	Fields []string    // paths; empty: the id only
	Ops    []Op
}

// Through returns an environment that sees each model only through its windows, and
// models without windows not at all. Relations are followed by the user's own rights.
func (e *Env) Through(windows map[string][]Window) *Env {
	c := *e
	c.windows = windows
	if windows == nil {
		c.windows = map[string][]Window{}
	}
	c.rights = &rightsMemo{}
	return &c
}

// Windowed reports whether the environment looks through windows.
func (e *Env) Windowed() bool { return e.windows != nil }

// windowsFor returns the windows on a model that allow the operation and list every
// one of the paths.
func (e *Env) windowsFor(m *Info, op Op, paths []string) []Window {
	var out []Window
	for _, w := range e.windows[m.Name] {
		if !slices.Contains(w.Ops, op) {
			continue
		}
		if slices.ContainsFunc(paths, func(p string) bool { return p != "id" && !slices.Contains(w.Fields, p) }) {
			continue
		}
		out = append(out, w)
	}
	return out
}

// usedPaths are the paths that a filter looks at. A list compared with a text is looked
// at by the names of its records, which a window that lists it, showing ids, keeps back.
func (m *Info) usedPaths(n domain.Node) []string {
	var out []string
	switch n := n.(type) {
	case domain.And:
		for _, part := range n {
			out = append(out, m.usedPaths(part)...)
		}
	case domain.Or:
		for _, part := range n {
			out = append(out, m.usedPaths(part)...)
		}
	case domain.Not:
		return m.usedPaths(n.Node)
	case domain.Cond:
		return []string{m.usedPath(n)}
	}
	return out
}

func (m *Info) usedPath(c domain.Cond) string {
	fields, err := m.resolve(c.Path)
	if err != nil {
		return c.Path
	}
	if f := fields[len(fields)-1]; f.isList() && namesText(c.Value) {
		return c.Path + "." + f.Target.Display
	}
	return c.Path
}

// namesText reports whether a value, or one of a list, is a text.
func namesText(v any) bool {
	switch v := v.(type) {
	case string:
		return true
	case []any:
		return slices.ContainsFunc(v, namesText)
	case []string:
		return len(v) > 0
	}
	return false
}

// UsedPaths are the paths that a window has to list, all of them, for a filter over the
// model to look at the records that it shows.
func UsedPaths(m *Info, n domain.Node) []string { return m.usedPaths(n) }

// through joins the windows' filters: a record is seen when one of them matches. With
// live, a window that does not itself speak of archived records shows none.
func through(ws []Window, live domain.Node) domain.Node {
	var any domain.Or
	for _, w := range ws {
		filter := w.Filter
		if live != nil && !slices.Contains(domain.Paths(filter), "active") {
			filter = domain.All(filter, live)
		}
		if filter == nil {
			return nil
		}
		any = append(any, filter)
	}
	if len(any) == 0 {
		return domain.False
	}
	return any
}

// Windows returns the windows on a model through which the environment may read.
func (e *Env) Windows(m *Info) []Window { return e.windowsFor(m, OpRead, nil) }

// WindowsFor returns the windows on a model that allow an operation.
func (e *Env) WindowsFor(m *Info, op Op) []Window { return e.windowsFor(m, op, nil) }
