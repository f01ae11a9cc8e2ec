package oauthprovider

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// terminal offers lines that a person runs as they stand, once what they name is exported.
// Those of an application that signs people in need a code: a test sign-in gives it.
func (in integration) terminal() *ui.Terminal {
	switch {
	case slices.Contains(in.client.GrantTypes, oauth.GrantClientCredentials):
		return &ui.Terminal{Text: in.curlText(), Lines: in.curlBackend()}
	case slices.Contains(in.client.ResponseTypes, oauth.ResponseCode) && in.client.Active:
		start := in.startTrial("oauth_provider.trial.start.lines", oauth.TrialCode)
		return &ui.Terminal{Text: in.c.T("oauth_provider.curl.first"), Start: &start}
	}
	return nil
}

// curlText says what to do before. The secret comes from the environment alone: it is not
// known here.
func (in integration) curlText() string {
	if in.client.Public {
		return in.c.T("oauth_provider.curl.public")
	}
	return in.c.T("oauth_provider.curl.before")
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

// curlCode redeems the code of a trial, and ends what it gave when it has been read.
func (in integration) curlCode(t *oauth.Trial) string {
	proof := "  --data-urlencode " + quote("client_id="+in.client.Identifier)
	var out []string
	if !in.client.Public {
		out = append(out, "# "+in.c.T("oauth_provider.curl.secret")+" export CLIENT_SECRET='…'")
		proof += " --data-urlencode \"client_secret=$CLIENT_SECRET\""
	}
	out = append(out, "# "+in.c.T("oauth_provider.curl.redirect"),
		"TOKEN=$(curl -sS "+quote(in.url("/oauth2/token"))+" \\",
		"  -d grant_type=authorization_code -d code_verifier="+t.Verifier+" \\",
		"  --data-urlencode "+quote("code="+t.Code)+" \\",
		proof+" \\",
		"  --data-urlencode "+quote("redirect_uri="+in.url(oauth.TrialPath))+" \\",
		"  | "+sedToken+")")
	out = append(out, in.curlRead()...)
	out = append(out, "", "# "+in.c.T("oauth_provider.curl.end"), "curl -sS "+quote(in.url("/oauth2/revoke"))+" --data-urlencode \"token=$TOKEN\" \\", proof)
	return strings.Join(out, "\n") + "\n"
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
