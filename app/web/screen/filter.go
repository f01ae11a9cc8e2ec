package screen

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/domain/rows"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// Names that a filter's control posts behind its field's name.
const (
	filterAs    = ".as"    // "builder" or "expression": what was on the page
	filterModel = ".model" // the model that the rows were drawn for
)

// The ways to write a filter, as filterAs and the buttons say them.
const (
	asBuilder    = "builder"
	asExpression = "expression"
)

// filterEntry is what stands in the control of a filter: rows, or an expression.
type filterEntry struct {
	model    *record.Info // that it is over; nil when none is chosen
	book     rows.Book
	builder  bool // rows are shown, else the expression
	rows     rows.Group
	problems map[string]string      // of rows, by place; said in words
	blank    map[string]bool        // rows whose value is still to be chosen
	found    map[string][]ui.Option // matches of what was typed, by place
	text     string                 // the expression as written, or as the rows make it
	err      *fault.Error           // of the expression
	why      string                 // why there are no rows
	told     bool                   // blank rows are told as well
}

// filterFields are the fields of a page that hold a filter over another model.
func (v *visit) filterFields(fields []*record.FieldInfo) []*record.FieldInfo {
	var out []*record.FieldInfo
	for _, f := range fields {
		if f.Type == record.JSON && f.FilterOf != "" {
			out = append(out, f)
		}
	}
	return out
}

// readFilters reads the filters of a post into their entries: whatever was posted, the
// entry then holds one text, canonical where it can be read. all are the entries of the
// whole form, which say the model.
func (v *visit) readFilters(fields []*record.FieldInfo, was, in entries, s *sheet) error {
	s.filters = map[string]*filterEntry{}
	for _, f := range v.filterFields(fields) {
		if _, there := in[f.Name]; !there {
			continue
		}
		fe, err := v.readFilter(f, v.filteredModel(f, was, in), in[f.Name].first())
		if err != nil {
			return err
		}
		text := fe.text
		if stored := was[f.Name].first(); sameFilter(stored, text) {
			text = stored
		}
		in[f.Name] = entry{values: []string{text}}
		s.filters[f.Name] = fe
	}
	return nil
}

// filteredModel is the model that a filter is over, nil when none is chosen.
func (v *visit) filteredModel(f *record.FieldInfo, was, in entries) *record.Info {
	e, there := in[f.FilterOf]
	if !there {
		e = was[f.FilterOf]
	}
	m, _ := v.Env.Registry().Model(e.first())
	return m
}

func (v *visit) readFilter(f *record.FieldInfo, m *record.Info, text string) (*filterEntry, error) {
	form := v.Form()
	if form.Get(f.Name+filterAs) != asBuilder {
		return v.expression(m, text), nil
	}
	drawn, ok := v.Env.Registry().Model(form.Get(f.Name + filterModel))
	if !ok {
		return v.fresh(m, text), nil
	}
	fe := &filterEntry{model: drawn, book: v.book(drawn), builder: true, rows: rows.Read(form, f.Name)}
	if err := v.settleRows(f.Name, fe); err != nil {
		return nil, err
	}
	if m == drawn {
		return fe, nil
	}
	return v.fresh(m, fe.text), nil // the rows were of another model
}

// expression is an entry that somebody writes as text.
func (v *visit) expression(m *record.Info, text string) *filterEntry {
	fe := &filterEntry{model: m, text: lines(text)}
	if m != nil {
		fe.book = v.book(m)
	}
	if fe.text == "" {
		return fe
	}
	node, err := domain.Parse([]byte(fe.text))
	if err == nil && m != nil {
		err = domain.Check(node, fe.book.Schema)
	}
	if err == nil {
		fe.setNode(node)
	} else if !errors.As(err, &fe.err) {
		fe.err = fault.Wrap(err, fault.Invalid, "This filter cannot be used.").Keyed("screen.filter.wrong", nil)
	}
	return fe
}

// fresh is an entry as it is first shown: rows where that can be.
func (v *visit) fresh(m *record.Info, text string) *filterEntry {
	fe := v.expression(m, text)
	v.build(fe)
	return fe
}

// build turns an expression into rows, or says why that cannot be.
func (v *visit) build(fe *filterEntry) {
	switch {
	case fe.err != nil:
		return
	case fe.model == nil:
		fe.builder = fe.text == ""
		return
	}
	node, _ := domain.Parse([]byte(orAll(fe.text)))
	if fe.rows, fe.builder = rows.Of(node, fe.book); !fe.builder {
		fe.why = v.T("screen.filter.unbuilt")
	}
}

