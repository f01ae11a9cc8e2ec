package oauthprovider_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// registers is where the button to register an address posts to.
func (w *world) registers(c *client) string {
	return fmt.Sprintf("/settings/oauth/clients/%d/redirects", w.ID("oauth_provider.client", c.id))
}

// TestRefusedRedirects shows real requests that named another address, and registers one.
func TestRefusedRedirects(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		h := openHouse(t, at)
		count := func(w *world) (n int) {
			t.Helper()
			must(t, w.Database.DB.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM oauth_provider_refused_redirect WHERE client_id = ?", w.ID("oauth_provider.client", w.shop.id)).Scan(&n))
			return n
		}

		t.Run("RegisterThisAddress", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			stranger := w.browser()
			page := w.clientPath(w.shop) + "?tab=integration"
			stranger.get(w.shop.ask("redirect_uri", "https://shop.example/oauth/cb")).wantPage(http.StatusBadRequest)
			stranger.get(w.shop.ask("redirect_uri", "https://shop.example/oauth/cb")).wantPage(http.StatusBadRequest)
			if body := stranger.get(w.shop.ask("redirect_uri", "https://shop.example/oauth/cb")).body; strings.Contains(body, "https://shop.example/cb") {
				t.Error("the stranger is told what is registered")
			}
			p := m.get(page).want(http.StatusOK, "https://shop.example/<mark>oauth/</mark>cb", "Once, just now")
			f := p.form(w.registers(w.shop))
			m.post(f.action, f.fields).want(http.StatusSeeOther)
			m.get(page).want(http.StatusOK, "https://shop.example/oauth/cb is registered.")
			if w.person("anna").code(&client{w.shop.id, w.shop.secret, "https://shop.example/oauth/cb"}) == "" {
				t.Error("the registered address gets no code")
			}
			if n := count(w); n != 0 {
				t.Errorf("%d rows are left", n)
			}
			m.post(f.action, f.fields).want(http.StatusNotFound)
		})

		t.Run("EveryCheckHolds", func(t *testing.T) {
			w := h.world(t)
			m := w.manager()
			page := w.clientPath(w.shop) + "?tab=integration"
			w.browser().get(w.shop.ask("redirect_uri", "http://elsewhere.example/cb?<script>")).wantPage(http.StatusBadRequest)
			p := m.get(page).want(http.StatusOK, html.EscapeString("elsewhere.example"))
			if strings.Contains(p.body, "<script>\"") || strings.Contains(p.body, "?<script>") {
				t.Error("what was received is not escaped")
			}
			f := p.form(w.registers(w.shop))
			m.post(f.action, f.fields).want(http.StatusSeeOther)
			m.get(page).want(http.StatusOK, "cannot be a redirect URI")
			m.post(w.registers(w.other), f.fields).want(http.StatusNotFound)
			m.post(f.action, url.Values{"refused": {"x"}}).want(http.StatusNotFound)
		})

		t.Run("StrangersGrowNoTable", func(t *testing.T) {
			w := h.world(t)
			b := w.browser()
			for i := range 40 {
				b.get(w.shop.ask("redirect_uri", fmt.Sprintf("https://shop.example/%d", i))).wantPage(http.StatusBadRequest)
			}
			b.get(w.shop.ask("redirect_uri", "https://shop.example/"+strings.Repeat("x", 2001))).wantPage(http.StatusBadRequest)
			b.get(w.shop.ask("client_id", "nobody", "redirect_uri", "https://shop.example/x")).wantPage(http.StatusBadRequest)
			if n := count(w); n < 1 || n > 8 {
				t.Errorf("%d rows are kept of the client, want 1 to 8", n)
			}
		})
	})
}
