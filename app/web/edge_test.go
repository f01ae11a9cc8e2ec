package web_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/ui"
)

// sqlite is a house for what has nothing to do with the engine.
func sqlite(t *testing.T, change func(*house)) *house {
	t.Helper()
	return newHouse(t, dbtest.URL(t, db.SQLite), change)
}

func TestCrossSitePosts(t *testing.T) {
	t.Parallel()
	h := sqlite(t, nil)
	b := h.anna()
	own := h.app.BaseURL.Scheme + "://" + h.app.BaseURL.Host
	for _, test := range []struct {
		name    string
		headers map[string]string
		path    string
		want    int
	}{
		{"Security19", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, "/records/test.thing", http.StatusForbidden},
		{"Security19SameSite", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://sub.evil.example"}, "/records/test.thing", http.StatusForbidden},
		{"Security19OldBrowser", map[string]string{"Origin": "https://evil.example"}, "/records/test.thing", http.StatusForbidden},
		{"Security19SandboxedFrame", map[string]string{"Origin": "null"}, "/records/test.thing", http.StatusForbidden},
		{"Security19ForgedHost", map[string]string{"Origin": "https://evil.example", "Host": "evil.example:1"}, "/records/test.thing", http.StatusForbidden},
		{"LoginCSRF", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, "/signin", http.StatusForbidden},
		{"OwnPage", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": own}, "/records/test.thing", http.StatusSeeOther},
		{"OwnOriginBehindProxy", map[string]string{"Origin": own, "Host": "backend:8069"}, "/records/test.thing", http.StatusSeeOther},
		{"Security20", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"}, "/foreign", http.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.http.URL+test.path, strings.NewReader("next=/"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range test.headers {
				req.Header.Set(k, v)
			}
			req.Host = test.headers["Host"]
			r := b.send(req)
			r.want(t, test.want)
			if test.want == http.StatusForbidden && !strings.Contains(r.text, "another site") {
				t.Errorf("the page does not say why:\n%s", r.text)
			}
		})
	}
}

func TestForeignRouteRecognisesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	h := sqlite(t, nil)
	h.anna().post("/foreign", nil).want(t, http.StatusOK, "Anna Keller from 127.0.0.1")
	h.browser().post("/foreign", nil).want(t, http.StatusOK, "nobody from 127.0.0.1")
}

func TestBadText(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		b := h.anna()
		for name, path := range map[string]string{
			"Nul": "/search?q=a%00b", "BadUTF8": "/search?q=%ff%fe", "BadEscape": "/search?q=%zz", "Megabyte": "/search?q=" + strings.Repeat("a", 1<<20),
			"PathNul": "/manage/%00", "PathBadUTF8": "/manage/%ff",
		} {
			t.Run("Security28"+name, func(t *testing.T) {
				if name == "BadEscape" {
					req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.http.URL+"/search", nil)
					if err != nil {
						t.Fatal(err)
					}
					req.URL.RawQuery = "q=%zz"
					b.send(req).want(t, http.StatusBadRequest)
					return
				}
				b.get(path).want(t, http.StatusBadRequest)
			})
		}
		for name, value := range map[string]string{"Nul": "a\x00b", "BadUTF8": "\xff\xfe"} {
			t.Run("Security28Form"+name, func(t *testing.T) {
				b.post("/signin", url.Values{"login": {value}, "password": {"x"}}).want(t, http.StatusBadRequest, "could not be read")
			})
		}
		t.Run("Security28FormFields", func(t *testing.T) {
			form := url.Values{}
			for i := range 10_001 {
				form.Set(fmt.Sprint("f", i), "")
			}
			b.post("/records/test.thing", form).want(t, http.StatusBadRequest)
		})
		t.Run("UserAgentIsCleaned", func(t *testing.T) {
			c := h.browser()
			c.header.Set("User-Agent", "Caf\xe9 "+strings.Repeat("é", 300))
			c.signIn("anna@example.com", password).want(t, http.StatusSeeOther)
		})
	})
}

