package record

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm/schema"
)

// side is a 1:1 table in which one module keeps further fields of another's model.
type side struct {
	owner, typ reflect.Type
	fields     []Field
}

// boundSide is a side table with its name.
type boundSide struct{ table string }

// Attach gives the model of T the further fields that the struct X holds, in a table
// of its own: its name is the model's table and X's name, its key record_id. The
// fields show in lists, scopes and the API as if they were T's; WriteSide writes them.
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
		f := &FieldInfo{Field: decl, model: m, side: &boundSide{table}}
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
			f.goField = nil // it is not in T's struct
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
