package oauth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
)

// kind says what a token string is for. It is in the prefix, in the checksum and in the
// stored hash, so none passes for another.
type kind byte

const (
	kindAccess  kind = 'a'
	kindRefresh kind = 'r'
	kindCode    kind = 'c'
	kindHandle  kind = 'h' // of a pending consent page
	kindJWT     kind = 'j' // the jti of a JWT access token; worth nothing by itself
)

// A token is "ts" + kind + "_" + 60 characters of base64url: one format byte, 8 bytes id,
// 32 bytes secret, 4 bytes CRC-32 of all before. 45 bytes fill 60 characters exactly,
// so each token has one spelling only. Random junk fails the checksum and costs no query.
const (
	tokenFormat  = 1
	tokenPrefix  = 4
	tokenBody    = 1 + 8 + 32
	tokenBytes   = tokenBody + 4
	tokenLength  = tokenPrefix + tokenBytes/3*4
	secretLength = 32
)

// token is a parsed token string.
type token struct {
	kind   kind
	id     int64
	secret [secretLength]byte
}

// newToken draws a token with a fresh 256-bit secret.
func newToken(k kind, id int64) token {
	t := token{kind: k, id: id}
	rand.Read(t.secret[:])
	return t
}

func (t token) body() (b [tokenBody]byte) {
	b[0] = tokenFormat
	binary.BigEndian.PutUint64(b[1:], uint64(t.id))
	copy(b[9:], t.secret[:])
	return b
}

func (t token) checksum(body []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte{byte(t.kind)}), crc32.IEEETable, body)
}

// String spells the token out.
func (t token) String() string {
	body := t.body()
	var raw [tokenBytes]byte
	copy(raw[:], body[:])
	binary.BigEndian.PutUint32(raw[tokenBody:], t.checksum(body[:]))
	out := [tokenLength]byte{'t', 's', byte(t.kind), '_'}
	base64.RawURLEncoding.Encode(out[tokenPrefix:], raw[:])
	return string(out[:])
}

// hash is what is stored: it covers kind, id and secret.
func (t token) hash() [32]byte {
	body := t.body()
	var b [1 + tokenBody]byte
	b[0] = byte(t.kind)
	copy(b[1:], body[:])
	return sha256.Sum256(b[:])
}

// is reports whether stored is the token's hash, in constant time.
func (t token) is(stored [32]byte) bool {
	h := t.hash()
	return subtle.ConstantTimeCompare(h[:], stored[:]) == 1
}

// successor derives the refresh token that replaces t: a retry gets the same one though
// only hashes are stored, and nobody without the key can compute it.
func (t token) successor(key []byte) token {
	m := hmac.New(sha256.New, key)
	body := t.body()
	m.Write(body[:])
	next := token{kind: t.kind, id: t.id}
	m.Sum(next.secret[:0])
	return next
}

// parseToken reads a token string of any kind and checks its checksum.
func parseToken(s string) (token, bool) {
	if len(s) != tokenLength || s[0] != 't' || s[1] != 's' || s[3] != '_' {
		return token{}, false
	}
	t := token{kind: kind(s[2])}
	switch t.kind {
	case kindAccess, kindRefresh, kindCode, kindHandle, kindJWT:
	default:
		return token{}, false
	}
	var src [tokenLength - tokenPrefix]byte
	copy(src[:], s[tokenPrefix:])
	var raw [tokenBytes]byte
	n, err := base64.RawURLEncoding.Strict().Decode(raw[:], src[:])
	if err != nil || n != tokenBytes || raw[0] != tokenFormat {
		return token{}, false
	}
	if t.checksum(raw[:tokenBody]) != binary.BigEndian.Uint32(raw[tokenBody:]) {
		return token{}, false
	}
	id := binary.BigEndian.Uint64(raw[1:])
	if id == 0 || id>>63 != 0 {
		return token{}, false
	}
	t.id = int64(id)
	copy(t.secret[:], raw[9:tokenBody])
	return t, true
}

// parseKind is parseToken for one kind only.
func parseKind(s string, k kind) (token, bool) {
	t, ok := parseToken(s)
	return t, ok && t.kind == k
}

// NewSecret draws a client secret: "tss_" and 256 random bits in base64url. It is shown once.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return "tss_" + base64.RawURLEncoding.EncodeToString(b[:])
}

// HashSecret is the form in which a client secret is stored.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }
