package domain

import "time"

// Type is the kind of value a field holds.
type Type uint8

// The types. A field of type Unfilterable exists but no condition may name it.
const (
	Unfilterable Type = iota
	Bool
	Int
	Decimal   // int64, scaled by Field.Scale
	Money     // int64 in minor units, scaled by Field.Scale
	Text      //
	Date      // "YYYY-MM-DD", as text (a date column of PostgreSQL will do)
	DateTime  // UTC, cut to microseconds: text as the SQLite drivers write it, timestamptz in PostgreSQL
	Selection // text, one of Field.Options
	ID        // the record's own id, int64
	Many2One
	One2Many
	Many2Many
)

// Relation reports whether values of the type are other records.
func (t Type) Relation() bool { return t == Many2One || t.ToMany() }

// ToMany reports whether a record may have several values of the type.
func (t Type) ToMany() bool { return t == One2Many || t == Many2Many }

// Field is a field of a model as whoever asks sees it.
type Field struct {
	Name, Label string
	Type        Type
	// Column is the field's own column; the foreign key of a Many2One; "" for to-many relations.
	Column string
	// Side is the 1:1 table that holds Column when the model's own table does not; its column
	// record_id is the record's id. A record without a row there has an empty field.
	Side string
	// Required says that the column is NOT NULL, which saves negative conditions a test.
	Required bool
	// Scale is the number of decimals of Decimal and Money. A filter writes 10000.50 or
	// "10000.50"; the column holds 1000050.
	Scale   int
	Options []string // Selection
	// Fold names a column that holds Fold(text), for ilike. Without it ilike folds ASCII only.
	Fold string
	// Target returns the schema of a relation's model, as whoever asks sees it.
	Target func() Schema
	// Inverse is the foreign key column in the target's table (One2Many).
	Inverse string
	// JoinTable links JoinOwn (this model's id) with JoinTarget (the target's id) (Many2Many).
	JoinTable, JoinOwn, JoinTarget string
	// NameField is the text field of the target that a relation compared with a text means.
	NameField string
}

// Schema is a model as whoever asks sees it.
type Schema interface {
	Model() string
	Table() string
	// Field returns a field, false when it is unknown or hidden: both alike, so that errors do
	// not tell them apart. "id" always exists.
	Field(name string) (Field, bool)
	// Rule says what may be seen of this model when it is reached through a relation (access
	// rights and record rules), and the schema to compile that against, which has no rules
	// itself. A nil Node means everything, False nothing. Compile does not apply the rule of
	// the schema it is called with: the caller joins it with All.
	Rule() (Node, Schema, error)
}

// Record is a loaded row, for Eval.
type Record interface {
	// Value returns a field's value: nil when empty, bool, int64 (also for ID and Many2One, and
	// scaled for Decimal and Money), string, or time.Time (Date: its date in UTC; a
	// "YYYY-MM-DD" string will do).
	Value(field string) (any, error)
	// Related returns the targets of a relation, hidden ones too: Eval applies the rules. It is
	// asked only when the id of a Many2One does not decide.
	Related(field string) ([]Record, error)
}

// Vars are the values of the variables in a filter.
type Vars struct {
	UID, CompanyID int64
	CompanyIDs     []int64
	Now            time.Time
	// Location is the time zone in which days, weeks and months begin; nil means UTC.
	Location *time.Location
}
