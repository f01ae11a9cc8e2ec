package record

import (
	"reflect"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
)

// Save writes a record: a new one when its ID is zero, else the version it was read
// at. Only changed fields are written; the row gets its new ID, version and times.
//
// Order: Prepare hooks (outside the transaction when there is none yet), access,
// the old row under its lock, field rights, BeforeSave, validation, the row, its
// lists, the record rules once more on what was written, audit, AfterSave.
//
// Errors: Forbidden, NotFound, Conflict when somebody saved in between, Invalid with
// one entry for each field that has to be mended.
func Save[T any](e *Env, row *T) error {
	return e.save(InfoOf[T](e.registry), row)
}

func (e *Env) save(m *Info, row any) error {
	if err := e.demand(opOf(row), m); err != nil {
		return err
	}
	for _, h := range m.hooks.prepare {
		if err := h(e, row); err != nil {
			return err
		}
	}
	return e.Write(func(in *Env) error { return in.saveIn(m, row) })
}

// saving is one record on its way into the database.
type saving struct {
	env       *Env
	info      *Info
	row       any
	now       reflect.Value // the row
	old       reflect.Value // as it was; zero values for a new one
	op        Op
	defaulted []*FieldInfo // fields of a new record that defaults filled
	asked     []*FieldInfo // fields changed by whoever saves
	changed   []*FieldInfo // fields changed by him and by the hooks
	matched   []bool       // which windows show the record as it was
}

func opOf(row any) Op {
	if metaOf(row).ID == 0 {
		return OpCreate
	}
	return OpWrite
}

func (e *Env) saveIn(m *Info, row any) error {
	s := &saving{env: e, info: m, row: row, now: reflect.ValueOf(row).Elem(), op: opOf(row)}
	meta, outer := *metaOf(row), e.saving[row]
	steps := []func() error{s.load, s.rights, s.before, s.validate, s.write, s.lists, s.translations, s.reach, s.audit, s.after}
	for _, step := range steps {
		if err := step(); err != nil {
			*metaOf(row) = meta // nothing was saved: the row is as new or as old as it was
			e.original(row, outer)
			return err
		}
	}
	e.original(row, outer)
	return nil
}

// original remembers what a row under way was before; a hook may save the row again.
func (e *Env) original(row, was any) {
	switch {
	case was == nil:
		delete(e.saving, row)
	case e.saving == nil:
		e.saving = map[any]any{row: was}
	default:
		e.saving[row] = was
	}
}

// load reads the row as it was, compares versions, and leaves alone what the person
// has not seen.
func (s *saving) load() error {
	if err := s.env.demand(s.op, s.info); err != nil {
		return err
	}
	s.old = reflect.New(s.info.typ).Elem()
	if s.op == OpCreate {
		return s.defaults()
	}
	meta := metaField(s.now)
	if err := s.env.reaches(s.info, OpWrite, meta.ID); err != nil {
		return err
	}
	was, err := s.env.Sudo("compare").fetch(s.info, meta.ID)
	if err != nil {
		return err
	}
	s.old = was
	if metaField(was).Version != meta.Version {
		return conflict(s.info)
	}
	*meta = *metaField(was)
	if s.matched, err = s.env.matching(s.info, meta.ID); err != nil {
		return err
	}
	s.keepUnseen()
	return s.keepHidden()
}

// keepUnseen restores the fields of a struct that are zero because the person, or the
// windows that match the record, do not show them. A draft names what it means.
func (s *saving) keepUnseen() {
	if s.env.draft.saves(s.row) {
		return
	}
	for _, f := range s.info.fields {
		if f.goField == nil || f.Type == Secret || !f.value(s.now).IsZero() {
			continue
		}
		if !s.env.Sees(f) || s.env.windows != nil && !s.env.listedIn(s.info, OpRead, f, s.matched) {
			f.value(s.now).Set(f.value(s.old))
		}
	}
}

// keepHidden restores the related records that the person cannot see: he was shown an
// empty relation, or a list without them, and cannot have meant to take them away.
func (s *saving) keepHidden() error {
	for _, f := range s.changedRelations() {
		now := f.ids(s.now)
		if s.env.all || f.Type == Many2One && len(now) > 0 {
			continue
		}
		gone := without(f.ids(s.old), now)
		seen, err := s.env.visible(f.Target, gone)
		if err != nil {
			return err
		}
		for _, id := range gone {
			if !seen[id] {
				f.relateTo(s.now, append(slices.Clone(now), id))
				now = f.ids(s.now)
			}
		}
	}
	return nil
}

// relateTo points the field at records: at the first of them, or at all in a list.
func (f *FieldInfo) relateTo(row reflect.Value, ids []int64) {
	dst := f.value(row)
	switch {
	case f.Type == Many2Many:
		dst.Set(reflect.ValueOf(ids))
	case len(ids) == 0:
		dst.SetInt(0)
	default:
		dst.SetInt(ids[0])
	}
}

func conflict(m *Info) error {
	return fault.New(fault.Conflict, "Somebody else has changed this %s in the meantime.", strings.ToLower(m.Label)).
		Keyed("record.conflict", map[string]any{"Model": m.Label, "ModelKey": m.LabelKey()})
}

// defaults fills empty fields of a new record. What a draft names stays as it says: a
// switch turned off is not one that was left out.
func (s *saving) defaults() error {
	for _, f := range s.info.fields {
		if f.Default != nil && f.goField != nil && f.value(s.now).IsZero() && !s.env.draft.names(s.row, f) {
			if err := f.put(s.now, f.Default(s.env)); err != nil {
				return err
			}
			s.defaulted = append(s.defaulted, f)
		}
	}
	if c := s.info.byName["company"]; c != nil && c.Type == Many2One && c.Field.Model == CompanyModel && !s.info.Shared && c.value(s.now).IsZero() {
		c.value(s.now).SetInt(s.env.Company)
		s.defaulted = append(s.defaulted, c)
	}
	return nil
}

// fetch reads one row whole, as a struct value, its texts in the language of the Env.
func (e *Env) fetch(m *Info, id int64) (reflect.Value, error) {
	row := reflect.New(m.typ).Elem()
	s, p, err := prepareVersioned(e, m, Query{Filter: byID(id), Fields: m.readable(e), Archived: true, Order: "id"})
	if err != nil {
		return row, err
	}
	rows, err := s.read(p, 1, 0)
	if err == nil && len(rows) == 0 {
		err = notFound(m, id)
	}
	if err != nil {
		return row, err
	}
	return row, m.fill(row, rows[0])
}

func (s *saving) before() error {
	s.env.original(s.row, s.old.Addr().Interface())
	for _, h := range s.info.hooks.beforeSave {
		if err := h(s.env, s.row); err != nil {
			return err
		}
	}
	for _, f := range s.info.fields {
		if f.goField == nil || isStandard(f.Name) {
			continue
		}
		if f.cut(s.now); !f.same(s.now, s.old) {
			s.changed = append(s.changed, f)
		}
	}
	return nil
}

// Original returns the row as it was before the save that is under way; a zero row
// for a new record. It is for BeforeSave and AfterSave hooks.
func Original[T any](e *Env, row *T) *T {
	if was, ok := e.saving[row].(*T); ok {
		return was
	}
	return new(T)
}

func (s *saving) after() error {
	for _, h := range s.info.hooks.afterSave {
		if err := h(s.env, s.row); err != nil {
			return err
		}
	}
	return nil
}
