package mtdvat

import (
	"errors"
	"net/http"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

// The page of HMRC's sandbox: what it is to answer with, whether the fraud prevention
// headers are right, and organisations to sign in with.
const (
	sandboxPath      = "/vat/sandbox"
	scenarioPath     = sandboxPath + "/scenario"
	headersPath      = sandboxPath + "/headers"
	organisationPath = sandboxPath + "/organisation"
)

// sandboxGroups may use it: who files, and who sets the connections up.
var sandboxGroups = []string{accounting.GroupManager, oauthconsumer.GroupManager}

func sandboxRoutes() []web.Route {
	on := func(method, path string, do func(*sandbox) error) web.Route {
		return web.Route{Kind: web.User, Method: method, Path: path, Groups: sandboxGroups, Handle: func(c *web.Ctx) error {
			s, err := openSandbox(c)
			if err != nil {
				return err
			}
			return do(s)
		}}
	}
	return []web.Route{
		on(http.MethodGet, sandboxPath, (*sandbox).show),
		on(http.MethodPost, scenarioPath, (*sandbox).choose),
		on(http.MethodPost, headersPath, (*sandbox).checkHeaders),
		on(http.MethodPost, organisationPath, (*sandbox).createOrganisation),
	}
}

// sandbox is somebody on the page.
type sandbox struct {
	*web.Ctx
	company     string
	environment string                // that the company calls, "" when none is set up
	own         oauthconsumer.Subject // this application at the sandbox; no API when none is set up
	notes       []ui.Note
}

func openSandbox(c *web.Ctx) (*sandbox, error) {
	if !c.Env.Member(accounting.GroupManager) {
		c.Inside("settings")
	}
	s := &sandbox{Ctx: c, own: oauthconsumer.Subject{Kind: oauthconsumer.Application}}
	company, err := record.Get[base.Company](c.Env, c.Env.Company)
	if err != nil {
		return nil, err
	}
	s.company = company.Name
	standing, err := oauthconsumer.StandingOf(c.Env, ProviderKey, oauthconsumer.Subject{Kind: oauthconsumer.Company})
	switch {
	case fault.Is(err, fault.Conflict): // nothing is set up for companies
	case err != nil:
		return nil, err
	default:
		s.environment = standing.Environment
	}
	if inSandbox(s.environment, standing.BaseURL) {
		s.own.API = standing.Subject.API
		return s, nil
	}
	s.own.API, err = anySandbox(c.Env)
	return s, err
}

// anySandbox is a sandbox of HMRC's that we are registered at, 0 when there is none: its
// tools help before and beside production too.
func anySandbox(env *record.Env) (int64, error) {
	found, err := record.First[oauthconsumer.API](env.Sudo("HMRC's sandbox"), record.Query{Order: "id", Filter: domain.And{
		domain.Cond{Path: "provider.key", Op: domain.Eq, Value: ProviderKey}, domain.Cond{Path: "environment", Op: domain.Eq, Value: oauthconsumer.Sandbox},
		domain.Cond{Path: "active", Op: domain.Eq, Value: true}, domain.Cond{Path: "client_id", Op: domain.Ne, Value: nil}}})
	if fault.Is(err, fault.NotFound) || err == nil && !inSandbox(found.Environment, found.BaseURL) {
		return 0, nil
	}
	return found.ID, err
}

// show is GET /vat/sandbox.
func (s *sandbox) show() error { return s.render(http.StatusOK) }

func (s *sandbox) render(status int) error {
	title := s.T("mtd_vat.sandbox.title")
	v := ui.Inquiry{Page: s.Page(title), Title: title, Sub: s.T("mtd_vat.sandbox.sub"), Notes: s.notes}
	scenario, err := s.scenarioCard()
	if err != nil {
		return err
	}
	v.Cards = append(v.Cards, scenario)
	if s.own.API == 0 {
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Title: s.T("mtd_vat.sandbox.none"), Text: s.T("mtd_vat.sandbox.none.text")})
		return s.Render(status, ui.InquiryPage(v))
	}
	headers, err := s.headerCards()
	if err != nil {
		return err
	}
	v.Cards = append(append(v.Cards, s.organisationCard()), headers...)
	return s.Render(status, ui.InquiryPage(v))
}

