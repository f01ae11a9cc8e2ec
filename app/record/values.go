package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
)

// Draft is a record written by field names, as forms, load files and the API do:
// checked and prepared before the transaction, saved inside it.
type Draft struct {
	info      *Info
	scratch   any            // holds the plain values and what Prepare hooks derived from them
	given     []*FieldInfo   // plain fields that were named
	relations map[string]any // relation fields, resolved when saved
	attached  []attachedValue
	inlines   []inlineDraft // records that point to this one, saved after it
	row       any           // being saved
}

// saves reports whether the draft is what row is saved from.
func (d *Draft) saves(row any) bool { return d != nil && d.row == row }

// names reports whether the draft is what row is saved from and says something about f.
func (d *Draft) names(row any, f *FieldInfo) bool {
	return d.saves(row) && slices.Contains(d.given, f)
}

// NewDraft reads values into the model's fields and runs the Prepare hooks. Values
// are what forms (strings), YAML and JSON give, for a One2Many a list of [Inline]. Errors: NotFound for the model,
// Invalid with one entry for each field that is unknown or does not fit.
func NewDraft(e *Env, model string, values map[string]any) (*Draft, error) {
	return NewDraftFor(e, model, 0, values)
}

// NewDraftFor is NewDraft for a record that exists: Prepare hooks find its id in the
// row's Meta, to compare with what is stored before they do slow work.
func NewDraftFor(e *Env, model string, id int64, values map[string]any) (*Draft, error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	if !e.Can(OpCreate, m) && !e.Can(OpWrite, m) { // before a stranger has passwords hashed
		return nil, e.demand(OpWrite, m)
	}
	d := &Draft{info: m, scratch: m.New(), relations: map[string]any{}}
	row := reflect.ValueOf(d.scratch).Elem()
	metaField(row).ID = id
	var errs []*fault.Error
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f := m.byName[name]
		if f != nil && f.Type == One2Many && e.Sees(f) {
			if fail, ok := errors.AsType[*fault.Error](d.inline(e, f, values[name])); ok {
				errs = append(errs, fail)
			}
			continue
		}
		if f != nil && f.side != nil && e.Sees(f) {
			v, err := f.parse(e, values[name])
			if err != nil {
				errs = append(errs, err)
				continue
			}
			d.attached = append(d.attached, attachedValue{f, v})
			continue
		}
		if f == nil || f.goField == nil || f.Type != Secret && !e.Sees(f) {
			errs = append(errs, fault.New(fault.Invalid, "%s has no field %q.", m.Label, name).On(name))
			continue
		}
		if f.IsRelation() {
			d.relations[name] = values[name]
			continue
		}
		v, err := f.parse(e, values[name])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := f.put(row, v); err != nil {
			return nil, err
		}
		d.given = append(d.given, f)
	}
	if err := fault.Join(errs...); err != nil {
		return nil, err
	}
	for _, h := range m.hooks.prepare {
		if err := h(e, d.scratch); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Save creates the record when id is zero, else updates it; version 0 takes the
// version that is there. It returns the id. Errors: as for Save.
func (d *Draft) Save(e *Env, id, version int64) (int64, error) {
	err := e.Write(func(in *Env) error {
		row, err := d.base(in, id, version)
		if err != nil {
			return err
		}
		if err := d.apply(in, row); err != nil {
			return err
		}
		d.row = row.Addr().Interface()
		in.draft = d
		if err := in.saveIn(d.info, d.row); err != nil {
			return err
		}
		id = metaField(row).ID
		if err := d.saveAttached(in, id); err != nil {
			return err
		}
		return d.saveInlines(in, id)
	})
	return id, err
}

func (d *Draft) base(e *Env, id, version int64) (reflect.Value, error) {
	if id == 0 {
		return reflect.New(d.info.typ).Elem(), nil
	}
	if err := e.demand(OpWrite, d.info); err != nil {
		return reflect.Value{}, err
	}
	if err := e.reaches(d.info, OpWrite, id); err != nil {
		return reflect.Value{}, err
	}
	row, err := e.Sudo("edit").fetch(d.info, id)
	if err == nil && version != 0 {
		metaField(row).Version = version
	}
	return row, err
}

// apply copies the given fields, and what Prepare hooks filled in, onto the row.
func (d *Draft) apply(e *Env, row reflect.Value) error {
	from := reflect.ValueOf(d.scratch).Elem()
	for _, f := range d.info.fields {
		if f.goField == nil || f.IsRelation() {
			continue
		}
		if slices.Contains(d.given, f) || !f.value(from).IsZero() {
			f.value(row).Set(f.value(from))
		}
	}
	var errs []*fault.Error
	for _, f := range d.info.fields {
		v, ok := d.relations[f.Name]
		if !ok {
			continue
		}
		ids, err := f.relate(e, v)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f.relateTo(row, ids)
	}
	return fault.Join(errs...)
}

// SaveValues is NewDraft and Save in one go.
func SaveValues(e *Env, model string, id, version int64, values map[string]any) (int64, error) {
	d, err := NewDraftFor(e, model, id, values)
	if err != nil {
		return 0, err
	}
	return d.Save(e, id, version)
}

// parse brings a plain value from a form, YAML or JSON to what put accepts.
func (f *FieldInfo) parse(e *Env, v any) (any, *fault.Error) {
	if f.Required && f.isNumber() && (v == nil || v == "") {
		return nil, f.wrong("required", "Enter a value.")
	}
	if v == nil {
		return nil, nil
	}
	switch f.Type {
	case Bool:
		return f.parseBool(v)
	case Int, Decimal, Amount:
		return f.parseNumber(e, v)
	case Day:
		return f.parseDay(v)
	case Moment:
		return f.parseMoment(e, v)
	case StringList:
		return f.parseList(v)
	case JSON:
		return f.parseJSON(v)
	}
	switch t := v.(type) {
	case string:
		if f.Type != Secret {
			t = strings.TrimSpace(strings.ReplaceAll(t, "\r\n", "\n"))
		}
		return t, nil
	case int, int64, float64, json.Number:
		return fmt.Sprint(t), nil
	}
	return nil, f.wrong("text", "Write a text.")
}

func (f *FieldInfo) parseBool(v any) (any, *fault.Error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case string, json.Number, int, int64, float64:
		switch strings.TrimSpace(fmt.Sprint(v)) {
		case "true", "on", "1":
			return true, nil
		case "false", "off", "0", "":
			return false, nil
		}
	}
	return nil, f.wrong("bool", "Write true or false.")
}

