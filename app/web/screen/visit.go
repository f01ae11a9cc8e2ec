package screen

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// visit is one request to the screens of one model.
type visit struct {
	*web.Ctx
	info  *record.Info
	asked map[*record.FieldInfo][]record.Option // see offered
	made  *[]record.Reveal                      // secrets made while something was saved
	days  map[record.Date]string                // see day
}

// enter finds the model that an address names. NotFound when there is none; Forbidden
// when the person may not read it, or may not open what all menus to it lead to.
func enter(serve func(*visit) error) func(*web.Ctx) error {
	return func(c *web.Ctx) error {
		name := c.Param("model")
		m, ok := c.Env.Registry().Model(name)
		if !ok {
			return fault.New(fault.NotFound, "There is no page for %q.", shorten(name)).Keyed("screen.nomodel", map[string]any{"Name": shorten(name)})
		}
		v := &visit{Ctx: c, info: m}
		if name != m.Name && c.Request().Method == http.MethodGet {
			return v.toCanonical(name)
		}
		if !v.opens(m) && !strings.HasSuffix(c.Request().URL.Path, "/options") {
			return v.forbidden(record.OpRead)
		}
		if c.Request().Method == http.MethodPost {
			c.Env, v.made = c.Env.Revealing()
		}
		return serve(v)
	}
}

// toCanonical leads from an alias to the model's own address.
func (v *visit) toCanonical(alias string) error {
	u := v.Request().URL
	rest := strings.TrimPrefix(u.EscapedPath(), web.ListPath(alias))
	target := web.ListPath(v.info.Name) + rest
	if u.RawQuery != "" {
		target += "?" + u.RawQuery
	}
	return v.Redirect(http.StatusMovedPermanently, target)
}

// opens reports whether the person may look at a model's screens.
func (v *visit) opens(m *record.Info) bool { return v.Opens(m) }

// under puts titles in the place of a page's own in its way from the outside in: the
// list that the page belongs to, then what it shows.
func (v *visit) under(crumbs []ui.Link, titles ...ui.Link) []ui.Link {
	if len(crumbs) > 0 {
		crumbs = crumbs[: len(crumbs)-1 : len(crumbs)-1]
	}
	return append(append(crumbs, ui.Link{Text: v.words().models(v.info), URL: v.backURL()}), titles...)
}

func (v *visit) forbidden(op record.Op) error {
	return fault.New(fault.Forbidden, "You have no right to %s records of %q.", op, v.info.Label).
		Keyed("record.forbidden."+string(op), map[string]any{"Model": v.info.Label, "ModelKey": v.info.LabelKey()})
}

// id is the record that the address names.
func (v *visit) id() (int64, error) {
	id, err := strconv.ParseInt(v.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.New(fault.NotFound, "There is no record %q.", shorten(v.Param("id"))).Keyed("screen.norecord", map[string]any{"ID": shorten(v.Param("id"))})
	}
	return id, nil
}

// sentence is what an error says, in the reader's language.
func (v *visit) sentence(e *fault.Error) string { return web.Sentence(v.Print, e) }

// tell leaves a note for the next page.
func (v *visit) tell(tone ui.Tone, text string) { v.Flash(ui.Note{Tone: tone, Text: text}) }

func (v *visit) format() format { return format{v.Print, v.Env.Location} }

// day writes a day in words. Many rows of a list have the same one.
func (v *visit) day(d record.Date) string {
	text, ok := v.days[d]
	if !ok {
		if v.days == nil {
			v.days = map[record.Date]string{}
		}
		text = v.format().day(d)
		v.days[d] = text
	}
	return text
}

// shorten cuts a text that a stranger wrote before it is said back.
func shorten(s string) string {
	const most = 80
	runes := []rune(strings.ToValidUTF8(s, "�"))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
