package screen

import (
	"strings"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
)

// words says the names of a declaration in one language.
type words struct{ print *i18n.Printer }

func (v *visit) words() words { return words{v.Print} }

func (w words) model(m *record.Info) string { return w.print.Or(m.LabelKey(), m.Label) }

func (w words) models(m *record.Info) string {
	english := m.Plural
	if english == "" {
		english = m.Label
	}
	return w.print.Or(m.Name+".plural", english)
}

func (w words) field(f *record.FieldInfo) string { return w.print.Or(f.LabelKey(), f.Label) }

func (w words) help(f *record.FieldInfo) string {
	return w.optional(f.LabelKey()+".help", f.Help)
}

func (w words) option(f *record.FieldInfo, value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return w.print.Or(f.LabelKey()+"."+value, o.Label)
		}
	}
	return value
}

func (w words) tab(m *record.Info, t record.Tab) string {
	return w.optional(m.Name+".tab."+t.Name, t.Label)
}

func (w words) group(m *record.Info, g record.Group) (title, help string) {
	return w.optional(m.Name+".group."+g.Name, g.Label), w.optional(m.Name+".group."+g.Name+".help", g.Help)
}

func (w words) filter(m *record.Info, f record.Filter) string {
	return w.print.Or(m.Name+".filter."+f.Name, f.Label)
}

func (w words) action(m *record.Info, a record.Action) string {
	return w.print.Or(m.Name+".action."+a.Name, a.Label)
}

func (w words) confirm(m *record.Info, a record.Action) string {
	return w.optional(m.Name+".action."+a.Name+".confirm", a.Confirm)
}

// optional translates a text that may be missing, in which case nothing is said.
func (w words) optional(key, english string) string {
	if english == "" {
		return ""
	}
	return w.print.Or(key, english)
}

// lower is a label within a sentence.
func lower(label string) string {
	if len(label) > 1 && strings.ToUpper(label[:2]) == label[:2] {
		return label // an abbreviation
	}
	return strings.ToLower(label)
}
