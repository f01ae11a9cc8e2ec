package oauthtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// odoo is Odoo's auth_oauth as a client: what it sends, and what it makes of the answers.
type odoo struct {
	w      *world
	bearer bool // its server sends the token in the header instead of the URL
}

var challengeError = regexp.MustCompile(`error="([^"]*)"`)

// signIn follows the browser back and validates the token, as the Odoo server does. It
// returns what Odoo would know of the person, or the error it would show.
func (o odoo) signIn(back *answer) (person map[string]any, failure string) {
	o.w.t.Helper()
	at, err := url.Parse(back.header.Get("Location"))
	if err != nil || at.RawQuery != "" || !strings.HasPrefix(at.String(), odooRedirect+"#") {
		o.w.t.Fatalf("expected to be back at Odoo with a fragment, got %d %q", back.status, back.header.Get("Location"))
	}
	// Its script moves the fragment into the query, unread.
	in, err := url.ParseQuery(strings.TrimPrefix(at.String(), odooRedirect+"#"))
	if err != nil {
		o.w.t.Fatal(err)
	}
	var state struct {
		D string
		P int
		R string
	}
	if err := json.Unmarshal([]byte(in.Get("state")), &state); err != nil || in.Get("state") != tokenRequest["state"] {
		o.w.t.Fatalf("a denial or answer without the same state is a 500 at Odoo, got %q", in.Get("state"))
	}
	if in.Get("error") != "" {
		return nil, in.Get("error")
	}
	return o.validate(in.Get("access_token"))
}

// validate asks the validation URL and then the data URL, and merges the answers.
func (o odoo) validate(token string) (person map[string]any, failure string) {
	o.w.t.Helper()
	person = map[string]any{}
	for _, path := range []string{"/oauth2/tokeninfo", "/oauth2/userinfo"} {
		var got *answer
		if o.bearer {
			got = o.w.bearer(path, token)
		} else {
			got = o.w.bearer(path+"?"+url.Values{"access_token": {token}}.Encode(), "")
		}
		if got.status != http.StatusOK {
			found := challengeError.FindStringSubmatch(got.header.Get("WWW-Authenticate"))
			if found == nil {
				o.w.t.Fatalf("%s: expected an error in the challenge, got %d %v", path, got.status, got.header)
			}
			return nil, found[1]
		}
		if err := json.Unmarshal([]byte(got.body), &person); err != nil {
			o.w.t.Fatal(err)
		}
	}
	if person["error"] != nil {
		return nil, person["error"].(string)
	}
	return person, ""
}

// subject is the account key: the first of these that is not empty.
func subject(person map[string]any) any {
	for _, name := range []string{"sub", "id", "user_id"} {
		if v := person[name]; v != nil && v != "" {
			return v
		}
	}
	return nil
}

