package mtdvat

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/web/screen"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

// text is one of the topic's own texts.
func (p *inquiry) text(key string, args ...any) string {
	return p.T("mtd_vat.ask."+p.topic.name+"."+key, args...)
}

// render draws the page: the question, then what HMRC said last.
func (p *inquiry) render(status int) error {
	title := p.text("title", "Reference", p.question.Reference)
	v := ui.Inquiry{Page: p.Page(title), Title: title, Sub: p.company, Notes: p.notes}
	if p.topic.name == "charge" {
		crumbs := v.Page.Crumbs
		v.Page.Crumbs = append(crumbs[:len(crumbs)-1:len(crumbs)-1], ui.Link{Text: p.T("mtd_vat.ask.penalties.title"), URL: penaltiesPath}, ui.Link{Text: p.question.Reference})
	}
	if p.question.VRN == "" {
		v.Empty = &ui.Empty{Icon: "receipt", Title: p.T("mtd_vat.ask.unregistered"), Text: p.T("mtd_vat.unregistered", "Company", p.company)}
		return p.Render(status, ui.InquiryPage(v))
	}
	v.Sub += " · " + hmrc.VRN(p.question.VRN).Printed()
	if p.standing.Environment == oauthconsumer.Sandbox {
		v.Tags = append(v.Tags, ui.Tag{Text: p.T("mtd_vat.sandbox.tag"), Tone: ui.ToneWarn, Icon: "flag"})
	}
	scenario, err := scenarioNotes(p.Env, p.Print, p.standing.Environment, p.Env.Company)
	if err != nil {
		return err
	}
	v.Notes = append(scenario, v.Notes...)
	answer, asked, err := lastAnswer(p.Env, p.matter())
	if err != nil {
		return err
	}
	if p.standing.Subject.API != 0 {
		v.Cards = append(v.Cards, p.questionCard(answer, asked))
	}
	for _, e := range p.errs {
		v.Errors = append(v.Errors, ui.FieldError{Name: e.Field, Text: p.T("mtd_vat.ask."+e.Field) + ": " + web.Sentence(p.Print, e)})
	}
	if asked {
		cards, err := p.topic.cards(p, []byte(answer.Body))
		if err != nil {
			return err
		}
		if len(cards) > 0 {
			cards[len(cards)-1].Foot = p.foot(answer)
		}
		v.Cards = append(v.Cards, cards...)
	}
	return p.Render(status, ui.InquiryPage(v))
}

// questionCard is the form that asks. It has the dates that are in the address, else those
// of the last answer, else a year.
func (p *inquiry) questionCard(answer Answer, asked bool) ui.InquiryCard {
	a := &ui.Ask{Action: p.Request().URL.Path, Label: p.T("mtd_vat.ask.ask"), Icon: "refresh", Primary: true, Device: "device", NoScript: web.Sentence(p.Print, noScript()),
		Hint: p.T("mtd_vat.ask.never")}
	if asked {
		a.Hint = p.T("mtd_vat.ask.last", "When", p.Moment(answer.AskedAt))
	}
	if p.topic.dated {
		a.Fields = p.dateFields(answer)
	}
	card := ui.InquiryCard{ID: "ask", Title: p.T("mtd_vat.ask.card"), Sub: p.text("sub"), Ask: a}
	if !p.standing.Connected {
		a.Label, a.Icon = p.T("mtd_vat.ask.connect"), "external"
		card.Notes = append(card.Notes, ui.Note{Tone: ui.ToneInfo, Title: p.T("mtd_vat.ask.unconnected"), Text: p.T("mtd_vat.ask.unconnected.text")})
	}
	return card
}

func (p *inquiry) dateFields(answer Answer) []ui.Field {
	q := p.question
	if q.From == "" && q.To == "" && len(p.errs) == 0 {
		q.From, q.To = record.Date(p.QueryParam("from")), record.Date(p.QueryParam("to"))
		if q.From == "" && q.To == "" {
			q.From, q.To = answer.Starts, answer.Ends
		}
		if q.From == "" && q.To == "" {
			q.From, q.To = defaultDates(p.Env.Now)
		}
	}
	_, today := defaultDates(p.Env.Now)
	out := []ui.Field{{Kind: ui.FieldDate, Name: "from", Label: p.T("mtd_vat.ask.from"), Value: string(q.From), Max: string(today), Required: true},
		{Kind: ui.FieldDate, Name: "to", Label: p.T("mtd_vat.ask.to"), Value: string(q.To), Max: string(today), Required: true}}
	for i := range out {
		for _, e := range p.errs {
			if e.Field == out[i].Name {
				out[i].Error = web.Sentence(p.Print, e)
			}
		}
	}
	return out
}

// foot says where an answer comes from.
func (p *inquiry) foot(a Answer) string {
	out := p.T("mtd_vat.ask.foot", "When", p.Moment(a.AskedAt))
	if a.Starts != "" {
		out += " " + p.T("mtd_vat.ask.foot.days", "Days", spanText(p.Print, a.Starts, a.Ends))
	}
	if a.Scenario != "" {
		out += " " + p.T("mtd_vat.ask.foot.scenario", "Scenario", a.Scenario)
	}
	if a.Correlation != "" {
		out += " " + p.T("mtd_vat.ask.foot.correlation", "Correlation", a.Correlation)
	}
	return out
}

// nothing is the answer that HMRC holds nothing of a kind.
func (p *inquiry) nothing(id, key string) ui.InquiryCard {
	return ui.InquiryCard{ID: id, Title: p.text(key), Empty: &ui.Empty{Icon: "check", Title: p.text(key + ".none"), Text: p.text(key + ".none.text")}}
}

// pounds writes an amount of HMRC's as the reader is used to.
func (p *inquiry) pounds(d decimal.Decimal) string {
	return "£" + screen.Number(p.Print, d.Shift(2).Round(0).IntPart(), 2)
}

// maybePounds writes an amount that HMRC may have left out.
func (p *inquiry) maybePounds(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return p.pounds(*d)
}

// day is a cell with a day; HMRC leaves out what has not happened yet.
func (p *inquiry) day(d record.Date) ui.Cell {
	if d == "" {
		return ui.Cell{}
	}
	return ui.Cell{Kind: ui.CellDate, Text: dayText(p.Print, d), Datetime: string(d)}
}

// span is a period of days; "" when HMRC leaves it out.
func (p *inquiry) span(from, to record.Date) string {
	if from == "" && to == "" {
		return ""
	}
	return spanText(p.Print, from, to)
}

func (p *inquiry) amount(text string) ui.Cell { return ui.Cell{Kind: ui.CellNumber, Text: text} }

// before reports whether a day is over.
func (p *inquiry) before(d record.Date) bool {
	return d != "" && d < record.Date(p.Env.Now.Format(time.DateOnly))
}

// columns makes the heads of a table out of their keys; those that begin with # hold amounts.
func (p *inquiry) columns(keys ...string) []ui.Column {
	out := make([]ui.Column, len(keys))
	for i, key := range keys {
		right := key[0] == '#'
		if right {
			key = key[1:]
		}
		out[i] = ui.Column{Key: key, Label: p.T("mtd_vat.ask.column." + key), Right: right}
	}
	return out
}
