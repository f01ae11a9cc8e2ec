package record

import (
	"slices"
	"sync"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

// right is what one person may do to one model.
type right struct {
	may  bool
	rule domain.Node // nil: no limit
}

// rightsMemo keeps the rights of an Env and its copies. Requests share an Env between
// goroutines.
type rightsMemo struct {
	mu    sync.Mutex
	known map[rightKey]right
}

type rightKey struct {
	model *Info
	op    Op
}

// right works a right out once for an Env and its copies.
func (e *Env) right(m *Info, op Op) right {
	key := rightKey{m, op}
	e.rights.mu.Lock()
	defer e.rights.mu.Unlock()
	r, ok := e.rights.known[key]
	if !ok {
		r = right{e.listed(m, op), e.ruleFor(m, op)}
		if e.rights.known == nil {
			e.rights.known = map[rightKey]right{}
		}
		e.rights.known[key] = r
	}
	return r
}

func (e *Env) listed(m *Info, op Op) bool {
	if e.all {
		return true
	}
	for _, a := range m.Access {
		if a.Group == "" || !e.Member(a.Group) {
			continue
		}
		switch {
		case op == OpRead && a.Read, op == OpCreate && a.Create, op == OpWrite && a.Write, op == OpDelete && a.Delete:
			return true
		}
	}
	return false
}

// ruleFor joins the record rules: every rule without groups, and of those with
// groups at least one that the person is in. Somebody in none of the groups that a
// model's rules name sees nothing of it.
func (e *Env) ruleFor(m *Info, op Op) domain.Node {
	if e.all {
		return nil
	}
	var every domain.And
	var some domain.Or
	grouped := false
	for _, r := range m.rules {
		if r.Ops != nil && !slices.Contains(r.Ops, op) {
			continue
		}
		if len(r.Groups) == 0 {
			every = append(every, r.node)
			continue
		}
		grouped = true
		if slices.ContainsFunc(r.Groups, e.Member) {
			some = append(some, r.node)
		}
	}
	if grouped && len(some) == 0 {
		return domain.False
	}
	if len(some) > 0 {
		every = append(every, some)
	}
	if len(every) == 0 {
		return nil
	}
	return every
}

// Can reports whether the person has a right on a model as a whole; which records
// it reaches is for the rules to say.
func (e *Env) Can(op Op, m *Info) bool {
	if e.windows != nil && !slices.ContainsFunc(e.windows[m.Name], func(w Window) bool { return slices.Contains(w.Ops, op) }) {
		return false
	}
	return e.right(m, op).may
}

func (e *Env) demand(op Op, m *Info) error {
	if e.Can(op, m) {
		return nil
	}
	verbs := map[Op]string{OpRead: "see", OpCreate: "create", OpWrite: "change", OpDelete: "delete"}
	return fault.New(fault.Forbidden, "You have no right to %s records of %q.", verbs[op], m.Label).
		Keyed("record.forbidden."+string(op), map[string]any{"Model": m.Label, "ModelKey": m.LabelKey()})
}

// Sees reports whether the person may read a field of a model he may read. Private
// fields are for code that acts as the system.
func (e *Env) Sees(f *FieldInfo) bool {
	if f.Type == Secret || f.Private && !e.all {
		return false
	}
	return e.all || len(f.Groups) == 0 || slices.ContainsFunc(f.Groups, e.Member)
}

// Sets reports whether the person may write a field of a record he may write.
func (e *Env) Sets(f *FieldInfo) bool {
	if f.Type == One2Many {
		return false
	}
	if e.all {
		return true
	}
	if f.Readonly || f.Private {
		return false
	}
	if len(f.Groups) > 0 && !slices.ContainsFunc(f.Groups, e.Member) {
		return false
	}
	return len(f.WriteGroups) == 0 || slices.ContainsFunc(f.WriteGroups, e.Member)
}
