package wizard

import (
	"errors"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/ui"
)

// park stores the run and sends the person on his way, or tells him what it waits for.
func (v *visit) park(d Detour, leaving bool) (*Answer, error) {
	r := v.run
	reason := sentences(d)
	if reason == nil {
		reason = []*fault.Error{fault.New(fault.Unavailable, "This waits for something that has to be done elsewhere first.").Keyed("wizard.elsewhere", nil)}
	}
	a := &Answer{Info: v.info, Step: v.step, Wait: reason[0]}
	if t, ok := d.(tried); ok {
		a.Tried = t.Tried()
	}
	if r.Status != Done {
		r.goTo(v.step.Name)
		r.wait(reason[0])
		if err := r.store(v.env); err != nil {
			return nil, err
		}
	}
	if !leaving {
		return a, nil
	}
	to, err := d.Leave(v.env, r)
	if no := sentences(err); no != nil { // this person cannot do it: he stays, and reads why
		a.Wait = no[0]
		if r.Status == Done {
			return a, nil
		}
		r.wait(no[0])
		return a, r.store(v.env)
	}
	if err != nil {
		return nil, err
	}
	if len(to) > 1 && to[0] == '/' && to[1] != '/' {
		return v.goTo(to), nil
	}
	a.Away = to
	return a, nil
}

// show prepares and draws the step.
func (v *visit) show(wrong []*fault.Error, leaving bool) (*Answer, error) {
	r := v.run
	before := string(r.data)
	err := v.stage.prepare(v.env, v.step.Name)
	var detour Detour
	var move *move
	switch {
	case err == nil:
	case errors.As(err, &detour):
		if data, err := v.stage.encode(); err == nil {
			r.data = data
		}
		return v.park(detour, leaving)
	case errors.As(err, &move):
		return v.moveOn(move.to)
	case fault.CodeOf(err) == fault.Internal:
		return nil, err
	default:
		return &Answer{Info: v.info, Step: v.step, Wait: sentences(err)[0]}, nil
	}
	page := &Page{Print: v.print, Sub: v.stage.summary(v.print), Continue: v.continueLabel(),
		Returned: r.Status == Parked && r.Step == v.step.Name, Interrupted: v.step.Unsafe() && r.Interrupted(v.env.Now),
		Typed: r.inputs[v.step.Name], Wrong: wrong}
	if err := v.settle(before); err != nil {
		return nil, err
	}
	card := ui.Group{ID: "step", Title: v.print.Or(v.step.key, v.step.Title)}
	if v.step.Help != "" {
		card.Sub = v.print.Or(v.step.key+".help", v.step.Help)
	}
	card.Fields = controls(v.print, v.step.key, v.stage.fields(v.step.Name), r.inputs[v.step.Name])
	for _, b := range v.step.Buttons {
		card.Actions = append(card.Actions, ui.Action{Label: v.print.Or(v.step.key+"."+b.Name, b.Label), Icon: b.Icon, Name: ui.FieldDo, Value: b.Name})
	}
	page.Cards = []ui.Group{card}
	if err := v.stage.draw(v.env, v.step.Name, page); err != nil {
		return nil, err
	}
	page.dropEmpty()
	return &Answer{Info: v.info, Step: v.step, Page: page, Faults: wrong}, nil
}

// moveOn goes where Prepare says. When that finds out what became of an interrupted submit,
// the submit has come to its end.
func (v *visit) moveOn(to string) (*Answer, error) {
	effect := Safe
	if v.step.Unsafe() && v.run.Interrupted(v.env.Now) {
		effect, v.run.claimedAt = Unsafe, time.Time{}
	}
	var err error
	if v.run.data, err = v.stage.encode(); err != nil {
		return nil, err
	}
	return v.advance(to, effect)
}

// settle stores what preparing has changed, and that the run does not wait any more.
func (v *visit) settle(before string) error {
	r := v.run
	if r.Status == Done {
		return nil
	}
	data, err := v.stage.encode()
	if err != nil {
		return err
	}
	back := r.Status == Parked && r.Step == v.step.Name
	if string(data) == before && !back {
		return nil
	}
	r.data = data
	if back {
		r.wait(nil)
		r.pending = ""
	}
	return r.store(v.env)
}

func (v *visit) continueLabel() string {
	if v.step.Continue == "" {
		return ""
	}
	return v.print.Or(v.step.key+".continue", v.step.Continue)
}

// dropEmpty leaves the step's own card out where there is nothing in it and something
// beside it.
func (p *Page) dropEmpty() {
	if len(p.Cards) == 0 || len(p.Cards)+len(p.Aside)+len(p.Notes) == 1 {
		return
	}
	if c := p.Cards[0]; c.Sub == "" && c.Body == nil && len(c.Fields)+len(c.Actions)+len(c.Notes) == 0 {
		p.Cards = p.Cards[1:]
	}
}
