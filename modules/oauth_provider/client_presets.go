package oauthprovider

import (
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
)

// clientPresets are the applications that people register most, with what fits them.
func clientPresets() []record.Preset {
	return []record.Preset{
		{Name: "odoo", Label: "Odoo", Icon: "building", Help: "Signs people in with auth_oauth, versions 14 to 18.",
			Note:   "Odoo signs in by the implicit grant, which is advised against: tokens stand in the address bar. It ends on the day below, and you are reminded before. The redirect URI is Odoo’s address followed by /auth_oauth/signin.",
			Values: presetOdoo},
		{Name: "web", Label: "OpenID Connect web app", Icon: "globe", Help: "Has a server of its own, which keeps a secret.",
			Values: preset(map[string]any{"application_type": "web", "public": false}, "openid", "profile", "email", "offline_access")},
		{Name: "native", Label: "Native app", Icon: "phone", Help: "Runs on people’s devices: no secret, PKCE, an address on the device.",
			Values: preset(map[string]any{"application_type": "mobile", "public": true, "redirect_uris": record.Strings{"http://127.0.0.1/callback"}}, "openid", "profile", "email", "offline_access")},
		{Name: "backend", Label: "Backend job", Icon: "server", Help: "Works on its own schedule as one user, with nobody present.",
			Values: preset(map[string]any{"application_type": "backend", "public": false})},
	}
}

// preset fills in values, and scopes by their codes: those are the default too, except
// the one that only lengthens the access.
func preset(values map[string]any, codes ...string) func(*record.Env) (map[string]any, error) {
	return func(e *record.Env) (map[string]any, error) {
		out := map[string]any{"pkce": "required"}
		for name, v := range values {
			out[name] = v
		}
		var allowed, usual []int64
		filter := domain.Cond{Path: "code", Op: domain.In, Value: codes}
		for r, err := range record.Rows(e, "oauth_provider.scope", record.Query{Filter: filter, Fields: []string{"code"}, Order: "sequence, code", Limit: len(codes) + 1}) {
			if err != nil {
				return nil, err
			}
			allowed = append(allowed, r.ID)
			if textOf(r, "code") != "offline_access" {
				usual = append(usual, r.ID)
			}
		}
		out["scopes"], out["default_scopes"] = allowed, slices.Clip(usual)
		return out, nil
	}
}

// presetOdoo proposes a year of the implicit grant.
func presetOdoo(e *record.Env) (map[string]any, error) {
	year := record.Date(e.Now.AddDate(1, 0, 0).Format(time.DateOnly))
	return preset(map[string]any{"name": "Odoo", "application_type": "mobile", "public": true, "legacy_until": year}, "openid", "profile", "email")(e)
}
