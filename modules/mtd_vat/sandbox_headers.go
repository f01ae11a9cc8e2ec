package mtdvat

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	"github.com/tessera-erp/tessera/ui"
)

// checked is what HMRC said of the fraud prevention headers of a call, with what was sent
// and what was left out, and why.
type checked struct {
	Report hmrc.HeaderReport
	Sent   map[string]string // by their names in the specification
	Left   []hmrc.Omission
}

// What an [Answer] about headers is about.
const (
	topicHeaders = "headers"
	labelHeaders = "Fraud prevention headers"
)

func (s *sandbox) headerMatter() Answer {
	return Answer{Name: labelHeaders, CompanyID: record.ID(s.Env.Company), APIID: record.ID(s.own.API), Topic: topicHeaders}
}

// checkHeaders is POST /vat/sandbox/headers: HMRC's validator looks at the very headers
// that a return from this browser would have.
func (s *sandbox) checkHeaders() error {
	if s.own.API == 0 {
		return s.Redirect303(sandboxPath)
	}
	var w witnessed
	w.witness(s.Env.Context, s.Form().Get("device"))
	env := w.telling(s.Env)
	report, err := validateHeaders.Call(env, s.own, struct{}{})
	if err != nil {
		return s.failed(err)
	}
	c := checked{Report: report.Read, Sent: map[string]string{}}
	headers, left := w.evidence(env).Headers()
	c.Left = left
	for _, name := range hmrc.HeaderNames() {
		if v := headers.Get(name); v != "" {
			c.Sent[name] = v
		}
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := keepAnswer(s.Env, s.headerMatter().with(s.Env, body, report.correlation)); err != nil {
		return err
	}
	return s.Redirect303(sandboxPath + "#headers")
}

// headerCards are the button that asks, and what HMRC said last, header by header.
func (s *sandbox) headerCards() ([]ui.InquiryCard, error) {
	card := ui.InquiryCard{ID: "headers", Title: s.T("mtd_vat.headers"), Sub: s.T("mtd_vat.headers.sub"), Ask: &ui.Ask{Action: headersPath, Label: s.T("mtd_vat.headers.check"), Icon: "shield-check",
		Device: "device", NoScript: s.T("mtd_vat.headers.noscript"), Hint: s.T("mtd_vat.ask.never")}}
	answer, asked, err := lastAnswer(s.Env, s.headerMatter())
	if err != nil || !asked {
		return []ui.InquiryCard{card}, err
	}
	var c checked
	if err := json.Unmarshal([]byte(answer.Body), &c); err != nil {
		return nil, err
	}
	card.Ask.Hint = s.T("mtd_vat.ask.last", "When", s.Moment(answer.AskedAt))
	verdict := ui.Note{Tone: headerTone(c.Report.Code), Title: s.Print.Or("mtd_vat.headers."+c.Report.Code, c.Report.Code), Text: s.T("mtd_vat.headers.says", "Message", c.Report.Message)}
	card.Notes = append(card.Notes, verdict)
	for _, key := range []string{"header", "sent", "verdict"} {
		card.Columns = append(card.Columns, ui.Column{Key: key, Label: s.T("mtd_vat.headers.column." + key)})
	}
	for _, name := range c.names() {
		card.Rows = append(card.Rows, s.headerRow(c, name))
	}
	card.Foot = s.T("mtd_vat.ask.foot", "When", s.Moment(answer.AskedAt))
	if answer.Correlation != "" {
		card.Foot += " " + s.T("mtd_vat.ask.foot.correlation", "Correlation", answer.Correlation)
	}
	return []ui.InquiryCard{card}, nil
}

func headerTone(code string) ui.Tone {
	switch code {
	case "VALID_HEADERS":
		return ui.ToneOK
	case "INVALID_HEADERS":
		return ui.ToneBad
	}
	return ui.ToneWarn
}

// names are the sixteen headers, and others that HMRC has something to say of.
func (c checked) names() []string {
	out := hmrc.HeaderNames()
	for _, f := range slices.Concat(c.Report.Errors, c.Report.Warnings) {
		for _, h := range f.Headers {
			if !slices.ContainsFunc(out, func(name string) bool { return strings.EqualFold(name, h) }) {
				out = append(out, http.CanonicalHeaderKey(h))
			}
		}
	}
	return out
}

// headerRow is one header: what was sent, or why nothing, and what HMRC says of it.
func (s *sandbox) headerRow(c checked, name string) ui.Row {
	value := ui.Cell{Kind: ui.CellCustom, Body: ui.CodeText(c.Sent[name])}
	if c.Sent[name] == "" {
		why := ""
		if i := slices.IndexFunc(c.Left, func(o hmrc.Omission) bool { return o.Header == name }); i >= 0 {
			why = s.T(c.Left[i].Reason.Key())
		}
		value.Body = ui.Said(nil, s.T("mtd_vat.headers.left"), why)
	}
	var tags []ui.Tag
	var messages []string
	for _, of := range []struct {
		list []hmrc.HeaderFinding
		tag  ui.Tag
	}{{c.Report.Errors, ui.Tag{Text: s.T("mtd_vat.headers.error"), Tone: ui.ToneBad}}, {c.Report.Warnings, ui.Tag{Text: s.T("mtd_vat.headers.warning"), Tone: ui.ToneWarn}}} {
		for _, f := range of.list {
			if slices.ContainsFunc(f.Headers, func(h string) bool { return strings.EqualFold(h, name) }) {
				tags, messages = append(tags, of.tag), append(messages, f.Message)
			}
		}
	}
	if len(tags) == 0 {
		tags = []ui.Tag{{Text: s.T("mtd_vat.headers.good"), Tone: ui.ToneOK}}
	}
	verdict := ui.Cell{Kind: ui.CellCustom, Body: ui.Said(tags, "", strings.Join(messages, " "))}
	return ui.Row{Cells: []ui.Cell{{Kind: ui.CellCode, Text: name}, value, verdict}}
}
