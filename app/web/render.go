package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"
)

// worthZipping is the size from which a page is compressed: below, one packet holds it anyway.
const worthZipping = 1400

// zipLevel makes pages a twentieth larger than the next level, in two thirds of its time.
const zipLevel = 5

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zippers = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, zipLevel); return z }}
)

// Render answers with a page. It is drawn whole before the first byte is sent, so that
// an error while drawing still becomes a failure page.
func (c *Ctx) Render(status int, page templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	if err := page.Render(c.Request().Context(), buf); err != nil {
		return err
	}
	return c.page(status, buf.Bytes())
}

// page sends HTML, compressed where that is understood and worth it.
func (c *Ctx) page(status int, html []byte) error {
	w := c.Response()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h["Permissions-Policy"] = noDevices
	h.Add("Vary", "Accept-Encoding")
	head := c.Request().Method == http.MethodHead
	if len(html) < worthZipping || head || !acceptsGzip(c.Request().Header.Get("Accept-Encoding")) {
		h.Set("Content-Length", strconv.Itoa(len(html)))
		w.WriteHeader(status)
		if head {
			return nil
		}
		_, err := w.Write(html)
		return err
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	if _, err := z.Write(html); err != nil {
		return err
	}
	return z.Close()
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3).
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, given := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			return !given || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
