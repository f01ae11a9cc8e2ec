package oauthprovider

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Client is an application that may ask for scopes.
type Client struct {
	record.Meta
	Name       string
	Identifier string // client_id: unique, fixed once created
	Publisher  string
	Homepage   string
	PolicyURL  string
	TermsURL   string

	ApplicationType   string // web, mobile, legacy, backend
	Public            bool   // has no secret, proves itself by PKCE
	Secret            string `gorm:"-"` // written only; its hash is in oauth_provider_secret
	PKCE              string // required, optional
	SkipAuthorization bool
	Scopes            []int64        `gorm:"-"`
	DefaultScopes     []int64        `gorm:"-"`
	RedirectURIs      record.Strings `gorm:"column:redirect_uris"`
	AllowHTTP         bool           // http redirect URIs on other hosts were accepted knowingly
	NoQueryToken      bool           // refuses ?access_token=
	UserID            record.ID      // whom a backend client acts as
	Groups            []int64        `gorm:"-"` // whose members may use it; none: everybody
	Companies         []int64        `gorm:"-"` // whose users may use it; none: all
	IDTokenAlg        string         // RS256, ES256, EdDSA
	TokenKind         string         // opaque, jwt
	TokenAlg          string         // of JWT access tokens
	LegacyUntil       record.Date    // last day of implicit and password, "" for neither

	AccessSeconds, CodeSeconds             int64
	RefreshIdleSeconds, RefreshLastSeconds int64

	Active bool
	// Definition grows with every change of the client or of a scope it holds.
	Definition int64
	NotBefore  *time.Time // tokens from before are dead
}

// applicationType says what each type may do. Adding a grant is one line here.
type applicationType struct {
	value, label, icon, grant, help string
	grants, responses               []string
	redirects                       bool   // needs redirect URIs
	mark, tone                      string // what to think of it, on its card
}

var applicationTypes = []applicationType{
	{"web", "Web application", "globe", "Authorization code grant", "Has a server that can keep a secret. The token never passes through the browser.",
		[]string{oauth.GrantCode, oauth.GrantRefresh}, []string{oauth.ResponseCode}, true, "Strong", "ok"},
	{"mobile", "Mobile application", "phone", "Authorization code grant with PKCE", "An app or a single page without a server of its own.",
		[]string{oauth.GrantCode, oauth.GrantRefresh}, []string{oauth.ResponseCode}, true, "Strong without implicit", "ok"},
	{"legacy", "Legacy application", "lock", "Resource owner password grant", "Software of your own that cannot open a browser. It sees the password; needs an end date.",
		[]string{oauth.GrantPassword}, nil, false, "App sees the password", "bad"},
	{"backend", "Backend application", "server", "Client credentials grant", "No user is present. Acts as one service account, on its own schedule.",
		[]string{oauth.GrantClientCredentials}, nil, false, "Strong", "ok"},
}

// whenRedirected are the types that send people through the browser.
const whenRedirected = `[["application_type", "in", ["web", "mobile"]]]`

func typeOf(value string) applicationType {
	for _, t := range applicationTypes {
		if t.value == value {
			return t
		}
	}
	return applicationType{}
}

