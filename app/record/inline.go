package record

import (
	"errors"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

// Inline is one record behind a One2Many as the draft of the record it points to writes
// it: in the same transaction, after that record, with the rights, rules and hooks of
// its own model.
type Inline struct {
	// Key is how faults name it: one on the field quantity of "lines.0" is on
	// "lines.0.quantity".
	Key     string
	ID      int64 // 0 for a new one
	Version int64 // that it was read at; 0 takes the version that is there
	Remove  bool
	Values  map[string]any // without the field that points back
}

// inlineDraft is an Inline checked and prepared.
type inlineDraft struct {
	Inline
	field *FieldInfo
	draft *Draft // nil for one to remove
}

// inline reads what a draft says of a One2Many.
func (d *Draft) inline(e *Env, f *FieldInfo, value any) error {
	lines, ok := value.([]Inline)
	if !ok {
		return f.wrong("inline", "Write each of these records by itself.")
	}
	var errs []*fault.Error
	for _, l := range lines {
		child := inlineDraft{Inline: l, field: f}
		if !l.Remove {
			var err error
			if _, named := l.Values[f.Inverse]; named {
				err = fault.New(fault.Invalid, "It belongs to the record that it is written with.").On(f.Inverse).Keyed("record.invalid.owner", nil)
			} else {
				child.draft, err = NewDraftFor(e, f.Target.Name, l.ID, l.Values)
			}
			if err := l.blame(err); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		d.inlines = append(d.inlines, child)
	}
	return fault.Join(errs...)
}

// blame puts the parts of an error on the fields of the line; what is no fault of the
// person's gets no place.
func (l Inline) blame(err error) *fault.Error {
	if err == nil {
		return nil
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fault.Wrap(err, fault.Internal, "The line could not be written.")
	}
	place := func(name string) string {
		if name == "" {
			return l.Key
		}
		return l.Key + "." + name
	}
	var placed []*fault.Error
	for _, part := range f.All() {
		one := *part
		one.More = nil
		placed = append(placed, one.On(place(part.Field)))
	}
	placed[0].More = placed[1:]
	return placed[0]
}

// saveInlines writes the lines of a record that has just been saved.
func (d *Draft) saveInlines(e *Env, id int64) error {
	var errs []*fault.Error
	for _, l := range d.inlines {
		if err := l.blame(l.save(e, id)); err != nil {
			if err.Code != fault.Invalid {
				return err
			}
			errs = append(errs, err)
		}
	}
	return fault.Join(errs...)
}

func (l *inlineDraft) save(e *Env, owner int64) error {
	if l.ID != 0 {
		if err := l.belongs(e, owner); err != nil {
			return err
		}
	}
	switch {
	case l.Remove:
		return Remove(e, l.field.Target.Name, l.ID, l.Version)
	case l.ID == 0:
		l.draft.relations[l.field.Inverse] = owner
	}
	_, err := l.draft.Save(e, l.ID, l.Version)
	return err
}

// belongs makes sure that a line is one of the record's: a form says which it means.
func (l *inlineDraft) belongs(e *Env, owner int64) error {
	row, err := e.Sudo("lines").fetch(l.field.Target, l.ID)
	if err != nil {
		return err
	}
	if ids := l.field.inverse.ids(row); len(ids) != 1 || ids[0] != owner {
		return notFound(l.field.Target, l.ID)
	}
	return nil
}

// Versioned is a row with the version that its values belong to.
type Versioned struct {
	Row
	Version int64
}

// InlineOf returns the records behind a One2Many of a record as the reader may see them,
// oldest first, at most so many.
func InlineOf(e *Env, f *FieldInfo, owner int64, paths []string, most int) ([]Versioned, error) {
	back := domain.Cond{Path: f.Inverse, Op: domain.Eq, Value: owner}
	s, p, err := prepareVersioned(e, f.Target, Query{Filter: back, Fields: paths, Order: "id", Archived: true})
	if err != nil {
		return nil, err
	}
	rows, err := s.read(p, most, 0)
	if err != nil {
		return nil, err
	}
	out := make([]Versioned, len(rows))
	for i, r := range rows {
		out[i] = Versioned{r, r.version}
	}
	return out, nil
}
