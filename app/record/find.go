package record

import (
	"reflect"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

// Find returns the records of T's model that match a query, as structs. Fields that
// the asker may not read, and under a token those that no matching window lists, are
// zero. Many2Many fields are filled; One2Many rows are a Find of their own.
//
// Errors: Forbidden without a right on the model, Invalid for a bad filter or order.
func Find[T any](e *Env, q Query) ([]T, error) {
	m := InfoOf[T](e.registry)
	q.Fields = m.readable(e)
	s, p, err := prepareVersioned(e, m, q)
	if err != nil {
		return nil, err
	}
	rows, err := s.read(p, q.Limit, q.Offset)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		if err := m.fill(reflect.ValueOf(&out[i]).Elem(), r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Get returns one record by id, archived or not. NotFound covers both "there is
// none" and "you may not see it".
func Get[T any](e *Env, id int64) (T, error) {
	rows, err := Find[T](e, Query{Filter: byID(id), Limit: 1, Archived: true})
	if err == nil && len(rows) == 0 {
		err = notFound(InfoOf[T](e.registry), id)
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return rows[0], nil
}

// First returns the first record that matches; NotFound when none does.
func First[T any](e *Env, q Query) (T, error) {
	q.Limit = 1
	rows, err := Find[T](e, q)
	if err == nil && len(rows) == 0 {
		m := InfoOf[T](e.registry)
		err = fault.New(fault.NotFound, "There is no such %s.", strings.ToLower(m.Label)).Keyed("record.none", map[string]any{"Model": m.Label, "ModelKey": m.LabelKey()})
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return rows[0], nil
}

// Count returns how many records of a model match a query; Limit bounds the counting
// when it is not zero.
func Count(e *Env, model string, q Query) (int, error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return 0, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	q.Order = "id"
	s, err := newStatement(e, m, q)
	if err != nil {
		return 0, err
	}
	text, args := "SELECT COUNT(*)"+s.from(), append(s.joinArgs, s.whArgs...)
	if q.Limit > 0 {
		text = "SELECT COUNT(*) FROM (SELECT 1" + s.from() + " LIMIT ?) AS seen"
		args = append(args, q.Limit)
	}
	var n int
	err = e.database.DB.QueryRowContext(e.Context, text, args...).Scan(&n)
	return n, err
}

// CountIn is Count for the model of T.
func CountIn[T any](e *Env, q Query) (int, error) { return Count(e, InfoOf[T](e.registry).Name, q) }

// RowOf returns one record by id with the paths asked for; NotFound as for Get.
func RowOf(e *Env, model string, id int64, paths []string) (Row, error) {
	for r, err := range Rows(e, model, Query{Filter: byID(id), Fields: paths, Limit: 1, Archived: true, Order: "id"}) {
		return r, err
	}
	m, _ := e.registry.Model(model)
	return Row{}, notFound(m, id)
}

func byID(id int64) domain.Node { return domain.Cond{Path: "id", Op: domain.Eq, Value: id} }

func notFound(m *Info, id int64) error {
	return fault.New(fault.NotFound, "There is no %s %d, or you may not see it.", strings.ToLower(m.Label), id).
		Keyed("record.notfound", map[string]any{"Model": m.Label, "ModelKey": m.LabelKey(), "ID": id})
}

// readable lists the fields that a struct can hold and the asker may read.
func (m *Info) readable(e *Env) []string {
	var out []string
	for _, f := range m.fields {
		if f.goField == nil || f.Type == Secret || f.side != nil {
			continue
		}
		if e.Sees(f) {
			out = append(out, f.Name)
		}
	}
	return out
}

// fill copies a row's visible values into a struct.
func (m *Info) fill(into reflect.Value, r Row) error {
	meta := metaField(into)
	meta.ID, meta.Version = r.ID, r.version
	for path, v := range r.All() {
		f := m.byName[path]
		if f == nil || f.goField == nil || v == nil {
			continue
		}
		if err := f.put(into, v); err != nil {
			return err
		}
	}
	return nil
}

func metaField(row reflect.Value) *Meta { return row.FieldByName("Meta").Addr().Interface().(*Meta) }

func metaOf(row any) *Meta { return metaField(reflect.ValueOf(row).Elem()) }
