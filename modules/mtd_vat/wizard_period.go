package mtdvat

import (
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

// preparePeriod lists the periods: those that the company's stagger gives, until HMRC has
// named its own.
func preparePeriod(env *record.Env, s *wizard.State[filing]) error {
	d := &s.Data
	if !d.Confirmed {
		standing, err := oauthconsumer.StandingOf(env, ProviderKey, oauthconsumer.Subject{Kind: oauthconsumer.Company})
		if err != nil {
			return err
		}
		d.Subject, d.Environment, d.Rehearsal = standing.Subject, standing.Environment, rehearses(env, standing)
		periods, err := accounting.Periods(env, s.Company)
		if err != nil {
			return err
		}
		d.Choices = nil
		for _, p := range periods {
			d.Choices = append(d.Choices, choice{Starts: p.Starts, Ends: p.Ends, Due: p.Due, Done: p.State == accounting.Closed})
		}
	}
	return describe(env, s)
}

// describe marks what was filed from here, though HMRC may not show it yet, and puts what
// is open first, the oldest first.
func describe(env *record.Env, s *wizard.State[filing]) error {
	d := &s.Data
	today := record.Date(env.Now.Format(time.DateOnly))
	for i := range d.Choices {
		c := &d.Choices[i]
		_, filed, err := returnOf(env, s.Company, c.Starts, c.Ends, d.Environment)
		if err != nil {
			return err
		}
		c.Done = c.Done || filed
		if ctx := web.Within(env.Context); ctx != nil {
			c.Label, c.Help = spanText(ctx.Print, c.Starts, c.Ends), ctx.T("mtd_vat.due", "Date", dayText(ctx.Print, c.Due))
			if c.Ends >= today {
				c.Help = ctx.T("mtd_vat.from", "Date", dayText(ctx.Print, after(c.Ends)))
			}
		}
	}
	slices.SortStableFunc(d.Choices, func(a, b choice) int {
		switch {
		case a.Done != b.Done && a.Done:
			return 1
		case a.Done != b.Done:
			return -1
		case a.Starts < b.Starts:
			return -1
		case a.Starts > b.Starts:
			return 1
		}
		return 0
	})
	if !slices.ContainsFunc(d.Choices, func(c choice) bool { return c.id() == d.Chosen && !c.Done }) {
		d.Chosen = ""
		if len(d.Choices) > 0 && !d.Choices[0].Done {
			d.Chosen = d.Choices[0].id()
		}
	}
	return nil
}

func periodFields(d *filing) []wizard.Field {
	f := wizard.Field{Name: "period", Label: "VAT period", Into: &d.Chosen, Kind: ui.FieldCards, Required: true}
	for _, c := range d.Choices {
		if !c.Done {
			f.Options = append(f.Options, wizard.Option{Value: c.id(), Label: c.Label, Help: c.Help, Plain: true})
		}
	}
	return []wizard.Field{f, deviceField(d)}
}

func drawPeriod(env *record.Env, p *wizard.Page, s *wizard.State[filing]) error {
	d, t := &s.Data, p.Print.T
	if err := d.noteScenario(env, p); err != nil {
		return err
	}
	p.Cards[0].Body = ui.DeviceField("device")
	if d.Rehearsal {
		p.Notes = append(p.Notes, ui.Note{Tone: ui.ToneWarn, Title: t("mtd_vat.rehearsal.title"), Text: t("mtd_vat.rehearsal.text")})
	}
	if d.Confirmed {
		p.Cards[0].Sub = t("mtd_vat.period.asked", "When", web.Moment(p.Print, d.AskedAt))
	} else {
		p.Notes = append(p.Notes, ui.Note{Tone: ui.ToneInfo, Title: t("mtd_vat.period.unconfirmed"), Text: t("mtd_vat.period.unconfirmed.text")})
		p.Cards[0].Actions = nil
	}
	var done []ui.Pair
	open := false
	for _, c := range d.Choices {
		if c.Done {
			done = append(done, ui.Pair{Name: c.Label, Value: t("mtd_vat.period.done")})
		}
		open = open || !c.Done
	}
	if !open {
		p.Blocked = t("mtd_vat.period.none")
	}
	if len(done) > 0 {
		p.Aside = append(p.Aside, ui.Group{ID: "done", Title: t("mtd_vat.period.filed"), Body: ui.Facts(done)})
	}
	return nil
}

// postPeriod makes sure that HMRC knows the period that was chosen. Whoever comes back
// from HMRC sees its obligations first.
func postPeriod(env *record.Env, s *wizard.State[filing]) (string, error) {
	env = observe(env, s)
	if !s.Data.Confirmed {
		if err := askObligations(env, s); err != nil {
			return "", err
		}
		if len(s.Form) == 0 {
			return "period", nil
		}
	}
	return choose(env, s)
}

// askAgain reads the obligations again.
func askAgain(env *record.Env, s *wizard.State[filing]) (string, error) {
	return "", askObligations(observe(env, s), s)
}

// askObligations reads HMRC's obligations: what is open, and what was filed within a year.
func askObligations(env *record.Env, s *wizard.State[filing]) error {
	d := &s.Data
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	var all []hmrc.Obligation
	for _, q := range []obligationsQuery{{Status: hmrc.Open}, {Status: hmrc.Fulfilled, From: day(env.Now.AddDate(-1, 0, 1)), To: day(env.Now)}} {
		q.VRN = string(d.VRN)
		got, err := obligations.Call(env, d.Subject, q)
		if err != nil && !remedied(err, hmrc.NothingThere) {
			return told(err)
		}
		all = append(all, got.Obligations...)
	}
	d.Choices = nil
	for _, o := range all {
		d.Choices = append(d.Choices, choice{Starts: o.Start, Ends: o.End, Due: o.Due, Key: string(o.Period), Done: o.Status == hmrc.Fulfilled})
	}
	wanted := d.Chosen
	d.Confirmed, d.AskedAt = true, env.Now
	if err := describe(env, s); err != nil {
		return err
	}
	if d.Chosen != wanted && len(s.Form) > 0 {
		return fault.New(fault.Invalid, "HMRC expects other periods than the one you chose. Choose one of these.").Keyed("mtd_vat.period.other", nil).On("period")
	}
	return nil
}

// choose takes the period that was chosen.
func choose(env *record.Env, s *wizard.State[filing]) (string, error) {
	d := &s.Data
	at := slices.IndexFunc(d.Choices, func(c choice) bool { return c.id() == d.Chosen && !c.Done && c.Key != "" })
	if at < 0 {
		return "", fault.New(fault.Invalid, "Choose one of the values offered.").Keyed("record.invalid.option", nil).On("period")
	}
	c := d.Choices[at]
	period, err := d.findPeriod(env, s.Company, c)
	if err != nil {
		return "", err
	}
	if d.Period != period || d.Key != c.Key {
		d.Hash, d.Agreed, d.Moved, d.Verdict = "", false, false, nil
	}
	d.Period, d.Key, d.Label = period, c.Key, c.Label
	return "", nil
}

// told adds HMRC's id of the call to what a refusal says: its support asks for it. What
// stands before HMRC, a load balancer say, gives none.
func told(err error) error {
	v, e, ok := verdictOf(err)
	if !ok {
		return err
	}
	plain := v.Fault(e)
	code := plain.Code
	if code == fault.Internal {
		code = fault.Unavailable
	}
	if e.CorrelationID == "" {
		return fault.Wrap(e, code, "%s The answer came without a correlation ID.", v.English).
			Keyed("mtd_vat.told.nameless", map[string]any{"Sentence": v.English, "SentenceKey": v.Key()}).On(plain.Field)
	}
	return fault.Wrap(e, code, "%s Correlation ID: %s.", v.English, e.CorrelationID).
		Keyed("mtd_vat.told", map[string]any{"Sentence": v.English, "SentenceKey": v.Key(), "Correlation": e.CorrelationID}).On(plain.Field)
}

func dayText(p *i18n.Printer, d record.Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return web.Date(p, t)
}

func spanText(p *i18n.Printer, starts, ends record.Date) string {
	return p.T("mtd_vat.span", "Starts", dayText(p, starts), "Ends", dayText(p, ends))
}

// after is the day behind another.
func after(d record.Date) record.Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return record.Date(t.AddDate(0, 0, 1).Format(time.DateOnly))
}
