package mtdvat

import (
	"encoding/json"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

const (
	// lookEvery is how often a page asks by itself what became of a return.
	lookEvery = time.Minute
	// settleTime is how long HMRC may take to show what it has received: only then does a
	// return that it does not hold count as not received.
	settleTime = 15 * time.Minute
)

// reconcile finds out what became of a return that was sent and not answered: HMRC is
// asked for the return of the period, and what it holds is compared box by box. It
// returns the step to go to, "" to stay and wait.
func reconcile(env *record.Env, s *wizard.State[filing]) (string, error) {
	d := &s.Data
	var sent submission
	sent.VRN = string(d.VRN)
	sent.Return = hmrc.Return{Period: hmrc.PeriodKey(d.Key), Boxes: wireBoxes(d.Reviewed), Finalised: true}
	d.Sent.Looked = env.Now
	held, err := viewReturn.Call(env, d.Subject, returnQuery{VRN: string(d.VRN), Period: hmrc.PeriodKey(d.Key)})
	switch {
	case err == nil:
		return compare(env, s, sent, held)
	case remedied(err, hmrc.NothingThere):
		return missing(env, s, sent)
	}
	if _, ok := oauthconsumer.IsUnauthorized(err); ok {
		return "", err
	}
	d.Verdict = &verdict{Key: "mtd_vat.outcome.unknown", Tone: ui.ToneWarn}
	return "", nil
}

// compare settles the matter when HMRC holds a return: ours, or another.
func compare(env *record.Env, s *wizard.State[filing], sent submission, held hmrc.Filed) (string, error) {
	d := &s.Data
	differ := sent.Figures().Differences(held.Figures)
	if len(differ) == 0 {
		settle(env, s, sent, true)
		return "receipt", keep(env, s, hmrc.Receipt{}, outcomeRead)
	}
	settle(env, s, sent, false)
	boxes := ""
	for i, n := range differ {
		if i > 0 {
			boxes += ", "
		}
		boxes += boxNumber(n)
	}
	d.Verdict = &verdict{Key: "mtd_vat.outcome.differs", Args: map[string]any{"Boxes": boxes}, Tone: ui.ToneBad, Final: true}
	return "", withdraw(env, s)
}

// missing judges a return that HMRC does not hold: not received, when the period is still
// open there long enough after it was sent.
func missing(env *record.Env, s *wizard.State[filing], sent submission) (string, error) {
	d := &s.Data
	open, err := obligations.Call(env, d.Subject, obligationsQuery{VRN: string(d.VRN), Status: hmrc.Open})
	if _, away := oauthconsumer.IsUnauthorized(err); away {
		return "", err
	}
	if err == nil && env.Now.Sub(d.Sent.At) >= settleTime {
		for _, o := range open.Obligations {
			if string(o.Period) == d.Key {
				settle(env, s, sent, false)
				d.Verdict = &verdict{Key: "mtd_vat.outcome.notfiled", Tone: ui.ToneInfo}
				d.Agreed = false
				return "", withdraw(env, s)
			}
		}
	}
	d.Verdict = &verdict{Key: "mtd_vat.outcome.waiting", Args: map[string]any{"Minutes": int(settleTime.Minutes())}, Tone: ui.ToneWarn}
	return "", nil
}

// settle tells the note of the call what became of it. A note that is settled already, or
// that was never made, is no failure of the return.
func settle(env *record.Env, s *wizard.State[filing], sent submission, happened bool) {
	_ = submit.Settle(env, s.Data.Subject, sent, happened) // Conflict: there is nothing to settle
}

// keep stores the return with its receipt, and locks the period for good if it
// counts. The run is told in the same transaction: the receipt is there once, so who comes
// back after a crash has to find it and not to look for another.
func keep(env *record.Env, s *wizard.State[filing], r hmrc.Receipt, outcome string) error {
	d, before := &s.Data, s.Data
	err := env.Write(func(in *record.Env) error {
		p, err := d.period(in)
		if err != nil {
			return err
		}
		row := Return{Name: d.Label, CompanyID: record.ID(s.Company), PeriodID: record.ID(d.Period), VRN: string(d.VRN), Starts: p.Starts, Ends: p.Ends,
			Environment: d.Environment, PeriodKey: d.Key, Outcome: outcome, SubmittedByID: record.ID(in.User.UserID()),
			FormBundle: r.FormBundleNumber, Payment: r.PaymentIndicator, ChargeReference: r.ChargeRefNumber, ReceiptNumber: r.ReceiptID, Correlation: r.CorrelationID}
		if d.Sent != nil {
			row.Body, row.DeclarationAsked, row.SubmittedAt = d.Sent.Body, d.Sent.Text, &d.Sent.At
		}
		row.ProcessedAt, row.ReceiptAt = moment(r.ProcessingDate), moment(r.ReceiptTimestamp)
		row.show(d.Reviewed)
		if err := record.Save(in.Sudo("receipt of HMRC"), &row); err != nil {
			return err
		}
		reference := r.FormBundleNumber
		if reference == "" {
			reference = "HMRC " + in.Now.Format(time.DateOnly)
		}
		if err := d.lockPeriod(in, p, reference); err != nil {
			return err
		}
		d.Filed, d.Sent, d.Verdict = row.ID, nil, nil
		return s.Save(in)
	})
	if err != nil {
		*d = before
	}
	return err
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// bodyOf is what was sent, for whoever wants to see it: HMRC's name of the period is not
// for people.
func bodyOf(r Return) string {
	var body map[string]json.RawMessage
	if json.Unmarshal([]byte(r.Body), &body) != nil {
		return ""
	}
	delete(body, "periodKey")
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}
