package oauthprovider_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
)

const clientList = "/records/oauth_provider.client"

func (w *world) clientPath(c *client) string {
	return fmt.Sprintf("%s/%d", clientList, w.ID("oauth_provider.client", c.id))
}

// TestClientPresets creates an application from each beginning, as a manager who has no
// other right does it, in the browser.
func TestClientPresets(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	for name, o := range map[string]browser.Options{"NoScript": {NoScript: true}, "French": {Lang: "fr", Phone: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := h.world(t)
			manager := w.person("manager", "oauth_provider.manager")
			w.Load(fmt.Sprintf("- {model: base.user, id: manager_%d, values: {lang: %s}}", w.n, cmp.Or(o.Lang, "en")))
			p := w.signedIn(chromium, o, manager)
			words := map[string]string{"odoo": "Odoo", "web": "OpenID Connect web app", "native": "Native app", "backend": "Backend job",
				"create": "Create", "once": "Shown once", "none": "proves itself by PKCE", "ends": "Odoo signs in by the implicit grant"}
			if o.Lang == "fr" {
				words = map[string]string{"odoo": "Odoo", "web": "Application web OpenID Connect", "native": "Application native", "backend": "Tâche de fond",
					"create": "Créer", "once": "affiché une seule fois", "none": "se prouve par PKCE", "ends": "Odoo connecte par l’autorisation implicite"}
			}
			for _, step := range []struct{ preset, uri, shows string }{
				{"odoo", "https://odoo.example.com/auth_oauth/signin", "none"},
				{"web", "https://web.example.com/cb", "once"},
				{"native", "", "none"},
				{"backend", "", "once"},
			} {
				p.Open(w.URL + clientList + "/new")
				p.Click(words[step.preset])
				if step.preset == "odoo" && !strings.Contains(p.Text(), words["ends"]) {
					t.Errorf("the Odoo preset does not warn:\n%s", p.Text())
				}
				p.Fill("[name=name]", "My "+step.preset)
				if step.uri != "" {
					p.Fill("[name=redirect_uris]", step.uri)
				}
				if o.Phone && p.SidewaysScroll() {
					t.Error("the new form scrolls sideways")
				}
				if step.preset == "odoo" && !o.NoScript {
					for _, v := range p.Axe() {
						t.Errorf("axe: %s", v)
					}
				}
				p.Click(words["create"])
				p.WaitFor("My " + step.preset)
				if text := p.Text(); !strings.Contains(strings.ToLower(text), strings.ToLower(words[step.shows])) {
					t.Errorf("%s: the form lacks %q:\n%s", step.preset, words[step.shows], text)
				}
			}
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}

// TestClientFormFollowsItsType chooses between types: the form shows what each needs, and
// keeps what was typed for another.
func TestClientFormFollowsItsType(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	for name, o := range map[string]browser.Options{"Script": {}, "NoScript": {NoScript: true, Phone: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := h.world(t)
			p := w.signedIn(chromium, o, w.person("manager", "oauth_provider.manager"))
			choose := func(kind, shows, hides string) {
				t.Helper()
				p.Click(kind)
				if o.NoScript {
					p.Click(`[name=_preview][value=application_type]`)
				}
				p.WaitFor(shows)
				if strings.Contains(p.Text(), hides) {
					t.Errorf("the form of a %s asks for %q", kind, hides)
				}
			}
			p.Open(w.URL + clientList + "/new")
			p.Fill("[name=name]", "Night job")
			p.Fill("[name=redirect_uris]", "https://night.example.com/cb")
			choose("Backend application", "Runs as", "Redirect URIs")
			if o.Phone && p.SidewaysScroll() {
				t.Error("the form scrolls sideways")
			}
			for _, v := range p.Axe() {
				t.Errorf("axe: %s", v)
			}
			if !o.NoScript {
				p.Press("ArrowLeft") // the card beside it, by keyboard
				p.WaitFor("Implicit or password until")
				p.Press("ArrowRight")
				p.WaitFor("Runs as")
			}
			choose("Web application", "Redirect URIs", "Runs as")
			if uri, typed := p.Value("[name=redirect_uris]"), p.Value("[name=name]"); uri != "https://night.example.com/cb" || typed != "Night job" {
				t.Errorf("on the way %q and %q came of what was typed", uri, typed)
			}
			choose("Backend application", "Runs as", "Redirect URIs")
			p.Click("Create")
			p.WaitFor("shown once")
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}

// signedIn is a browser in which somebody is signed in.
func (w *world) signedIn(chromium *browser.Browser, o browser.Options, who *visitor) *browser.Page {
	w.t.Helper()
	p := chromium.Page(w.t, o)
	p.Open(w.URL + "/signin")
	p.Fill("login", who.login)
	p.Fill("password", password)
	p.Submit()
	return p
}

// TestRotateSecretInTheBrowser rotates from the box of the secret, with and without script.
func TestRotateSecretInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	for name, o := range map[string]browser.Options{"Script": {Dark: true}, "NoScript": {NoScript: true, Phone: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := h.world(t)
			p := w.signedIn(chromium, o, w.person("manager", "oauth_provider.manager"))
			p.Open(w.URL + w.clientPath(w.robot))
			p.Click("Rotate secret")
			p.Check("Keep it working for 7 days")
			if !o.NoScript {
				for _, v := range p.Axe() {
					t.Errorf("axe: %s", v)
				}
			}
			p.Click(".dialog-f button")
			p.WaitFor("Shown once")
			made := &client{id: w.robot.id, secret: p.Value("#f-secret_once")}
			if !madeSecret.MatchString(made.secret) {
				t.Fatalf("the page shows %q", made.secret)
			}
			w.credentials(w.robot, "").tokens()
			w.credentials(made, "").tokens()
			p.Reload()
			if text := p.Text(); strings.Contains(text, "Shown once") || !strings.Contains(text, "Old, works until") || !strings.Contains(text, made.secret[len(made.secret)-4:]) || !strings.Contains(text, "last used") {
				t.Errorf("after it was shown the form says:\n%s", text)
			}
			p.Click("End old secrets")
			p.Click(".dialog-f button")
			p.WaitFor("Only the newest secret works now.")
			w.credentials(w.robot, "").want(http.StatusUnauthorized)
			w.credentials(made, "").tokens()
			if p.SidewaysScroll() {
				t.Error("the form scrolls sideways")
			}
		})
	}
}

// TestRotateSecretOverlaps holds each way to rotate to its word.
func TestRotateSecretOverlaps(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		w := openHouse(t, at).world(t)
		manager := w.person("manager", "oauth_provider.manager")
		manager.signIn().want(http.StatusSeeOther)
		path := w.clientPath(w.robot)
		ends := func() time.Time {
			t.Helper()
			var n int64
			err := w.Database.DB.QueryRowContext(t.Context(), "SELECT expires_at FROM oauth_provider_secret WHERE client_id = ? ORDER BY id LIMIT 1", w.ID("oauth_provider.client", w.robot.id)).Scan(&n)
			must(t, err)
			return time.UnixMicro(n)
		}
		for _, step := range []struct {
			option string
			lives  time.Duration
		}{{"week", 7 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"", 24 * time.Hour}, {"made up", 24 * time.Hour}, {"now", 0}} {
			w.exec("DELETE FROM oauth_provider_secret WHERE client_id = ?", w.ID("oauth_provider.client", w.robot.id))
			w.Load(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {secret: %q}}", w.robot.id, w.robot.secret+step.option))
			manager.post(path+"/action/rotate_secret", url.Values{"sure": {"1"}, "option": {step.option}}).want(http.StatusSeeOther)
			if left := time.Until(ends()); left > step.lives || left < step.lives-time.Minute {
				t.Errorf("%q: the old secret lives for %s, want %s", step.option, left, step.lives)
			}
		}
		manager.get(path+"/action/rotate_secret").want(http.StatusOK, "Keep it working for 24 hours", "Stop it now")
		manager.get(path + "/action/end_old_secrets").want(http.StatusOK)
		manager.get(path + "/action/nothing").want(http.StatusNotFound)
		manager.get(w.clientPath(w.native) + "/action/rotate_secret").want(http.StatusNotFound)
		stranger := w.person("stranger")
		stranger.signIn().want(http.StatusSeeOther)
		stranger.get(path + "/action/rotate_secret").want(http.StatusForbidden)
	})
}

