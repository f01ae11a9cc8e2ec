package oauthconsumer

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// API is one environment of a provider: where it is, and who we are there.
type API struct {
	record.Meta
	Name              string
	ProviderID        record.ID
	Environment       string // production, sandbox
	BaseURL           string
	AuthorizeURL      string
	TokenURL          string
	RevokeURL         string
	Issuer            string // what iss of the answer has to be (RFC 9207); "" where the provider sends none
	ClientID          string
	ClientSecret      string `gorm:"-"` // written only; sealed in oauth_consumer_secret
	AuthStyle         string // body, basic, private_key_jwt
	Grant             string // authorization_code, client_credentials
	Scopes            record.Strings
	PKCE              bool
	IssParam          bool // an answer without iss is refused
	AllowPrivateHosts bool
	RatePerMinute     int64 // calls of all instances together; 0 is no limit
	Active            bool
	// Definition grows when something changes that a sign-in under way relies on: attempts
	// pin it. A new secret is no such change.
	Definition int64
}

// The environments, the ways to authenticate and the grants of an API.
const (
	Production = "production"
	Sandbox    = "sandbox"

	styleBody  = "body"
	styleBasic = "basic"
	styleJWT   = "private_key_jwt"

	grantCode        = "authorization_code"
	grantCredentials = "client_credentials"
)

// whenPeople is met by APIs that people grant access to.
const whenPeople = `[["grant", "=", "authorization_code"]]`

func defineAPI(r *record.Registry, c *consumer) {
	fixed := func(v any) func(*record.Env) any { return func(*record.Env) any { return v } }
	record.Define[API](r, record.Model{
		Name: "oauth_consumer.api", Label: "API", Plural: "APIs", Icon: "code", Hue: "settings",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true},
			{Name: "provider", Label: "Provider", Type: record.Many2One, Model: "oauth_consumer.provider", Required: true},
			{Name: "environment", Label: "Environment", Type: record.Selection, Required: true, Default: fixed(Production), Options: []record.Option{
				{Value: Production, Label: "Production", Tone: "ok"}, {Value: Sandbox, Label: "Sandbox", Tone: "warn"}}},
			{Name: "base_url", Label: "Base URL", Type: record.URL, Required: true, Help: "What the paths of calls are put behind."},
			{Name: "authorize_url", When: whenPeople, Label: "Authorization URL", Type: record.URL, Help: "Where people are sent to grant access."},
			{Name: "token_url", Label: "Token URL", Type: record.URL, Help: "Where codes and refresh tokens are exchanged."},
			{Name: "revoke_url", Label: "Revocation URL", Type: record.URL, Help: "Empty where the provider has none."},
			{Name: "issuer", Label: "Issuer", Type: record.URL, Help: "What the provider calls itself in the answer, to keep providers apart (RFC 9207)."},
			{Name: "iss_param", When: whenPeople, Label: "The answer names the issuer", Type: record.Bool, Help: "Refuses an answer that does not."},
			{Name: "client_id", Label: "Client id", Type: record.Code, Size: 256, Help: "The provider gives it to you when you register the application there: see the tab Redirect URI."},
			{Name: "client_secret", Label: "Client secret", Type: record.Secret, NoCopy: true, Size: 16 << 10, Help: "Sealed, and never shown again. A new one is used first, and the one before it as long as the provider takes it. For private_key_jwt the private key, as PEM."},
			{Name: "auth_style", Label: "Client authentication", Type: record.Selection, Required: true, Default: fixed(styleBasic), Options: []record.Option{
				{Value: styleBasic, Label: "In the header (Basic)"}, {Value: styleBody, Label: "In the body"}, {Value: styleJWT, Label: "Private key (JWT)"}}},
			{Name: "grant", Label: "Grant", Type: record.Selection, Required: true, Default: fixed(grantCode), Help: "The application itself always uses client credentials.", Options: []record.Option{
				{Value: grantCode, Label: "Authorization code"}, {Value: grantCredentials, Label: "Client credentials"}}},
			{Name: "scopes", Label: "Scopes", Type: record.StringList, Help: "Asked for when somebody connects, with those that the task at hand needs."},
			{Name: "pkce", When: whenPeople, Label: "PKCE", Type: record.Bool, Default: fixed(true), Help: "Switch it off only for a provider that refuses it."},
			{Name: "allow_private_hosts", Label: "Allow private addresses", Type: record.Bool, Help: "Lets this API be on this machine or in the local network."},
			{Name: "rate_per_minute", Label: "Calls a minute", Type: record.Int, Help: "What the provider allows us in all; 0 is no limit."},
			{Name: "active", Label: "Active", Type: record.Bool, Default: fixed(true)},
			{Name: "definition", Label: "Definition", Type: record.Int, Readonly: true, NoCopy: true, Help: "Grows with every change that a sign-in under way must not mix with."},
		},
		List: record.List{Columns: []string{"name", "provider", "environment", "base_url", "active"}, Optional: []string{"client_id", "grant", "token_url"}, Order: "name",
			Help: "One for each environment of a provider."},
		Search: record.Search{Fields: []string{"name", "base_url", "client_id"}, Facets: []string{"provider", "environment"},
			Filters: []record.Filter{{Name: "archived", Label: "Archived", Domain: `[["active", "=", false]]`}}},
		Form: record.Form{Sub: "environment", Tabs: []record.Tab{
			{Name: "api", Label: "API", Groups: []record.Group{
				{Name: "api", Label: "API", Fields: []string{"name", "provider", "environment", "base_url"}},
				{Name: "oauth", Label: "Authorization", Fields: []string{"grant", "authorize_url", "token_url", "revoke_url", "scopes"}},
				{Name: "client", Label: "Our credentials", Fields: []string{"client_id", "client_secret", "auth_style"}},
				{Name: "safety", Label: "Safety", Fields: []string{"pkce", "issuer", "iss_param", "allow_private_hosts"}, Aside: true},
				{Name: "limits", Label: "Limits", Fields: []string{"rate_per_minute", "active", "definition"}, Aside: true},
			}},
			{Name: "redirect", Label: "Redirect URI", Panel: redirectPanel},
		}},
		Access: managerAccess(),
	})
	record.BeforeSave(r, func(e *record.Env, a *API) error { return c.checkAPI(e, a) })
	record.AfterSave(r, func(e *record.Env, a *API) error { return c.storeSecret(e, a) })
	record.BeforeDelete(r, func(e *record.Env, a *API) error { return c.apiDeleted(e, a) })
}