func defineClient(r *record.Registry) {
	var types []record.Option
	for _, t := range applicationTypes {
		types = append(types, record.Option{Value: t.value, Label: t.label, Icon: t.icon, Sub: t.grant, Help: t.help, Mark: t.mark, Tone: t.tone})
	}
	fixed := func(v any) func(*record.Env) any { return func(*record.Env) any { return v } }
	record.Define[Client](r, record.Model{
		Name: "oauth_provider.client", Label: "Client", Plural: "OAuth Provider Clients", Icon: "apps", Hue: "settings", Key: "identifier",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Help: "Shown to people on the consent page."},
			{Name: "identifier", Label: "Client identifier", Type: record.Code, Unique: true, Size: 128, NoCopy: true, Help: "Made for you when left empty; fixed once saved."},
			{Name: "secret", When: `[["public", "=", false]]`, Label: "Client secret", Type: record.Secret, Mask: maskSecret, Help: "Leave it empty: a strong one is made and shown once. What you write yourself ends all others."},
			{Name: "public", When: `[["application_type", "!=", "backend"]]`, Label: "Public client", Type: record.Bool, Help: "Has no secret and proves itself by PKCE."},
			{Name: "application_type", Label: "Application type", Type: record.Selection, Required: true, Options: types, Default: fixed("web"), Help: "Decides how the application obtains a token."},
			{Name: "pkce", When: whenRedirected, Label: "PKCE", Type: record.Selection, Required: true, Default: fixed("required"), Help: "Optional only for older confidential applications that send none.",
				Options: []record.Option{{Value: "required", Label: "Required"}, {Value: "optional", Label: "Optional"}}},
			{Name: "skip_authorization", When: whenRedirected, Label: "Skip the authorization page", Type: record.Bool, Help: "People are signed in to this application without being asked. Only for software your company runs."},
			{Name: "scopes", Label: "Allowed scopes", Type: record.Many2Many, Model: "oauth_provider.scope", Help: "The most this application can ask for."},
			{Name: "default_scopes", Label: "Default scopes", Type: record.Many2Many, Model: "oauth_provider.scope", Help: "Given when the application asks without naming any."},
			{Name: "redirect_uris", When: whenRedirected, Label: "Redirect URIs", Type: record.StringList, Of: record.URL, First: "Default", Help: "People are sent only to an address that matches one of these exactly. The first is the default."},
			{Name: "allow_http", When: whenRedirected, Label: "Accept http addresses", Type: record.Bool, Help: "Codes and tokens sent to http addresses can be read on the way."},
			{Name: "no_query_token", Label: "No tokens in addresses", Type: record.Bool, Help: "Refuses ?access_token=, which ends up in logs."},
			{Name: "user", When: `[["application_type", "=", "backend"]]`, Label: "Runs as", Type: record.Many2One, Model: record.UserModel, Help: "The user a backend application acts as. Without one it sees nothing."},
			{Name: "groups", Label: "Groups that may use it", Type: record.Many2Many, Model: "base.group", Help: "None: everybody."},
			{Name: "companies", Label: "Companies that may use it", Type: record.Many2Many, Model: record.CompanyModel, Help: "None: all."},
			{Name: "id_token_alg", When: `[["application_type", "!=", "backend"]]`, Label: "Signature of the id_token", Type: record.Selection, Required: true, Default: fixed("RS256"), Help: "ES256 and EdDSA sign far faster than RS256, OpenID Connect's default.",
				Options: []record.Option{{Value: "RS256", Label: "RS256"}, {Value: "ES256", Label: "ES256"}, {Value: "EdDSA", Label: "EdDSA"}}},
			{Name: "token_kind", Label: "Access tokens", Type: record.Selection, Required: true, Default: fixed(oauth.TokenOpaque), Help: "A JWT can be read by the services it is for; both kinds can be revoked at once.",
				Options: []record.Option{{Value: oauth.TokenOpaque, Label: "Opaque"}, {Value: oauth.TokenJWT, Label: "JWT (RFC 9068)"}}},
			{Name: "token_alg", When: `[["token_kind", "=", "jwt"]]`, Label: "Signature of JWT access tokens", Type: record.Selection, Required: true, Default: fixed("ES256"), Help: "Only a JWT is signed.",
				Options: []record.Option{{Value: "RS256", Label: "RS256"}, {Value: "ES256", Label: "ES256"}, {Value: "EdDSA", Label: "EdDSA"}}},
			{Name: "legacy_until", When: `[["application_type", "in", ["mobile", "legacy"]]]`, Label: "Implicit or password until", Type: record.Day, Help: "The last day of the implicit grant (Mobile, as Odoo’s auth_oauth uses it) or the password grant (Legacy). Both are advised against: tokens live ten minutes and cannot be refreshed."},
			{Name: "access_seconds", Label: "Access token", Type: record.Int, Seconds: true, Default: fixed(int64(3600))},
			{Name: "code_seconds", When: whenRedirected, Label: "Code", Type: record.Int, Seconds: true, Default: fixed(int64(60))},
			{Name: "refresh_idle_seconds", When: whenRedirected, Label: "Refresh token, unused", Type: record.Int, Seconds: true, Default: fixed(int64(30 * 86400))},
			{Name: "refresh_last_seconds", When: whenRedirected, Label: "Refresh token, at most", Type: record.Int, Seconds: true, Default: fixed(int64(90 * 86400))},
			{Name: "publisher", Label: "Publisher", Type: record.Text},
			{Name: "homepage", Label: "Home page", Type: record.URL},
			{Name: "policy_url", Label: "Privacy policy", Type: record.URL},
			{Name: "terms_url", Label: "Terms of use", Type: record.URL},
			{Name: "active", Label: "Active", Type: record.Bool, Default: fixed(true)},
			{Name: "definition", Type: record.Int, Private: true, NoCopy: true},
			{Name: "not_before", Type: record.Moment, Private: true, NoCopy: true},
		},
		List: record.List{Columns: []string{"name", "application_type", "scopes", "skip_authorization", "updated_at"}, Sub: "identifier", Order: "name",
			Help: "Applications that may ask people for access, and the most that each of them can ask for."},
		Search: record.Search{Fields: []string{"name", "identifier"}, Facets: []string{"application_type", "public", "skip_authorization"}},
		Form: record.Form{Sub: "identifier", Head: headClient, Tabs: []record.Tab{
			{Name: "settings", Label: "Settings", Groups: []record.Group{
				{Name: "identity", Label: "Identity", Fields: []string{"name", "identifier", "secret", "public"}},
				{Name: "type", Label: "Application type", Fields: []string{"application_type", "pkce", "user", "legacy_until"}},
				{Name: "redirects", Label: "Redirect URIs", Fields: []string{"redirect_uris", "allow_http"}},
				{Name: "consent", Label: "Consent", Fields: []string{"skip_authorization"}, Aside: true, Preview: previewSkip},
				{Name: "scopes", Label: "Allowed scopes", Fields: []string{"scopes", "default_scopes"}, Aside: true},
				{Name: "who", Label: "Who may use it", Fields: []string{"groups", "companies", "active"}, Aside: true},
			}},
			{Name: "integration", Label: "Integration", Panel: panelIntegration},
			{Name: "activity", Label: "Activity", Panel: panelActivity},
			{Name: "details", Label: "Details", Groups: []record.Group{
				{Name: "about", Label: "About the application", Fields: []string{"publisher", "homepage", "policy_url", "terms_url"}},
				{Name: "lifetimes", Label: "Lifetimes", Fields: []string{"access_seconds", "code_seconds", "refresh_idle_seconds", "refresh_last_seconds"}},
				{Name: "tokens", Label: "Tokens", Fields: []string{"token_kind", "token_alg", "id_token_alg", "no_query_token"}},
			}},
		}},
		Actions: append(secretActions(), record.Action{Name: "fit_odoo", Label: "Let Odoo sign in", Icon: "building", Groups: []string{GroupManager}, Button: record.OnCard, Run: fitOdoo,
			Confirm: "Make this a mobile application with the implicit grant for a year? It is advised against: tokens stand in the address bar."},
			record.Action{Name: "extend_legacy", Label: "Put the end off by three months", Icon: "clock", Groups: []string{GroupManager}, Bulk: true, When: `[["legacy_until", "!=", null]]`, Run: extendLegacy,
				Confirm: "Let these applications use the implicit or password grant for three more months?"}),
		Presets: clientPresets(),
		Access:  []record.Access{{Group: "oauth_provider.manager", Read: true, Create: true, Write: true, Delete: true}},
	})
	record.BeforeSave(r, checkClient)
	record.AfterSave(r, clientSaved)
	record.BeforeDelete(r, clientDeleted)
}

