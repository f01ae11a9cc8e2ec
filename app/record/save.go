package record

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
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
	for _, h := range m.hooks.prepare {
		if err := h(e, row); err != nil {
			return err
		}
	}
	return e.Write(func(in *Env) error { return in.saveIn(m, row) })
}

// saving is one record on its way into the database.
type saving struct {
	env     *Env
	info    *Info
	row     any
	now     reflect.Value // the row
	old     reflect.Value // as it was; zero values for a new one
	op      Op
	changed []*FieldInfo
}

func (e *Env) saveIn(m *Info, row any) error {
	s := &saving{env: e, info: m, row: row, now: reflect.ValueOf(row).Elem(), op: OpWrite}
	if metaOf(row).ID == 0 {
		s.op = OpCreate
	}
	steps := []func() error{s.load, s.rights, s.before, s.validate, s.write, s.lists, s.translations, s.reach, s.audit, s.after}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// load reads the row as it was and compares versions.
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
	for _, f := range s.info.fields {
		if f.goField != nil && f.Type != Secret && !s.env.Sees(f) && !s.env.all && f.value(s.now).IsZero() {
			f.value(s.now).Set(f.value(was)) // the person never saw it: it stays as it is
		}
	}
	return nil
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
		}
	}
	if c := s.info.byName["company"]; c != nil && c.Type == Many2One && c.Field.Model == CompanyModel && !s.info.Shared && c.value(s.now).IsZero() {
		c.value(s.now).SetInt(s.env.Company)
	}
	return nil
}

// fetch reads one row whole, as a struct value.
func (e *Env) fetch(m *Info, id int64) (reflect.Value, error) {
	row := reflect.New(m.typ).Elem()
	q := Query{Filter: byID(id), Fields: m.readable(e), Archived: true, Order: "id", Limit: 1}
	s, p, err := prepare(e.WithLang(sourceLang), m, q)
	if err != nil {
		return row, err
	}
	version := s.add(root + ".version")
	text, args := s.text(1, 0)
	found := false
	versions, err := s.versions(p, version, text, args, func(r Row) error {
		found = true
		return m.fill(row, r)
	})
	if err == nil && !found {
		err = notFound(m, id)
	}
	if err == nil {
		metaField(row).Version = versions[0]
	}
	return row, err
}

// rights refuses changes to fields that the person may not write.
func (s *saving) rights() error {
	windows := s.env.windowsFor(s.info, s.op, nil)
	for _, f := range s.info.fields {
		if f.goField == nil || f.Private || f.same(s.now, s.old) {
			continue // private fields are set by code only, by a Prepare hook for one
		}
		listed := s.env.windows == nil || slices.ContainsFunc(windows, func(w Window) bool { return slices.Contains(w.Fields, f.Name) })
		fresh := s.op == OpCreate && f.Default != nil || f.Name == "company"
		if (!s.env.Sets(f) || !listed) && !fresh {
			return fault.New(fault.Forbidden, "You have no right to change the field %q.", f.Name).On(f.Name).
				Keyed("record.fieldforbidden", map[string]any{"Field": f.Label, "FieldKey": f.LabelKey()})
		}
	}
	return nil
}

