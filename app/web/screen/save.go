package screen

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// save writes what was posted from a form. Only fields that stand on the tab and that
// the person may set are read; others are ignored and audited.
//
// What cannot be saved comes back as the same page with the entries kept and every
// fault at its field (422), or, when somebody else saved first, as the conflict page (409).
func save(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	o, err := v.open(id)
	if err != nil {
		return err
	}
	fields, lines := o.layout.writable(), v.inlines(o.layout)
	if len(fields)+len(lines) == 0 {
		return v.forbidden(record.OpWrite)
	}
	version, err := strconv.ParseInt(v.Form().Get(ui.FieldVersion), 10, 64)
	if err != nil || version <= 0 {
		return fault.New(fault.Invalid, "The form does not say which version of the record it shows. Open it again.").Keyed("screen.noversion", nil)
	}
	if err := v.auditForeign(fields, lines, id, o.title); err != nil {
		return err
	}
	if err := v.storedLines(lines, id); err != nil {
		return err
	}
	was, in := v.storedEntries(o), posted(fields, v.Form())
	s := sheet{errors: map[string]string{}, found: map[string][]ui.Option{}, lines: postedLines(lines, v.Form())}
	if err := v.readFilters(fields, was, in, &s); err != nil {
		return err
	}
	if pressLines(s.lines, v.Form()) || press(fields, in, v.Form()) || v.pressFilters(&s, v.Form()) {
		return v.redraw(http.StatusOK, o, version, merged(was, in), s)
	}
	if err := v.settle(fields, in, &s); err != nil {
		return err
	}
	if err := settleLines(s.lines, &s); err != nil {
		return err
	}
	asked := askedFor(v.Form())
	if v.tellFilters(&s, asked); asked || len(s.errors) > 0 {
		return v.redraw(found(asked), o, version, merged(was, in), s)
	}
	values := v.changed(fields, was, in)
	changedLines(lines, s.lines, values)
	if len(values) == 0 {
		return v.saved(o, "screen.unchanged")
	}
	_, err = record.SaveValues(v.Env, v.info.Name, id, version, values)
	switch f := asFault(err); {
	case err == nil:
		return v.saved(o, "screen.saved")
	case f != nil && v.overtaken(f, lines, s.lines, &s):
		return v.redraw(http.StatusConflict, o, version, merged(was, in), s)
	case f != nil && f.Key == "record.conflict":
		return v.conflict(o, version, fields, was, in)
	case mendable(f):
		v.blame(f, &s)
		return v.redraw(http.StatusUnprocessableEntity, o, version, merged(was, in), s)
	}
	return err
}

// askedFor reports whether a form was posted to be drawn again, with matches or with what
// would come of its entries, and not to be saved.
func askedFor(form url.Values) bool { return form.Get(ui.DoFind) != "" || form.Get(ui.DoPreview) != "" }

// found is the status of a page that was asked for, or of one with faults.
func found(asked bool) int {
	if asked {
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}

// redraw shows the form again with the version that the person began with: what
// somebody else saved meanwhile is not to be overwritten unseen.
func (v *visit) redraw(status int, o *opened, version int64, in entries, s sheet) error {
	o.version = version
	return v.draw(status, o, in, s)
}

func (v *visit) saved(o *opened, key string) error {
	if err := v.handOver(o.id); err != nil {
		return err
	}
	v.tell(ui.ToneOK, v.T(key))
	return v.Redirect303(v.formURL(o.id, v.tabName(o)))
}

// mendable reports whether the person can do something about an error on the form.
func mendable(f *fault.Error) bool {
	return f != nil && (f.Code == fault.Invalid || f.Code == fault.Conflict || f.Code == fault.Forbidden)
}

// blame puts every part of an error beside its field.
func (v *visit) blame(f *fault.Error, s *sheet) {
	for _, e := range f.All() {
		text := v.sentence(e)
		if before := s.errors[e.Field]; before != "" {
			text = before + " " + text
		}
		s.errors[e.Field] = text
	}
}

// merged is what the form shows after a post: the entries, and what was not posted as it is.
func merged(was, in entries) entries {
	out := entries{}
	for name, e := range was {
		out[name] = e
	}
	for name, e := range in {
		out[name] = e
	}
	return out
}

// changed are the values that differ from what the record has now.
func (v *visit) changed(fields []*record.FieldInfo, was, in entries) map[string]any {
	values := map[string]any{}
	for _, f := range fields {
		if e, there := in[f.Name]; there && !e.same(f, was[f.Name]) {
			values[f.Name] = v.value(f, e)
		}
	}
	return values
}

// press does what a button inside the form asks: one more blank entry of a list, one
// less, or one moved. It reports whether there was such a button.
func press(fields []*record.FieldInfo, in entries, form url.Values) bool {
	if name := form.Get(ui.DoAdd); name != "" {
		for _, f := range fields {
			if f.Name == name && f.Type == record.StringList {
				e := in[name]
				if f.PathsOf != "" {
					e = typedPaths(e)
				} else {
					e.values = append(e.values, "")
				}
				in[name] = e
			}
		}
		return true
	}
	for _, button := range []string{ui.DoRemove, ui.DoUp, ui.DoDown} {
		if target := form.Get(button); target != "" {
			move(fields, in, button, target)
			return true
		}
	}
	return false
}

// move changes the order of a list; target is "name.index".
func move(fields []*record.FieldInfo, in entries, button, target string) {
	name, number, _ := strings.Cut(target, ".")
	i, err := strconv.Atoi(number)
	f := slices.IndexFunc(fields, func(f *record.FieldInfo) bool { return f.Name == name && f.Type == record.StringList })
	e := in[name]
	if err != nil || f < 0 || i < 0 || i >= len(e.values) {
		return
	}
	e.values = slices.Clone(e.values)
	switch {
	case button == ui.DoRemove:
		e.values = slices.Delete(e.values, i, i+1)
	case button == ui.DoUp && i > 0:
		e.values[i-1], e.values[i] = e.values[i], e.values[i-1]
	case button == ui.DoDown && i+1 < len(e.values):
		e.values[i], e.values[i+1] = e.values[i+1], e.values[i]
	}
	in[name] = e
}

// most names of fields that one audit line about a post mentions.
const maxForeign = 20

// auditForeign writes down that a post named fields that are not on the form, without
// their values: a page of ours never does that.
func (v *visit) auditForeign(fields []*record.FieldInfo, inlines []inline, id int64, name string) error {
	var foreign []string
	for key := range v.Form() {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ui.SuffixText), ui.SuffixFound)
		if strings.HasPrefix(key, "_") || v.ofFilter(fields, key) || slices.ContainsFunc(inlines, func(in inline) bool { return in.known(base) }) || slices.ContainsFunc(fields, func(f *record.FieldInfo) bool { return f.Name == base }) {
			continue
		}
		foreign = append(foreign, shorten(key))
	}
	if len(foreign) == 0 {
		return nil
	}
	slices.Sort(foreign)
	var details []record.Change
	for _, f := range foreign[:min(len(foreign), maxForeign)] {
		details = append(details, record.Change{Field: f})
	}
	return record.Audit(v.Env, v.info.Name, id, name, "fields_ignored", details...)
}
