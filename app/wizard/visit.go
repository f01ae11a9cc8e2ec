package wizard

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// Answer is what became of a visit to a step: exactly one of Go, Page, Wait and Busy.
type Answer struct {
	Info Info
	Step StepInfo
	// Go is a local path to go to.
	Go string
	// Saved: the person left, and what he typed is kept.
	Saved bool
	// Page is the step to draw, and Faults is what has to be mended on it.
	Page   *Page
	Faults []*fault.Error
	// Wait says why the step cannot be shown now: what a parked run waits for, or what
	// went wrong. Away is an address on another site that a link is to lead to.
	Wait *fault.Error
	Away string
	// Tried: the person has been elsewhere, in vain.
	Tried bool
	// Busy: a submit is under way.
	Busy bool
}

// visit is one request to a step.
type visit struct {
	env   *record.Env
	print *i18n.Printer
	run   *Run
	info  Info
	step  StepInfo
	stage stage
}

// begin checks that the person can be at the step; an Answer leads to where he can be.
func (r *Run) begin(env *record.Env, p *i18n.Printer, step string) (*visit, *Answer, error) {
	if err := r.live(env.Now); err != nil {
		return nil, nil, err
	}
	if !r.InForce(env) {
		return nil, nil, fault.New(fault.Conflict, "This belongs to another company than the one you act for now.").Keyed("wizard.company", nil)
	}
	st, err := r.definition.open(r)
	if err != nil {
		return nil, nil, err
	}
	v := &visit{env: env, print: p, run: r, info: r.Info(), stage: st}
	at, ok := v.info.Step(step)
	if !ok || !r.Reaches(step) {
		return nil, &Answer{Info: v.info, Go: r.URL()}, nil
	}
	v.step = at
	return v, nil, nil
}

// Enter shows a step. A run that waits is gone on with: what a Safe step was doing when it
// was left runs again; an Unsafe one is shown and waits for the person.
func (r *Run) Enter(env *record.Env, p *i18n.Printer, step string) (*Answer, error) {
	v, elsewhere, err := r.begin(env, p, step)
	if v == nil {
		return elsewhere, err
	}
	if r.Status == Done && !v.step.Final {
		return v.goTo(v.info.Home), nil
	}
	a, err := v.enter(false)
	if isMoved(err) {
		return v.goTo(r.URL()), nil // somebody else was faster: show what he left
	}
	return a, err
}

// enter shows the step, or goes on with what was under way. With leaving a detour is set
// out on; else the person is told what the run waits for.
func (v *visit) enter(leaving bool) (*Answer, error) {
	r := v.run
	if r.Busy(v.env.Now) {
		return &Answer{Info: v.info, Step: v.step, Busy: true}, nil
	}
	back := r.Status == Parked && r.Step == v.step.Name
	if b, ok := v.step.button(r.pending); back && ok && b.Effect == Safe {
		next, err := v.stage.do(v.env, v.step.Name, b.Name, url.Values{})
		return v.finish(b, next, err, leaving)
	}
	return v.show(nil, leaving || !back)
}

// Post takes what was posted at a step. version is that of the page. Conflict when the run
// went on elsewhere meanwhile; nothing was changed then.
func (r *Run) Post(env *record.Env, p *i18n.Printer, step, version string, form url.Values) (*Answer, error) {
	v, elsewhere, err := r.begin(env, p, step)
	if v == nil {
		return elsewhere, err
	}
	if r.Status == Done {
		return v.goTo(r.URL()), nil
	}
	if version != strconv.FormatInt(r.Version, 10) {
		return nil, errMoved()
	}
	fields := v.stage.fields(step)
	what := form.Get(ui.FieldDo)
	if to := form.Get(ui.FieldGo); to != "" {
		return v.back(to, typed(fields, form))
	}
	switch what {
	case ui.DoBack:
		return v.back(r.before(step), typed(fields, form))
	case ui.DoLeave:
		return v.leave(typed(fields, form))
	case ui.DoRetry:
		return v.enter(true)
	}
	return v.submit(what, fields, form)
}

// before is the step that Back leads to from a step; the step itself when there is none.
func (r *Run) before(step string) string {
	trail := r.trail[r.fixed:]
	if at := slices.Index(trail, step); at >= 0 {
		trail = trail[:at]
	}
	if len(trail) == 0 {
		return step
	}
	return trail[len(trail)-1]
}

// Back reports whether there is a step to go back to from a step.
func (r *Run) Back(step string) bool {
	return r.Status != Done && r.before(step) != step
}

func (v *visit) goTo(path string) *Answer { return &Answer{Info: v.info, Step: v.step, Go: path} }

