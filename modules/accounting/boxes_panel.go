package accounting

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/web/screen"
	"github.com/tessera-erp/tessera/ui"
)

// panelBoxes is the tab of a VAT period with its boxes as the books stand now.
const panelBoxes = "accounting.boxes"

func boxesPanel(c *web.Ctx, id int64) (templ.Component, error) {
	p, err := record.Get[Period](c.Env, id)
	if err != nil {
		return nil, err
	}
	s, err := SurveyOf(c.Env, p)
	if err != nil {
		return nil, err
	}
	page := c.Page(p.Name)
	return templ.Join(ui.Notes(page, checkNotes(c, s.Checks)), ui.BoxRows(page, BoxRows(c, p, s.Figures, s.Before))), nil
}

// checkNotes tells of the checks that found something.
func checkNotes(c *web.Ctx, checks []Check) []ui.Note {
	var out []ui.Note
	for _, check := range checks {
		if check.Good() {
			continue
		}
		n := ui.Note{Tone: ui.ToneWarn, Title: c.T("accounting.check."+check.Name, "Count", check.Count), Text: c.T("accounting.check." + check.Name + ".help")}
		if check.Grave {
			n.Tone = ui.ToneBad
		}
		if check.URL != "" {
			n.Links = []ui.Link{{Text: c.T("accounting.check.show"), URL: check.URL}}
		}
		out = append(out, n)
	}
	return out
}

// BoxRows are the figures of a VAT period as a page shows them, each box with what it is
// made of and, where last is given, how far it is above that return's.
func BoxRows(c *web.Ctx, p Period, f Figures, last *Boxes) []ui.BoxRow {
	out, parts := make([]ui.BoxRow, 9), partsOf(c, p, f)
	for i := range out {
		n := i + 1
		number := strconv.Itoa(n)
		row := ui.BoxRow{Number: number, Label: c.T("accounting.box.long." + number), Amount: boxAmount(c, n, f.Boxes.Box(n)), Empty: c.T("accounting.box.empty")}
		switch n {
		case 3:
			row.Kind, row.Note = ui.BoxSum, c.T("accounting.box.sum")
		case 5:
			row.Kind, row.Note = ui.BoxResult, c.T("accounting.box.net."+owed(f.Boxes))
		}
		if last != nil {
			row.Versus = signed(c, n, f.Boxes.Box(n)-last.Box(n))
		}
		if n > 5 && f.Exact.Box(n) != f.Boxes.Box(n) {
			row.Note = c.T("accounting.box.rounded", "Amount", pounds(c, f.Exact.Box(n)))
		}
		for i, part := range f.Parts {
			if part.In(n) {
				row.Parts = append(row.Parts, parts[i])
			}
		}
		row.Parts = append(row.Parts, adjustedPart(c, p, f, n)...)
		out[i] = row
	}
	return out
}

// partsOf are the parts of a return as a page shows them: one may be in several boxes.
func partsOf(c *web.Ctx, p Period, f Figures) []ui.BoxPart {
	out := make([]ui.BoxPart, len(f.Parts))
	for i, part := range f.Parts {
		side := "accounting.part.purchases"
		if part.Sales {
			side = "accounting.part.sales"
		}
		out[i] = ui.BoxPart{Name: c.T(side, "Tax", part.Name), From: c.T("accounting.part.lines", "Count", part.Lines), URL: PartURL(p, part),
			Net: pounds(c, part.Net), VAT: pounds(c, part.VAT)}
	}
	return out
}

// adjustedPart is what adjustments add to a box, if any.
func adjustedPart(c *web.Ctx, p Period, f Figures, box int) []ui.BoxPart {
	adjusted := f.Adjusted.Box(box)
	if adjusted == 0 || box == 3 || box == 5 {
		return nil
	}
	a := ui.BoxPart{Name: c.T("accounting.part.adjustments"), From: c.T("accounting.part.adjustments.show"), URL: adjustmentsURL(p, box)}
	if box > 5 {
		a.Net = pounds(c, adjusted)
	} else {
		a.VAT = pounds(c, adjusted)
	}
	return []ui.BoxPart{a}
}

// owed names which way box 5 is paid, as the keys of its texts do.
func owed(b Boxes) string {
	switch {
	case b.Box(5) == 0:
		return "nil"
	case b.Owed():
		return "owed"
	}
	return "reclaimed"
}

func pounds(c *web.Ctx, m record.Money) string { return screen.Number(c.Print, int64(m), 2) }

// boxAmount writes what a box declares: pence up to box 5, pounds from 6 on.
func boxAmount(c *web.Ctx, box int, m record.Money) string {
	if box > 5 {
		return screen.Number(c.Print, int64(m)/100, 0)
	}
	return pounds(c, m)
}

// signed writes how far a box is from that of the return before.
func signed(c *web.Ctx, box int, m record.Money) string {
	if m > 0 {
		return "+" + boxAmount(c, box, m)
	}
	return boxAmount(c, box, m)
}
