package screen

import (
	"strings"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
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

// choice is the label of an option.
func (w words) choice(f *record.FieldInfo, o record.Option) string {
	return w.print.Or(choiceKey(f, o), o.Label)
}

// card is an option with everything that it says.
func (w words) card(f *record.FieldInfo, o record.Option) ui.Option {
	key := choiceKey(f, o)
	card := ui.Option{Value: o.Value, Label: w.choice(f, o), Sub: w.optional(key+".sub", o.Sub), Help: w.optional(key+".help", o.Help),
		Icon: o.Icon, Hue: ui.Hue(o.Hue)}
	if o.Mark != "" {
		card.Tag = &ui.Tag{Text: w.print.Or(key+".mark", o.Mark), Tone: ui.Tone(o.Tone)}
	}
	return card
}

func choiceKey(f *record.FieldInfo, o record.Option) string {
	if o.Key != "" {
		return o.Key
	}
	return f.LabelKey() + "." + o.Value
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

// done is what an action says that it has done.
func (w words) done(m *record.Info, a record.Action, option, english string, n int) string {
	key := m.Name + ".action." + a.Name + ".done"
	if option != "" {
		key += "." + option
	}
	return w.print.Or(key, english, "Count", n)
}

// way is one of the ways to do an action.
func (w words) way(m *record.Info, a record.Action, o record.Option) ui.Option {
	key := m.Name + ".action." + a.Name + "." + o.Value
	return ui.Option{Value: o.Value, Label: w.print.Or(key, o.Label), Help: w.optional(key+".help", o.Help)}
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