func TestForgedHeaders(t *testing.T) {
	t.Parallel()
	t.Run("Security31", func(t *testing.T) {
		t.Parallel()
		h := sqlite(t, func(h *house) { h.exec("UPDATE login SET hash = ''") })
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.http.URL+"/records/test.thing", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "evil.example"
		for k, v := range map[string]string{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Forwarded": "host=evil.example"} {
			req.Header.Set(k, v)
		}
		r := h.browser().send(req)
		if strings.Contains(r.text+fmt.Sprint(r.Header), "evil") {
			t.Errorf("the forged host shows: %v %s", r.Header, r.text)
		}
		link, err := web.NewSetupLink(t.Context(), h.app)
		if err != nil || !strings.HasPrefix(link, h.app.BaseURL.String()+"/setup?token=") {
			t.Errorf("setup link %q, %v", link, err)
		}
		if log := h.log.String(); strings.Contains(log, "203.0.113.9") {
			t.Errorf("a forged address is in the log:\n%s", log)
		}
	})
	for _, test := range []struct {
		hops    int
		headers []string
		want    string
	}{
		{0, []string{"203.0.113.1"}, "127.0.0.1"},
		{1, []string{"203.0.113.1"}, "203.0.113.1"},
		{1, []string{"198.51.100.66, 203.0.113.1"}, "203.0.113.1"},
		{1, []string{"198.51.100.66", "203.0.113.1"}, "203.0.113.1"},
		{2, []string{"198.51.100.66, 203.0.113.1, 10.0.0.1"}, "203.0.113.1"},
		{2, []string{"203.0.113.1"}, "203.0.113.1"},
		{1, []string{"nonsense"}, "127.0.0.1"},
		{1, []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{1, nil, "127.0.0.1"},
	} {
		t.Run(fmt.Sprintf("Hops%d%v", test.hops, test.headers), func(t *testing.T) {
			t.Parallel()
			h := sqlite(t, nil)
			h.start(web.Config{TrustedHops: test.hops})
			b := h.browser()
			b.header["X-Forwarded-For"] = test.headers
			b.post("/foreign", nil).want(t, http.StatusOK, "nobody from "+test.want)
		})
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		anna, marc := h.anna(), h.signedIn("marc@example.com")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			t.Run("Security81"+method, func(t *testing.T) {
				anna.do(method, "/manage/1", nil).want(t, http.StatusForbidden)
				want := http.StatusMethodNotAllowed
				if method == "GET" || method == "HEAD" || method == "POST" {
					want = http.StatusOK
				}
				r := marc.do(method, "/manage/1", nil)
				r.want(t, want)
				if want == http.StatusMethodNotAllowed && r.Header.Get("Allow") != "GET, HEAD, POST" {
					t.Errorf("Allow %q", r.Header.Get("Allow"))
				}
				h.browser().do(method, "/manage/1", nil).want(t, http.StatusSeeOther)
			})
		}
		t.Run("MenusFollowRights", func(t *testing.T) {
			if r := anna.get("/"); strings.Contains(r.text, "/records/base.user") || !strings.Contains(r.text, "/records/test.thing") {
				t.Errorf("Anna's home:\n%s", r.text)
			}
			marc.get("/").want(t, http.StatusOK, "/records/base.user", "/records/test.thing")
		})
	})
}

func TestFailures(t *testing.T) {
	t.Parallel()
	h := sqlite(t, nil)
	b := h.browser()
	t.Run("ErrInternalShowsAnIDOnly", func(t *testing.T) {
		for _, path := range []string{"/broken", "/panic"} {
			r := b.get(path)
			id := r.Header.Get("X-Request-Id")
			r.want(t, http.StatusInternalServerError, "That is our fault", id)
			if strings.Contains(r.text, "vault") || strings.Contains(r.text, "planted") || strings.Contains(r.text, "goroutine") {
				t.Errorf("%s shows its cause:\n%s", path, r.text)
			}
			if log := h.log.String(); id == "" || !strings.Contains(log, id) || !strings.Contains(log, map[string]string{"/broken": "vault", "/panic": "planted panic"}[path]) {
				t.Errorf("the log does not tell the cause of %q", id)
			}
		}
	})
	t.Run("ErrNotFound", func(t *testing.T) {
		b.get("/nothing/here").want(t, http.StatusNotFound, "There is nothing here")
		r := h.anna().get("/nothing/here")
		r.want(t, http.StatusNotFound, "There is nothing here", "Anna Keller")
	})
	t.Run("InFrench", func(t *testing.T) {
		f := h.browser()
		f.header.Set("Accept-Language", "fr-BE,fr;q=0.9,en;q=0.5")
		f.post("/theme", url.Values{"theme": {"pink"}}).want(t, http.StatusBadRequest, "Ce thème", `lang="fr"`)
		f.get("/signin").want(t, http.StatusOK, "Se connecter")
	})
	t.Run("Security52", func(t *testing.T) {
		j := h.browser()
		j.header.Set("Accept", "application/json")
		for path, status := range map[string]int{"/broken": 500, "/panic": 500, "/nothing": 404, "/account": 401, "/search?q=%00": 400} {
			r := j.get(path)
			r.want(t, status)
			var p struct {
				Status  int
				Request string
			}
			if err := json.Unmarshal([]byte(r.text), &p); err != nil || p.Status != status || p.Request == "" {
				t.Errorf("%s: %q (%v)", path, r.text, err)
			}
			if r.Header.Get("Content-Type") != "application/problem+json" || r.Header.Get("Cache-Control") != "no-store" || strings.Contains(r.text, "vault") {
				t.Errorf("%s: %v %s", path, r.Header, r.text)
			}
		}
	})
	t.Run("Limit", func(t *testing.T) {
		for range 3 {
			b.get("/limited").want(t, http.StatusOK)
		}
		r := b.get("/limited")
		r.want(t, http.StatusTooManyRequests, "A moment, please")
		if r.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		b.get("/public").want(t, http.StatusOK)
	})
}

