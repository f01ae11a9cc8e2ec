package mtdvat

import (
	"time"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/web/screen"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

func drawReceipt(env *record.Env, p *wizard.Page, s *wizard.State[filing]) error {
	r, err := record.Get[Return](env, s.Data.Filed)
	if err != nil {
		return err
	}
	t := p.Print.T
	title, text := t("mtd_vat.receipt.title"), t("mtd_vat.receipt.text")
	if r.Outcome == outcomeRead {
		text = t("mtd_vat.receipt.read")
	}
	p.Notes = append(p.Notes, ui.Note{Tone: ui.ToneOK, Title: title, Text: text})
	if s.Data.Rehearsal {
		p.Notes = []ui.Note{{Tone: ui.ToneWarn, Title: t("mtd_vat.rehearsal.receipt"), Text: t("mtd_vat.rehearsal.receipt.text")}}
	}
	card := ui.Group{ID: "receipt", Title: t("mtd_vat.receipt.card"), Body: ui.Facts(receiptFacts(p.Print, env.Location, r, env.User.DisplayName())),
		Actions: []ui.Action{{Label: t("mtd_vat.receipt.download"), Icon: "download", URL: receiptPath(r.ID)}, {Label: t("mtd_vat.receipt.open"), URL: web.RecordPath("mtd_vat.return", r.ID)}}}
	p.Cards = append(p.Cards[:0], card)
	p.Aside = append(p.Aside, figure(p, r.boxes(), &s.Data))
	return nil
}

// receiptFacts are the lines of a receipt.
func receiptFacts(p *i18n.Printer, in *time.Location, r Return, who string) []ui.Pair {
	var out []ui.Pair
	add := func(key, value string) {
		if value != "" {
			out = append(out, ui.Pair{Name: p.T("mtd_vat.receipt." + key), Value: value})
		}
	}
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return web.Moment(p, t.In(in))
	}
	add("period", spanText(p, r.Starts, r.Ends))
	add("processed", at(r.ProcessedAt))
	add("number", r.ReceiptNumber)
	add("dated", at(r.ReceiptAt))
	add("bundle", r.FormBundle)
	add("charge", r.ChargeReference)
	if r.Payment != "" {
		add("payment", p.T("mtd_vat.receipt.payment."+r.Payment))
	}
	add("correlation", r.Correlation)
	add("by", who)
	add("sent", at(r.SubmittedAt))
	for i, b := range r.boxes() {
		digits, amount := 2, int64(b)
		if i >= 5 {
			digits, amount = 0, amount/100
		}
		out = append(out, ui.Pair{Name: p.T("accounting.box.long." + boxNumber(i+1)), Value: "£" + screen.Number(p, amount, digits)})
	}
	return out
}
