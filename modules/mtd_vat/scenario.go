package mtdvat

import (
	"net/http"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

// SandboxChoice is the made-up case that HMRC's sandbox is to answer with when a company
// calls it. It is sent to a sandbox only, whatever is chosen.
type SandboxChoice struct {
	RecordID     int64  `gorm:"primaryKey"`
	HMRCScenario string `gorm:"column:hmrc_scenario"`
}

func defineScenario(r *record.Registry) {
	record.Attach[base.Company, SandboxChoice](r, record.Field{Name: "hmrc_scenario", Label: "HMRC sandbox scenario",
		Help: "Chosen on the page HMRC’s sandbox, and sent to a sandbox only.", Type: record.Code, Size: 64, Readonly: true, NoCopy: true})
}

// scenarioOf is what a company has chosen, "" for what its account there holds.
func scenarioOf(env *record.Env, company int64) (string, error) {
	v, err := record.SideOf[base.Company, SandboxChoice](env.Sudo("sandbox scenario"), company)
	return v.HMRCScenario, err
}

// inSandbox reports whether calls go to a sandbox: the row says so, and the address is not
// that of HMRC's production.
func inSandbox(environment, baseURL string) bool {
	return environment == oauthconsumer.Sandbox && baseURL != hmrc.Production.API
}

// pathOf is the path template of an endpoint that scenarios are for; the probe is none, as
// it has to find out about the real account.
func pathOf(endpoint string) string {
	return map[string]string{obligations.Name: obligations.Path, submit.Name: submit.Path, viewReturn.Name: viewReturn.Path, liabilities.Name: liabilities.Path,
		payments.Name: payments.Path, penalties.Name: penalties.Path, financialDetails.Name: financialDetails.Path}[endpoint]
}

// scenarioHeader asks the sandbox for the answer that was chosen, where the endpoint has it.
func scenarioHeader(env *record.Env, call oauthconsumer.Call, h http.Header) error {
	if !inSandbox(call.Environment, call.BaseURL) || call.Subject.Kind != oauthconsumer.Company {
		return nil
	}
	name, err := scenarioOf(env, call.Subject.ID)
	if err == nil && hmrc.KnowsScenario(pathOf(call.Endpoint), name) {
		h.Set(hmrc.ScenarioHeader, name)
	}
	return err
}

// scenarioNotes say on every page that calls the sandbox that its answers are made up.
func scenarioNotes(env *record.Env, p *i18n.Printer, environment string, company int64) ([]ui.Note, error) {
	if environment != oauthconsumer.Sandbox {
		return nil, nil
	}
	name, err := scenarioOf(env, company)
	if err != nil || name == "" {
		return nil, err
	}
	return []ui.Note{{Tone: ui.ToneWarn, Title: p.T("mtd_vat.scenario.banner", "Scenario", name), Text: p.T("mtd_vat.scenario.banner.text"),
		Links: []ui.Link{{Text: p.T("mtd_vat.scenario.change"), URL: sandboxPath}}}}, nil
}
