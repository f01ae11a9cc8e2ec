package screen

import (
	"net/url"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// lines draws the records that point back to this one as a table to read, with the
// columns of their own list.
func (v *visit) lines(id int64, f *record.FieldInfo) (ui.Field, error) {
	out := ui.Field{Kind: ui.FieldLines, Name: f.Name, Label: v.words().field(f), Help: v.words().help(f), ReadOnly: true, Lines: &ui.Lines{}}
	var columns []column
	for _, c := range columnsOf(v.Env, f.Target, nil) {
		if c.path != f.Inverse && !strings.HasPrefix(c.path, f.Inverse+".") { // the same for all of them
			columns = append(columns, c)
		}
	}
	for _, c := range columns {
		right := c.field.Type == record.Amount || c.field.Type == record.Decimal || c.field.Type == record.Int
		out.Lines.Columns = append(out.Lines.Columns, ui.Column{Label: v.words().field(c.field), Right: right})
	}
	back := domain.Cond{Path: f.Inverse, Op: domain.Eq, Value: id}
	q := record.Query{Filter: back, Fields: paths(columns), Limit: maxShown + 1}
	more := false
	for r, err := range record.Rows(v.Env, f.Target.Name, q) {
		if fault.Is(err, fault.Forbidden) {
			break
		}
		if err != nil {
			return out, err
		}
		if len(out.Lines.Rows) == maxShown {
			more = true
			break
		}
		var line ui.Line
		for _, c := range columns {
			value, _ := r.Value(c.read)
			line.Fields = append(line.Fields, ui.Field{Kind: ui.FieldReadOnly, Text: v.plain(c.field, value), ReadOnly: true})
		}
		if v.opens(f.Target) && len(line.Fields) > 0 {
			lead := &line.Fields[0]
			lead.URL, lead.Text = web.RecordPath(f.Target.Name, r.ID), orID(lead.Text, r.ID)
		}
		out.Lines.Rows = append(out.Lines.Rows, line)
	}
	if more {
		out.Help = v.T("screen.lines.more", "Count", maxShown)
	}
	return out, nil
}

// lineActions lead to all records that point back to this one, and to a new one.
func (v *visit) lineActions(id int64, f *record.FieldInfo) []ui.Action {
	if !v.opens(f.Target) {
		return nil
	}
	filter := domain.Print(domain.Cond{Path: f.Inverse, Op: domain.Eq, Value: id})
	out := []ui.Action{{Label: v.T("screen.lines.all", "Models", lower(v.words().field(f))), Icon: "list",
		URL: withQuery(web.ListPath(f.Target.Name), url.Values{paramFilter: {string(filter)}})}}
	if v.Env.Can(record.OpCreate, f.Target) {
		out = append(out, ui.Action{Label: v.T("screen.new", "Model", lower(v.words().model(f.Target))), Icon: "plus",
			URL: withQuery(newPath(f.Target.Name), url.Values{f.Inverse: {formatID(id)}})})
	}
	return out
}
