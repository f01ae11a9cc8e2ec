package screen

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// draw makes the table of a relation whose records are written in place.
func (in *inline) draw(s sheet) (ui.Field, error) {
	v := in.child
	out := ui.Field{Kind: ui.FieldLines, Name: in.field.Name, Label: v.words().field(in.field), Help: v.words().help(in.field),
		Error: s.errors[in.field.Name], Lines: &ui.Lines{}}
	if v.Env.Can(record.OpCreate, v.info) && len(in.lines) < maxInline {
		out.Lines.Add = v.T("screen.line.add")
	}
	for _, f := range slices.Concat(in.columns, in.read()) {
		out.Lines.Columns = append(out.Lines.Columns, ui.Column{Label: v.words().field(f), Right: isNumber(f)})
	}
	labels, err := in.labels()
	if err != nil {
		return out, err
	}
	for n, l := range in.lines {
		row := ui.Line{Name: in.key(n), Error: s.errors[in.key(n)]}
		if l.id != 0 {
			row.Hidden = []ui.Pair{{Name: in.key(n) + "." + lineID, Value: formatID(l.id)}, {Name: in.key(n) + "." + lineVersion, Value: formatID(l.version)}}
		}
		own := in.sheet(n, s, labels)
		for _, f := range in.columns {
			c := v.control(f, own)
			// A line that stays blank is nobody's: the browser must not insist on it.
			c.Name, c.Help, c.Required = in.key(n)+"."+f.Name, "", false
			c.Label = v.words().field(f) + " " + strconv.Itoa(n+1)
			row.Fields = append(row.Fields, c)
		}
		for _, f := range in.read() {
			value, _ := l.row.Value(f.Name)
			row.Fields = append(row.Fields, ui.Field{Kind: ui.FieldReadOnly, Text: v.plain(f, value), ReadOnly: true})
		}
		out.Lines.Rows = append(out.Lines.Rows, row)
	}
	for _, l := range in.gone {
		out.Lines.Hidden = append(out.Lines.Hidden, ui.Pair{Name: in.field.Name + lineGone, Value: formatID(l.id) + ":" + formatID(l.version)})
	}
	return out, nil
}

func isNumber(f *record.FieldInfo) bool {
	return f.Type == record.Amount || f.Type == record.Decimal || f.Type == record.Int
}

// sheet is the part of a form's sheet that is one line's.
func (in *inline) sheet(n int, s sheet, labels map[string]map[int64]string) sheet {
	own := sheet{in: in.lines[n].in, labels: labels, errors: map[string]string{}, found: map[string][]ui.Option{}, fresh: in.lines[n].id == 0}
	for _, f := range in.columns {
		key := in.key(n) + "." + f.Name
		own.errors[f.Name], own.found[f.Name] = s.errors[key], s.found[key]
	}
	return own
}

// labels are the names of the related records of all lines, one statement a column.
func (in *inline) labels() (map[string]map[int64]string, error) {
	out := map[string]map[int64]string{}
	for _, f := range in.columns {
		if f.Type != record.Many2One {
			continue
		}
		var ids []int64
		for _, l := range in.lines {
			if e := l.in[f.Name]; e.text == "" && !e.typed {
				ids = append(ids, idList(e.values)...)
			}
		}
		names, err := in.child.names(f.Target, ids[:min(len(ids), maxNamed)])
		if err != nil {
			return nil, err
		}
		out[f.Name] = names
	}
	return out, nil
}

// linePairs are the lines of a post as they came, for a page that posts them again.
func linePairs(all []inline, form url.Values) []ui.Pair {
	var out []ui.Pair
	for _, in := range all {
		if !slices.Contains(form[ui.FieldHas], in.field.Name) {
			continue
		}
		for name, values := range form {
			if strings.HasPrefix(name, in.field.Name+".") {
				for _, value := range values {
					out = append(out, ui.Pair{Name: name, Value: value})
				}
			}
		}
		for _, name := range form[ui.FieldHas] {
			if name == in.field.Name || strings.HasPrefix(name, in.field.Name+".") {
				out = append(out, ui.Pair{Name: ui.FieldHas, Value: name})
			}
		}
	}
	slices.SortFunc(out, func(a, b ui.Pair) int { return strings.Compare(a.Name+"="+a.Value, b.Name+"="+b.Value) })
	return out
}