// TestSecretUse notes when a secret was used without a statement of the request.
func TestSecretUse(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		w := openHouse(t, at).world(t)
		id := w.ID("oauth_provider.client", w.robot.id)
		stored := func(column string) (n int64) {
			t.Helper()
			must(t, w.Database.DB.QueryRowContext(context.Background(), "SELECT "+column+" FROM oauth_provider_secret WHERE client_id = ?", id).Scan(&n))
			return n
		}
		u := oauthprovider.NewUses(w.Database.DB)
		u.Note(stored("id"), time.UnixMicro(1_700_000_000_000_000))
		u.Note(stored("id"), time.UnixMicro(1_700_000_000_100_000)) // within a second
		if got := stored("used_at"); got != 0 {
			t.Fatalf("it was written at once: %d", got)
		}
		must(t, u.Flush(context.Background()))
		if got := stored("used_at"); got != 1_700_000_000_000_000 {
			t.Errorf("used at %d", got)
		}
		u.Note(stored("id"), time.UnixMicro(1_700_000_060_000_000))
		must(t, u.Flush(context.Background()))
		older := oauthprovider.NewUses(w.Database.DB) // another instance that is behind
		older.Note(stored("id"), time.UnixMicro(1_600_000_000_000_000))
		must(t, older.Flush(context.Background()))
		if got := stored("used_at"); got != 1_700_000_060_000_000 {
			t.Errorf("used at %d, want the latest", got)
		}
	})
}

// TestClientFormSaysWhatItMeans holds lifetimes in words and no choice that means nothing.
func TestClientFormSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	w := openHouse(t, dbtest.URL(t, db.SQLite)).world(t)
	m := w.manager()
	details := m.get(w.clientPath(w.shop)+"?tab=details").want(http.StatusOK, "3,600 seconds are 1 hour.", "60 seconds are 1 minute.", "2,592,000 seconds are 30 days.")
	for _, p := range []*page{details, m.get(w.clientPath(w.shop)), m.get(clientList + "/new")} {
		if strings.Contains(p.body, ">None</option>") {
			t.Errorf("%s offers None where that is no choice", p.at)
		}
	}
	form := m.get(w.clientPath(w.shop)).want(http.StatusOK).record()
	form.fields.Set("pkce", "")
	m.post(w.clientPath(w.shop), form.fields).want(http.StatusUnprocessableEntity)
}
