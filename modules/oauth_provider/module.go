// Package oauthprovider is the way in: scopes say which records and fields an outside
// application may be given, clients say which applications may ask, and people grant or
// refuse on the consent page. The protocol itself is in package oauth; this package
// gives it storage, people, pages and data.
package oauthprovider

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

//go:embed data/*.yaml
var data embed.FS

//go:embed demo
var demo embed.FS

//go:embed locales/*.toml
var locales embed.FS

// GroupManager configures scopes and clients, and nothing else by itself.
const GroupManager = "oauth_provider.manager"

// Module is the module's entry in the list.
func Module() app.Module {
	return app.Module{
		Name:       "oauth_provider",
		Title:      "OAuth provider",
		Summary:    "Lets outside applications see exactly the records and fields that people grant.",
		Depends:    []string{"base"},
		Migrations: migrations(),
		Locales:    locales,
		Data:       sub(data, "data"),
		Demo:       sub(demo, "demo"),
		Register:   register,
	}
}

func sub(from embed.FS, folder string) fs.FS {
	f, err := fs.Sub(from, folder)
	if err != nil {
		panic(err) // the embed line above names the folder
	}
	return f
}

func register(r *record.Registry, reg *app.Registrar) {
	record.Groups(r, record.GroupDef{Code: GroupManager, Name: "OAuth manager", Category: "OAuth provider",
		Help: "Decides which applications may see which records and fields.", Implies: []string{"base.user"}})
	defineScope(r)
	defineClient(r)
	reg.Site.Menu(
		web.Menu{Name: "oauth_provider.scopes", App: "settings", Group: "Users", Label: "OAuth Provider Scopes", Icon: "filter-check", Model: "oauth_provider.scope", Order: 30, Count: true},
		web.Menu{Name: "oauth_provider.clients", App: "settings", Group: "Users", Label: "OAuth Provider Clients", Icon: "apps", Model: "oauth_provider.client", Order: 40, Count: true},
	)
	connectedTab(reg.Site)
	reg.Site.Need(legacyNeeds)
	var keys *keyring // of the application, once it is open
	reg.Jobs.Add(purgeJob(), tallyJob(), rotateJob(func() *keyring { return keys }))
	reg.Command(rotateCommand())
	reg.Tokens(func(a *web.Application) (web.Tokens, error) {
		h, err := open(context.Background(), a)
		if err != nil {
			return nil, err
		}
		keys = h.keys
		return h, nil
	})
}

// open builds the host and the protocol engine of one application and adds their routes.
func open(ctx context.Context, a *web.Application) (*host, error) {
	clock := a.Database.Clock
	if clock == nil {
		clock = time.Now
	}
	keys := newKeyring(a.Database.DB, a.Seal, a.DatabaseID, clock)
	derive, err := keys.Successor(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := keys.Signing(ctx, "RS256"); err != nil {
		return nil, err
	}
	h := &host{app: a, store: newStore(a.Database), keys: keys, log: web.Log(slog.Default()), api: a.URL(apiPath)}
	h.failures, h.uses = newFailures(h.auditOrLog), newUses(a.Database.DB, h.log)
	h.refusals = newRefusals(h.keepRefused)
	known := func(identifier string) bool { _, ok := h.store.definitions.remembers(identifier); return ok }
	h.provider, err = oauth.New(oauth.Config{
		Issuer: strings.TrimSuffix(a.BaseURL.String(), "/"), Storage: h.store, Host: h, Keys: keys,
		Sealer: requestSealer{a.Seal, a.DatabaseID}, SuccessorKey: derive, Clock: clock, Events: h, Throttle: newGuesses(a.Database, known, h.log), Log: h.log, Legacy: h.legacyGrants,
		Resources: []string{h.api},
		Scopes:    []string{"openid", "profile", "email", "address", "phone", "offline_access"}, UILocales: []string{"en", "fr"},
	})
	if err != nil {
		return nil, err
	}
	a.SignInHint = h.signInHint
	h.previews(a.Site)
	h.clientScreens(a.Site)
	h.routes(a.Site)
	api, err := newRecordsAPI(h, derive)
	if err != nil {
		return nil, err
	}
	api.routes(a.Site)
	return h, nil
}

// routes adds the protocol's endpoints. They are plain handlers, and posts from other
// sites are let in: the engine itself knows which of them may look at a session.
func (h *host) routes(site *web.Site) {
	for _, e := range h.provider.Endpoints() {
		for _, method := range e.Methods {
			if method == http.MethodHead {
				continue // GET answers it
			}
			rt := web.Route{Kind: web.Public, Method: method, Path: e.Path, Foreign: true, Handler: h.provider}
			if !e.Cookies {
				rt.Fail = oauth.Refuse
			}
			site.Route(rt)
		}
	}
	h.connectedRoutes(site)
	h.clientRoutes(site)
	site.Route(web.Route{Kind: web.Public, Method: http.MethodGet, Path: "/oauth2/otherinfo", Foreign: true, Fail: oauth.Refuse, Handler: http.HandlerFunc(h.otherInfo)})
}
