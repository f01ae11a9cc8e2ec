package oauthconsumer

import (
	"errors"
	"net/http"

	"github.com/tessera-erp/tessera/app/record"
)

// TesseraKey is the provider, and the profile, of other Tesseras.
const TesseraKey = "tessera"

// Identity is what another Tessera says of who has signed in there.
type Identity struct {
	Subject string `json:"sub"`
	Name    string `json:"name"`
	Email   string `json:"email"`
}

// The calls to another Tessera.
var (
	// UserInfo tells who has signed in.
	UserInfo = Endpoint[struct{}, Identity]{Name: "tessera.userinfo", Provider: TesseraKey, Method: http.MethodGet, Path: "/oauth2/userinfo", Probe: true}
	// TokenInfo tells that a token is good, an application's own included.
	TokenInfo = Endpoint[struct{}, map[string]any]{Name: "tessera.tokeninfo", Provider: TesseraKey, Method: http.MethodGet, Path: "/oauth2/tokeninfo", Probe: true}
	// OtherInfo returns the records of a model that the granted scopes show, by id.
	OtherInfo = Endpoint[OtherInfoQuery, map[string]any]{Name: "tessera.otherinfo", Provider: TesseraKey, Method: http.MethodGet, Path: "/oauth2/otherinfo"}
)

// OtherInfoQuery says which records OtherInfo is asked for.
type OtherInfoQuery struct {
	Model string `query:"model" json:"-"`
}

// tesseraProfile knows a Tessera as a provider.
func tesseraProfile() Profile {
	return Profile{
		Key: TesseraKey, Name: "Tessera", Hue: "accounting",
		Authorize: "/oauth2/authorize", Token: "/oauth2/token", Revoke: "/oauth2/revoke",
		Test: func(env *record.Env, s Subject) error {
			_, err := TokenInfo.Call(env, s, struct{}{})
			return err
		},
		AccountKey: "oauth_consumer.tessera.account", Account: "with your account there.",
		GrantsKey: "oauth_consumer.tessera.grants", Grants: "to what you want to be seen from here; you choose on its page.",
	}
}

// IsUnauthorized reports whether a call failed for want of an authority, and returns that.
func IsUnauthorized(err error) (*Unauthorized, bool) {
	var u *Unauthorized
	return u, errors.As(err, &u)
}
