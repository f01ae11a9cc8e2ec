package oauth

import (
	"context"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// maxJWT bounds what is parsed as a JWT; ours have one or two kilobytes.
const maxJWT = 8 << 10

// verifyJWT returns the payload of a JWT that we signed as typ. The key is found by kid
// among our own, whatever else the header says (RFC 8725 §3.1, §3.10), and a text that
// spells the same JWT otherwise than we did is refused. An error is that of Keys.
func (p *Provider) verifyJWT(ctx context.Context, text, typ string) (payload []byte, ok bool, err error) {
	if len(text) > maxJWT {
		return nil, false, nil
	}
	jws, err := jose.ParseSignedCompact(text, signatureAlgs)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, false, nil
	}
	head := jws.Signatures[0].Header
	if head.KeyID == "" || head.ExtraHeaders[jose.HeaderType] != typ {
		return nil, false, nil
	}
	if same, err := jws.CompactSerialize(); err != nil || same != text {
		return nil, false, nil
	}
	key, ok, err := p.keys.find(head.KeyID, p.Clock(), func() ([]jose.JSONWebKey, error) { return p.publicKeys(ctx) })
	if err != nil || !ok || key.Algorithm != head.Algorithm {
		return nil, false, err
	}
	if payload, err = jws.Verify(key.Key); err != nil {
		return nil, false, nil
	}
	return payload, true, nil
}

// keysLife is how long public keys are remembered: so long a key that was taken out of
// Keys may still verify.
const keysLife = time.Minute

// keyCache remembers public keys by kid. One it does not know may be new: it is looked
// for at once, but by one caller at a time, so that made-up kids cost no more than that.
type keyCache struct {
	mu     sync.RWMutex
	known  map[string]jose.JSONWebKey
	loaded time.Time
	loads  uint64 // begun so far

	loading sync.Mutex
}

// find returns the key with the kid. read is called when it is not known, or not lately.
func (c *keyCache) find(kid string, now time.Time, read func() ([]jose.JSONWebKey, error)) (key jose.JSONWebKey, ok bool, err error) {
	key, ok, arrived := c.look(kid, now)
	if ok {
		return key, true, nil
	}
	c.loading.Lock()
	defer c.loading.Unlock()
	if key, ok, begun := c.look(kid, now); ok || begun > arrived {
		return key, ok, nil // a load that began after the request came knows what there is
	}
	c.mu.Lock()
	c.loads++
	c.mu.Unlock()
	keys, err := read()
	if err != nil {
		c.mu.Lock()
		c.loads-- // who waits has to ask for himself
		c.mu.Unlock()
		return key, false, err
	}
	known := make(map[string]jose.JSONWebKey, len(keys))
	for _, k := range keys {
		known[k.KeyID] = k
	}
	c.mu.Lock()
	c.known, c.loaded = known, now
	c.mu.Unlock()
	key, ok = known[kid]
	return key, ok, nil
}

// look returns the key if it is known and was read lately, and the number of loads begun.
func (c *keyCache) look(kid string, now time.Time) (key jose.JSONWebKey, ok bool, loads uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	key, ok = c.known[kid]
	return key, ok && now.Sub(c.loaded) < keysLife, c.loads
}
