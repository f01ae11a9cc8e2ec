package screen

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// Names within a line of records that are written in place: "lines.0.id".
const (
	lineID      = "id"
	lineVersion = "version"
	// lineGone, behind the field's name, carries the stored lines that were taken away:
	// "id:version".
	lineGone = ".gone"
)

// maxInline is how many records a form lets a person write in place; of more than that
// it only shows the first.
const maxInline = 200

// line is one record behind a One2Many: as it is stored, or as somebody typed it.
type line struct {
	id, version int64
	in          entries
	row         record.Row // as stored; of a new one empty
}

// inline is a One2Many that this page lets the person write in place.
type inline struct {
	field   *record.FieldInfo
	child   *visit // the page as if it were of the other model
	columns []*record.FieldInfo
	lines   []line
	gone    []line // stored ones that were taken away
}

// inlines are those of a page, without their lines.
func (v *visit) inlines(l layout) []inline {
	var out []inline
	for _, f := range l.fields() {
		if !f.write || f.info.Type != record.One2Many {
			continue
		}
		child := *v
		child.info = f.info.Target
		in := inline{field: f.info, child: &child}
		for _, name := range f.info.Inline {
			if g, ok := child.info.Field(name); ok && v.Env.Sees(g) && v.Env.Sets(g) {
				in.columns = append(in.columns, g)
			}
		}
		out = append(out, in)
	}
	return out
}

// writesInline reports whether the person writes a relation's records on this form. Where
// there are more than a form can hold, he goes to their own list.
func (v *visit) writesInline(f *record.FieldInfo, id int64) bool {
	if len(f.Inline) == 0 || !v.Env.Can(record.OpWrite, f.Target) && !v.Env.Can(record.OpCreate, f.Target) {
		return false
	}
	if id == 0 {
		return true
	}
	if f.InlineWhen != "" && !v.meets(f.InlineWhen, id) {
		return false
	}
	back := domain.Cond{Path: f.Inverse, Op: domain.Eq, Value: id}
	n, err := record.Count(v.Env, f.Target.Name, record.Query{Filter: back, Archived: true})
	return err == nil && n <= maxInline
}

// storedLines fills in the lines as the records are.
func (v *visit) storedLines(all []inline, id int64) error {
	for i := range all {
		in := &all[i]
		names := in.shown()
		rows, err := record.InlineOf(v.Env, in.field, id, names, maxInline+1)
		if err != nil {
			return err
		}
		for _, r := range rows {
			l := line{id: r.ID, version: r.Version, in: entries{}, row: r.Row}
			for _, f := range in.columns {
				value, _ := r.Value(f.Name)
				l.in[f.Name] = v.stored(f, value)
			}
			in.lines = append(in.lines, l)
		}
	}
	return nil
}

// shown are the paths that a line is drawn from: what is written, then what the other
// model's list shows besides and nobody writes.
func (in *inline) shown() []string {
	var out []string
	for _, f := range in.columns {
		out = append(out, f.Name)
	}
	for _, f := range in.read() {
		out = append(out, f.Name)
	}
	return out
}

func (in *inline) read() []*record.FieldInfo {
	var out []*record.FieldInfo
	for _, c := range columnsOf(in.child.Env, in.child.info, nil) {
		if c.own && c.field.Readonly && c.field.Name != in.field.Inverse {
			out = append(out, c.field)
		}
	}
	return out
}

// blank is a line that nobody has written on yet.
func (in *inline) blank() line {
	l := line{in: entries{}}
	for _, f := range in.columns {
		l.in[f.Name] = in.child.stored(f, f.Initial(in.child.Env))
	}
	return l
}

// postedLines reads the lines of a post; a relation that was not on the page keeps what
// all has.
func postedLines(all []inline, form url.Values) []inline {
	out := slices.Clone(all)
	for i := range out {
		in := &out[i]
		if !slices.Contains(form[ui.FieldHas], in.field.Name) {
			continue
		}
		in.lines, in.gone = nil, nil
		for _, n := range lineNumbers(form, in.field.Name) {
			own := within(form, in.key(n))
			l := line{in: posted(in.columns, own)}
			l.id, _ = strconv.ParseInt(own.Get(lineID), 10, 64)
			l.version, _ = strconv.ParseInt(own.Get(lineVersion), 10, 64)
			in.lines = append(in.lines, l)
		}
		for _, text := range form[in.field.Name+lineGone] {
			id, version, _ := strings.Cut(text, ":")
			var l line
			l.id, _ = strconv.ParseInt(id, 10, 64)
			l.version, _ = strconv.ParseInt(version, 10, 64)
			if l.id > 0 && len(in.gone) < maxInline {
				in.gone = append(in.gone, l)
			}
		}
	}
	return out
}

func (in *inline) key(n int) string { return in.field.Name + "." + strconv.Itoa(n) }

// lineNumbers are those of the lines in a post, in order.
func lineNumbers(form url.Values, name string) []int {
	var out []int
	for key := range form {
		rest, ok := strings.CutPrefix(key, name+".")
		number, _, more := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		if ok && more && err == nil && n >= 0 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), maxInline)]
}

