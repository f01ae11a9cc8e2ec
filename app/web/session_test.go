package web_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		t.Run("Security83", func(t *testing.T) {
			b := h.anna()
			value := b.cookie()
			secret, err := base64.RawURLEncoding.DecodeString(value)
			if err != nil {
				t.Fatal(err)
			}
			for name, stored := range map[string][]byte{"the cookie": []byte(value), "its bytes": secret} {
				if h.count("SELECT count(*) FROM session WHERE hash = ?", stored) != 0 {
					t.Errorf("the table holds %s", name)
				}
			}
			hash := hashOf(secret)
			if h.count("SELECT count(*) FROM session WHERE hash = ?", hash) != 1 {
				t.Fatal("the table does not hold the cookie's hash")
			}
			thief := h.browser()
			thief.header.Set("Cookie", h.cookieName("tessera")+"="+base64.RawURLEncoding.EncodeToString(hash))
			thief.get("/account").want(t, http.StatusSeeOther)
		})
		t.Run("Security82", func(t *testing.T) {
			b := h.anna()
			b.signIn("anna@example.com", "planted wrong password")
			b.get("/search?q=planted-query")
			log := h.log.String()
			for _, secret := range []string{password, "planted wrong password", b.cookie(), "planted-query"} {
				if strings.Contains(log, secret) {
					t.Errorf("the log holds %q", secret)
				}
			}
			if n := h.count("SELECT count(*) FROM audit WHERE action = 'sign in' AND user_id = 1"); n == 0 {
				t.Error("no sign-in in the audit log")
			}
		})
		t.Run("IdleEndsIt", func(t *testing.T) {
			b := h.anna()
			h.later(11 * time.Hour)
			b.get("/account").want(t, http.StatusOK)
			h.settle()
			h.later(11 * time.Hour)
			b.get("/account").want(t, http.StatusOK)
			h.settle()
			h.later(13 * time.Hour)
			b.get("/account").want(t, http.StatusSeeOther)
		})
		t.Run("AbsoluteEndsIt", func(t *testing.T) {
			b := h.anna()
			for range 16 {
				h.later(10 * time.Hour)
				b.get("/account").want(t, http.StatusOK)
				h.settle()
			}
			h.later(9 * time.Hour)
			b.get("/account").want(t, http.StatusSeeOther)
		})
		t.Run("KeptLivesLonger", func(t *testing.T) {
			b := h.browser()
			b.post("/signin", url.Values{"login": {"anna@example.com"}, "password": {password}, "keep": {"1"}}).want(t, http.StatusSeeOther)
			h.later(29 * 24 * time.Hour)
			b.get("/account").want(t, http.StatusOK)
		})
		t.Run("RevocationHoldsAtTheNextRequest", func(t *testing.T) {
			b := h.signedIn("marc@example.com")
			b.get("/manage/1").want(t, http.StatusOK)
			h.exec("UPDATE login SET groups = 'test.user' WHERE id = 2")
			b.get("/manage/1").want(t, http.StatusForbidden)
			h.exec("UPDATE login SET active = ? WHERE id = 2", false)
			b.get("/account").want(t, http.StatusSeeOther)
			h.exec("UPDATE login SET active = ?, groups = 'test.manager test.user', not_before = ? WHERE id = 2", true, h.clock().Add(time.Second))
			b.get("/account").want(t, http.StatusSeeOther)
			h.later(2 * time.Second)
		})
		t.Run("PostAfterTheEnd", func(t *testing.T) {
			r := h.browser().post("/records/test.thing", url.Values{"name": {"lost"}})
			r.want(t, http.StatusSeeOther)
			if got := r.Header.Get("Location"); got != "/signin" {
				t.Errorf("Location %q", got)
			}
		})
		t.Run("ListAndEnd", func(t *testing.T) {
			h.exec("DELETE FROM session")
			one, two, marc := h.browser(), h.anna(), h.signedIn("marc@example.com")
			one.header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
			one.signIn("anna@example.com", password).want(t, http.StatusSeeOther)
			r := two.get("/account/sessions")
			r.want(t, http.StatusOK, "Firefox on Linux", "127.0.0.1", "This device")
			id := regexp.MustCompile(`name="session" value="(\d+)"`).FindStringSubmatch(r.text)
			if id == nil {
				t.Fatalf("no button ends the other session:\n%s", r.text)
			}
			marc.post("/account/sessions/end", url.Values{"session": {id[1]}}).want(t, http.StatusSeeOther)
			one.get("/account").want(t, http.StatusOK) // it is not Marc's to end
			two.post("/account/sessions/end", url.Values{"session": {id[1]}}).want(t, http.StatusSeeOther)
			one.get("/account").want(t, http.StatusSeeOther)
			two.get("/account/sessions").want(t, http.StatusOK, "1 session has ended.")
			three := h.anna()
			two.post("/account/sessions/end-others", nil).want(t, http.StatusSeeOther)
			three.get("/account").want(t, http.StatusSeeOther)
			two.get("/account").want(t, http.StatusOK)
			four := h.anna()
			two.post("/account/sessions/end-all", nil).want(t, http.StatusSeeOther)
			two.get("/account").want(t, http.StatusSeeOther)
			four.get("/account").want(t, http.StatusSeeOther)
			marc.get("/account").want(t, http.StatusOK)
			two.post("/account/sessions/end", url.Values{"session": {"x"}}).want(t, http.StatusSeeOther)
		})
		t.Run("OldestGivesWay", func(t *testing.T) {
			h.exec("DELETE FROM session")
			oldest := h.anna()
			for i := range 199 {
				h.exec(`INSERT INTO session (hash, user_id, auth_time, amr, acr, user_agent, address, created_at, last_seen, expires_at, kept)
					SELECT ?, user_id, auth_time, amr, acr, user_agent, address, created_at, last_seen, expires_at, kept FROM session WHERE id = (SELECT min(id) FROM session)`, []byte{byte(i)})
			}
			oldest.get("/account").want(t, http.StatusOK)
			h.anna().get("/account").want(t, http.StatusOK)
			oldest.get("/account").want(t, http.StatusSeeOther)
			if n := h.count("SELECT count(*) FROM session"); n != 200 {
				t.Errorf("%d sessions, want 200", n)
			}
		})
		t.Run("Purge", func(t *testing.T) {
			h.anna()
			h.later(91 * 24 * time.Hour)
			more, err := web.Purge(h.app.Database.System(t.Context(), "purge"))
			if err != nil || more {
				t.Fatalf("Purge: %v, %v", more, err)
			}
			for _, table := range []string{"session", "attempt", "setup"} {
				if n := h.count("SELECT count(*) FROM " + table); n != 0 {
					t.Errorf("%d rows are left in %s", n, table)
				}
			}
		})
	})
}

