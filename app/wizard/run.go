package wizard

import (
	"crypto/rand"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Detour is an error of a step that sends the person elsewhere. The run is stored first,
// inputs included, and waits; when the person comes to [Run.URL] again, the same step is
// entered again. The sentence of a *fault.Error in its chain says what the run waits for.
type Detour interface {
	error
	// Leave returns where the person goes: a local path, or the URL of another site,
	// which he is then shown a link to. It is called each time that he sets out, so it
	// may make an attempt with a life of its own.
	Leave(env *record.Env, run *Run) (url string, err error)
}

// tried is what a Detour has that knows whether the person has been there in vain.
type tried interface{ Tried() bool }

// Status says where a run stands.
type Status string

// The statuses of a run.
const (
	Open      Status = "open"
	Parked    Status = "parked" // its person is elsewhere, see Detour
	Done      Status = "done"
	Abandoned Status = "abandoned"
)

// Run is one person's way through a wizard, whatever its data. It belongs to the person
// who started it, and to the company that was in force then.
type Run struct {
	ID      int64
	Handle  string // random; names the run in addresses
	Wizard  string
	Step    string // the one to go on at
	Owner   int64  // user
	Company int64
	Version int64 // counts what was stored: a page of an older one is not accepted
	Status  Status
	// Reason is what a parked run waits for.
	Reason    *fault.Error
	CreatedAt time.Time
	UpdatedAt time.Time
	ExpiresAt time.Time

	definition Definition
	schema     int
	data       []byte
	inputs     map[string]url.Values // by step: what was typed there and not accepted yet
	trail      []string              // the steps that led here, in their order
	fixed      int                   // how many of them cannot be gone back to
	pending    string                // what was under way at Step: a button's name, or "next"
	claimedAt  time.Time             // since when an unsafe submit is under way; zero for none
}

// Prefix is the beginning of the addresses of all runs.
const Prefix = "/wizards/runs/"

// StartPath is the address that starts a wizard.
func StartPath(name string) string { return "/wizards/" + name + "/start" }

// URL is the local path of the step to go on at.
func (r *Run) URL() string { return r.StepURL(r.Step) }

// StepURL is the local path of a step.
func (r *Run) StepURL(step string) string { return Prefix + r.Handle + "/" + step }

// Reaches reports whether the person can be at a step: the present one, or one that led
// there and was not closed by something that must not happen twice.
func (r *Run) Reaches(step string) bool {
	if r.Status == Done || r.Status == Abandoned {
		return step == r.Step
	}
	return step == r.Step || slices.Contains(r.trail[r.fixed:], step)
}

// Passed are the steps that led to the present one.
func (r *Run) Passed() []string { return slices.Clone(r.trail) }

// live reports whether the run can be gone on with.
func (r *Run) live(now time.Time) error {
	switch {
	case !now.Before(r.ExpiresAt) && r.Status != Done:
		return fault.New(fault.NotFound, "This was left alone for too long and cannot be continued. Please start again.").Keyed("wizard.expired", nil)
	case r.Status == Abandoned:
		return fault.New(fault.NotFound, "This was discarded.").Keyed("wizard.discarded", nil)
	}
	return nil
}

// lease is how long an unsafe submit is believed to be still under way.
const lease = 2 * time.Minute

// Busy reports whether an unsafe submit is under way.
func (r *Run) Busy(now time.Time) bool {
	return !r.claimedAt.IsZero() && now.Before(r.claimedAt.Add(lease))
}

// Interrupted reports whether a submit was begun and neither ended nor failed: nobody
// knows what became of it.
func (r *Run) Interrupted(now time.Time) bool {
	return !r.claimedAt.IsZero() && !r.Busy(now)
}

// goTo makes another step the present one. Going to one that was passed cuts the trail.
func (r *Run) goTo(step string) {
	if at := slices.Index(r.trail, step); at >= 0 {
		r.trail = r.trail[:at:at]
		r.fixed = min(r.fixed, at)
	} else if step != r.Step {
		r.trail = append(slices.Clone(r.trail), r.Step)
	}
	r.Step = step
}

// wait parks the run, or opens it again when there is no reason.
func (r *Run) wait(reason *fault.Error) {
	r.Reason, r.Status = reason, Parked
	if reason == nil {
		r.Status = Open
	}
}

// remember keeps what was typed at a step; nil forgets it.
func (r *Run) remember(step string, typed url.Values) {
	next := map[string]url.Values{}
	for name, v := range r.inputs {
		next[name] = v
	}
	delete(next, step)
	if len(typed) > 0 {
		next[step] = typed
	}
	r.inputs = next
}

func newHandle() string { return strings.ToLower(rand.Text()) }

// reasonText is a sentence as the row keeps it: with its key, so that it is told in the
// reader's language.
type reasonText struct {
	Key     string         `json:"key,omitempty"`
	Args    map[string]any `json:"args,omitempty"`
	Message string         `json:"message"`
}

func packReason(f *fault.Error) (string, error) {
	if f == nil {
		return "", nil
	}
	b, err := json.Marshal(reasonText{f.Key, f.Args, f.Message})
	return string(b), err
}

func unpackReason(text string) (*fault.Error, error) {
	if text == "" {
		return nil, nil
	}
	var t reasonText
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return nil, err
	}
	return fault.New(fault.Unavailable, "%s", t.Message).Keyed(t.Key, t.Args), nil
}
