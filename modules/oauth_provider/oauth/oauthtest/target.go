package oauthtest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// at asks for a token at a resource.
func (w *world) at(resource, token string) *oauth.ChallengeError {
	_, fail := w.provider.Authenticate(w.ctx(), bearerRequest(token), oauth.Options{Resource: resource})
	return fail
}

// wantFor expects the token to be taken at the resources, and nowhere else.
func (w *world) wantFor(token string, resources ...string) {
	w.t.Helper()
	for _, resource := range []string{resourceAPI, resourceMCP, ""} {
		fail := w.at(resource, token)
		taken := strings.Contains(" "+strings.Join(resources, " ")+" ", " "+resource+" ") && resource != ""
		if taken != (fail == nil) {
			w.t.Fatalf("at %q: expected taken %v, got %v", resource, taken, fail)
		}
		if fail != nil && (fail.Status != http.StatusUnauthorized || fail.Code != "invalid_token") {
			w.t.Fatalf("at %q: expected 401, got %v", resource, fail)
		}
	}
}

var targetTests = []test{
	{"53 an unknown resource is an invalid target", func(w *world) {
		w.addOdoo()
		w.addLegacy()
		for _, bad := range []string{"https://evil.example/api", resourceAPI + "/", resourceAPI + "#x", "x", issuer} {
			w.authorize(w.anna, codeRequest.with(args{"resource": bad})).wantError("invalid_target")
			w.token("robot", robotSecret, credentialsRequest.with(args{"resource": bad})).wantJSON(http.StatusBadRequest, "invalid_target")
			w.legacy(passwordRequest.with(args{"resource": bad})).wantJSON(http.StatusBadRequest, "invalid_target")
			if v := w.authorize(w.anna, tokenRequest.with(args{"resource": bad})).fragment(http.StatusFound); v.Get("error") != "invalid_target" {
				w.t.Fatalf("expected invalid_target, got %v", v)
			}
			code := w.code(w.anna, codeRequest)
			w.token("shop", shopSecret, redeem(code).with(args{"resource": bad})).wantJSON(http.StatusBadRequest, "invalid_target")
			w.redeem(code).tokens()
		}
	}},
	{"53 a token for one resource is refused at the other, and at userinfo", func(w *world) {
		w.addOdoo()
		w.addLegacy()
		got := w.issue(w.anna, codeRequest.with(args{"resource": resourceMCP}))
		for _, token := range []string{got.Access, w.refresh(got.Refresh).tokens().Access,
			w.token("robot", robotSecret, credentialsRequest.with(args{"resource": resourceMCP})).tokens().Access,
			w.legacy(passwordRequest.with(args{"resource": resourceMCP})).tokens().Access,
			w.implicit(w.anna, tokenRequest.with(args{"resource": resourceMCP})).Get("access_token")} {
			w.wantFor(token, resourceMCP)
			w.wantAlive(token, false)
			if info := w.bearer("/oauth2/userinfo", token); info.status != http.StatusUnauthorized {
				w.t.Fatalf("expected userinfo 401, got %d", info.status)
			}
		}
		if seen := w.inspect("shop", shopSecret, got.Access); !strings.Contains(seen.body, `"active":true`) || !strings.Contains(seen.body, `"aud":"`+resourceMCP+`"`) {
			w.t.Fatalf("expected the resource as aud, got %s", seen.body)
		}
		unbound := w.issue(w.anna, codeRequest)
		for _, resource := range []string{resourceAPI, resourceMCP, ""} {
			if fail := w.at(resource, unbound.Access); fail != nil {
				w.t.Fatalf("expected an unbound token to do at %q, got %v", resource, fail)
			}
		}
	}},
	{"53 resources can be narrowed, never widened", func(w *world) {
		w.fixture.ChangeClient(w.t, "shop", jwtAlg("ES256"))
		both := codeRequest.encode() + "&" + url.Values{"resource": {resourceAPI, resourceMCP, resourceAPI}}.Encode()
		w.code(w.anna, codeRequest)
		code := w.get(w.anna, "/oauth2/authorize?"+both).redirected(http.StatusFound).Get("code")
		got := w.token("shop", shopSecret, redeem(code).with(args{"resource": resourceAPI})).tokens()
		w.wantFor(got.Access, resourceAPI)
		if aud := w.claims(got.Access)["aud"]; aud != resourceAPI {
			w.t.Fatalf("expected one aud, got %v", aud)
		}
		wide := w.refresh(got.Refresh).tokens()
		w.wantFor(wide.Access, resourceAPI, resourceMCP)
		if aud, _ := w.claims(wide.Access)["aud"].([]any); len(aud) != 2 {
			w.t.Fatalf("expected two aud, got %v", w.claims(wide.Access))
		}
		narrow := w.issue(w.anna, codeRequest.with(args{"resource": resourceAPI}))
		refused := w.token("shop", shopSecret, args{"grant_type": "refresh_token", "refresh_token": narrow.Refresh, "resource": resourceMCP})
		refused.wantJSON(http.StatusBadRequest, "invalid_target")
		w.wantGranted(narrow.Refresh, true)
		code = w.code(w.anna, codeRequest.with(args{"resource": resourceAPI}))
		w.token("shop", shopSecret, redeem(code).with(args{"resource": resourceMCP})).wantJSON(http.StatusBadRequest, "invalid_target")
		late := w.token("shop", shopSecret, redeem(w.code(w.anna, codeRequest)).with(args{"resource": resourceMCP})).tokens()
		w.wantFor(late.Access, resourceMCP)
	}},
}
