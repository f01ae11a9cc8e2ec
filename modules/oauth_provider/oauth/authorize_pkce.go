package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// challengeMethod is the only one: plain would show the verifier to whoever sees the
// request (RFC 9700 §2.1.1).
const challengeMethod = "S256"

// checkPKCE requires a challenge (RFC 7636) unless the client is confidential and set to
// optional. The same challenge twice is fine: some clients have one verifier for life.
func (p *Provider) checkPKCE(f *flow) error {
	if !f.response.pkce {
		return nil
	}
	challenge, method := f.params.get("code_challenge"), f.params.get("code_challenge_method")
	switch {
	case challenge == "" && method != "":
		return refuse(CodeInvalidRequest, "code_challenge_method without code_challenge")
	case challenge == "" && f.client.PKCEOptional && !f.client.Public:
		return nil
	case challenge == "":
		return refuse(CodeInvalidRequest, "code_challenge is missing")
	case method != challengeMethod:
		return refuse(CodeInvalidRequest, "code_challenge_method must be S256")
	}
	sum, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	if err != nil || len(sum) != sha256.Size {
		return refuse(CodeInvalidRequest, "code_challenge is malformed")
	}
	return nil
}

// challengeOf returns the S256 challenge of a verifier, "" when it is malformed
// (RFC 7636 §4.1: 43 to 128 unreserved characters).
func challengeOf(verifier string) string {
	if len(verifier) < 43 || len(verifier) > 128 {
		return ""
	}
	for i := range len(verifier) {
		c := verifier[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~') {
			return ""
		}
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
