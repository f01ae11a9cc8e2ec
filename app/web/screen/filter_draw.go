package screen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/domain/rows"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// drawFilters makes the controls of the filters on a page, those that were not posted
// from their entries.
func (v *visit) drawFilters(fields []*record.FieldInfo, was, in entries, s *sheet) error {
	s.drawn = map[string]*ui.Filter{}
	for _, f := range v.filterFields(fields) {
		fe := s.filters[f.Name]
		if fe == nil {
			fe = v.fresh(v.filteredModel(f, was, in), in[f.Name].first())
		}
		out, err := v.drawFilter(f, fe)
		if err != nil {
			return err
		}
		s.drawn[f.Name] = out
		in[f.Name] = entry{values: []string{fe.text}}
	}
	return nil
}

// drawFilter makes the control of one filter.
func (v *visit) drawFilter(f *record.FieldInfo, fe *filterEntry) (*ui.Filter, error) {
	out := &ui.Filter{Builder: fe.builder, Hidden: []ui.Pair{{Name: f.Name + filterAs, Value: asExpression}}}
	switch {
	case !fe.builder:
		if fe.why != "" {
			out.Note = &ui.Note{Tone: ui.ToneInfo, Text: fe.why}
		}
		if fe.err != nil {
			v.mark(out, fe)
		}
		return out, nil
	case fe.model == nil:
		field := ""
		if by, ok := f.Owner().Field(f.FilterOf); ok {
			field = v.words().field(by)
		}
		out.Hidden[0].Value = asBuilder
		out.Off, out.Note = true, &ui.Note{Text: v.T("screen.filter.nomodel", "Field", field)}
		return out, nil
	}
	out.Hidden = []ui.Pair{{Name: f.Name + filterAs, Value: asBuilder}, {Name: f.Name + filterModel, Value: fe.model.Name}}
	labels, err := v.rowLabels(fe)
	if err != nil {
		return nil, err
	}
	d := filterDrawing{visit: v, fe: fe, name: f.Name, labels: labels, paths: v.pathOptions(fe)}
	out.Top = d.group(&fe.rows, "", 1)
	return out, nil
}

// mark shows an expression with the piece that is wrong.
func (v *visit) mark(out *ui.Filter, fe *filterEntry) {
	src := []byte(fe.text)
	place, ok := domain.Locate(src, fe.err)
	if !ok {
		return
	}
	line, character := place.LineAt(src)
	out.At = v.T("screen.filter.place", "Line", line, "Character", character)
	out.Marked = []ui.Mark{{Text: string(src[:place.Start])}, {Text: string(src[place.Start:place.End]), Wrong: true}, {Text: string(src[place.End:])}}
}

