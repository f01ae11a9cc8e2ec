package mtdvat

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

// topic is a matter that HMRC can be asked about, with a page of its own. HMRC is asked
// when somebody presses the button there, since the law wants it to be told about his
// browser; the page shows what it said last.
type topic struct {
	name  string // also part of its keys, mtd_vat.ask.<name>
	label string // English
	path  string
	dated bool // about the days between two dates
	ask   func(env *record.Env, at oauthconsumer.Subject, q question) ([]byte, string, error)
	cards func(p *inquiry, body []byte) ([]ui.InquiryCard, error)
}

// question is what is asked.
type question struct {
	VRN       string
	From, To  record.Date
	Reference string
}

const penaltiesPath = "/vat/penalties"

func topics() []topic {
	return []topic{
		{name: "liabilities", label: "VAT liabilities", path: "/vat/liabilities", dated: true, cards: liabilityCards,
			ask: asking(liabilities, func(q question) datedQuery { return datedQuery{q.VRN, string(q.From), string(q.To)} })},
		{name: "payments", label: "VAT payments", path: "/vat/payments", dated: true, cards: paymentCards,
			ask: asking(payments, func(q question) datedQuery { return datedQuery{q.VRN, string(q.From), string(q.To)} })},
		{name: "penalties", label: "VAT penalties", path: penaltiesPath, cards: penaltyCards,
			ask: asking(penalties, func(q question) vrnQuery { return vrnQuery{q.VRN} })},
		{name: "charge", label: "Charge", path: "/vat/charges/:reference", cards: chargeCards,
			ask: asking(financialDetails, func(q question) chargeQuery { return chargeQuery{q.VRN, q.Reference} })},
	}
}

// asking calls an endpoint. That HMRC holds nothing is an answer too.
func asking[Req, Res any](e oauthconsumer.Endpoint[Req, said[Res]], with func(question) Req) func(*record.Env, oauthconsumer.Subject, question) ([]byte, string, error) {
	return func(env *record.Env, at oauthconsumer.Subject, q question) ([]byte, string, error) {
		got, err := e.Call(env, at, with(q))
		if _, refused, _ := verdictOf(err); remedied(err, hmrc.NothingThere) {
			return []byte("{}"), refused.CorrelationID, nil
		}
		return got.body, got.correlation, err
	}
}

func inquiryRoutes() []web.Route {
	var out []web.Route
	for _, t := range topics() {
		groups := []string{accounting.GroupManager}
		out = append(out, web.Route{Kind: web.User, Method: http.MethodGet, Path: t.path, Groups: groups, Handle: t.show},
			web.Route{Kind: web.User, Method: http.MethodPost, Path: t.path, Groups: groups, Handle: t.post})
	}
	return out
}

// inquiry is somebody on the page of a topic.
type inquiry struct {
	*web.Ctx
	topic    topic
	company  string
	standing oauthconsumer.Standing
	question question
	notes    []ui.Note
	errs     []*fault.Error // about the entries
}

var chargeReference = regexp.MustCompile(`^[A-Za-z0-9]{1,16}$`)

// open finds out whom the page is about.
func (t topic) open(c *web.Ctx) (*inquiry, error) {
	p := &inquiry{Ctx: c, topic: t}
	company, err := record.Get[base.Company](c.Env, c.Env.Company)
	if err != nil {
		return nil, err
	}
	v, err := accounting.RegistrationOf(c.Env, c.Env.Company)
	if err != nil {
		return nil, err
	}
	p.company, p.question.VRN = company.Name, v.VRN
	if t.name == "charge" {
		if p.question.Reference = c.Param("reference"); !chargeReference.MatchString(p.question.Reference) {
			return nil, fault.New(fault.NotFound, "There is no such charge.").Keyed("mtd_vat.ask.nocharge", nil)
		}
		c.Beneath(penaltiesPath)
	}
	p.standing, err = oauthconsumer.StandingOf(c.Env, ProviderKey, oauthconsumer.Subject{Kind: oauthconsumer.Company})
	var setup *fault.Error
	if errors.As(err, &setup) && setup.Code == fault.Conflict {
		p.note(ui.ToneWarn, setup)
		return p, nil
	}
	return p, err
}

func (p *inquiry) note(tone ui.Tone, f *fault.Error) {
	p.notes = append(p.notes, ui.Note{Tone: tone, Text: web.Sentence(p.Print, f)})
}

// address is the page with the dates that are asked for.
func (p *inquiry) address() string {
	if !p.topic.dated {
		return p.Request().URL.Path
	}
	return p.Request().URL.Path + "?" + url.Values{"from": {string(p.question.From)}, "to": {string(p.question.To)}}.Encode()
}

// show is GET /vat/<topic>: what HMRC said last, and the question to put to it.
func (t topic) show(c *web.Ctx) error {
	p, err := t.open(c)
	if err != nil {
		return err
	}
	return p.render(http.StatusOK)
}

