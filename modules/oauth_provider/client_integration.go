package oauthprovider

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// paramSnippet chooses, in the address of the tab, what the settings are for.
const paramSnippet = "snippet"

// snippets are the programs that settings are shown for.
var snippets = []string{"odoo", "oidc", "curl"}

// integrationPanel tells a developer what he has to set, from what is saved.
func (h *host) integrationPanel(c *web.Ctx, id int64) (templ.Component, error) {
	row, err := record.Get[Client](c.Env, id)
	if err != nil {
		return nil, err
	}
	client, err := h.store.Client(c.Env, row.Identifier, oauth.Newest)
	if err != nil {
		return nil, err
	}
	refused, err := h.refusedOf(c.Env, id)
	if err != nil {
		return nil, err
	}
	in := integration{c: c, host: h, row: &row, client: client}
	v := ui.Integration{Page: ui.Page{T: c.Print.T}, Title: c.T("oauth_provider.connect.title"), Sub: c.T("oauth_provider.connect.sub"),
		URLs: in.urls(), On: c.T("oauth_provider.connect.on", "URL", h.provider.Issuer), Refused: refusedView(c, &row, refused)}
	in.trial(&v)
	chosen := in.chosen()
	for _, s := range snippets {
		v.Snippets = append(v.Snippets, ui.Tab{Label: c.T("oauth_provider.connect." + s), URL: tabPath(id, "integration") + "&" + paramSnippet + "=" + s, Current: s == chosen})
	}
	switch chosen {
	case "odoo":
		in.odoo(&v)
	case "oidc":
		in.oidc(&v)
	default:
		v.Intro = c.T("oauth_provider.connect.curl.intro")
		v.Settings = in.common()
	}
	v.Terminal = in.terminal()
	return ui.IntegrationPanel(v), nil
}

// integration gathers what one page says.
type integration struct {
	c      *web.Ctx
	host   *host
	row    *Client
	client *oauth.Client
}

// chosen is the snippet that the address names, else the one that fits the client.
func (in integration) chosen() string {
	if s := in.c.QueryParam(paramSnippet); slices.Contains(snippets, s) {
		return s
	}
	switch {
	case in.implicit():
		return "odoo"
	case slices.Contains(in.client.ResponseTypes, oauth.ResponseCode):
		return "oidc"
	}
	return "curl"
}

// implicit reports whether Odoo's sign-in works now.
func (in integration) implicit() bool {
	return slices.Contains(in.client.ResponseTypes, oauth.ResponseToken) && in.c.Env.Now.Before(in.client.LegacyUntil)
}

func (in integration) url(path string) string { return in.host.provider.URL(path) }

func (in integration) said(key, value string) ui.Setting {
	return ui.Setting{Name: in.c.T("oauth_provider.connect." + key), Value: value}
}

// scopes are the codes to ask for: the defaults, else all.
func (in integration) scopes() string {
	if len(in.client.DefaultScopes) > 0 {
		return strings.Join(in.client.DefaultScopes, " ")
	}
	var codes []string
	for _, s := range in.client.Scopes {
		codes = append(codes, s.Code)
	}
	return strings.Join(codes, " ")
}

// urls are all endpoints that an application may need.
func (in integration) urls() []ui.Setting {
	var out []ui.Setting
	for _, e := range []struct{ key, path string }{
		{"authorize", "/oauth2/authorize"}, {"token", "/oauth2/token"}, {"tokeninfo", "/oauth2/tokeninfo"}, {"userinfo", "/oauth2/userinfo"},
		{"otherinfo", "/oauth2/otherinfo"}, {"records", "/api/records/"}, {"introspect", "/oauth2/introspect"}, {"revoke", "/oauth2/revoke"},
		{"jwks", "/oauth2/jwks"}, {"discovery", "/.well-known/openid-configuration"},
	} {
		s := in.said(e.key, in.url(e.path))
		s.Short = e.path
		out = append(out, s)
	}
	return out
}

// common are the settings that every program asks for.
func (in integration) common() []ui.Setting {
	return []ui.Setting{in.said("clientid", in.client.Identifier), in.secret(), in.said("scope", in.scopes())}
}

// secret says where the secret comes from: it is not known here.
func (in integration) secret() ui.Setting {
	key := "oauth_provider.connect.secret.kept"
	if in.client.Public {
		key = "oauth_provider.connect.secret.none"
	}
	return ui.Setting{Name: in.c.T("oauth_provider.connect.secret"), Value: in.c.T(key), Plain: true}
}

