package oauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

const (
	fieldSealed = "request"
	// sealedLife is how long a person may take to sign in, pendingLife to consent.
	sealedLife  = time.Hour
	pendingLife = 15 * time.Minute
	// sealedLink is the associated data of a request in a link.
	sealedLink = "tessera oauth request in a link v1"
)

// sealedFor is the associated data of a request kept for a session's consent page.
func sealedFor(sessionID string) string {
	return "tessera oauth request pending v1 " + sessionID
}

// seal encrypts a request so that nobody can read or change it; place keeps it from
// being used elsewhere.
func (p *Provider) seal(r request, place string) (string, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	b, err := p.Sealer.Encrypt(plain, []byte(place))
	return base64.RawURLEncoding.EncodeToString(b), err
}

// open undoes seal; changed, foreign and old ones are errors.
func (p *Provider) open(sealed, place string) (r request, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return r, err
	}
	plain, err := p.Sealer.Decrypt(b, []byte(place))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(plain, &r); err != nil {
		return r, err
	}
	if p.Clock().Sub(r.At) > sealedLife {
		return r, errors.New("the sealed request has expired")
	}
	return r, nil
}
