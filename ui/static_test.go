package ui

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	StaticHandler().ServeHTTP(w, r)
	return w.Result()
}

func TestStaticServes(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{
		"app.css": "text/css; charset=utf-8", "swap.js": "text/javascript; charset=utf-8",
		"icons.svg": "image/svg+xml", "mosaic.svg": "image/svg+xml",
	} {
		res := get(t, "GET", Asset(name))
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != kind || len(body) == 0 {
			t.Errorf("%s answers %d %q with %d bytes; want 200 %q", name, res.StatusCode, res.Header.Get("Content-Type"), len(body), kind)
		}
		if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s may not be kept: %q", name, res.Header.Get("Cache-Control"))
		}
		again := get(t, "GET", Asset(name), "If-None-Match", res.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s asked again answers %d; want 304", name, again.StatusCode)
		}
	}
}

func TestStaticCompresses(t *testing.T) {
	t.Parallel()
	plain, _ := io.ReadAll(get(t, "GET", Asset("app.css")).Body)
	res := get(t, "GET", Asset("app.css"), "Accept-Encoding", "br, gzip")
	if res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding is %q; want gzip", res.Header.Get("Content-Encoding"))
	}
	zr, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unzipped, _ := io.ReadAll(zr); string(unzipped) != string(plain) {
		t.Error("the compressed file is another one")
	}
	if res := get(t, "GET", Asset("app.css"), "Accept-Encoding", "gzip;q=0"); res.Header.Get("Content-Encoding") != "" {
		t.Error("gzip was refused with q=0 and came all the same")
	}
}

// TestStaticRefuses: no directory, no other spelling of a path, no other method.
func TestStaticRefuses(t *testing.T) {
	t.Parallel()
	css := Asset("app.css")
	file := strings.TrimPrefix(css, StaticPrefix)
	for _, target := range []string{
		"/static/", "/static/css/", "/static/css/app.css", "/static/app.css", "/static", "/", "/go.mod",
		"/static/../static.go", "/static/..%2fstatic.go", "/static/%2e%2e/static.go", "/static/..%5cstatic.go",
		"/static%2f" + file, "/static//" + file, "/static/./" + file, "/static/" + file + "/", "/static/" + file + "%00",
		"/static/%61" + file[1:] + "%2f", "/static/css/tokens.css",
	} {
		if res := get(t, "GET", target); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s answers %d; want 404", target, res.StatusCode)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		if res := get(t, method, css); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s answers %d; want 405", method, res.StatusCode)
		}
	}
	if res := get(t, "HEAD", css); res.StatusCode != 200 || res.ContentLength <= 0 {
		t.Errorf("HEAD answers %d with length %d", res.StatusCode, res.ContentLength)
	}
}

// TestStylesheetIsClosed: what the style sheet asks for is there, and on this host.
func TestStylesheetIsClosed(t *testing.T) {
	t.Parallel()
	css := string(assets().named["app.css"].body)
	for _, m := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(css, -1) {
		url := strings.Trim(m[1], `"'`)
		if assets().byURL[url] == nil {
			t.Errorf("the style sheet loads %.60q, which is not served", url)
		}
	}
	if strings.Contains(css, "@import") {
		t.Error("the style sheet imports another one")
	}
	if open, shut := strings.Count(css, "{"), strings.Count(css, "}"); open != shut {
		t.Errorf("%d braces open and %d close", open, shut)
	}
}
