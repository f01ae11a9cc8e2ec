package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

// AccountTabs are the pages of My account, with the one at path as the present one.
func (c *Ctx) AccountTabs(path string) []ui.Tab {
	tabs := []ui.Tab{{Label: c.T("web.account.tab"), URL: pathAccount}, {Label: c.T("web.sessions.tab"), URL: pathSessions}}
	for _, t := range c.App.Site.AccountTabs {
		tabs = append(tabs, ui.Tab{Label: c.Print.Or(t.Key, t.Label), URL: t.Path})
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].URL == path
	}
	return tabs
}

// accountErrors are what one panel of the account page has to say, by its action.
type accountErrors map[string][]ui.FieldError

const (
	actionPreferences = pathAccount + "/preferences"
	actionPassword    = pathAccount + "/password"
)

// accountShow is GET /account.
func accountShow(c *Ctx) error {
	return c.accountPage(http.StatusOK, c.Account.Lang, c.Account.TimeZone, nil)
}

func (c *Ctx) accountPage(status int, lang, zone string, wrong accountErrors) error {
	v := ui.Account{Page: c.bare(c.T("web.account.title")), Title: c.T("web.account.title"), Sub: c.Account.Name, Tabs: c.AccountTabs(pathAccount)}
	v.Panels = []ui.Panel{c.profilePanel(), c.preferencesPanel(lang, zone), passwordPanel(c)}
	for i := range v.Panels {
		v.Panels[i].Errors = wrong[v.Panels[i].Action]
	}
	return c.Render(status, ui.AccountPage(v))
}

func (c *Ctx) profilePanel() ui.Panel {
	var companies []string
	for _, co := range c.Account.Companies {
		companies = append(companies, co.Name)
	}
	show := func(key, text string) ui.Field { return ui.Field{Kind: ui.FieldReadOnly, Label: c.T(key), Text: text} }
	return ui.Panel{Group: ui.Group{ID: "profile", Title: c.T("web.account.profile"), Fields: []ui.Field{
		show("web.account.name", c.Account.Name), show("web.account.login", c.Account.Login),
		show("web.account.email", c.Account.Email), show("web.account.companies", strings.Join(companies, ", ")),
	}}}
}

// languageNames are the languages in their own words.
var languageNames = map[string]string{"en": "English", "fr": "Français"}

// zonesOffered are the time zones to choose from, besides the one that is set.
var zonesOffered = []string{
	"UTC", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Paris", "Europe/Brussels", "Europe/Amsterdam", "Europe/Luxembourg",
	"Europe/Berlin", "Europe/Zurich", "Europe/Madrid", "Europe/Rome", "Europe/Vienna", "Europe/Prague", "Europe/Warsaw", "Europe/Copenhagen",
	"Europe/Stockholm", "Europe/Oslo", "Europe/Helsinki", "Europe/Athens", "Europe/Bucharest", "Europe/Istanbul", "Europe/Kyiv",
	"Africa/Casablanca", "Africa/Tunis", "Africa/Cairo", "Africa/Lagos", "Africa/Dakar", "Africa/Nairobi", "Africa/Johannesburg",
	"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Toronto", "America/Montreal", "America/Halifax",
	"America/Mexico_City", "America/Bogota", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "America/Guadeloupe", "America/Martinique", "America/Cayenne",
	"Asia/Jerusalem", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka", "Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Singapore",
	"Asia/Hong_Kong", "Asia/Shanghai", "Asia/Tokyo", "Asia/Seoul", "Australia/Perth", "Australia/Sydney", "Pacific/Auckland", "Pacific/Noumea",
	"Pacific/Tahiti", "Indian/Reunion", "Indian/Mayotte",
}

