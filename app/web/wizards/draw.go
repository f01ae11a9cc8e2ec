package wizards

import (
	"net/url"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

// page is a step as it is drawn, or why it cannot be.
func page(c *web.Ctx, r *wizard.Run, a *wizard.Answer) ui.Wizard {
	place(c, a.Info)
	title := c.Print.Or(a.Info.Key(), a.Info.Title)
	v := ui.Wizard{Page: c.Page(title), Title: title, Steps: rail(c, r, a), Action: r.StepURL(a.Step.Name), Version: id(r.Version),
		Back: r.Back(a.Step.Name), Save: true, Sub: r.Summary(c.Print)}
	if r.Status == wizard.Done {
		v.Back, v.Save = false, false
		v.Leave = &ui.Action{Label: c.T("wizards.close"), URL: a.Info.Home}
	} else {
		v.More = []ui.Action{{Label: c.T("wizards.discard"), Icon: "trash", URL: wizard.Prefix + r.Handle, Post: true, Name: ui.FieldDo, Value: doDiscard}}
	}
	switch {
	case a.Busy:
		v.Save, v.Back, v.More = false, false, nil
		v.Wait = &ui.WizardWait{Title: c.T("wizards.busy.title"), Text: c.T("wizards.busy.text"),
			Others: []ui.Action{{Label: c.T("wizards.busy.look"), Icon: "refresh", URL: r.URL()}}}
	case a.Wait != nil:
		v.Wait = wait(c, r, a)
	default:
		fill(c, &v, a)
	}
	return v
}

// place says which app and which line of its menu the pages of a wizard belong to.
func place(c *web.Ctx, info wizard.Info) {
	c.Inside(info.App)
	if info.Home != "/" {
		c.Beneath(info.Home)
	}
}

// rail is where the person is among the steps.
func rail(c *web.Ctx, r *wizard.Run, a *wizard.Answer) []ui.WizardStep {
	passed := r.Passed()
	if at := slices.Index(passed, a.Step.Name); at >= 0 {
		passed = passed[:at] // an earlier step is looked at again
	}
	var out []ui.WizardStep
	for _, s := range a.Info.Steps {
		step := ui.WizardStep{Label: c.Print.Or(s.Key(), s.Title), Current: s.Name == a.Step.Name, Done: slices.Contains(passed, s.Name)}
		if !step.Current && !a.Busy && r.Status != wizard.Done && r.Reaches(s.Name) {
			step.Name = s.Name
		}
		out = append(out, step)
	}
	return out
}

// fill puts the step's cards on the page, with what has to be mended.
func fill(c *web.Ctx, v *ui.Wizard, a *wizard.Answer) {
	p := a.Page
	v.Sub, v.Groups, v.Aside, v.Continue, v.Blocked = p.Sub, p.Cards, p.Aside, p.Continue, p.Blocked
	switch {
	case p.Interrupted:
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Title: c.T("wizards.interrupted.title"), Text: c.T("wizards.interrupted.text")})
	case p.Returned && a.Step.Unsafe():
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneInfo, Title: c.T("wizards.returned.title"), Text: c.T("wizards.returned.text")})
	}
	v.Notes = append(v.Notes, p.Notes...)
	for _, f := range a.Faults {
		v.Errors = append(v.Errors, mend(c, v, f))
	}
}

// mend marks the field that an error is about, and returns its line of the summary.
func mend(c *web.Ctx, v *ui.Wizard, f *fault.Error) ui.FieldError {
	text := web.Sentence(c.Print, f)
	if f.Field == "" {
		return ui.FieldError{Text: text}
	}
	for _, groups := range [][]ui.Group{v.Groups, v.Aside} {
		for i := range groups {
			for j := range groups[i].Fields {
				if field := &groups[i].Fields[j]; field.Name == f.Field {
					field.Error = text
					return ui.FieldError{Name: f.Field, Text: field.Label + ": " + text}
				}
			}
		}
	}
	return ui.FieldError{Text: text}
}

// wait says what the run waits for, or what went wrong.
func wait(c *web.Ctx, r *wizard.Run, a *wizard.Answer) *ui.WizardWait {
	w := &ui.WizardWait{Icon: "alert", Tone: ui.ToneWarn, Title: c.T("wizards.trouble.title"), Text: web.Sentence(c.Print, a.Wait),
		Lead: c.T("wizards.kept"), Retry: c.T("wizards.trouble.retry")}
	if r.Status == wizard.Parked {
		w.Icon, w.Tone, w.Title = "pin", ui.ToneInfo, c.T("wizards.wait.title")
		if !a.Tried {
			w.Retry = c.T("wizards.wait.go")
		}
	}
	if u, err := url.Parse(a.Away); err == nil && a.Away != "" && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		w.Away, w.Host = &ui.Action{Label: c.T("wizards.wait.away"), URL: a.Away}, u.Host
	}
	if r.Status != wizard.Done {
		w.Others = []ui.Action{{Label: c.T("wizards.wait.anew"), URL: wizard.Prefix + r.Handle, Name: ui.FieldDo, Value: doAgain}}
	}
	return w
}
