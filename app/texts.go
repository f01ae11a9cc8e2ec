package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// MissingTexts lists what a reader of another language would see in English: keys that
// one language has and another lacks, and labels of declarations without a translation.
func (in *Instance) MissingTexts() []string {
	return missingTexts(in.App.Database.Registry(), in.registrar, in.Modules, in.App.Texts)
}

// Labels are the English texts that stand in declarations, by their keys.
func (in *Instance) Labels() map[string]string {
	out := map[string]string{}
	for _, l := range labels(in.App.Database.Registry(), in.registrar, in.Modules) {
		if l.english != "" {
			out[l.key] = l.english
		}
	}
	return out
}

func missingTexts(r *record.Registry, reg *Registrar, modules []Module, bundle *i18n.Bundle) []string {
	var missing []string
	first := i18n.Languages[0]
	all := labels(r, reg, modules)
	declared := map[string]bool{}
	for _, l := range all {
		declared[l.key] = true
	}
	for _, lang := range i18n.Languages[1:] {
		for _, key := range bundle.Keys(first) {
			if !bundle.Has(lang, key) {
				missing = append(missing, fmt.Sprintf("the text %q has no translation to %q", key, lang))
			}
		}
		for _, key := range bundle.Keys(lang) {
			if !bundle.Has(first, key) && !declared[key] {
				missing = append(missing, fmt.Sprintf("the text %q exists in %q only", key, lang))
			}
		}
		for _, l := range all {
			if l.english != "" && !bundle.Has(lang, l.key) {
				missing = append(missing, fmt.Sprintf("the label %q (%s) has no translation to %q", l.english, l.key, lang))
			}
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// label is an English text that stands in a declaration, and its key.
type label struct{ key, english string }

// labels are those of everything that was declared.
func labels(r *record.Registry, reg *Registrar, modules []Module) []label {
	var out []label
	for _, m := range r.Models() {
		out = append(out, modelLabels(m)...)
	}
	for _, g := range r.AllGroups() {
		out = append(out, label{"group." + g.Code, g.Name}, label{"group." + g.Code + ".help", g.Help}, label{g.CategoryKey(), g.Category})
	}
	for _, m := range modules {
		out = append(out, label{"module." + m.Name, m.Title}, label{"module." + m.Name + ".summary", m.Summary})
	}
	for _, l := range reg.Site.Wizards.Labels() {
		out = append(out, label{l.Key, l.English})
	}
	return append(append(out, siteLabels(reg.Site)...), jobLabels(reg.Jobs)...)
}

func modelLabels(m *record.Info) []label {
	out := []label{{m.LabelKey(), m.Label}, {m.LabelKey() + ".plural", m.Plural}}
	for _, f := range m.AllFields() {
		if f.Private {
			continue
		}
		out = append(out, label{f.LabelKey(), f.Label}, label{f.LabelKey() + ".help", f.Help})
		out = append(out, label{f.LabelKey() + ".first", f.First})
		for _, o := range f.Options {
			key := f.LabelKey() + "." + o.Value
			out = append(out, label{key, o.Label}, label{key + ".sub", o.Sub}, label{key + ".help", o.Help}, label{key + ".mark", o.Mark})
		}
	}
	out = append(out, label{m.Name + ".list.help", m.List.Help})
	for _, t := range m.Form.Tabs {
		out = append(out, label{m.Name + ".tab." + t.Name, t.Label})
		for _, g := range t.Groups {
			out = append(out, label{m.Name + ".group." + g.Name, g.Label}, label{m.Name + ".group." + g.Name + ".help", g.Help})
		}
	}
	for _, f := range m.Search.Filters {
		out = append(out, label{m.Name + ".filter." + f.Name, f.Label})
	}
	for _, a := range m.Actions {
		out = append(out, label{m.Name + ".action." + a.Name, a.Label}, label{m.Name + ".action." + a.Name + ".confirm", a.Confirm}, label{m.Name + ".action." + a.Name + ".done", ""})
		for _, o := range a.Options {
			key := m.Name + ".action." + a.Name + "."
			out = append(out, label{key + o.Value, o.Label}, label{key + o.Value + ".help", o.Help}, label{key + "done." + o.Value, ""})
		}
	}
	for _, p := range m.Presets {
		key := m.Name + ".preset." + p.Name
		out = append(out, label{key, p.Label}, label{key + ".help", p.Help}, label{key + ".note", p.Note})
	}
	return out
}

func siteLabels(site *web.Site) []label {
	var out []label
	for _, a := range site.Apps {
		out = append(out, label{"app." + a.Name, a.Label})
	}
	for _, m := range site.Menus {
		out = append(out, label{"menu." + m.Name, m.Label}, label{"menu.group." + strings.ToLower(m.Group), m.Group})
	}
	return out
}

func jobLabels(s *jobs.Schedule) []label {
	var out []label
	for _, j := range s.Jobs {
		out = append(out, label{"job." + j.Name, j.Title})
	}
	return out
}
