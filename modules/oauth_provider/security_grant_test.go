package oauthprovider_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
)

// claims reads an id_token without checking it.
func (w *world) claims(idToken string) map[string]any {
	w.t.Helper()
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		w.t.Fatalf("%q is no id_token", idToken)
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(w.t, err)
	var out map[string]any
	must(w.t, json.Unmarshal(body, &out))
	return out
}

var connectedID = regexp.MustCompile(`/account/applications/\d+`)

// withdraw takes back the one grant of a person.
func (b *visitor) withdraw() {
	b.w.t.Helper()
	path := connectedID.FindString(b.get("/account/applications").want(http.StatusOK).body)
	b.post(path+"/withdraw", url.Values{}).want(http.StatusSeeOther)
}

// legacyClient is an application that may send passwords.
func (w *world) legacyClient() *client {
	w.t.Helper()
	c := &client{id: w.shop.id + "-till", secret: "the-secret-of-the-till"}
	w.Load(`- {model: oauth_provider.client, id: ` + c.id + `, values: {name: Till, identifier: ` + c.id + `, secret: ` + c.secret +
		`, application_type: legacy, legacy_until: ` + time.Now().AddDate(0, 1, 0).Format(time.DateOnly) + `, scopes: [self], default_scopes: [self]}}`)
	return c
}

func (w *world) password(c *client, login, pw string) *page {
	return w.direct(c, "/oauth2/token", url.Values{"grant_type": {"password"}, "username": {login}, "password": {pw}})
}

