package oauthprovider

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/seal"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// successor names the key from which rotated refresh tokens are derived. It signs
// nothing and is never published.
const successor = "successor"

// keyring keeps the signing keys: public halves readable, private halves sealed to
// their row. Every instance reads the same ones.
type keyring struct {
	db       *db.DB
	sealer   *seal.Keyset
	database string // id
	clock    func() time.Time

	mu      sync.Mutex
	signing map[string]signingKey // by algorithm
}

// signingKey is a key remembered until another instance may have put the next one in force.
type signingKey struct {
	*oauth.SigningKey
	until time.Time
}

// rememberKey is how long an instance goes on signing with a key that was replaced.
const rememberKey = time.Minute

func newKeyring(d *db.DB, sealer *seal.Keyset, database string, clock func() time.Time) *keyring {
	return &keyring{db: d, sealer: sealer, database: database, clock: clock, signing: map[string]signingKey{}}
}

// Signing implements oauth.Keys. The first use of an algorithm makes its key.
func (k *keyring) Signing(ctx context.Context, alg string) (*oauth.SigningKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, ok := k.signing[alg]; ok && k.clock().Before(known.until) {
		return known.SigningKey, nil
	}
	id, kid, private, err := k.secret(ctx, alg, func() ([]byte, string, error) { return newPair(alg) })
	if err != nil {
		return nil, fmt.Errorf("signing key for %s: %w", alg, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("signing key %d: %w", id, err)
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("signing key %d is a %T", id, parsed)
	}
	key := &oauth.SigningKey{ID: kid, Algorithm: alg, Key: signer}
	k.signing[alg] = signingKey{key, k.clock().Add(rememberKey)}
	return key, nil
}

// Successor returns the 32 bytes that rotated refresh tokens derive from.
func (k *keyring) Successor(ctx context.Context) ([]byte, error) {
	_, _, key, err := k.secret(ctx, successor, func() ([]byte, string, error) {
		b := make([]byte, 32)
		_, err := rand.Read(b)
		return b, "", err
	})
	return key, err
}

// Public implements oauth.Keys.
func (k *keyring) Public(ctx context.Context) ([]jose.JSONWebKey, error) {
	rows, err := k.db.QueryContext(ctx, "SELECT public FROM oauth_provider_key WHERE algorithm <> ? ORDER BY id", successor)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []jose.JSONWebKey
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		var key jose.JSONWebKey
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			return nil, fmt.Errorf("stored public key: %w", err)
		}
		out = append(out, key)
	}
	return out, rows.Err()
}

// secret returns the newest key of an algorithm that is not retired, and makes one when
// there is none. Of two instances that make one at once, the first to be stored counts.
func (k *keyring) secret(ctx context.Context, alg string, make func() (private []byte, public string, err error)) (id int64, kid string, private []byte, err error) {
	find := func(one func(string, ...any) interface{ Scan(...any) error }) (sealed []byte, err error) {
		err = one("SELECT id, kid, sealed FROM oauth_provider_key WHERE algorithm = ? AND retired_at = 0 ORDER BY id DESC LIMIT 1", alg).Scan(&id, &kid, &sealed)
		return sealed, notFound(err)
	}
	sealed, err := find(func(q string, a ...any) interface{ Scan(...any) error } { return k.db.QueryRowContext(ctx, q, a...) })
	if err == oauth.ErrNotFound {
		fresh, public, makeErr := make()
		if makeErr != nil {
			return 0, "", nil, makeErr
		}
		err = k.db.Write(ctx, func(tx *db.Tx) error {
			var err error
			sealed, err = find(func(q string, a ...any) interface{ Scan(...any) error } { return tx.QueryRow(q, a...) })
			if err != oauth.ErrNotFound {
				return err
			}
			id = newKeyID(k.clock())
			if kid, public, err = named(public, id, alg); err != nil {
				return err
			}
			if sealed, err = k.sealer.Seal(fresh, k.place(id)); err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO oauth_provider_key (id, kid, algorithm, public, sealed, created_at, retired_at) VALUES (?, ?, ?, ?, ?, ?, 0)
				ON CONFLICT (algorithm) WHERE retired_at = 0 DO NOTHING`, id, kid, alg, public, sealed, k.clock().UnixMicro())
			if err != nil {
				return err
			}
			sealed, err = find(func(q string, a ...any) interface{ Scan(...any) error } { return tx.QueryRow(q, a...) })
			return err
		})
	}
	if err != nil {
		return 0, "", nil, err
	}
	private, err = k.sealer.Open(sealed, k.place(id))
	if err != nil {
		return 0, "", nil, fault.Wrap(err, fault.Unavailable, "The signing keys cannot be opened: this is not the keyset that sealed them.")
	}
	return id, kid, private, nil
}

// newKeyID is the moment with random bits below, so that two keys of one moment differ.
func newKeyID(now time.Time) int64 {
	noise, err := rand.Int(rand.Reader, big.NewInt(1<<20))
	if err != nil {
		return oauth.IDAt(now) // a clash is refused by the primary key, and tried again
	}
	return oauth.IDAt(now) | noise.Int64()
}

func (k *keyring) place(id int64) seal.AD {
	return seal.AD{Database: k.database, Table: "oauth_provider_key", Column: "sealed", Row: strconv.FormatInt(id, 10)}
}

// newPair makes a private key (PKCS #8) and its public half (a JWK without a name yet).
func newPair(alg string) (private []byte, public string, err error) {
	var key crypto.Signer
	switch alg {
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no such algorithm: %q", alg)
	}
	if err != nil {
		return nil, "", err
	}
	if private, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return nil, "", err
	}
	text, err := jose.JSONWebKey{Key: key.Public(), Algorithm: alg, Use: "sig"}.MarshalJSON()
	return private, string(text), err
}

// named gives a public key its name in the JWKS, its RFC 7638 thumbprint. The
// successor key has no public half.
func named(public string, id int64, alg string) (kid, text string, err error) {
	if public == "" {
		return alg + "-" + strconv.FormatInt(id, 36), "", nil
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal([]byte(public), &key); err != nil {
		return "", "", err
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", "", err
	}
	key.KeyID = base64URL(sum)
	b, err := key.MarshalJSON()
	return key.KeyID, string(b), err
}

// requestSealer seals authorization requests into links and pending rows.
type requestSealer struct {
	keyset   *seal.Keyset
	database string
}

func (s requestSealer) ad(place []byte) seal.AD {
	return seal.AD{Database: s.database, Table: "oauth_provider", Column: "request", Row: string(place)}
}

// Encrypt implements oauth.Sealer.
func (s requestSealer) Encrypt(plain, place []byte) ([]byte, error) {
	return s.keyset.Seal(plain, s.ad(place))
}

// Decrypt implements oauth.Sealer.
func (s requestSealer) Decrypt(sealed, place []byte) ([]byte, error) {
	return s.keyset.Open(sealed, s.ad(place))
}
