package web

import (
	"net/http"
	"strings"
)

// The parts of the Content-Security-Policy around the sources of form-action. There is
// no inline script or style anywhere, and nothing comes from another host.
const (
	policyHead = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

// setHeaders puts the security headers on an answer; its handler may sharpen them.
func setHeaders(h http.Header, https bool) {
	h.Set("Content-Security-Policy", policyHead)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if https {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

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
