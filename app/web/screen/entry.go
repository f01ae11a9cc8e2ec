package screen

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// entry is what stands in one field of a form: as the record has it, or as typed.
type entry struct {
	values []string // one, or one for each of several; ids for relations
	text   string   // typed into the box of a relation
	found  string   // chosen among matches
	typed  bool     // the text box was part of the post
}

// entries are those of a whole form, by field name.
type entries map[string]entry

// inputTime is the form of a moment in an input of type datetime-local.
const inputTime = "2006-01-02T15:04"

// stored is the entry that shows a value as the record has it.
func (v *visit) stored(f *record.FieldInfo, value any) entry {
	one := func(s string) entry { return entry{values: []string{s}} }
	switch val := value.(type) {
	case nil:
		if isMany(f) {
			return entry{}
		}
		return one("")
	case *record.Ref:
		return entry{values: []string{strconv.FormatInt(val.ID, 10)}, text: val.Name}
	case []int64:
		out := entry{}
		for _, id := range val {
			out.values = append(out.values, strconv.FormatInt(id, 10))
		}
		return out
	case record.Strings:
		return entry{values: val}
	case bool:
		return one(map[bool]string{true: "1", false: ""}[val])
	case int64:
		if f.Type == record.Many2One {
			if val == 0 {
				return one("")
			}
			return one(strconv.FormatInt(val, 10))
		}
		return one(v.format().entry(val, digits(f)))
	case record.Date:
		return one(string(val))
	case time.Time:
		return one(v.format().local(val).Format(inputTime))
	case string:
		return one(val)
	}
	return one("")
}

func isMany(f *record.FieldInfo) bool {
	return f.Type == record.Many2Many || f.Type == record.StringList
}

// posted reads the entries of the given fields. A field that was not on the page is
// not among them: it keeps its value.
func posted(fields []*record.FieldInfo, form url.Values) entries {
	out := entries{}
	for _, f := range fields {
		values, there := form[f.Name]
		text, typed := form[f.Name+ui.SuffixText]
		if !there && !typed && !slices.Contains(form[ui.FieldHas], f.Name) {
			continue
		}
		e := entry{values: values, typed: typed, found: form.Get(f.Name + ui.SuffixFound)}
		if typed && len(text) > 0 {
			e.text = strings.TrimSpace(text[0])
		}
		switch {
		case f.Type == record.Many2One && len(idList([]string{e.found})) == 1: // one of several that the text can mean
			e = entry{values: []string{e.found}}
		case f.Type == record.Many2Many:
			e.values = split(values, ",")
		case f.Type == record.StringList && f.PathsOf != "":
			e.values = inOrder(split(values, "\n"), split(form[f.Name+ui.SuffixOrder], ","))
		case f.Type == record.StringList:
			e.values = split(values, "\n")
		case len(values) > 1: // the last one counts, as with a hidden value before a check box
			e.values = values[len(values)-1:]
		}
		out[f.Name] = e
	}
	return out
}

// split makes one list of values that may each hold several, blanks left out.
func split(values []string, by string) []string {
	out := []string{}
	for _, v := range values {
		for part := range strings.SplitSeq(v, by) {
			if part = strings.TrimSpace(part); part != "" && !(by == "," && slices.Contains(out, part)) {
				out = append(out, part)
			}
		}
	}
	return out
}

// first is the one value, "" without one.
func (e entry) first() string {
	if len(e.values) == 0 {
		return ""
	}
	return e.values[0]
}

// same reports whether two entries of a field mean the same to a person.
func (e entry) same(f *record.FieldInfo, other entry) bool {
	switch {
	case f.Type == record.Secret:
		return e.first() == ""
	case f.Type == record.Many2Many:
		a, b := slices.Sorted(slices.Values(e.values)), slices.Sorted(slices.Values(other.values))
		return slices.Equal(a, b)
	case f.Type == record.StringList:
		return slices.Equal(e.values, other.values)
	case f.Type == record.Bool:
		return isTrue(e.first()) == isTrue(other.first())
	}
	return lines(e.first()) == lines(other.first())
}

// lines undoes what a browser does to line ends, and what record does to blanks.
func lines(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

func isTrue(s string) bool { return s == "1" || s == "true" || s == "on" }

// value is what record takes for an entry.
func (v *visit) value(f *record.FieldInfo, e entry) any {
	switch f.Type {
	case record.Many2Many:
		list := make([]any, len(e.values))
		for i, id := range e.values {
			list[i] = id
		}
		return list
	case record.StringList:
		return e.values
	case record.Bool:
		return isTrue(e.first())
	case record.Int, record.Decimal, record.Amount:
		return v.format().typed(e.first())
	}
	return e.first()
}

// packed is an entry as one posted value, for pages that can hold only one.
func (e entry) packed(f *record.FieldInfo) string {
	switch f.Type {
	case record.Many2Many:
		return strings.Join(e.values, ",")
	case record.StringList:
		return strings.Join(e.values, "\n")
	}
	return e.first()
}
