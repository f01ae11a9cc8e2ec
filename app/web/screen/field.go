package screen

import (
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// kinds are the controls that the field types are entered with.
var kinds = map[record.Type]ui.FieldKind{
	record.Text: ui.FieldText, record.Multiline: ui.FieldMultiline, record.Email: ui.FieldEmail, record.URL: ui.FieldURL,
	record.Code: ui.FieldCode, record.Int: ui.FieldNumber, record.Decimal: ui.FieldNumber, record.Amount: ui.FieldMoney,
	record.Bool: ui.FieldSwitch, record.Day: ui.FieldDate, record.Moment: ui.FieldDatetime, record.Selection: ui.FieldSelect,
	record.StringList: ui.FieldTexts, record.JSON: ui.FieldJSON, record.Secret: ui.FieldPassword,
	record.Many2One: ui.FieldRelation, record.Many2Many: ui.FieldTags,
}

// The longest texts that a control takes, as record has them.
const (
	lineLength = 256
)

// sheet is what a form is drawn from: the entries, what relations are called, and what
// is wrong.
type sheet struct {
	in       entries
	was      entries                     // as the record has them, or a new one begins
	labels   map[string]map[int64]string // field → id → name
	errors   map[string]string
	found    map[string][]ui.Option
	fresh    bool
	currency string
	lines    []inline
	filters  map[string]*filterEntry // of fields that hold a filter, as posted
	drawn    map[string]*ui.Filter   // their controls
}

// control draws a field of the record for writing.
func (v *visit) control(f *record.FieldInfo, s sheet) ui.Field {
	e := s.in[f.Name]
	out := ui.Field{
		Kind: kinds[f.Type], Name: f.Name, Label: v.words().field(f), Help: v.words().help(f),
		Required: f.Required && (s.fresh || f.Type != record.Secret), Value: e.first(), Error: s.errors[f.Name],
	}
	switch f.Type {
	case record.Text, record.Email, record.URL, record.Code:
		out.MaxLength = lineLength
		if f.Size > 0 {
			out.MaxLength = f.Size
		}
		out.Copy = f.Type == record.Code && f.Unique && !s.fresh
	case record.Multiline:
		out.MaxLength = f.Size
	case record.Bool:
		out.Checked = isTrue(e.first())
	case record.Amount:
		out.Suffix = s.currency
	case record.Int:
		if f.Seconds {
			v.seconds(&out)
		}
	case record.Selection:
		v.choose(&out, f, e.values)
	case record.StringList:
		v.several(&out, f, e.values)
		if f.PathsOf != "" {
			v.tree(&out, f, e, s)
		}
	case record.Secret:
		v.secret(&out, s.fresh)
	case record.Many2One:
		v.relation(&out, f, e, s)
	case record.Many2Many:
		out.Value, out.Text, out.Source = "", e.text, v.source(f)
		for _, id := range idList(e.values) {
			out.Options = append(out.Options, ui.Option{Value: formatID(id), Label: orID(s.labels[f.Name][id], id), Selected: true})
		}
	}
	if f.Choices != nil {
		v.choose(&out, f, e.values)
	}
	if drawn := s.drawn[f.Name]; drawn != nil {
		out.Kind, out.Filter = ui.FieldFilter, drawn
	}
	if v.governs(f) {
		out.Part = "#" + ui.RecordForm
	}
	return out
}

// seconds says a length of time as people do. It says of how many seconds, since the
// number beside can be changed while it stands there.
func (v *visit) seconds(out *ui.Field) {
	out.Suffix = v.T("screen.seconds")
	n, err := strconv.ParseInt(out.Value, 10, 64)
	if words := v.format().span(n); err == nil && n >= 60 {
		out.Help = strings.TrimSpace(out.Help + " " + v.T("screen.seconds.are", "Seconds", v.format().number(n, 0), "Span", words))
	}
}

// secret is never shown; an empty box keeps what is stored.
func (v *visit) secret(out *ui.Field, fresh bool) {
	out.Value, out.Autocomplete = "", "new-password"
	if !fresh {
		out.Placeholder = v.T("screen.secret.keep")
	}
}

func (v *visit) relation(out *ui.Field, f *record.FieldInfo, e entry, s sheet) {
	out.Source, out.Found = v.source(f), s.found[f.Name]
	out.Text = e.text
	ids := idList(e.values)
	if len(ids) == 0 {
		out.Value = ""
		return
	}
	if out.Text == "" && !e.typed {
		out.Text = orID(s.labels[f.Name][ids[0]], ids[0])
	}
	if v.opens(f.Target) {
		out.URL = web.RecordPath(f.Target.Name, ids[0])
	}
}

// source is where a relation field's matches come from: those that its filter allows.
func (v *visit) source(f *record.FieldInfo) string {
	return optionsPath(f.Target) + "?" + paramFor + "=" + v.info.Name + "." + f.Name
}

// optionsPath is where matches among all records of a model come from.
func optionsPath(m *record.Info) string { return web.ListPath(m.Name) + "/options" }

// reading draws a field in words: what the reader may see but not change.
func (v *visit) reading(ff formField, value any, s sheet) ui.Field {
	f := ff.info
	out := ui.Field{Kind: ui.FieldReadOnly, Name: ff.path, Label: v.words().field(f), Help: v.words().help(f), ReadOnly: true}
	switch val := value.(type) {
	case *record.Ref:
		out.Text = val.Name
		if v.opens(f.Target) {
			out.URL = web.RecordPath(f.Target.Name, val.ID)
		}
	case []int64:
		for _, id := range val {
			tag := ui.Tag{Text: orID(s.labels[f.Name][id], id)}
			if f.Target != nil && v.opens(f.Target) {
				tag.URL = web.RecordPath(f.Target.Name, id)
			}
			out.Tags = append(out.Tags, tag)
		}
	case int64:
		out.Text = v.plain(f, val)
		if f.Type == record.Amount && s.currency != "" {
			out.Text += " " + s.currency
		}
	default:
		out.Text = v.plain(f, value)
		if f.Type == record.Selection && out.Text != "" {
			out.Tags = []ui.Tag{v.optionTag(f, value.(string))}
		}
	}
	switch f.Type {
	case record.Multiline, record.JSON:
		out.Kind, out.Wide = kinds[f.Type], true
	case record.Code:
		if text, ok := value.(string); !ok || out.Text == text {
			out.Kind = ui.FieldCode
		}
	case record.StringList:
		list, _ := value.(record.Strings)
		for _, text := range list {
			out.Tags = append(out.Tags, ui.Tag{Text: v.worded(f, text)})
		}
	case record.URL:
		if strings.HasPrefix(out.Text, "https://") || strings.HasPrefix(out.Text, "http://") {
			out.URL = out.Text
		}
	case record.Email:
		if out.Text != "" {
			out.URL = "mailto:" + out.Text
		}
	}
	return out
}