// odoo are the fields of Odoo's OAuth provider record, in their order.
func (in integration) odoo(v *ui.Integration) {
	c := in.c
	company := companyName(c)
	v.Intro = c.T("oauth_provider.connect.odoo.intro")
	v.Settings = []ui.Setting{in.said("odoo.name", company), in.said("odoo.clientid", in.client.Identifier), in.said("odoo.label", c.T("oauth_provider.connect.odoo.signin", "Company", company)),
		in.said("odoo.auth", in.url("/oauth2/authorize")), in.said("odoo.scope", in.scopes()), in.said("odoo.validation", in.url("/oauth2/tokeninfo")), in.said("odoo.data", in.url("/oauth2/userinfo")),
		{Name: c.T("oauth_provider.connect.odoo.allowed"), Value: c.T("oauth_provider.connect.odoo.ticked"), Tick: true}}
	switch {
	case in.client.NoQueryToken:
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Text: c.T("oauth_provider.connect.odoo.query")})
	case in.implicit():
		left := in.client.LegacyUntil.AddDate(0, 0, -1)
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneInfo, Text: c.T("oauth_provider.connect.odoo.until", "Date", longDate(c.Print, left))})
	default:
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Title: c.T("oauth_provider.connect.odoo.implicit"), Text: c.T("oauth_provider.connect.odoo.refused", "Type", typeName(c, in.row.ApplicationType)),
			Links: []ui.Link{{Text: c.T("oauth_provider.connect.odoo.fit"), URL: web.RecordPath("oauth_provider.client", in.row.ID) + "/action/fit_odoo"}, {Text: c.T("oauth_provider.connect.odoo.second"), URL: web.ListPath("oauth_provider.client") + "/new?preset=odoo"}}})
	}
	if in.implicit() && !slices.ContainsFunc(in.client.RedirectURIs, func(u string) bool { return strings.HasSuffix(u, "/auth_oauth/signin") }) {
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Text: c.T("oauth_provider.connect.odoo.redirect")})
	}
}

// oidc are the settings of an OpenID Connect library.
func (in integration) oidc(v *ui.Integration) {
	c := in.c
	v.Intro = c.T("oauth_provider.connect.oidc.intro")
	v.Settings = append([]ui.Setting{in.said("issuer", in.host.provider.Issuer), in.said("discovery", in.url("/.well-known/openid-configuration"))}, in.common()...)
	pkce, method := "S256", "client_secret_basic"
	if in.client.PKCEOptional {
		pkce = c.T("oauth_provider.connect.pkce.optional")
	}
	if in.client.Public {
		method = "none"
	}
	for _, uri := range in.client.RedirectURIs {
		v.Settings = append(v.Settings, in.said("redirect", uri))
	}
	v.Settings = append(v.Settings, in.said("response", "code"), in.said("pkce", pkce), in.said("method", method), in.said("alg", orDefault(in.client.IDTokenAlg, "RS256")))
	if !slices.Contains(in.client.ResponseTypes, oauth.ResponseCode) {
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Text: c.T("oauth_provider.connect.oidc.nocode", "Type", typeName(c, in.row.ApplicationType))})
	}
	if !slices.ContainsFunc(in.client.Scopes, func(s oauth.Scope) bool { return s.Code == oauth.ScopeOpenID }) {
		v.Notes = append(v.Notes, ui.Note{Tone: ui.ToneWarn, Text: c.T("oauth_provider.connect.oidc.noopenid")})
	}
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// trial offers the test sign-in where there is a sign-in.
func (in integration) trial(v *ui.Integration) {
	if !slices.Contains(in.client.ResponseTypes, oauth.ResponseCode) {
		v.TrialSub = in.c.T("oauth_provider.trial.nosignin")
		return
	}
	if !in.client.Active {
		v.TrialSub = in.c.T("oauth_provider.trial.inactive")
		return
	}
	v.TrialSub = in.c.T("oauth_provider.trial.text")
	start := in.startTrial("oauth_provider.trial.start", oauth.TrialWhole)
	v.Trial = &start
}

func (in integration) startTrial(label string, kind oauth.TrialKind) ui.Action {
	return ui.Action{Label: in.c.T(label), Icon: "clock-play", Post: true, URL: cardPath(in.row.ID, "/trial"), Hidden: []ui.Pair{{Name: fieldTrial, Value: string(kind)}}}
}

// fitOdoo makes clients such that Odoo's sign-in works: mobile, with a year of implicit.
func fitOdoo(env *record.Env, ids []int64) (string, error) {
	for _, id := range ids {
		c, err := record.Get[Client](env, id)
		if err != nil {
			return "", err
		}
		c.ApplicationType, c.UserID = "mobile", 0
		if !c.legacyEnd().After(env.Now) {
			c.LegacyUntil = record.Date(env.Now.AddDate(1, 0, 0).Format(time.DateOnly))
		}
		if err := record.Save(env, &c); err != nil {
			return "", err
		}
	}
	return "Odoo can sign people in with this client for a year.", nil
}
