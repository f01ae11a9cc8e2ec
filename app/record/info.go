package record

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm/schema"

	"github.com/tessera-erp/tessera/app/domain"
)

// Info is a model as the sealed registry knows it: the declaration, bound to its
// struct and table, with its relations resolved and its rules parsed.
type Info struct {
	Model
	typ    reflect.Type
	schema *schema.Schema
	fields []*FieldInfo
	byName map[string]*FieldInfo
	rules  []parsedRule
	hooks  hooks
	// sideHooks are those on the structs that hold attached fields.
	sideHooks map[reflect.Type]hooks
	reg       *Registry
}

type parsedRule struct {
	Rule
	node domain.Node
}

// FieldInfo is a field bound to its column and to the model it relates to.
type FieldInfo struct {
	Field
	Column  string // "" when the field has none of its own
	Target  *Info  // of a relation
	model   *Info
	goField *schema.Field
	inverse *FieldInfo  // One2Many: the field that points back
	filter  domain.Node // of the choices of a relation; nil: all
	when    domain.Node // see Relevant; nil: always
	side    *boundSide  // set when the column lives in a side table (Attach)
	// filtered is the field in the filter language, known once relations are resolved.
	filtered domain.Field
}

// standard are the fields every model has; a person never writes them.
func standard(hasUsers bool) []Field {
	f := []Field{
		{Name: "created_at", Label: "Created", Type: Moment, Readonly: true, NoCopy: true},
		{Name: "updated_at", Label: "Changed", Type: Moment, Readonly: true, NoCopy: true},
	}
	if hasUsers {
		f = append(f,
			Field{Name: "created_by", Label: "Created by", Type: Many2One, Model: UserModel, Readonly: true, NoCopy: true},
			Field{Name: "updated_by", Label: "Changed by", Type: Many2One, Model: UserModel, Readonly: true, NoCopy: true})
	}
	return f
}

// isStandard reports whether a field is one that Save itself keeps.
func isStandard(name string) bool {
	switch name {
	case "created_at", "updated_at", "created_by", "updated_by":
		return true
	}
	return false
}

// The models that the kernel itself refers to by name; module base defines them.
const (
	UserModel    = "base.user"
	CompanyModel = "base.company"
)

// Field returns a field by name; "id" is not a field.
func (m *Info) Field(name string) (*FieldInfo, bool) {
	f, ok := m.byName[name]
	return f, ok
}

// AllFields returns the fields in the order of declaration, the standard ones last.
func (m *Info) AllFields() []*FieldInfo { return m.fields }

// New returns a pointer to a zero row.
func (m *Info) New() any { return reflect.New(m.typ).Interface() }

// LabelKey is the translation key of the model's label.
func (m *Info) LabelKey() string { return m.Name }

// LabelKey is the translation key of the field's label. Standard fields share one key.
func (f *FieldInfo) LabelKey() string {
	if isStandard(f.Name) {
		return "record." + f.Name
	}
	return f.model.Name + "." + f.Name
}

// Owner returns the model that the field belongs to.
func (f *FieldInfo) Owner() *Info { return f.model }

// IsRelation reports whether the field leads to other records.
func (f *FieldInfo) IsRelation() bool {
	return f.Type == Many2One || f.isList()
}

// isList reports whether the field leads to any number of records.
func (f *FieldInfo) isList() bool { return f.Type == One2Many || f.Type == Many2Many }

// IsPart reports whether records of the model are written on the form of another, that
// they belong to.
func (m *Info) IsPart() bool {
	for _, other := range m.reg.order {
		if slices.ContainsFunc(other.fields, func(f *FieldInfo) bool { return f.Target == m && len(f.Inline) > 0 }) {
			return true
		}
	}
	return false
}

// Stored reports whether the field is a column of the model's own table.
func (f *FieldInfo) Stored() bool { return f.Column != "" && f.side == nil }

// JoinTable is the table that holds the pairs of a Many2Many, with the columns
// record_id and target_id.
func (f *FieldInfo) JoinTable() string { return f.model.Table + "_" + f.Name }

func squash(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// bind matches the declaration with the Go struct.
func (m *Info) bind(r *Registry) {
	m.reg = r
	m.byName = map[string]*FieldInfo{}
	if _, ok := m.typ.FieldByName("Meta"); !ok {
		r.fault("%s: the struct %s must embed record.Meta", m.Name, m.typ)
		return
	}
	s, err := schema.ParseWithSpecialTableName(m.New(), &sync.Map{}, schema.NamingStrategy{}, m.Table)
	if err != nil {
		r.fault("%s: %v", m.Name, err)
		return
	}
	m.schema = s
	goFields := map[string]*schema.Field{}
	for _, f := range s.Fields {
		goFields[squash(f.Name)] = f
	}
	used := map[string]bool{"id": true, "version": true, "createdat": true, "updatedat": true, "createdby": true, "updatedby": true}
	_, hasUsers := r.models[UserModel]
	for _, decl := range append(slices.Clone(m.Fields), standard(hasUsers)...) {
		f := &FieldInfo{Field: decl, model: m}
		if m.byName[f.Name] != nil || f.Name == "id" {
			r.fault("%s.%s: declared twice", m.Name, f.Name)
			continue
		}
		if err := f.bind(goFields, used); err != nil {
			r.fault("%s.%s: %w", m.Name, f.Name, err)
			continue
		}
		m.fields = append(m.fields, f)
		m.byName[f.Name] = f
	}
	for _, f := range s.Fields {
		if !used[squash(f.Name)] && f.DBName != "" {
			r.fault("%s: the struct field %s is not declared", m.Name, f.Name)
		}
	}
}

var goTypes = map[Type]string{
	Text: "string", Multiline: "string", Email: "string", URL: "string", Code: "string", Selection: "string", JSON: "string", Secret: "string",
	Int: "int64", Decimal: "int64", Amount: "record.Money", Bool: "bool", Day: "record.Date", Moment: "time.Time",
	StringList: "record.Strings", Many2One: "record.ID", Many2Many: "[]int64",
}

func (f *FieldInfo) bind(goFields map[string]*schema.Field, used map[string]bool) error {
	if f.Type == One2Many {
		return nil
	}
	key := squash(f.Name)
	if f.Type == Many2One && goFields[key+"id"] != nil {
		key += "id"
	}
	g := goFields[key]
	if g == nil {
		return fmt.Errorf("the struct has no field for it")
	}
	used[squash(g.Name)] = true
	want, got := goTypes[f.Type], g.FieldType.String()
	if want == "" {
		return fmt.Errorf("it has no type")
	}
	if got != want && !(f.Type == Moment && got == "*time.Time") {
		return fmt.Errorf("the struct field %s is %s, want %s", g.Name, got, want)
	}
	f.goField = g
	f.Column = g.DBName
	virtual := f.Type == Secret || f.Type == Many2Many
	if virtual != (f.Column == "") {
		return fmt.Errorf(`the struct field %s must %sbe tagged gorm:"-"`, g.Name, map[bool]string{true: "", false: "not "}[virtual])
	}
	return nil
}