// back goes to a passed step. What was typed here is kept as it stands.
func (v *visit) back(to string, typed url.Values) (*Answer, error) {
	r := v.run
	if !r.Reaches(to) {
		return v.goTo(r.URL()), nil
	}
	v.keep(typed)
	r.goTo(to)
	r.wait(nil)
	r.pending = ""
	if err := r.store(v.env); err != nil {
		return nil, err
	}
	return v.goTo(r.URL()), nil
}

func (v *visit) leave(typed url.Values) (*Answer, error) {
	v.keep(typed)
	v.run.goTo(v.step.Name)
	if err := v.run.store(v.env); err != nil {
		return nil, err
	}
	a := v.goTo(v.info.Home)
	a.Saved = true
	return a, nil
}

// keep remembers what was typed; a page without inputs leaves what was remembered before.
func (v *visit) keep(typed url.Values) {
	if len(typed) > 0 {
		v.run.remember(v.step.Name, typed)
	}
}

// submit is Continue or one of the step's buttons.
func (v *visit) submit(what string, fields []Field, form url.Values) (*Answer, error) {
	r := v.run
	if what == "" {
		what = doNext
	}
	pressed, known := v.step.button(what)
	if !known {
		return v.goTo(r.URL()), nil
	}
	r.goTo(v.step.Name)
	wrong := readAll(fields, form, v.print.Lang())
	if len(wrong) == 0 && !pressed.Loose {
		err := v.stage.validate(v.step.Name)
		if wrong = sentences(err); err != nil && wrong == nil {
			return nil, err
		}
	}
	var err error
	if r.data, err = v.stage.encode(); err != nil {
		return nil, err
	}
	if len(wrong) > 0 && !pressed.Loose {
		v.keep(typed(fields, form))
		if err := r.store(v.env); err != nil {
			return nil, err
		}
		return v.show(wrong, false)
	}
	r.remember(v.step.Name, nil)
	if len(wrong) > 0 {
		v.keep(typed(fields, form))
	}
	if pressed.Effect == Unsafe {
		if err := v.claim(what); err != nil {
			return nil, err
		}
	}
	next, err := v.stage.do(v.env, v.step.Name, what, form)
	return v.finish(pressed, next, err, true)
}

// claim makes this submit the only one: of two that began at the same version one finds
// the row changed. From here on the person's browser may go away.
func (v *visit) claim(what string) error {
	r := v.run
	r.wait(nil)
	r.pending, r.claimedAt = what, v.env.Now
	if err := r.store(v.env); err != nil {
		return err
	}
	v.env = v.env.In(context.WithoutCancel(v.env.Context))
	return nil
}

// finish keeps what a step's Post has done, and goes on as it says.
func (v *visit) finish(pressed ButtonInfo, next string, err error, leaving bool) (*Answer, error) {
	r := v.run
	var enc error
	if r.data, enc = v.stage.encode(); enc != nil {
		return nil, errors.Join(err, enc)
	}
	var detour Detour
	switch {
	case err == nil:
		v.release(pressed)
		return v.advance(next, pressed.Effect)
	case errors.As(err, &detour):
		v.release(pressed)
		r.pending = pressed.Name
		return v.park(detour, leaving)
	case fault.CodeOf(err) == fault.Internal:
		if pressed.Effect == Unsafe { // nobody knows how far it came
			r.claimedAt = v.env.Now.Add(-lease)
		}
		return nil, errors.Join(err, r.store(v.env))
	}
	v.release(pressed)
	r.wait(nil)
	if err := r.store(v.env); err != nil {
		return nil, err
	}
	return v.show(sentences(err), false)
}

// release says that what was pressed is not under way any more. Something Unsafe that was
// interrupted stays so until it has come to an end itself.
func (v *visit) release(pressed ButtonInfo) {
	if pressed.Effect == Unsafe {
		v.run.claimedAt = time.Time{}
	}
	v.run.pending = ""
}

// advance goes on to the next step. Behind something Unsafe there is no way back.
func (v *visit) advance(next string, effect Effect) (*Answer, error) {
	r := v.run
	if next == "" {
		next = v.info.behind(v.step.Name)
	}
	r.pending = ""
	r.wait(nil)
	a := v.goTo("")
	if next == End {
		r.Status, a.Go = Done, v.info.Home
		return a, r.store(v.env)
	}
	to, ok := v.info.Step(next)
	if !ok {
		return nil, fmt.Errorf("wizard %s: the step %s leads to %q, which does not exist", v.info.Name, v.step.Name, next)
	}
	r.goTo(next)
	if effect == Unsafe && next != v.step.Name {
		r.fixed = len(r.trail)
	}
	if to.Final {
		r.Status = Done
	}
	a.Go = r.URL()
	return a, r.store(v.env)
}
