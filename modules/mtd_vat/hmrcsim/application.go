package hmrcsim

import (
	"crypto/subtle"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// The scopes that the stand-in knows.
const (
	readVAT  = "read:vat"
	writeVAT = "write:vat"
)

// check says why HMRC would not register the application: redirect URIs are https with a
// name, or http on localhost.
func (a Application) check() error {
	if a.ClientID == "" || len(a.Secrets) == 0 {
		return fmt.Errorf("application %q: it needs a client id and a secret", a.Name)
	}
	for _, uri := range a.RedirectURIs {
		u, err := url.Parse(uri)
		if err != nil || u.Host == "" || strings.Contains(uri, "#") {
			return fmt.Errorf("application %q: %q is no full address", a.Name, uri)
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil {
			return fmt.Errorf("application %q: the redirect URI %q has an IP address", a.Name, uri)
		}
		if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") {
			return fmt.Errorf("application %q: the redirect URI %q is not https", a.Name, uri)
		}
	}
	return nil
}

// opens reports whether a secret is one of the application's.
func (a Application) opens(secret string) bool {
	return slices.ContainsFunc(a.Secrets, func(s string) bool {
		return subtle.ConstantTimeCompare([]byte(s), []byte(secret)) == 1
	})
}

// mayAsk reports whether the application may ask for all of the scopes.
func (a Application) mayAsk(scopes []string) bool {
	for _, s := range scopes {
		if !slices.Contains(a.Scopes, s) {
			return false
		}
	}
	return len(scopes) > 0
}
