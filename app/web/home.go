package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

// homeShow is GET /: the apps, what waits for the person, and where he was.
func homeShow(c *Ctx) error {
	first, _, _ := strings.Cut(c.Account.Name, " ")
	now := c.Env.Now.In(c.Env.Location)
	v := ui.Home{Page: c.bare(c.T("web.home.title")), Greeting: c.T(greeting(now.Hour()), "Name", first), Sub: c.weekday(now)}
	if v.Page.User.Company != "" {
		v.Sub += " · " + v.Page.User.Company
	}
	for _, a := range c.appsOf() {
		tile := ui.HomeApp{App: c.appView(a)}
		if a.Tally != nil {
			n, key, err := a.Tally(c.Env)
			if err != nil {
				return fmt.Errorf("tally of %s: %w", a.Name, err)
			}
			tile.Sub = c.T(key, "Count", n, "Number", c.Number(n))
		}
		v.Apps = append(v.Apps, tile)
	}
	for _, need := range c.App.Site.Needs {
		waiting, err := need(c)
		if err != nil {
			return fmt.Errorf("needs: %w", err)
		}
		for _, w := range waiting {
			v.Todo = append(v.Todo, ui.Todo{Title: w.Title, Sub: w.Sub, Icon: w.Icon, Hue: ui.Hue(w.Hue), URL: w.URL, Action: w.Action, Drop: w.Drop})
		}
	}
	var err error
	if v.Recent, err = c.recent(); err != nil {
		return err
	}
	return c.Render(http.StatusOK, ui.HomePage(v))
}

// greeting is the key of the words for an hour of the reader's day.
func greeting(hour int) string {
	switch {
	case hour < 5 || hour >= 18:
		return "web.home.evening"
	case hour < 12:
		return "web.home.morning"
	}
	return "web.home.afternoon"
}

const (
	recentShown = 6
	recentRead  = 50 // audit lines looked at
)

// touched is a record that the person created or changed.
type touched struct {
	model *record.Info
	id    int64
	when  string
	name  string // as he may see it now, "" when he may not any more
}

// recent lists the records that the person changed last, as far as he may still see them.
func (c *Ctx) recent() ([]ui.Recent, error) {
	last, err := c.lastTouched()
	if err != nil {
		return nil, err
	}
	if err := c.nameTouched(last); err != nil {
		return nil, err
	}
	var out []ui.Recent
	for _, t := range last {
		if t.name != "" && len(out) < recentShown {
			out = append(out, ui.Recent{Text: t.name, Kind: c.Print.Or(t.model.LabelKey(), t.model.Label), When: t.when,
				Hue: ui.Hue(t.model.Hue), URL: RecordPath(t.model.Name, t.id)})
		}
	}
	return out, nil
}

func (c *Ctx) lastTouched() ([]*touched, error) {
	rows, err := c.App.Database.DB.QueryContext(c.Env,
		"SELECT model, record_id, at FROM audit WHERE user_id = ? AND action IN ('create', 'write') ORDER BY id DESC LIMIT ?", c.Account.ID, recentRead)
	if err != nil {
		return nil, db.Fault(err)
	}
	defer rows.Close()
	var out []*touched
	for rows.Next() {
		var name string
		var id int64
		at := c.Env.Now
		if err := rows.Scan(&name, &id, &at); err != nil {
			return nil, err
		}
		m, ok := c.Env.Registry().Model(name)
		known := slices.ContainsFunc(out, func(t *touched) bool { return t.model == m && t.id == id })
		if ok && !known && len(out) < 2*recentShown && c.hasScreen(m) && c.Env.Can(record.OpRead, m) {
			out = append(out, &touched{model: m, id: id, when: c.Ago(at)})
		}
	}
	return out, db.Fault(rows.Err())
}

// hasScreen reports whether some menu line leads to the model's list.
func (c *Ctx) hasScreen(m *record.Info) bool {
	return slices.ContainsFunc(c.App.Site.Menus, func(l Menu) bool { return l.Model == m.Name })
}

// nameTouched asks for the present names, one query a model.
func (c *Ctx) nameTouched(all []*touched) error {
	byModel := map[*record.Info][]any{}
	for _, t := range all {
		byModel[t.model] = append(byModel[t.model], t.id)
	}
	for m, ids := range byModel {
		q := record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids}, Fields: []string{m.Display}, Archived: true, Order: "id"}
		for row, err := range record.Rows(c.Env, m.Name, q) {
			if err != nil {
				return err
			}
			for _, t := range all {
				if t.model == m && t.id == row.ID {
					t.name = displayOf(row, m)
				}
			}
		}
	}
	return nil
}

// displayOf is the name of a row that was asked for its model's display field.
func displayOf(row record.Row, m *record.Info) string {
	v, _ := row.Value(m.Display)
	switch name := v.(type) {
	case nil:
		return "#" + idText(row.ID)
	case *record.Ref:
		return name.Name
	default:
		return fmt.Sprint(name)
	}
}
