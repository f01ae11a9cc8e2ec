package wizard

import (
	"net/url"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
)

// Start begins a run for the person, in the company in force. NotFound when there is no
// such wizard, Forbidden when it is not for him, else what Begin answers.
func Start(env *record.Env, set Set, name string, query url.Values) (*Run, error) {
	d, ok := set.Find(name)
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no such task.").Keyed("wizard.unknown", nil)
	}
	info := d.Info()
	if err := may(env, info); err != nil {
		return nil, err
	}
	mine, err := Mine(env, set)
	if err != nil {
		return nil, err
	}
	if len(mine) >= maxListed {
		return nil, fault.New(fault.Conflict, "You have %d unfinished tasks. Please finish or discard some of them first.", len(mine)).
			Keyed("wizard.many", map[string]any{"Count": len(mine)})
	}
	r := &Run{Handle: newHandle(), Wizard: name, Step: info.Start, Owner: env.User.UserID(), Company: env.Company, Version: 1, Status: Open,
		CreatedAt: env.Now, UpdatedAt: env.Now, ExpiresAt: env.Now.Add(info.Keep), definition: d, schema: d.number(),
		inputs: map[string]url.Values{begun: query}}
	st, err := d.fresh(env, r, query)
	if err != nil {
		return nil, err
	}
	if r.data, err = st.encode(); err != nil {
		return nil, err
	}
	return r, r.insert(env)
}

// begun is the place among the inputs, beside the steps, of the query that started the run.
const begun = ""

// Again is the local path that starts the wizard anew as this run was started.
func (r *Run) Again() string {
	if q := r.inputs[begun]; len(q) > 0 {
		return StartPath(r.Wizard) + "?" + q.Encode()
	}
	return StartPath(r.Wizard)
}

// Load returns one of the person's own runs. NotFound when there is none by that handle,
// it is another's, of a company that he cannot act for, discarded, or was left alone for
// too long; Forbidden when the wizard is not for him any more.
func Load(env *record.Env, set Set, handle string) (*Run, error) {
	r, err := load(env, set, handle)
	if err != nil {
		return nil, err
	}
	return r, r.live(env.Now)
}

func load(env *record.Env, set Set, handle string) (*Run, error) {
	r, err := find(env, handle)
	if err != nil {
		return nil, err
	}
	d, ok := set.Find(r.Wizard)
	if !ok || r.Company != env.Company && !slices.Contains(env.Companies, r.Company) {
		return nil, errNone()
	}
	r.definition = d
	return r, may(env, d.Info())
}

func may(env *record.Env, info Info) error {
	if len(info.Groups) > 0 && !slices.ContainsFunc(info.Groups, env.Member) {
		return fault.New(fault.Forbidden, "This task is not for you: you are in none of the groups that may do it.").Keyed("wizard.forbidden", nil)
	}
	return nil
}

// Mine lists the person's open and parked runs of the installed wizards, for all
// companies that he acts for, the one touched last first.
func Mine(env *record.Env, set Set) ([]*Run, error) {
	all, err := open(env)
	if err != nil {
		return nil, err
	}
	var out []*Run
	for _, r := range all {
		d, ok := set.Find(r.Wizard)
		if ok && (r.Company == env.Company || slices.Contains(env.Companies, r.Company)) && may(env, d.Info()) == nil {
			r.definition = d
			out = append(out, r)
		}
	}
	return out, nil
}

// Info describes the run's wizard.
func (r *Run) Info() Info { return r.definition.Info() }

// Summary says what the run is about, "" when its wizard does not.
func (r *Run) Summary(p *i18n.Printer) string {
	copied := *r
	st, err := r.definition.open(&copied)
	if err != nil {
		return "" // it cannot be continued, and says so when it is opened
	}
	return st.summary(p)
}

// InForce reports whether the run's company is the one that the person acts for now.
func (r *Run) InForce(env *record.Env) bool { return r.Company == env.Company }

// Untouched reports whether nothing was done since the run was started.
func (r *Run) Untouched() bool { return r.Version == 1 }

// Discard gives the run up. For a day it can be taken back with [Restore].
func (r *Run) Discard(env *record.Env) error {
	if r.Status != Open && r.Status != Parked {
		return errMoved()
	}
	r.Status = Abandoned
	return r.store(env)
}

// Restore takes back that a run was given up.
func Restore(env *record.Env, set Set, handle string) (*Run, error) {
	r, err := load(env, set, handle)
	if err != nil {
		return nil, err
	}
	if r.Status != Abandoned {
		return r, r.live(env.Now)
	}
	r.wait(r.Reason)
	return r, r.store(env)
}
