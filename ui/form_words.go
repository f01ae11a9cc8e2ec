package ui

import (
	"slices"
	"strconv"
)

// settledForm completes a form: errors reach their fields and the summary, and
// the first wrong field gets the focus.
func settledForm(v Form) Form {
	byName := map[string]string{}
	for _, e := range v.Errors {
		if e.Name != "" && byName[e.Name] == "" {
			byName[e.Name] = e.Text
		}
	}
	s := settling{byName: byName, summary: v.Errors}
	v.Groups = s.groups(v.Groups)
	v.Aside = s.groups(v.Aside)
	v.Errors = s.summary
	return v
}

// settling walks the fields of a form in the order of the page.
type settling struct {
	byName  map[string]string
	summary []FieldError
	focused bool
}

func (s *settling) groups(in []Group) []Group {
	out := make([]Group, len(in))
	for i, g := range in {
		g.Fields = s.fields(g.Fields)
		out[i] = g
	}
	return out
}

func (s *settling) fields(in []Field) []Field {
	out := make([]Field, len(in))
	for i, f := range in {
		switch known := s.byName[f.Name]; {
		case f.Error == "":
			f.Error = known
		case known == "":
			s.summary = append(s.summary, FieldError{Name: f.Name, Text: sentence(f)})
		}
		if f.Error != "" {
			f.Focus = !s.focused
			s.focused = true
		}
		if f.Lines != nil {
			lines := *f.Lines
			lines.Rows = make([]Line, len(f.Lines.Rows))
			for j, row := range f.Lines.Rows {
				row.Fields = s.fields(namedByColumn(row.Fields, lines, j))
				lines.Rows[j] = row
			}
			f.Lines = &lines
		}
		out[i] = f
	}
	return out
}

// sentence is an error as the summary says it, with the field it is about.
func sentence(f Field) string {
	if f.Label == "" {
		return f.Error
	}
	return f.Label + ": " + f.Error
}

// namedByColumn gives the fields of a line the name of their column, counted.
func namedByColumn(in []Field, l Lines, line int) []Field {
	out := slices.Clone(in)
	for i := range out {
		if out[i].Label == "" {
			out[i].Label = lineColumn(l, i).Label + " " + ordinal(line)
		}
	}
	return out
}

func saveLabel(v Form) string { return orElse(v.Save, v.Page.t("ui.form.save")) }

func groupID(g Group, prefix string, i int) string {
	if g.ID != "" {
		return idSafe(g.ID)
	}
	return prefix + "-" + strconv.Itoa(i+1)
}

// locked turns a field of a read-only form into its words.
func locked(f Field, readOnly bool) Field {
	f.ReadOnly = f.ReadOnly || readOnly
	return f
}

// wide kinds take both columns.
func wide(f Field) bool {
	switch f.Kind {
	case FieldMultiline, FieldJSON, FieldCards, FieldURLs, FieldTexts, FieldLines, FieldSecret, FieldOnce, FieldMany, FieldTree, FieldTags, FieldFilter:
		return true
	}
	return f.Wide
}

// describedBy lists the ids of the words that belong to a control.
func describedBy(f Field) string {
	id := fieldID(f.Name)
	switch {
	case f.Error != "" && f.Help != "":
		return id + "-err " + id + "-help"
	case f.Error != "":
		return id + "-err"
	case f.Help != "":
		return id + "-help"
	}
	return ""
}

// grouped kinds are several controls under one label.
func grouped(f Field) bool {
	switch f.Kind {
	case FieldCards, FieldMany, FieldTree, FieldTags, FieldURLs, FieldTexts, FieldLines:
		return true
	}
	return false
}

// inputType is the type attribute of a one-line field.
func inputType(k FieldKind) string {
	switch k {
	case FieldDate, FieldEmail, FieldURL, FieldPhone, FieldPassword:
		return string(k)
	case FieldDatetime:
		return "datetime-local"
	}
	return "text"
}

// inputMode brings up the right keyboard; numbers stay text so that a comma
// and what does not parse survive.
func inputMode(k FieldKind) string {
	switch k {
	case FieldNumber, FieldMoney:
		return "decimal"
	}
	return ""
}

func typedValue(f Field) string {
	if f.Kind == FieldPassword {
		return ""
	}
	return f.Value
}

// readable is a value in words, for forms that cannot be edited.
func readable(p Page, f Field) string {
	switch f.Kind {
	case FieldPassword, FieldSecret, FieldOnce:
		return f.Text
	case FieldCheck, FieldSwitch:
		if f.Checked {
			return p.t("ui.value.yes")
		}
		return p.t("ui.value.no")
	case FieldSelect, FieldCards:
		for _, o := range f.Options {
			if o.Selected || o.Value == f.Value && f.Value != "" {
				return o.Label
			}
		}
	case FieldMoney:
		if f.Value != "" && f.Text == "" {
			return f.Prefix + f.Value + f.Suffix
		}
	}
	return orElse(f.Text, f.Value)
}

// picked tells whether an option is in force, by its flag or the field's value.
func picked(f Field, o Option) bool {
	if o.Selected {
		return true
	}
	return f.Value != "" && o.Value == f.Value
}

// tagsAt are the tags beside one of several values.
func tagsAt(f Field, i int) []Tag {
	if i < len(f.ValueTags) {
		return f.ValueTags[i]
	}
	return nil
}

// listed are the values of a FieldURLs or FieldTexts with one blank at least.
func listed(f Field) []string {
	if len(f.Values) == 0 {
		return []string{""}
	}
	return f.Values
}

func entry(name string, i int) string { return name + "." + strconv.Itoa(i) }

func ordinal(i int) string { return strconv.Itoa(i + 1) }

func rows(n, otherwise int) string {
	if n <= 0 {
		n = otherwise
	}
	return strconv.Itoa(n)
}
