package oauth

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
)

// MaxRedirectURI is the longest redirect URI that can be registered, in bytes.
const MaxRedirectURI = 2000

// redirectMatches compares a registered redirect URI with the one received: equal as
// strings, or equal but for the port when the registered one is a loopback IP address
// over http (RFC 8252 §7.3). It cuts strings and never parses the received one, so no
// parser's opinion of userinfo, dots or backslashes matters.
func redirectMatches(registered, received string) bool {
	if registered == received {
		return true
	}
	base, path, ok := cutLoopback(registered)
	if !ok || !strings.HasPrefix(received, base) {
		return false
	}
	rest := received[len(base):]
	if strings.HasPrefix(rest, ":") {
		digits := len(rest[1:]) - len(strings.TrimLeft(rest[1:], "0123456789"))
		port, err := strconv.ParseUint(rest[1:1+digits], 10, 16)
		if err != nil || port == 0 {
			return false
		}
		rest = rest[1+digits:]
	}
	return rest == path
}

// cutLoopback splits "http://127.0.0.1:80/cb" into "http://127.0.0.1" and "/cb"; ok is
// false unless the host is a loopback IP address.
func cutLoopback(uri string) (base, rest string, ok bool) {
	const scheme = "http://"
	authority, found := strings.CutPrefix(uri, scheme)
	if !found {
		return "", "", false
	}
	if i := strings.IndexAny(authority, "/?"); i >= 0 {
		authority, rest = authority[:i], authority[i:]
	}
	host := authority
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host = authority[:i]
	}
	literal := host
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		literal = host[1 : len(host)-1]
	}
	ip, err := netip.ParseAddr(literal)
	if err != nil || !ip.IsLoopback() {
		return "", "", false
	}
	return scheme + host, rest, true
}

// native reports whether a redirect URI belongs to an application on the person's own
// device: loopback or a private-use scheme. Whoever listens there cannot be known.
func native(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return true
	}
	return u.Scheme != "https" && (u.Scheme != "http" || loopbackHost(u.Hostname()))
}

func loopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// webSchemes have no dot and are safe to redirect to; a private-use scheme is a reversed
// domain name (RFC 8252 §7.1), which no dangerous scheme is.
var webSchemes = []string{"https", "http"}

// CheckRedirectURI says whether a redirect URI may be registered. Plain http on a host
// other than loopback needs allowHTTP, the acknowledgement of whoever registers it. The
// error is a *fault.Error with code Invalid on redirect_uris, a sentence of its own under
// a key that begins with "oauth_provider.redirect.", or nil.
func CheckRedirectURI(uri string, allowHTTP bool) error {
	bad := func(key, why string) error {
		return fault.New(fault.Invalid, "%q cannot be a redirect URI: %s.", uri, why).On("redirect_uris").
			Keyed("oauth_provider.redirect."+key, map[string]any{"URI": uri})
	}
	switch {
	case uri == "" || len(uri) > MaxRedirectURI:
		return fault.New(fault.Invalid, "A redirect URI has 1 to %d characters.", MaxRedirectURI).On("redirect_uris").
			Keyed("oauth_provider.redirect.length", map[string]any{"Most": MaxRedirectURI})
	case strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\\<>\"`{}|^", r) }):
		return bad("character", "it has a character that must be percent-encoded")
	case strings.Contains(uri, "#"):
		return bad("fragment", "it must not have a fragment (#)")
	case strings.Contains(uri, "*"):
		return bad("wildcard", "it must not have a wildcard (*)")
	}
	u, err := url.Parse(uri)
	if err != nil {
		return bad("syntax", "it is no address")
	}
	web := slices.Contains(webSchemes, u.Scheme)
	switch {
	case !web && !strings.Contains(u.Scheme, "."):
		return bad("scheme", "it must begin with https://, http:// or a reversed domain name such as com.example.app:")
	case web && (u.Hostname() == "" || u.Opaque != ""):
		return bad("host", "it names no host")
	case u.User != nil:
		return bad("user", "it must not have a user name or password")
	case slices.Contains(strings.Split(u.Path, "/"), ".."):
		return bad("dots", "it must not have .. in its path")
	case u.Scheme == "http" && !allowHTTP && !loopbackHost(u.Hostname()):
		return bad("http", "http sends codes and tokens in the clear; use https, or tick “Accept http addresses”")
	}
	return nil
}

// formAction is the CSP source expression for the redirect URI, the part of it that a
// person should look at, and its path.
func formAction(uri string) (source, shown, path string) {
	u, err := url.Parse(uri)
	if err != nil {
		return "'none'", "", ""
	}
	if slices.Contains(webSchemes, u.Scheme) {
		return u.Scheme + "://" + u.Host, u.Host, u.Path
	}
	return u.Scheme + ":", u.Scheme, u.Path
}
