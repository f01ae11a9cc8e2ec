package screen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/domain/rows"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// settleRows brings posted rows to what they mean: numbers as everybody writes them, names
// and picks as what the filter compares with. What does not fit is told of its row.
func (v *visit) settleRows(name string, fe *filterEntry) error {
	unmatched, err := map[string]string{}, error(nil)
	fe.found = map[string][]ui.Option{}
	asked := v.Form().Get(ui.DoFind)
	fe.rows.Rows(func(place string, r *rows.Row) {
		f, ok := r.Now(fe.book)
		if !ok || err != nil {
			return
		}
		switch control := rows.ControlOf(f, r.Op); control {
		case rows.Number:
			for i, text := range r.Values {
				r.Values[i] = v.format().plainNumber(text)
			}
		case rows.Numbers:
			r.Text = v.format().plainNumber(r.Text)
			r.Add(r.Text)
		case rows.Texts:
			r.Add(r.Text)
		case rows.One, rows.Many:
			var problem string
			if problem, err = v.settlePick(fe, place, r, control, asked == name+"."+place+".value"); problem != "" {
				unmatched[place] = problem
			}
		}
	})
	if err != nil {
		return err
	}
	v.check(fe)
	for place, problem := range unmatched {
		fe.problems[place] = problem
		delete(fe.blank, place)
	}
	return nil
}

// check makes the filter of the rows and says what is wrong with them.
func (v *visit) check(fe *filterEntry) {
	node, problems := fe.rows.Node(fe.book)
	fe.setNode(node)
	fe.problems, fe.blank = map[string]string{}, map[string]bool{}
	places := map[string]*rows.Row{}
	fe.rows.Rows(func(place string, r *rows.Row) { places[place] = r })
	for place, p := range problems {
		if p.Blank {
			fe.blank[place] = true
			continue
		}
		fe.problems[place] = v.rowProblem(fe, places[place], p.Fault)
	}
}

// rowProblem says an error of the filter language as one of a row.
func (v *visit) rowProblem(fe *filterEntry, r *rows.Row, e *fault.Error) string {
	f, _ := fe.book.Field(r.Path)
	switch e.Key {
	case "domain.unknown_field", "domain.no_relation", "domain.unfilterable", "domain.path_too_long":
		return v.T("screen.filter.bad.field", "Field", shorten(r.Path))
	case "domain.operator", "domain.syntax", "domain.list", "domain.no_list":
		return v.T("screen.filter.bad.operator")
	case "domain.option":
		return v.T("screen.filter.bad.option")
	case "domain.decimals":
		return v.T("screen.filter.bad.decimals", "Scale", f.Scale)
	case "domain.type":
		switch rows.ControlOf(f, r.Op) {
		case rows.Number, rows.Numbers:
			return v.T("screen.filter.bad.number")
		case rows.Moment:
			return v.T("screen.filter.bad.day")
		}
		return v.T("screen.filter.bad.value")
	}
	return v.sentence(e)
}

// settlePick turns what was picked or typed into tokens. A name that means no record, or
// several, is said, with the matches to choose from.
func (v *visit) settlePick(fe *filterEntry, place string, r *rows.Row, control rows.Control, find bool) (string, error) {
	f := v.fieldAt(fe.model, r.Path)
	if f == nil || f.Target == nil {
		return "", nil
	}
	if r.Found != "" {
		if control == rows.One {
			r.Values = nil
		}
		r.Add(r.Found)
		r.Text, r.Found, r.Typed = "", "", false
	}
	problem := ""
	if control == rows.One && r.Typed && r.Text != "" && len(r.Values) > 0 {
		labels, err := v.tokenLabels(fe.book, f.Target, r.Values)
		if err != nil {
			return "", err
		}
		if labels[r.Values[0]] == r.Text {
			r.Text = ""
		}
	} else if control == rows.One && r.Typed && r.Text == "" {
		r.Values = slices.DeleteFunc(r.Values, func(string) bool { return !find })
	}
	if r.Text != "" && (control == rows.Many || r.Typed) {
		var err error
		if problem, err = v.matchPick(fe, place, r, f, control); err != nil {
			return "", err
		}
	}
	if find && len(fe.found[place]) == 0 {
		found, err := v.pickable(f.Target, r.Text)
		if err != nil {
			return "", err
		}
		fe.found[place] = found
	}
	return problem, v.settleTokens(fe.book, f.Target, r)
}

// matchPick looks for the record that a typed name means.
func (v *visit) matchPick(fe *filterEntry, place string, r *rows.Row, f *record.FieldInfo, control rows.Control) (string, error) {
	if control == rows.One {
		r.Values = nil
	}
	if !v.Env.Can(record.OpRead, f.Target) { // a name that he may use, but not look up
		r.Add(rows.ByName + r.Text)
		r.Text = ""
		return "", nil
	}
	found, err := v.pickable(f.Target, r.Text)
	if err != nil {
		return "", err
	}
	one := found
	if len(found) > 1 {
		one = slices.DeleteFunc(slices.Clone(found), func(o ui.Option) bool { return !strings.EqualFold(o.Label, r.Text) })
	}
	if len(one) == 1 {
		r.Add(one[0].Value)
		r.Text = ""
		return "", nil
	}
	fe.found[place] = found
	return v.unmatched(f, r.Text, found), nil
}