// post is POST /vat/<topic>: HMRC is asked. Whoever has to sign in there first comes back
// to the page.
func (t topic) post(c *web.Ctx) error {
	p, err := t.open(c)
	if err != nil {
		return err
	}
	if p.question.VRN == "" || p.standing.Subject.API == 0 {
		return c.Redirect303(c.Request().URL.Path)
	}
	if t.dated && !p.readDates(c.Form()) {
		return p.render(http.StatusUnprocessableEntity)
	}
	var w witnessed
	w.witness(c.Env.Context, c.Form().Get("device"))
	if w.Device == nil {
		p.note(ui.ToneWarn, noScript())
		return p.render(http.StatusConflict)
	}
	body, correlation, err := t.ask(w.telling(c.Env), p.standing.Subject, p.question)
	if err != nil {
		return p.failed(err)
	}
	answer := p.matter().with(c.Env, body, correlation)
	if p.standing.Environment == oauthconsumer.Sandbox {
		if answer.Scenario, err = scenarioOf(c.Env, c.Env.Company); err != nil {
			return err
		}
	}
	if err := keepAnswer(c.Env, answer); err != nil {
		return err
	}
	return c.Redirect303(p.address())
}

// noScript says why HMRC cannot be asked from a page without script.
func noScript() *fault.Error {
	return fault.New(fault.Conflict, "The law wants HMRC to be told about the browser that it is asked from, and only a script can find that out. Allow scripts for this site and ask again.").
		Keyed("mtd_vat.ask.noscript", nil)
}

// failed leads to HMRC where a sign-in is missing, and shows what else went wrong.
func (p *inquiry) failed(err error) error {
	if away, ok := oauthconsumer.IsUnauthorized(err); ok {
		to, err := away.Offer(p.Env, p.address())
		if err != nil {
			return err
		}
		return p.Redirect303(to)
	}
	err = told(err)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code == fault.Internal {
		return err
	}
	p.note(ui.ToneBad, f)
	return p.render(web.StatusOf(f))
}

// matter is the answer's row, without an answer.
func (p *inquiry) matter() Answer {
	return Answer{Name: strings.TrimSpace(p.topic.label + " " + p.question.Reference), CompanyID: record.ID(p.Env.Company), APIID: record.ID(p.standing.Subject.API), VRN: p.question.VRN, Topic: p.topic.name,
		Reference: p.question.Reference, Starts: p.question.From, Ends: p.question.To}
}

func (a Answer) with(env *record.Env, body []byte, correlation string) Answer {
	a.Body, a.Correlation, a.AskedAt, a.AskedByID = string(body), correlation, env.Now, record.ID(env.User.UserID())
	return a
}

// The limits of HMRC on the dates of a question.
const (
	longestRange  = 365 // days between the first and the last
	earliestAsked = record.Date("2017-12-01")
)

// defaultDates are the year until today. The day is that of UTC, which HMRC never finds in
// the future.
func defaultDates(now time.Time) (from, to record.Date) {
	day := now.UTC()
	return record.Date(day.AddDate(0, 0, -longestRange).Format(time.DateOnly)), record.Date(day.Format(time.DateOnly))
}

// readDates takes the dates from what was posted, and says all that is wrong with them.
// What was entered stays in the form.
func (p *inquiry) readDates(form url.Values) bool {
	q := &p.question
	q.From, q.To = record.Date(form.Get("from")), record.Date(form.Get("to"))
	bad := func(field, key, english string, args map[string]any) {
		p.errs = append(p.errs, fault.New(fault.Invalid, "%s", english).Keyed("mtd_vat.ask.dates."+key, args).On(field))
	}
	from, fromErr := time.Parse(time.DateOnly, string(q.From))
	to, toErr := time.Parse(time.DateOnly, string(q.To))
	_, today := defaultDates(p.Env.Now)
	if fromErr != nil {
		bad("from", "missing", "Enter a day.", nil)
	} else if q.From < earliestAsked && p.standing.Environment == oauthconsumer.Production {
		bad("from", "early", "HMRC tells nothing from before 1 December 2017.", map[string]any{"Date": dayText(p.Print, earliestAsked)})
	}
	switch {
	case toErr != nil:
		bad("to", "missing", "Enter a day.", nil)
	case q.To > today:
		bad("to", "future", "HMRC tells nothing about days to come.", nil)
	case fromErr == nil && to.Before(from):
		bad("to", "reversed", "The last day is before the first.", nil)
	case fromErr == nil && to.Sub(from) > longestRange*24*time.Hour:
		bad("to", "long", "HMRC tells a year at most: 365 days from the first to the last.", map[string]any{"Date": dayText(p.Print, record.Date(from.AddDate(0, 0, longestRange).Format(time.DateOnly)))})
	}
	return len(p.errs) == 0
}