// addresses are the fields that hold one.
func (a *API) addresses() []struct{ field, label, value string } {
	return []struct{ field, label, value string }{
		{"base_url", "Base URL", a.BaseURL}, {"authorize_url", "Authorization URL", a.AuthorizeURL}, {"token_url", "Token URL", a.TokenURL},
		{"revoke_url", "Revocation URL", a.RevokeURL},
	}
}

func (c *consumer) checkAPI(e *record.Env, a *API) error {
	p, err := record.Get[Provider](e.Sudo("profile of an API"), int64(a.ProviderID))
	if fault.Is(err, fault.NotFound) {
		return nil // validation says that it is missing
	}
	if err != nil {
		return err
	}
	c.profile(p.Profile).complete(a)
	var errs []*fault.Error
	for _, at := range a.addresses() {
		errs = append(errs, checkAddress(at.field, at.value, a.AllowPrivateHosts))
	}
	needed := func(field, value string) {
		if value == "" {
			errs = append(errs, fault.New(fault.Invalid, "Enter a value.").On(field).Keyed("oauth_consumer.api.required", nil))
		}
	}
	needed("token_url", a.TokenURL)
	if a.Grant == grantCode {
		needed("authorize_url", a.AuthorizeURL)
	}
	if slices.ContainsFunc(a.Scopes, func(s string) bool { return strings.ContainsAny(s, " \t\"\\") }) {
		errs = append(errs, fault.New(fault.Invalid, "Write one scope a line, without spaces or quotes.").On("scopes").Keyed("oauth_consumer.api.badscope", nil))
	}
	if a.RatePerMinute < 0 {
		errs = append(errs, fault.New(fault.Invalid, "A number of calls is not below zero.").On("rate_per_minute").Keyed("oauth_consumer.api.badrate", nil))
	}
	errs = append(errs, checkKey(a))
	if err := fault.Join(errs...); err != nil {
		return err
	}
	if old := record.Original(e, a); old.ID == 0 || pinned(old) != pinned(a) {
		a.Definition = old.Definition + 1
	}
	return nil
}

