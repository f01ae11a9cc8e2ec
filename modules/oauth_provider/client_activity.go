package oauthprovider

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

const paramDays = "days" // 7, 30 or 365, in the query string of the tab

// spans are the periods that the chart offers: how many bars, of how many days each.
var spans = []struct {
	days, bar int
	key       string
}{{7, 1, "oauth_provider.activity.days7"}, {30, 1, "oauth_provider.activity.days30"}, {364, 28, "oauth_provider.activity.months12"}}

// activityPanel draws the tab for a client.
func (h *host) activityPanel(c *web.Ctx, id int64) (templ.Component, error) {
	client, err := record.Get[Client](c.Env, id)
	if err != nil {
		return nil, err
	}
	today := c.Env.Now.Unix() / 86400
	issued, err := h.store.issuedSince(c.Env, id, today-400)
	if err != nil {
		return nil, err
	}
	live, err := h.holders(c.Env, c.Env.Now, &client)
	if err != nil {
		return nil, err
	}
	refused, err := h.refusedLately(c.Env, c.Env.Now.AddDate(0, 0, -30), id)
	if err != nil {
		return nil, err
	}
	v := ui.Activity{Page: c.Page(client.Name), Chart: h.chart(c, id, issued, today), Holders: h.drawHolders(c, &client, live), Refused: drawRefusals(c, refused)}
	v.Stats = activityStats(c, issued, today, live, refused)
	return ui.ActivityPanel(v), nil
}

func activityStats(c *web.Ctx, issued map[int64]*dayCount, today int64, live living, refused []refusal) []ui.Stat {
	month, before, last := sumOf(issued, today-29, today), sumOf(issued, today-59, today-30), int64(0)
	for _, d := range issued {
		last = max(last, d.last)
	}
	used, times := c.T("oauth_provider.activity.never"), 0
	if last != 0 {
		used = c.Ago(moment(last))
	}
	for _, r := range refused {
		times += r.times
	}
	compare := ""
	if before > 0 {
		compare = c.T("oauth_provider.activity.change", "Percent", fmt.Sprintf("%+d", (month-before)*100/before))
	}
	held := ""
	if live.people > 0 {
		held = c.T("oauth_provider.activity.people", "Count", live.people)
	}
	return []ui.Stat{
		{Label: c.T("oauth_provider.activity.live"), Value: grouped(c.Print, live.count), Sub: held},
		{Label: c.T("oauth_provider.activity.issued"), Value: grouped(c.Print, int(min(month, mostCounted+1))), Sub: compare},
		{Label: c.T("oauth_provider.activity.last"), Value: used},
		{Label: c.T("oauth_provider.activity.refused"), Value: grouped(c.Print, times)},
	}
}

func sumOf(issued map[int64]*dayCount, from, to int64) int64 {
	n := int64(0)
	for day, d := range issued {
		if day >= from && day <= to {
			n += d.issued
		}
	}
	return n
}

// chart draws the tokens issued in the period that the address asks for.
func (h *host) chart(c *web.Ctx, id int64, issued map[int64]*dayCount, today int64) ui.Chart {
	asked := c.QueryParam(paramDays)
	chosen := slices.IndexFunc(spans, func(s struct {
		days, bar int
		key       string
	}) bool {
		return strconv.Itoa(s.days) == asked
	})
	if chosen < 0 {
		chosen = 1
	}
	out := ui.Chart{Title: c.T("oauth_provider.activity.chart"), Unit: c.T("oauth_provider.activity.tokens")}
	for i, s := range spans {
		q := url.Values{"tab": {"activity"}, paramDays: {strconv.Itoa(s.days)}}
		out.Periods = append(out.Periods, ui.Tab{Label: c.T(s.key), URL: web.RecordPath("oauth_provider.client", id) + "?" + q.Encode(), Current: i == chosen})
	}
	s := spans[chosen]
	values := make([]int64, 0, s.days/s.bar)
	most := int64(0)
	for from := today - int64(s.days) + 1; from <= today; from += int64(s.bar) {
		n := sumOf(issued, from, from+int64(s.bar)-1)
		values, most = append(values, n), max(most, n)
	}
	most = scale(most)
	out.Most, out.Half = strconv.FormatInt(most, 10), strconv.FormatInt(most/2, 10)
	for i, n := range values {
		day := dayStart(today - int64(s.days) + 1 + int64(i*s.bar))
		b := ui.Bar{Label: shortDate(c, day), Value: strconv.FormatInt(n, 10), Share: int(n * 100 / most), Now: i == len(values)-1, Named: i%max(len(values)/4, 1) == 0}
		if n > 0 {
			b.Share = max(b.Share, 2)
		}
		out.Bars = append(out.Bars, b)
	}
	return out
}

