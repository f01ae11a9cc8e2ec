package web_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		t.Run("StrangerIsSentToSignInAndComesBack", func(t *testing.T) {
			b := h.browser()
			r := b.get("/records/test.thing?page=2")
			r.want(t, http.StatusSeeOther)
			if got, want := r.Header.Get("Location"), "/signin?next="+url.QueryEscape("/records/test.thing?page=2"); got != want {
				t.Fatalf("a stranger is sent to %q, want %q", got, want)
			}
			b.get(r.Header.Get("Location")).want(t, http.StatusOK, `value="/records/test.thing?page=2"`)
			r = b.post("/signin", url.Values{"login": {"anna@example.com"}, "password": {password}, "next": {"/records/test.thing?page=2"}})
			r.want(t, http.StatusSeeOther)
			if got := r.Header.Get("Location"); got != "/records/test.thing?page=2" {
				t.Errorf("after sign-in: Location %q", got)
			}
			b.get("/records/test.thing").want(t, http.StatusOK, "For Anna Keller")
		})
		t.Run("Security13", func(t *testing.T) {
			if r := h.browser().signIn("anna@example.com", password); r.StatusCode != http.StatusSeeOther {
				t.Errorf("after sign-in: %d, want 303", r.StatusCode)
			}
		})
		t.Run("Security14", func(t *testing.T) {
			r := h.browser().get("/signin?next=/x")
			for header, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			policy := r.Header.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
				if !strings.Contains(policy, part) {
					t.Errorf("the policy lacks %q: %s", part, policy)
				}
			}
			if strings.Contains(r.text, `src="http`) || strings.Contains(r.text, `href="http`) || strings.Contains(r.text, "<style") || strings.Contains(r.text, " style=") {
				t.Errorf("the page has foreign or inline parts:\n%s", r.text)
			}
		})
		t.Run("Security29", func(t *testing.T) {
			b := h.anna()
			first := b.cookie()
			b.signIn("anna@example.com", password).want(t, http.StatusSeeOther)
			second := b.cookie()
			if first == "" || first == second {
				t.Fatalf("the cookie stayed %q", first)
			}
			old := h.browser()
			old.header.Set("Cookie", h.cookieName("tessera")+"="+first)
			old.get("/account").want(t, http.StatusSeeOther)
			b.get("/account").want(t, http.StatusOK, "Anna Keller")
		})
		t.Run("FixedCookieIsNotTaken", func(t *testing.T) {
			fixed := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
			b := h.browser()
			b.header.Set("Cookie", h.cookieName("tessera")+"="+fixed)
			r := b.signIn("anna@example.com", password)
			if slices.ContainsFunc(r.Cookies(), func(c *http.Cookie) bool { return c.Value == fixed }) {
				t.Error("the cookie that was planted became the session")
			}
			b.get("/account").want(t, http.StatusSeeOther)
		})
		t.Run("Security30", func(t *testing.T) {
			for _, next := range []string{"//evil.example", `/\evil.example`, "https://evil.example", `\\evil.example`, "/\t/evil.example", "javascript:alert(1)", "/%0d%0aX: y\r\n", ""} {
				r := h.browser().post("/signin", url.Values{"login": {"anna@example.com"}, "password": {password}, "next": {next}})
				if got := r.Header.Get("Location"); got != "/" {
					t.Errorf("next=%q leads to %q, want /", next, got)
				}
			}
		})
		t.Run("CookieIsOursAlone", func(t *testing.T) {
			r := h.browser().signIn("anna@example.com", password)
			i := slices.IndexFunc(r.Cookies(), func(c *http.Cookie) bool { return c.Name == h.cookieName("tessera") })
			if i < 0 {
				t.Fatalf("no session cookie among %v", r.Cookies())
			}
			c := r.Cookies()[i]
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 0 || c.Domain != "" {
				t.Errorf("cookie %s", c.Raw)
			}
			kept := h.browser().post("/signin", url.Values{"login": {"anna@example.com"}, "password": {password}, "keep": {"1"}})
			if !strings.Contains(kept.Header.Get("Set-Cookie"), "Max-Age=7776000") {
				t.Errorf("kept: %s", kept.Header.Get("Set-Cookie"))
			}
		})
		t.Run("SignOutEndsIt", func(t *testing.T) {
			b := h.anna()
			value := b.cookie()
			b.post("/signout", nil).want(t, http.StatusSeeOther)
			b.header.Set("Cookie", h.cookieName("tessera")+"="+value)
			b.get("/account").want(t, http.StatusSeeOther)
		})
	})
}

