package app

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// kernel is the module that the house's own tables migrate as.
const kernel = "kernel"

// checkOrder makes sure that the list can be installed from its beginning to its end.
func checkOrder(all []Module) error {
	var errs []error
	seen := map[string]bool{kernel: true}
	for _, m := range all {
		if seen[m.Name] {
			errs = append(errs, fmt.Errorf("module %s stands twice in the list", m.Name))
		}
		for _, d := range m.Depends {
			if !seen[d] {
				errs = append(errs, fmt.Errorf("module %s depends on %s, which does not stand before it", m.Name, d))
			}
		}
		seen[m.Name] = true
	}
	return errors.Join(errs...)
}

// choose returns the named modules with all they depend on, in the order of the list.
func choose(all []Module, names []string) ([]Module, error) {
	wanted := map[string]bool{}
	var want func(name string) error
	want = func(name string) error {
		at := slices.IndexFunc(all, func(m Module) bool { return m.Name == name })
		if at < 0 {
			return fault.New(fault.Invalid, "There is no module %q in this program.", name)
		}
		wanted[name] = true
		for _, d := range all[at].Depends {
			if err := want(d); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range names {
		if err := want(name); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(m Module) bool { return !wanted[m.Name] }), nil
}

// register lets the modules declare what they bring and seals the registry: every fault
// of every declaration is reported at once.
func register(modules []Module) (*record.Registry, *Registrar, error) {
	r, reg := declare(modules)
	if err := errors.Join(r.Seal(), reg.Site.Wizards.Check()); err != nil {
		return nil, nil, fmt.Errorf("the declarations of the modules are wrong:\n%w", err)
	}
	return r, reg, nil
}

func declare(modules []Module) (*record.Registry, *Registrar) {
	r := record.NewRegistry()
	reg := &Registrar{Site: &web.Site{}, Jobs: &jobs.Schedule{}}
	for _, m := range modules {
		if m.Register != nil {
			m.Register(r, reg)
		}
	}
	for _, m := range modules {
		for _, other := range modules { // in the order of the list
			if fn := m.With[other.Name]; fn != nil {
				fn(r, reg)
			}
		}
	}
	return r, reg
}
