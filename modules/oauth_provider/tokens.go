package oauthprovider

import (
	"context"
	"net/http"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Authenticate implements web.Tokens for the routes of kind Token: the header only, all
// scopes, and from then on the token's user looking through its windows. A token that was
// limited to other resources (RFC 8707) is none here.
func (h *host) Authenticate(r *http.Request, scopes []string) (*record.Env, *web.Account, *web.Challenge) {
	access, fail := h.provider.Authenticate(r.Context(), r, oauth.Options{Scopes: scopes, Resource: h.resource(r)})
	if fail != nil {
		return nil, nil, &web.Challenge{Status: fail.Status, Code: fail.Code, Description: fail.Description, Scope: fail.Scope}
	}
	env, err := h.accessEnv(r.Context(), access)
	if err != nil {
		h.log.ErrorContext(r.Context(), "token's environment", "client", access.Client, "error", err)
		return nil, nil, &web.Challenge{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Description: "try again later"}
	}
	env.Context = context.WithValue(env.Context, accessKey{}, access)
	env.Origin = "client " + access.Client + ", request " + web.RequestID(r.Context()) // the audit log says through whom
	account, _ := env.User.(*web.Account)
	return env, account, nil
}

// resource is the identifier of the resource that a request is for, "" outside of the API.
func (h *host) resource(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, apiPath+"/") {
		return h.api
	}
	return ""
}

// accessKey finds in the context of a request by token what the token opens.
type accessKey struct{}

// accessOf returns what the token of a request opens: Authenticate left it in the context.
func accessOf(ctx context.Context) *oauth.Access {
	access, _ := ctx.Value(accessKey{}).(*oauth.Access)
	return access
}