// setNode writes the text of a filter; every record needs none.
func (fe *filterEntry) setNode(n domain.Node) {
	fe.text = ""
	if n != domain.True {
		fe.text = string(domain.Print(n))
	}
}

func orAll(text string) string {
	if text == "" {
		return "[]"
	}
	return text
}

// sameFilter reports whether two texts are the same filter, however they are written.
func sameFilter(a, b string) bool {
	if lines(a) == lines(b) {
		return true
	}
	one, err := domain.Parse([]byte(orAll(a)))
	if err != nil {
		return false
	}
	other, err := domain.Parse([]byte(orAll(b)))
	return err == nil && domain.Equal(one, other)
}

// pressFilters does what a button of a filter asks, and reports whether there was one.
// What is not complete stays in the rows: an expression could not hold it.
func (v *visit) pressFilters(s *sheet, form url.Values) bool {
	press := form.Get(ui.DoFilter)
	if press == "" {
		return false
	}
	name, asked, _ := strings.Cut(press, " ")
	verb, place, _ := strings.Cut(asked, " ")
	fe := s.filters[name]
	if fe == nil {
		return true
	}
	switch {
	case verb == asBuilder && !fe.builder:
		v.build(fe)
		v.tellFilters(s, true)
	case verb == asExpression && fe.builder:
		fe.told = true
		fe.builder = fe.model != nil && len(fe.problems)+len(fe.blank) > 0
		v.tellFilters(s, true)
	case fe.builder && fe.model != nil:
		fe.rows.Press(verb, place)
		if verb == "remove" || verb == "condition" || verb == "group" {
			fe.found = nil
			v.check(fe)
		}
	}
	return true
}

// tellFilters puts what is wrong with the filters among the errors of the form; asked says
// that the form is only drawn again, so that nobody is told of what he has not come to.
func (v *visit) tellFilters(s *sheet, asked bool) {
	for name, fe := range s.filters {
		fe.told = fe.told || !asked
		switch {
		case fe.err != nil:
			s.errors[name] = v.sentence(fe.err)
		case len(fe.problems) > 0 || fe.told && len(fe.blank) > 0:
			s.errors[name] = v.firstProblem(fe)
		}
	}
}

// firstProblem says which condition is the first that is wrong, and why.
func (v *visit) firstProblem(fe *filterEntry) string {
	text := ""
	fe.rows.Rows(func(place string, _ *rows.Row) {
		said := fe.problemAt(v, place)
		if text == "" && said != "" {
			text = v.T("screen.filter.at", "Place", counted(place), "Problem", said)
		}
	})
	return text
}

func (fe *filterEntry) problemAt(v *visit, place string) string {
	if fe.told && fe.blank[place] {
		return v.T("screen.filter.blank")
	}
	return fe.problems[place]
}

// book is a model as filters know it, with the fields by which the reader may name its
// relations' records: where there is a key that no two records share, filters hold that,
// so that they mean the same in another database.
func (v *visit) book(m *record.Info) rows.Book {
	return rows.Book{Schema: v.Env.Schema(m), Key: func(model string) string {
		target, ok := v.Env.Registry().Model(model)
		if !ok || !v.Env.Can(record.OpRead, target) {
			return ""
		}
		key, ok := target.Field(target.Key)
		if !ok || !key.Unique || !key.Stored() || key.Private || !v.Env.Sees(key) {
			return ""
		}
		switch key.Type {
		case record.Text, record.Code, record.Email:
			return key.Name
		}
		return ""
	}}
}

// fieldAt follows a path of fields that the reader may see.
func (v *visit) fieldAt(m *record.Info, path string) *record.FieldInfo {
	var f *record.FieldInfo
	for name := range strings.SplitSeq(path, ".") {
		if m == nil {
			return nil
		}
		var ok bool
		if f, ok = m.Field(name); !ok || !v.Env.Sees(f) {
			return nil
		}
		m = f.Target
	}
	return f
}

// ofFilter reports whether a posted name is one of a filter's control.
func (v *visit) ofFilter(fields []*record.FieldInfo, name string) bool {
	return slices.ContainsFunc(v.filterFields(fields), func(f *record.FieldInfo) bool { return strings.HasPrefix(name, f.Name+".") })
}
