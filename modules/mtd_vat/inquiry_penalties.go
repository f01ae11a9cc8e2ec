package mtdvat

import (
	"encoding/json"
	"strings"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	"github.com/tessera-erp/tessera/ui"
)

// neverEnds is the day that HMRC names when there are no points that could end.
const neverEnds = "9999-12-31"

// penaltyCards show points and charges for late returns, and penalties for late payments.
func penaltyCards(p *inquiry, body []byte) ([]ui.InquiryCard, error) {
	var a hmrc.Penalties
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	var out []ui.InquiryCard
	if a.Totals != nil {
		out = append(out, ui.InquiryCard{ID: "totals", Title: p.text("totals"), Stats: []ui.Stat{
			{Label: p.text("submission.total"), Value: p.pounds(a.Totals.LateSubmission)}, {Label: p.text("posted.total"), Value: p.pounds(a.Totals.LatePaymentPosted)},
			{Label: p.text("estimate.total"), Value: p.pounds(a.Totals.LatePaymentEstimate)}, {Label: p.text("principal.total"), Value: p.pounds(a.Totals.PenalisedPrincipal)}}})
	}
	if l := a.LateSubmission; l != nil && len(l.Details) > 0 {
		points := ui.Stat{Label: p.text("points"), Value: p.text("points.of", "Points", l.Summary.ActivePoints.String(), "Threshold", l.Summary.Threshold.String())}
		if by := l.Summary.ComplianceBy; by != "" && by != neverEnds {
			points.Sub = p.text("points.until", "Date", dayText(p.Print, by))
		}
		card := ui.InquiryCard{ID: "submissions", Title: p.text("submissions"), Sub: p.text("submissions.sub"), Stats: []ui.Stat{points, {Label: p.text("charged"), Value: p.pounds(l.Summary.Charge)}},
			Columns: p.columns("period", "due", "received", "state", "#charge", "#outstanding", "details")}
		for _, d := range l.Details {
			card.Rows = append(card.Rows, p.lateReturn(d))
		}
		out = append(out, card)
	}
	if l := a.LatePayment; l != nil && len(l.Details) > 0 {
		card := ui.InquiryCard{ID: "latepayments", Title: p.text("late"), Sub: p.text("late.sub"), Columns: p.columns("period", "penalty", "state", "#amount", "#outstanding", "due", "details")}
		for _, d := range l.Details {
			card.Rows = append(card.Rows, p.lateMoney(d))
		}
		out = append(out, card)
	}
	if len(out) == 0 {
		out = append(out, p.nothing("penalties", "list"))
	}
	return out, nil
}

// lateReturn is the line of a penalty point.
func (p *inquiry) lateReturn(d hmrc.LateSubmission) ui.Row {
	period, due, received := ui.Cell{Kind: ui.CellStrong, Text: p.text("point", "Number", d.Number)}, ui.Cell{}, ui.Cell{}
	if len(d.Submissions) > 0 {
		s := d.Submissions[0]
		period.Text, due, received = p.span(s.From, s.To), p.day(s.Due), p.day(s.Received)
		if s.Received == "" {
			received = ui.Cell{Text: p.text("missing")}
		}
	}
	state := ui.Tag{Text: p.text("active"), Tone: ui.ToneWarn}
	if d.Status == "inactive" {
		state = ui.Tag{Text: p.text("inactive")}
	} else if d.Expires != "" {
		state.Text = p.text("active.until", "Date", dayText(p.Print, d.Expires))
	}
	return ui.Row{Cells: []ui.Cell{period, due, received, {Kind: ui.CellTag, Tags: append([]ui.Tag{state}, p.appeals(d.Appeals)...)},
		p.amount(p.maybePounds(d.Charge)), p.amount(p.maybePounds(d.Outstanding)), p.details(d.ChargeReference)}}
}

// lateMoney is the line of a penalty for paying late.
func (p *inquiry) lateMoney(d hmrc.LatePayment) ui.Row {
	state, amount := ui.Tag{Text: p.text("posted"), Tone: ui.ToneBad}, p.pounds(d.Posted)
	if d.Status == "accruing" {
		state, amount = ui.Tag{Text: p.text("accruing"), Tone: ui.ToneWarn, Icon: "clock"}, p.pounds(d.Accruing)
	}
	return ui.Row{Cells: []ui.Cell{{Kind: ui.CellStrong, Text: p.span(d.PrincipalFrom, d.PrincipalTo)}, {Text: p.Print.Or("mtd_vat.ask.penalties."+strings.ToLower(d.Category), d.Category)},
		{Kind: ui.CellTag, Tags: append([]ui.Tag{state}, p.appeals(d.Appeals)...)}, p.amount(amount), p.amount(p.maybePounds(d.Outstanding)), p.day(d.Due), p.details(d.Reference)}}
}

// appeals say how appeals against a penalty stand.
func (p *inquiry) appeals(list []hmrc.Appeal) []ui.Tag {
	var out []ui.Tag
	for _, a := range list {
		out = append(out, ui.Tag{Text: p.Print.Or("mtd_vat.ask.penalties."+a.Status, a.Status), Tone: ui.ToneInfo})
	}
	return out
}

// details is the button that asks what became of a charge; there is none before it is made.
func (p *inquiry) details(reference string) ui.Cell {
	if !chargeReference.MatchString(reference) {
		return ui.Cell{}
	}
	return ui.Cell{Kind: ui.CellCustom, Body: ui.AskButton(ui.Ask{Action: "/vat/charges/" + reference, Device: "device", Label: p.text("show", "Reference", reference)})}
}

// chargeCards show what became of a penalty's charge.
func chargeCards(p *inquiry, body []byte) ([]ui.InquiryCard, error) {
	var a hmrc.FinancialDetails
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	if len(a.Documents) == 0 {
		return []ui.InquiryCard{p.nothing("charge", "list")}, nil
	}
	out := []ui.InquiryCard{{ID: "totals", Title: p.text("totals"), Stats: []ui.Stat{{Label: p.text("overdue"), Value: p.pounds(a.Totals.Overdue)},
		{Label: p.text("notyet"), Value: p.pounds(a.Totals.NotYetDue)}, {Label: p.text("cleared"), Value: p.pounds(a.Totals.Cleared)}, {Label: p.text("credit"), Value: p.pounds(a.Totals.Credit)}}}}
	card := ui.InquiryCard{ID: "lines", Title: p.text("list"), Columns: p.columns("what", "period", "issued", "due", "#amount", "#outstanding")}
	for _, d := range a.Documents {
		if len(d.Lines) == 0 {
			card.Rows = append(card.Rows, ui.Row{Cells: []ui.Cell{{Kind: ui.CellStrong, Text: p.text("document")}, {}, p.day(d.Issued), {}, p.amount(p.pounds(d.Total)), p.amount(p.pounds(d.Outstanding))}})
		}
		for i, l := range d.Lines {
			outstanding := ui.Cell{}
			if i == 0 {
				outstanding = p.amount(p.pounds(d.Outstanding)) // of the document, said once
			}
			card.Rows = append(card.Rows, ui.Row{Cells: []ui.Cell{{Kind: ui.CellStrong, Text: l.Description}, {Text: p.span(l.From, l.To)}, p.day(d.Issued), p.day(l.Due), p.amount(p.pounds(l.Amount)), outstanding}})
		}
	}
	return append(out, card), nil
}
