package record

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm/schema"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// side is a 1:1 table in which one module keeps further fields of another's model.
type side struct {
	owner, typ reflect.Type
	fields     []Field
}

// boundSide is where an attached field is kept: the table, and the field of the struct.
type boundSide struct {
	table string
	typ   reflect.Type
	field *schema.Field
}

// Attach gives the model of T the further fields that the struct X holds, in a table
// of its own: its name is the model's table and X's name, its key record_id. The
// fields show in lists, scopes and the API as if they were T's, and forms, load files
// and the API write them with the record; for code, SideOf reads and SaveSide writes
// them. BeforeSave[X] and AfterSave[X] run when some of them change.
func Attach[T, X any](r *Registry, fields ...Field) {
	r.sides = append(r.sides, side{reflect.TypeFor[T](), reflect.TypeFor[X](), fields})
}

// SideTable is the table that Attach[T, X] reads, for the module's migration.
func SideTable(owner, x string) string {
	return strings.ReplaceAll(owner, ".", "_") + "_" + schema.NamingStrategy{SingularTable: true}.TableName(x)
}

func (s side) bind(r *Registry) {
	m := r.byType[s.owner]
	if m == nil {
		r.fault("Attach: no model is defined on %s", s.owner)
		return
	}
	table := SideTable(m.Name, s.typ.Name())
	parsed, err := schema.ParseWithSpecialTableName(reflect.New(s.typ).Interface(), &sync.Map{}, schema.NamingStrategy{}, table)
	if err != nil {
		r.fault("%s: %s: %v", m.Name, s.typ, err)
		return
	}
	goFields := map[string]*schema.Field{}
	for _, f := range parsed.Fields {
		goFields[squash(f.Name)] = f
	}
	if goFields["recordid"] == nil {
		r.fault("%s: %s needs a field RecordID int64", m.Name, s.typ)
		return
	}
	for _, decl := range s.fields {
		f := &FieldInfo{Field: decl, model: m, side: &boundSide{table: table, typ: s.typ}}
		switch {
		case m.byName[f.Name] != nil:
			r.fault("%s.%s: declared twice", m.Name, f.Name)
		case f.IsRelation() || f.Type == Secret:
			r.fault("%s.%s: an attached field holds a plain value", m.Name, f.Name)
		default:
			if err := f.bind(goFields, map[string]bool{}); err != nil {
				r.fault("%s.%s: %w", m.Name, f.Name, err)
				continue
			}
			f.goField, f.side.field = nil, f.goField // it is not in T's struct
			m.fields = append(m.fields, f)
			m.byName[f.Name] = f
		}
	}
}

// sideTables are the tables that hold fields attached to the model.
func (m *Info) sideTables() []string {
	var out []string
	for _, f := range m.fields {
		if f.side != nil && !slices.Contains(out, f.side.table) {
			out = append(out, f.side.table)
		}
	}
	return out
}

// attached are the fields of X, able to read and write a struct of it.
func (m *Info) attached(x reflect.Type) []*FieldInfo {
	var out []*FieldInfo
	for _, f := range m.fields {
		if f.side != nil && f.side.typ == x {
			in := *f
			in.goField = f.side.field
			out = append(out, &in)
		}
	}
	return out
}

// SideOf returns the fields that Attach[T, X] adds to a record, zero where nothing was
// saved or the asker may not see them. NotFound as for Get.
func SideOf[T, X any](e *Env, id int64) (X, error) {
	var x X
	err := e.side(InfoOf[T](e.registry), id, reflect.ValueOf(&x).Elem())
	return x, err
}

