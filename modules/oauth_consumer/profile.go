package oauthconsumer

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// Profile is what a row cannot say of a provider: how it tells errors, what it wants to
// be sent, how one finds out whether the right account was used. A provider without one
// is plain OAuth 2.0 with JSON. Functions may be nil.
type Profile struct {
	Key  string // as Provider.Profile has it
	Name string // for the form of a provider
	Hue  string // of its tile
	// Groups are those who may connect the company that they act for, besides managers:
	// whoever has the right to the task that needs it.
	Groups []string
	// Paths complete an API's addresses that are left empty, from its base URL.
	Authorize, Token, Revoke string
	// Style and other defaults of a new API are set on its row by the module's data.

	// Parameters are added to the address that people are sent to.
	Parameters url.Values
	// Header sets what every call needs besides the token.
	Header func(env *record.Env, call Call, h http.Header) error
	// Classify reads the provider's own error shape: it fills the refusal's Code, Message
	// and Errors, and may set Fault and Proof. What it leaves is read by the status.
	Classify func(r *Refusal)
	// Probe asks the API whether the connection is that of the right outside account, by
	// endpoints with Probe set. nil accepts. An error made by [NotTheirs] ends the
	// connection; any other leaves it unchecked. It runs before the first call of another
	// endpoint, so from a page that has what the provider wants to know of a person, and
	// never from the callback.
	Probe func(env *record.Env, s Subject) error
	// Test makes a harmless call for the button of that name; nil runs Probe, and without
	// that only makes sure that there is a token.
	Test func(env *record.Env, s Subject) error
	// RedirectProblem says why the provider will not take our redirect URI: the key and
	// the English of a sentence, "" for none.
	RedirectProblem func(redirect *url.URL) (key, english string)
	// Account is what to sign in with, as a sentence by key and English: "the Government
	// Gateway account of {{.Subject}}".
	AccountKey, Account string
	// Grants says what the person will be asked to grant.
	GrantsKey, Grants string
	// Lasts is how long an authority lasts; 0 is not known.
	Lasts time.Duration
	// SignOut is where one signs out of the outside account at an API, to use another; nil,
	// or "", is not known.
	SignOut func(environment, baseURL string) string
}

func (p Profile) signOut(a *apiRow) string {
	if p.SignOut == nil {
		return ""
	}
	return p.SignOut(a.environment, a.baseURL)
}

// Register adds profiles. It is for Register functions of modules.
func Register(r *record.Registry, p ...Profile) {
	c := record.Part[consumer](r)
	c.profiles = append(c.profiles, p...)
}

// complete fills the addresses that follow from the base URL.
func (p Profile) complete(a *API) {
	base := strings.TrimSuffix(a.BaseURL, "/")
	if base == "" {
		return
	}
	for _, at := range []struct {
		into *string
		path string
	}{{&a.AuthorizeURL, p.Authorize}, {&a.TokenURL, p.Token}, {&a.RevokeURL, p.Revoke}} {
		if *at.into == "" && at.path != "" {
			*at.into = base + at.path
		}
	}
}

// Call is a call under way, as profiles and endpoints see it.
type Call struct {
	Endpoint string
	Subject  Subject
	API      int64
	// Environment is Production or Sandbox.
	Environment string
	BaseURL     string
}
