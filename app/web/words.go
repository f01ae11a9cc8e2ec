package web

import (
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a machine without time zones must not move anybody's day

	"github.com/tessera-erp/tessera/app/i18n"
)

// Number writes a whole number as the reader is used to: 4,310 or 4 310.
func (c *Ctx) Number(n int) string { return c.Print.Number(int64(n)) }

// Date writes a day in words: 21 Nov 2026.
func Date(p *i18n.Printer, t time.Time) string {
	return p.T("web.date", "Day", t.Day(), "Month", p.T("web.mon."+strconv.Itoa(int(t.Month()))), "Year", t.Year())
}

// Moment writes a day and a time to the minute, in the zone of t: 21 Nov 2026, 15:04.
func Moment(p *i18n.Printer, t time.Time) string { return Date(p, t) + ", " + t.Format("15:04") }

// Moment writes a time in the reader's zone.
func (c *Ctx) Moment(t time.Time) string { return Moment(c.Print, t.In(c.Env.Location)) }

// weekday writes a day without its year: Friday 20 November.
func (c *Ctx) weekday(t time.Time) string {
	return c.T("web.day.of", "Weekday", c.T("web.day."+strconv.Itoa(int(t.Weekday()))), "Day", t.Day(), "Month", c.T("web.month."+strconv.Itoa(int(t.Month()))))
}

// Ago writes how long ago a time was, or the moment itself when that is more than a week.
func (c *Ctx) Ago(t time.Time) string {
	d := c.Env.Now.Sub(t)
	switch {
	case d < time.Minute:
		return c.T("web.ago.now")
	case d < time.Hour:
		return c.T("web.ago.minutes", "Count", int(d.Minutes()))
	case d < 24*time.Hour:
		return c.T("web.ago.hours", "Count", int(d.Hours()))
	case d < 7*24*time.Hour:
		return c.T("web.ago.days", "Count", int(d.Hours()/24))
	}
	return c.Moment(t)
}

// duration writes how long to wait, rounded up: "30 seconds", "2 minutes".
func (c *Ctx) duration(d time.Duration) string {
	if d <= 90*time.Second {
		return c.T("web.seconds", "Count", max(1, int((d+time.Second-1)/time.Second)))
	}
	return c.T("web.minutes", "Count", int((d+time.Minute-1)/time.Minute))
}

func (c *Ctx) retryAfter(d time.Duration) {
	c.Response().Header().Set("Retry-After", strconv.Itoa(int((d+time.Second-1)/time.Second)))
}

// zones keeps the time zones in use; reading one takes a file. Only names that exist
// are kept, so there are a few hundred at most.
var zones sync.Map // string → *time.Location

// Zone returns a time zone by its name, UTC when there is no such zone.
func Zone(name string) *time.Location {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return time.UTC
	}
	zones.Store(name, z)
	return z
}

func idText(id int64) string { return strconv.FormatInt(id, 10) }

// device names the browser and system of a User-Agent, for people: "Firefox on Linux".
func (c *Ctx) device(agent string) (name string, phone bool) {
	browser := firstOf(agent, [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}})
	system := firstOf(agent, [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	phone = system == "iPhone" || system == "Android"
	switch {
	case browser != "" && system != "":
		return c.T("web.device.on", "Browser", browser, "System", system), phone
	case browser+system != "":
		return browser + system, phone
	}
	return c.T("web.device.unknown"), phone
}

func firstOf(text string, names [][2]string) string {
	for _, n := range names {
		if strings.Contains(text, n[0]) {
			return n[1]
		}
	}
	return ""
}
