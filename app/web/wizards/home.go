package wizards

import (
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

// maxWaiting is how many runs the home page lists.
const maxWaiting = 10

// Waiting lists the person's own runs that are under way, for the home page. One that was
// only looked at is not among them.
func Waiting(c *web.Ctx) ([]web.Waiting, error) {
	mine, err := wizard.Mine(c.Env, c.App.Site.Wizards)
	if err != nil {
		return nil, err
	}
	var out []web.Waiting
	for _, r := range mine {
		if r.Untouched() || len(out) == maxWaiting {
			continue
		}
		out = append(out, waiting(c, r))
	}
	return out, nil
}

func waiting(c *web.Ctx, r *wizard.Run) web.Waiting {
	info := r.Info()
	title := c.Print.Or(info.Key(), info.Title)
	if about := r.Summary(c.Print); about != "" {
		title += " · " + about
	}
	return web.Waiting{Title: title, Sub: standing(c, r), Icon: info.Icon, Hue: info.Hue, Action: c.T("wizards.continue"), URL: r.URL(),
		Drop: &ui.Action{Label: c.T("wizards.discard"), Icon: "trash", URL: wizard.Prefix + r.Handle, Hidden: []ui.Pair{{Name: ui.FieldDo, Value: doDiscard}}}}
}

// standing says where a run stands: what it waits for, or its step and when it was saved.
func standing(c *web.Ctx, r *wizard.Run) string {
	text := c.T("wizards.standing", "Step", stepTitle(c, r), "When", c.Ago(r.UpdatedAt))
	if r.Status == wizard.Parked && r.Reason != nil {
		text = web.Sentence(c.Print, r.Reason)
	}
	if r.InForce(c.Env) {
		return text
	}
	for _, co := range c.Account.Companies {
		if co.ID == r.Company {
			return co.Name + " · " + text
		}
	}
	return text
}
