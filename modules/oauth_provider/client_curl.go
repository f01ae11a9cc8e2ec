package oauthprovider

import (
	"crypto/sha256"
	"net/url"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// curl is what a person runs in a terminal as it stands, once what the first lines name is
// exported. The secret comes from there alone: it is not known here.
func (in integration) curl() (lines, text string) {
	c := in.c
	switch {
	case slices.Contains(in.client.GrantTypes, oauth.GrantClientCredentials):
		return in.curlBackend(), c.T("oauth_provider.curl.backend")
	case slices.Contains(in.client.ResponseTypes, oauth.ResponseCode) && in.redirect() != "":
		return in.curlCode(), c.T("oauth_provider.curl.code")
	}
	return "", ""
}

// sedToken takes the access token out of the answer without further programs.
const sedToken = `sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'`

func (in integration) curlBackend() string {
	out := []string{
		"# " + in.c.T("oauth_provider.curl.secret") + " export CLIENT_SECRET='…'",
		"# " + in.c.T("oauth_provider.curl.get"),
		"TOKEN=$(curl -sS " + quote(in.url("/oauth2/token")) + " \\",
		"  -d grant_type=client_credentials --data-urlencode " + quote("client_id="+in.client.Identifier) + " \\",
		"  --data-urlencode \"client_secret=$CLIENT_SECRET\" \\",
		"  --data-urlencode " + quote("scope="+in.scopes()) + " \\",
		"  | " + sedToken + ")",
	}
	return strings.Join(append(out, in.curlRead()...), "\n") + "\n"
}

func (in integration) curlCode() string {
	verifier := randomText(32)
	sum := sha256.Sum256([]byte(verifier))
	out := []string{
		"# " + in.c.T("oauth_provider.curl.open"),
		"#   " + in.authorizeURL(base64URL(sum[:]), randomText(12)),
		"# " + in.c.T("oauth_provider.curl.export") + " export CODE='…'",
	}
	if !in.client.Public {
		out = append(out, "# "+in.c.T("oauth_provider.curl.secret")+" export CLIENT_SECRET='…'")
	}
	out = append(out, "TOKEN=$(curl -sS "+quote(in.url("/oauth2/token"))+" \\",
		"  -d grant_type=authorization_code --data-urlencode \"code=$CODE\" \\", "  -d code_verifier="+verifier+" \\")
	proof := "  --data-urlencode " + quote("client_id="+in.client.Identifier)
	if !in.client.Public {
		proof += " --data-urlencode \"client_secret=$CLIENT_SECRET\""
	}
	out = append(out, proof+" \\", "  --data-urlencode "+quote("redirect_uri="+in.redirect())+" \\", "  | "+sedToken+")")
	return strings.Join(append(out, in.curlRead()...), "\n") + "\n"
}

// curlRead reads what the token opens.
func (in integration) curlRead() []string {
	bearer := "curl -sS -H \"Authorization: Bearer $TOKEN\" \\\n  "
	out := []string{"", "# " + in.c.T("oauth_provider.curl.what"), bearer + quote(in.url("/oauth2/tokeninfo"))}
	for _, model := range in.models() {
		out = append(out, "", "# "+in.c.T("oauth_provider.curl.read", "Model", model), bearer+quote(in.url("/oauth2/otherinfo")+"?limit=3&model="+url.QueryEscape(model)))
	}
	return out
}

// mostModels bounds how many models the lines read.
const mostModels = 3

// models are those that the scopes asked for show records of.
func (in integration) models() []string {
	def, err := in.host.store.definitions.get(in.c.Env, in.client.Identifier, in.client.Version)
	if err != nil {
		return nil
	}
	var out []string
	for code := range strings.FieldsSeq(in.scopes()) {
		sd := def.scopes[code]
		if sd != nil && !sd.Protocol && slices.Contains(sd.now.ops, record.OpRead) && !slices.Contains(out, sd.now.model) && len(out) < mostModels {
			out = append(out, sd.now.model)
		}
	}
	return out
}

// quote is a text as one word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
