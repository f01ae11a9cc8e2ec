package record

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// Principal is who acts: a signed-in user, a token's user, or the system itself.
type Principal interface {
	UserID() int64       // 0 for the system and for nobody
	DisplayName() string // as the audit log and the screens show it
	Groups() []string    // codes with everything they imply, sorted
}

// system acts for the house itself: boot, jobs, load. It passes every check.
type system struct{}

func (system) UserID() int64       { return 0 }
func (system) DisplayName() string { return "Tessera" }
func (system) Groups() []string    { return nil }

// nobody is the stranger before sign-in: no group, no right.
type nobody struct{ system }

func (nobody) DisplayName() string { return "" }

// Database is one open database with the registry of the modules installed in it.
type Database struct {
	DB       *db.DB
	Clock    func() time.Time // time.Now when nil
	registry atomic.Pointer[Registry]
}

// NewDatabase joins a sealed registry with an open database.
func NewDatabase(d *db.DB, r *Registry) *Database {
	out := &Database{DB: d}
	out.registry.Store(r)
	return out
}

// Registry returns the models of the modules installed now.
func (d *Database) Registry() *Registry { return d.registry.Load() }

// Swap installs another sealed registry, whole.
func (d *Database) Swap(r *Registry) { d.registry.Store(r) }

// Env says who asks, for which company, in which language and when. It is the only
// way to rows. An Env is not changed after it is made; With… methods return copies.
// Several goroutines may read through one; the Env of a Write belongs to its own.
type Env struct {
	context.Context
	User      Principal
	Company   int64   // the active one; new records belong to it
	Companies []int64 // those whose records are in reach
	Lang      string  // en, fr
	Now       time.Time
	Location  *time.Location
	Origin    string // request id, command or job, for the audit log

	database *Database
	registry *Registry
	all      bool   // no access checks: the system, or a Sudo
	reason   string // of the Sudo
	windows  map[string][]Window
	tx       *db.Tx // of the surrounding Write
	rights   *rightsMemo
	saving   map[any]any // row being saved → the row as it was
	draft    *Draft      // what is being saved by field names
	reveals  *[]Reveal   // nil: nobody waits for secrets that are made
}

// Env returns an environment for somebody. Companies may be nil for none.
func (d *Database) Env(ctx context.Context, who Principal, company int64, companies []int64) *Env {
	now := time.Now
	if d.Clock != nil {
		now = d.Clock
	}
	return &Env{Context: ctx, User: who, Company: company, Companies: companies, Lang: "en", Location: time.UTC,
		Now: now().UTC().Truncate(time.Microsecond), database: d, registry: d.Registry(), rights: &rightsMemo{}}
}

// System returns an environment that passes every check, for boot, jobs and commands.
// The reason stands in the audit log beside what it writes.
func (d *Database) System(ctx context.Context, reason string) *Env {
	e := d.Env(ctx, system{}, 0, nil)
	e.all, e.reason = true, reason
	return e
}

// Nobody returns the environment of a stranger: nothing is in reach.
func (d *Database) Nobody(ctx context.Context) *Env { return d.Env(ctx, nobody{}, 0, nil) }

// Database returns the database that the environment reads and writes.
func (e *Env) Database() *Database { return e.database }

// Registry returns the models in force for this environment.
func (e *Env) Registry() *Registry { return e.registry }

// Sudo returns an environment that passes every check. What it writes is audited
// under the same person with the reason, in English: what people read in the history of a
// record is the text of the key audit.reason.<its words, joined by _>.
func (e *Env) Sudo(reason string) *Env {
	c := *e
	c.all, c.reason, c.windows = true, reason, nil
	c.rights = &rightsMemo{}
	return &c
}

// IsSudo reports whether access checks are passed over.
func (e *Env) IsSudo() bool { return e.all }

// In returns the environment with another context, e.g. one with a deadline.
func (e *Env) In(ctx context.Context) *Env {
	c := *e
	c.Context = ctx
	return &c
}

// WithLang returns the environment in another language.
func (e *Env) WithLang(lang string) *Env {
	c := *e
	c.Lang = lang
	return &c
}

// Member reports whether the person is in a group, directly or by implication.
// The system and a Sudo are in every group; "*" is everybody who is signed in.
func (e *Env) Member(group string) bool {
	if e.all {
		return true
	}
	if group == "*" {
		return e.User.UserID() != 0
	}
	_, ok := slices.BinarySearch(e.User.Groups(), group)
	return ok
}

// Vars are the values of the variables that a filter may name.
func (e *Env) Vars() domain.Vars {
	return domain.Vars{UID: e.User.UserID(), CompanyID: e.Company, CompanyIDs: e.Companies, Now: e.Now, Location: e.Location}
}

// maxDepth bounds hooks that save records whose hooks save records.
const maxDepth = 16

// depthKey finds in a context how many Writes enclose each other there: a hook that
// makes itself a new Env goes on counting.
type depthKey struct{}

// Write runs fn in one transaction: all of it happens, or nothing. A Write inside a
// Write joins; its error undoes its own part only. fn must use the Env it is given.
func (e *Env) Write(fn func(*Env) error) error {
	depth, _ := e.Value(depthKey{}).(int)
	if depth >= maxDepth {
		return fault.New(fault.Internal, "hooks call each other without end")
	}
	return e.database.DB.Write(e.Context, func(tx *db.Tx) error {
		c := *e
		c.Context, c.tx = context.WithValue(tx.Context(), depthKey{}, depth+1), tx
		return fn(&c)
	})
}

// AfterCommit runs fn once the surrounding transaction is durable, at once when there is none.
func (e *Env) AfterCommit(fn func()) {
	if e.tx == nil {
		fn()
		return
	}
	e.tx.AfterCommit(fn)
}

// sql compiles a filter for the engine of the database.
func (e *Env) sql(n domain.Node, s domain.Schema) (string, []any, error) {
	return domain.SQL(n, s, e.Vars(), domain.Dialect(e.database.DB.Engine()))
}
