package wizards

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

// What a post to a run can ask for, as ui.FieldDo.
const (
	doDiscard = "discard"
	doRestore = "restore"
	doAgain   = "again"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

// sentence is what an error says, in the reader's language.
func sentence(c *web.Ctx, err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return web.Sentence(c.Print, f)
}

// runShow is GET /wizards/runs/<handle>.
func runShow(c *web.Ctx, r *wizard.Run) error { return c.Redirect303(r.URL()) }

// runPost is POST /wizards/runs/<handle>. It works under any company of the person: the
// home page lists the runs of all.
func runPost(c *web.Ctx) error {
	if c.Form().Get(ui.FieldDo) == doRestore {
		r, err := wizard.Restore(c.Env, c.App.Site.Wizards, c.Param("handle"))
		if err != nil {
			return over(c, r, err)
		}
		return c.Redirect303(r.URL())
	}
	r, err := wizard.Load(c.Env, c.App.Site.Wizards, c.Param("handle"))
	if err != nil {
		return over(c, r, err)
	}
	to := "/"
	switch c.Form().Get(ui.FieldDo) {
	case doDiscard:
	case doAgain:
		to = r.Again()
	default:
		return c.Redirect303(r.URL())
	}
	if err := r.Discard(c.Env); err != nil {
		return over(c, r, err)
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("wizards.discarded", "Title", c.Print.Or(r.Info().Key(), r.Info().Title)),
		Undo: &ui.Action{Label: c.T("wizards.undo"), URL: wizard.Prefix + r.Handle, Post: true, Hidden: []ui.Pair{{Name: ui.FieldDo, Value: doRestore}}}})
	return c.Redirect303(to)
}

// stepShow is GET /wizards/runs/<handle>/<step>.
func stepShow(c *web.Ctx, r *wizard.Run) error {
	a, err := r.Enter(c.Env, c.Print, c.Param("step"))
	return answer(c, r, a, err)
}

// stepPost is POST /wizards/runs/<handle>/<step>.
func stepPost(c *web.Ctx, r *wizard.Run) error {
	a, err := r.Post(c.Env, c.Print, c.Param("step"), c.Form().Get(ui.FieldVersion), c.Form())
	if wizard.Moved(err) {
		c.Flash(ui.Note{Tone: ui.ToneWarn, Text: sentence(c, err)})
		return c.Redirect303(wizard.Prefix + r.Handle)
	}
	return answer(c, r, a, err)
}

// answer draws what became of a visit.
func answer(c *web.Ctx, r *wizard.Run, a *wizard.Answer, err error) error {
	if err != nil {
		return over(c, r, err)
	}
	if a.Go != "" {
		if a.Saved {
			c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("wizards.saved")})
		}
		return c.Redirect303(a.Go)
	}
	status := http.StatusOK
	if len(a.Faults) > 0 {
		status = web.StatusOf(a.Faults[0])
	}
	return c.Render(status, ui.WizardPage(page(c, r, a)))
}