// checkClient refuses what would be unsafe and gives a new client its identifier.
func checkClient(e *record.Env, c *Client) error {
	old := record.Original(e, c)
	if old.ID != 0 && c.Identifier != old.Identifier {
		return fault.New(fault.Invalid, "The client identifier cannot be changed: applications know it.").On("identifier").Keyed("oauth_provider.client.fixed", nil)
	}
	if c.Identifier == "" {
		c.Identifier = randomText(12)
	}
	if strings.ContainsFunc(c.Identifier, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		return fault.New(fault.Invalid, "Use letters, digits and signs without spaces.").On("identifier").Keyed("oauth_provider.client.badidentifier", nil)
	}
	steps := []func(*record.Env, *Client, *Client) error{checkSecret, checkRedirects, checkProof, checkLegacy, checkRunsAs, checkLifetimes}
	for _, step := range steps {
		if err := step(e, c, old); err != nil {
			return err
		}
	}
	return nil
}

func checkRedirects(_ *record.Env, c, _ *Client) error {
	for i, uri := range c.RedirectURIs {
		if err := oauth.CheckRedirectURI(uri, c.AllowHTTP); err != nil {
			return err
		}
		if slices.Contains(c.RedirectURIs[:i], uri) {
			return fault.New(fault.Invalid, "%q stands twice.", uri).On("redirect_uris").Keyed("oauth_provider.client.tworedirects", map[string]any{"URI": uri})
		}
	}
	if typeOf(c.ApplicationType).redirects && len(c.RedirectURIs) == 0 {
		return fault.New(fault.Invalid, "Write at least one redirect URI.").On("redirect_uris").Keyed("oauth_provider.client.noredirect", nil)
	}
	return nil
}