func TestSignInOverHTTPS(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) { h.app.BaseURL = h.parse("https://erp.example.com") }, func(t *testing.T, h *house) {
		r := h.browser().post("/signin", url.Values{"login": {"anna@example.com"}, "password": {password}})
		r.want(t, http.StatusSeeOther)
		if c := r.Header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-tessera=") || !strings.Contains(c, "; Secure") {
			t.Errorf("cookie %q", c)
		}
		page := h.browser().get("/signin")
		if got := page.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("Referrer-Policy %q", got)
		}
		if page.Header.Get("Strict-Transport-Security") == "" {
			t.Error("no Strict-Transport-Security")
		}
	})
}

func TestLockout(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		t.Run("Security80", func(t *testing.T) {
			wrong := h.browser().signIn("marc@example.com", "not it at all")
			unknown := h.browser().signIn("nobody@example.com", "not it at all")
			wrong.want(t, http.StatusUnauthorized, "That login and password do not match.")
			same := strings.ReplaceAll(unknown.text, "nobody@example.com", "marc@example.com")
			if unknown.StatusCode != wrong.StatusCode || same != wrong.text {
				t.Error("an unknown user and a wrong password get different pages")
			}
		})
		t.Run("Security80Time", func(t *testing.T) {
			// The fastest of several: other tests wait for the same two slots.
			names := []string{"anna@example.com", "nobody.else@example.com"}
			fastest := map[string]time.Duration{names[0]: time.Hour, names[1]: time.Hour}
			for i := range 8 {
				name := names[i%2]
				began := time.Now()
				if _, err := web.SignIn(t.Context(), h.app, name, "not it at all", "192.0.2.80"); !fault.Is(err, fault.Unauthenticated) {
					t.Fatalf("sign-in of %s: %v", name, err)
				}
				fastest[name] = min(fastest[name], time.Since(began))
			}
			known, unknown := fastest[names[0]], fastest[names[1]]
			if unknown < known/3 {
				t.Errorf("a known user takes %v, an unknown one %v", known, unknown)
			}
			h.exec("DELETE FROM attempt")
		})
		t.Run("Security47", func(t *testing.T) {
			names := []string{"anna@example.com", "ANNA.Keller@example.com"}
			for i := range 5 {
				h.browser().signIn(names[i%2], "not it at all").want(t, http.StatusUnauthorized)
			}
			for _, name := range names {
				r := h.browser().signIn(name, password)
				r.want(t, http.StatusTooManyRequests, "Too many attempts", "30 seconds")
				if r.Header.Get("Retry-After") != "30" {
					t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
				}
			}
			h.start(web.Config{}) // a restart forgets nothing
			h.browser().signIn(names[1], password).want(t, http.StatusTooManyRequests)
			h.browser().signIn("marc@example.com", password).want(t, http.StatusSeeOther)
			if _, err := web.SignIn(t.Context(), h.app, names[0], password, "192.0.2.7"); !fault.Is(err, fault.Unavailable) {
				t.Errorf("the password grant: %v, want the same lock", err)
			}
			h.later(31 * time.Second)
			h.browser().signIn(names[0], password).want(t, http.StatusSeeOther)
			if n := h.count("SELECT count(*) FROM attempt WHERE subject LIKE 'account:1%'"); n != 0 {
				t.Error("success did not clear the count")
			}
		})
		t.Run("WaitGrows", func(t *testing.T) {
			for i, want := range []string{"30", "60", "120", "240", "480", "900", "900"} {
				for range 1 + 4*(1-min(i, 1)) {
					h.browser().signIn("growing@example.com", "x").want(t, http.StatusUnauthorized)
				}
				r := h.browser().signIn("growing@example.com", "x")
				if got := r.Header.Get("Retry-After"); got != want {
					t.Errorf("lock %d: wait %q, want %q", i+1, got, want)
				}
				h.later(16 * time.Minute)
			}
		})
		t.Run("ParallelGuessesGainNothing", func(t *testing.T) {
			var wg sync.WaitGroup
			var mu sync.Mutex
			refused := 0
			for range 24 {
				wg.Go(func() {
					_, err := web.SignIn(t.Context(), h.app, "parallel@example.com", "x", "192.0.2.9")
					mu.Lock()
					defer mu.Unlock()
					if fault.Is(err, fault.Unavailable) {
						refused++
					}
				})
			}
			wg.Wait()
			if refused < 24-6 { // five are free, one may run beside the last of them
				t.Errorf("%d of 24 parallel guesses were refused, want 18 at least", refused)
			}
		})
		t.Run("DisabledAccountLooksUnknown", func(t *testing.T) {
			h.exec("UPDATE login SET active = ? WHERE login = ?", false, "marc@example.com")
			h.browser().signIn("marc@example.com", password).want(t, http.StatusUnauthorized, "That login and password do not match.")
			h.exec("UPDATE login SET active = ? WHERE login = ?", true, "marc@example.com")
		})
	})
}

func TestManySignInsAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for range 16 {
			b := h.browser()
			wg.Go(func() {
				for range 3 {
					if r := b.signIn("anna@example.com", password); r.StatusCode != http.StatusSeeOther {
						t.Errorf("status %d, want 303", r.StatusCode)
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestSetupLink(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		fresh := func() string {
			h.exec("UPDATE login SET hash = ''")
			link, err := web.NewSetupLink(t.Context(), h.app)
			if err != nil {
				t.Fatal(err)
			}
			return h.parse(link).RequestURI()
		}
		post := func(b *browser, link, secret string) reply {
			return b.post("/setup", url.Values{"token": {h.parse(link).Query().Get("token")}, "password": {secret}, "again": {secret}})
		}
		t.Run("Security99", func(t *testing.T) {
			link := fresh()
			for range 3 {
				h.browser().get(link).want(t, http.StatusOK, "anna@example.com") // looking does not use it up
			}
			b := h.browser()
			post(b, link, "short").want(t, http.StatusBadRequest, "at least 10 characters")
			post(b, link, "Password12345!").want(t, http.StatusBadRequest, "among the first")
			post(b, link, "anna.keller 2026").want(t, http.StatusBadRequest, "among the first")
			r := post(b, link, "a new tessera each day")
			r.want(t, http.StatusSeeOther)
			b.get("/account").want(t, http.StatusOK, "Anna Keller")
			post(h.browser(), link, "a new tessera each day").want(t, http.StatusGone)
			h.browser().get(link).want(t, http.StatusGone, "This link is over")
			if again, err := web.NewSetupLink(t.Context(), h.app); err != nil || again != "" {
				t.Errorf("with a password set the link is %q, %v", again, err)
			}
		})
		t.Run("Security99Late", func(t *testing.T) {
			link := fresh()
			h.later(61 * time.Minute)
			h.browser().get(link).want(t, http.StatusGone)
			post(h.browser(), link, "a new tessera each day").want(t, http.StatusGone)
		})
		t.Run("ANewLinkEndsTheOld", func(t *testing.T) {
			old := fresh()
			fresh()
			h.browser().get(old).want(t, http.StatusGone)
		})
		t.Run("OnceInParallel", func(t *testing.T) {
			link := fresh()
			var wg sync.WaitGroup
			var mu sync.Mutex
			got := map[int]int{}
			for i := range 4 {
				b := h.browser()
				wg.Go(func() {
					r := post(b, link, fmt.Sprintf("a new tessera each day %d", i))
					mu.Lock()
					defer mu.Unlock()
					got[r.StatusCode]++
				})
			}
			wg.Wait()
			if got[http.StatusSeeOther] != 1 || got[http.StatusGone] != 3 {
				t.Errorf("four posts at once: %v, want one 303 and three 410", got)
			}
		})
		t.Run("Security83", func(t *testing.T) {
			link := fresh()
			token, err := base64.RawURLEncoding.DecodeString(h.parse(link).Query().Get("token"))
			if err != nil {
				t.Fatal(err)
			}
			if h.count("SELECT count(*) FROM setup WHERE hash = ?", token) != 0 || h.count("SELECT count(*) FROM setup WHERE hash = ?", hashOf(token)) != 1 {
				t.Error("the setup link is not stored as its hash")
			}
		})
	})
}
