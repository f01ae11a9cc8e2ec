package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/ui"
)

// sessionsShow is GET /account/sessions: where this person is signed in.
func sessionsShow(c *Ctx) error {
	list, err := SessionsOf(c.Env, c.App, c.Account.ID)
	if err != nil {
		return err
	}
	title := c.T("web.sessions.title")
	v := ui.Sessions{Page: c.bare(title), Title: title, Sub: c.T("web.sessions.sub"), Tabs: c.AccountTabs(pathSessions)}
	for _, s := range list {
		v.Items = append(v.Items, c.sessionView(s))
	}
	if len(list) > 1 {
		v.EndOthers = &ui.Action{Label: c.T("web.sessions.end_others"), URL: pathSessions + "/end-others", Post: true, Danger: true}
	}
	return c.Render(http.StatusOK, ui.SessionsPage(v))
}

func (c *Ctx) sessionView(s Session) ui.Session {
	device, phone := c.device(s.UserAgent)
	v := ui.Session{Device: device, Phone: phone, Where: s.Address, Started: c.Moment(s.CreatedAt), Seen: c.Ago(s.LastSeen), Current: s.ID == c.Session.ID}
	if slices.Contains(s.AMR, "pwd") {
		v.How = c.T("web.sessions.pwd")
	}
	label := c.T("web.sessions.end")
	if v.Current {
		label = c.T("web.sessions.end_all")
		v.End = &ui.Action{Label: label, URL: pathSessions + "/end-all", Post: true}
		return v
	}
	v.End = &ui.Action{Label: label, URL: pathSessions + "/end", Post: true, Hidden: []ui.Pair{{Name: "session", Value: idText(s.ID)}}}
	return v
}

// sessionEnd is POST /account/sessions/end.
func sessionEnd(c *Ctx) error {
	id, err := strconv.ParseInt(c.Form().Get("session"), 10, 64)
	if err != nil || id <= 0 {
		return fault.New(fault.Invalid, "It is not said which session is meant.").Keyed("web.sessions.which", nil)
	}
	n, err := EndSessions(c.Env, c.App, c.Account.ID, id, 0)
	if err != nil {
		return err
	}
	return c.sessionsEnded(n)
}

// sessionsEndOthers is POST /account/sessions/end-others.
func sessionsEndOthers(c *Ctx) error {
	n, err := EndSessions(c.Env, c.App, c.Account.ID, 0, c.Session.ID)
	if err != nil {
		return err
	}
	return c.sessionsEnded(n)
}

func (c *Ctx) sessionsEnded(n int) error {
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("web.sessions.ended", "Count", n)})
	return c.Redirect303(pathSessions)
}

// sessionsEndAll is POST /account/sessions/end-all: signed out everywhere, here too.
func sessionsEndAll(c *Ctx) error {
	if _, err := EndSessions(c.Env, c.App, c.Account.ID, 0, 0); err != nil {
		return err
	}
	return signOut(c)
}

// themeSave is POST /theme: kept on this device.
func themeSave(c *Ctx) error {
	switch t := ui.Theme(c.Form().Get(ui.FieldTheme)); t {
	case ui.ThemeLight, ui.ThemeDark:
		c.setCookie(cookieTheme, string(t), aYear)
	case ui.ThemeSystem:
		c.setCookie(cookieTheme, "", goneAtOnce)
	default:
		return fault.New(fault.Invalid, "There is no such theme.").Keyed("web.notheme", nil)
	}
	return c.Redirect303(c.Form().Get(fieldNext))
}

// languageSave is POST /language: kept on this device, for pages before signing in.
func languageSave(c *Ctx) error {
	lang := c.Form().Get(fieldLang)
	if _, ok := languageNames[lang]; !ok {
		return fault.New(fault.Invalid, "There is no such language.").Keyed("web.account.lang.unknown", nil)
	}
	c.setCookie(cookieLang, lang, aYear)
	return c.Redirect303(c.Form().Get(fieldNext))
}

// companySave is POST /company: the person acts for another of his companies.
func companySave(c *Ctx) error {
	id, _ := strconv.ParseInt(c.Form().Get(ui.FieldCompany), 10, 64)
	i := slices.IndexFunc(c.Account.Companies, func(co CompanyName) bool { return co.ID == id })
	if i < 0 {
		return fault.New(fault.Forbidden, "You may not act for this company.").Keyed("web.nocompany", nil)
	}
	if err := setSessionCompany(c.Env, c.App, c.Session.ID, id); err != nil {
		return err
	}
	c.Flash(ui.Note{Tone: ui.ToneOK, Text: c.T("web.company.changed", "Company", c.Account.Companies[i].Name)})
	return c.Redirect303(c.Form().Get(fieldNext))
}

// galleryShow is GET /dev/ui.
func galleryShow(c *Ctx) error { return c.Render(http.StatusOK, ui.Gallery(c.bare("Gallery"))) }
