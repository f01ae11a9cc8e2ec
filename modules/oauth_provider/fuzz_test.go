package oauthprovider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// fuzzHouse is shared by the runs of a fuzz test, over HTTP like a stranger's requests.
func fuzzHouse(f *testing.F) *world {
	f.Helper()
	return openHouse(f, dbtest.URL(f, db.SQLite)).world(f)
}

// try sends what can be sent at all; nil when HTTP itself refuses it.
func (b *visitor) try(t *testing.T, method, path, query, body string) *page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.w.URL+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawQuery = path, query
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.w.URL)
	res, err := b.client.Do(r)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || string(text) == "400 Bad Request" { // the HTTP server's own, before any handler
		return nil
	}
	if res.StatusCode >= 500 {
		t.Fatalf("%s %q?%q %q: %d %s", method, path, query, body, res.StatusCode, text)
	}
	return &page{t, method, r.URL, res.StatusCode, res.Header, string(text)}
}

// FuzzEndpoints sends anything to every endpoint of the running server, as a stranger and
// as somebody who is signed in: never a failure of the server, always JSON that nobody
// stores, or a page.
func FuzzEndpoints(f *testing.F) {
	w := fuzzHouse(f)
	anna, stranger := w.person("anna"), w.browser()
	anna.signIn()
	published := []string{"/oauth2/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"}
	pages := []string{"/oauth2/authorize", "/oauth2/authorize/resume", "/oauth2/consent"}
	paths := slices.Concat(published, pages, []string{"/oauth2/token", "/oauth2/tokeninfo", "/oauth2/userinfo", "/oauth2/otherinfo", "/oauth2/introspect",
		"/oauth2/revoke", "/oauth2/revoke_token"})
	_, ask, _ := strings.Cut(w.shop.ask(), "?")
	for i := range paths {
		for _, seed := range []string{"", ask, ask + "&prompt=none", "a=%zz&a=%00", "access_token=tsa_x&model=res.partner", "grant_type=client_credentials&client_id=x&client_secret=y",
			"grant_type=password&username=%22&password=%27", "token=x", "handle=x&decision=allow", "request=x", strings.Repeat("a=b&", 200)} {
			f.Add(uint8(i), i%2 == 0, seed, "")
			f.Add(uint8(i), i%2 == 1, "", seed)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, post bool, query, body string) {
		path, method := paths[int(which)%len(paths)], http.MethodGet
		if post {
			method = http.MethodPost
		}
		for _, b := range []*visitor{anna, stranger} {
			p := b.try(t, method, path, query, body)
			if p == nil {
				continue
			}
			kind, isPage := p.header.Get("Content-Type"), slices.Contains(pages, path)
			switch {
			case !slices.Contains(published, path) && p.header.Get("Cache-Control") != "no-store":
				t.Fatalf("%s %s?%q %q may be stored: %v", method, path, query, body, p.header)
			case isPage && (strings.HasPrefix(kind, "text/html") || p.status/100 == 3):
			case isPage, !strings.HasPrefix(kind, "application/json"), !json.Valid([]byte(p.body)):
				t.Fatalf("%s %s?%q %q: %d %s %s", method, path, query, body, p.status, kind, p.body)
			}
		}
	})
}

// FuzzOtherInfo reads records with any parameters behind a good token: never more than
// its scope shows.
func FuzzOtherInfo(f *testing.F) {
	w := fuzzHouse(f)
	client := w.browser()
	good := w.person("anna", "contacts.user").issue(w.shop, "scope", "openid british").Access
	for _, seed := range []string{"model=res.partner", "model=contacts.partner&limit=1", "model=contacts.partner&limit=2&cursor=3", "model=base.user", "model=res.partner&limit=-1",
		"model=res.partner&limit=9999999999999999999", "model=res.partner&cursor=1e9", "model=%00", "model=a&model=contacts.partner", "model=contacts.partner&fields=note&filter=[]&order=note",
		"", "%zz", "model=res.partner;limit=1", "model=res.partner&access_token=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		p := client.try(t, http.MethodGet, "/oauth2/otherinfo", query+"&access_token="+good, "")
		if p == nil {
			return
		}
		if p.header.Get("Cache-Control") != "no-store" || !json.Valid([]byte(p.body)) {
			t.Fatalf("%q: %d %v %s", query, p.status, p.header, p.body)
		}
		if p.status != http.StatusOK {
			return
		}
		var all map[string]map[string]any
		if err := json.Unmarshal([]byte(p.body), &all); err != nil {
			t.Fatalf("%q: %v: %s", query, err, p.body)
		}
		for id, one := range all {
			for name := range one {
				if name != "id" && name != "name" && name != "city" {
					t.Fatalf("%q: the record %s shows %s", query, id, name)
				}
			}
		}
	})
}

// FuzzAccount sends any id to the pages of My account: what is somebody else's stays.
func FuzzAccount(f *testing.F) {
	w := fuzzHouse(f)
	anna, marc, client := w.person("anna"), w.person("marc"), w.browser()
	got := anna.issue(w.shop)
	marc.signIn()
	for _, id := range []string{"1", "0", "-1", "2", "9223372036854775807", "9223372036854775808", "1e3", "0x1", " 1", "1 OR 1=1", "%31", "../1", "", "\x00", "é", "1/withdraw"} {
		f.Add(uint8(0), id, "")
		f.Add(uint8(1), id, "scope=self&session="+url.QueryEscape(id))
		f.Add(uint8(2), id, "session="+url.QueryEscape(id))
	}
	f.Fuzz(func(t *testing.T, which uint8, id, body string) {
		path := []string{"/account/applications/" + id, "/account/applications/" + id + "/withdraw", "/account/applications/" + id + "/allow", "/account/sessions/end"}[which%4]
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if p := marc.try(t, method, path, "", body); p != nil && p.status == http.StatusOK && p.at.Path != "/account/applications/" && p.at.Path != "/account/applications" {
				t.Fatalf("%s %q %q shows %s", method, path, body, p.body)
			}
		}
		if p := client.try(t, http.MethodGet, "/oauth2/tokeninfo", "access_token="+got.Access, ""); p == nil || p.status != http.StatusOK {
			t.Fatalf("%q %q ended what another person granted: %v", path, body, p)
		}
		if p := anna.try(t, http.MethodGet, "/account", "", ""); p == nil || p.status != http.StatusOK {
			t.Fatalf("%q %q ended another person's session: %v", path, body, p)
		}
		if p := marc.try(t, http.MethodGet, "/account", "", ""); p != nil && p.status != http.StatusOK {
			w.t = t
			marc.signIn() // he ended his own session
		}
	})
}
