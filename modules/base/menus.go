package base

import "github.com/tessera-erp/tessera/app/web"

// menus are the lines of Settings; other modules add theirs.
func menus(site *web.Site) {
	site.App(web.App{Name: "settings", Label: "Settings", Icon: "settings", Hue: "settings", Order: 900})
	admin := []string{GroupAdmin}
	site.Menu(
		web.Menu{Name: "base.users", App: "settings", Group: "Users", Label: "Users", Icon: "users", Model: "base.user", Order: 10, Count: true},
		web.Menu{Name: "base.groups", App: "settings", Group: "Users", Label: "Access groups", Icon: "shield-lock", Model: "base.group", Groups: admin, Order: 20, Count: true},
		web.Menu{Name: "base.sessions", App: "settings", Group: "Users", Label: "Sessions & devices", Icon: "devices", Model: "base.session", Groups: admin, Order: 90},
		web.Menu{Name: "base.companies", App: "settings", Group: "Companies", Label: "Companies", Icon: "building", Model: "base.company", Order: 110, Count: true},
		web.Menu{Name: "base.countries", App: "settings", Group: "Companies", Label: "Countries", Icon: "globe", Model: "base.country", Groups: admin, Order: 150},
		web.Menu{Name: "base.currencies", App: "settings", Group: "Companies", Label: "Currencies", Icon: "coins", Model: "base.currency", Groups: admin, Order: 160},
		web.Menu{Name: "base.sequences", App: "settings", Group: "Companies", Label: "Sequences", Icon: "hash", Model: "base.sequence", Groups: admin, Order: 170},
		web.Menu{Name: "base.modules", App: "settings", Group: "System", Label: "Modules", Icon: "puzzle", Model: "base.module", Groups: admin, Order: 210, Count: true},
		web.Menu{Name: "base.jobs", App: "settings", Group: "System", Label: "Scheduled jobs", Icon: "clock-play", Model: "base.job", Groups: admin, Order: 220},
		web.Menu{Name: "base.audit", App: "settings", Group: "System", Label: "Audit log", Icon: "history", Model: "base.audit", Groups: admin, Order: 230},
	)
}