func (c *Ctx) preferencesPanel(lang, zone string) ui.Panel {
	f := ui.Field{Kind: ui.FieldSelect, Name: "lang", Label: c.T("web.account.lang"), Value: lang, Required: true}
	for _, code := range i18n.Languages {
		f.Options = append(f.Options, ui.Option{Value: code, Label: languageNames[code], Selected: code == lang})
	}
	z := ui.Field{Kind: ui.FieldSelect, Name: "time_zone", Label: c.T("web.account.zone"), Value: zone, Required: true}
	offered := zonesOffered
	if !slices.Contains(offered, zone) && zone != "" {
		offered = append([]string{zone}, offered...)
	}
	for _, name := range offered {
		z.Options = append(z.Options, ui.Option{Value: name, Label: strings.ReplaceAll(name, "_", " "), Selected: name == zone || zone == "" && name == "UTC"})
	}
	return ui.Panel{Group: ui.Group{ID: "preferences", Title: c.T("web.account.preferences"), Fields: []ui.Field{f, z}}, Action: actionPreferences}
}

func passwordPanel(c *Ctx) ui.Panel {
	field := func(name, key, help, autocomplete string) ui.Field {
		return ui.Field{Kind: ui.FieldPassword, Name: name, Label: c.T(key), Help: help, Autocomplete: autocomplete, Required: true, Wide: true}
	}
	return ui.Panel{Action: actionPassword, Save: c.T("web.account.password.save"),
		Group: ui.Group{ID: "password", Title: c.T("web.account.password"), Sub: c.T("web.account.password.sub"), One: true, Fields: []ui.Field{
			field("current", "web.account.password.current", "", "current-password"),
			field(fieldPassword, "web.account.password.new", c.T("ui.setup.rule", "Count", MinPassword), "new-password"),
			field(fieldAgainPassword, "web.account.password.again", "", "new-password"),
		}}}
}

// preferencesSave is POST /account/preferences.
func preferencesSave(c *Ctx) error {
	lang, zone := c.Form().Get("lang"), c.Form().Get("time_zone")
	var wrong []ui.FieldError
	if !slices.Contains(i18n.Languages, lang) {
		wrong = append(wrong, ui.FieldError{Name: "lang", Text: c.T("web.account.lang.unknown")})
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		wrong = append(wrong, ui.FieldError{Name: "time_zone", Text: c.T("web.account.zone.unknown")})
	}
	if wrong != nil {
		return c.accountPage(http.StatusBadRequest, lang, zone, accountErrors{actionPreferences: wrong})
	}
	if err := c.App.Accounts.SetPreferences(c.Env, c.App.Database, c.Account.ID, lang, zone); err != nil {
		return err
	}
	c.setCookie(cookieLang, lang, aYear)
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.App.Texts.For(lang).T("web.saved")})
	return c.Redirect303(pathAccount)
}

// passwordSave is POST /account/password. It asks for the present one under the same
// counters as signing in, and ends every other session.
func passwordSave(c *Ctx) error {
	form := c.Form()
	again := func(name, text string) error {
		return c.accountPage(http.StatusBadRequest, c.Account.Lang, c.Account.TimeZone, accountErrors{actionPassword: {{Name: name, Text: text}}})
	}
	a, err := SignIn(c.Env, c.App, c.Account.Login, form.Get("current"), c.Address())
	if fault.Is(err, fault.Unauthenticated) || err == nil && a.ID != c.Account.ID {
		return again("current", c.T("web.account.password.wrong"))
	}
	if err != nil {
		return err
	}
	if wrong := c.newPasswordErrors(a, form.Get(fieldPassword), form.Get(fieldAgainPassword)); wrong != nil {
		return again(wrong[0].Name, wrong[0].Text)
	}
	hash, err := HashPassword(c.Env, form.Get(fieldPassword))
	if err != nil {
		return err
	}
	err = c.App.Database.DB.Write(c.Env, func(tx *db.Tx) error {
		if err := c.App.Accounts.SetPassword(tx.Context(), c.App.Database, a.ID, hash); err != nil {
			return err
		}
		_, err := EndSessions(tx.Context(), c.App, a.ID, 0, 0)
		return err
	})
	if err != nil {
		return err
	}
	if a, err = c.App.Accounts.ByID(c.Env, c.App.Database, a.ID); err != nil {
		return err
	}
	if err := c.StartSession(a, c.Session.Kept, "pwd"); err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("web.account.password.done")})
	return c.Redirect303(pathAccount)
}