// grantAttacks are on what a grant lasts and covers, with real sign-ins and forms.
var grantAttacks = []attack{
	{"9 token for a client of codes, and a sign-in link that was changed", func(w *world) {
		if v := w.browser().get(w.shop.ask("response_type", "token", "code_challenge", "", "code_challenge_method", "")).back(w.shop, http.StatusFound); v.Has("access_token") || v.Get("error") == "" {
			w.t.Errorf("the client is told %v", v)
		}
		b := w.person("anna")
		b.signIn()
		at := w.browser().get(w.shop.ask()).want(http.StatusSeeOther).header.Get("Location")
		u, err := url.Parse(at)
		must(w.t, err)
		next, err := url.Parse(u.Query().Get("next"))
		must(w.t, err)
		sealed := next.Query()
		for name, values := range sealed {
			for i, text := range []string{values[0] + "A", values[0][:len(values[0])-2], strings.ToLower(values[0])} {
				sealed.Set(name, text)
				if p := b.get(next.Path + "?" + sealed.Encode()); p.status != http.StatusBadRequest || p.header.Get("Location") != "" {
					w.t.Errorf("change %d of %s: %d to %q", i, name, p.status, p.header.Get("Location"))
				}
			}
			sealed.Set(name, values[0])
		}
		if p := b.get(next.String() + "&response_type=token"); strings.Contains(p.header.Get("Location"), "access_token") {
			w.t.Errorf("a parameter beside the sealed ones gives %s", p.header.Get("Location"))
		}
		b.get(next.String()).consent()
	}},
	{"23 trusted clients", func(w *world) {
		w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {skip_authorization: true}}")
		b := w.person("anna")
		b.signIn()
		got := w.redeem(w.shop, b.get(w.shop.ask()).back(w.shop, http.StatusFound).Get("code")).tokens()
		b.withdraw()
		w.wantAlive(w.shop, got.Access, false)
		b.get(w.shop.ask()).consent() // asked from now on
		b.get(w.shop.ask("prompt", "none")).wantBack(w.shop, "consent_required")

		err := w.tryLoad("- {model: oauth_provider.client, id: " + w.native.id + ", values: {skip_authorization: true}}")
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "skip_authorization") {
			w.t.Errorf("a public client on a loopback address is trusted: %v", err)
		}
		w.exec("UPDATE oauth_provider_client SET skip_authorization = ?, definition = definition + 1 WHERE identifier = ?", true, w.native.id)
		b.get(w.native.ask()).consent()
	}},
	{"24 prompt", func(w *world) {
		b := w.person("anna")
		b.signIn()
		b.get(w.shop.ask("prompt", "none")).wantBack(w.shop, "consent_required")
		b.get(w.shop.ask("prompt", "none login")).wantBack(w.shop, "invalid_request")
		b.code(w.shop)
		if b.get(w.shop.ask("prompt", "none")).back(w.shop, http.StatusFound).Get("code") == "" {
			w.t.Error("what was granted is not given silently")
		}
		w.browser().get(w.shop.ask("prompt", "none")).wantBack(w.shop, "login_required")
	}},
	{"25 prompt=login and max_age sign in anew", func(w *world) {
		b := w.person("anna")
		b.code(w.shop)
		for _, change := range [][]string{{"prompt", "login"}, {"max_age", "1"}} {
			w.exec("UPDATE session SET auth_time = ? WHERE user_id = ?", time.Now().Add(-time.Minute), b.id)
			before := time.Now().Add(-time.Second)
			asked := b.get(w.shop.ask(change...)).want(http.StatusSeeOther).header.Get("Location")
			if !strings.HasPrefix(asked, "/signin") {
				w.t.Fatalf("%v leads to %s, want the sign-in", change, asked)
			}
			u, err := url.Parse(asked)
			must(w.t, err)
			if p := b.get(u.Query().Get("next")); !strings.HasPrefix(p.header.Get("Location"), "/signin") {
				w.t.Errorf("%v: going on without signing in gives %d %s", change, p.status, p.header.Get("Location"))
			}
			got := w.redeem(w.shop, b.authorize(w.shop.ask(change...)).back(w.shop, http.StatusFound).Get("code")).tokens()
			if at, _ := w.claims(got.ID)["auth_time"].(float64); int64(at) < before.Unix() {
				w.t.Errorf("%v: auth_time is %v, want it fresh", change, time.Unix(int64(at), 0))
			}
		}
		w.exec("UPDATE session SET auth_time = ? WHERE user_id = ?", time.Now().Add(-time.Minute), b.id)
		b.get(w.shop.ask("prompt", "none", "max_age", "1")).wantBack(w.shop, "login_required")
	}},
	{"26 id_token_hint", func(w *world) {
		anna, marc := w.person("anna"), w.person("marc")
		annas, marcs := anna.issue(w.shop).ID, marc.issue(w.shop).ID
		if anna.get(w.shop.ask("prompt", "none", "id_token_hint", annas)).back(w.shop, http.StatusFound).Get("code") == "" {
			w.t.Error("her own hint gives no code")
		}
		anna.get(w.shop.ask("prompt", "none", "id_token_hint", marcs)).wantBack(w.shop, "login_required")
		if at := anna.get(w.shop.ask("id_token_hint", marcs)).want(http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(at, "/signin") {
			w.t.Errorf("another person's hint leads to %s", at)
		}
		a, m := strings.Split(annas, "."), strings.Split(marcs, ".")
		for _, forged := range []string{a[0] + "." + m[1] + "." + a[2], "eyJhbGciOiJub25lIn0." + a[1] + ".", "x"} {
			anna.get(w.shop.ask("prompt", "none", "id_token_hint", forged)).wantBack(w.shop, "invalid_request")
		}
	}},
	{"42 the grace of a rotation", func(w *world) {
		b := w.person("anna")
		first := b.issue(w.shop)
		second := w.refresh(w.shop, first.Refresh).tokens()
		if again := w.refresh(w.shop, first.Refresh).tokens(); again.Refresh != second.Refresh {
			w.t.Error("the predecessor gives another successor")
		}
		third := w.refresh(w.shop, second.Refresh).tokens()
		w.refresh(w.shop, first.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant") // two generations old
		w.refresh(w.shop, third.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
		w.wantAlive(w.shop, third.Access, false)

		first = b.issue(w.shop)
		second = w.refresh(w.shop, first.Refresh).tokens()
		w.direct(w.shop, "/oauth2/revoke", url.Values{"token": {second.Refresh}}).want(http.StatusOK)
		w.refresh(w.shop, first.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant") // revoked inside the grace
	}},
	{"44 the absolute lifetime of refresh tokens", func(w *world) {
		b := w.person("anna")
		got := b.issue(w.shop)
		older := func(days int64) {
			by := days * 24 * time.Hour.Microseconds()
			w.exec("UPDATE oauth_provider_authorization SET expires_at = expires_at - ?, absolute_at = absolute_at - ?, rotated_at = rotated_at - ? WHERE user_id = ?", by, by, by, b.id)
		}
		for range 4 {
			older(22) // within the idle time each time
			got = w.refresh(w.shop, got.Refresh).tokens()
		}
		older(3) // 91 days in all
		w.refresh(w.shop, got.Refresh).wantJSON(http.StatusBadRequest, "invalid_grant")
	}},
}

// legacyAttacks are on the password grant where some client may use it.
var legacyAttacks = []attack{
	{"46 password grant of a client that may not use it", func(w *world) {
		b, till := w.person("carl"), w.legacyClient()
		w.password(w.shop, b.login, password).wantJSON(http.StatusBadRequest, "unauthorized_client")
		w.password(till, b.login, password).tokens()
		w.exec("UPDATE oauth_provider_client SET legacy_until = ?, definition = definition + 1 WHERE identifier = ?", "2020-01-01", till.id)
		if p := w.password(till, b.login, password); p.status != http.StatusBadRequest || !strings.Contains(p.body, `"unauthorized_client"`) && !strings.Contains(p.body, `"unsupported_grant_type"`) {
			w.t.Errorf("after its last day: %d %s", p.status, p.body)
		}
	}},
	{"47 one lockout for the sign-in page and the password grant, by login and e-mail", func(w *world) {
		till := w.legacyClient()
		login, mail := fmt.Sprintf("dora-%d", w.n), fmt.Sprintf("dora-%d@example.com", w.n)
		w.Load(fmt.Sprintf("- {model: base.user, id: %s, values: {login: %s, name: Dora, email: %s, password: %s, groups: [base.user], company: main}}", login, login, mail, password))
		page := func(name, pw string) *page {
			return w.browser().post("/signin", url.Values{"login": {name}, "password": {pw}})
		}
		page(login, password).want(http.StatusSeeOther)
		w.password(till, mail, password).tokens()
		for range 2 { // six in all, five are free
			page(login, "wrong").want(http.StatusUnauthorized)
			w.password(till, login, "wrong").wantJSON(http.StatusBadRequest, "invalid_grant")
			w.password(till, mail, "wrong")
		}
		for _, name := range []string{login, mail} {
			page(name, password).want(http.StatusTooManyRequests)
			if p := w.password(till, name, password).wantJSON(http.StatusTooManyRequests, "invalid_grant"); p.header.Get("Retry-After") == "" {
				w.t.Error("nobody says when to come back")
			}
		}
	}},
}