// scale is the least even round number that is not less than n.
func scale(n int64) int64 {
	for step := int64(2); ; step *= 10 {
		for _, m := range []int64{1, 2, 5} {
			if n <= step*m {
				return step * m
			}
		}
	}
}

func shortDate(c *web.Ctx, t time.Time) string {
	return fmt.Sprintf("%d %s", t.Day(), c.T(fmt.Sprintf("oauth_provider.month.%d", t.Month())))
}

// drawHolders lists the sign-ins and tokens that live, each with a button to end it.
func (h *host) drawHolders(c *web.Ctx, client *Client, live living) ui.Holders {
	own := web.RecordPath("oauth_provider.client", client.ID)
	out := ui.Holders{Title: c.T("oauth_provider.activity.live"), None: c.T("oauth_provider.activity.nobody"),
		Columns: []string{c.T("oauth_provider.activity.person"), c.T("oauth_provider.activity.scopes"), c.T("oauth_provider.activity.given"), c.T("oauth_provider.activity.used"), c.T("oauth_provider.activity.ends")}}
	if live.count > len(live.rows) {
		out.Sub = c.T("oauth_provider.activity.newest", "Count", len(live.rows))
	}
	if live.count > 0 {
		out.Actions = []ui.Action{{Label: c.T("oauth_provider.activity.revokeall"), Icon: "ban", Danger: true, Post: true, URL: own + "/action/revoke_tokens"}}
	}
	for _, r := range live.rows {
		row := ui.Holder{Person: r.person, Codes: r.scopes, Cells: []string{c.Moment(r.given), c.Ago(r.used), c.Moment(r.ends)},
			End: &ui.Action{Label: c.T("oauth_provider.activity.revoke"), Post: true, URL: endPath(client.ID), Hidden: []ui.Pair{{Name: fieldEnd, Value: r.kind + "." + strconv.FormatInt(r.id, 10)}}}}
		if r.person == "" {
			row.Person = c.T("oauth_provider.activity.itself")
		}
		row.End.About = row.Person + ", " + c.Moment(r.given)
		if m, ok := c.Env.Registry().Model(record.UserModel); ok && r.user != 0 && c.Opens(m) {
			row.URL = web.RecordPath(record.UserModel, r.user)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func drawRefusals(c *web.Ctx, list []refusal) ui.Refusals {
	out := ui.Refusals{Title: c.T("oauth_provider.activity.refused"), None: c.T("oauth_provider.activity.norefusal")}
	for _, r := range list[:min(len(list), 20)] {
		row := ui.Refusal{When: c.Moment(r.at), Code: r.code, Detail: r.detail, Text: c.T("oauth_provider.activity.at." + r.where)}
		if r.times > 1 {
			row.Times = c.T("oauth_provider.activity.times", "Count", r.times)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// whereOf is a short word for where something was refused.
var whereOf = map[string]string{string(oauth.EventAuthorizeFailed): "authorize", string(oauth.EventTokenFailed): "token", string(oauth.EventReplay): "replay"}
