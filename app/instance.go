package app

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/web/screen"
	"github.com/tessera-erp/tessera/app/web/wizards"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

// Instance is an open Tessera: one database, the modules installed in it, and the
// application made of both. Its life:
//
//  1. Database: it is opened.
//  2. Modules: those installed are read; an empty database gets all, or those named.
//  3. Registry: the modules declare themselves; every fault is reported at once.
//  4. Schema: what is missing is migrated, the kernel first. A warm start only compares.
//  5. Keyset: an empty database gets its id and a keyset; any other has to find its own.
//  6. Records: what the modules bring is loaded when it has changed.
//  7. Opened: the modules' Open functions run.
//  8. Served (Serve): jobs run and requests are answered until the context ends.
type Instance struct {
	App     *web.Application
	Modules []Module // installed, in order

	config    Config
	all       []Module
	logger    *slog.Logger
	db        *db.DB
	fresh     bool // nothing was ever installed in the database
	registrar *Registrar
}

// Open brings the database to service, as far as step 7. Errors that an operator can
// mend are one sentence (package fault).
func Open(ctx context.Context, c Config, all []Module, logger *slog.Logger) (*Instance, error) {
	if err := checkOrder(all); err != nil {
		return nil, err
	}
	base, err := c.baseURL()
	if err != nil {
		return nil, err
	}
	public, err := c.publicIP()
	if err != nil {
		return nil, err
	}
	in := &Instance{config: c, all: all, logger: logger, App: &web.Application{BaseURL: base, PublicIP: public, Demo: c.Demo, Deployment: c.deployment(base)}}
	for _, step := range []func(context.Context) error{
		in.openDatabase,
		in.findModules,
		in.register,
		in.migrate,
		in.unseal,
		in.loadRecords,
		in.openModules,
	} {
		if err := step(ctx); err != nil {
			_ = in.Close() // the first error says more
			return nil, err
		}
	}
	return in, nil
}

// Close closes the database.
func (in *Instance) Close() error {
	if in.db == nil {
		return nil
	}
	return in.db.Close()
}

func (in *Instance) openDatabase(ctx context.Context) (err error) {
	if err := in.config.prepareData(); err != nil {
		return err
	}
	in.db, err = db.Open(ctx, db.Config{URL: in.config.databaseURL(), Logger: in.logger})
	return err
}

// findModules reads what is installed. The demo database always has every module.
func (in *Instance) findModules(ctx context.Context) error {
	names, err := installed(ctx, in.db)
	if err != nil {
		return err
	}
	in.fresh = len(names) == 0
	if in.fresh || in.config.Demo {
		in.Modules, err = in.wanted(names)
		return err
	}
	in.Modules, err = choose(in.all, names)
	if err != nil {
		return fault.Wrap(err, fault.Conflict, "The database has modules that this program does not: %v.", missing(in.all, names))
	}
	return nil
}

func (in *Instance) wanted(already []string) ([]Module, error) {
	if len(in.config.Modules) == 0 {
		return in.all, nil
	}
	return choose(in.all, slices.Concat(in.config.Modules, already))
}

func missing(all []Module, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(all, func(m Module) bool { return m.Name == name })
	})
}

// register builds the registry, the site and the texts of the installed modules.
func (in *Instance) register(context.Context) error {
	r, reg, err := register(in.Modules)
	if err != nil {
		return err
	}
	ownJobs(reg.Jobs)
	in.registrar = reg
	in.App.Database = record.NewDatabase(in.db, r)
	in.App.Site = reg.Site
	in.App.Site.Route(screen.Routes()...)
	in.App.Site.Route(wizards.Routes()...)
	in.App.Site.Need(wizards.Waiting)
	in.App.Accounts = reg.accounts
	if in.App.Accounts == nil {
		return fmt.Errorf("no module says who the users are")
	}
	in.App.Texts, err = texts(in.Modules)
	return err
}

// texts are the translations of the house and of the modules.
func texts(modules []Module) (*i18n.Bundle, error) {
	sources := []fs.FS{ui.Locales, web.Locales, screen.Locales, wizards.Locales, wizard.Locales, domain.Locales, locales}
	for _, m := range modules {
		sources = append(sources, m.Locales)
	}
	return i18n.New(sources...)
}

func (in *Instance) migrate(ctx context.Context) error {
	in.App.Migrations = migrationSets(in.Modules)
	return in.db.Migrate(ctx, in.App.Migrations)
}

// openModules runs what the modules do at every start.
func (in *Instance) openModules(ctx context.Context) error {
	for _, open := range in.registrar.opens {
		if err := open(ctx, in.App); err != nil {
			return err
		}
	}
	if in.registrar.tokens == nil {
		return nil
	}
	tokens, err := in.registrar.tokens(in.App)
	in.App.Tokens = tokens
	return err
}

// extend installs further modules in the open database: registry, schema and records.
func (in *Instance) extend(ctx context.Context, modules []Module) error {
	in.Modules = modules
	for _, step := range []func(context.Context) error{in.register, in.migrate, in.loadRecords} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}
