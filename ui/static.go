package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// StaticPrefix is the path under which StaticHandler is to be mounted.
const StaticPrefix = "/static/"

// Static holds the files of the front end as they are in the repository.
// Browsers get them through Asset and StaticHandler.
//
//go:embed static
var Static embed.FS

// stylesheet lists the parts of app.css in the order of their layers.
var stylesheet = []string{
	"tokens", "base", "components", "shell", "list", "form", "filter", "home", "front", "consent", "connected", "connections", "scope", "client", "wizard", "boxes", "activity", "inquiry", "gallery",
}

// An asset is one file as it is served.
type asset struct {
	url     string // "/static/app.3f2a94c1d2e0.css"
	kind    string // Content-Type
	etag    string
	body    []byte
	zipped  []byte // nil: not worth it
	zipOnce sync.Once
}

// assetTable knows assets by their source name and by their URL.
type assetTable struct {
	named map[string]*asset
	byURL map[string]*asset
}

var assets = sync.OnceValue(loadAssets)

// Asset answers the URL of a static file, "app.css" → "/static/app.3f2a94c1d2e0.css".
// The URL changes with the content, so the answer may be cached for ever.
// It panics when there is no such file: a misspelt name in a template.
func Asset(name string) string {
	a, ok := assets().named[name]
	if !ok {
		panic("ui: no static file " + name)
	}
	return a.url
}

func loadAssets() assetTable {
	t := assetTable{named: map[string]*asset{}, byURL: map[string]*asset{}}
	entries, err := fs.ReadDir(Static, "static")
	if err != nil {
		panic("ui: the embedded files are missing: " + err.Error())
	}
	for _, e := range entries {
		if !e.IsDir() {
			t.add(e.Name(), mustRead(e.Name()))
		}
	}
	var css bytes.Buffer
	for _, part := range stylesheet {
		css.Write(mustRead("css/" + part + ".css"))
	}
	t.add("app.css", t.pictures(css.Bytes()))
	return t
}

var picture = regexp.MustCompile(`url\(([a-z-]+\.svg)\)`)

// pictures replaces url(mosaic.svg) by the URL that carries its hash.
func (t assetTable) pictures(css []byte) []byte {
	return picture.ReplaceAllFunc(css, func(m []byte) []byte {
		name := string(picture.FindSubmatch(m)[1])
		a, ok := t.named[name]
		if !ok {
			panic("ui: the style sheet names no static file " + name)
		}
		return []byte("url(" + a.url + ")")
	})
}

func mustRead(name string) []byte {
	b, err := fs.ReadFile(Static, "static/"+name)
	if err != nil {
		panic("ui: " + err.Error())
	}
	return b
}

func (t assetTable) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	a := &asset{
		url:  StaticPrefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		kind: contentType(ext),
		etag: `"` + hash + `"`,
		body: body,
	}
	t.named[name] = a
	t.byURL[a.url] = a
}

// contentType does not ask the operating system's table, which may differ.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(ext)
}

// gzipped compresses once, at the first request that wants it.
func (a *asset) gzipped() []byte {
	a.zipOnce.Do(func() {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if _, err := w.Write(a.body); err != nil || w.Close() != nil {
			return
		}
		if b.Len() < len(a.body) {
			a.zipped = b.Bytes()
		}
	})
	return a.zipped
}

// StaticHandler serves the URLs that Asset answers and nothing else: GET and
// HEAD, no directory, and 404 for every other spelling of a path, encoded
// slashes and dots included.
func StaticHandler() http.Handler { return http.HandlerFunc(serveStatic) }

func serveStatic(w http.ResponseWriter, r *http.Request) {
	// RawPath is set only where the path came with an unusual encoding.
	a, ok := assets().byURL[r.URL.Path]
	if !ok || r.URL.RawPath != "" {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.kind)
	body := a.body
	if acceptsGzip(r) {
		if z := a.gzipped(); z != nil {
			h.Set("Content-Encoding", "gzip")
			body = z
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the reader has gone: nobody to tell
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip by name, not
// refused with q=0.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		return !found || strings.Trim(q, "0.") != ""
	}
	return false
}
