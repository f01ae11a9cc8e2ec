package screen

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// list answers a page of rows. A filter that cannot be used is told above an empty
// list, with status 400.
func list(v *visit) error {
	s, wrong := readState(v.Env, v.info, v.QueryParams())
	q := s.query(v.info, "")
	total, over, err := v.total(q, s.from)
	if err != nil {
		return err
	}
	if s.from >= total && s.from > 0 {
		s.from = max(total-1, 0) / pageRows * pageRows
	}
	columns := columnsOf(v.Env, v.info, s.columns)
	rows, err := v.rows(s, q, columns)
	if err != nil {
		return err
	}
	search, err := v.searchBox(s, total > mostTallied)
	if err != nil {
		return err
	}
	foot, err := v.foot(q, over)
	if err != nil {
		return err
	}
	w := v.words()
	page := v.Page(w.models(v.info))
	out := ui.List{
		Page: page, Title: w.models(v.info), Sub: w.optional(v.info.Name+".list.help", v.info.List.Help), Search: search,
		Columns: v.heads(s, columns), Rows: rows, Total: total, Over: over, Noun: v.noun(total), Foot: foot,
		Pager: v.pager(s, total, over, len(rows)), Bulk: v.bulkBar(s, total),
		Choose: v.choices(s), Hidden: s.first().pairs(ui.FieldColumns),
		CSV:   withQuery(web.ListPath(v.info.Name)+"/export.csv", s.first().values()),
		Empty: v.empty(s), Actions: v.listActions(s),
	}
	if len(out.Choose) > 0 {
		out.Hidden = append(out.Hidden, ui.Pair{Name: ui.FieldColumns})
	}
	if wrong != nil {
		out.Notes = []ui.Note{{Tone: ui.ToneBad, Title: v.T("screen.filter.wrong"), Text: v.sentence(wrong),
			Links: []ui.Link{{Text: v.T("screen.filter.drop"), URL: v.listURL(s.without(paramFilter, ""))}}}}
		return v.Render(http.StatusBadRequest, ui.ListPage(out))
	}
	return v.Render(http.StatusOK, ui.ListPage(out))
}

// total counts what matches as far as a list shows it, and at least as far as the page
// that begins at from; over says that there is more.
func (v *visit) total(q record.Query, from int) (n int, over bool, err error) {
	most := max(mostCounted, from+pageRows)
	q.Limit = most + 1
	n, err = record.Count(v.Env, v.info.Name, q)
	return min(n, most), n > most, err
}

func (v *visit) listURL(s state) string { return withQuery(web.ListPath(v.info.Name), s.values()) }

// rows reads one page.
func (v *visit) rows(s state, q record.Query, columns []column) ([]ui.Row, error) {
	q.Limit, q.Offset = pageRows, s.from
	q.Places = s.from == 0 // an index gives the order, on both engines
	sub, hasSub := columnAt(v.Env, v.info, v.info.List.Sub)
	money := currencyOf(v.Env, v.info)
	display, named := columnAt(v.Env, v.info, v.info.Display)
	active := ""
	if archivable(v.Env, v.info) {
		active = "active"
	}
	q.Fields = paths(columns, append(aboutOf(columns), sub.read, money, display.read, active)...)
	out := make([]ui.Row, 0, pageRows)
	for r, err := range record.Rows(v.Env, v.info.Name, q) {
		if err != nil {
			return nil, err
		}
		row := ui.Row{ID: strconv.FormatInt(r.ID, 10), Label: "#" + strconv.FormatInt(r.ID, 10), Cells: make([]ui.Cell, len(columns))}
		if named {
			row.Label = v.label(r, display)
		}
		if on, ok := r.Value(active); ok {
			row.Muted = on == false
		}
		currency := ""
		if c, ok := r.Value(money); ok {
			currency = v.plain(nil, c)
		}
		for i, c := range columns {
			value, _ := r.Value(c.read)
			cell := v.cell(c.field, value, currency)
			if url := v.aboutURL(c.field, r); url != "" && c.own {
				cell.URL = url
			}
			if text, ok := value.(string); ok && c.own && c.field.FilterOf != "" {
				cell = v.filterCell(c.field, r, text)
			}
			if i == 0 {
				cell = v.lead(cell, c, value, r.ID)
				cell.URL = withQuery(web.RecordPath(v.info.Name, r.ID), v.trailQuery(s, s.from+len(out)))
				if text, ok := r.Value(sub.read); hasSub && ok {
					cell.Sub, cell.SubCode = v.plain(sub.field, text), sub.field.Type == record.Code
				}
			}
			row.Cells[i] = cell
		}
		out = append(out, row)
	}
	return out, nil
}

