package record

import (
	"github.com/tessera-erp/tessera/app/domain"
)

// checkWhen parses when a form shows the field.
func (f *FieldInfo) checkWhen(r *Registry) {
	if f.When == "" {
		return
	}
	var err error
	if f.when, err = parseFilter(f.When, f.model); err != nil {
		r.fault("%s.%s: When: %w", f.model.Name, f.Name, err)
		return
	}
	for _, path := range f.model.usedPaths(f.when) {
		if on := f.model.byName[path]; on == nil || on == f || on.Private || on.Type != Selection && on.Type != Bool {
			r.fault("%s.%s: When: %q is no other field of the record that is a selection or a switch", f.model.Name, f.Name, path)
		}
	}
}

// Relevant reports whether a form shows the field as the others stand; value returns what
// stands in one of them: a string of a Selection, a bool of a Bool.
func (f *FieldInfo) Relevant(e *Env, value func(name string) any) (bool, error) {
	if f.when == nil {
		return true, nil
	}
	return domain.Eval(f.when, systemSchema(f.model), e.Vars(), standing(value))
}

// DecidedBy names the fields that decide whether a form shows this one.
func (f *FieldInfo) DecidedBy() []string {
	if f.when == nil {
		return nil
	}
	return f.model.usedPaths(f.when)
}

// standing is a record by what stands in its fields on a form.
type standing func(name string) any

// Value implements domain.Record.
func (s standing) Value(name string) (any, error) { return s(name), nil }

// Related implements domain.Record: no condition leads through a relation.
func (s standing) Related(string) ([]domain.Record, error) { return nil, nil }
