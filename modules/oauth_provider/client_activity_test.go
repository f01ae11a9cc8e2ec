package oauthprovider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

var endButton = regexp.MustCompile(`name="holding" value="([st]\.\d+)"`)

// TestActivity reads what an application did, and ends it.
func TestActivity(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		w := openHouse(t, at).world(t)
		manager, anna, bea := w.person("manager", "oauth_provider.manager"), w.person("anna"), w.person("bea")
		manager.signIn()
		shop := recordPage(w, "oauth_provider.client", w.shop.id)
		activity := func(path string) *page { return manager.get(path + "?tab=activity").want(http.StatusOK) }
		activity(shop).want(http.StatusOK, "Nobody is signed in through this application", "Nothing was refused.", "Never")

		first, second := anna.issue(w.shop), bea.issue(w.shop)
		w.redeem(w.shop, "nonsense")
		p := activity(shop).want(http.StatusOK, "anna", "bea", "held by 2 people", "openid self", "A request for a token was refused", "invalid_grant")
		if !regexp.MustCompile(`<th scope="row">[^<]*</th><td>2 tokens</td>`).MatchString(p.body) {
			t.Error("today's bar does not say that two tokens were issued")
		}
		for _, days := range []string{"7", "364", "nonsense"} {
			manager.get(shop+"?tab=activity&days="+days).want(http.StatusOK, "2 tokens")
		}

		t.Run("EndOne", func(t *testing.T) {
			buttons := endButton.FindAllStringSubmatch(p.body, -1)
			if len(buttons) != 2 {
				t.Fatalf("the page has %d buttons to end something, want 2", len(buttons))
			}
			end := fmt.Sprintf("/settings/oauth-clients/%d/end", w.ID("oauth_provider.client", w.shop.id))
			stranger := w.person("stranger")
			stranger.signIn()
			stranger.post(end, url.Values{"holding": {buttons[0][1]}}).want(http.StatusForbidden)
			manager.post(end, url.Values{"holding": {"x.1"}}).want(http.StatusBadRequest)
			other := fmt.Sprintf("/settings/oauth-clients/%d/end", w.ID("oauth_provider.client", w.other.id))
			manager.post(other, url.Values{"holding": {buttons[0][1]}}).want(http.StatusSeeOther)
			w.bearer("/oauth2/tokeninfo", second.Access).want(http.StatusOK)
			manager.post(end, url.Values{"holding": {buttons[0][1]}}).want(http.StatusSeeOther) // the newest: Bea's
			w.bearer("/oauth2/tokeninfo", second.Access).want(http.StatusUnauthorized)
			w.refresh(w.shop, second.Refresh).want(http.StatusBadRequest)
			w.bearer("/oauth2/tokeninfo", first.Access).want(http.StatusOK)
			if p := activity(shop); len(endButton.FindAllString(p.body, -1)) != 1 || !strings.Contains(p.body, "held by 1 person") {
				t.Error("the page lists a sign-in that was ended, or not the other")
			}
		})
		t.Run("Itself", func(t *testing.T) {
			token := w.credentials(w.robot, "").tokens().Access
			robot := recordPage(w, "oauth_provider.client", w.robot.id)
			p := activity(robot).want(http.StatusOK, "british")
			button := endButton.FindStringSubmatch(p.body)
			if button == nil {
				t.Fatal("the token of a backend application is not listed")
			}
			manager.post(fmt.Sprintf("/settings/oauth-clients/%d/end", w.ID("oauth_provider.client", w.robot.id)), url.Values{"holding": {button[1]}}).want(http.StatusSeeOther)
			w.bearer("/oauth2/tokeninfo", token).want(http.StatusUnauthorized)
		})
	})
}

// TestActivityInTheBrowser reads the tab and ends one sign-in, then all.
func TestActivityInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	for name, o := range map[string]browser.Options{"Script": {Dark: true}, "NoScript": {NoScript: true, Phone: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := h.world(t)
			first, second := w.person("anna").issue(w.shop), w.person("bea").issue(w.shop)
			w.redeem(w.shop, "nonsense")
			p := w.signedIn(chromium, o, w.person("manager", "oauth_provider.manager"))
			p.Open(w.URL + w.clientPath(w.shop) + "?tab=activity")
			for _, want := range []string{"held by 2 people", "anna", "bea", "invalid_grant"} {
				if text := p.Text(); !strings.Contains(text, want) {
					t.Errorf("the tab lacks %q:\n%s", want, text)
				}
			}
			if p.SidewaysScroll() {
				t.Error("the tab scrolls sideways")
			}
			if !o.NoScript {
				for _, v := range p.Axe() {
					t.Errorf("axe: %s", v)
				}
			}
			p.Click("Revoke bea")
			p.WaitFor("held by 1 person")
			w.bearer("/oauth2/tokeninfo", second.Access).want(http.StatusUnauthorized)
			w.bearer("/oauth2/tokeninfo", first.Access).want(http.StatusOK)
			p.Click("Revoke all")
			p.Click(".dialog-f button")
			p.WaitFor("All tokens issued so far are revoked.")
			w.bearer("/oauth2/tokeninfo", first.Access).want(http.StatusUnauthorized)
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}