func (f *FieldInfo) parseDay(v any) (any, *fault.Error) {
	if t, ok := v.(time.Time); ok {
		v = t.Format(time.DateOnly)
	}
	d, err := ParseDate(strings.TrimSpace(fmt.Sprint(v)))
	if err != nil {
		return nil, f.wrong("date", "Write the date as YYYY-MM-DD.")
	}
	return d, nil
}

func (f *FieldInfo) parseMoment(e *Env, v any) (any, *fault.Error) {
	if t, ok := v.(time.Time); ok {
		return f.moment(t)
	}
	text := strings.TrimSpace(fmt.Sprint(v))
	if text == "" {
		return nil, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return f.moment(t)
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, e.Location); err == nil {
			return f.moment(t)
		}
	}
	return f.moment(time.Time{})
}

// moment cuts a time to what both engines keep, and refuses years that one of them
// writes otherwise than the other.
func (f *FieldInfo) moment(t time.Time) (any, *fault.Error) {
	if t = t.UTC().Truncate(time.Microsecond); t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return nil, f.wrong("moment", "Write the date and time as YYYY-MM-DDTHH:MM.")
	}
	return t, nil
}

func (f *FieldInfo) parseList(v any) (any, *fault.Error) {
	switch t := v.(type) {
	case string:
		return Lines(t), nil
	case []string:
		return Strings(slices.DeleteFunc(slices.Clone(t), func(s string) bool { return strings.TrimSpace(s) == "" })), nil
	case []any:
		out := Strings{}
		for _, x := range t {
			s, ok := x.(string)
			if !ok {
				return nil, f.wrong("list", "Write a list of texts.")
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, f.wrong("list", "Write a list of texts.")
}

func (f *FieldInfo) parseJSON(v any) (any, *fault.Error) {
	if s, ok := v.(string); ok {
		return strings.TrimSpace(s), nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, f.wrong("json", "Write JSON.")
	}
	return string(b), nil
}
