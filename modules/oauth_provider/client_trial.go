package oauthprovider

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// fieldTrial says in the form that starts a trial how far it goes.
const fieldTrial = "kind"

// clientPath is below which the cards of a client's form post.
const clientPath = "/settings/oauth/clients/:id"

// clientRoutes adds what the cards of a client's form post to. Rights are those of the
// client's record, as the person who asks has them.
func (h *host) clientRoutes(site *web.Site) {
	for _, r := range []struct {
		method, path string
		handle       func(*web.Ctx) error
	}{
		{http.MethodPost, clientPath + "/trial", h.trialStart},
		{http.MethodGet, oauth.TrialPath, h.trialShow},
		{http.MethodPost, clientPath + "/redirects", h.redirectRegister},
	} {
		site.Route(web.Route{Kind: web.User, Groups: []string{GroupManager}, Method: r.method, Path: r.path, Handle: r.handle,
			Limit: web.Limit{Rate: 2, Burst: 20}})
	}
}

// cardPath is where a card of the client's form posts to.
func cardPath(id int64, rest string) string {
	return strings.Replace(clientPath, ":id", strconv.FormatInt(id, 10), 1) + rest
}

// tabPath is a tab of the client's form.
func tabPath(id int64, tab string) string {
	return web.RecordPath("oauth_provider.client", id) + "?tab=" + tab
}

// clientOf is the client that the address names, for who may change it.
func clientOf(c *web.Ctx) (Client, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return Client{}, errNoClient
	}
	m, ok := c.Env.Registry().Model("oauth_provider.client")
	if !ok || !c.Env.Can(record.OpWrite, m) {
		return Client{}, fault.New(fault.Forbidden, "You may not change clients.").Keyed("oauth_provider.client.forbidden", nil)
	}
	return record.Get[Client](c.Env, id)
}

var errNoClient = fault.New(fault.NotFound, "There is no such client.").Keyed("oauth_provider.client.none", nil)

// trialStart is POST …/trial: the manager signs in to the application as anybody does.
func (h *host) trialStart(c *web.Ctx) error {
	row, err := clientOf(c)
	if err != nil {
		return err
	}
	client, err := h.store.Client(c.Env, row.Identifier, oauth.Newest)
	if err != nil {
		return err
	}
	session, err := h.Session(c.Request())
	if err != nil {
		return err
	}
	kind := oauth.TrialWhole
	if c.Form().Get(fieldTrial) == string(oauth.TrialCode) {
		kind = oauth.TrialCode
	}
	at, err := h.provider.StartTrial(c.Env, client, session, kind)
	if errors.Is(err, oauth.ErrNoTrial) {
		c.Flash(ui.Note{Tone: ui.ToneWarn, Text: c.T("oauth_provider.trial.none")})
		return c.Redirect303(tabPath(row.ID, "integration"))
	}
	if err != nil {
		return err
	}
	return c.Redirect303(at)
}

// trialShow is GET oauth.TrialPath: it redeems the code and shows each answer.
func (h *host) trialShow(c *web.Ctx) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	session, err := h.Session(c.Request())
	if err != nil {
		return err
	}
	t, err := h.provider.FinishTrial(c.Request(), session)
	if errors.Is(err, oauth.ErrNotFound) {
		return fault.New(fault.NotFound, "This test sign-in is over, or was begun elsewhere. Start another one.").Keyed("oauth_provider.trial.gone", nil)
	}
	if err != nil {
		return err
	}
	row, err := record.First[Client](c.Env, record.Query{Filter: domain.Cond{Path: "identifier", Op: domain.Eq, Value: t.Client}})
	if err != nil {
		return err
	}
	if err := record.Audit(c.Env, "oauth_provider.client", row.ID, row.Name, "sign_in_tested"); err != nil {
		return err
	}
	v := trialView(c, row, t)
	if t.Code != "" {
		client, err := h.store.Client(c.Env, row.Identifier, oauth.Newest)
		if err != nil {
			return err
		}
		in := integration{c: c, host: h, row: &row, client: client}
		seconds := int(client.Lifetimes.Code.Seconds())
		v.Sub, v.Note.Text = c.T("oauth_provider.trial.lines"), c.T("oauth_provider.trial.hurry", "Count", seconds)
		v.Terminal = &ui.Terminal{Text: in.curlText(), Lines: in.curlCode(t)}
	}
	return c.Render(http.StatusOK, ui.TrialPage(v))
}

func trialView(c *web.Ctx, row Client, t *oauth.Trial) ui.Trial {
	c.Inside("settings")
	title := c.T("oauth_provider.trial.title", "Client", row.Name)
	v := ui.Trial{Page: c.Page(title), Title: title, Sub: c.T("oauth_provider.trial.sub"), Back: ui.Action{Label: c.T("oauth_provider.trial.back"), URL: tabPath(row.ID, "integration")},
		Again: ui.Action{Label: c.T("oauth_provider.trial.again"), Icon: "clock-play", Post: true, URL: cardPath(row.ID, "/trial"),
			Hidden: []ui.Pair{{Name: fieldTrial, Value: string(t.Kind)}}},
		Note: ui.Note{Tone: ui.ToneOK, Text: c.T("oauth_provider.trial.works")}}
	v.Page.Crumbs = append(v.Page.Crumbs[:1:1], ui.Link{Text: c.T("oauth_provider.client.plural"), URL: web.ListPath("oauth_provider.client")},
		ui.Link{Text: row.Name, URL: tabPath(row.ID, "integration")}, ui.Link{Text: c.T("oauth_provider.trial.short")})
	v.Page.URLs.Self = tabPath(row.ID, "integration") // its own address has the code in it
	for _, s := range t.Steps {
		step := ui.TrialStep{Title: c.T("oauth_provider.trial.step." + s.Name), Request: s.Method + " " + s.URL, Status: strconv.Itoa(s.Status), Error: s.Error, Body: indented(s.Body)}
		for _, p := range s.Sent {
			step.Sent = append(step.Sent, ui.Pair{Name: p.Name, Value: p.Value})
		}
		if s.Error != "" {
			v.Note = ui.Note{Tone: ui.ToneBad, Text: c.T("oauth_provider.trial.fails", "Step", step.Title)}
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

func indented(text string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}
