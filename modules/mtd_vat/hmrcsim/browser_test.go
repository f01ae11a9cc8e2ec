package hmrcsim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// A person walks through every page: on a phone, in the dark, in French, without script.
func TestPages(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>Back</title><h1>Back at the application</h1></html>`))
	}))
	t.Cleanup(back.Close)
	elsewhere := strings.Replace(back.URL, "127.0.0.1", "localhost", 1) + "/oauth2/callback"
	for _, c := range []struct {
		name    string
		options browser.Options
		give    string
		remove  string
	}{
		{"Phone", browser.Options{Width: 320, Height: 640, NoScript: true}, "Give permission", "Remove permission: Tessera"},
		{"DarkFrench", browser.Options{Dark: true, Lang: "fr"}, "Autoriser", "Retirer l’autorisation : Tessera"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.Register(hmrcsim.Application{Name: "Tessera", ClientID: "tessera", Secrets: []string{secret}, RedirectURIs: []string{elsewhere}, Scopes: []string{"read:vat", "write:vat"}}); err != nil {
				t.Fatal(err)
			}
			at := strings.Replace(w.url, "127.0.0.1", "localhost", 1)
			p := chromium.Page(t, c.options)
			look := func(name string) {
				t.Helper()
				for _, v := range p.Axe() {
					t.Errorf("%s: %s", name, v)
				}
				if p.SidewaysScroll() {
					t.Errorf("%s scrolls sideways", name)
				}
				if !strings.Contains(p.Text(), "HMRC stand-in – not HMRC") && !strings.Contains(p.Text(), "ce n’est pas HMRC") {
					t.Errorf("%s does not say that it is not HMRC", name)
				}
				if dir := os.Getenv("TESSERA_TEST_PICTURES"); dir != "" {
					p.FullScreenshot(filepath.Join(dir, "hmrcsim-"+c.name+"-"+name+".png"))
				}
			}
			p.Open(at + "/")
			look("front")
			ask := at + authorize("redirect_uri", elsewhere)
			p.Open(ask)
			look("sign-in")
			p.Fill("user_id", "412096873315")
			p.Fill("password", "wrong")
			p.Submit()
			look("wrong")
			if got := p.Value("user_id"); got != "412096873315" {
				t.Errorf("the user ID that was typed has become %q", got)
			}
			p.Fill("password", "harrowvale")
			p.Submit()
			p.WaitFor("Harrow & Vale Ltd")
			look("grant")
			p.Click(c.give)
			p.WaitFor("Back at the application")
			u, err := url.Parse(p.URL())
			if err != nil || u.Query().Get("code") == "" || !strings.HasPrefix(p.URL(), elsewhere) {
				t.Fatalf("the browser is at %s", p.URL())
			}
			got := w.token("grant_type", "authorization_code", "code", u.Query().Get("code"), "redirect_uri", elsewhere)
			w.call(got.Access, "GET", obligationsOf(vale), "").want(t, 200, "")
			w.Inject(hmrcsim.Broken)
			p.Open(at + "/control")
			look("control")
			w.ClearFaults()
			p.Open(at + "/manage-authorised-applications")
			look("manage")
			p.Click(c.remove)
			w.call(got.Access, "GET", obligationsOf(vale), "").want(t, 401, "INVALID_CREDENTIALS")
			look("managed")
			p.Open(at + "/gateway/sign-out")
			look("signed-out")
			if said := p.Console(); len(said) > 0 {
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}

// Each button of the control page does what it says.
func TestControl(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	got := w.marc()
	press := func(do, value string) page {
		t.Helper()
		a := p.post("/control", "do", do, "value", value)
		if a.status != 200 || a.at.Path != "/control" {
			t.Fatalf("%s %s leads to %d %s", do, value, a.status, a.at)
		}
		return a
	}
	for _, name := range []string{"broken", "maintenance", "throttled", "gateway"} {
		press("fault", name)
		if a := w.call(got.Access, "GET", obligationsOf(vale), ""); a.status < 429 {
			t.Errorf("after %s a request is answered with %d", name, a.status)
		}
	}
	if a := press("fault", "lost_after"); !strings.Contains(a.text, "1 fault waits") {
		t.Errorf("a fault that waits is not shown: %s", a.text)
	}
	if a := press("calm", ""); strings.Contains(a.text, "1 fault waits") {
		t.Error("a fault that was forgotten is shown")
	}
	press("clock", "hours")
	if !w.Now().Equal(noon.Add(5 * time.Hour)) {
		t.Errorf("five hours on it is %s", w.Now())
	}
	w.call(got.Access, "GET", obligationsOf(vale), "").want(t, 401, "INVALID_CREDENTIALS")
	if a := press("user", ""); !strings.Contains(a.text, "Company ") {
		t.Error("a created test user is not shown")
	}
	press("revoke", "412096873315")
	if a := w.token("grant_type", "refresh_token", "refresh_token", got.Refresh); a.Error != "invalid_grant" {
		t.Errorf("after removing the permission: %v", a.members)
	}
	press("reset", "")
	if len(w.Grants()) > 0 {
		t.Error("something is left after a reset")
	}
	closed := newWorld(t, func(o *hmrcsim.Options) { o.Control = false })
	if a := closed.person().get("/control"); a.status != 404 {
		t.Errorf("without control the page is answered with %d", a.status)
	}
}
