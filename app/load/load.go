// Package load brings records from files into a database: module data, demo data and
// what `tessera load` is given. A file is a YAML (or JSON) list:
//
//	# model, the name under which the record is known, and its fields
//	- {model: base.user, id: anna, values: {login: anna@example.com, name: Anna Keller, groups: [base.user], company: main}}
//	- model: contacts.tag
//	  id: wholesale
//	  values: {name: Wholesale}
//	  translations: {fr: {name: Grossiste}}
//
// Relations are named by external id, by the model's key (a login, an ISO code, a tag's
// name) or by number; a list of them where several are meant. A record may only name
// those before it or already stored. Loading the same file again changes nothing. With
// `once: true` a record that exists is left as people have made it meanwhile, and a list
// of relations written as {add: […]} keeps those that are there:
//
//   - {model: base.user, id: anna, values: {groups: {add: [contacts.user]}}}
package load

import (
	"fmt"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
)

// Record is one record to create or update.
type Record struct {
	Model  string // name or alias
	ID     string // external id
	Values map[string]any
	// Translations are texts of translated fields: language, field, text.
	Translations map[string]map[string]string
	Once         bool // create it, but never update it

	at place
}

// place is where a record stands in its file, for messages.
type place struct {
	file   string
	line   int
	fields map[string]int // lines of the values
}

// line is where to look for a field.
func (p place) lineOf(field string) int {
	if n := p.fields[field]; n > 0 {
		return n
	}
	return p.line
}

// wrong is a problem with a record: its place, its name, the field and the sentence.
func (r Record) wrong(code fault.Code, field, message string) *fault.Error {
	where := ""
	if r.at.file != "" {
		where = fmt.Sprintf("%s:%d: ", r.at.file, r.at.lineOf(field))
	}
	name := r.Model + " " + r.ID
	if field != "" {
		name += ", " + field
	}
	return fault.New(code, "%s%s: %s", where, name, message)
}

// explain gives each part of an error the place of the record's field that it is about.
func (r Record) explain(err error) error {
	if err == nil {
		return nil
	}
	f, ok := err.(*fault.Error) //nolint:errorlint // a wrapped one would lose its wrapping
	if !ok {
		return fault.Wrap(err, fault.CodeOf(err), "%s", r.wrong(fault.Internal, "", "it could not be stored.").Message)
	}
	var all []*fault.Error
	for _, e := range f.All() {
		placed := r.wrong(e.Code, e.Field, e.Message)
		placed.Cause = e.Cause
		all = append(all, placed)
	}
	return fault.Join(all...)
}

// sortedKeys are a map's keys in order, so that messages come in a stable one.
func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
