package wizards_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/ui"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// filing is the data of the wizard of these tests, which is made like a tax return.
type filing struct {
	Period  string
	Note    string
	Amount  record.Money
	Figures []string
	Agreed  bool
	Receipt string
}

// office is the outside of these tests.
type office struct {
	mu      sync.Mutex
	granted bool
	filed   int
}

func (o *office) grant(yes bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.granted = yes
}

func (o *office) filings() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.filed
}

// unasked is the detour to the office.
type unasked struct{}

func (unasked) Error() string { return "the office has not been asked" }

func (unasked) Unwrap() error {
	return fault.New(fault.Unauthenticated, "The tax office wants you to sign in there first.").Keyed("trial.signin", nil)
}

func (unasked) Leave(_ *record.Env, r *wizard.Run) (string, error) {
	return "/trial/office?back=" + url.QueryEscape(r.URL()), nil
}

func (o *office) ask() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.granted {
		return unasked{}
	}
	return nil
}

func (o *office) figures(_ *record.Env, s *wizard.State[filing]) error {
	if err := o.ask(); err != nil {
		return err
	}
	s.Data.Figures = []string{"VAT due on sales", "VAT reclaimed"}
	return nil
}

func (o *office) file(_ *record.Env, s *wizard.State[filing]) (string, error) {
	if err := o.ask(); err != nil {
		return "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.filed++
	s.Data.Receipt = "GB-1"
	return "", nil
}

// returns is the wizard, written as a module would.
func returns(o *office) wizard.Definition {
	return wizard.Wizard[filing]{
		Name: "trial.return", Title: "Tax return", App: "settings", Icon: "receipt", Hue: "accounting", Groups: []string{"base.user"}, Start: "period", Home: "/records/base.company",
		Begin: func(_ *record.Env, s *wizard.State[filing], query url.Values) error {
			s.Data.Note = query.Get("note")
			return nil
		},
		Summary: func(_ *i18n.Printer, d *filing) string { return d.Period },
		Steps: []wizard.Step[filing]{
			{Name: "period", Title: "Period", Help: "Choose what you want to file.", Fields: periodFields, Check: checkPeriod},
			{Name: "review", Title: "Review", Prepare: o.figures, Draw: drawFigures, Continue: "Continue to declaration"},
			{Name: "declare", Title: "Declare", Effect: wizard.Unsafe, Fields: declaration, Post: o.file, Continue: "File the return"},
			{Name: "receipt", Title: "Receipt", Final: true, Draw: drawReceipt},
		},
	}
}

func periodFields(d *filing) []wizard.Field {
	return []wizard.Field{
		{Name: "period", Label: "Period", Into: &d.Period, Kind: ui.FieldCards, Required: true,
			Options: []wizard.Option{{Value: "q1", Label: "August to October", Help: "Due on 7 December."}, {Value: "q2", Label: "May to July", Help: "Filed."}}},
		{Name: "amount", Label: "Adjustment", Into: &d.Amount, Suffix: "GBP", Help: "Added to the first box."},
		{Name: "note", Label: "Note", Into: &d.Note, Size: 40},
	}
}

func checkPeriod(d *filing) error {
	if d.Period == "q2" {
		return fault.New(fault.Invalid, "This period is filed already.").Keyed("trial.filed", nil).On("period")
	}
	return nil
}

func declaration(d *filing) []wizard.Field {
	return []wizard.Field{{Name: "agreed", Label: "I declare that this is true", Into: &d.Agreed, Required: true}}
}

func drawFigures(_ *record.Env, p *wizard.Page, s *wizard.State[filing]) error {
	for _, f := range s.Data.Figures {
		p.Cards[0].Fields = append(p.Cards[0].Fields, ui.Field{Kind: ui.FieldReadOnly, Label: f, Text: "£61,284.17", Name: f})
	}
	p.Aside = append(p.Aside, ui.Group{ID: "pay", Title: p.Print.T("trial.pay"), Fields: []ui.Field{{Kind: ui.FieldReadOnly, Name: "pay", Label: p.Print.T("trial.pay"), Text: "£18,472.63"}}})
	return nil
}

func drawReceipt(_ *record.Env, p *wizard.Page, s *wizard.State[filing]) error {
	p.Notes = append(p.Notes, ui.Note{Tone: ui.ToneOK, Text: s.Data.Receipt})
	return nil
}

const english = `
"trial.filed" = "This period is filed already."
"trial.pay" = "To pay"
"trial.signin" = "The tax office wants you to sign in there first."
`

const french = `
"menu.trial.return" = "Faire une déclaration"
"module.trial" = "Essai"
"module.trial.summary" = "Une démarche en étapes."
"trial.filed" = "Cette période est déjà déclarée."
"trial.pay" = "À payer"
"trial.signin" = "L’administration fiscale veut d’abord que vous vous identifiiez chez elle."
"wizard.trial.return" = "Déclaration"
"wizard.trial.return.period" = "Période"
"wizard.trial.return.period.help" = "Choisissez ce que vous voulez déclarer."
"wizard.trial.return.period.period" = "Période"
"wizard.trial.return.period.period.q1" = "Août à octobre"
"wizard.trial.return.period.period.q1.help" = "À rendre le 7 décembre."
"wizard.trial.return.period.period.q2" = "Mai à juillet"
"wizard.trial.return.period.period.q2.help" = "Déclarée."
"wizard.trial.return.period.amount" = "Correction"
"wizard.trial.return.period.amount.help" = "Ajoutée à la première case."
"wizard.trial.return.period.note" = "Note"
"wizard.trial.return.review" = "Contrôle"
"wizard.trial.return.review.continue" = "Passer à la déclaration"
"wizard.trial.return.declare" = "Déclarer"
"wizard.trial.return.declare.continue" = "Envoyer la déclaration"
"wizard.trial.return.declare.agreed" = "Je déclare que ceci est exact"
"wizard.trial.return.receipt" = "Reçu"
`

// module is a module with that wizard, and the office's page, which needs no permission here.
func module(o *office) app.Module {
	return app.Module{Name: "trial", Title: "Trial", Summary: "A task in steps.", Depends: []string{"base"},
		Locales: fstest.MapFS{"en.toml": {Data: []byte(english)}, "fr.toml": {Data: []byte(french)}},
		Register: func(_ *record.Registry, r *app.Registrar) {
			r.Site.Wizard(returns(o))
			r.Site.Menu(web.Menu{Name: "trial.return", App: "settings", Label: "File a return", URL: start, Groups: []string{"base.user"}, Order: 900})
			r.Site.Route(web.Route{Kind: web.User, Method: http.MethodGet, Path: "/trial/office", Handle: func(c *web.Ctx) error {
				return c.Render(http.StatusOK, ui.MessagePage(ui.Message{Page: c.Page("The tax office"), Title: "The tax office", Text: "May Tessera file for you?",
					Actions: []ui.Action{{Label: "Go back", URL: web.LocalPath(c.QueryParam("back"))}}}))
			}})
		}}
}

// house is an open application with the trial module.
type house struct {
	*apptest.App
	t      *testing.T
	office *office
}

func openHouse(t *testing.T, address string) *house {
	t.Helper()
	o := &office{granted: true}
	return &house{apptest.New(t, address, base.Module(), module(o)), t, o}
}

func engines(t *testing.T, run func(*testing.T, *house)) {
	t.Helper()
	dbtest.Engines(t, func(t *testing.T, address string) {
		t.Parallel()
		run(t, openHouse(t, address))
	})
}

// tab is one person's browser.
type tab struct {
	h      *house
	client *http.Client
}

func (h *house) tab(login string) tab { return tab{h, h.SignIn(login)} }

const start = "/wizards/trial.return/start"

// start begins a run and returns the path of its first step.
func (b tab) start() string {
	b.h.t.Helper()
	return b.h.Follow(b.client, http.MethodPost, start, nil)
}

func (b tab) get(path string, status int, texts ...string) string {
	b.h.t.Helper()
	got, body := b.h.Get(b.client, path)
	want(b.h.t, path, got, status, body, texts)
	return body
}

// post sends a form with the version of the page at that path.
func (b tab) post(path string, form url.Values, status int, texts ...string) (location string) {
	b.h.t.Helper()
	return b.send(path, apptest.Version(b.get(path, http.StatusOK)), form, status, texts...)
}

func (b tab) send(path, version string, form url.Values, status int, texts ...string) (location string) {
	b.h.t.Helper()
	sent := url.Values{ui.FieldVersion: {version}}
	for name, v := range form {
		sent[name] = v
	}
	got, body, location := b.h.Exchange(b.client, http.MethodPost, path, sent)
	want(b.h.t, path, got, status, body, texts)
	return location
}

func want(t *testing.T, path string, got, status int, body string, texts []string) {
	t.Helper()
	if got != status {
		t.Fatalf("%s answers %d, want %d: %s", path, got, status, body)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("%s does not hold %q:\n%s", path, text, body)
		}
	}
}

// sample drives the wizard from end to end.
func sample(o *office) apptest.WizardSample {
	return apptest.WizardSample{Wizard: "trial.return", Login: "anna@example.com", Query: url.Values{"note": {"late"}}, Posts: []apptest.WizardPost{
		{Step: "period", Form: url.Values{"period": {"q1"}, "amount": {"240.00"}}},
		{Step: "review", Before: func(*apptest.App) { o.grant(true) }},
		{Step: "declare", Form: url.Values{"agreed": {"1"}}},
	}}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// expire moves the end of all runs.
func expire(env *record.Env, at time.Time) error {
	return env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE wizard_run SET expires_at = ?", at)
		return err
	})
}
