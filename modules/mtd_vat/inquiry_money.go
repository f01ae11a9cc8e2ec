package mtdvat

import (
	"encoding/json"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	"github.com/tessera-erp/tessera/ui"
)

// liabilityCards show what the company has to pay, and what of it is still to be paid.
func liabilityCards(p *inquiry, body []byte) ([]ui.InquiryCard, error) {
	var a hmrc.Liabilities
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	if len(a.Liabilities) == 0 {
		return []ui.InquiryCard{p.nothing("liabilities", "list")}, nil
	}
	card := ui.InquiryCard{ID: "liabilities", Title: p.text("list"), Columns: p.columns("period", "type", "due", "#original", "#outstanding", "state")}
	var owed, late decimal.Decimal
	for _, l := range a.Liabilities {
		state := ui.Tag{}
		switch {
		case l.Outstanding == nil:
		case !l.Outstanding.IsPositive():
			state = ui.Tag{Text: p.text("paid"), Tone: ui.ToneOK}
		case p.before(l.Due):
			state, late, owed = ui.Tag{Text: p.text("late"), Tone: ui.ToneBad}, late.Add(*l.Outstanding), owed.Add(*l.Outstanding)
		default:
			state, owed = ui.Tag{Text: p.text("open"), Tone: ui.ToneInfo}, owed.Add(*l.Outstanding)
		}
		period := p.text("noperiod")
		if l.TaxPeriod != nil {
			period = spanText(p.Print, l.TaxPeriod.From, l.TaxPeriod.To)
		}
		row := ui.Row{Cells: []ui.Cell{{Kind: ui.CellStrong, Text: period}, {Text: l.Type}, p.day(l.Due), p.amount(p.pounds(l.Original)), p.amount(p.maybePounds(l.Outstanding)), {}}}
		if state.Text != "" {
			row.Cells[5] = ui.Cell{Kind: ui.CellTag, Tags: []ui.Tag{state}}
		}
		card.Rows = append(card.Rows, row)
	}
	card.Stats = []ui.Stat{{Label: p.text("owed"), Value: p.pounds(owed)}, {Label: p.text("overdue"), Value: p.pounds(late)}}
	return []ui.InquiryCard{card}, nil
}

// paymentCards show what HMRC has received.
func paymentCards(p *inquiry, body []byte) ([]ui.InquiryCard, error) {
	var a hmrc.Payments
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	if len(a.Payments) == 0 {
		return []ui.InquiryCard{p.nothing("payments", "list")}, nil
	}
	card := ui.InquiryCard{ID: "payments", Title: p.text("list"), Columns: p.columns("received", "#amount")}
	var sum decimal.Decimal
	for _, m := range a.Payments {
		sum = sum.Add(m.Amount)
		received := p.day(m.Received)
		if m.Received == "" {
			received = ui.Cell{Text: p.text("undated")}
		}
		card.Rows = append(card.Rows, ui.Row{Cells: []ui.Cell{received, p.amount(p.pounds(m.Amount))}})
	}
	card.Stats = []ui.Stat{{Label: p.text("sum"), Value: p.pounds(sum)}}
	return []ui.InquiryCard{card}, nil
}
