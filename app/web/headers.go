package web

import (
	"net/http"
	"strings"
)

// policyHead is the Content-Security-Policy; further sources of form-action may follow.
// There is no inline script or style anywhere, and nothing comes from another host.
const policyHead = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// fixed are the headers of every answer. The values are shared: whoever sharpens one
// sets another, nobody appends.
var fixed = []struct {
	name   string
	values []string
}{
	{"Content-Security-Policy", []string{policyHead}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Referrer-Policy", []string{"same-origin"}},
}

var (
	onlyHTTPS = []string{"max-age=31536000"}
	noDevices = []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}
	notStored = []string{"no-store"}
)

// setHeaders puts the security headers on an answer; its handler may sharpen them.
func setHeaders(h http.Header, https bool) {
	for _, f := range fixed {
		h[f.name] = f.values
	}
	if https {
		h["Strict-Transport-Security"] = onlyHTTPS
	}
}

// isolate cuts a page for signed-in people off from whoever opened its window. Pages on
// the way in stay reachable: applications open them in a popup and wait for its answer.
func (c *Ctx) isolate() { c.Response().Header().Set("Cross-Origin-Opener-Policy", "same-origin") }

// AllowFormAction lets the forms of this page, and the redirects that follow their post,
// lead to more places than this host: source expressions such as https://shop.example.com.
// The caller has validated them.
func (c *Ctx) AllowFormAction(sources ...string) {
	policy := policyHead
	for _, s := range sources {
		if s != "" && !strings.ContainsAny(s, "; ,\r\n\t'\"") {
			policy += " " + s
		}
	}
	c.Response().Header().Set("Content-Security-Policy", policy)
}

// noReferrer keeps this page's address, which may carry a request or a token, to itself.
// With it browsers send "Origin: null", and over plain http, away from this machine, they
// send no Sec-Fetch-Site either: nothing would tell our own posts from foreign ones, so
// there the address goes to our own pages, which know it anyway.
func (c *Ctx) noReferrer() {
	if host := c.App.BaseURL.Hostname(); c.App.secure() || host == "localhost" || isLoopback(host) {
		c.Response().Header().Set("Referrer-Policy", "no-referrer")
	}
}