func TestTokenRoutes(t *testing.T) {
	t.Parallel()
	h := sqlite(t, nil)
	anna := h.anna()
	for _, test := range []struct{ name, authorization, want string }{
		{"NoToken", "", `Bearer realm="Tessera", scope="me"`},
		{"WrongToken", "Bearer bad", `Bearer realm="Tessera", error="invalid_token", error_description="no such token", scope="me"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			anna.header.Set("Authorization", test.authorization)
			if test.authorization == "" {
				anna.header.Del("Authorization")
			}
			r := anna.get("/api/me") // her session does not count here
			r.want(t, http.StatusUnauthorized, `"status":401`)
			if got := r.Header.Get("WWW-Authenticate"); got != test.want {
				t.Errorf("challenge %s, want %s", got, test.want)
			}
		})
	}
	t.Run("GoodToken", func(t *testing.T) {
		b := h.browser()
		b.header.Set("Authorization", "Bearer good")
		b.get("/api/me").want(t, http.StatusOK, `"name":"Anna Keller"`)
	})
	t.Run("NoProvider", func(t *testing.T) {
		h := sqlite(t, func(h *house) { h.app.Tokens = nil })
		b := h.browser()
		b.header.Set("Authorization", "Bearer good")
		b.get("/api/me").want(t, http.StatusUnauthorized)
	})
}

func TestBodies(t *testing.T) {
	t.Parallel()
	h := sqlite(t, nil)
	b := h.anna()
	t.Run("Security97Declared", func(t *testing.T) {
		b.post("/records/test.thing", url.Values{"text": {strings.Repeat("a", 1<<20)}}).want(t, http.StatusRequestEntityTooLarge, "That is too large")
	})
	t.Run("Security97Chunked", func(t *testing.T) {
		body := io.MultiReader(strings.NewReader("text="), strings.NewReader(strings.Repeat("a", 2<<20)))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.http.URL+"/records/test.thing", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.send(req).want(t, http.StatusRequestEntityTooLarge, "That is too large")
	})
	t.Run("Gzip", func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.http.URL+"/signin", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "br, gzip;q=0.8")
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		z, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(z); err != nil || !strings.Contains(string(text), "</html>") {
			t.Errorf("the page is cut: %v", err)
		}
	})
	t.Run("Head", func(t *testing.T) {
		r := b.do(http.MethodHead, "/public", nil)
		r.want(t, http.StatusOK)
		if r.text != "" || r.ContentLength <= 0 {
			t.Errorf("HEAD: length %d, body %q", r.ContentLength, r.text)
		}
	})
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	h := sqlite(t, nil)
	r := h.browser().get(ui.Asset("app.css"))
	r.want(t, http.StatusOK)
	if !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || r.Header.Get("ETag") == "" {
		t.Errorf("headers %v", r.Header)
	}
	for _, path := range []string{
		"/static/../go.mod", "/static/%2e%2e/go.mod", "/static/..%2fgo.mod", "/static/%2e%2e%2f%2e%2e%2fetc/passwd", "/static/..\\go.mod", "/static/css/../css/base.css",
		"/static/", "/static/css/", "//etc/passwd", "/static/%00", "/static%2fapp.css",
	} {
		t.Run("Security98"+path, func(t *testing.T) {
			status := raw(t, h, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if status != "404" && status != "400" {
				t.Errorf("GET %s: %s, want 404", path, status)
			}
		})
	}
}

// raw sends bytes as they are and returns the status.
func raw(t *testing.T, h *house, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || len(answer) < 12 {
		t.Fatalf("answer %q, %v", answer, err)
	}
	return string(answer[9:12])
}

func TestMountFaults(t *testing.T) {
	t.Parallel()
	h := sqlite(t, nil)
	ok := func(*web.Ctx) error { return nil }
	h.app.Site = &web.Site{}
	h.app.Site.Route(
		web.Route{Method: "GET", Path: "/nokind", Handle: ok},
		web.Route{Kind: web.User, Method: "GET", Path: "/nohandler"},
		web.Route{Kind: web.User, Method: "POST", Path: "/foreign", Foreign: true, Handle: ok},
		web.Route{Kind: web.Public, Method: "GET", Path: "/groups", Groups: []string{"x"}, Handle: ok},
		web.Route{Kind: web.Public, Method: "GET", Path: "/twice", Handle: ok},
		web.Route{Kind: web.Public, Method: "GET", Path: "/twice", Handle: ok},
		web.Route{Kind: web.Public, Method: "FETCH", Path: "/method", Handle: ok},
	)
	err := web.New(web.Config{}).Mount(h.app)
	if err == nil {
		t.Fatal("Mount took faulty routes")
	}
	for _, want := range []string{"/nokind: it has no kind", "/nohandler: it needs a handler", "/foreign: only a Public", "/groups: only a User", "/twice: it stands twice", "/method: it needs a method"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
}