// rowLabels are what the picked records of all rows are called: one look a model.
func (v *visit) rowLabels(fe *filterEntry) (map[*record.Info]map[string]string, error) {
	tokens := map[*record.Info][]string{}
	fe.rows.Rows(func(_ string, r *rows.Row) {
		f, ok := fe.book.Field(r.Path)
		if !ok || !f.Type.Relation() {
			return
		}
		if target, ok := v.Env.Registry().Model(f.Target().Model()); ok {
			tokens[target] = append(tokens[target], r.Values...)
		}
	})
	out := map[*record.Info]map[string]string{}
	for m, values := range tokens {
		var err error
		if out[m], err = v.tokenLabels(fe.book, m, values); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pathOptions are the fields that a row can be about: the model's own, by the cards of
// its form, then those one relation away.
func (v *visit) pathOptions(fe *filterEntry) []ui.Option {
	m := fe.model
	var own, behind []ui.Option
	seen := map[string]bool{}
	add := func(f *record.FieldInfo, heading string) {
		if known, ok := fe.book.Field(f.Name); seen[f.Name] || !ok || !v.Env.Sees(f) || known.Type == domain.Unfilterable {
			return
		}
		seen[f.Name] = true
		own = append(own, ui.Option{Value: f.Name, Label: v.words().field(f), Group: heading})
		behind = append(behind, v.behind(f)...)
	}
	for _, t := range m.Form.Tabs {
		for _, g := range t.Groups {
			heading, _ := v.words().group(m, g)
			if heading == "" {
				heading = v.words().tab(m, t)
			}
			for _, name := range g.Fields {
				if f, ok := m.Field(name); ok {
					add(f, heading)
				}
			}
		}
	}
	for _, f := range m.AllFields() {
		add(f, v.T("screen.filter.other"))
	}
	own = append(own, ui.Option{Value: "id", Label: v.T("screen.filter.id"), Group: v.T("screen.filter.other")})
	return append(own, behind...)
}

// behind are the plain fields of the records that a relation leads to.
func (v *visit) behind(f *record.FieldInfo) []ui.Option {
	if f.Type != record.Many2One && f.Type != record.Many2Many || f.Name == "created_by" || f.Name == "updated_by" {
		return nil
	}
	var out []ui.Option
	schema := v.Env.Schema(f.Target)
	for _, g := range f.Target.AllFields() {
		known, ok := schema.Field(g.Name)
		if !ok || known.Type == domain.Unfilterable || g.IsRelation() || g.Name == "created_at" || g.Name == "updated_at" || !v.Env.Sees(g) {
			continue
		}
		label := v.words().field(f)
		out = append(out, ui.Option{Value: f.Name + "." + g.Name, Label: label + " › " + v.words().field(g), Group: label})
	}
	return out
}

// filterDrawing draws the rows of one filter.
type filterDrawing struct {
	*visit
	fe     *filterEntry
	name   string // of the filter's field
	labels map[*record.Info]map[string]string
	paths  []ui.Option
}

func (d *filterDrawing) group(g *rows.Group, place string, depth int) ui.FilterGroup {
	out := ui.FilterGroup{Name: d.at(place), Place: place, Match: string(g.Match), Nest: depth < rows.MaxDepth, Full: d.fe.rows.Full()}
	if out.Match == "" {
		out.Match = ui.FilterAll
	}
	for i, item := range g.Items {
		at := strings.TrimPrefix(place+"."+strconv.Itoa(i), ".")
		if item.Group != nil {
			inner := d.group(item.Group, at, depth+1)
			out.Items = append(out.Items, ui.FilterItem{Place: at, Group: &inner})
			continue
		}
		out.Items = append(out.Items, d.row(item.Row, at))
	}
	return out
}

// at is the name of an item at a place.
func (d *filterDrawing) at(place string) string {
	return strings.TrimSuffix(d.name+"."+place, ".")
}

func (d *filterDrawing) row(r *rows.Row, place string) ui.FilterItem {
	at, part := d.at(place), ui.FilterPart(d.name)
	out := ui.FilterItem{Place: place, Hidden: []ui.Pair{{Name: at + ".was", Value: r.Was}}}
	out.Field = ui.Field{Kind: ui.FieldSelect, Name: at + ".path", Label: d.T("screen.filter.field"), Value: r.Path, Required: true,
		Placeholder: d.T("screen.filter.choose"), Options: d.paths, Part: part, Focus: r.Focus}
	if r.Path != "" && !slices.ContainsFunc(d.paths, func(o ui.Option) bool { return o.Value == r.Path }) {
		out.Field.Options = append([]ui.Option{{Value: r.Path, Label: d.pathLabel(r.Path)}}, d.paths...)
	}
	f, ok := d.fe.book.Field(r.Path)
	out.Op = ui.Field{Kind: ui.FieldSelect, Name: at + ".op", Label: d.T("screen.filter.operator"), Value: r.Op, Required: true, Part: part}
	if r.Path == "" {
		out.Op.Placeholder = d.T("screen.filter.operator")
		return out
	}
	if ok {
		for _, op := range rows.Operators(f) {
			out.Op.Options = append(out.Op.Options, ui.Option{Value: op, Label: d.operator(f, op)})
		}
	}
	if !slices.ContainsFunc(out.Op.Options, func(o ui.Option) bool { return o.Value == r.Op }) {
		out.Op.Options = append(out.Op.Options, ui.Option{Value: r.Op, Label: d.operator(f, r.Op)})
	}
	out.Value = d.value(r, f, at, part)
	d.blame(&out, place)
	return out
}

// blame puts what is wrong with a row beside the control that it is about.
func (d *filterDrawing) blame(item *ui.FilterItem, place string) {
	text := d.fe.problemAt(d.visit, place)
	switch {
	case text == "":
	case len(item.Value) > 0:
		item.Value[0].Error = text
	case d.fieldAt(d.fe.model, item.Field.Value) == nil && item.Field.Value != "id":
		item.Field.Error = text
	default:
		item.Op.Error = text
	}
}

// value are the controls of a row's value.
func (d *filterDrawing) value(r *rows.Row, f domain.Field, at, part string) []ui.Field {
	name := at + ".value"
	out := ui.Field{Name: name, Label: d.T("screen.filter.value")}
	if len(r.Values) > 0 {
		out.Value = r.Values[0]
	}
	switch control := rows.ControlOf(f, r.Op); control {
	case rows.Fixed:
		return nil
	case rows.Number:
		out.Kind, out.Value = ui.FieldNumber, d.format().written(out.Value, f.Type != domain.Int && f.Type != domain.ID)
	case rows.Flag:
		out.Kind, out.Placeholder = ui.FieldSelect, d.T("screen.filter.choose.value")
		out.Options = []ui.Option{{Value: "true", Label: d.T("screen.yes")}, {Value: "false", Label: d.T("screen.no")}}
	case rows.Choice, rows.Choices:
		out.Kind, out.Placeholder = ui.FieldSelect, d.T("screen.filter.choose.value")
		if control == rows.Choices {
			out.Kind, out.Value = ui.FieldMany, ""
		}
		out.Options = d.choices(r)
	case rows.Texts, rows.Numbers:
		out.Kind, out.Value, out.Text, out.Part = ui.FieldTags, "", r.Text, part
		for _, value := range r.Values {
			label := value
			if control == rows.Numbers {
				label = d.format().written(value, false)
			}
			out.Options = append(out.Options, ui.Option{Value: value, Label: label, Selected: true})
		}
	case rows.Moment:
		return d.moment(r, out, f, part)
	case rows.One, rows.Many:
		d.pick(&out, r, control, at)
	}
	return []ui.Field{out}
}

// choices are the options of the field of a row, the chosen ones marked.
func (d *filterDrawing) choices(r *rows.Row) []ui.Option {
	f := d.fieldAt(d.fe.model, r.Path)
	if f == nil {
		return nil
	}
	var out []ui.Option
	for _, o := range f.Options {
		out = append(out, ui.Option{Value: o.Value, Label: d.words().choice(f, o), Selected: slices.Contains(r.Values, o.Value)})
	}
	for _, value := range r.Values {
		if value != "" && !slices.ContainsFunc(f.Options, func(o record.Option) bool { return o.Value == value }) {
			out = append(out, ui.Option{Value: value, Label: value, Selected: true})
		}
	}
	return out
}

// pick is a box to find records in.
func (d *filterDrawing) pick(out *ui.Field, r *rows.Row, control rows.Control, at string) {
	f := d.fieldAt(d.fe.model, r.Path)
	if f == nil || f.Target == nil {
		return
	}
	labels := d.labels[f.Target]
	place := strings.TrimPrefix(at, d.name+".")
	out.Label, out.Text, out.Found = d.words().field(f), r.Text, d.fe.found[place]
	if d.Env.Can(record.OpRead, f.Target) {
		out.Source = optionsPath(f.Target)
	}
	if control == rows.One {
		out.Kind = ui.FieldRelation
		if out.Text == "" {
			out.Text = labels[out.Value]
		}
		return
	}
	out.Kind, out.Value = ui.FieldTags, ""
	for _, value := range r.Values {
		out.Options = append(out.Options, ui.Option{Value: value, Label: labels[value], Selected: true})
	}
}

// moment says a day: one of the calendar, or how far it is from today.
func (d *filterDrawing) moment(r *rows.Row, how ui.Field, f domain.Field, part string) []ui.Field {
	if how.Value == "" {
		how.Value = rows.Day
	}
	how.Kind, how.Part, how.Required, how.Label = ui.FieldSelect, part, true, d.T("screen.filter.how")
	words := []ui.Option{{Value: rows.Day, Label: d.T("screen.filter.day")}, {Value: rows.Today, Label: d.T("screen.filter.today")}}
	if f.Type == domain.DateTime || how.Value == rows.Now {
		words = append(words, ui.Option{Value: rows.Now, Label: d.T("screen.filter.now")})
	}
	how.Options = append(words, ui.Option{Value: rows.Before, Label: d.T("screen.filter.before")}, ui.Option{Value: rows.After, Label: d.T("screen.filter.after")})
	text := ui.Field{Name: how.Name + ui.SuffixText, Value: r.Text, Label: d.T("screen.filter.day")}
	switch how.Value {
	case rows.Today, rows.Now:
		return []ui.Field{how}
	case rows.Before, rows.After:
		text.Kind, text.Label = ui.FieldNumber, d.T("screen.filter.number")
		unit := ui.Field{Kind: ui.FieldSelect, Name: how.Name + ui.SuffixFound, Value: r.Found, Required: true, Label: d.T("screen.filter.unit")}
		if unit.Value == "" {
			unit.Value = rows.Units[0]
		}
		for _, u := range rows.Units {
			unit.Options = append(unit.Options, ui.Option{Value: u, Label: d.T(unitKeys[u])})
		}
		return []ui.Field{text, unit, how}
	}
	text.Kind = ui.FieldDate
	return []ui.Field{how, text}
}
