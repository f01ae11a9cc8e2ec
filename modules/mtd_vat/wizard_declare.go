package mtdvat

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/mark"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

// Declaration is what HMRC wants whoever files for a business to be told and to agree to,
// in its words, which are the same in every language.
const Declaration = "When you submit this VAT information you are making a legal declaration that the information is true and complete. A false declaration can result in prosecution."

func declareFields(d *filing) []wizard.Field {
	return []wizard.Field{
		{Name: "agreed", Label: "I have read the declaration and confirm it for this company.", Into: &d.Agreed, Required: true},
		deviceField(d)}
}

// prepareDeclare leads back to the review when the books have moved on, and finds out what
// became of a return that was sent without an answer.
func prepareDeclare(env *record.Env, s *wizard.State[filing]) error {
	d := &s.Data
	if d.Filed != 0 {
		return wizard.GoTo("receipt")
	}
	if d.Sent != nil {
		if env.Now.Before(d.Sent.Looked.Add(lookEvery)) {
			return nil
		}
		next, err := reconcile(d.Witnessed.telling(env), s)
		if err == nil && next != "" {
			return wizard.GoTo(next)
		}
		return err
	}
	return reviewed(env, s)
}

// reviewed leads back to the review unless what was frozen there still holds.
func reviewed(env *record.Env, s *wizard.State[filing]) error {
	d := &s.Data
	p, err := d.period(env)
	if err != nil {
		return err
	}
	change, err := d.moved(env, p)
	if err != nil {
		return err
	}
	if change.Since {
		d.Moved, d.Agreed = true, false
		return wizard.GoTo("review")
	}
	return nil
}

func drawDeclare(env *record.Env, p *wizard.Page, s *wizard.State[filing]) error {
	d, t := &s.Data, p.Print.T
	if err := d.noteScenario(env, p); err != nil {
		return err
	}
	card := &p.Cards[0]
	card.Title = t("mtd_vat.declare.title")
	card.Notes = []ui.Note{{Tone: ui.ToneInfo, Text: Declaration}}
	once := t("mtd_vat.declare.once")
	if d.Rehearsal {
		once = t("mtd_vat.rehearsal.once")
	}
	card.Body = templ.Join(ui.DeviceField("device"), ui.Words(once))
	if d.Sent == nil {
		card.Actions = nil
	} else {
		card.Fields = nil
	}
	if v := d.Verdict; v != nil {
		p.Notes = append(p.Notes, ui.Note{Tone: v.Tone, Text: p.Print.Map(v.Key, v.Key, v.Args)})
	}
	switch {
	case d.Verdict != nil && d.Verdict.Final:
		p.Blocked = t("mtd_vat.blocked.held")
	case d.Sent != nil:
		p.Blocked = t("mtd_vat.blocked.unknown")
	}
	p.Aside = append(p.Aside, figure(p, d.Reviewed, d))
	return nil
}

// lookAgain asks HMRC what became of the return.
func lookAgain(env *record.Env, s *wizard.State[filing]) (string, error) {
	if s.Data.Sent == nil {
		return "", nil
	}
	return reconcile(observe(env, s), s)
}

// postDeclare sends the return. What is sent is stored before, with the period closed, so
// that whatever happens then, somebody can find out what became of it.
func postDeclare(env *record.Env, s *wizard.State[filing]) (string, error) {
	env = observe(env, s)
	d := &s.Data
	if d.Sent != nil {
		next, err := reconcile(env, s)
		return orStay(next), err
	}
	r, err := ready(env, s)
	if err != nil {
		return "", err
	}
	mark.At(env, "submit.checked")
	if err := intend(env, s, r); err != nil {
		var f *fault.Error
		if errors.As(err, &f) && f.Key == "accounting.period.changed" {
			d.Moved, d.Agreed = true, false
			return "review", nil
		}
		return "", err
	}
	mark.At(env, "submit.intended")
	receipt, err := submit.Call(env, d.Subject, r)
	if err == nil && receipt.FormBundleNumber != "" {
		err := keep(env, s, receipt.Receipt, outcomeReceipt)
		mark.At(env, "submit.kept")
		return "", err
	}
	next, err := unanswered(env, s, err)
	return orStay(next), err
}

// orStay keeps the run at its step where there is no other to go to.
func orStay(next string) string {
	if next == "" {
		return "declare"
	}
	return next
}

// ready makes the return, or says why it cannot be sent.
func ready(env *record.Env, s *wizard.State[filing]) (submission, error) {
	d := &s.Data
	if d.Witnessed.Device == nil {
		return submission{}, fault.New(fault.Conflict, "The law wants HMRC to be told about the browser that a return is sent from, and only a script can find that out. Allow scripts for this site, open this page again and submit then. Your draft is kept.").
			Keyed("mtd_vat.noscript", nil)
	}
	v, err := accounting.RegistrationOf(env, s.Company)
	if err != nil {
		return submission{}, err
	}
	if v.VRN != string(d.VRN) {
		return submission{}, fault.New(fault.Conflict, "The company has another VAT registration number now than when this was begun. Start the return again.").Keyed("mtd_vat.othervrn", nil)
	}
	p, err := d.period(env)
	if err != nil {
		return submission{}, err
	}
	if today := record.Date(env.Now.Format(time.DateOnly)); p.Ends >= today {
		return submission{}, fault.New(fault.Conflict, "You can file from %s.", after(p.Ends)).Keyed("mtd_vat.from", map[string]any{"Date": string(after(p.Ends))})
	}
	r := submission{VRN: string(d.VRN), Return: hmrc.Return{Period: hmrc.PeriodKey(d.Key), Boxes: wireBoxes(d.Reviewed), Finalised: d.Agreed}}
	return r, r.Check()
}

// intend closes the period and stores what is about to be sent, both or none.
func intend(env *record.Env, s *wizard.State[filing], r submission) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	d := &s.Data
	return env.Write(func(in *record.Env) error {
		p, err := d.period(in)
		if err != nil {
			return err
		}
		if err := d.closePeriod(in, p); err != nil {
			return err
		}
		d.Sent, d.Verdict = &sending{At: in.Now, Body: string(body), Text: Declaration}, nil
		if err := s.Save(in); err != nil {
			d.Sent = nil
			return err
		}
		return nil
	})
}

// withdraw opens the period again: the return was certainly not received.
func withdraw(env *record.Env, s *wizard.State[filing]) error {
	if err := s.Data.reopenPeriod(env); err != nil {
		return err
	}
	s.Data.Sent = nil
	return nil
}

// unanswered sorts out a submission that brought no receipt.
func unanswered(env *record.Env, s *wizard.State[filing], err error) (string, error) {
	var before *oauthconsumer.AlreadySent
	switch {
	case err == nil, errors.Is(err, oauthconsumer.ErrOutcomeUnknown), remedied(err, hmrc.Compare):
		return reconcile(env, s)
	case errors.As(err, &before) && before.UnderWay:
		return "", errors.Join(withdraw(env, s), err)
	case errors.As(err, &before):
		return reconcile(env, s)
	}
	return "", errors.Join(withdraw(env, s), told(err))
}
