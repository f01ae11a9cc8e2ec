package web

import (
	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

// Site gathers what the modules installed in one database show: routes, apps, menus,
// panels. Register functions fill it at boot; it does not change afterwards.
type Site struct {
	Routes []Route
	Apps   []App
	Menus  []Menu
	Panels map[string]Panel
	// Previews are what cards of a form show of its entries.
	Previews map[string]Preview
	// Masks are what forms say of secrets that are stored, Heads what they add to the title.
	Masks map[string]Mask
	Heads map[string]DrawHead
	// Wizards are the tasks in steps.
	Wizards wizard.Set
	Needs   []Need
	// AccountTabs are the pages of My account that modules add behind our own.
	AccountTabs []AccountTab
}

// AccountTab is one page of My account.
type AccountTab struct {
	Label string // English
	Key   string // translation key of the label
	Path  string // local
}

// App is a tile on the home page and the head of a sidebar.
type App struct {
	Name  string // settings, contacts
	Label string // English; key app.<name>
	Icon  string
	Hue   string
	Order int
	// Tally returns the number under the tile and its key, e.g. 4310, "contacts.tally"; nil shows none.
	Tally func(*record.Env) (n int, key string, err error)
}

// Menu is one line of an app's sidebar. It is shown to whoever may open what it leads to.
type Menu struct {
	Name  string // module.thing, unique; the translation key is menu.<name>
	App   string
	Group string // English heading; key menu.group.<group in lower case>
	Label string // English; the model's plural when empty
	Icon  string
	Model string // leads to the model's list,
	Query string // with this query string, for a line that shows a part of the records,
	URL   string // or to this address
	// Groups limits who sees it and may open it; nil: whoever may read the model.
	Groups []string
	Order  int
	Count  bool // shows how many records there are; not with a Query
}

// Panel draws a form tab that is more than fields, for one record.
type Panel func(c *Ctx, id int64) (templ.Component, error)

// Preview draws what would come of a form as it stands, before it is saved. Of what it
// draws, elements with an id and data-previewed follow the entries while one types.
// Entries that cannot be are its business to tell: an error breaks the page.
type Preview func(c *Ctx, d Draft) (templ.Component, error)

// Draft is a record as its form holds it, saved or not.
type Draft struct {
	Model string
	ID    int64 // 0: not created yet
	// Values are what the form's fields hold, by name, in the forms that record.SaveValues
	// takes. Fields that are not on the page are missing; secrets never are there.
	Values map[string]any
}

// Text returns a field's entry that is a text; "" for any other.
func (d Draft) Text(field string) string {
	s, _ := d.Values[field].(string)
	return s
}

// Texts returns a field's entry that is a list of texts; nil for any other.
func (d Draft) Texts(field string) []string {
	s, _ := d.Values[field].([]string)
	return s
}

// Mask says of a record's secret what may be said: Text, Sub and Masks of a field of kind
// ui.FieldSecret, with links to the actions that change it.
type Mask func(c *Ctx, id int64) (ui.Field, error)

// DrawHead adds to the title of a record's form.
type DrawHead func(c *Ctx, id int64) (Head, error)

// Head stands beside the title of a record. What is empty leaves the form as it is.
type Head struct {
	Tile   *ui.Tile
	Tags   []ui.Tag
	Sub    string            // under the title
	Counts map[string]string // of tabs, by name
}

// Need lists what waits for the person, for the home page.
type Need func(c *Ctx) ([]Waiting, error)

// Waiting is one thing that needs the person.
type Waiting struct {
	Title, Sub  string // in the reader's language
	Icon, Hue   string
	Action, URL string
	// Drop is a post that makes it wait no more, nil for none.
	Drop *ui.Action
}

// Route adds routes.
func (s *Site) Route(r ...Route) { s.Routes = append(s.Routes, r...) }

// App adds apps.
func (s *Site) App(a ...App) { s.Apps = append(s.Apps, a...) }

// Menu adds menu lines.
func (s *Site) Menu(m ...Menu) { s.Menus = append(s.Menus, m...) }

// Panel names a panel that form tabs can show.
func (s *Site) Panel(name string, p Panel) {
	if s.Panels == nil {
		s.Panels = map[string]Panel{}
	}
	s.Panels[name] = p
}

// Preview names a preview that cards of a form can show.
func (s *Site) Preview(name string, p Preview) {
	if s.Previews == nil {
		s.Previews = map[string]Preview{}
	}
	s.Previews[name] = p
}

// Mask names a mask that secret fields can show.
func (s *Site) Mask(name string, m Mask) {
	if s.Masks == nil {
		s.Masks = map[string]Mask{}
	}
	s.Masks[name] = m
}

// Head names a head that forms can show.
func (s *Site) Head(name string, h DrawHead) {
	if s.Heads == nil {
		s.Heads = map[string]DrawHead{}
	}
	s.Heads[name] = h
}

// AccountTab adds pages to My account.
func (s *Site) AccountTab(t ...AccountTab) { s.AccountTabs = append(s.AccountTabs, t...) }

// Wizard adds tasks in steps.
func (s *Site) Wizard(w ...wizard.Definition) { s.Wizards = append(s.Wizards, w...) }

// Need adds a source of things that wait for the person.
func (s *Site) Need(n ...Need) { s.Needs = append(s.Needs, n...) }