var odooTests = []test{
	{"Odoo auth_oauth: signed in, by URL and by Bearer, the same person each time", func(w *world) {
		w.addOdoo()
		for _, bearer := range []bool{false, true} {
			w.implicit(w.anna, tokenRequest)
			person, failure := odoo{w, bearer}.signIn(w.authorize(w.anna, tokenRequest))
			sub := oauth.Subject("odoo", w.anna.subject)
			if failure != "" || subject(person) != sub || person["user_id"] != sub || person["email"] != "anna@example.com" || person["id"] != nil {
				w.t.Fatalf("bearer %v: expected Anna, got %v %q", bearer, person, failure)
			}
		}
	}},
	{"Odoo auth_oauth: signed out at first, through sign-in and consent", func(w *world) {
		w.addOdoo()
		w.signOut(w.anna)
		link := w.authorize(w.anna, tokenRequest).resume()
		w.signIn(w.anna)
		page := w.get(w.anna, link).consentPage()
		if page.RedirectHost != "odoo.example.com" || page.FormAction != "https://odoo.example.com" {
			w.t.Fatalf("unexpected page %+v", page)
		}
		if person, failure := (odoo{w, false}).signIn(w.allow(w.anna, page, "email", "profile")); failure != "" || person["email"] == nil {
			w.t.Fatalf("expected Anna, got %v %q", person, failure)
		}
	}},
	{"Odoo auth_oauth: refused", func(w *world) {
		w.addOdoo()
		page := w.authorize(w.anna, tokenRequest).consentPage()
		back := w.post(w.anna, page.Action, url.Values{oauth.FieldHandle: {page.Handle}, oauth.FieldDecision: {oauth.DecisionDeny}}.Encode())
		if _, failure := (odoo{w, false}).signIn(back); failure != "access_denied" {
			w.t.Fatalf("expected access_denied, got %q", failure)
		}
	}},
	{"Odoo auth_oauth: wrong redirect URI is a page", func(w *world) {
		w.addOdoo()
		for _, uri := range []string{"https://evil.example/auth_oauth/signin", odooRedirect + "/", "http://odoo.example.com/auth_oauth/signin"} {
			w.authorize(w.anna, tokenRequest.with(args{"redirect_uri": uri})).wantPage(http.StatusBadRequest)
		}
	}},
	{"Odoo auth_oauth: a scope it may not ask for", func(w *world) {
		w.addOdoo()
		if _, failure := (odoo{w, false}).signIn(w.authorize(w.anna, tokenRequest.with(args{"scope": "email partners"}))); failure != "invalid_scope" {
			w.t.Fatalf("expected invalid_scope, got %q", failure)
		}
	}},
	{"Odoo auth_oauth: withdrawn, expired and made up tokens", func(w *world) {
		client := w.addOdoo()
		token := w.implicit(w.anna, tokenRequest).Get("access_token")
		for _, bearer := range []bool{false, true} {
			if _, failure := (odoo{w, bearer}).validate("made up"); failure != "invalid_token" {
				w.t.Fatalf("expected invalid_token, got %q", failure)
			}
			if _, failure := (odoo{w, bearer}).validate(token); failure != "" {
				w.t.Fatalf("expected Anna, got %q", failure)
			}
		}
		w.fixture.Withdraw(w.t, w.anna.id, client.ID, w.clock.Now())
		for _, bearer := range []bool{false, true} {
			if _, failure := (odoo{w, bearer}).validate(token); failure != "invalid_token" {
				w.t.Fatalf("expected invalid_token after the withdrawal, got %q", failure)
			}
		}
		w.authorize(w.anna, tokenRequest).consentPage()
	}},
	{"OCA auth_oidc: code with the same verifier every time, client id twice, RS256 with kid and at_hash", func(w *world) {
		for round := range 3 {
			nonce := strings.Repeat("n", round+20)
			code := w.code(w.anna, codeRequest.with(args{"nonce": nonce, "state": tokenRequest["state"], "scope": "openid email"}))
			form := args{"client_id": "shop", "grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect}
			r := formRequest("/oauth2/token", form.encode())
			basic(r, "shop", shopSecret)
			got := w.do(r).tokens()
			head, claims := w.header(got.ID), w.claims(got.ID)
			sum := sha256.Sum256([]byte(got.Access))
			if head["alg"] != "RS256" || head["kid"] == "" || claims["at_hash"] != base64.RawURLEncoding.EncodeToString(sum[:16]) ||
				claims["nonce"] != nonce || claims["aud"] != "shop" || claims["iss"] != issuer {
				w.t.Fatalf("round %d: unexpected id_token %v %v", round, head, claims)
			}
			info := w.bearer("/oauth2/userinfo", got.Access)
			var person map[string]any
			if err := json.Unmarshal([]byte(info.body), &person); err != nil || person["sub"] != claims["sub"] || person["email"] != "anna@example.com" {
				w.t.Fatalf("round %d: expected the same person at userinfo, got %s", round, info.body)
			}
		}
	}},
	{"OCA auth_oidc: the JWKS holds the key by kid, and nothing but what Python's jose reads", func(w *world) {
		var set struct {
			Keys []struct{ Kid, Kty, Alg, Use, N, E, Crv string }
		}
		if err := json.Unmarshal([]byte(w.do(httptest.NewRequest(http.MethodGet, "/oauth2/jwks", nil)).body), &set); err != nil {
			w.t.Fatal(err)
		}
		kid := w.header(w.issue(w.anna, codeRequest).ID)["kid"]
		i := slices.IndexFunc(set.Keys, func(k struct{ Kid, Kty, Alg, Use, N, E, Crv string }) bool { return k.Kid == kid })
		if i < 0 || set.Keys[i].Kty != "RSA" || set.Keys[i].Alg != "RS256" || set.Keys[i].N == "" || set.Keys[i].E != "AQAB" {
			w.t.Fatalf("expected the RSA key %v, got %+v", kid, set.Keys)
		}
	}},
}
