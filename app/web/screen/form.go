package screen

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// Names in the query string of a form.
const (
	paramTab  = "tab"
	paramIn   = "in"   // the query string of the list the form was opened from
	paramAt   = "at"   // the record's place in that list, from 0
	paramCopy = "copy" // of a new form: the record it starts from
	paramFor  = "for"  // of a search: the relation field it is for
	paramLog  = "log"  // "all" shows the whole history
)

// opened is a record on its form.
type opened struct {
	id      int64
	version int64
	row     record.Row
	title   string
	sub     string
	write   bool
	layout  layout
}

// form answers one record. Who may not change it gets the same page for reading.
func form(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	o, err := v.open(id)
	if err != nil {
		return err
	}
	lines := v.inlines(o.layout)
	if err := v.storedLines(lines, id); err != nil {
		return err
	}
	return v.draw(http.StatusOK, o, v.storedEntries(o), sheet{lines: lines})
}

// open reads a record with what the tab in the address shows.
func (v *visit) open(id int64) (*opened, error) {
	o := &opened{id: id}
	var err error
	if o.write, err = v.Env.CanOn(record.OpWrite, v.info, id); err != nil {
		return nil, err
	}
	if when := v.info.Form.WriteWhen; when != "" {
		o.write = o.write && v.meets(when, id)
	}
	o.layout = v.layoutOf(v.QueryParam(paramTab), id, o.write)
	name := v.info.Form.Title
	if name == "" {
		name = v.info.Display
	}
	title, hasTitle := columnAt(v.Env, v.info, name)
	sub, hasSub := columnAt(v.Env, v.info, v.info.Form.Sub)
	more := []string{title.read, sub.read, currencyOf(v.Env, v.info)}
	for _, f := range o.layout.fields() {
		more = append(more, aboutPaths(f.info)...)
		if f.own {
			more = append(more, f.info.DecidedBy()...)
		}
	}
	if archivable(v.Env, v.info) {
		more = append(more, "active")
	}
	if o.row, o.version, err = record.RowAt(v.Env, v.info.Name, id, unique(append(o.layout.paths(), more...))); err != nil {
		return nil, err
	}
	o.title = "#" + formatID(id)
	if hasTitle {
		o.title = v.label(o.row, title)
	}
	if hasSub {
		value, _ := o.row.Value(sub.read)
		o.sub = v.plain(sub.field, value)
	}
	return o, nil
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func (v *visit) storedEntries(o *opened) entries {
	in := entries{}
	for _, f := range o.layout.writable() {
		value, _ := o.row.Value(f.Name)
		in[f.Name] = v.stored(f, value)
	}
	return in
}

// draw shows a form with entries, which are the record's own or those just typed.
func (v *visit) draw(status int, o *opened, in entries, s sheet) error {
	s.in, s.was = in, v.storedEntries(o)
	err := v.drawFilters(o.layout.writable(), s.was, in, &s)
	if err != nil {
		return err
	}
	if s.labels, err = v.formLabels(o, in); err != nil {
		return err
	}
	if value, ok := o.row.Value(currencyOf(v.Env, v.info)); ok {
		s.currency = v.plain(nil, value)
	}
	page := v.Page(o.title)
	page.Crumbs = v.under(page.Crumbs, ui.Link{Text: o.title})
	out := ui.Form{
		Page: page, Title: o.title, Sub: o.sub, Action: v.formURL(o.id, v.tabName(o)), Version: strconv.FormatInt(o.version, 10),
		Tabs: v.tabLinks(o.layout, func(tab string) string { return v.formURL(o.id, tab) }), Discard: v.formURL(o.id, v.tabName(o)),
		ReadOnly: o.layout.panel != "" || len(o.layout.writable())+len(s.lines) == 0, Errors: v.summary(o.layout, s),
	}
	if err := v.drawHead(o, &out); err != nil {
		return err
	}
	if o.layout.panel != "" {
		err = v.drawPanel(o, &out)
	} else {
		err = v.drawGroups(o, s, &out)
	}
	if err != nil {
		return err
	}
	v.drawOnce(o.id, &out)
	v.recordActions(o, &out)
	if out.Trail, err = v.trail(o.id); err != nil {
		return err
	}
	if out.Log, err = v.log(o); err != nil {
		return err
	}
	return v.Render(status, ui.FormPage(out))
}

// drawGroups draws the cards of the tab, each field for writing or for reading.
func (v *visit) drawGroups(o *opened, s sheet, out *ui.Form) error {
	for _, g := range o.layout.groups {
		drawn := ui.Group{ID: g.Name, Title: g.title, Sub: g.help}
		for _, f := range g.fields {
			if shown, err := v.relevant(o, f, s); err != nil {
				return err
			} else if !shown {
				v.carry(f, s, out)
				continue
			}
			field, err := v.drawField(o, f, s)
			if err != nil {
				return err
			}
			drawn.Fields = append(drawn.Fields, field)
		}
		if len(drawn.Fields) == 0 && len(g.fields) > 0 {
			continue // and what would come of them
		}
		if len(drawn.Fields) > 0 && saidByTitle(drawn.Fields[0], drawn) {
			drawn.Fields[0].Bare = true
		}
		if err := v.drawPreview(o, g, s, &drawn, out); err != nil {
			return err
		}
		if g.Aside {
			drawn.One = true
			out.Aside = append(out.Aside, drawn)
		} else {
			out.Groups = append(out.Groups, drawn)
		}
	}
	return nil
}

// saidByTitle reports whether the card says already what its first field, which is more
// than a line, is.
func saidByTitle(f ui.Field, card ui.Group) bool {
	switch f.Kind {
	case ui.FieldLines:
		return f.Label == card.Title && len(card.Fields) == 1
	case ui.FieldCards, ui.FieldURLs, ui.FieldTexts, ui.FieldTags:
		return f.Label == card.Title && !f.ReadOnly
	}
	return false
}

func (v *visit) drawField(o *opened, f formField, s sheet) (ui.Field, error) {
	switch {
	case f.write && f.info.Type == record.One2Many:
		i := slices.IndexFunc(s.lines, func(in inline) bool { return in.field == f.info })
		return s.lines[i].draw(s)
	case f.write && f.info.Mask != "" && o.id != 0:
		return v.mask(f.info, o.id, s)
	case f.write:
		return v.control(f.info, s), nil
	case f.info.Type == record.One2Many && f.own:
		return v.lines(o.id, f.info)
	}
	value, _ := o.row.Value(f.path)
	field := v.reading(f, value, s)
	if text, ok := value.(string); ok && f.own && f.info.FilterOf != "" {
		field.Kind, field.Text = ui.FieldReadOnly, v.filterCell(f.info, o.row, text).Text
	}
	if url := v.aboutURL(f.info, o.row); url != "" {
		field.URL = url
	}
	if f.info.ChangesOf != "" {
		err := v.changes(&field, f.info, o.row, value)
		return field, err
	}
	return field, nil
}

func (v *visit) drawPanel(o *opened, out *ui.Form) error {
	body, err := v.App.Site.Panels[o.layout.panel](v.Ctx, o.id)
	if err != nil {
		return err
	}
	tab := o.layout.tabs[o.layout.current]
	out.Groups = []ui.Group{{ID: tab.Name, Title: v.words().tab(v.info, tab), Open: true, Body: body}}
	return nil
}

// formLabels are the names of related records, of entries and of what is only read.
func (v *visit) formLabels(o *opened, in entries) (map[string]map[int64]string, error) {
	fields := o.layout.writable()
	shown := entries{}
	for name, e := range in {
		shown[name] = e
	}
	for _, f := range o.layout.fields() {
		if value, ok := o.row.Value(f.path); ok && !f.write && f.own && f.info.Type == record.Many2Many {
			fields, shown[f.path] = append(fields, f.info), v.stored(f.info, value)
		}
	}
	return v.labels(fields, shown)
}

// summary lists what is wrong, those of fields on other tabs by name.
func (v *visit) summary(l layout, s sheet) []ui.FieldError {
	var out []ui.FieldError
	left := map[string]string{}
	for name, text := range s.errors {
		left[name] = text
	}
	for _, f := range l.fields() {
		if text, ok := left[f.path]; ok {
			out = append(out, ui.FieldError{Name: f.path, Text: v.words().field(f.info) + ": " + text})
			delete(left, f.path)
		}
	}
	for _, f := range v.info.AllFields() {
		if text, ok := left[f.Name]; ok && (v.Env.Sees(f) || v.Env.Sets(f)) {
			out = append(out, ui.FieldError{Text: v.words().field(f) + ": " + text})
		}
		delete(left, f.Name)
	}
	for _, in := range s.lines {
		for n := range in.lines {
			if text, ok := left[in.key(n)]; ok {
				out = append(out, ui.FieldError{Text: v.T("screen.line.at", "Line", n+1) + ": " + text})
			}
			for _, f := range in.columns {
				if text, ok := left[in.key(n)+"."+f.Name]; ok {
					out = append(out, ui.FieldError{Name: in.key(n) + "." + f.Name, Text: v.words().field(f) + " " + strconv.Itoa(n+1) + ": " + text})
				}
			}
		}
	}
	if text, ok := left[""]; ok {
		out = append(out, ui.FieldError{Text: text})
	}
	return out
}

func (v *visit) tabName(o *opened) string {
	if o.layout.current == 0 {
		return ""
	}
	return o.layout.tabs[o.layout.current].Name
}

// formURL is a record's address on a tab, with the list it was opened from.
func (v *visit) formURL(id int64, tab string) string {
	q := v.kept()
	if tab != "" {
		q.Set(paramTab, tab)
	}
	return withQuery(web.RecordPath(v.info.Name, id), q)
}

// kept is the part of a form's query string that goes from page to page.
func (v *visit) kept() url.Values {
	out := url.Values{}
	if in := v.listState(); len(in) > 0 {
		out.Set(paramIn, in.Encode())
	}
	if at, err := strconv.Atoi(v.QueryParam(paramAt)); err == nil && at >= 0 && at <= maxFrom+pageRows {
		out.Set(paramAt, strconv.Itoa(at))
	}
	return out
}

// listState is the list that the form was opened from, as its query string, read and
// written again so that nothing else travels along.
func (v *visit) listState() url.Values {
	in, err := url.ParseQuery(v.QueryParam(paramIn))
	if err != nil || len(in) == 0 {
		return nil
	}
	s, wrong := readState(v.Env, v.info, in)
	if wrong != nil {
		return nil
	}
	return s.values()
}

// backURL is the list that the form was opened from, at the page of the record.
func (v *visit) backURL() string {
	s, _ := readState(v.Env, v.info, v.listState())
	if at, err := strconv.Atoi(v.QueryParam(paramAt)); err == nil && at >= 0 {
		s.from = min(at, maxFrom) / pageRows * pageRows
	}
	return v.listURL(s)
}

// trail finds the neighbours of a record in the list it was opened from. Where the
// list has changed meanwhile and the record is not at its place, there is none.
func (v *visit) trail(id int64) (ui.Trail, error) {
	at, err := strconv.Atoi(v.QueryParam(paramAt))
	if err != nil || at < 0 || at > maxFrom+pageRows {
		return ui.Trail{}, nil
	}
	s, _ := readState(v.Env, v.info, v.listState())
	q := s.query(v.info, "")
	total, over, err := v.total(q, at)
	if err != nil {
		return ui.Trail{}, err
	}
	start := max(at-1, 0)
	q.Offset, q.Limit = start, 3
	ids := map[int]int64{}
	place := start
	for r, err := range record.Rows(v.Env, v.info.Name, q) {
		if err != nil {
			return ui.Trail{}, err
		}
		ids[place] = r.ID
		place++
	}
	if ids[at] != id {
		return ui.Trail{}, nil
	}
	t := ui.Trail{Position: v.T("screen.trail", "At", v.format().count(at+1), "Total", v.format().count(total)+map[bool]string{true: "+"}[over])}
	if ids[at-1] != 0 {
		t.Previous = withQuery(web.RecordPath(v.info.Name, ids[at-1]), v.trailQuery(s, at-1))
	}
	if ids[at+1] != 0 {
		t.Next = withQuery(web.RecordPath(v.info.Name, ids[at+1]), v.trailQuery(s, at+1))
	}
	return t, nil
}

// recordActions are what can be done with the record besides saving.
func (v *visit) recordActions(o *opened, out *ui.Form) {
	own := web.RecordPath(v.info.Name, o.id)
	from := v.kept()
	for _, a := range v.actions(false) {
		if a.Button == record.OnCard || !v.applies(a, o.id) {
			continue
		}
		button := ui.Action{Label: v.words().action(v.info, a), Icon: a.Icon, Post: true,
			URL: withQuery(own+"/action/"+url.PathEscape(a.Name), from), Danger: a.Tone == string(ui.ToneBad)}
		if a.Button == record.BehindDots {
			out.More = append(out.More, button)
		} else {
			out.Actions = append(out.Actions, button)
		}
	}
	for _, f := range o.layout.fields() {
		if f.own && f.info.Type == record.One2Many {
			out.More = append(out.More, v.lineActions(o.id, f.info)...)
		}
	}
	if v.Env.Can(record.OpCreate, v.info) {
		out.More = append(out.More, ui.Action{Label: v.T("screen.duplicate"), Icon: "copy", URL: withQuery(newPath(v.info.Name), url.Values{paramCopy: {formatID(o.id)}})})
	}
	if active, ok := o.row.Value("active"); ok && o.write && v.setsActive() {
		if active == false {
			out.Tags = append([]ui.Tag{{Text: v.T("screen.archived"), Icon: "archive", Tone: ui.ToneWarn}}, out.Tags...)
			out.More = append(out.More, ui.Action{Label: v.T("screen.unarchive"), Icon: "undo", Post: true, URL: withQuery(own+"/unarchive", from)})
		} else {
			out.More = append(out.More, ui.Action{Label: v.T("screen.archive"), Icon: "archive", Post: true, URL: withQuery(own+"/archive", from)})
		}
	}
	if v.Env.Can(record.OpDelete, v.info) {
		out.More = append(out.More, ui.Action{Label: v.T("screen.delete"), Icon: "trash", Post: true, URL: withQuery(own+"/delete", from), Danger: true})
	}
}

// setsActive reports whether the person may archive.
func (v *visit) setsActive() bool {
	f, ok := v.info.Field("active")
	return ok && archivable(v.Env, v.info) && v.Env.Sets(f)
}
