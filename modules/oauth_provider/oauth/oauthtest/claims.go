package oauthtest

import (
	"net/http"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

var claimsTests = []test{
	{"claims puts into the id_token what the scopes reveal anyway, nothing else", func(w *world) {
		ask := func(scope, claims string) map[string]any {
			w.t.Helper()
			return w.claims(w.issue(w.anna, codeRequest.with(args{"scope": scope, "claims": claims})).ID)
		}
		got := ask("openid email profile", `{"id_token":{"email":{"essential":true},"id":null,"iss":null,"unknown":null,"a b":null},"userinfo":{"name":null},"more":1}`)
		if got["email"] != "anna@example.com" || got["name"] != nil || got["id"] != nil || got["unknown"] != nil || got["iss"] != issuer {
			w.t.Fatalf("expected email and no more, got %v", got)
		}
		if got := ask("openid", `{"id_token":{"email":null}}`); got["email"] != nil {
			w.t.Fatalf("expected nothing beyond the scope, got %v", got)
		}
		refreshed := w.refresh(w.issue(w.anna, codeRequest.with(args{"claims": `{"id_token":{"email":null}}`})).Refresh).tokens()
		if got := w.claims(refreshed.ID); got["email"] != "anna@example.com" {
			w.t.Fatalf("expected the refreshed id_token to hold it too, got %v", got)
		}
		for _, bad := range []string{"x", "[]", `{"id_token":[]}`, `{"id_token":{"sub":{"value":1}}}`, `{"id_token":{"acr":"x"}}`} {
			w.authorize(w.anna, codeRequest.with(args{"claims": bad})).wantError("invalid_request")
		}
	}},
	{"claims that name a sub want that person", func(w *world) {
		w.code(w.anna, codeRequest)
		want := func(p *person) args {
			return codeRequest.with(args{"claims": `{"id_token":{"sub":{"value":"` + oauth.Subject("shop", p.subject) + `"}}}`})
		}
		w.authorize(w.anna, want(w.anna)).redirected(http.StatusFound)
		w.authorize(w.anna, want(w.marc).with(args{"prompt": "none"})).wantError("login_required")
		link := w.authorize(w.anna, want(w.marc)).resume()
		w.signIn(w.anna)
		w.get(w.anna, link).wantError("login_required")
	}},
	{"acr: wishes reach the sign-in, an essential one is required", func(w *world) {
		w.code(w.anna, codeRequest)
		w.authorize(w.anna, codeRequest.with(args{"acr_values": "9"})).redirected(http.StatusFound)
		w.authorize(w.anna, codeRequest.with(args{"claims": `{"id_token":{"acr":{"values":["9"]}}}`})).redirected(http.StatusFound)
		w.authorize(w.anna, codeRequest.with(args{"claims": `{"id_token":{"acr":{"essential":true,"values":["9","1"]}}}`})).redirected(http.StatusFound)
		strong := codeRequest.with(args{"acr_values": "8", "claims": `{"id_token":{"acr":{"essential":true,"value":"9"}}}`})
		got := w.authorize(w.anna, strong)
		if !strings.Contains(got.body, `"ACRValues":["8","9"]`) {
			w.t.Fatalf("expected the sign-in to hear of it, got %s", got.body)
		}
		w.clock.add(time.Second)
		w.signIn(w.anna)
		w.get(w.anna, got.resume()).wantError("unmet_authentication_requirements")
		w.authorize(w.anna, strong.with(args{"prompt": "none"})).wantError("login_required")
	}},
}
