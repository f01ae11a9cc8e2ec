package record

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// validate checks every value and reports all that is wrong at once.
func (s *saving) validate() error {
	var errs []*fault.Error
	for _, f := range s.info.fields {
		if f.goField == nil {
			continue
		}
		touched := s.op == OpCreate || !f.same(s.now, s.old)
		if f.Required && s.missing(f) {
			errs = append(errs, f.wrong("required", "Enter a value."))
			continue
		}
		if touched {
			errs = append(errs, f.checkValue(f.value(s.now)))
		}
	}
	if err := fault.Join(errs...); err != nil {
		return err
	}
	return s.targets()
}

// missing reports whether a required field has no value. A number that is zero has one,
// unless it is a new record's that nobody named.
func (s *saving) missing(f *FieldInfo) bool {
	switch v := f.get(s.now).(type) {
	case int64:
		if f.Type != Many2One {
			return v == 0 && s.op == OpCreate && s.env.draft.saves(s.row) && !s.env.draft.names(s.row, f)
		}
	case string:
		return f.Type != Secret && strings.TrimSpace(v) == ""
	}
	return isEmpty(f.get(s.now))
}

// wrong is an Invalid error on the field. The key is record.invalid.<what>.
func (f *FieldInfo) wrong(what, message string, args ...any) *fault.Error {
	values := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		values[args[i].(string)] = args[i+1]
	}
	return fault.New(fault.Invalid, "%s", message).On(f.Name).Keyed("record.invalid."+what, values)
}

const (
	lineSize = 256
	textSize = 64 << 10
)

func (f *FieldInfo) checkValue(v reflect.Value) *fault.Error {
	if list, ok := v.Interface().(Strings); ok {
		return f.checkList(list)
	}
	if v.Kind() != reflect.String {
		return nil
	}
	text := v.String()
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return f.wrong("text", "This text has characters that cannot be stored.")
	}
	limit := f.Size
	if limit == 0 {
		limit = lineSize
		if f.Type == Multiline || f.Type == JSON || f.Type == Secret {
			limit = textSize
		}
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return f.wrong("size", "This text is too long: use "+itoa(limit)+" characters at most.", "Limit", limit)
	}
	if text == "" {
		return nil
	}
	switch f.Type {
	case Text, Email, URL, Code:
		if strings.ContainsAny(text, "\r\n") {
			return f.wrong("line", "Write this on one line.")
		}
	case Selection:
		for _, o := range f.Options {
			if o.Value == text {
				return nil
			}
		}
		return f.wrong("option", "Choose one of the values offered.")
	case JSON:
		if !json.Valid([]byte(text)) {
			return f.wrong("json", "Write JSON.")
		}
	case Day:
		if _, err := ParseDate(text); err != nil {
			return f.wrong("date", "Write the date as YYYY-MM-DD.")
		}
	}
	switch f.Type {
	case Email:
		if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
			return f.wrong("email", "Write an e-mail address such as name@example.com.")
		}
	case URL:
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return f.wrong("url", "Write a web address that begins with https://.")
		}
	}
	return nil
}

// checkList holds the texts of a list to what one line of text may be.
func (f *FieldInfo) checkList(list Strings) *fault.Error {
	size := 0
	for _, text := range list {
		size += len(text)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n") {
			return f.wrong("text", "This text has characters that cannot be stored.")
		}
	}
	if size > textSize {
		return f.wrong("size", "This text is too long: use "+itoa(textSize)+" characters at most.", "Limit", textSize)
	}
	return nil
}

// targets makes sure that every newly related record exists, that the person may see
// it, and that it is one of the choices that the field offers.
func (s *saving) targets() error {
	for _, f := range s.changedRelations() {
		added := without(f.ids(s.now), f.ids(s.old))
		if len(added) == 0 {
			continue
		}
		env := s.env
		if f.Readonly || f.Private {
			env = s.env.Sudo("set by the house")
		}
		seen, err := env.visible(f.Target, added)
		if err != nil {
			return err
		}
		if len(seen) != len(added) {
			return f.noChoice()
		}
		if err := s.offered(f, added); err != nil {
			return err
		}
	}
	return nil
}

// offered holds newly related records against the field's Filter.
func (s *saving) offered(f *FieldInfo, added []int64) error {
	if f.filter == nil {
		return nil
	}
	for chunk := range slices.Chunk(added, domain.MaxList/2) {
		in := domain.Cond{Path: "id", Op: domain.In, Value: chunk}
		n, err := Count(s.env.Sudo("choices"), f.Target.Name, Query{Filter: domain.And{in, f.filter}, Archived: true})
		if err != nil {
			return err
		}
		if n != len(chunk) {
			return f.wrong("choice", "Choose one of the records offered.")
		}
	}
	return nil
}

func (f *FieldInfo) noChoice() *fault.Error {
	return f.wrong("relation", "Choose one of the records offered: this one does not exist, or you may not see it.")
}

func (s *saving) changedRelations() []*FieldInfo {
	var out []*FieldInfo
	for _, f := range s.info.fields {
		if (f.Type == Many2One || f.Type == Many2Many) && !f.same(s.now, s.old) {
			out = append(out, f)
		}
	}
	return out
}

// ids are the related records that the row names.
func (f *FieldInfo) ids(row reflect.Value) []int64 {
	switch v := f.get(row).(type) {
	case int64:
		if v != 0 {
			return []int64{v}
		}
	case []int64:
		return v
	}
	return nil
}

func unique(ids []int64) map[int64]bool {
	out := map[int64]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// explain turns what the engine refused into an error on the field it is about.
func (m *Info) explain(err error, op Op) error {
	if err == nil || fault.CodeOf(err) != fault.Internal {
		return err
	}
	v, ok := db.Violated(err)
	if !ok {
		return err
	}
	switch v.Kind {
	case db.Unique:
		for _, f := range m.fields {
			if f.Unique && slices.Contains(v.Columns, f.Column) {
				return f.wrong("taken", "This value is already in use: choose another one.")
			}
		}
		return fault.Wrap(err, fault.Conflict, "Another %s with these values exists already.", strings.ToLower(m.Label)).
			Keyed("record.exists", map[string]any{"Model": m.Label, "ModelKey": m.LabelKey()})
	case db.ForeignKey:
		if op != OpDelete {
			return fault.Wrap(err, fault.Conflict, "A record that this %s refers to is gone.", strings.ToLower(m.Label)).
				Keyed("record.gone", map[string]any{"Model": m.Label, "ModelKey": m.LabelKey()})
		}
		return fault.Wrap(err, fault.Conflict, "Other records refer to this %s, so it cannot be deleted; archive it instead.", strings.ToLower(m.Label)).
			Keyed("record.referred", map[string]any{"Model": m.Label, "ModelKey": m.LabelKey()})
	}
	return err
}
