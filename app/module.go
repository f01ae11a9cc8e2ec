package app

import (
	"context"
	"io"
	"io/fs"

	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/load"
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
//  4. Loaded: Data, then with --demo also Demo and DemoRecords, are applied by external
//     id and so safe to repeat; DemoRows comes last. That happens when the module is
//     installed and when what it brings has changed, not on every start.
//  5. Opened: functions given to Registrar.Open run on every start.
type Module struct {
	Name, Title, Summary string
	Depends              []string
	Migrations           []db.Migration
	Locales              fs.FS
	// Data are load files (*.yaml) with the records that every database has; those in a
	// folder with-<module> are loaded behind all others when that module is installed too.
	Data fs.FS
	Demo fs.FS // the same for records of --demo
	// DemoRecords are records of --demo that are too many to write down.
	DemoRecords func() []load.Record
	// DemoRows makes the demo's records that are thousands, past the record layer. It runs
	// behind DemoRecords and has to be safe to repeat: what is there, it leaves alone.
	DemoRows func(*record.Env) error
	Register func(*record.Registry, *Registrar)
	With     map[string]func(*record.Registry, *Registrar)
}

// Registrar takes what a module declares besides its models.
type Registrar struct {
	Site *web.Site
	Jobs *jobs.Schedule

	accounts web.Accounts
	tokens   func(*web.Application) (web.Tokens, error)
	installs []func(*record.Env, *web.Application) error
	opens    []func(context.Context, *web.Application) error
	commands []Command
	people   []DemoPerson
	services []DemoService
}

// Command is something an operator does at the command line, besides the commands that
// app has itself.
type Command struct {
	Name string // one or two words: "keys rotate"
	Help string // one line
	Args string // shown behind the name, e.g. "[CLIENT]"
	// Run does it on an open database. An error with a code is shown as its sentence.
	Run func(ctx context.Context, app *web.Application, args []string, out io.Writer) error
}

// DemoService runs beside the server of a demo: a stand-in for somebody outside, so that
// everything can be tried offline.
type DemoService struct {
	Name string
	// Start starts it; it ends with the context. What it returns is printed with the
	// demo's people: where it is, on one line.
	Start func(ctx context.Context, d DemoStart) (string, error)
}

// DemoStart is what a service of a demo starts with.
type DemoStart struct {
	App  *web.Application
	Addr string // where the server listens, host:port
	Data string // the folder for what outlives a restart
}

// DemoPerson is somebody who can sign in to a demo database; the start prints them.
type DemoPerson struct{ Login, Password, Role string }

// Accounts says who the people are; module base calls it.
func (r *Registrar) Accounts(a web.Accounts) { r.accounts = a }

// Tokens says how bearer tokens are authenticated; module oauth_provider calls it.
func (r *Registrar) Tokens(make func(*web.Application) (web.Tokens, error)) { r.tokens = make }

// Install adds a function that runs when the set of modules or what they declare has
// changed: after the migrations and before the load files. It has to be safe to repeat.
func (r *Registrar) Install(fn func(env *record.Env, app *web.Application) error) {
	r.installs = append(r.installs, fn)
}

// Open adds a function that runs when the application starts, after load and before
// the first request. Routes that need the application (its base URL, its keys) can be
// added to app.Site there.
func (r *Registrar) Open(fn func(ctx context.Context, app *web.Application) error) {
	r.opens = append(r.opens, fn)
}

// Command adds commands to the command line.
func (r *Registrar) Command(c ...Command) { r.commands = append(r.commands, c...) }

// DemoPeople names those whom the module's demo records let sign in.
func (r *Registrar) DemoPeople(p ...DemoPerson) { r.people = append(r.people, p...) }

// DemoServices adds what runs beside the server with --demo.
func (r *Registrar) DemoServices(s ...DemoService) { r.services = append(r.services, s...) }