func TestAccountPages(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		change := func(b *browser, current, next, again string) reply {
			return b.post("/account/password", url.Values{"current": {current}, "password": {next}, "again": {again}})
		}
		t.Run("Password", func(t *testing.T) {
			b, other := h.signedIn("marc@example.com"), h.signedIn("marc@example.com")
			change(b, "wrong", "a longer tessera phrase", "a longer tessera phrase").want(t, http.StatusBadRequest, "not your present password")
			change(b, password, "short", "short").want(t, http.StatusBadRequest, "at least 10 characters")
			change(b, password, "a longer tessera phrase", "another").want(t, http.StatusBadRequest, "The two entries differ")
			before := b.cookie()
			h.later(time.Second)
			change(b, password, "a longer tessera phrase", "a longer tessera phrase").want(t, http.StatusSeeOther)
			if b.cookie() == before {
				t.Error("the session kept its id")
			}
			b.get("/account").want(t, http.StatusOK, "The password is changed.")
			other.get("/account").want(t, http.StatusSeeOther)
			h.browser().signIn("marc@example.com", password).want(t, http.StatusUnauthorized)
			h.browser().signIn("marc@example.com", "a longer tessera phrase").want(t, http.StatusSeeOther)
		})
		t.Run("PasswordGuessingIsCounted", func(t *testing.T) {
			b := h.signedIn("anna@example.com")
			for range 5 {
				change(b, "wrong", "x", "x").want(t, http.StatusBadRequest)
			}
			change(b, password, "a longer tessera phrase", "a longer tessera phrase").want(t, http.StatusTooManyRequests)
			h.exec("DELETE FROM attempt")
		})
		t.Run("Preferences", func(t *testing.T) {
			b := h.anna()
			set := func(lang, zone string) reply {
				return b.post("/account/preferences", url.Values{"lang": {lang}, "time_zone": {zone}})
			}
			set("xx", "Nowhere/Else").want(t, http.StatusBadRequest, "no such language", "no such time zone")
			set("fr", "Europe/Paris").want(t, http.StatusSeeOther)
			b.get("/account").want(t, http.StatusOK, "Mon compte", "Enregistré.", `lang="fr"`)
			set("en", "Europe/London").want(t, http.StatusSeeOther)
		})
		t.Run("Company", func(t *testing.T) {
			b := h.anna()
			b.post("/company", url.Values{"company": {"2"}, "next": {"/account"}}).want(t, http.StatusSeeOther)
			b.get("/account").want(t, http.StatusOK, "You now act for Carreaux SA.")
			b.post("/company", url.Values{"company": {"3"}}).want(t, http.StatusForbidden)
		})
		t.Run("Theme", func(t *testing.T) {
			b := h.browser()
			r := b.post("/theme", url.Values{"theme": {"dark"}, "next": {"//evil.example"}})
			r.want(t, http.StatusSeeOther)
			if r.Header.Get("Location") != "/" {
				t.Errorf("Location %q", r.Header.Get("Location"))
			}
			b.get("/signin").want(t, http.StatusOK, `data-theme="dark"`)
			b.post("/language", url.Values{"lang": {"fr"}}).want(t, http.StatusSeeOther)
			b.get("/signin").want(t, http.StatusOK, "Se connecter")
		})
	})
}

