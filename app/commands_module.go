package app

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

type moduleListCommand struct{}

func (moduleListCommand) Run(s *session) error {
	return s.with(func(in *Instance) error {
		out := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
		for _, m := range s.modules {
			state := "-"
			if in.has(m.Name) {
				state = "installed"
			}
			fmt.Fprintf(out, "%s\t%s\t%s\n", m.Name, state, m.Summary)
		}
		return out.Flush()
	})
}

func (in *Instance) has(module string) bool {
	return slices.ContainsFunc(in.Modules, func(m Module) bool { return m.Name == module })
}

type moduleInstallCommand struct {
	Names []string `arg:"" name:"module" help:"Names of modules."`
}

func (c moduleInstallCommand) Run(s *session) error {
	if _, err := choose(s.modules, c.Names); err != nil {
		return err
	}
	return s.with(func(in *Instance) error {
		var fresh []string
		modules, err := choose(in.all, slices.Concat(c.Names, names(in.Modules)))
		if err != nil {
			return err
		}
		for _, m := range modules {
			if !in.has(m.Name) {
				fresh = append(fresh, m.Name)
			}
		}
		if len(fresh) == 0 {
			fmt.Fprintln(s.Out, "Installed already.")
			return nil
		}
		if err := in.extend(s, modules); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "Installed: %s. Start running servers again.\n", strings.Join(fresh, ", "))
		return nil
	})
}

func names(modules []Module) []string {
	out := make([]string, len(modules))
	for i, m := range modules {
		out[i] = m.Name
	}
	return out
}

type moduleRemoveCommand struct {
	Name string `arg:"" name:"module" help:"Name of a module."`
}

func (c moduleRemoveCommand) Run(s *session) error {
	return s.with(func(in *Instance) error {
		if !in.has(c.Name) {
			return fault.New(fault.NotFound, "The module %q is not installed.", c.Name)
		}
		for _, m := range in.Modules {
			if slices.Contains(m.Depends, c.Name) {
				return fault.New(fault.Conflict, "The module %s needs %s: remove that one first.", m.Name, c.Name)
			}
		}
		brought, err := in.brought(c.Name)
		if err != nil {
			return err
		}
		err = in.App.Database.System(s, "module remove").Write(func(e *record.Env) error {
			if err := load.Withdraw(e, brought); err != nil {
				return err
			}
			if err := in.checkEmpty(e, c.Name); err != nil {
				return err
			}
			err := e.Database().DB.Write(e.Context, func(tx *db.Tx) error {
				_, err := tx.Exec("DELETE FROM module WHERE name = ?", c.Name)
				return err
			})
			if err != nil {
				return err
			}
			return set(e.Context, in.db, settingLoaded, "") // the next start drops its jobs
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "Removed: %s. Its empty tables stay. Start running servers again.\n", c.Name)
		return nil
	})
}

// brought are the records that the database has because of a module: its own data, and
// what other modules add where it is installed.
func (in *Instance) brought(module string) ([]load.Record, error) {
	var all []load.Record
	for _, m := range in.Modules {
		folders := []string{load.With + module}
		if m.Name == module {
			folders = []string{"."}
			for _, other := range in.Modules {
				folders = append(folders, load.With+other.Name)
			}
		}
		for _, folder := range folders {
			records, err := load.Files(m.Name, m.Data, folder)
			if err != nil {
				return nil, err
			}
			all = append(all, records...)
		}
	}
	return all, nil
}

// checkEmpty refuses to remove a module whose models hold records that people have made,
// or made their own.
func (in *Instance) checkEmpty(env *record.Env, module string) error {
	for _, m := range env.Registry().Models() {
		if owner, _, _ := strings.Cut(m.Name, "."); owner != module {
			continue
		}
		n, err := record.Count(env, m.Name, record.Query{Archived: true})
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "The module %s cannot be removed: there are %d records of %s that did not come with it, or that were changed or are in use. Delete them first.", module, n, m.Name)
		}
	}
	return nil
}
