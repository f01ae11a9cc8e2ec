package screen

import (
	"net/url"
	"slices"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// paramPreset names, in the query string of a new form, the beginning that was chosen.
const paramPreset = "preset"

// chosenPreset is the one that the address names, nil for none.
func (v *visit) chosenPreset() *record.Preset {
	name := v.QueryParam(paramPreset)
	i := slices.IndexFunc(v.info.Presets, func(p record.Preset) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &v.info.Presets[i]
}

// preset puts the values of the chosen preset over those that a form begins with. What
// the person may not set stays out.
func (v *visit) preset(in entries) error {
	p := v.chosenPreset()
	if p == nil {
		return nil
	}
	values, err := p.Values(v.Env)
	if err != nil {
		return err
	}
	for name, value := range values {
		f, ok := v.info.Field(name)
		if _, there := in[name]; ok && there && f.Type != record.Secret {
			in[name] = v.stored(f, value)
		}
	}
	return nil
}

// drawPresets offers the beginnings there are above a new form.
func (v *visit) drawPresets(out *ui.Form) {
	if v.QueryParam(paramCopy) != "" {
		return
	}
	chosen := v.chosenPreset()
	for _, p := range v.info.Presets {
		q := v.kept()
		q.Set(paramPreset, p.Name)
		key := v.info.Name + ".preset." + p.Name
		out.Presets = append(out.Presets, ui.Option{Value: p.Name, Label: v.words().optional(key, p.Label), Help: v.words().optional(key+".help", p.Help),
			Icon: p.Icon, URL: withQuery(newPath(v.info.Name), q), Selected: chosen != nil && chosen.Name == p.Name})
	}
	if chosen == nil {
		return
	}
	out.Action = withQuery(newPath(v.info.Name), url.Values{paramPreset: {chosen.Name}})
	if chosen.Note != "" {
		out.Notes = append(out.Notes, ui.Note{Tone: ui.ToneWarn, Text: v.words().optional(v.info.Name+".preset."+chosen.Name+".note", chosen.Note)})
	}
}
