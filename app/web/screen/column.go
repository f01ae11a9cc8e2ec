package screen

import (
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
)

// column is one path of a list that the reader may see.
type column struct {
	path  string // as declared: the column's key
	read  string // the path that gives what is shown
	field *record.FieldInfo
	own   bool // a field of the model itself
}

// columnsOf are the columns that a list shows, in order: the declared ones, and of the
// optional ones those that were chosen. A model without a list shows its display field.
func columnsOf(env *record.Env, m *record.Info, chosen []string) []column {
	paths := m.List.Columns
	if len(paths) == 0 {
		paths = []string{m.Display}
	}
	for _, p := range m.List.Optional {
		if slices.Contains(chosen, p) && !slices.Contains(paths, p) {
			paths = append(paths[:len(paths):len(paths)], p)
		}
	}
	var out []column
	for _, p := range paths {
		if c, ok := columnAt(env, m, p); ok {
			out = append(out, c)
		}
	}
	return out
}

// columnAt follows a path; false when it leads nowhere or through what the reader may
// not see.
func columnAt(env *record.Env, m *record.Info, path string) (column, bool) {
	at, many := m, false
	names := strings.Split(path, ".")
	for i, name := range names {
		f, ok := at.Field(name)
		if !ok || !env.Sees(f) || many && (i > 1 || f.IsRelation()) {
			return column{}, false
		}
		toMany := f.Type == record.Many2Many || f.Type == record.One2Many
		if toMany && i > 0 {
			return column{}, false
		}
		many = many || toMany
		if i < len(names)-1 {
			if at = f.Target; at == nil {
				return column{}, false
			}
			continue
		}
		c := column{path: path, read: path, field: f, own: i == 0}
		if toMany {
			d, ok := f.Target.Field(f.Target.Display)
			if !ok || !env.Sees(d) || d.IsRelation() {
				return column{}, false
			}
			c.read = path + "." + d.Name
		}
		return c, true
	}
	return column{}, false
}

// paths are the paths to read for columns, each once.
func paths(columns []column, more ...string) []string {
	var out []string
	add := func(p string) {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, c := range columns {
		add(c.read)
	}
	for _, p := range more {
		add(p)
	}
	return out
}

// currencyOf is the field that says in which currency a model's amounts are: a
// Many2One called "currency" that the reader may see. "" when there is none.
func currencyOf(env *record.Env, m *record.Info) string {
	if f, ok := m.Field("currency"); ok && f.Type == record.Many2One && env.Sees(f) {
		return f.Name
	}
	return ""
}