// within is the part of a post that belongs to one line, under the names of its fields.
func within(form url.Values, key string) url.Values {
	out := url.Values{}
	for name, values := range form {
		if rest, ok := strings.CutPrefix(name, key+"."); ok {
			out[rest] = values
		}
	}
	for _, name := range form[ui.FieldHas] {
		if rest, ok := strings.CutPrefix(name, key+"."); ok {
			out.Add(ui.FieldHas, rest)
		}
	}
	return out
}

// pressLines does what a button of a line asks, and reports whether there was one.
func pressLines(all []inline, form url.Values) bool {
	for i := range all {
		in := &all[i]
		if form.Get(ui.DoAdd) == in.field.Name {
			if len(in.lines) < maxInline {
				in.lines = append(in.lines, in.blank())
			}
			return true
		}
		name, number, _ := strings.Cut(form.Get(ui.DoRemove), ".")
		if n, err := strconv.Atoi(number); name == in.field.Name && err == nil {
			if n >= 0 && n < len(in.lines) {
				if in.lines[n].id != 0 {
					in.gone = append(in.gone, in.lines[n])
				}
				in.lines = slices.Delete(in.lines, n, n+1)
			}
			return true
		}
	}
	return false
}

// settleLines is settle for every line; faults get the line's own names.
func settleLines(all []inline, s *sheet) error {
	for _, in := range all {
		for n, l := range in.lines {
			own := sheet{errors: map[string]string{}, found: map[string][]ui.Option{}}
			if err := in.child.settle(in.columns, l.in, &own); err != nil {
				return err
			}
			for name, text := range own.errors {
				s.errors[in.key(n)+"."+name] = text
			}
			for name, found := range own.found {
				s.found[in.key(n)+"."+name] = found
			}
		}
	}
	return nil
}

// changedLines are what was written on lines, as record takes it. A new line on which
// nothing was written is nobody's.
func changedLines(was, now []inline, values map[string]any) {
	for i, in := range now {
		stored := map[int64]line{}
		for _, l := range was[i].lines {
			stored[l.id] = l
		}
		var out []record.Inline
		for n, l := range in.lines {
			before, known := stored[l.id]
			if !known {
				before = in.blank()
			}
			changes := in.child.changed(in.columns, before.in, l.in)
			if len(changes) == 0 {
				continue
			}
			if l.id == 0 { // what was only suggested so far is meant as well
				for _, f := range in.columns {
					if e, there := l.in[f.Name]; there && e.first() != "" {
						changes[f.Name] = in.child.value(f, e)
					}
				}
			}
			out = append(out, record.Inline{Key: in.key(n), ID: l.id, Version: l.version, Values: changes})
		}
		for _, l := range in.gone {
			out = append(out, record.Inline{Key: in.field.Name, ID: l.id, Version: l.version, Remove: true})
		}
		if len(out) > 0 {
			values[in.field.Name] = out
		}
	}
}

// overtaken makes the form ready to be saved again when somebody else has changed a line
// meanwhile: it says what the line is now and goes on from there.
func (v *visit) overtaken(f *fault.Error, was, now []inline, s *sheet) bool {
	if f.Key != "record.conflict" && f.Code != fault.NotFound {
		return false
	}
	for i := range now {
		in := &now[i]
		if f.Field == in.field.Name {
			in.goOn(was[i])
			s.errors[f.Field] = v.T("screen.line.gone")
			return true
		}
		for n := range in.lines {
			if f.Field != in.key(n) {
				continue
			}
			l := &in.lines[n]
			at := slices.IndexFunc(was[i].lines, func(o line) bool { return o.id == l.id })
			if at < 0 {
				l.id, l.version = 0, 0
				s.errors[f.Field] = v.T("screen.line.removed")
				return true
			}
			theirs := was[i].lines[at]
			var words []string
			for _, c := range in.columns {
				value, _ := theirs.row.Value(c.Name)
				words = append(words, in.child.words().field(c)+": "+in.child.plain(c, value))
			}
			l.version = theirs.version
			s.errors[f.Field] = v.T("screen.line.changed", "Values", strings.Join(words, ", "))
			return true
		}
	}
	return false
}

// goOn takes the versions of now for the lines that are to go.
func (in *inline) goOn(was inline) {
	gone := in.gone
	in.gone = nil
	for _, l := range gone {
		if at := slices.IndexFunc(was.lines, func(o line) bool { return o.id == l.id }); at >= 0 {
			l.version = was.lines[at].version
			in.gone = append(in.gone, l)
		}
	}
}

// known reports whether a posted name is one of a line's.
func (in *inline) known(name string) bool {
	if name == in.field.Name || name == in.field.Name+lineGone {
		return true
	}
	rest, ok := strings.CutPrefix(name, in.field.Name+".")
	number, field, _ := strings.Cut(rest, ".")
	if _, err := strconv.Atoi(number); !ok || err != nil {
		return false
	}
	return field == lineID || field == lineVersion || slices.ContainsFunc(in.columns, func(f *record.FieldInfo) bool { return f.Name == field })
}
