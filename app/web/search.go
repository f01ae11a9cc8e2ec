package web

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

const (
	searchLeast   = 2 // characters
	searchLongest = 80
	searchEach    = 5  // records a model
	searchModels  = 12 // models at most: each is one query
)

// searchShow is GET /search?q=: menu lines and records that the person may see, for the
// palette and as a page of its own.
func searchShow(c *Ctx) error {
	text := strings.TrimSpace(clip(c.QueryParam("q"), searchLongest))
	v := ui.Options{Page: c.bare(c.T("web.search.title")), Title: c.T("web.search.title"),
		Search: &ui.Search{Action: pathSearch, Value: text}}
	if utf8.RuneCountInString(text) >= searchLeast {
		if g := c.searchMenus(text); len(g.Options) > 0 {
			v.Groups = append(v.Groups, g)
		}
		groups, err := c.searchRecords(text)
		if err != nil {
			return err
		}
		v.Groups = append(v.Groups, groups...)
	}
	return c.Render(http.StatusOK, ui.OptionsPage(v))
}

func (c *Ctx) searchMenus(text string) ui.OptionGroup {
	g := ui.OptionGroup{Title: c.T("web.search.menus")}
	want := domain.Fold(text)
	for _, a := range c.appsOf() {
		app := c.Print.Or("app."+a.Name, a.Label)
		for _, m := range c.menusOf(a.Name) {
			label := c.menuLabel(m)
			if strings.Contains(domain.Fold(label), want) || strings.Contains(domain.Fold(app), want) {
				g.Options = append(g.Options, ui.Option{Value: m.path(), Label: label, Sub: app, Icon: c.menuIcon(m), Hue: ui.Hue(a.Hue), URL: m.path()})
			}
		}
	}
	return g
}

// searchRecords looks through the models that menus lead to. Records that are written on
// the form of another, as the lines of an order are, are found by that one.
func (c *Ctx) searchRecords(text string) ([]ui.OptionGroup, error) {
	var out []ui.OptionGroup
	seen := map[string]bool{}
	for _, a := range c.appsOf() {
		for _, m := range c.menusOf(a.Name) {
			info, ok := c.Env.Registry().Model(m.Model)
			if !ok || seen[info.Name] || len(seen) >= searchModels || info.NoAudit || info.IsPart() || !c.Env.Can(record.OpRead, info) {
				continue
			}
			seen[info.Name] = true
			g := ui.OptionGroup{Title: c.Print.Or(info.LabelKey()+".plural", info.Plural)}
			for row, err := range record.Rows(c.Env, info.Name, record.Query{Text: text, Fields: []string{info.Display}, Limit: searchEach}) {
				if err != nil {
					return nil, err
				}
				g.Options = append(g.Options, ui.Option{Value: idText(row.ID), Label: displayOf(row, info), Icon: info.Icon, Hue: ui.Hue(a.Hue), URL: RecordPath(info.Name, row.ID)})
			}
			if len(g.Options) > 0 {
				out = append(out, g)
			}
		}
	}
	return out, nil
}
