package oauth

import (
	"context"
	"crypto"

	"github.com/go-jose/go-jose/v4"
)

// Keys holds the signing keys. Rotation is its business: a key is in Public on every
// instance from before Signing first returns it until nothing signed with it lives.
type Keys interface {
	// Signing returns the key that signs with alg now ("RS256", "ES256", "EdDSA").
	Signing(ctx context.Context, alg string) (*SigningKey, error)
	// Public returns all keys that verify, with kid, alg and use set, private parts never.
	// The engine remembers them for up to a minute, and asks again for a kid it does not know.
	Public(ctx context.Context) ([]jose.JSONWebKey, error)
}

// SigningKey is a private key with its name in the JWKS.
type SigningKey struct {
	ID        string
	Algorithm string
	Key       crypto.Signer
}

// Sealer is authenticated encryption with associated data, as tink's AEAD has it.
type Sealer interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}
