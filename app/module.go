package app

import (
	"context"
	"io/fs"

	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
)

// Module is one module: a value in the list that main hands to Main. Its life:
//
//  1. Ordered: modules stand in modules.All; each comes behind those in Depends.
//  2. Migrated: its migrations run once, in order, when it is installed.
//  3. Registered: Register declares models, hooks, routes, menus and jobs. The
//     functions in With run too when the module they name is installed.
//  4. Loaded: Data, then with --demo also Demo, are load files (*.yaml, in the order
//     of their names), applied by external id and so safe to repeat.
//  5. Opened: functions given to Registrar.Open run on every start.
type Module struct {
	Name, Title, Summary string
	Depends              []string
	Migrations           []db.Migration
	Locales              fs.FS
	Data                 fs.FS // records that every database has
	Demo                 fs.FS // records of --demo
	Register             func(*record.Registry, *Registrar)
	With                 map[string]func(*record.Registry, *Registrar)
}

// Registrar takes what a module declares besides its models.
type Registrar struct {
	Site *web.Site
	Jobs *jobs.Schedule

	accounts web.Accounts
	tokens   func(*web.Application) (web.Tokens, error)
	opens    []func(context.Context, *web.Application) error
}

// Accounts says who the people are; module base calls it.
func (r *Registrar) Accounts(a web.Accounts) { r.accounts = a }

// Tokens says how bearer tokens are authenticated; module oauth_provider calls it.
func (r *Registrar) Tokens(make func(*web.Application) (web.Tokens, error)) { r.tokens = make }

// Open adds a function that runs when the application starts, after load and before
// the first request. Routes that need the application (its base URL, its keys) can be
// added to app.Site there.
func (r *Registrar) Open(fn func(ctx context.Context, app *web.Application) error) {
	r.opens = append(r.opens, fn)
}