// onDevice reports whether a redirect URI leads to a program on the person's own
// device, which any other program there could pose as (RFC 8252 §8.6).
func onDevice(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func checkProof(_ *record.Env, c, _ *Client) error {
	switch {
	case c.Public && c.PKCE == "optional":
		return fault.New(fault.Invalid, "A public client needs PKCE: it has nothing else to prove itself with.").On("pkce").Keyed("oauth_provider.client.publicpkce", nil)
	case c.Public && c.ApplicationType == "backend":
		return fault.New(fault.Invalid, "A backend application needs a secret: it cannot be public.").On("public").Keyed("oauth_provider.client.publicbackend", nil)
	case c.Public && c.SkipAuthorization && slices.ContainsFunc(c.RedirectURIs, onDevice):
		return fault.New(fault.Invalid, "Any program on the person's device can receive these addresses, so the authorization page cannot be skipped.").
			On("skip_authorization").Keyed("oauth_provider.client.skip", nil)
	}
	return nil
}

// longestLegacy bounds how far ahead the end of a legacy grant may be put.
const longestLegacy = 2 * 366 * 24 * time.Hour

// checkLegacy makes the grants that RFC 9700 advises against a decision with an end. The
// date is in the audit log like every change.
func checkLegacy(e *record.Env, c, old *Client) error {
	wrong := func(key, message string) error {
		return fault.New(fault.Invalid, "%s", message).On("legacy_until").Keyed("oauth_provider.client."+key, nil)
	}
	switch {
	case c.LegacyUntil == "" && c.ApplicationType == "legacy":
		return wrong("legacyend", "Write the last day on which the application may send passwords.")
	case c.LegacyUntil == "" || c.LegacyUntil == old.LegacyUntil:
		return nil
	case c.ApplicationType != "legacy" && c.ApplicationType != "mobile":
		return wrong("legacytype", "Only mobile and legacy applications have such grants: leave the date empty.")
	case !c.legacyEnd().After(e.Now):
		return wrong("legacypast", "This day has passed: write a later one, or leave it empty.")
	case c.legacyEnd().Sub(e.Now) > longestLegacy:
		return wrong("legacyfar", "Write a day within the next two years: it can be put off again.")
	}
	return nil
}

// legacyEnd is the first moment after the last day; zero without one.
func (c *Client) legacyEnd() time.Time {
	day, err := time.Parse(time.DateOnly, string(c.LegacyUntil))
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1)
}

// checkRunsAs keeps a manager from handing out more rights than he has.
func checkRunsAs(e *record.Env, c, old *Client) error {
	if c.UserID == 0 || c.UserID == old.UserID || e.Member("base.admin") {
		return nil
	}
	groups, err := groupsOf(e, int64(c.UserID))
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !e.Member(g) {
			return fault.New(fault.Forbidden, "This user has rights that you do not have; an administrator can choose him.").On("user").Keyed("oauth_provider.client.runsas", nil)
		}
	}
	return nil
}

func checkLifetimes(_ *record.Env, c, _ *Client) error {
	for _, l := range []struct {
		field   string
		seconds int64
		least   int64
		most    int64
	}{
		{"access_seconds", c.AccessSeconds, 60, 30 * 86400},
		{"code_seconds", c.CodeSeconds, 10, 600},
		{"refresh_idle_seconds", c.RefreshIdleSeconds, 60, 400 * 86400},
		{"refresh_last_seconds", c.RefreshLastSeconds, 60, 400 * 86400},
	} {
		if l.seconds < l.least || l.seconds > l.most {
			return fault.New(fault.Invalid, "Use %d to %d seconds.", l.least, l.most).On(l.field).
				Keyed("oauth_provider.client.lifetime", map[string]any{"Least": l.least, "Most": l.most})
		}
	}
	return nil
}

// clientSaved makes the client a new definition, and stores the hash of a new secret in
// place of the others.
func clientSaved(e *record.Env, c *Client) error {
	if record.Original(e, c).Version != c.Version {
		if err := renewDefinition(e, c.ID); err != nil {
			return err
		}
	}
	return storeSecret(e, c)
}

// renewDefinition has every instance read a client again.
func renewDefinition(e *record.Env, clientID int64) error {
	return write(e, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE oauth_provider_client SET definition = definition + 1 WHERE id = ?", clientID)
		return err
	})
}

// clientDeleted removes what was issued to the client together with it.
func clientDeleted(e *record.Env, c *Client) error {
	return write(e, func(tx *db.Tx) error {
		for _, table := range []string{"secret", "token", "authorization", "grant", "pending", "token_day", "refused_redirect"} {
			if _, err := tx.Exec("DELETE FROM oauth_provider_"+table+" WHERE client_id = ?", c.ID); err != nil {
				return fmt.Errorf("delete %ss of client %s: %w", table, c.Identifier, err)
			}
		}
		return nil
	})
}

// groupsOf returns the group codes of a user, with what they imply.
func groupsOf(e *record.Env, userID int64) ([]string, error) {
	var codes record.Strings
	err := e.Database().DB.QueryRowContext(e.Context, "SELECT group_codes FROM base_user WHERE id = ?", userID).Scan(&codes)
	return codes, err
}

// randomText returns n random bytes as text.
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64URL(b)
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
