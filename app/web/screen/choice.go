package screen

import (
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// offered are the values that a field offers, asked for once a visit.
func (v *visit) offered(f *record.FieldInfo) []record.Option {
	if f.Choices == nil {
		return f.Options
	}
	if known, ok := v.asked[f]; ok {
		return known
	}
	if v.asked == nil {
		v.asked = map[*record.FieldInfo][]record.Option{}
	}
	v.asked[f] = f.Choices(v.Env)
	return v.asked[f]
}

// option finds what a value of a field means; false where the field offers no such value.
func (v *visit) option(f *record.FieldInfo, value string) (record.Option, bool) {
	if f == nil {
		return record.Option{}, false
	}
	list := v.offered(f)
	i := slices.IndexFunc(list, func(o record.Option) bool { return o.Value == value })
	if i < 0 {
		return record.Option{}, false
	}
	return list[i], true
}

// worded is a value of a field in words: its option's label, the text that Spoken leads
// to, or the value itself.
func (v *visit) worded(f *record.FieldInfo, value string) string {
	if value == "" || f == nil {
		return value
	}
	if o, ok := v.option(f, value); ok {
		return v.words().choice(f, o)
	}
	if f.Spoken != "" {
		return v.Print.Or(f.Spoken+"."+value, strings.ReplaceAll(value, "_", " "))
	}
	return value
}

// choose makes a control offer values, among them always those that it has: a form must
// not lose what it does not offer any more.
func (v *visit) choose(out *ui.Field, f *record.FieldInfo, values []string) {
	list := v.offered(f)
	for _, value := range values {
		if value != "" && !slices.ContainsFunc(list, func(o record.Option) bool { return o.Value == value }) {
			list = append(slices.Clone(list), record.Option{Value: value, Label: value})
		}
	}
	cards := false
	for _, o := range list {
		drawn := v.words().card(f, o)
		drawn.Selected = slices.Contains(values, o.Value)
		cards = cards || drawn.Help != ""
		out.Options = append(out.Options, drawn)
	}
	switch {
	case f.Type == record.StringList:
		out.Kind, out.Value = ui.FieldMany, ""
	case cards && f.Required:
		out.Kind = ui.FieldCards
	default:
		out.Kind = ui.FieldSelect
	}
}

// several makes a control of a list of texts, each on a line of its own.
func (v *visit) several(out *ui.Field, f *record.FieldInfo, values []string) {
	out.Kind, out.Value, out.Values, out.Mono = ui.FieldTexts, "", values, f.Of == record.Code
	if f.Of == record.URL {
		out.Kind = ui.FieldURLs
	}
	for i, value := range values {
		var tags []ui.Tag
		if i == 0 && f.First != "" && value != "" {
			tags = append(tags, ui.Tag{Text: v.words().optional(f.LabelKey()+".first", f.First), Tone: ui.ToneInfo})
		}
		if plain, here := plainHTTP(value); plain && f.Of == record.URL {
			key := "screen.address.http"
			if here {
				key = "screen.address.local"
			}
			tags = append(tags, ui.Tag{Text: v.T(key), Tone: ui.ToneWarn})
		}
		out.ValueTags = append(out.ValueTags, tags)
	}
	if f.Of != record.URL && f.First == "" {
		out.ValueTags = nil
	}
}

// plainHTTP reports whether an address is not encrypted, and whether it stays on the
// reader's own machine.
func plainHTTP(address string) (plain, here bool) {
	rest, plain := strings.CutPrefix(strings.ToLower(address), "http://")
	if !plain {
		return false, false
	}
	host, _, _ := strings.Cut(rest, "/")
	for _, own := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if host == own || strings.HasPrefix(host, own+":") {
			return true, true
		}
	}
	return true, false
}

// aboutPaths are what must be read to link the given fields to what they are about.
func aboutPaths(fields ...*record.FieldInfo) []string {
	var out []string
	for _, f := range fields {
		if f.About[0] != "" {
			out = append(out, f.About[0], f.About[1])
		}
		for _, model := range []string{f.ChangesOf, f.FilterOf} {
			if model != "" {
				out = append(out, model)
			}
		}
	}
	return out
}

// filterCell says a filter over another model in words; one that cannot be read as it is.
func (v *visit) filterCell(f *record.FieldInfo, r record.Row, text string) ui.Cell {
	value, _ := r.Value(f.FilterOf)
	name, _ := value.(string)
	m, _ := v.Env.Registry().Model(name)
	return ui.Cell{Text: v.filterWords(m, text)}
}

// filterText says the filter that the entries of a form hold in words.
func (v *visit) filterText(f *record.FieldInfo, was, in entries) string {
	return v.filterWords(v.filteredModel(f, was, in), in[f.Name].first())
}

func (v *visit) filterWords(m *record.Info, text string) string {
	node, err := domain.Parse([]byte(text))
	if m == nil || err != nil || text == "" {
		return shorten(text)
	}
	return v.sentenceOf(m, node)
}

// aboutOf is aboutPaths of the columns of a list.
func aboutOf(columns []column) []string {
	var out []string
	for _, c := range columns {
		if c.own {
			out = append(out, aboutPaths(c.field)...)
		}
	}
	return out
}

// aboutURL leads to the record that a row says it is about, "" when it names none that
// has a page for this reader.
func (v *visit) aboutURL(f *record.FieldInfo, r record.Row) string {
	if f.About[0] == "" {
		return ""
	}
	model, _ := r.Value(f.About[0])
	number, _ := r.Value(f.About[1])
	name, _ := model.(string)
	id, _ := number.(int64)
	m, ok := v.Env.Registry().Model(name)
	if !ok || id == 0 || !v.opens(m) {
		return ""
	}
	return web.RecordPath(m.Name, id)
}
