package screen

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// most related records that one field names or lists.
const (
	maxNamed  = 500
	maxShown  = 20
	maxOffers = 10
)

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

// orID is a name, or the number of a record that has none for this reader.
func orID(name string, id int64) string {
	if name == "" {
		return "#" + formatID(id)
	}
	return name
}

// labels finds what the related records of the entries are called, one statement a field.
func (v *visit) labels(fields []*record.FieldInfo, in entries) (map[string]map[int64]string, error) {
	out := map[string]map[int64]string{}
	for _, f := range fields {
		if f.Type != record.Many2One && f.Type != record.Many2Many {
			continue
		}
		e := in[f.Name]
		if f.Type == record.Many2One && (e.text != "" || e.typed) {
			continue
		}
		ids := idList(e.values)
		names, err := v.names(f.Target, ids[:min(len(ids), maxNamed)])
		if err != nil {
			return nil, err
		}
		out[f.Name] = names
	}
	return out, nil
}

// settle turns what was typed into the boxes of relations into ids. What several
// records or none are called is an error on the field, with the matches to choose from.
func (v *visit) settle(fields []*record.FieldInfo, in entries, s *sheet) error {
	for _, f := range fields {
		e, there := in[f.Name]
		if !there || f.Type != record.Many2One && f.Type != record.Many2Many {
			continue
		}
		var err error
		if f.Type == record.Many2One {
			e, err = v.settleOne(f, e, s)
		} else {
			e, err = v.settleMany(f, e, s)
		}
		if err != nil {
			return err
		}
		in[f.Name] = e
	}
	return nil
}

func (v *visit) settleOne(f *record.FieldInfo, e entry, s *sheet) (entry, error) {
	if !e.typed {
		return e, nil
	}
	if e.text == "" {
		return entry{values: []string{""}, typed: true}, nil
	}
	ids := idList(e.values)
	names, err := v.names(f.Target, ids)
	if err != nil {
		return e, err
	}
	if len(ids) == 1 && lines(names[ids[0]]) == e.text {
		return e, nil
	}
	if len(ids) == 1 && names[ids[0]] == "" && e.text == orID("", ids[0]) {
		return e, nil // a record whose name the reader may not see, left as it was
	}
	return v.match(f, e, s)
}

// match looks for the record that a typed text means.
func (v *visit) match(f *record.FieldInfo, e entry, s *sheet) (entry, error) {
	found, err := v.offers(f, e.text)
	if err != nil {
		return e, err
	}
	var exact []ui.Option
	for _, o := range found {
		if strings.EqualFold(o.Label, e.text) {
			exact = append(exact, o)
		}
	}
	switch {
	case len(exact) == 1:
		return entry{values: []string{exact[0].Value}, text: exact[0].Label, typed: true}, nil
	case len(found) == 1:
		return entry{values: []string{found[0].Value}, text: found[0].Label, typed: true}, nil
	}
	e.values = []string{""}
	s.found[f.Name] = found
	s.errors[f.Name] = v.unmatched(f, e.text, found)
	return e, nil
}

func (v *visit) unmatched(f *record.FieldInfo, text string, found []ui.Option) string {
	if len(found) == 0 {
		return v.T("screen.relation.none", "Model", lower(v.words().model(f.Target)), "Text", shorten(text))
	}
	names := make([]string, len(found))
	for i, o := range found {
		names[i] = o.Label
	}
	return v.T("screen.relation.several", "Text", shorten(text), "Names", strings.Join(names, ", "))
}

// settleMany adds the record that the typed text means to those that were kept. Where
// the model allows it, record creates one of that name.
func (v *visit) settleMany(f *record.FieldInfo, e entry, s *sheet) (entry, error) {
	for _, id := range e.values {
		if len(idList([]string{id})) == 0 {
			s.errors[f.Name] = v.T("screen.relation.choose")
			return e, nil
		}
	}
	if e.text == "" {
		return e, nil
	}
	one, err := v.match(f, entry{text: e.text, typed: true}, s)
	if err != nil {
		return e, err
	}
	switch {
	case len(idList(one.values)) == 1:
		e.values, e.text = split(append(e.values, one.values[0]), ","), ""
	case len(s.found[f.Name]) == 0 && f.Target.QuickCreate && v.Env.Can(record.OpCreate, f.Target):
		delete(s.errors, f.Name)
		e.values, e.text = append(e.values, e.text), ""
	}
	return e, nil
}

// offers are records that a relation may lead to whose names hold a text.
func (v *visit) offers(f *record.FieldInfo, text string) ([]ui.Option, error) {
	out, _, err := v.candidates(f.Target, f, searchText(text), maxOffers)
	if fault.Is(err, fault.Forbidden) {
		return nil, nil
	}
	return out, err
}

// candidates searches a model for what a relation field may be set to. It reports
// whether there are more.
func (v *visit) candidates(m *record.Info, f *record.FieldInfo, text string, most int) ([]ui.Option, bool, error) {
	display, ok := columnAt(v.Env, m, m.Display)
	if !ok {
		return nil, false, nil
	}
	q := record.Query{Text: text, Limit: most + 1, Fields: []string{display.read}}
	sub, hasSub := columnAt(v.Env, m, m.List.Sub)
	if hasSub {
		q.Fields = paths(nil, display.read, sub.read)
	}
	var err error
	if q.Filter, err = filterOf(f); err != nil {
		return nil, false, err
	}
	var out []ui.Option
	for r, err := range record.Rows(v.Env, m.Name, q) {
		if err != nil {
			return nil, false, err
		}
		o := ui.Option{Value: formatID(r.ID), Label: v.label(r, display), Hue: ui.Hue(m.Hue)}
		if hasSub && sub.read != display.read {
			value, _ := r.Value(sub.read)
			o.Sub = v.plain(sub.field, value)
		}
		out = append(out, o)
	}
	more := len(out) > most
	out = out[:min(len(out), most)]
	slices.SortStableFunc(out, func(a, b ui.Option) int { return cmp.Compare(distance(a.Label, text), distance(b.Label, text)) })
	return out, more, nil
}

// distance is how far a name is from what was typed: 0 for the same, 1 when it begins so,
// 2 when it holds it, 3 for what was found by something else.
func distance(name, typed string) int {
	name, typed = strings.ToLower(name), strings.ToLower(strings.TrimSpace(typed))
	switch {
	case typed == "" || name == typed:
		return 0
	case strings.HasPrefix(name, typed):
		return 1
	case strings.Contains(name, typed):
		return 2
	}
	return 3
}

// filterOf is what the choices of a relation field must meet, nil for everything.
func filterOf(f *record.FieldInfo) (domain.Node, error) {
	if f == nil || f.Filter == "" {
		return nil, nil
	}
	node, err := domain.Parse([]byte(f.Filter))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The filter of %s.%s cannot be read.", f.Owner().Name, f.Name)
	}
	return node, nil
}
