package record

import (
	"database/sql"
	"reflect"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

// rights refuses changes to fields that the person may not write, or that no window
// matching the record lists. What a default filled in is nobody's change, and private
// fields are set by code only, by a Prepare hook for one.
func (s *saving) rights() error {
	for _, f := range s.info.fields {
		if f.goField == nil || f.Private || slices.Contains(s.defaulted, f) {
			continue
		}
		// A switch turned off is named although it is as zero as it was.
		named := (s.op == OpCreate || isStandard(f.Name)) && s.env.draft.names(s.row, f)
		if !named && f.same(s.now, s.old) {
			continue
		}
		listed := s.env.windows == nil || s.env.listedIn(s.info, s.op, f, s.matched)
		if s.env.Sets(f) && listed {
			s.asked = append(s.asked, f)
			continue
		}
		if s.op == OpCreate && s.isDefault(f) {
			continue
		}
		return f.forbidden()
	}
	return nil
}

func (f *FieldInfo) forbidden() *fault.Error {
	return fault.New(fault.Forbidden, "You have no right to change the field %q.", f.Name).On(f.Name).
		Keyed("record.fieldforbidden", map[string]any{"Field": f.Label, "FieldKey": f.LabelKey()})
}

// isDefault reports whether a new record's field says what it would without being named.
func (s *saving) isDefault(f *FieldInfo) bool {
	if f.Name == "company" && f.Type == Many2One && f.value(s.now).Int() == s.env.Company {
		return true
	}
	if f.Default == nil {
		return f.value(s.now).IsZero()
	}
	row := reflect.New(s.info.typ).Elem()
	return f.put(row, f.Default(s.env)) == nil && f.same(s.now, row)
}

// reach makes sure that the record as written is still one the person may write, and
// that each window through which he wrote a field still shows it: nobody moves a
// record out of his own sight, or into another company.
func (s *saving) reach() error {
	id := metaField(s.now).ID
	err := s.env.reaches(s.info, s.op, id)
	if err == nil && s.env.windows != nil {
		err = s.stillListed(id)
	}
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Forbidden, "With these values the %s would be outside of what you may change.", strings.ToLower(s.info.Label)).
			Keyed("record.outofreach", map[string]any{"Model": s.info.Label, "ModelKey": s.info.LabelKey()})
	}
	return err
}

func (s *saving) stillListed(id int64) error {
	now, err := s.env.matching(s.info, id)
	if err != nil {
		return err
	}
	for i := range now {
		now[i] = now[i] && (s.op == OpCreate || s.matched[i])
	}
	for _, f := range s.asked {
		if !s.env.listedIn(s.info, s.op, f, now) {
			return notFound(s.info, id)
		}
	}
	return nil
}

// reaches reports, as NotFound, that a record is not one the person may do op with.
func (e *Env) reaches(m *Info, op Op, id int64) error {
	if e.all && e.windows == nil {
		return nil
	}
	both := domain.And{byID(id)}
	if rule := e.right(m, op).rule; rule != nil {
		both = append(both, rule)
	}
	if e.windows != nil {
		if f := through(e.windowsFor(m, op, nil), nil); f != nil {
			both = append(both, f)
		}
	}
	n, err := Count(e.Sudo("reach"), m.Name, Query{Filter: both, Archived: true})
	if err == nil && n == 0 {
		err = notFound(m, id)
	}
	return err
}

// matching reports which windows on a model, whatever they allow, show a record; nil
// when the environment looks through none.
func (e *Env) matching(m *Info, id int64) ([]bool, error) {
	if e.windows == nil {
		return nil, nil
	}
	s, err := newStatement(e.Sudo("reach"), m, Query{Filter: byID(id), Archived: true, Order: "id"})
	if err != nil {
		return nil, err
	}
	for _, w := range e.windows[m.Name] {
		if _, err := s.windowColumn(w); err != nil {
			return nil, err
		}
	}
	if len(s.selects) == 0 {
		return nil, nil
	}
	var out []bool
	text, args := s.text(1, 0)
	err = e.database.DB.Each(e.Context, text, args, func(cells []any) error {
		out = make([]bool, len(cells))
		for i, c := range cells {
			out[i] = c == int64(1)
		}
		return nil
	})
	if err == nil && out == nil {
		err = sql.ErrNoRows
	}
	return out, err
}

// listedIn reports whether one of the windows on a model that allow the operation lists
// a field. For anything but a create it has to be one that matches the record.
func (e *Env) listedIn(m *Info, op Op, f *FieldInfo, matched []bool) bool {
	for i, w := range e.windows[m.Name] {
		if (matched == nil || matched[i]) && slices.Contains(w.Ops, op) && slices.Contains(w.Fields, f.Name) {
			return true
		}
	}
	return false
}

// visible tells which of some records the person may see by his own rights: a scope on
// one model does not have to show the models that it relates to.
func (e *Env) visible(m *Info, ids []int64) (map[int64]bool, error) {
	free := *e
	free.windows = nil
	seen := map[int64]bool{}
	if !free.Can(OpRead, m) {
		return seen, nil
	}
	for chunk := range slices.Chunk(ids, domain.MaxList/2) {
		q := Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: chunk}, Order: "id", Archived: true, Limit: len(chunk)}
		for r, err := range Rows(&free, m.Name, q) {
			if err != nil {
				return nil, err
			}
			seen[r.ID] = true
		}
	}
	return seen, nil
}
