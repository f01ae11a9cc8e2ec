package app

import (
	"fmt"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/db"
)

type checkCommand struct{}

// Run checks the program and, where there is one, the schema of the database. It changes nothing.
func (checkCommand) Run(s *session) error {
	if err := checkOrder(s.modules); err != nil {
		return err
	}
	r, reg, err := register(s.modules)
	if err != nil {
		return err
	}
	bundle, err := texts(s.modules)
	if err != nil {
		return err
	}
	var problems []*fault.Error
	for _, key := range missingTexts(r, reg, s.modules, bundle) {
		problems = append(problems, fault.New(fault.Invalid, "%s", key))
	}
	if err := fault.Join(problems...); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%d modules, %d models, %d texts in %d languages: in order.\n", len(s.modules), len(r.Models()), len(bundle.Keys("en")), len(i18n.Languages))
	return s.checkSchema()
}

func (s *session) checkSchema() error {
	d, err := db.Open(s, db.Config{URL: s.config.databaseURL(), ReadOnly: true})
	if fault.Is(err, fault.NotFound) {
		fmt.Fprintln(s.Out, "There is no database yet.")
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	names, err := installed(s, d)
	if err != nil {
		return err
	}
	modules, err := choose(s.modules, names)
	if err != nil {
		return err
	}
	pending, err := d.Pending(s, migrationSets(modules))
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		fmt.Fprintf(s.Out, "The next start migrates the database: %v.\n", pending)
		return nil
	}
	fmt.Fprintln(s.Out, "The schema of the database is up to date.")
	return nil
}
