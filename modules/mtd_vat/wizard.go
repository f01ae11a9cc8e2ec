package mtdvat

import (
	"net/url"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

// filing is the data of one VAT return on its way to HMRC.
type filing struct {
	// Company and registration are those of the beginning, the API that which named the
	// periods, whatever is selected later.
	Company     string
	VRN         hmrc.VRN
	Subject     oauthconsumer.Subject
	Environment string
	Rehearsal   bool // what is filed counts for nothing, see books.go

	Choices   []choice
	Confirmed bool      // Choices are HMRC's obligations
	AskedAt   time.Time // HMRC, for its obligations
	Chosen    string    // choice.id
	Label     string    // of the chosen period
	Period    int64     // record of accounting; 0 in a rehearsal: the books have none
	Key       string    // HMRC's name of the period, never shown

	AdjustBox    string
	AdjustAmount record.Money
	AdjustReason string

	Reviewed accounting.Boxes
	Hash     string // of the figures that were reviewed, "" before
	Moved    bool   // the books have changed behind a review
	Agreed   bool

	Posted    string // what device.js found, on the page that was posted last
	Witnessed witnessed

	Sent    *sending // what was sent and not answered yet
	Verdict *verdict // what to say of the last try
	Filed   int64    // record of the return
}

// choice is a period that may be filed, or was.
type choice struct {
	Starts, Ends, Due record.Date
	Key               string // "" until HMRC has named the period
	Done              bool
	Label, Help       string // in the language of the last reader
}

func (c choice) id() string { return string(c.Starts) + "/" + string(c.Ends) }

// sending is a submission under way: it was stored before it was sent.
type sending struct {
	At      time.Time
	Looked  time.Time // when HMRC was asked last what became of it
	Missing bool      // HMRC held no such return then
	Body    string    // what was sent
	Text    string    // the declaration agreed to
}

// verdict is what the page says of the last try, as a sentence by key.
type verdict struct {
	Key  string
	Args map[string]any
	Tone ui.Tone
	// Final: this return cannot be sent from here.
	Final bool
}

// WizardName names the wizard in addresses.
const WizardName = "mtd_vat.file"

// filingWizard leads a VAT return to HMRC and its receipt back.
var filingWizard = wizard.Wizard[filing]{
	Name: WizardName, Title: "VAT return", App: "accounting", Icon: "receipt", Hue: "accounting", Groups: []string{accounting.GroupManager},
	Home: "/records/mtd_vat.return", Keep: 120 * 24 * time.Hour,
	Begin: begin, Summary: summary, Start: "period",
	Steps: []wizard.Step[filing]{
		{Name: "period", Title: "Period", Prepare: preparePeriod, Fields: periodFields, Draw: drawPeriod, Post: postPeriod,
			Buttons: []wizard.Button[filing]{{Name: "ask", Label: "Ask HMRC again", Icon: "refresh", Do: askAgain, Loose: true}}},
		{Name: "review", Title: "Review", Continue: "Continue to declaration", Fields: reviewFields, Check: checkReview, Draw: drawReview, Post: postReview,
			Buttons: []wizard.Button[filing]{{Name: "adjust", Label: "Add this adjustment", Icon: "plus", Do: adjust}}},
		{Name: "declare", Title: "Declare", Continue: "Submit to HMRC", Effect: wizard.Unsafe, Prepare: prepareDeclare, Fields: declareFields, Draw: drawDeclare, Post: postDeclare,
			Buttons: []wizard.Button[filing]{{Name: "look", Label: "Ask HMRC what became of it", Icon: "refresh", Do: lookAgain, Loose: true}}},
		{Name: "receipt", Title: "Receipt", Final: true, Draw: drawReceipt},
	},
}

// begin pins whose return it is. The query may name a period: period=2026-08-01/2026-10-31.
func begin(env *record.Env, s *wizard.State[filing], query url.Values) error {
	company, err := record.Get[base.Company](env, env.Company)
	if err != nil {
		return err
	}
	v, err := accounting.RegistrationOf(env, env.Company)
	if err != nil {
		return err
	}
	if v.VRN == "" || !v.Registered() {
		return fault.New(fault.Conflict, "%s has no UK VAT registration here. Enter number and periods in Settings > Companies, on the tab VAT.", company.Name).
			Keyed("mtd_vat.unregistered", map[string]any{"Company": company.Name})
	}
	s.Data = filing{Company: company.Name, VRN: hmrc.VRN(v.VRN), Chosen: query.Get("period")}
	return nil
}

func summary(p *i18n.Printer, d *filing) string {
	out := d.Company + " · " + d.VRN.Printed()
	if d.Label != "" {
		out += " · " + d.Label
	}
	if i := slices.IndexFunc(d.Choices, func(c choice) bool { return c.id() == d.Chosen }); i >= 0 && d.Filed == 0 && !d.Choices[i].Done {
		out += " · " + p.T("mtd_vat.due", "Date", dayText(p, d.Choices[i].Due)) // also while HMRC cannot be reached
	}
	if d.Environment == oauthconsumer.Sandbox {
		out += " · " + p.T("mtd_vat.sandbox")
	}
	return out
}

// noteScenario says that the answers of the sandbox are made up.
func (d *filing) noteScenario(env *record.Env, p *wizard.Page) error {
	notes, err := scenarioNotes(env, p.Print, d.Environment, d.Subject.ID)
	p.Notes = append(p.Notes, notes...)
	return err
}

// deviceField takes what the script on the page has found.
func deviceField(d *filing) wizard.Field {
	return wizard.Field{Name: "device", Into: &d.Posted, Size: 4000, Drawn: true}
}

// observe keeps what is known of the browser, and returns an Env whose calls tell it.
func observe(env *record.Env, s *wizard.State[filing]) *record.Env {
	s.Data.Witnessed.witness(env.Context, s.Data.Posted)
	s.Data.Posted = ""
	return s.Data.Witnessed.telling(env)
}
