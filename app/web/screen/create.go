package screen

import (
	"net/http"
	"slices"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// newForm answers an empty form: what the declaration fills in, then what the query
// string names, or a copy of another record.
func newForm(v *visit) error {
	if !v.Env.Can(record.OpCreate, v.info) {
		return v.forbidden(record.OpCreate)
	}
	l := v.layoutOf("", 0, true)
	lines := v.inlines(l)
	in, err := v.initial(l, lines)
	if err != nil {
		return err
	}
	return v.drawNew(http.StatusOK, l, in, sheet{lines: lines})
}

// initial are the entries that a new form begins with.
func (v *visit) initial(l layout, lines []inline) (entries, error) {
	in := entries{}
	for i := range lines {
		lines[i].lines = []line{lines[i].blank()}
	}
	for _, f := range l.writable() {
		in[f.Name] = v.stored(f, f.Initial(v.Env))
		if f.Name == "company" && f.Type == record.Many2One && f.Model == record.CompanyModel && v.Env.Company != 0 && in[f.Name].first() == "" {
			in[f.Name] = v.stored(f, v.Env.Company)
		}
	}
	if err := v.preset(in); err != nil {
		return nil, err
	}
	if from := idList(v.QueryParams()[paramCopy]); len(from) == 1 {
		if err := v.copyLines(from[0], lines); err != nil {
			return nil, err
		}
		return in, v.copyFrom(from[0], l, in)
	}
	for name, e := range posted(l.writable(), v.QueryParams()) {
		if f, ok := v.info.Field(name); ok && f.Type != record.Secret && f.Type != record.Bool {
			in[name] = e
		}
	}
	return in, nil
}

// copyFrom takes over the values of another record, except those that must not be
// twice: unique ones, secrets, and what the declaration says.
func (v *visit) copyFrom(id int64, l layout, in entries) error {
	fields := slices.DeleteFunc(l.writable(), func(f *record.FieldInfo) bool {
		return f.NoCopy || f.Unique || f.Type == record.Secret || f.Name == "active" || !v.Env.Sees(f)
	})
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	row, err := record.RowOf(v.Env, v.info.Name, id, names)
	if err != nil {
		return err
	}
	for _, f := range fields {
		value, _ := row.Value(f.Name)
		in[f.Name] = v.stored(f, value)
		if e := in[f.Name]; f.Name == v.info.Display && f.Type == record.Text && e.first() != "" {
			in[f.Name] = entry{values: []string{v.T("screen.copy", "Name", e.first())}}
		}
	}
	return nil
}

// copyLines begins with the lines of another record.
func (v *visit) copyLines(id int64, lines []inline) error {
	for i := range lines {
		lines[i].lines = nil
	}
	if err := v.storedLines(lines, id); err != nil {
		return err
	}
	for i := range lines {
		for n := range lines[i].lines {
			l := &lines[i].lines[n]
			l.id, l.version, l.row = 0, 0, record.Row{}
			for _, f := range lines[i].columns {
				if f.NoCopy || f.Unique {
					delete(l.in, f.Name)
				}
			}
		}
	}
	return nil
}

func (v *visit) drawNew(status int, l layout, in entries, s sheet) error {
	s.in, s.was, s.fresh = in, entries{}, true
	for _, f := range l.writable() {
		s.was[f.Name] = v.stored(f, f.Initial(v.Env))
	}
	err := v.drawFilters(l.writable(), nil, in, &s)
	if err != nil {
		return err
	}
	if s.labels, err = v.labels(l.writable(), in); err != nil {
		return err
	}
	title := v.T("screen.new", "Model", lower(v.words().model(v.info)))
	page := v.Page(title)
	page.Crumbs = v.under(page.Crumbs, ui.Link{Text: title})
	out := ui.Form{Page: page, Title: title, Action: newPath(v.info.Name), Discard: v.backURL(), Save: v.T("screen.create"), Errors: v.summary(l, s)}
	v.drawPresets(&out)
	if err := v.drawGroups(&opened{layout: l}, s, &out); err != nil {
		return err
	}
	return v.Render(status, ui.FormPage(out))
}

// create writes a new record and leads to it. Faults are told as on save.
func create(v *visit) error {
	if !v.Env.Can(record.OpCreate, v.info) {
		return v.forbidden(record.OpCreate)
	}
	l := v.layoutOf("", 0, true)
	fields, blank := l.writable(), v.inlines(l)
	if err := v.auditForeign(fields, blank, 0, ""); err != nil {
		return err
	}
	in := posted(fields, v.Form())
	s := sheet{errors: map[string]string{}, found: map[string][]ui.Option{}, lines: postedLines(blank, v.Form())}
	if err := v.readFilters(fields, nil, in, &s); err != nil {
		return err
	}
	if pressLines(s.lines, v.Form()) || press(fields, in, v.Form()) || v.pressFilters(&s, v.Form()) {
		return v.drawNew(http.StatusOK, l, in, s)
	}
	if err := v.settle(fields, in, &s); err != nil {
		return err
	}
	if err := settleLines(s.lines, &s); err != nil {
		return err
	}
	asked := askedFor(v.Form())
	if v.tellFilters(&s, asked); asked || len(s.errors) > 0 {
		return v.drawNew(found(asked), l, in, s)
	}
	values := map[string]any{}
	for _, f := range fields {
		if e, there := in[f.Name]; there && (f.Type == record.Bool || len(e.values) > 0 && e.first() != "") {
			values[f.Name] = v.value(f, e)
		}
	}
	changedLines(blank, s.lines, values)
	id, err := record.SaveValues(v.Env, v.info.Name, 0, 0, values)
	switch f := asFault(err); {
	case err == nil:
		if err := v.handOver(id); err != nil {
			return err
		}
		v.tell(ui.ToneOK, v.T("screen.created"))
		return v.Redirect303(web.RecordPath(v.info.Name, id))
	case mendable(f):
		v.blame(f, &s)
		return v.drawNew(http.StatusUnprocessableEntity, l, in, s)
	}
	return err
}
