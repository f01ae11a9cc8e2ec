package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

const defaultAlg = "RS256" // OpenID Connect Core §15.1

// idTokenAlgs may sign an id_token; an id_token_hint signed otherwise is no hint.
var idTokenAlgs = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// Subject is the person as one client knows him: pairwise (OpenID Connect Core §8.1), so
// that two clients cannot compare notes. It is sub everywhere, and tokeninfo's user_id.
func Subject(clientIdentifier, userSubject string) string {
	sum := sha256.Sum256([]byte(clientIdentifier + userSubject))
	return hex.EncodeToString(sum[:])
}

// protocolClaims are the engine's; a Host's claims never replace them. A numeric id would
// become the account key of Odoo's auth_oauth.
func protocolClaims(name string) bool {
	switch name {
	case "sub", "id", "user_id", "iss", "aud", "exp", "iat", "nbf", "jti", "auth_time", "nonce", "acr", "amr", "azp",
		"at_hash", "c_hash", "sid", "error":
		return true
	}
	return false
}

// idToken signs who signed in, when and how (OpenID Connect Core §2).
func (p *Provider) idToken(x *exchange, out *issued) (string, error) {
	alg := x.client.IDTokenAlg
	if alg == "" {
		alg = defaultAlg
	}
	a := out.authorization
	o := newObject()
	defer func() { objects.Put(o) }()
	o.Text("iss", p.Issuer)
	o.Text("sub", Subject(x.client.Identifier, out.subject))
	o.Text("aud", x.client.Identifier)
	o.Text("azp", x.client.Identifier)
	o.Int("exp", out.row.ExpiresAt.Unix())
	o.Int("iat", x.now.Unix())
	o.Int("auth_time", a.AuthTime.Unix())
	o.Text("nonce", a.Nonce)
	o.Text("acr", a.ACR)
	o.Texts("amr", a.AMR)
	o.Text("at_hash", leftHash(alg, out.access))
	if x.client.ClaimsInID {
		o.reserved = protocolClaims
		err := p.Host.Claims(x.ctx, &ClaimsRequest{UserID: a.UserID, Client: x.client, Scopes: out.row.Scopes}, o)
		if err != nil {
			return "", fmt.Errorf("claims: %w", err)
		}
	}
	return p.sign(x.ctx, alg, "JWT", o.bytes())
}

// sign makes a compact JWS with the current key of the algorithm.
func (p *Provider) sign(ctx context.Context, alg, typ string, payload []byte) (string, error) {
	key, err := p.Keys.Signing(ctx, alg)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm),
		Key: jose.JSONWebKey{Key: key.Key, KeyID: key.ID}}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// leftHash is the left half of the token's hash with the hash function of the algorithm
// (OpenID Connect Core §3.1.3.6).
func leftHash(alg, token string) string {
	if alg == "EdDSA" {
		sum := sha512.Sum512([]byte(token))
		return base64.RawURLEncoding.EncodeToString(sum[:32])
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// verifyHint returns the sub of one of our id_tokens, made for the client. It may have
// expired (OpenID Connect Core §3.1.2.1).
func (p *Provider) verifyHint(ctx context.Context, hint, client string) (sub string, fail *Error) {
	forged := refuse(CodeInvalidRequest, "id_token_hint is not an id_token for this client")
	jws, err := jose.ParseSignedCompact(hint, idTokenAlgs)
	if err != nil || len(jws.Signatures) != 1 {
		return "", forged
	}
	keys, err := p.publicKeys(ctx)
	if err != nil {
		return "", unavailable(err, "read keys")
	}
	kid := jws.Signatures[0].Header.KeyID
	i := slices.IndexFunc(keys, func(k jose.JSONWebKey) bool { return k.KeyID == kid && kid != "" })
	if i < 0 || keys[i].Algorithm != jws.Signatures[0].Header.Algorithm {
		return "", forged
	}
	payload, err := jws.Verify(keys[i].Key)
	if err != nil {
		return "", forged
	}
	var claims struct{ Iss, Sub, Aud string }
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Iss != p.Issuer || claims.Aud != client {
		return "", forged
	}
	return claims.Sub, nil
}