func TestHomeAndSearch(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		anna := h.anna()
		d := h.app.Database
		a, err := h.app.Accounts.ByID(t.Context(), d, 1)
		if err != nil {
			t.Fatal(err)
		}
		env := d.Env(t.Context(), a, 1, nil)
		row := &thing{Name: "Blue <b>glaze</b>"}
		if err := record.Save(env, row); err != nil {
			t.Fatal(err)
		}
		t.Run("Greeting", func(t *testing.T) {
			for _, test := range []struct {
				hour int
				want string
			}{{6, "Good morning"}, {13, "Good afternoon"}, {19, "Good evening"}, {3, "Good evening"}} {
				day := time.Date(2026, 3, 6, test.hour, 0, 0, 0, time.UTC)
				h.later(day.Sub(h.clock()))
				h.anna().get("/").want(t, http.StatusOK, test.want+", Anna<", "Friday 6 March · Mosaic Ltd")
			}
		})
		t.Run("Recent", func(t *testing.T) {
			anna.signIn("anna@example.com", password)
			anna.get("/").want(t, http.StatusOK, "Blue &lt;b&gt;glaze&lt;/b&gt;", `href="/records/test.thing/1"`)
			if r := h.signedIn("marc@example.com").get("/"); strings.Contains(r.text, "glaze") {
				t.Error("Marc's home shows what Anna did")
			}
		})
		t.Run("Search", func(t *testing.T) {
			anna.get("/search?q=glaz").want(t, http.StatusOK, "Blue &lt;b&gt;glaze&lt;/b&gt;")
			anna.get("/search?q=thing").want(t, http.StatusOK, `href="/records/test.thing"`)
			if r := anna.get("/search?q=user"); strings.Contains(r.text, "/records/base.user") {
				t.Error("Anna's search shows a menu line that she may not open")
			}
			if r := anna.get("/search?q=marc"); strings.Contains(r.text, "Marc Adler") {
				t.Error("Anna's search shows a user whom she may not see")
			}
			if r := anna.get("/search?q=g"); strings.Contains(r.text, "glaze") {
				t.Error("one character searches")
			}
		})
		t.Run("Flash", func(t *testing.T) {
			b := h.anna()
			b.header.Set("Cookie", h.cookieName("tessera-flash")+"="+base64.RawURLEncoding.EncodeToString([]byte(`[{"Tone":"ok","Text":"<script>1</script>","Links":[{"Text":"go","URL":"https://evil.example"}],"Undo":{"Label":"Undo","URL":"//evil.example","Post":true}}]`)))
			r := b.get("/public")
			r.want(t, http.StatusOK, "&lt;script&gt;1&lt;/script&gt;")
			if strings.Contains(r.text, "evil.example") {
				t.Errorf("a planted note leads away:\n%s", r.text)
			}
			b.header.Set("Cookie", h.cookieName("tessera-flash")+"="+strings.Repeat("A", 3000))
			b.get("/public").want(t, http.StatusOK)
		})
	})
}

// TestStatements holds the budget of a page: the session, the account, and its own.
func TestStatements(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		b := h.anna()
		b.get("/records/test.thing")
		for path, most := range map[string]int{"/records/test.thing": 2, "/account": 2, "/account/sessions": 3, "/": 3, "/public": 2} {
			ctx, counter := h.app.Database.DB.CountQueries(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.AddCookie(&http.Cookie{Name: h.cookieName("tessera"), Value: b.cookie()})
			w := newRecorder()
			h.server.ServeHTTP(w, req)
			if w.Code != http.StatusOK || counter.Len() > most {
				t.Errorf("%s: status %d, %d statements, want %d at most: %q", path, w.Code, counter.Len(), most, counter.Statements())
			}
		}
	})
}

func TestSignInHint(t *testing.T) {
	t.Parallel()
	h := sqlite(t, func(h *house) {
		h.app.SignInHint = func(c *web.Ctx, next string) *web.SignInHint {
			if !strings.HasPrefix(next, "/oauth2/") {
				return nil
			}
			return &web.SignInHint{Client: &ui.Client{Name: "Web shop"}, FormAction: []string{"https://shop.example.com", "bad; script-src *"}}
		}
	})
	path := web.SignInPath("/oauth2/resume?sealed=abc", web.SignInOptions{LoginHint: "anna@example.com", Again: true, Lang: "fr"})
	r := h.anna().get(path)
	r.want(t, http.StatusOK, "Web shop", `value="anna@example.com"`, `value="/oauth2/resume?sealed=abc"`, "Se connecter")
	policy := r.Header.Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "form-action 'self' https://shop.example.com") {
		t.Errorf("policy %s", policy)
	}
	if r := h.anna().get(web.SignInPath("/oauth2/resume", web.SignInOptions{})); r.Header.Get("Location") != "/oauth2/resume" {
		t.Errorf("who is signed in goes on at once: %d %q", r.StatusCode, r.Header.Get("Location"))
	}
}
