package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// Page fills the frame of a page for this reader: the menu of the app that the page
// belongs to, with what he may open; who he is; what was flashed; theme and addresses.
// Crumbs are the app, the heading in its menu and the title, which a handler may put
// others in the place of.
func (c *Ctx) Page(title string) ui.Page {
	p := c.bare(title)
	if c.Account == nil {
		return p
	}
	app, at := c.currentApp()
	if app == nil {
		return p
	}
	p.App = c.appView(*app)
	p.Menu = c.sidebar(app.Name, at)
	p.Crumbs = append(c.crumbs(p.App, at), ui.Link{Text: title})
	return p
}

// crumbs lead from the app to where its menu has the page: the heading leads nowhere.
func (c *Ctx) crumbs(app ui.App, at *Menu) []ui.Link {
	out := []ui.Link{{Text: app.Label, URL: app.URL}}
	if at != nil && at.Group != "" {
		if group := c.menuGroup(at); group != app.Label && group != c.menuLabel(at) {
			out = append(out, ui.Link{Text: group})
		}
	}
	return out
}

// bare is a page beside the apps, without a menu.
func (c *Ctx) bare(title string) ui.Page {
	p := ui.Page{Title: title, Lang: c.Print.Lang(), T: c.Print.T, Theme: c.theme(), Flash: c.takeNotes()}
	p.URLs = ui.URLs{Self: c.self(), Home: pathHome, Theme: pathTheme}
	if c.Account == nil {
		p.URLs.SignIn = SignInPath(p.URLs.Self, SignInOptions{})
		return p
	}
	p.URLs.Account, p.URLs.SignOut, p.URLs.Company, p.URLs.Search = pathAccount, pathSignOut, pathCompany, pathSearch
	u := &ui.User{Name: c.Account.Name, Email: c.Account.Email}
	for _, co := range c.Account.Companies {
		current := co.ID == c.Env.Company
		if current {
			u.Company = co.Name
		}
		u.Companies = append(u.Companies, ui.Company{ID: idText(co.ID), Name: co.Name, Current: current})
	}
	p.User = u
	return p
}

// self is where a post of the frame (theme, company) comes back to: this page, or home
// when it was itself a post.
func (c *Ctx) self() string {
	r := c.Request()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return c.cameFrom()
	}
	return LocalPath(r.URL.RequestURI())
}

func (c *Ctx) theme() ui.Theme {
	switch t := ui.Theme(c.cookie(cookieTheme)); t {
	case ui.ThemeLight, ui.ThemeDark:
		return t
	}
	return ui.ThemeSystem
}

// Inside says which app's menu the page shows, where its address does not tell.
func (c *Ctx) Inside(app string) { c.inside = app }

// Beneath says which local path the page belongs to, for the menu, where its own address
// does not tell.
func (c *Ctx) Beneath(path string) { c.beneath = path }

// currentApp finds the app by Inside, else by the menu line whose address is the longest
// beginning of the page's. The line comes back too, nil when there is none.
func (c *Ctx) currentApp() (*App, *Menu) {
	path := c.beneath
	if path == "" {
		path = c.Request().URL.Path
	}
	var at *Menu
	best := 0
	for i := range c.App.Site.Menus {
		m := &c.App.Site.Menus[i]
		base, _, _ := strings.Cut(m.path(), "?")
		if near := 4*len(base) + c.shows(m); under(path, base) && near > best && (c.inside == "" || m.App == c.inside) {
			at, best = m, near
		}
	}
	name := c.inside
	if name == "" && at != nil {
		name = at.App
	}
	for i := range c.App.Site.Apps {
		if c.App.Site.Apps[i].Name == name {
			return &c.App.Site.Apps[i], at
		}
	}
	return nil, at
}

// shows tells how well a line fits the list that is shown, or from which the record was
// opened: best one whose query string is part of that list's, then one for all records.
func (c *Ctx) shows(m *Menu) int {
	want, err := url.ParseQuery(m.Query)
	if err != nil || m.Query == "" {
		return 2
	}
	have := c.QueryParams()
	if in, err := url.ParseQuery(have.Get("in")); err == nil && len(in) > 0 {
		have = in
	}
	for name, values := range want {
		for _, v := range values {
			if !slices.Contains(have[name], v) {
				return 1
			}
		}
	}
	return 3
}

// under reports whether path is base or below it.
func under(path, base string) bool {
	return path == base || base != "/" && strings.HasPrefix(path, base+"/")
}

// path is where the line leads.
func (m *Menu) path() string {
	if m.URL != "" {
		return m.URL
	}
	if m.Query != "" {
		return ListPath(m.Model) + "?" + m.Query
	}
	return ListPath(m.Model)
}

// mayOpen reports whether the person may open what a menu line leads to.
func (c *Ctx) mayOpen(m *Menu) bool {
	if m.Groups != nil {
		return c.inAny(m.Groups)
	}
	if m.Model == "" {
		return true
	}
	info, ok := c.Env.Registry().Model(m.Model)
	return ok && c.Env.Can(record.OpRead, info)
}
