package oauthprovider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// partner is the external id of a record that a test makes for itself.
func (w *world) partner(name, values string) string {
	w.t.Helper()
	id := fmt.Sprintf("%s_%d", name, w.n)
	w.Load(fmt.Sprintf("- {model: contacts.partner, id: %s, values: {name: %s, %s}}", id, id, values))
	return itoa(w.ID("contacts.partner", id))
}

// resourceAttacks are on what a token opens.
var resourceAttacks = []attack{
	{"64 userinfo without a token, and its subject", func(w *world) {
		p := w.bearer("/oauth2/userinfo", "").want(http.StatusUnauthorized)
		if h := p.header.Get("WWW-Authenticate"); !strings.HasPrefix(h, "Bearer") || strings.Contains(h, "error=") {
			w.t.Errorf("challenge %q, want one without an error (RFC 6750 §3.1)", h)
		}
		b := w.person("anna")
		got := b.issue(w.shop)
		info := w.bearer("/oauth2/userinfo", got.Access).json()
		if info["sub"] != w.bearer("/oauth2/tokeninfo", got.Access).json()["sub"] || info["id"] != nil || len(fmt.Sprint(info["sub"])) != 64 {
			w.t.Errorf("userinfo %v", info)
		}
		w.Load("- {model: oauth_provider.client, id: " + w.other.id + ", values: {scopes: [openid, email]}}")
		plain := b.issue(w.other, "scope", "email")
		w.bearer("/oauth2/userinfo", plain.Access).want(http.StatusForbidden)
	}},
	{"65 token in the query", func(w *world) {
		got := w.person("anna").issue(w.shop)
		for _, path := range []string{"/oauth2/tokeninfo?", "/oauth2/userinfo?", "/oauth2/otherinfo?model=base.user&"} {
			p := w.browser().get(path + "access_token=" + got.Access).want(http.StatusOK)
			if p.header.Get("Cache-Control") != "no-store" {
				w.t.Errorf("%s may be stored", path)
			}
			r := w.request(http.MethodGet, path+"access_token="+got.Access, "")
			r.Header.Set("Authorization", "Bearer "+got.Access)
			if p := w.browser().send(r); p.status != http.StatusBadRequest {
				w.t.Errorf("%s with a token in two places: status %d", path, p.status)
			}
		}
		w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {no_query_token: true}}")
		for _, path := range []string{"/oauth2/tokeninfo?", "/oauth2/userinfo?", "/oauth2/otherinfo?model=base.user&"} {
			w.browser().get(path + "access_token=" + got.Access).want(http.StatusUnauthorized)
		}
		w.wantAlive(w.shop, got.Access, true)
	}},
	{"66 tokeninfo", func(w *world) {
		b := w.person("anna")
		w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {access_seconds: 180000}}")
		got := b.issue(w.shop)
		info := w.bearer("/oauth2/tokeninfo", got.Access).json()
		if left := info["expires_in"].(float64); left < 179_000 || left > 180_000 || info["audience"] != w.shop.id || info["scopes"] != "openid self" || info["user_id"] != info["sub"] {
			w.t.Errorf("tokeninfo says %v", info)
		}
		if other := w.bearer("/oauth2/tokeninfo", b.issue(w.other, "scope", "openid self").Access).json(); other["user_id"] == info["user_id"] {
			w.t.Error("two clients know the user by the same id")
		}
		w.exec("UPDATE oauth_provider_token SET expires_at = ? WHERE user_id = ?", time.Now().Add(-time.Second).UnixMicro(), b.id)
		p := w.bearer("/oauth2/tokeninfo", got.Access).wantJSON(http.StatusUnauthorized, "invalid_or_expired_token")
		if !strings.Contains(p.header.Get("WWW-Authenticate"), `error="invalid_token"`) {
			w.t.Errorf("challenge %q", p.header.Get("WWW-Authenticate"))
		}
	}},
	{"67 unknown and forbidden models look alike", func(w *world) {
		got := w.person("anna", "contacts.user").issue(w.shop)
		var answers []string
		for _, model := range []string{"unknown.model", "contacts.partner", "res.partner", "oauth_provider.client", "base.group", "audit", "", "'", "base_user"} {
			answers = append(answers, w.bearer("/oauth2/otherinfo?model="+model, got.Access).wantJSON(http.StatusBadRequest, "invalid_model").body)
		}
		if len(slices.Compact(answers)) != 1 {
			w.t.Errorf("answers differ: %q", answers)
		}
		poor := w.person("poor") // his scope is granted, he himself may not read partners
		w.bearer("/oauth2/otherinfo?model=contacts.partner", poor.issue(w.shop, "scope", "openid british").Access).wantJSON(http.StatusBadRequest, "invalid_model")
	}},
	{"68 records outside the filter are absent", func(w *world) {
		b := w.person("anna", "contacts.user")
		in, out := w.partner("inside", "country: GB, city: Leeds"), w.partner("outside", "country: FR, city: Lyon")
		got := b.issue(w.shop, "scope", "openid british")
		all := w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).json()
		if all[in] == nil || all[out] != nil {
			w.t.Errorf("inside %v, outside %v", all[in], all[out])
		}
		foreign := w.partner("foreign", "country: GB, company: france")
		if all := w.bearer("/oauth2/otherinfo?model=res.partner", got.Access).json(); all[foreign] != nil {
			w.t.Error("a record of a company that the user is not in came through")
		}
		if one := w.bearer("/oauth2/otherinfo?model=contacts.partner&limit=1&cursor="+itoa(w.id(out)-1), got.Access).json(); one[out] != nil {
			w.t.Error("the cursor leads to a record outside")
		}
	}},
	{"69 fields that no scope lists", func(w *world) {
		b := w.person("anna", "contacts.user")
		id := w.partner("secretive", "country: GB, note: the hidden note, vat: GB999, email: hidden@example.com")
		got := b.issue(w.shop, "scope", "openid british")
		p := w.bearer("/oauth2/otherinfo?model=contacts.partner&fields=note,vat&order=note&filter="+`[["note","=","x"]]`, got.Access).want(http.StatusOK)
		for _, hidden := range []string{"the hidden note", "GB999", "hidden@example.com", `"note"`, `"vat"`} {
			if strings.Contains(p.body, hidden) {
				w.t.Errorf("the answer holds %s", hidden)
			}
		}
		if one := p.json()[id].(map[string]any); len(one) != 3 || one["name"] == nil || one["city"] != nil && one["city"] != "" {
			w.t.Errorf("the record shows %v, want id, name, city", one)
		}
		ids := w.bearer("/oauth2/otherinfo?model=contacts.partner", b.issue(w.shop, "scope", "openid ids").Access).json()
		if one := ids[id].(map[string]any); len(one) != 1 || one["id"] == nil {
			w.t.Errorf("an empty list of fields gives %v, want the id only", one)
		}
	}},
	{"70 two scopes on one model", func(w *world) {
		b := w.person("anna", "contacts.user")
		both := w.partner("both", "country: GB, is_company: true, city: Leeds, credit_limit: 1234.5, tags: [wholesale]")
		british := w.partner("british", "country: GB, city: Leeds, credit_limit: 99")
		company := w.partner("company", "country: FR, is_company: true, city: Lyon, credit_limit: 7")
		neither := w.partner("neither", "country: FR, city: Lyon")
		all := w.bearer("/oauth2/otherinfo?model=contacts.partner", b.issue(w.shop, "scope", "openid british companies").Access).json()
		for id, want := range map[string]string{both: "city country credit_limit id name tags", british: "city id name", company: "country credit_limit id name tags"} {
			one, _ := all[id].(map[string]any)
			var names []string
			for name := range one {
				names = append(names, name)
			}
			if slices.Sort(names); strings.Join(names, " ") != want {
				w.t.Errorf("%v shows %v, want %s", one["name"], names, want)
			}
		}
		if all[neither] != nil {
			w.t.Errorf("a record that no scope matches: %v", all[neither])
		}
	}},
	{"71 user loses a group; backend client without a user", func(w *world) {
		b := w.person("anna", "contacts.user")
		got := b.issue(w.shop, "scope", "openid british")
		w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).want(http.StatusOK)
		w.Load(fmt.Sprintf("- {model: base.user, id: anna_%d, values: {groups: [base.user]}}", w.n))
		w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).wantJSON(http.StatusBadRequest, "invalid_model")

		robot := w.credentials(w.robot, "").tokens()
		if all := w.bearer("/oauth2/otherinfo?model=contacts.partner", robot.Access).json(); len(all) < 5 {
			w.t.Fatalf("the robot sees %d partners as Anna", len(all))
		}
		w.Load("- {model: oauth_provider.client, id: " + w.robot.id + ", values: {user: null}}")
		nobody := w.credentials(w.robot, "").tokens()
		w.bearer("/oauth2/otherinfo?model=contacts.partner", nobody.Access).wantJSON(http.StatusBadRequest, "invalid_model")
		w.bearer("/oauth2/otherinfo?model=base.user", nobody.Access).wantJSON(http.StatusBadRequest, "invalid_model")
	}},
	{"72 forged cursors and limits", func(w *world) {
		got := w.person("anna", "contacts.user").issue(w.shop, "scope", "openid british")
		read := func(query string) *page {
			return w.bearer("/oauth2/otherinfo?model=contacts.partner"+query, got.Access)
		}
		for _, bad := range []string{"&cursor=x", "&cursor=-1", "&cursor=1;drop", "&limit=x", "&limit=-5", "&limit=1e9", "&cursor=99999999999999999999"} {
			read(bad).wantJSON(http.StatusBadRequest, "invalid_request")
		}
		if all := read("&limit=1000000000").json(); len(all) < 5 {
			w.t.Errorf("a large limit gives %d records", len(all))
		}
		first := read("&limit=2").json()
		var last string
		for id := range first {
			last = max(last, fmt.Sprintf("%20s", id))
		}
		second := read("&limit=2&cursor=" + strings.TrimSpace(last)).json()
		for id := range second {
			if first[id] != nil {
				w.t.Errorf("record %s comes twice", id)
			}
		}
		if len(first) != 2 || len(second) != 2 {
			w.t.Errorf("pages of %d and %d, want 2", len(first), len(second))
		}
	}},
}

func (w *world) id(text string) int64 {
	w.t.Helper()
	var n int64
	_, err := fmt.Sscan(text, &n)
	must(w.t, err)
	return n
}