// pickable are records of a model whose names hold a text.
func (v *visit) pickable(m *record.Info, text string) ([]ui.Option, error) {
	found, _, err := v.candidates(m, nil, searchText(text), maxOffers)
	if fault.Is(err, fault.Forbidden) {
		return nil, nil
	}
	return found, err
}

// settleTokens turns fresh picks of a row into what the filter compares with, the same for all
// of them: what the others have, else the key of the model, else the number.
func (v *visit) settleTokens(b rows.Book, m *record.Info, r *rows.Row) error {
	var ids []int64
	kind := ""
	for _, value := range r.Values {
		if t := rows.Token(value); t.Fresh() {
			ids = append(ids, idList([]string{value})...)
		} else if kind == "" {
			kind, _ = t.By()
		}
	}
	if len(ids) == 0 {
		return nil
	}
	field := b.Key(m.Name)
	switch {
	case kind == rows.ByID || kind == "" && field == "":
		field, kind = "", rows.ByID
	case kind == rows.ByName:
		field = m.Display
	case kind == "" && field == m.Display:
		kind = rows.ByName
	case kind == "":
		kind = rows.ByKey
	}
	keys, err := v.sourceTexts(m, field, ids)
	if err != nil {
		return err
	}
	values := r.Values
	r.Values = nil
	for _, value := range values {
		if n := idList([]string{value}); rows.Token(value).Fresh() && len(n) == 1 {
			value = rows.ByID + formatID(n[0])
			if key := keys[n[0]]; key != "" {
				value = kind + key
			}
		}
		r.Add(value)
	}
	return nil
}

// sourceTexts are the texts of a field as filters compare with them: a translated one in
// the language of its column.
func (v *visit) sourceTexts(m *record.Info, field string, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	if field == "" || len(ids) == 0 {
		return out, nil
	}
	env := *v.Env
	env.Lang = "en"
	q := record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids[:min(len(ids), maxNamed)]}, Fields: []string{field}, Archived: true, Order: "id"}
	for r, err := range record.Rows(&env, m.Name, q) {
		if fault.Is(err, fault.Forbidden) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		value, _ := r.Value(field)
		out[r.ID], _ = value.(string)
	}
	return out, nil
}

// tokenLabels are what the records of tokens are called; one that the reader may not see,
// or that is not there, goes by its key or number.
func (v *visit) tokenLabels(b rows.Book, m *record.Info, values []string) (map[string]string, error) {
	out := map[string]string{}
	texts := map[string][]any{} // by the kind of token
	var ids []int64
	var picked []string
	for _, value := range values {
		kind, rest := rows.Token(value).By()
		out[value] = rest
		if rows.Token(value).Fresh() {
			kind, rest = rows.ByID, value
			picked = append(picked, value)
		}
		if n, err := strconv.ParseInt(rest, 10, 64); kind == rows.ByID && err == nil {
			ids = append(ids, n)
			out[value] = orID("", n)
		} else if kind == rows.ByName || kind == rows.ByKey {
			texts[kind] = append(texts[kind], rest)
		}
	}
	names, err := v.names(m, ids[:min(len(ids), maxNamed)])
	if err != nil {
		return nil, err
	}
	for id, name := range names {
		out[rows.ByID+formatID(id)] = orID(name, id)
	}
	for _, value := range picked {
		out[value] = out[rows.ByID+value]
	}
	for kind, field := range map[string]string{rows.ByName: m.Display, rows.ByKey: b.Key(m.Name)} {
		if err := v.labelsBy(m, kind, field, texts[kind], out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// labelsBy fills in the names of records that a field of theirs tells apart.
func (v *visit) labelsBy(m *record.Info, kind, field string, texts []any, out map[string]string) error {
	f, ok := m.Field(field)
	if !ok || len(texts) == 0 || !v.Env.Can(record.OpRead, m) || !f.Stored() || !v.Env.Sees(f) {
		return nil
	}
	var ids []int64
	q := record.Query{Filter: domain.Cond{Path: field, Op: domain.In, Value: texts}, Fields: []string{field}, Archived: true, Order: "id", Limit: maxNamed}
	for r, err := range record.Rows(v.Env, m.Name, q) {
		if err != nil {
			return err
		}
		ids = append(ids, r.ID)
	}
	source, err := v.sourceTexts(m, field, ids)
	if err != nil {
		return err
	}
	names, err := v.names(m, ids)
	if err != nil {
		return err
	}
	for id, text := range source {
		if names[id] != "" {
			out[kind+text] = lines(names[id])
		}
	}
	return nil
}
