package oauthconsumer_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// The attacks 85 to 92 of the list, each with the answer that it must get.
func TestSecurity(t *testing.T) {
	rows := []struct {
		name string
		row  func(t *testing.T, w *world)
	}{
		{"85/CallbackState", attack85},
		{"86/AnotherUser", anotherUser},
		{"87/MixUp", attack87},
		{"88/TokenResponse", attack88},
		{"89/BaseURLChanged", attack89},
		{"90/SealedTokenMoved", moved},
		{"91/AnotherCompany", attack91},
		{"92/HTMLInErrors", attack92},
		{"SecretsNowhere", secretsNowhere},
		{"PrivateHosts", privateHosts},
		{"StaffWithoutRight", staffWithoutRight},
	}
	engines(t, func(t *testing.T, w *world) {
		for _, r := range rows {
			w.sub(t, r.name, r.row)
		}
	})
}

func attack85(t *testing.T, w *world) {
	w.sub(t, "Unknown", forgedState)
	w.sub(t, "Expired", stateExpired)
	w.sub(t, "Replayed", backButton)
	w.sub(t, "AnotherBrowser", anotherBrowser)
	w.sub(t, "StrangersBrowser", func(t *testing.T, w *world) {
		_, address := w.start(w.SignIn("admin@example.com"), w.companySubject(), "trial")
		status, body, _ := w.Exchange(w.Stranger(), "GET", w.grant(t, address), nil)
		if posts, _, _ := w.counts(); status != http.StatusBadRequest || posts != 0 || strings.Contains(body, "Trial") {
			t.Errorf("a stranger with the state: %d and %d exchanges, want a neutral 400 and none", status, posts)
		}
	})
}

func attack87(t *testing.T, w *world) {
	w.Load("- {model: oauth_consumer.api, id: trial, values: {issuer: \"https://trial.example\", iss_param: true}}")
	defer w.Load("- {model: oauth_consumer.api, id: trial, values: {issuer: \"\", iss_param: false}}")
	admin := w.SignIn("admin@example.com")
	for iss, want := range map[string]int{"&iss=https%3A%2F%2Fevil.example": 400, "": 400, "&iss=https%3A%2F%2Ftrial.example": 303} {
		_, address := w.start(admin, w.companySubject(), "trial")
		posts, _, _ := w.counts()
		status, _, _ := w.Exchange(admin, "GET", w.grant(t, address)+iss, nil)
		if after, _, _ := w.counts(); status != want || want == 400 && after != posts {
			t.Errorf("iss %q: %d and %d exchanges, want %d", iss, status, after-posts, want)
		}
	}
}

func attack88(t *testing.T, w *world) {
	secret := "planted-secret-of-the-provider"
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the credentials were sent elsewhere") }))
	defer elsewhere.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"HTML": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>"+secret) },
		"Huge": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte(secret), 10<<20/len(secret)))
		},
		"Redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/"+secret, http.StatusTemporaryRedirect)
		},
		"NoToken": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"token_type":"bearer","secret":%q}`, secret)
		},
		"MAC":     func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"token_type":"mac","access_token":"x"}`) },
		"Dropped": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		w.sub(t, name, func(t *testing.T, w *world) {
			admin := w.SignIn("admin@example.com")
			w.set(func() { w.token = answer })
			run, page := w.errand(admin, "1")
			status, _, to := w.Exchange(admin, "GET", w.grant(t, w.leave(admin, page)), nil)
			if status != 303 || to != run {
				t.Fatalf("callback: %d to %q, want 303 to the step", status, to)
			}
			_, body := w.Get(admin, to)
			if strings.Contains(body, secret) || !strings.Contains(body, "Trial &amp; Sons") {
				t.Errorf("the page says\n%s", plainText(body))
			}
		})
	}
	w.set(func() { w.token = nil })
	w.sub(t, "Slow", tokenEndpointSlow)
	env := w.connected()
	w.set(func() {
		w.api = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 2<<20)) }
	})
	var down *oauthconsumer.Unavailable
	if _, err := w.call(env); !errors.As(err, &down) {
		t.Errorf("an answer of 2 MB: %v, want that it cannot be used", err)
	}
	w.set(func() {
		w.api = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }
	})
	if _, err := w.call(env); !errors.As(err, &down) {
		t.Errorf("a redirect: %v, want that it is not followed", err)
	}
}

func attack89(t *testing.T, w *world) {
	env := w.connected()
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the token was sent to the new host") }))
	defer evil.Close()
	was := w.outside.URL
	for _, field := range []string{"base_url", "token_url"} {
		w.Load(fmt.Sprintf("- {model: oauth_consumer.api, id: trial, values: {%s: %q}}", field, evil.URL))
		w.later(2 * 3600e9)
		_, err := w.call(env)
		wantReason(t, err, oauthconsumer.Moved)
		value := was
		if field == "token_url" {
			value += "/token"
		}
		w.Load(fmt.Sprintf("- {model: oauth_consumer.api, id: trial, values: {%s: %q}}", field, value))
	}
	w.mustCall(env)
}