func (e *Env) side(m *Info, id int64, into reflect.Value) error {
	fields := m.attached(into.Type())
	var paths []string
	for _, f := range fields {
		if e.Sees(f) {
			paths = append(paths, f.Name)
		}
	}
	row, err := RowOf(e, m.Name, id, paths)
	if err != nil {
		return err
	}
	into.FieldByName("RecordID").SetInt(id)
	for _, f := range fields {
		if v, ok := row.Value(f.Name); ok && v != nil {
			if err := f.put(into, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// SaveSide writes the fields that Attach[T, X] adds to a record, in one transaction with
// the record's new version and an audit line. A field that the asker may not see stays
// as it is. It compares no version: whoever shows the fields on a form saves the record
// itself in the same Write. Errors: as for Save.
func SaveSide[T, X any](e *Env, id int64, x *X) error {
	m := InfoOf[T](e.registry)
	return e.Write(func(in *Env) error { return in.saveSide(m, id, reflect.ValueOf(x).Elem()) })
}

func (e *Env) saveSide(m *Info, id int64, now reflect.Value) error {
	row := now.Addr().Interface()
	defer e.original(row, e.saving[row])
	if err := e.demand(OpWrite, m); err != nil {
		return err
	}
	if err := e.reaches(m, OpWrite, id); err != nil {
		return err
	}
	was, err := e.Sudo("compare").fetch(m, id)
	if err != nil {
		return err
	}
	old := reflect.New(now.Type()).Elem()
	if err := e.Sudo("compare").side(m, id, old); err != nil {
		return err
	}
	matched, err := e.matching(m, id)
	if err != nil {
		return err
	}
	now.FieldByName("RecordID").SetInt(id)
	s := &saving{env: e, info: m, now: was, op: OpWrite, matched: matched}
	e.original(row, old.Addr().Interface())
	for _, h := range m.sideHooks[now.Type()].beforeSave {
		if err := h(e, row); err != nil {
			return err
		}
	}
	if err := s.attach(now, old); err != nil || len(s.changed) == 0 {
		return err
	}
	if err := s.reach(); err != nil {
		return err
	}
	if err := e.log(m, id, m.displayOf(was), string(OpWrite), changesOf(s.changed, old, now)); err != nil {
		return err
	}
	for _, h := range m.sideHooks[now.Type()].afterSave {
		if err := h(e, row); err != nil {
			return err
		}
	}
	return nil
}

// attachedValue is what a draft says of an attached field.
type attachedValue struct {
	field *FieldInfo
	value any
}

// saveAttached writes what a draft says of attached fields, behind the record itself.
func (d *Draft) saveAttached(e *Env, id int64) error {
	var done []reflect.Type
	for _, a := range d.attached {
		t := a.field.side.typ
		if slices.Contains(done, t) {
			continue
		}
		done = append(done, t)
		now := reflect.New(t).Elem()
		if err := e.Sudo("attached fields").side(d.info, id, now); err != nil {
			return err
		}
		for _, b := range d.attached {
			if b.field.side.typ != t {
				continue
			}
			in := *b.field
			in.goField = b.field.side.field
			if err := in.put(now, b.value); err != nil {
				return err
			}
		}
		if err := e.saveSide(d.info, id, now); err != nil {
			return err
		}
	}
	return nil
}

// attach finds the changed fields, checks them, and writes the row of the side table.
func (s *saving) attach(now, old reflect.Value) error {
	fields := s.info.attached(now.Type())
	var errs []*fault.Error
	for _, f := range fields {
		if !s.env.Sees(f) || s.env.windows != nil && !s.env.listedIn(s.info, OpRead, f, s.matched) {
			if f.value(now).IsZero() {
				f.value(now).Set(f.value(old))
			}
		}
		if f.cut(now); f.same(now, old) {
			continue
		}
		if !s.env.Sets(f) || s.env.windows != nil && !s.env.listedIn(s.info, OpWrite, f, s.matched) {
			return f.forbidden()
		}
		s.asked, s.changed = append(s.asked, f), append(s.changed, f)
		if f.Required && isEmpty(f.get(now)) {
			errs = append(errs, f.wrong("required", "Enter a value."))
			continue
		}
		errs = append(errs, f.checkValue(f.value(now)))
	}
	if err := fault.Join(errs...); err != nil || len(s.changed) == 0 {
		return err
	}
	return s.env.database.DB.Write(s.env.Context, func(tx *db.Tx) error { return s.putSide(tx, fields, now) })
}

func (s *saving) putSide(tx *db.Tx, fields []*FieldInfo, now reflect.Value) error {
	meta := metaField(s.now)
	res, err := tx.Exec("UPDATE "+quote(s.info.Table)+" SET version = version + 1, updated_at = ?, updated_by = ? WHERE id = ? AND version = ?",
		s.env.Now, ID(s.env.User.UserID()), meta.ID, meta.Version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return conflict(s.info)
	}
	table := quote(fields[0].side.table)
	if _, err := tx.Exec("DELETE FROM "+table+" WHERE record_id = ?", meta.ID); err != nil {
		return err
	}
	cols, args := []string{"record_id"}, []any{meta.ID}
	for _, f := range fields {
		cols, args = append(cols, quote(f.Column)), append(args, f.value(now).Interface())
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(cols)), ", ")
	_, err = tx.Exec("INSERT INTO "+table+" ("+strings.Join(cols, ", ")+") VALUES ("+marks+")", args...)
	return s.info.explain(err, OpWrite)
}
