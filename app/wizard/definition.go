package wizard

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
)

// Definition is a wizard of whatever data; a [Wizard] is one.
type Definition interface {
	Info() Info

	name() string
	number() int                // of the data's schema
	inputs() map[string][]Field // by step, with zero data
	check() []error
	fresh(env *record.Env, r *Run, query url.Values) (stage, error)
	open(r *Run) (stage, error)
}

// stage is a run with its data, whatever their type: what the engine turns.
type stage interface {
	prepare(env *record.Env, step string) error
	fields(step string) []Field
	validate(step string) error
	do(env *record.Env, step, what string, form url.Values) (next string, err error)
	draw(env *record.Env, step string, p *Page) error
	summary(p *i18n.Printer) string
	encode() ([]byte, error)
}

// Info is what a wizard says of itself without its data.
type Info struct {
	Name, Title    string
	App, Icon, Hue string
	Home, Start    string
	Groups         []string
	Keep           time.Duration
	Steps          []StepInfo
}

// StepInfo is a step without its functions.
type StepInfo struct {
	Name, Title, Help, Continue string
	Effect                      Effect
	Final                       bool
	Buttons                     []ButtonInfo

	key string
}

// ButtonInfo is a button without its function.
type ButtonInfo struct {
	Name, Label, Icon string
	Effect            Effect
	Loose             bool
}

const defaultKeep = 30 * 24 * time.Hour

// Key is the translation key of the wizard's title.
func (i Info) Key() string { return "wizard." + i.Name }

// Key is the translation key of the step's title.
func (s StepInfo) Key() string { return s.key }

// button returns what is pressed at the step; Continue is one, except at a final step.
func (s StepInfo) button(name string) (ButtonInfo, bool) {
	if name == doNext {
		return ButtonInfo{Name: doNext, Effect: s.Effect}, !s.Final
	}
	at := slices.IndexFunc(s.Buttons, func(b ButtonInfo) bool { return b.Name == name })
	if at < 0 {
		return ButtonInfo{}, false
	}
	return s.Buttons[at], true
}

// Unsafe reports whether anything at the step must happen once only.
func (s StepInfo) Unsafe() bool {
	return s.Effect == Unsafe || slices.ContainsFunc(s.Buttons, func(b ButtonInfo) bool { return b.Effect == Unsafe })
}

// Step returns a step by its name.
func (i Info) Step(name string) (StepInfo, bool) {
	at := slices.IndexFunc(i.Steps, func(s StepInfo) bool { return s.Name == name })
	if at < 0 {
		return StepInfo{}, false
	}
	return i.Steps[at], true
}

// behind is the step that follows in the list, End behind the last one.
func (i Info) behind(name string) string {
	at := slices.IndexFunc(i.Steps, func(s StepInfo) bool { return s.Name == name })
	if at+1 < len(i.Steps) {
		return i.Steps[at+1].Name
	}
	return End
}

// Info implements Definition.
func (w Wizard[D]) Info() Info {
	out := Info{Name: w.Name, Title: w.Title, App: w.App, Icon: w.Icon, Hue: w.Hue, Home: w.Home, Start: w.Start, Groups: w.Groups, Keep: w.Keep}
	if out.Keep == 0 {
		out.Keep = defaultKeep
	}
	if out.Home == "" {
		out.Home = "/"
	}
	for _, s := range w.Steps {
		info := StepInfo{Name: s.Name, Title: s.Title, Help: s.Help, Continue: s.Continue, Effect: s.Effect, Final: s.Final, key: out.Key() + "." + s.Name}
		for _, b := range s.Buttons {
			info.Buttons = append(info.Buttons, ButtonInfo{b.Name, b.Label, b.Icon, b.Effect, b.Loose})
		}
		out.Steps = append(out.Steps, info)
	}
	return out
}

func (w Wizard[D]) step(name string) *Step[D] {
	for i := range w.Steps {
		if w.Steps[i].Name == name {
			return &w.Steps[i]
		}
	}
	return nil
}

func (w Wizard[D]) name() string { return w.Name }

func (w Wizard[D]) number() int { return w.Schema }

func (w Wizard[D]) inputs() map[string][]Field {
	out := map[string][]Field{}
	for _, s := range w.Steps {
		if s.Fields != nil {
			out[s.Name] = s.Fields(new(D))
		}
	}
	return out
}

func (w Wizard[D]) fresh(env *record.Env, r *Run, query url.Values) (stage, error) {
	s := &State[D]{Run: r, wizard: &w}
	if w.Begin == nil {
		return s, nil
	}
	return s, w.Begin(env, s, query)
}

// open reads the data of a run, brought to the present schema where that is needed.
func (w Wizard[D]) open(r *Run) (stage, error) {
	s := &State[D]{Run: r, wizard: &w}
	data := r.data
	if r.schema != w.Schema {
		if w.Upgrade == nil {
			return nil, errOutdated(nil)
		}
		var err error
		if data, err = w.Upgrade(r.schema, data); err != nil {
			return nil, errOutdated(err)
		}
		r.schema = w.Schema
	}
	if err := json.Unmarshal(data, &s.Data); err != nil {
		return nil, errOutdated(err)
	}
	if w.step(r.Step) == nil {
		return nil, errOutdated(fmt.Errorf("the wizard %s has no step %q any more", w.Name, r.Step))
	}
	return s, nil
}

// errOutdated: the program has changed so much that the run cannot be read.
func errOutdated(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Conflict, "This was begun with an earlier version of the program and cannot be continued. Please start again.").Keyed("wizard.outdated", nil)
}

func (s *State[D]) prepare(env *record.Env, step string) error {
	if st := s.wizard.step(step); st.Prepare != nil {
		return st.Prepare(env, s)
	}
	return nil
}

func (s *State[D]) fields(step string) []Field {
	if st := s.wizard.step(step); st.Fields != nil {
		return st.Fields(&s.Data)
	}
	return nil
}

func (s *State[D]) validate(step string) error {
	if st := s.wizard.step(step); st.Check != nil {
		return st.Check(&s.Data)
	}
	return nil
}

// doNext is what Continue posts; buttons post their names.
const doNext = "next"

func (s *State[D]) do(env *record.Env, step, what string, form url.Values) (string, error) {
	st := s.wizard.step(step)
	s.Form = form
	if what == doNext {
		if st.Post == nil {
			return "", nil
		}
		return st.Post(env, s)
	}
	for _, b := range st.Buttons {
		if b.Name == what && b.Do != nil {
			next, err := b.Do(env, s)
			if next == "" {
				next = step
			}
			return next, err
		}
	}
	return step, nil
}

func (s *State[D]) draw(env *record.Env, step string, p *Page) error {
	if st := s.wizard.step(step); st.Draw != nil {
		return st.Draw(env, p, s)
	}
	return nil
}

func (s *State[D]) summary(p *i18n.Printer) string {
	if s.wizard.Summary == nil {
		return ""
	}
	return s.wizard.Summary(p, &s.Data)
}

func (s *State[D]) encode() ([]byte, error) {
	b, err := json.Marshal(s.Data)
	if err != nil {
		return nil, fmt.Errorf("wizard %s: its data: %w", s.wizard.Name, err)
	}
	return b, nil
}