func attack91(t *testing.T, w *world) {
	env := w.connected()
	other := *env
	other.Company = one[int64](w, "SELECT id FROM base_company WHERE id <> ? ORDER BY id LIMIT 1", env.Company)
	_, err := readThing.Call(&other, w.companySubject(), thing{ID: "1"})
	wantCode(t, err, fault.Forbidden)
	_, err = oauthconsumer.SessionOf(&other, "trial", w.companySubject())
	wantCode(t, err, fault.Forbidden)
	_, err = w.call(&other)
	wantReason(t, err, oauthconsumer.Never)
	user := oauthconsumer.Subject{Kind: oauthconsumer.User, ID: env.User.UserID()}
	_, err = whoAmI.Call(w.As("anna@example.com"), user, struct{}{})
	wantCode(t, err, fault.Forbidden)
}

func attack92(t *testing.T, w *world) {
	admin := w.SignIn("admin@example.com")
	w.connected()
	w.set(func() {
		w.api = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"code":"<b>planted</b>","message":"<script>planted</script>"}`)
		}
	})
	_, body := w.errand(admin, "<i>planted</i>")
	if strings.Contains(body, "<script>planted") || strings.Contains(body, "<b>planted") || strings.Contains(body, "<i>planted") {
		t.Error("words of the provider are on the page unescaped")
	}
	status, _, to := w.Exchange(admin, "POST", w.path(w.companySubject(), "trial", "test"), url.Values{"next": {"//evil.example"}})
	if status != 303 || to != "/" {
		t.Errorf("test with a foreign way back: %d to %q, want home", status, to)
	}
}

// secretsNowhere: no token, code or secret is in the database in plain, in the log, in an
// error or on a page.
func secretsNowhere(t *testing.T, w *world) {
	var log safeBuffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(was)
	env := w.connected()
	w.mustCall(env)
	w.revoke()
	_, err := w.call(env)
	texts := map[string]string{"the log": log.String(), "the error": fmt.Sprintf("%v %+v", err, err)}
	admin := w.SignIn("admin@example.com")
	for _, path := range []string{"/records/oauth_consumer.connection", "/records/oauth_consumer.connection/export.csv", "/records/oauth_consumer.api", "/connections/application",
		w.path(w.companySubject(), "trial", ""), "/records/oauth_consumer.api/" + itoa(w.ID("oauth_consumer.api", "trial"))} {
		_, texts[path] = w.Get(admin, strings.TrimSuffix(path, "/"))
	}
	for _, table := range []string{"token", "attempt", "secret", "connection", "api", "intent"} {
		rows, err := w.Database.DB.QueryContext(t.Context(), "SELECT * FROM oauth_consumer_"+table)
		if err != nil {
			t.Fatal(err)
		}
		texts["table "+table] = dump(t, rows)
	}
	for where, text := range texts {
		if at := strings.Index(text, "planted-"); at >= 0 {
			t.Errorf("a secret is in %s: …%s…", where, text[max(0, at-60):min(len(text), at+40)])
		}
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func privateHosts(t *testing.T, w *world) {
	env := w.connected()
	w.exec("UPDATE oauth_consumer_api SET allow_private_hosts = ?, version = version + 1", false)
	defer w.exec("UPDATE oauth_consumer_api SET allow_private_hosts = ?, version = version + 1", true)
	_, _, before := w.counts()
	_, err := w.call(env)
	wantCode(t, err, fault.Conflict)
	if _, _, after := w.counts(); after != before {
		t.Error("a private address was called")
	}
	for _, address := range []string{"http://api.example.com", "https://169.254.169.254/", "https://10.0.0.1", "https://[::1]:8443", "https://u:p@api.example.com", "ftp://api.example.com", "https://api.example.com/#x"} {
		_, err := saveValues(w, "oauth_consumer.api", w.ID("oauth_consumer.api", "trial"), map[string]any{"base_url": address})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s as a base URL: %v, want invalid", address, err)
		}
	}
}

func staffWithoutRight(t *testing.T, w *world) {
	w.connected()
	anna := w.SignIn("anna@example.com")
	other := oauthconsumer.Subject{Kind: oauthconsumer.User, ID: w.As("admin@example.com").User.UserID()}
	for _, what := range []string{"connect", "test", "choose", "disconnect"} {
		for _, s := range []oauthconsumer.Subject{other, {Kind: oauthconsumer.Application}} {
			if status, _ := w.Post(anna, w.path(s, "trial", what), nil); status != http.StatusForbidden {
				t.Errorf("%s for the %s: %d, want 403", what, s.Kind, status)
			}
		}
	}
	for _, path := range []string{"/records/oauth_consumer.api", "/records/oauth_consumer.provider", "/records/oauth_consumer.connection", "/connections/application"} {
		if status, _ := w.Get(anna, path); status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", path, status)
		}
	}
	_, page := w.Get(anna, "/records/base.user/"+itoa(other.ID)+"?tab=connections")
	if strings.Contains(page, "Trial &amp; Sons") {
		t.Error("a colleague's connections are shown")
	}
}
