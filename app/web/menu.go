package web

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// menusOf returns the lines of an app that the person may open, in order.
func (c *Ctx) menusOf(app string) []*Menu {
	var out []*Menu
	for i := range c.App.Site.Menus {
		if m := &c.App.Site.Menus[i]; m.App == app && c.mayOpen(m) {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b *Menu) int { return cmp.Compare(a.Order, b.Order) })
	return out
}

// appsOf returns the apps with something in them for the person, in order.
func (c *Ctx) appsOf() []App {
	var out []App
	for _, a := range c.App.Site.Apps {
		if len(c.menusOf(a.Name)) > 0 {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b App) int { return cmp.Compare(a.Order, b.Order) })
	return out
}

// appView is an app as its tile shows it; it leads to the first line of its menu.
func (c *Ctx) appView(a App) ui.App {
	v := ui.App{Label: c.Print.Or("app."+a.Name, a.Label), Icon: a.Icon, Hue: ui.Hue(a.Hue), URL: pathHome}
	if lines := c.menusOf(a.Name); len(lines) > 0 {
		v.URL = lines[0].path()
	}
	return v
}

// sidebar groups the lines under their headings, which keep the order of their first line.
func (c *Ctx) sidebar(app string, at *Menu) []ui.MenuGroup {
	var out []ui.MenuGroup
	for _, m := range c.menusOf(app) {
		title := c.menuGroup(m)
		i := slices.IndexFunc(out, func(g ui.MenuGroup) bool { return g.Title == title })
		if i < 0 {
			i = len(out)
			out = append(out, ui.MenuGroup{Title: title})
		}
		out[i].Items = append(out[i].Items, ui.MenuItem{Label: c.menuLabel(m), Icon: c.menuIcon(m), URL: m.path(), Count: c.menuCount(m), Current: m == at})
	}
	return out
}

// menuGroup is the heading that a line stands under, "" for none.
func (c *Ctx) menuGroup(m *Menu) string {
	if m.Group == "" {
		return ""
	}
	return c.Print.Or("menu.group."+strings.ToLower(m.Group), m.Group)
}

func (c *Ctx) menuLabel(m *Menu) string {
	english := m.Label
	if english == "" {
		if info, ok := c.Env.Registry().Model(m.Model); ok {
			return c.Print.Or("menu."+m.Name, c.Print.Or(info.LabelKey()+".plural", info.Plural))
		}
	}
	return c.Print.Or("menu."+m.Name, english)
}

func (c *Ctx) menuIcon(m *Menu) string {
	if info, ok := c.Env.Registry().Model(m.Model); ok && m.Icon == "" {
		return info.Icon
	}
	return m.Icon
}

// maxCounted bounds the counting for a menu line: beyond, the number helps nobody.
const maxCounted = 10_000

func (c *Ctx) menuCount(m *Menu) string {
	if !m.Count || m.Model == "" || m.Query != "" {
		return ""
	}
	key := countKey{user: c.Env.User.UserID(), company: c.Env.Company, model: m.Model}
	n, ok := c.mounted.counts.get(key, time.Now())
	if !ok {
		var err error
		if n, err = record.Count(c.Env, m.Model, record.Query{Limit: maxCounted + 1}); err != nil {
			return ""
		}
		c.mounted.counts.put(key, n, time.Now())
	}
	if n > maxCounted {
		return c.Number(maxCounted) + "+"
	}
	return c.Number(n)
}

// counts keeps the numbers beside menu lines for a moment, so that turning pages does
// not count again. They are one person's own numbers, and forgotten when he posts.
type counts struct {
	mu     sync.Mutex
	values map[countKey]count
}

type countKey struct {
	user, company int64
	model         string
}

type count struct {
	n  int
	at time.Time
}

const (
	countsLive = 15 * time.Second
	maxCounts  = 10_000
)

func newCounts() *counts { return &counts{values: map[countKey]count{}} }

func (s *counts) get(k countKey, now time.Time) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[k]
	return v.n, ok && now.Sub(v.at) < countsLive
}

func (s *counts) put(k countKey, n int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.values) >= maxCounts {
		clear(s.values)
	}
	s.values[k] = count{n, now}
}

func (s *counts) forget(user int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.values {
		if k.user == user {
			delete(s.values, k)
		}
	}
}

// Opens reports whether the person may look at a model's screens: he may read it, and
// where menus lead there at least one of them is for him.
func (c *Ctx) Opens(m *record.Info) bool {
	if !c.Env.Can(record.OpRead, m) {
		return false
	}
	open := true
	for _, menu := range c.App.Site.Menus {
		if menu.Model != m.Name {
			continue
		}
		if len(menu.Groups) == 0 || slices.ContainsFunc(menu.Groups, c.Env.Member) {
			return true
		}
		open = false
	}
	return open
}
