package screen

import (
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// governs reports whether other fields of the form are about the model that f names, or
// are shown or not by what stands in f.
func (v *visit) governs(f *record.FieldInfo) bool {
	return slices.ContainsFunc(v.info.AllFields(), func(o *record.FieldInfo) bool {
		return !o.Private && (o.PathsOf == f.Name || o.FilterOf == f.Name || slices.Contains(o.DecidedBy(), f.Name))
	})
}

// modelNamed is the model that an entry of the form names; nil for none.
func (v *visit) modelNamed(field string, s sheet) *record.Info {
	m, _ := v.Env.Registry().Model(s.in[field].first())
	return m
}

// tree offers the fields of the model that another entry names, under the headings that
// the model's own form has.
func (v *visit) tree(out *ui.Field, f *record.FieldInfo, e entry, s sheet) {
	out.Kind, out.Placeholder, out.Text = ui.FieldTree, v.T("screen.tree.find"), e.text
	m := v.modelNamed(f.PathsOf, s)
	tree := &ui.Tree{Always: v.T("screen.tree.always"), None: v.T("screen.tree.none")}
	out.Tree = tree
	offered := 0
	if m != nil {
		for _, g := range v.fieldGroups(m) {
			drawn := ui.TreeGroup{Title: g.title}
			for _, own := range g.fields {
				n := v.treePath(own.Name, own, e.values)
				if own.Target != nil {
					for _, under := range own.Target.AllFields() {
						if path := own.Name + "." + under.Name; !kept(under.Name) && v.choosable(m, path, under) {
							n.Under = append(n.Under, v.treePath(path, under, e.values))
						}
					}
				}
				offered += 1 + len(n.Under)
				drawn.Paths = append(drawn.Paths, n)
			}
			tree.Groups = append(tree.Groups, drawn)
		}
	}
	for _, path := range e.values {
		c := ui.TreePath{Path: path, Label: path, Unknown: true}
		if m != nil && record.CheckPath(v.Env, m, path) == nil {
			c.Label, c.Unknown = v.pathLabel(m, path), false
		}
		tree.Chosen = append(tree.Chosen, c)
	}
	if offered == 0 && len(e.values) == 0 {
		return
	}
	tree.Count = v.T("screen.tree.count", "Count", len(e.values), "Total", offered)
}

func (v *visit) treePath(path string, f *record.FieldInfo, chosen []string) ui.TreePath {
	return ui.TreePath{Path: path, Label: v.words().field(f), Sensitive: f.Sensitive, Checked: slices.Contains(chosen, path)}
}

// choosable reports whether a field can be chosen by its path.
func (v *visit) choosable(m *record.Info, path string, f *record.FieldInfo) bool {
	return !f.Private && f.Type != record.Secret && f.Name != "id" && record.CheckPath(v.Env, m, path) == nil
}

// pathLabel names a field by the way to it: Country › Code.
func (v *visit) pathLabel(m *record.Info, path string) string {
	var out []string
	for name := range strings.SplitSeq(path, ".") {
		f, ok := m.Field(name)
		if !ok {
			return path
		}
		out = append(out, v.words().field(f))
		if m = f.Target; m == nil {
			break
		}
	}
	return strings.Join(out, " › ")
}

// fieldGroup is the fields of a model that stand together on its form.
type fieldGroup struct {
	title  string
	fields []*record.FieldInfo
}

// fieldGroups sorts the fields of a model that the reader may choose as its form does;
// what stands on no form comes last.
func (v *visit) fieldGroups(m *record.Info) []fieldGroup {
	var out []fieldGroup
	used := map[string]bool{}
	take := func(title string, names []string) {
		g := fieldGroup{title: title}
		for _, name := range names {
			f, ok := m.Field(name)
			if ok && !used[name] && v.choosable(m, name, f) {
				used[name] = true
				g.fields = append(g.fields, f)
			}
		}
		if len(g.fields) > 0 {
			out = append(out, g)
		}
	}
	for _, t := range m.Form.Tabs {
		for _, g := range t.Groups {
			title, _ := v.words().group(m, g)
			if title == "" {
				title = v.words().tab(m, t)
			}
			take(title, g.Fields)
		}
	}
	var rest []string
	for _, f := range m.AllFields() {
		rest = append(rest, f.Name)
	}
	take(v.T("screen.tree.other"), rest)
	return out
}

// inOrder puts values in the order that they had; new ones come last.
func inOrder(values, order []string) []string {
	var out []string
	for _, list := range [][]string{order, values} {
		for _, value := range list {
			if slices.Contains(values, value) && !slices.Contains(out, value) {
				out = append(out, value)
			}
		}
	}
	return out
}

// typedPaths adds the paths typed beside a tree to those ticked in it. Only its button
// does: the box is for finding too, and nothing is given away that nobody chose.
func typedPaths(e entry) entry {
	for _, path := range strings.FieldsFunc(e.text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		if !slices.Contains(e.values, path) {
			e.values = append(e.values, path)
		}
	}
	e.text = ""
	return e
}
