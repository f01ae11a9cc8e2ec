package oauthconsumer

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/app/fault"
)

// checkKey refuses a private key that cannot be read while its writer is there to mend it.
func checkKey(a *API) *fault.Error {
	if a.AuthStyle != styleJWT || a.ClientSecret == "" {
		return nil
	}
	if _, err := signingKey(a.ClientSecret); err != nil {
		return fault.New(fault.Invalid, "This is no private key: paste it as PEM, from -----BEGIN to END-----.").On("client_secret").Keyed("oauth_consumer.api.badkey", nil)
	}
	return nil
}

func signingKey(text string) (jose.SigningKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return jose.SigningKey{}, errors.New("no PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if rsaKey, rsaErr := x509.ParsePKCS1PrivateKey(block.Bytes); rsaErr == nil {
			parsed = rsaKey
		} else if ecKey, ecErr := x509.ParseECPrivateKey(block.Bytes); ecErr == nil {
			parsed = ecKey
		} else {
			return jose.SigningKey{}, errors.New("no private key in it")
		}
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		return jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil
	case *ecdsa.PrivateKey:
		return jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil
	case ed25519.PrivateKey:
		return jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, nil
	}
	return jose.SigningKey{}, errors.New("a key of another kind")
}

// clientAssertion proves who we are without a shared secret (RFC 7523 §3).
func clientAssertion(a *apiRow, key string, now time.Time) (string, error) {
	signing, err := signingKey(key)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(signing, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{"iss": a.clientID, "sub": a.clientID, "aud": first(a.issuer, a.tokenURL),
		"jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
