package hmrc

import (
	"net/netip"
	"strings"
)

// Client finds where a request came from: the peer, or with trusted proxies the entry
// that the outermost of them wrote into X-Forwarded-For. forwarded are the lines of that
// header in their order. Entries are counted from the right, one a hop, because what
// stands further left the client may have invented. It reports false when there are
// fewer entries than hops or the entry is no address. The port is 0 where the proxy does
// not write it.
func Client(forwarded []string, peer netip.AddrPort, hops int) (netip.AddrPort, bool) {
	if hops < 1 {
		return plain(peer), peer.IsValid()
	}
	entries := strings.Split(strings.Join(forwarded, ","), ",")
	if len(entries) < hops {
		return netip.AddrPort{}, false
	}
	entry := strings.TrimSpace(entries[len(entries)-hops])
	if a, err := netip.ParseAddrPort(entry); err == nil {
		return plain(a), true
	}
	a, err := netip.ParseAddr(strings.Trim(entry, "[]"))
	if err != nil {
		return netip.AddrPort{}, false
	}
	return plain(netip.AddrPortFrom(a, 0)), true
}

// plain drops the zone, and the IPv6 clothes of an IPv4 address.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// sharedSpace is that of carriers' address translation (RFC 6598), as private as 10/8.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// IsPublic reports whether an address is one on the internet, as HMRC wants them.
func IsPublic(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a)
}
