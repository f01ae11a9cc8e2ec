package screen

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// How much of a record's history its form shows.
const (
	logShort = 10
	logLong  = 500
)

// icons of what the audit log calls create, write and delete.
var logIcons = map[string]string{"create": "plus", "write": "pencil", "delete": "trash"}

// log is the record's history as this reader may see it; none for models without audit.
func (v *visit) log(o *opened) (*ui.Timeline, error) {
	if v.info.NoAudit {
		return nil, nil
	}
	most := logShort
	if v.QueryParam(paramLog) == "all" {
		most = logLong
	}
	history, err := record.History(v.Env, v.info.Name, o.id, most+1, 0)
	if err != nil {
		return nil, err
	}
	out := &ui.Timeline{}
	if len(history) > most {
		history = history[:most]
		if most == logShort {
			q := v.kept()
			q.Set(paramLog, "all")
			out.More = withQuery(web.RecordPath(v.info.Name, o.id), q)
		}
	}
	names, err := v.namesIn(v.info, history)
	if err != nil {
		return nil, err
	}
	for _, l := range history {
		out.Items = append(out.Items, v.event(l, names))
	}
	return out, nil
}

// reason says in the reader's language why a program wrote: code gives reasons in English,
// and their texts have keys made of it.
func (v *visit) reason(english string) string {
	words := strings.FieldsFunc(strings.ToLower(english), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return v.Print.Or("audit.reason."+strings.Join(words, "_"), english)
}

func (v *visit) event(l record.Line, names map[*record.Info]map[int64]string) ui.Event {
	e := ui.Event{Who: l.User, When: v.format().moment(l.At), Datetime: l.At.Format(time.RFC3339), Note: v.reason(l.Reason), Icon: logIcons[l.Action]}
	switch l.Action {
	case "create":
		e.What = v.T("screen.log.create")
	case "write":
		e.What = v.T("screen.log.write", "Count", len(l.Changes))
	case "delete":
		e.What = v.T("screen.log.delete")
	default:
		e.What = v.Print.Or("audit."+l.Action, strings.ReplaceAll(l.Action, "_", " "))
	}
	if l.Action == "create" {
		return e // everything was new: the form shows it
	}
	e.Diffs = v.diffs(v.info, l.Changes, names)
	return e
}

// diffs says what was changed in a model in words; fields that are gone keep their names.
func (v *visit) diffs(m *record.Info, changes []record.Change, names map[*record.Info]map[int64]string) []ui.Diff {
	var out []ui.Diff
	for _, c := range changes {
		d := ui.Diff{Label: c.Field, Old: v.said(c.Old, names[nil]), New: v.said(c.New, names[nil])}
		if f, ok := m.Field(c.Field); ok {
			d.Label = v.words().field(f)
			d.Old, d.New = v.was(f, c.Old, names[f.Target]), v.was(f, c.New, names[f.Target])
			if f.Type == record.Secret {
				d.New = v.T("screen.log.secret")
			}
		}
		out = append(out, d)
	}
	return out
}

// changes draws the changes that a field holds of another model.
func (v *visit) changes(out *ui.Field, f *record.FieldInfo, r record.Row, value any) error {
	model, _ := r.Value(f.ChangesOf)
	name, _ := model.(string)
	text, _ := value.(string)
	m, ok := v.Env.Registry().Model(name)
	var list []record.Change
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if !ok || decoder.Decode(&list) != nil {
		return nil // shown as it is
	}
	list = slices.DeleteFunc(list, func(c record.Change) bool {
		f, ok := m.Field(c.Field)
		return ok && !v.Env.Sees(f) && f.Type != record.Secret
	})
	names, err := v.namesIn(m, []record.Line{{Changes: list}})
	if err != nil {
		return err
	}
	out.Text, out.Diffs = "", v.diffs(m, list, names)
	return nil
}

// was is a value of the audit log in words.
func (v *visit) was(f *record.FieldInfo, value any, names map[int64]string) string {
	switch f.Type {
	case record.Int, record.Decimal, record.Amount:
		if n, ok := whole(value); ok {
			return v.format().number(n, digits(f))
		}
	case record.Day:
		if s, ok := value.(string); ok {
			return v.format().day(record.Date(s))
		}
	case record.Moment:
		if s, ok := value.(string); ok {
			if t, err := time.Parse(time.RFC3339, s); err == nil {
				return v.format().moment(t)
			}
		}
	case record.Selection, record.Bool, record.Code:
		return v.plain(f, value)
	}
	return v.said(value, names)
}

// said writes a value as it came out of JSON; numbers that have a name by their name.
func (v *visit) said(value any, names map[int64]string) string {
	switch val := value.(type) {
	case nil:
		return ""
	case string:
		return val
	case bool:
		return v.plain(nil, val)
	case json.Number:
		if n, ok := whole(val); ok && names != nil {
			return orID(names[n], n)
		}
		return val.String()
	case []any:
		list := make([]string, len(val))
		for i, x := range val {
			list[i] = v.said(x, names)
		}
		return strings.Join(list, ", ")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

func whole(value any) (int64, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	return i, err == nil
}

// namesIn are the names of the records that the changes of a model's relations mention, one
// statement a model.
func (v *visit) namesIn(in *record.Info, history []record.Line) (map[*record.Info]map[int64]string, error) {
	ids := map[*record.Info][]int64{}
	for _, l := range history {
		for _, c := range l.Changes {
			f, ok := in.Field(c.Field)
			if !ok || f.Target == nil {
				continue
			}
			for _, value := range []any{c.Old, c.New} {
				list, many := value.([]any)
				if !many {
					list = []any{value}
				}
				for _, x := range list {
					if n, ok := whole(x); ok && len(ids[f.Target]) < maxNamed {
						ids[f.Target] = append(ids[f.Target], n)
					}
				}
			}
		}
	}
	out := map[*record.Info]map[int64]string{}
	for m, list := range ids {
		names, err := v.names(m, list)
		if err != nil {
			return nil, err
		}
		out[m] = names
	}
	return out, nil
}
