package oauthprovider

import (
	"context"
	"fmt"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// legacyGrants reports whether any client may use implicit or password today: what none
// uses is not advertised.
func (h *host) legacyGrants(ctx context.Context) (implicit, password bool) {
	clients, err := legacyClients(h.app.Database.System(ctx, "metadata"))
	if err != nil {
		h.log.ErrorContext(ctx, "clients with legacy grants", "error", err)
		return false, false
	}
	for _, c := range clients {
		implicit = implicit || c.ApplicationType == "mobile"
		password = password || c.ApplicationType == "legacy"
	}
	return implicit, password
}

// legacyClients are those whose implicit or password grant has not ended.
func legacyClients(env *record.Env) ([]Client, error) {
	today := env.Now.Format(time.DateOnly)
	return record.Find[Client](env, record.Query{Order: "legacy_until, name", Filter: domain.Cond{Path: "legacy_until", Op: domain.Ge, Value: today}})
}

// legacyNotice is how long before the end managers are reminded of it.
const legacyNotice = 30 * 24 * time.Hour

// legacyNeeds reminds OAuth managers on their home page of grants that end soon, so that
// nobody's sign-in ends by surprise.
func legacyNeeds(c *web.Ctx) ([]web.Waiting, error) {
	m, ok := c.Env.Registry().Model("oauth_provider.client")
	if !ok || !c.Env.Can(record.OpWrite, m) {
		return nil, nil
	}
	clients, err := legacyClients(c.Env)
	if err != nil {
		return nil, err
	}
	var out []web.Waiting
	for _, client := range clients {
		left := client.legacyEnd().Sub(c.Env.Now)
		if left > legacyNotice {
			break
		}
		out = append(out, web.Waiting{Icon: "apps", Hue: "settings", URL: web.RecordPath("oauth_provider.client", client.ID),
			Title:  c.T("oauth_provider.legacy.ends", "Client", client.Name),
			Sub:    c.T("oauth_provider.legacy.days", "Count", max(1, int(left.Hours()/24))),
			Action: c.T("oauth_provider.legacy.open")})
	}
	return out, nil
}

// extendLegacy puts the end of clients' legacy grants off by a quarter, from the end or
// from today, whichever is later.
func extendLegacy(env *record.Env, ids []int64) (string, error) {
	n := 0
	for _, id := range ids {
		c, err := record.Get[Client](env, id)
		if err != nil {
			return "", err
		}
		if c.LegacyUntil == "" {
			continue
		}
		from := c.legacyEnd().AddDate(0, 0, -1)
		if env.Now.After(from) {
			from = env.Now
		}
		c.LegacyUntil = record.Date(from.AddDate(0, 3, 0).Format(time.DateOnly))
		if err := record.Save(env, &c); err != nil {
			return "", err
		}
		n++
	}
	return fmt.Sprintf("Put off by three months: %d.", n), nil
}
