package screen

import (
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// layout is the part of a model's form that one page shows to one reader.
type layout struct {
	tabs    []record.Tab // those the reader may open
	current int
	panel   string // of the current tab; "" when it holds fields
	groups  []group
	fresh   bool // for a record that does not exist yet: all tabs on one page
}

// group is a card with the fields that the reader may see or set.
type group struct {
	record.Group
	title, help string
	fields      []formField
}

// formField is one field on a form: of the record itself, or read through a relation.
type formField struct {
	path  string
	info  *record.FieldInfo
	own   bool
	write bool // the reader may change it here
}

// layoutOf lays out the tab called name, or the first one; for a record that does not
// exist yet (id 0) all of them. A model without a form gets one group with every field. write says whether the reader may change this record.
func (v *visit) layoutOf(name string, id int64, write bool) layout {
	fresh := id == 0
	l := layout{fresh: fresh}
	for _, t := range v.info.Form.Tabs {
		if t.Panel != "" && (fresh || v.App.Site.Panels[t.Panel] == nil) {
			continue
		}
		if len(t.Access) == 0 || slices.ContainsFunc(t.Access, v.Env.Member) {
			l.tabs = append(l.tabs, t)
		}
	}
	if len(l.tabs) == 0 {
		if len(v.info.Form.Tabs) > 0 {
			return l // none of them is for this person
		}
		l.groups = []group{v.groupOf(record.Group{Fields: v.allFields()}, id, write)}
		return l
	}
	if fresh {
		for i, t := range l.tabs {
			l.groups = append(l.groups, v.groupsOf(t, i > 0, id, write)...)
		}
		return l
	}
	if i := slices.IndexFunc(l.tabs, func(t record.Tab) bool { return t.Name == name }); i > 0 {
		l.current = i
	}
	l.panel = l.tabs[l.current].Panel
	if l.panel == "" {
		l.groups = v.groupsOf(l.tabs[l.current], false, id, write)
	}
	return l
}

// groupsOf are the groups of a tab; titled puts the tab's name above a nameless first one.
func (v *visit) groupsOf(t record.Tab, titled bool, id int64, write bool) []group {
	var out []group
	for _, g := range t.Groups {
		drawn := v.groupOf(g, id, write)
		if len(drawn.fields) == 0 && v.App.Site.Previews[g.Preview] == nil {
			continue
		}
		if titled && drawn.title == "" && len(out) == 0 {
			drawn.title = v.words().tab(v.info, t)
		}
		out = append(out, drawn)
	}
	return out
}

func (v *visit) groupOf(g record.Group, id int64, write bool) group {
	out := group{Group: g}
	out.title, out.help = v.words().group(v.info, g)
	for _, path := range g.Fields {
		if f, ok := v.formFieldAt(path, id, write); ok {
			out.fields = append(out.fields, f)
		}
	}
	return out
}

// formFieldAt finds a field for the form. One that the reader may neither see nor set
// is not there; nor is one that a new record does not have yet.
func (v *visit) formFieldAt(path string, id int64, write bool) (formField, bool) {
	fresh := id == 0
	f, ok := v.info.Field(path)
	if !ok {
		c, seen := columnAt(v.Env, v.info, path)
		return formField{path: c.read, info: c.field}, seen && !fresh
	}
	out := formField{path: path, info: f, own: true, write: write && v.Env.Sets(f)}
	if f.Private {
		return out, false
	}
	if f.Type == record.One2Many {
		out.write = write && v.Env.Sees(f) && v.writesInline(f, id)
	}
	if f.Type == record.Secret {
		return out, out.write
	}
	if fresh && !out.write {
		return out, false
	}
	return out, v.Env.Sees(f)
}

// allFields are what a model without a declared form shows.
func (v *visit) allFields() []string {
	var out []string
	for _, f := range v.info.AllFields() {
		if !f.Private && !kept(f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}

// kept reports whether a field is one that every record has, about who wrote it and when.
func kept(name string) bool {
	switch name {
	case "created_at", "updated_at", "created_by", "updated_by":
		return true
	}
	return false
}

// fields are all fields of the page in order, each once.
func (l layout) fields() []formField {
	var out []formField
	for _, g := range l.groups {
		for _, f := range g.fields {
			if !slices.ContainsFunc(out, func(o formField) bool { return o.path == f.path }) {
				out = append(out, f)
			}
		}
	}
	return out
}

// writable are the fields that a post to this page may change, besides its inlines.
func (l layout) writable() []*record.FieldInfo {
	var out []*record.FieldInfo
	for _, f := range l.fields() {
		if f.write && f.info.Type != record.One2Many {
			out = append(out, f.info)
		}
	}
	return out
}

// paths are what has to be read to draw the page.
func (l layout) paths() []string {
	var out []string
	for _, f := range l.fields() {
		if f.info.Type != record.Secret && (f.info.Type != record.One2Many || strings.Contains(f.path, ".")) {
			out = append(out, f.path)
		}
	}
	return out
}

// links are the tabs as the page shows them; a single one is not worth a row.
func (v *visit) tabLinks(l layout, address func(tab string) string) []ui.Tab {
	if len(l.tabs) < 2 || l.fresh {
		return nil
	}
	var out []ui.Tab
	for i, t := range l.tabs {
		name := t.Name
		if i == 0 {
			name = ""
		}
		out = append(out, ui.Tab{Label: v.words().tab(v.info, t), URL: address(name), Current: i == l.current})
	}
	return out
}
