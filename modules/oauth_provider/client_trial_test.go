package oauthprovider_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// startTrial presses the button and goes on to the answer.
func (w *world) startTrial(m *visitor, c *client, kind oauth.TrialKind) *page {
	w.t.Helper()
	p := m.post(fmt.Sprintf("/settings/oauth/clients/%d/trial", w.ID("oauth_provider.client", c.id)), url.Values{"kind": {string(kind)}}).want(http.StatusSeeOther)
	p = m.get(p.header.Get("Location"))
	if p.status == http.StatusOK {
		p = m.answer(p, "allow", p.consent().boxes...)
	}
	return p
}

// authorizations counts those of a client that live.
func (w *world) authorizations(c *client) (n int) {
	w.t.Helper()
	must(w.t, w.Database.DB.QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM oauth_provider_authorization WHERE client_id = ? AND revoked_at = 0",
		w.ID("oauth_provider.client", c.id)).Scan(&n))
	return n
}

// TestTrial follows a test sign-in and what somebody could make of it.
func TestTrial(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		h := openHouse(t, at)

		t.Run("ShowsEachAnswerAndRevokes", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			back := w.startTrial(m, w.shop, oauth.TrialWhole)
			to := back.header.Get("Location")
			if !strings.HasPrefix(to, w.URL+oauth.TrialPath+"?") {
				t.Fatalf("the answer goes to %s (%d): %.500s", to, back.status, back.body)
			}
			done := m.get(to).want(http.StatusOK, "It works.", "access_token", "refresh_token", "&#34;sub&#34;", "Revoke everything")
			if got := done.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("the page may be stored: %s", got)
			}
			if token := regexp.MustCompile(`ts[acrh]_[A-Za-z0-9_-]{20,}`).FindString(done.body); token != "" {
				t.Errorf("the page holds %s", token)
			}
			if n := w.authorizations(w.shop); n != 0 {
				t.Errorf("%d authorizations live on", n)
			}
			// A second time it is nothing, and no replay is raised.
			m.get(to).want(http.StatusNotFound, "This test sign-in is over")
			m.get(w.clientPath(w.shop)).want(http.StatusOK, "tested the sign-in")
		})

		t.Run("TellsWhatTheApplicationIsTold", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			p := m.post(fmt.Sprintf("/settings/oauth/clients/%d/trial", w.ID("oauth_provider.client", w.shop.id)), nil)
			denied := m.answer(m.get(p.header.Get("Location")), "deny")
			m.get(denied.header.Get("Location")).want(http.StatusOK, "access_denied", "It ends at")
			m.post(fmt.Sprintf("/settings/oauth/clients/%d/trial", w.ID("oauth_provider.client", w.robot.id)), nil).want(http.StatusSeeOther)
			m.get(w.clientPath(w.robot)+"?tab=integration").want(http.StatusOK, "has no sign-in to try")
		})

		t.Run("NobodyElseMayUseItsAddress", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			for _, uri := range []string{w.URL + oauth.TrialPath, w.URL + oauth.TrialPath + "?", w.URL + oauth.TrialPath + "/"} {
				m.get(w.shop.ask("redirect_uri", uri)).wantPage(http.StatusBadRequest)
			}
		})

		t.Run("AnotherSessionGetsNoCode", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			started := m.post(fmt.Sprintf("/settings/oauth/clients/%d/trial", w.ID("oauth_provider.client", w.shop.id)), nil).want(http.StatusSeeOther)
			victim := w.person("victim", "oauth_provider.manager")
			victim.signIn()
			refused := victim.get(started.header.Get("Location"))
			u, err := url.Parse(refused.header.Get("Location"))
			must(t, err)
			if u.Path != oauth.TrialPath || u.Query().Get("error") != "access_denied" || u.Query().Has("code") {
				t.Fatalf("the victim is sent to %s (%d)", u, refused.status)
			}
			victim.get(u.String()).want(http.StatusNotFound)
		})

		t.Run("AnAnswerCarriedElsewhereIsNotLookedAt", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			to := w.startTrial(m, w.shop, oauth.TrialWhole).header.Get("Location")
			thief := w.person("thief", "oauth_provider.manager")
			thief.signIn()
			thief.get(to).want(http.StatusNotFound)
			plain := w.person("plain")
			plain.signIn()
			plain.get(to).want(http.StatusForbidden)
			u, err := url.Parse(to)
			must(t, err)
			// Nor can the client itself redeem the code: it does not know the verifier.
			w.redeem(w.shop, u.Query().Get("code"), "redirect_uri", w.URL+oauth.TrialPath).wantJSON(http.StatusBadRequest, "invalid_grant")
			m.get(oauth.TrialPath + "?" + url.Values{"state": {"made up"}, "code": {u.Query().Get("code")}}.Encode()).want(http.StatusNotFound)
			m.get(to).want(http.StatusOK, "It works.")
		})

		t.Run("AnotherSessionOfTheSamePersonIsAnother", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			to := w.startTrial(m, w.shop, oauth.TrialWhole).header.Get("Location")
			again := w.browser()
			again.login, again.id = m.login, m.id
			again.signIn().want(http.StatusSeeOther)
			again.get(to).want(http.StatusNotFound)
			m.get(to).want(http.StatusOK, "It works.")
		})

		t.Run("OnlyForWhoMayManage", func(t *testing.T) {
			w := h.world(t)
			path := fmt.Sprintf("/settings/oauth/clients/%d/trial", w.ID("oauth_provider.client", w.shop.id))
			plain := w.person("plain", "contacts.manager")
			plain.signIn()
			plain.post(path, nil).want(http.StatusForbidden)
			if to := w.browser().post(path, nil).want(http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(to, "/signin") {
				t.Errorf("nobody is sent to %s", to)
			}
			m := w.manager()
			to := w.startTrial(m, w.shop, oauth.TrialWhole).header.Get("Location")
			w.Load(fmt.Sprintf("- {model: base.user, id: manager_%d, values: {groups: [base.user]}}", w.n))
			m.get(to).want(http.StatusForbidden)
		})

		t.Run("TheCodeIsForThatSessionToo", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			to := w.startTrial(m, w.shop, oauth.TrialCode).header.Get("Location")
			thief := w.person("thief", "oauth_provider.manager")
			thief.signIn()
			thief.get(to).want(http.StatusNotFound)
			p := m.get(to).want(http.StatusOK, "code_verifier=")
			if strings.Contains(p.body, html.EscapeString(w.shop.secret)) {
				t.Error("the page holds the secret")
			}
			if got := p.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("the page may be stored: %s", got)
			}
			m.get(to).want(http.StatusNotFound)
		})

		t.Run("NothingOpensAnything", func(t *testing.T) {
			w := h.world(t)
			w.Load(fmt.Sprintf("- {model: oauth_provider.client, id: %s, values: {token_kind: jwt, default_scopes: [openid, self, offline_access]}}", w.shop.id))
			m := w.manager()
			to := w.startTrial(m, w.shop, oauth.TrialWhole).header.Get("Location")
			u, err := url.Parse(to)
			must(t, err)
			done := m.get(to).want(http.StatusOK, "It works.", "id_token", "refresh_token", "eyJ")
			for what, secret := range map[string]string{"secret": html.EscapeString(w.shop.secret), "code": u.Query().Get("code"), "state": u.Query().Get("state")} {
				if strings.Contains(done.body, secret) {
					t.Errorf("the page holds the %s", what)
				}
			}
			if token := regexp.MustCompile(`ts[acrh]_[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{8,}`).FindString(done.body); token != "" {
				t.Errorf("the page holds %s", token)
			}
		})

		t.Run("AConsentHandleIsNoState", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			handle := m.authorize(w.shop.ask()).consent().fields.Get("handle")
			m.get(oauth.TrialPath + "?" + url.Values{"state": {handle}, "code": {"x"}, "iss": {w.URL}}.Encode()).want(http.StatusNotFound)
		})

		t.Run("CrossSitePostStartsNone", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			r := w.request(http.MethodPost, fmt.Sprintf("/settings/oauth/clients/%d/trial", w.ID("oauth_provider.client", w.shop.id)), "")
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			m.send(r).want(http.StatusForbidden)
		})
	})
}