// scenarioCard is the choice of what the sandbox is to answer with.
func (s *sandbox) scenarioCard() (ui.InquiryCard, error) {
	chosen, err := scenarioOf(s.Env, s.Env.Company)
	if err != nil {
		return ui.InquiryCard{}, err
	}
	f := ui.Field{Kind: ui.FieldSelect, Name: "scenario", Label: s.T("mtd_vat.scenario"), Wide: true, Value: chosen, Options: []ui.Option{{Label: s.T("mtd_vat.scenario.without"), Selected: chosen == ""}}}
	for _, g := range hmrc.Scenarios() {
		for _, name := range g.Names {
			f.Options = append(f.Options, ui.Option{Value: name, Label: name, Group: s.T(scenarioGroup(g.Path)), Selected: name == chosen})
			if name == chosen {
				chosen = "" // some names are those of several endpoints: one is selected
			}
		}
	}
	card := ui.InquiryCard{ID: "scenario", Title: s.T("mtd_vat.scenario.card"), Sub: s.T("mtd_vat.scenario.sub", "Company", s.company),
		Ask: &ui.Ask{Action: scenarioPath, Fields: []ui.Field{f}, Label: s.T("mtd_vat.scenario.use"), Icon: "check", Primary: true}}
	if s.environment == oauthconsumer.Production {
		card.Notes = []ui.Note{{Tone: ui.ToneInfo, Text: s.T("mtd_vat.scenario.production", "Company", s.company)}}
	}
	return card, nil
}

// scenarioGroup is the key of the heading over the scenarios of an endpoint.
func scenarioGroup(path string) string {
	return "mtd_vat.scenario.of." + map[string]string{hmrc.PathObligations: "obligations", hmrc.PathReturns: "submit", hmrc.PathReturn: "return", hmrc.PathLiabilities: "liabilities",
		hmrc.PathPayments: "payments", hmrc.PathPenalties: "penalties", hmrc.PathFinancialDetails: "charge"}[path]
}

// choose is POST /vat/sandbox/scenario.
func (s *sandbox) choose() error {
	name := s.Form().Get("scenario")
	if name != "" && !hmrc.IsScenario(name) {
		return fault.New(fault.Invalid, "Choose one of the values offered.").Keyed("record.invalid.option", nil)
	}
	if err := record.SaveSide[base.Company](s.Env.Sudo("sandbox scenario"), s.Env.Company, &SandboxChoice{RecordID: s.Env.Company, HMRCScenario: name}); err != nil {
		return err
	}
	s.Flash(ui.Note{Tone: ui.ToneOK, Text: s.T("mtd_vat.scenario.saved")})
	return s.Redirect303(sandboxPath)
}

// organisationCard makes organisations, and shows the one that was just made, once.
func (s *sandbox) organisationCard() ui.InquiryCard {
	card := ui.InquiryCard{ID: "organisation", Title: s.T("mtd_vat.organisation"), Sub: s.T("mtd_vat.organisation.sub"),
		Ask: &ui.Ask{Action: organisationPath, Label: s.T("mtd_vat.organisation.create"), Icon: "plus"}}
	for _, o := range s.TakeOnce(sandboxPath) {
		f := ui.Field{Kind: ui.FieldCode, Name: o.Name, Label: s.T("mtd_vat.organisation." + o.Name), Value: o.Value, ReadOnly: true, Copy: true}
		if o.Name == "password" {
			f.Kind, f.ReadOnly, f.Copy, f.Help = ui.FieldOnce, false, false, s.T("mtd_vat.organisation.once")
		}
		card.Fields = append(card.Fields, f)
	}
	return card
}

// createOrganisation is POST /vat/sandbox/organisation: this application asks with a token
// of its own. What signs the organisation in is shown on the next page, and kept nowhere.
func (s *sandbox) createOrganisation() error {
	if s.own.API == 0 {
		return s.Redirect303(sandboxPath)
	}
	u, err := createTestUser.Call(s.Env, s.own, testUserServices{Services: []string{"mtd-vat"}})
	if err != nil {
		return s.failed(err)
	}
	shown := s.ShowOnce(sandboxPath, []web.Once{{Name: "name", Value: u.Organisation.Name}, {Name: "user", Value: u.UserID}, {Name: "vrn", Value: string(u.VRN)}, {Name: "password", Value: u.Password}})
	if !shown {
		return fault.New(fault.Unavailable, "The organisation was made, but cannot be shown. Make another one.").Keyed("mtd_vat.organisation.lost", nil)
	}
	return s.Redirect303(sandboxPath + "#organisation")
}

// failed shows on the page what went wrong.
func (s *sandbox) failed(err error) error {
	err = told(err)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code == fault.Internal {
		return err
	}
	s.notes = append(s.notes, ui.Note{Tone: ui.ToneBad, Text: web.Sentence(s.Print, f)})
	return s.render(web.StatusOf(f))
}
