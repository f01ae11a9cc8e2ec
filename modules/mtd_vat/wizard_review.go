package mtdvat

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/web/screen"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/ui"
)

// adjustable are the boxes that can be adjusted: 3 and 5 follow from the others.
var adjustable = []string{"1", "2", "4", "6", "7", "8", "9"}

func reviewFields(d *filing) []wizard.Field {
	if d.unbooked() {
		return []wizard.Field{deviceField(d)}
	}
	box := wizard.Field{Name: "box", Label: "Box to adjust", Into: &d.AdjustBox, Options: []wizard.Option{{Value: "", Label: "–", Plain: true}}}
	for _, n := range adjustable {
		box.Options = append(box.Options, wizard.Option{Value: n, Label: boxLabels[n[0]-'1']})
	}
	return []wizard.Field{box,
		{Name: "amount", Label: "Amount", Into: &d.AdjustAmount, Suffix: "GBP", Help: "Added to the box; negative takes away."},
		{Name: "reason", Label: "Reason", Into: &d.AdjustReason, Size: 200, Help: "What an inspector would ask."},
		deviceField(d)}
}

// adjusting reports whether something of an adjustment was entered.
func (d *filing) adjusting() bool {
	return d.AdjustBox != "" || d.AdjustAmount != 0 || d.AdjustReason != ""
}

// checkReview wants an adjustment whole.
func checkReview(d *filing) error {
	if !d.adjusting() {
		return nil
	}
	var errs []*fault.Error
	missing := func(field string, is bool) {
		if is {
			errs = append(errs, fault.New(fault.Invalid, "Enter a value.").Keyed("record.invalid.required", nil).On(field))
		}
	}
	missing("box", d.AdjustBox == "")
	missing("amount", d.AdjustAmount == 0)
	missing("reason", strings.TrimSpace(d.AdjustReason) == "")
	return fault.Join(errs...)
}

// adjust adds what was entered to the period's adjustments.
func adjust(env *record.Env, s *wizard.State[filing]) (string, error) {
	d := &s.Data
	d.Witnessed.witness(env.Context, d.Posted)
	if d.unbooked() {
		return "", fault.New(fault.Conflict, "The books have no such period: the sandbox has named it. It takes no adjustments.").Keyed("mtd_vat.rehearsal.unknown", nil)
	}
	if !d.adjusting() {
		return "", fault.New(fault.Invalid, "Enter a value.").Keyed("record.invalid.required", nil).On("box")
	}
	a := accounting.Adjustment{PeriodID: record.ID(d.Period), Box: d.AdjustBox, Amount: d.AdjustAmount, Reason: d.AdjustReason}
	if err := record.Save(env, &a); err != nil {
		return "", err
	}
	d.AdjustBox, d.AdjustAmount, d.AdjustReason = "", 0, ""
	return "", nil
}

// postReview freezes the figures that were looked at. An adjustment that was entered and
// not added yet belongs to them.
func postReview(env *record.Env, s *wizard.State[filing]) (string, error) {
	d := &s.Data
	d.Witnessed.witness(env.Context, d.Posted)
	if d.adjusting() {
		_, err := adjust(env, s)
		return "review", err
	}
	p, err := d.period(env)
	if err != nil {
		return "", err
	}
	f, err := d.freeze(env, p)
	if err != nil {
		return "", err
	}
	d.Reviewed, d.Hash, d.Moved, d.Agreed, d.Verdict = f.Boxes, f.Hash, false, false, nil
	return "", nil
}

