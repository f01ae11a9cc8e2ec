package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tessera-erp/tessera/ui"
)

// cookieKind is what a cookie is for.
type cookieKind string

// The cookies, all of them. Their names depend on the base URL, see cookieName.
const (
	cookieSession cookieKind = "tessera"
	cookieFlash   cookieKind = "tessera-flash"
	cookieOnce    cookieKind = "tessera-once"
	cookieTheme   cookieKind = "tessera-theme"
	cookieLang    cookieKind = "tessera-lang"
	cookieBrowser cookieKind = "tessera-browser"
	cookieDevice  cookieKind = "tessera-device"
)

const (
	endOfBrowser = 0  // lives until the browser closes
	goneAtOnce   = -1 // deletes the cookie
	aYear        = 365 * 24 * 60 * 60
)

// cookieName is plain on http: Safari and Go's cookie jar drop Secure cookies there.
// On https the prefix __Host- ties the cookie to this very host (RFC 6265bis §4.1.3.2).
// Browsers send cookies to every port of a host (RFC 6265 §8.5), so a port is part of the
// name: two servers on one machine do not sign each other's people out.
func (a *Application) cookieName(k cookieKind) string {
	name := string(k)
	if port := a.BaseURL.Port(); port != "" {
		name += "-" + port
	}
	if a.secure() {
		return "__Host-" + name
	}
	return name
}

// cookie returns the value of a cookie, "" without one.
func (c *Ctx) cookie(k cookieKind) string {
	got, err := c.Request().Cookie(c.App.cookieName(k))
	if err != nil {
		return ""
	}
	return got.Value
}

func (c *Ctx) setCookie(k cookieKind, value string, maxAge int) {
	name := c.App.cookieName(k)
	// A later value replaces an earlier one of the same answer.
	h := c.Response().Header()
	kept := h.Values("Set-Cookie")[:0:0]
	for _, line := range h.Values("Set-Cookie") {
		if len(line) <= len(name) || line[:len(name)+1] != name+"=" {
			kept = append(kept, line)
		}
	}
	h.Del("Set-Cookie")
	for _, line := range kept {
		h.Add("Set-Cookie", line)
	}
	http.SetCookie(c.Response(), &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: c.App.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// secret is what a cookie or a one-time link carries: 256 random bits. Only its hash
// is stored, so a stolen database opens nothing.
type secret [32]byte

func newSecret() secret {
	var s secret
	_, _ = rand.Read(s[:]) // never fails, see crypto/rand
	return s
}

func (s secret) String() string { return base64.RawURLEncoding.EncodeToString(s[:]) }

func (s secret) hash() []byte {
	sum := sha256.Sum256(s[:])
	return sum[:]
}

// parseSecret reads what String wrote, in exactly one spelling.
func parseSecret(text string) (secret, bool) {
	var s secret
	if len(text) != base64.RawURLEncoding.EncodedLen(len(s)) {
		return s, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(s[:], []byte(text))
	return s, err == nil && n == len(s)
}

// BrowserHash tells this browser from others: the hash of a secret that it holds, nil when
// it has none. Whoever leaves for another site and has to be back in the same browser is
// marked first with MarkBrowser.
func (c *Ctx) BrowserHash() []byte {
	s, ok := parseSecret(c.cookie(cookieBrowser))
	if !ok {
		return nil
	}
	return s.hash()
}

// MarkBrowser is BrowserHash of a browser that gets a secret if it has none. The mark lasts
// until the browser closes, and serves all its tabs.
func (c *Ctx) MarkBrowser() []byte {
	if h := c.BrowserHash(); h != nil {
		return h
	}
	s := newSecret()
	c.setCookie(cookieBrowser, s.String(), endOfBrowser)
	return s.hash()
}

// The bounds of what is flashed: cookies are small, and so are toasts.
const (
	maxNotes     = 3
	maxFlashText = 1500 // bytes of the cookie
)

// Flash shows a note on the next page this person sees, once.
func (c *Ctx) Flash(n ui.Note) {
	if len(c.notes) >= maxNotes {
		return
	}
	c.notes = append(c.notes, n)
	body, err := json.Marshal(c.notes)
	value := base64.RawURLEncoding.EncodeToString(body)
	if err != nil || len(value) > maxFlashText {
		c.notes = c.notes[:len(c.notes)-1]
		return
	}
	c.setCookie(cookieFlash, value, int(time.Minute/time.Second))
}

// takeNotes returns what was flashed and forgets it.
func (c *Ctx) takeNotes() []ui.Note {
	var out []ui.Note
	value := c.cookie(cookieFlash)
	if value != "" {
		out = parseNotes(value)
	}
	out = append(out, c.notes...)
	if value != "" || len(c.notes) > 0 {
		c.notes = nil
		c.setCookie(cookieFlash, "", goneAtOnce)
	}
	return out
}

// parseNotes reads a flash cookie. It is not signed, so nothing in it may lead away
// from this host; texts are escaped where they are shown.
func parseNotes(value string) []ui.Note {
	if len(value) > maxFlashText {
		return nil
	}
	body, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	var notes []ui.Note
	if json.Unmarshal(body, &notes) != nil || len(notes) > maxNotes {
		return nil
	}
	for i := range notes {
		n := &notes[i]
		for j := range n.Links {
			n.Links[j].URL = LocalPath(n.Links[j].URL)
		}
		if n.Undo != nil {
			n.Undo.URL = LocalPath(n.Undo.URL)
		}
	}
	return notes
}
