package load

import (
	"context"
	"errors"
	"slices"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Withdraw deletes what Apply has brought, the last first: every record that still is as
// the file says and that no other record refers to. What people have changed, or use, is
// left as it is. Hooks that keep people from deleting such records ask [Withdrawing].
func Withdraw(env *record.Env, records []Record) error {
	env = env.In(context.WithValue(env.Context, withdrawing{}, true))
	for _, r := range slices.Backward(records) {
		m, ok := env.Registry().Model(r.Model)
		if !ok {
			continue
		}
		id, err := record.ByExternalID(env, m.Name, r.ID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		free, err := r.unchanged(env, m, id)
		if free && err == nil {
			free, err = unused(env, m, id)
		}
		if free && err == nil {
			err = record.Remove(env, m.Name, id, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type withdrawing struct{}

// Withdrawing reports whether a record is deleted because the module that brought it is
// taken away.
func Withdrawing(env *record.Env) bool { return env.Value(withdrawing{}) != nil }

// errChanged undoes the comparison of a record that is not as its file says.
var errChanged = errors.New("the record is another one by now")

// unchanged reports whether applying the record once more would change nothing. A record
// that cannot be applied any more has been changed, or what it names has.
func (r Record) unchanged(env *record.Env, m *record.Info, id int64) (bool, error) {
	values, err := r.merged(env, m, id)
	if err != nil {
		return false, nil //nolint:nilerr // see above
	}
	draft, err := record.NewDraftFor(env, m.Name, id, values)
	if err != nil {
		return false, nil //nolint:nilerr // see above
	}
	d := drafted{Record: r, model: m.Name, id: id, draft: draft}
	err = env.Write(func(in *record.Env) error {
		var done Result
		if err := d.save(in, &done); err != nil || done.Unchanged == 1 {
			return err
		}
		return errChanged
	})
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, errChanged), fault.CodeOf(err) != fault.Internal:
		return false, nil
	}
	return false, err
}

// unused reports whether no relation of any record leads to this one.
func unused(env *record.Env, m *record.Info, id int64) (bool, error) {
	for _, other := range env.Registry().Models() {
		for _, f := range other.AllFields() {
			if f.Target != m || f.Type != record.Many2One && f.Type != record.Many2Many {
				continue
			}
			n, err := record.Count(env, other.Name, record.Query{Filter: domain.Cond{Path: f.Name, Op: domain.In, Value: []int64{id}}, Archived: true, Limit: 1})
			if n > 0 || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}
