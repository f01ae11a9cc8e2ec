package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/netip"
)

// Within returns the Ctx of the request that a context belongs to, nil outside of one. It
// is for steps of wizards, which get an Env and may have to know of the browser behind it.
func Within(ctx context.Context) *Ctx {
	if q := requestOf(ctx); q != nil {
		return q.ctx
	}
	return nil
}

// Peer is the other end of the connection, with its port; invalid when it is not told.
func (c *Ctx) Peer() netip.AddrPort {
	a, _ := netip.ParseAddrPort(c.Request().RemoteAddr) // the zero value says so
	return a
}

// TrustedHops is how many proxies in front add to X-Forwarded-For.
func (c *Ctx) TrustedHops() int { return c.mounted.server.config.TrustedHops }

// tenYears is as long as browsers are asked to keep the name of a device; they bound it
// themselves.
const tenYears = 10 * aYear

// DeviceID is a UUID that this browser keeps, given to it with this answer if it has none.
func (c *Ctx) DeviceID() string {
	if id := c.cookie(cookieDevice); isUUID(id) {
		return id
	}
	var b [16]byte
	_, _ = rand.Read(b[:])                      // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4, RFC 9562 §5.4
	h := hex.EncodeToString(b[:])
	id := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	c.setCookie(cookieDevice, id, tenYears)
	return id
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		default:
			return false
		}
	}
	return true
}
