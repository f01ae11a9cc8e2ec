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

// typIDToken and typAccessToken keep one of our JWTs from passing for the other (RFC 8725 §3.11).
const (
	typIDToken     = "JWT"
	typAccessToken = "at+jwt" // RFC 9068 §2.1
)

// signatureAlgs may sign what we issue; what is signed otherwise is not ours.
var signatureAlgs = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

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
func (p *Provider) idToken(x *exchange, out *issued, access string) (string, error) {
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
	o.Text("at_hash", leftHash(alg, access))
	if x.client.ClaimsInID || len(a.Claims) > 0 {
		o.reserved = func(name string) bool {
			return protocolClaims(name) || !x.client.ClaimsInID && !slices.Contains(a.Claims, name)
		}
		err := p.Host.Claims(x.ctx, &ClaimsRequest{UserID: a.UserID, Client: x.client, Scopes: out.row.Scopes}, o)
		if err != nil {
			return "", fmt.Errorf("claims: %w", err)
		}
	}
	return p.sign(x.ctx, alg, typIDToken, o.bytes())
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
	payload, ok, err := p.verifyJWT(ctx, hint, typIDToken)
	switch {
	case err != nil:
		return "", unavailable(err, "read keys")
	case !ok:
		return "", forged
	}
	var claims struct{ Iss, Sub, Aud string }
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Iss != p.Issuer || claims.Aud != client {
		return "", forged
	}
	return claims.Sub, nil
}
