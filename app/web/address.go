package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// peer is the other end of the connection.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// clientAddress is the peer, or with trusted proxies the entry that the outermost of
// them wrote into X-Forwarded-For, counted from the right: what stands left of it the
// client may have invented.
func clientAddress(r *http.Request, hops int) string {
	if hops < 1 {
		return peer(r)
	}
	entry := ""
	lines := r.Header.Values("X-Forwarded-For")
	for i := len(lines) - 1; i >= 0 && hops > 0; i-- {
		rest, more := lines[i], true
		for more && hops > 0 {
			at := strings.LastIndexByte(rest, ',')
			entry, more = rest[at+1:], at >= 0
			if more {
				rest = rest[:at]
			}
			hops--
		}
	}
	return addressOr(strings.TrimSpace(entry), peer(r))
}

func addressOr(entry, otherwise string) string {
	if a, err := netip.ParseAddr(entry); err == nil {
		return a.Unmap().WithZone("").String()
	}
	if a, err := netip.ParseAddrPort(entry); err == nil {
		return a.Addr().Unmap().WithZone("").String()
	}
	return otherwise
}

// Neighbourhood is what counts as one client: an IPv4 address, or the /64 that one
// customer of an IPv6 provider has all to himself.
func Neighbourhood(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// isLoopback reports whether a host is written as an address of this machine.
func isLoopback(host string) bool {
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.Unmap().IsLoopback()
}