// label is a record in words.
func (v *visit) label(r record.Row, display column) string {
	value, _ := r.Value(display.read)
	if text := v.plain(display.field, value); text != "" {
		return text
	}
	return "#" + strconv.FormatInt(r.ID, 10)
}

// lead makes the first cell of a row what the record is called, so that it can be the link.
func (v *visit) lead(cell ui.Cell, c column, value any, id int64) ui.Cell {
	text := v.plain(c.field, value)
	if text == "" {
		text = "#" + strconv.FormatInt(id, 10)
	}
	return ui.Cell{Kind: ui.CellStrong, Text: text, Tile: cell.Tile}
}

func (v *visit) heads(s state, columns []column) []ui.Column {
	out := make([]ui.Column, len(columns))
	for i, c := range columns {
		out[i] = ui.Column{Key: c.path, Label: v.words().field(c.field)}
		switch c.field.Type {
		case record.Int, record.Decimal, record.Amount:
			out[i].Right = true
		}
		if !c.own || c.read != c.path || !sortable(v.Env, v.info, c.path) {
			continue
		}
		next := s.first()
		next.sort, next.desc = c.path, s.sort == c.path && !s.desc
		out[i].SortURL = v.listURL(next)
		if s.sort == c.path {
			out[i].Sorted = map[bool]string{false: "asc", true: "desc"}[s.desc]
		}
	}
	return out
}

func (v *visit) choices(s state) []ui.ColumnChoice {
	var out []ui.ColumnChoice
	shown := map[string]bool{}
	for _, c := range columnsOf(v.Env, v.info, s.columns) {
		shown[c.path] = true
	}
	for _, p := range v.info.List.Optional {
		if c, ok := columnAt(v.Env, v.info, p); ok {
			out = append(out, ui.ColumnChoice{Key: p, Label: v.words().field(c.field), Shown: shown[p]})
		}
	}
	return out
}

func (v *visit) pager(s state, total int, over bool, shown int) ui.Pager {
	p := ui.Pager{First: min(s.from+1, total), Last: s.from + shown}
	if s.from > 0 {
		back := s
		back.from = max(s.from-pageRows, 0)
		p.Previous = v.listURL(back)
	}
	if (over || p.Last < total) && s.from+pageRows <= maxFrom {
		next := s
		next.from = s.from + pageRows
		p.Next = v.listURL(next)
	}
	return p
}

// noun is what a number of records of this model is called.
func (v *visit) noun(n int) string {
	if n == 1 {
		return lower(v.words().model(v.info))
	}
	return lower(v.words().models(v.info))
}

// listActions offers a new record. In a list that a facet narrows it begins with the
// first value picked, so that it would stand in that list.
func (v *visit) listActions(s state) []ui.Action {
	if !v.Env.Can(record.OpCreate, v.info) {
		return nil
	}
	begin := url.Values{}
	for name, picked := range s.facets {
		if f, ok := v.info.Field(name); ok && f.Type != record.Bool && v.Env.Sets(f) {
			begin.Set(name, picked[0])
		}
	}
	label := v.T("screen.new", "Model", lower(v.words().model(v.info)))
	return []ui.Action{{Label: label, Icon: "plus", URL: withQuery(newPath(v.info.Name), begin), Primary: true, Key: "n"}}
}

func (v *visit) empty(s state) ui.Empty {
	if !s.plain() {
		return ui.Empty{Icon: "search", Title: v.T("screen.empty.nomatch"), Text: v.T("screen.empty.nomatch.text"),
			Actions: []ui.Action{{Label: v.T("screen.empty.clear"), URL: v.clearURL()}}}
	}
	e := ui.Empty{Icon: v.info.Icon, Title: v.T("screen.empty.none", "Models", lower(v.words().models(v.info)))}
	if create := v.listActions(s); create != nil {
		e.Text, e.Actions = v.T("screen.empty.none.text"), create
	}
	return e
}

// clearURL is the list with nothing that narrows it, not even a default filter.
func (v *visit) clearURL() string {
	s := state{}
	for _, f := range v.info.Search.Filters {
		if f.Default {
			s.named = []string{}
		}
	}
	return v.listURL(s)
}

// trailQuery tells a form which list it was opened from, and at which place.
func (v *visit) trailQuery(s state, at int) url.Values {
	out := url.Values{paramAt: {strconv.Itoa(at)}}
	if in := s.first().values().Encode(); in != "" {
		out.Set(paramIn, in)
	}
	return out
}

// gone is the error for what a list cannot do.
func gone(what string) error {
	return fault.New(fault.NotFound, "There is no action %q here.", shorten(what)).Keyed("screen.noaction", map[string]any{"Name": shorten(what)})
}
