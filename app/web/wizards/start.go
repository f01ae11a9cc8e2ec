package wizards

import (
	"net/http"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

// startShow is GET /wizards/<name>/start: it begins a run and leads to its first step. Who
// has one already is asked; so is who comes from another site, which must not make rows.
func startShow(c *web.Ctx) error {
	name, query := c.Param("name"), c.QueryParams()
	d, ok := c.App.Site.Wizards.Find(name)
	if !ok {
		_, err := wizard.Start(c.Env, c.App.Site.Wizards, name, query)
		return err
	}
	mine, err := wizard.Mine(c.Env, c.App.Site.Wizards)
	if err != nil {
		return err
	}
	mine = slices.DeleteFunc(mine, func(r *wizard.Run) bool { return r.Wizard != name || !r.InForce(c.Env) })
	if len(query) == 0 {
		if i := slices.IndexFunc(mine, (*wizard.Run).Untouched); i >= 0 {
			return c.Redirect303(mine[i].URL())
		}
	}
	mine = slices.DeleteFunc(mine, (*wizard.Run).Untouched)
	if len(mine) == 0 && c.Request().Header.Get("Sec-Fetch-Site") != "cross-site" {
		return startPost(c)
	}
	return c.Render(http.StatusOK, ui.TasksPage(choice(c, d.Info(), mine)))
}

// startPost is POST /wizards/<name>/start.
func startPost(c *web.Ctx) error {
	r, err := wizard.Start(c.Env, c.App.Site.Wizards, c.Param("name"), c.QueryParams())
	if err != nil {
		return err
	}
	return c.Redirect303(r.URL())
}

// choice offers to go on with what was begun, or to begin another.
func choice(c *web.Ctx, info wizard.Info, mine []*wizard.Run) ui.Tasks {
	place(c, info)
	title := c.Print.Or(info.Key(), info.Title)
	v := ui.Tasks{Page: c.Page(title), Title: title, Text: c.T("wizards.start.text"), Cancel: info.Home,
		New: ui.Action{Label: c.T("wizards.start.new"), Icon: "plus", URL: c.Request().URL.RequestURI(), Post: true, Primary: len(mine) == 0}}
	if len(mine) > 0 {
		v.Title, v.Text = c.T("wizards.choice.title"), c.T("wizards.choice.text", "Title", title)
	}
	for _, r := range mine {
		w := waiting(c, r)
		v.Items = append(v.Items, ui.Todo{Title: w.Title, Sub: w.Sub, Icon: w.Icon, Hue: ui.Hue(w.Hue), URL: w.URL, Action: w.Action, Drop: w.Drop})
	}
	return v
}

// stepTitle names the step that a run stands at.
func stepTitle(c *web.Ctx, r *wizard.Run) string {
	s, _ := r.Info().Step(r.Step)
	return c.Print.Or(s.Key(), s.Title)
}

// withRun loads the run that an address names.
func withRun(serve func(*web.Ctx, *wizard.Run) error) func(*web.Ctx) error {
	return func(c *web.Ctx) error {
		r, err := wizard.Load(c.Env, c.App.Site.Wizards, c.Param("handle"))
		if err != nil {
			return over(c, r, err)
		}
		if !r.InForce(c.Env) {
			return elsewhere(c, r)
		}
		return serve(c, r)
	}
}

// over says why a run cannot be gone on with, and offers to start again.
func over(c *web.Ctx, r *wizard.Run, err error) error {
	if r == nil || !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		return err
	}
	status := web.StatusOf(err)
	v := ui.Failure{Page: c.Page(""), Status: status, Title: c.T("wizards.over.title"), Text: sentence(c, err), Next: c.T("wizards.over.next"), Actions: []ui.Action{
		{Label: c.T("wizards.again"), Icon: "refresh", URL: r.Again(), Post: true, Primary: true},
		{Label: c.T("wizards.home"), URL: "/"},
	}}
	return c.Render(status, ui.FailurePage(v))
}

// elsewhere says that the run belongs to another of the person's companies, and offers to
// act for that one.
func elsewhere(c *web.Ctx, r *wizard.Run) error {
	var theirs, ours string
	for _, co := range c.Account.Companies {
		switch co.ID {
		case r.Company:
			theirs = co.Name
		case c.Env.Company:
			ours = co.Name
		}
	}
	next := r.URL()
	v := ui.Failure{Page: c.Page(""), Status: http.StatusConflict, Title: c.T("wizards.company.title", "Company", theirs),
		Text: c.T("wizards.company.text", "Company", theirs, "Ours", ours), Next: c.T("wizards.company.next"),
		Actions: []ui.Action{{Label: c.T("wizards.company.switch", "Company", theirs), Icon: "building", Post: true, Primary: true, URL: "/company",
			Hidden: []ui.Pair{{Name: ui.FieldCompany, Value: id(r.Company)}, {Name: ui.FieldNext, Value: next}}}}}
	return c.Render(http.StatusConflict, ui.FailurePage(v))
}