// pinned is what a sign-in under way relies on.
func pinned(a *API) string {
	return strings.Join([]string{a.BaseURL, a.AuthorizeURL, a.TokenURL, a.Issuer, a.ClientID, a.AuthStyle, a.Grant, a.Environment}, "\n")
}

// checkAddress refuses what tokens must not be sent to: http away from this machine, and
// private addresses unless that was ticked. What a name resolves to is looked at when
// it is called.
func checkAddress(field, text string, private bool) *fault.Error {
	if text == "" {
		return nil
	}
	wrong := func(key, english string) *fault.Error {
		return fault.New(fault.Invalid, "%s", english).On(field).Keyed("oauth_consumer.api."+key, nil)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return wrong("noaddress", "Write an address such as https://api.example.com.")
	case u.User != nil || u.Fragment != "" || strings.Contains(u.Path, ".."):
		return wrong("badaddress", "An address here has no user name, no fragment (#) and no .. in its path.")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return wrong("http", "Use https: http is for this machine only.")
	case !private && isPrivateName(u.Hostname()):
		return wrong("private", "This address is on this machine or in the local network. Tick “Allow private addresses” if that is meant.")
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func isPrivateName(host string) bool {
	if isLoopback(host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && !isPublic(ip)
}

// origin is scheme, host and port of an address, "" for what is none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return originOf(u)
}

func originOf(u *url.URL) string {
	if u.Host == "" {
		return ""
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	case u.Scheme == "https":
		port = "443"
	}
	return strings.ToLower(u.Scheme + "://" + net.JoinHostPort(u.Hostname(), port))
}

// storeSecret seals a new secret beside the newest one that is there.
func (c *consumer) storeSecret(e *record.Env, a *API) error {
	secret := a.ClientSecret
	if secret == "" {
		return nil
	}
	a.ClientSecret = ""
	have, err := c.secrets(e, a.ID)
	if err != nil {
		return err
	}
	if len(have) > 0 && have[0] == secret {
		return nil // the same again: loading is repeatable
	}
	id := c.ids.next(e.Now)
	sealed, err := c.seal("oauth_consumer_secret", "sealed", id, secret)
	if err != nil {
		return err
	}
	return write(e, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM oauth_consumer_secret WHERE api_id = ? AND id < (SELECT MAX(id) FROM oauth_consumer_secret WHERE api_id = ?)", a.ID, a.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO oauth_consumer_secret (id, api_id, sealed, hint, created_at) VALUES (?, ?, ?, ?, ?)",
			id, a.ID, sealed, hint(secret), e.Now.UnixMicro())
		return err
	})
}

// hint is what of a secret may be shown to tell it from others.
func hint(secret string) string {
	if strings.Contains(secret, "\n") {
		return ""
	}
	return secret[len(secret)-min(4, len(secret)/4):]
}

// secrets returns the secrets of an API, newest first.
func (c *consumer) secrets(e *record.Env, apiID int64) ([]string, error) {
	rows, err := e.Database().DB.QueryContext(e.Context, "SELECT id, sealed FROM oauth_consumer_secret WHERE api_id = ? ORDER BY id DESC", apiID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id int64
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return nil, err
		}
		plain, err := c.unseal("oauth_consumer_secret", "sealed", id, sealed)
		if err != nil {
			return nil, err
		}
		out = append(out, plain)
	}
	return out, rows.Err()
}

// apiDeleted keeps an API as long as somebody is connected to it: deleting it would leave
// authorities behind that nobody can end.
func (c *consumer) apiDeleted(e *record.Env, a *API) error {
	n, err := record.CountIn[Connection](e.Sudo("connections of an API"), record.Query{Filter: domain.Cond{Path: "api", Op: domain.Eq, Value: a.ID}})
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Conflict, "Somebody is connected to it: disconnect first, or archive it.").Keyed("oauth_consumer.api.connected", nil)
	}
	return write(e, func(tx *db.Tx) error {
		for _, table := range []string{"secret", "choice", "attempt", "pace"} {
			if _, err := tx.Exec("DELETE FROM oauth_consumer_"+table+" WHERE api_id = ?", a.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func write(e *record.Env, fn func(tx *db.Tx) error) error {
	return e.Database().DB.Write(e.Context, fn)
}
