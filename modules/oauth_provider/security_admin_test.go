package oauthprovider_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
)

// adminAttacks are on Settings, the log and what is stored.
var adminAttacks = []attack{
	{"16 redirect URIs that are refused", func(w *world) {
		for _, uri := range []string{"javascript:alert(1)", "data:text/html,x", "https://shop.example/*", "https://*.shop.example/cb", "https://shop.example/cb#x",
			"https://shop.example/cb#", "http://shop.example/cb", "/cb", "shop.example/cb", "https://u:p@shop.example/cb", "vbscript:x", "file:///etc/passwd", "https://"} {
			err := w.tryLoad(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {redirect_uris: [%q]}}", w.shop.id, uri))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "redirect_uris") {
				w.t.Errorf("%s: %v", uri, err)
			}
		}
		must(w.t, w.tryLoad(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {redirect_uris: [\"http://shop.example/cb\"], allow_http: true}}", w.shop.id)))
	}},
	{"80 unknown user and wrong password", func(w *world) {
		b := w.person("anna")
		wrong := b.post("/signin", url.Values{"login": {b.login}, "password": {"wrong password"}}).want(http.StatusUnauthorized)
		unknown := b.post("/signin", url.Values{"login": {"nobody" + b.login}, "password": {"wrong password"}}).want(http.StatusUnauthorized)
		same := strings.ReplaceAll(unknown.body, "nobody"+b.login, b.login)
		if same != wrong.body {
			w.t.Error("the pages differ")
		}
	}},
	{"81 staff without the right", func(w *world) {
		staff := w.person("staff", "contacts.manager")
		staff.signIn().want(http.StatusSeeOther)
		for _, model := range []string{"oauth_provider.scope", "oauth_provider.client"} {
			list := "/records/" + model
			id := itoa(w.ID("oauth_provider.client", w.shop.id))
			for _, get := range []string{"", "/export.csv", "/options?field=scopes", "/options?q=a", "/new", "/" + id, "/" + id + "?tab=details"} {
				if p := staff.get(list + get); p.status != http.StatusForbidden && p.status != http.StatusNotFound {
					w.t.Errorf("GET %s: status %d", list+get, p.status)
				}
			}
			for _, post := range []string{"/action", "/new", "/" + id, "/" + id + "/action/x", "/" + id + "/archive", "/" + id + "/unarchive", "/" + id + "/delete"} {
				p := staff.post(list+post, url.Values{"name": {"Mine"}, "ids": {id}, "confirmed": {"1"}})
				if p.status != http.StatusForbidden && p.status != http.StatusNotFound {
					w.t.Errorf("POST %s: status %d", list+post, p.status)
				}
			}
		}
		env := w.Database.Env(context.Background(), someStaff{}, 0, nil)
		for _, m := range w.Database.Registry().Models() {
			if env.Can(record.OpRead, m) {
				continue
			}
			for _, p := range []*page{staff.get("/records/" + m.Name), staff.get("/records/" + m.Name + "/1"), staff.get("/records/" + m.Name + "/export.csv"),
				staff.post("/records/"+m.Name+"/new", url.Values{"name": {"Mine"}}), staff.post("/records/"+m.Name+"/1/delete", url.Values{"sure": {"1"}})} {
				if p.status != http.StatusForbidden && p.status != http.StatusNotFound {
					w.t.Errorf("%s %s: status %d", p.method, p.at.Path, p.status)
				}
			}
		}
		if p := staff.get("/search?q=" + w.shop.id); strings.Contains(p.body, "/records/oauth_provider.client/") {
			w.t.Error("the search finds clients")
		}
	}},
	{"82 and 83 secrets in the database, the log, lists and exports", func(w *world) {
		b := w.person("anna")
		code := b.code(w.shop)
		got := w.redeem(w.shop, code).tokens()
		next := w.refresh(w.shop, got.Refresh).tokens()
		robot := w.credentials(w.robot, "").tokens()
		w.redeem(w.shop, code) // a replay, which is audited
		handle := b.authorize(w.shop.ask("prompt", "consent")).consent().fields.Get("handle")
		planted := map[string]string{"code": code, "access token": got.Access, "refresh token": got.Refresh, "second access token": next.Access,
			"successor": next.Refresh, "robot's token": robot.Access, "client secret": w.shop.secret, "robot's secret": w.robot.secret,
			"password": password, "session": b.cookie(), "handle": handle, "id_token": got.ID, "verifier": verifier}

		manager := w.person("manager", "oauth_provider.manager")
		manager.signIn().want(http.StatusSeeOther)
		var shown bytes.Buffer
		for _, path := range []string{"/records/oauth_provider.client", "/records/oauth_provider.client/export.csv",
			"/records/oauth_provider.client/" + itoa(w.ID("oauth_provider.client", w.shop.id)), "/records/oauth_provider.scope/export.csv", "/search?q=secret"} {
			page := manager.get(path)
			if page.status != http.StatusOK {
				w.t.Errorf("%s: status %d", path, page.status)
			}
			shown.WriteString(page.body)
		}
		if p := manager.get("/records/oauth_provider.client?q=" + url.QueryEscape(w.shop.secret)); strings.Contains(p.body, w.shop.id) {
			w.t.Error("the list finds a client by its secret")
		}
		for name, secret := range planted {
			for where, text := range map[string][]byte{"database": dump(w.t, w.Database.DB, tables(w.t, w.Database.DB)...), "log": []byte(everyLog.String()), "pages": shown.Bytes()} {
				if bytes.Contains(text, []byte(secret)) {
					w.t.Errorf("the %s is in the %s", name, where)
				}
			}
		}
	}},
}

// someStaff has the rights of everybody who is signed in.
type someStaff struct{}

func (someStaff) UserID() int64       { return 1 }
func (someStaff) DisplayName() string { return "Staff" }
func (someStaff) Groups() []string    { return []string{"base.user", "contacts.manager", "contacts.user"} }

// tryLoad applies a load file that may be refused.
func (w *world) tryLoad(text string) error {
	w.t.Helper()
	records, err := load.Parse("test.yaml", []byte(text))
	must(w.t, err)
	_, err = load.Apply(w.Database.System(context.Background(), "test"), records)
	return err
}