func drawReview(env *record.Env, p *wizard.Page, s *wizard.State[filing]) error {
	d, c := &s.Data, web.Within(env.Context)
	period, err := d.period(env)
	if err != nil {
		return err
	}
	survey, err := accounting.SurveyOf(env, period)
	if err != nil {
		return err
	}
	if err := d.noteScenario(env, p); err != nil {
		return err
	}
	f := survey.Figures
	t, page := p.Print.T, c.Page("")
	if err := noteMoved(env, p, d, period); err != nil {
		return err
	}
	entry := p.Cards[0]
	entry.ID, entry.Title, entry.Sub = "adjustment", t("mtd_vat.adjust.title"), t("mtd_vat.adjust.text")
	entry.Body = templ.Join(ui.DeviceField("device"), ui.Facts(adjusted(p, survey.Adjustments)))
	switch {
	case d.unbooked():
		entry.Sub, entry.Fields, entry.Actions = t("mtd_vat.rehearsal.unknown"), nil, nil
	case d.Rehearsal:
		entry.Sub = t("mtd_vat.rehearsal.adjust")
	}
	boxes := ui.Group{ID: "boxes", Title: t("mtd_vat.boxes.title"), Sub: t("mtd_vat.boxes.text", "Count", linesOf(f)), Body: ui.BoxRows(page, accounting.BoxRows(c, period, f, survey.Before))}
	p.Cards = append([]ui.Group{boxes, entry}, p.Cards[1:]...)
	p.Aside = append(p.Aside, figure(p, f.Boxes, d), ui.Group{ID: "checks", Title: t("mtd_vat.checks.title"), Body: ui.Checks(page, checkLines(p, survey.Checks))})
	return nil
}

// noteMoved tells what has changed in the books since the review before.
func noteMoved(env *record.Env, p *wizard.Page, d *filing, period accounting.Period) error {
	if !d.Moved {
		return nil
	}
	n := ui.Note{Tone: ui.ToneWarn, Title: p.Print.T("mtd_vat.moved.title"), Text: p.Print.T("mtd_vat.moved.text")}
	change, err := d.moved(env, period)
	if err != nil {
		return err
	}
	var moved []string
	for i, by := range change.Boxes {
		if by != 0 {
			moved = append(moved, p.Print.T("mtd_vat.moved.box", "Box", i+1, "Amount", screen.Number(p.Print, int64(by), 2)))
		}
	}
	if len(moved) > 0 {
		n.Text = strings.Join(moved, " · ")
	}
	if change.URL != "" {
		n.Links = []ui.Link{{Text: p.Print.T("mtd_vat.moved.show"), URL: change.URL}}
	}
	p.Notes = append(p.Notes, n)
	return nil
}

// linesOf counts the posted lines behind a return.
func linesOf(f accounting.Figures) int {
	n := 0
	for _, p := range f.Parts {
		n += p.Lines
	}
	return n
}

// adjusted lists adjustments, each with its reason.
func adjusted(p *wizard.Page, adjustments []accounting.Adjustment) []ui.Pair {
	var out []ui.Pair
	for _, a := range adjustments {
		out = append(out, ui.Pair{Name: p.Print.T("mtd_vat.adjust.line", "Box", a.Box, "Amount", screen.Number(p.Print, int64(a.Amount), 2)), Value: a.Reason})
	}
	return out
}

// figure is the amount to pay, or to get back.
func figure(p *wizard.Page, b accounting.Boxes, d *filing) ui.Group {
	key := "mtd_vat.pay.back"
	switch {
	case b.Owed():
		key = "mtd_vat.pay.owed"
	case b.Box(5) == 0:
		key = "mtd_vat.pay.nil"
	}
	return ui.Group{ID: "pay", Title: p.Print.T("mtd_vat.pay.title"), Body: ui.Figure(p.Print.T(key), "£"+screen.Number(p.Print, int64(b.Box(5)), 2), d.Label)}
}

func checkLines(p *wizard.Page, checks []accounting.Check) []ui.CheckLine {
	var out []ui.CheckLine
	for _, c := range checks {
		line := ui.CheckLine{Tone: ui.ToneOK, Text: p.Print.T("mtd_vat.check." + c.Name + ".good")}
		if !c.Good() {
			line = ui.CheckLine{Tone: ui.ToneWarn, Text: p.Print.T("accounting.check."+c.Name, "Count", c.Count), Link: p.Print.T("accounting.check.show"), URL: c.URL}
			if c.Grave {
				line.Tone = ui.ToneBad
			}
		}
		out = append(out, line)
	}
	return out
}

func boxNumber(n int) string { return strconv.Itoa(n) }