func (s *saving) before() error {
	if s.env.saving == nil {
		s.env.saving = map[any]any{}
	}
	s.env.saving[s.row] = s.old.Addr().Interface()
	for _, h := range s.info.hooks.beforeSave {
		if err := h(s.env, s.row); err != nil {
			return err
		}
	}
	for _, f := range s.info.fields {
		if f.goField != nil && !f.same(s.now, s.old) {
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

// write inserts the row or updates its changed columns where the version is the one read.
func (s *saving) write() error {
	meta := metaField(s.now)
	meta.UpdatedAt, meta.UpdatedBy = s.env.Now, ID(s.env.User.UserID())
	if s.op == OpCreate {
		meta.Version, meta.CreatedAt, meta.CreatedBy = 1, meta.UpdatedAt, meta.UpdatedBy
		return s.info.explain(s.insert())
	}
	if len(s.changed) == 0 {
		return nil
	}
	sets, args := []string{"version = version + 1", "updated_at = ?", "updated_by = ?"}, []any{meta.UpdatedAt, meta.UpdatedBy}
	for _, f := range s.changed {
		if f.Stored() && !s.translated(f) {
			sets, args = append(sets, f.Column+" = ?"), append(args, f.value(s.now).Interface())
		}
	}
	args = append(args, meta.ID, meta.Version)
	return s.env.database.DB.Write(s.env.Context, func(tx *db.Tx) error {
		res, err := tx.Exec("UPDATE "+s.info.Table+" SET "+strings.Join(sets, ", ")+" WHERE id = ? AND version = ?", args...)
		if err != nil {
			return s.info.explain(err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return conflict(s.info)
		}
		meta.Version++
		return nil
	})
}

func (s *saving) insert() error {
	meta := metaField(s.now)
	cols, args := []string{"version", "created_at", "updated_at", "created_by", "updated_by"},
		[]any{meta.Version, meta.CreatedAt, meta.UpdatedAt, meta.CreatedBy, meta.UpdatedBy}
	for _, f := range s.info.fields {
		if f.Stored() && !slices.Contains(cols, f.Column) {
			cols, args = append(cols, f.Column), append(args, f.value(s.now).Interface())
		}
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(cols)), ", ")
	return s.env.database.DB.Write(s.env.Context, func(tx *db.Tx) error {
		text := "INSERT INTO " + s.info.Table + " (" + strings.Join(cols, ", ") + ") VALUES (" + marks + ") RETURNING id"
		return tx.QueryRow(text, args...).Scan(&meta.ID)
	})
}

// lists writes the pairs of the Many2Many fields that changed.
func (s *saving) lists() error {
	id := metaField(s.now).ID
	for _, f := range s.changed {
		if f.Type != Many2Many {
			continue
		}
		now, _ := f.get(s.now).([]int64)
		old, _ := f.get(s.old).([]int64)
		err := s.env.database.DB.Write(s.env.Context, func(tx *db.Tx) error {
			for _, t := range old {
				if !slices.Contains(now, t) {
					if _, err := tx.Exec("DELETE FROM "+f.JoinTable()+" WHERE record_id = ? AND target_id = ?", id, t); err != nil {
						return err
					}
				}
			}
			for i, t := range now {
				if !slices.Contains(old, t) && !slices.Contains(now[:i], t) {
					if _, err := tx.Exec("INSERT INTO "+f.JoinTable()+" (record_id, target_id) VALUES (?, ?)", id, t); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("write %s of %s %d: %w", f.Name, s.info.Name, id, err)
		}
	}
	return nil
}

// reach makes sure that the record as written is still one the person may write:
// nobody moves a record out of his own sight, or into another company.
func (s *saving) reach() error {
	if s.env.all {
		return nil
	}
	err := s.env.reaches(s.info, s.op, metaField(s.now).ID)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Forbidden, "With these values the %s would be outside of what you may change.", strings.ToLower(s.info.Label)).
			Keyed("record.outofreach", map[string]any{"Model": s.info.Label, "ModelKey": s.info.LabelKey()})
	}
	return err
}

// reaches reports, as NotFound, that a record is not one the person may do op with.
func (e *Env) reaches(m *Info, op Op, id int64) error {
	if e.all {
		return nil
	}
	var both domain.And
	if rule := e.rightsOn(m).rules[op]; rule != nil {
		both = append(both, rule)
	}
	if e.windows != nil {
		if f := through(e.windowsFor(m, op, nil)); f != nil {
			both = append(both, f)
		}
	}
	both = append(both, byID(id))
	free := e.Sudo("reach")
	free.User, free.Company, free.Companies = e.User, e.Company, e.Companies
	n, err := Count(free, m.Name, Query{Filter: both, Archived: true})
	if err == nil && n == 0 {
		err = notFound(m, id)
	}
	return err
}

func (s *saving) after() error {
	for _, h := range s.info.hooks.afterSave {
		if err := h(s.env, s.row); err != nil {
			return err
		}
	}
	delete(s.env.saving, s.row)
	return nil
}

// Delete removes a record at the version it was read at, in one transaction with its
// lists, translations, names and the audit line. Errors: as for Save.
func Delete[T any](e *Env, row *T) error {
	m := InfoOf[T](e.registry)
	return e.Write(func(in *Env) error { return in.remove(m, row) })
}

func (e *Env) remove(m *Info, row any) error {
	meta := metaOf(row)
	if err := e.demand(OpDelete, m); err != nil {
		return err
	}
	if err := e.reaches(m, OpDelete, meta.ID); err != nil {
		return err
	}
	for _, h := range m.hooks.beforeDelete {
		if err := h(e, row); err != nil {
			return err
		}
	}
	err := e.database.DB.Write(e.Context, func(tx *db.Tx) error {
		for _, f := range m.fields {
			if f.Type == Many2Many {
				if _, err := tx.Exec("DELETE FROM "+f.JoinTable()+" WHERE record_id = ?", meta.ID); err != nil {
					return err
				}
			}
		}
		for _, t := range []string{"translation", "external_id"} {
			if _, err := tx.Exec("DELETE FROM "+t+" WHERE model = ? AND record_id = ?", m.Name, meta.ID); err != nil {
				return err
			}
		}
		res, err := tx.Exec("DELETE FROM "+m.Table+" WHERE id = ? AND version = ?", meta.ID, meta.Version)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return conflict(m)
		}
		return nil
	})
	if err != nil {
		return m.explain(err)
	}
	if err := e.log(m, meta.ID, m.displayOf(reflect.ValueOf(row).Elem()), "delete", nil); err != nil {
		return err
	}
	for _, h := range m.hooks.afterDelete {
		if err := h(e, row); err != nil {
			return err
		}
	}
	return nil
}
