#!/bin/sh
# A person signs in and grants: authorization code with PKCE (RFC 6749 §4.1, RFC 7636), by
# hand. The script prints an address to open in a browser. The browser ends at
# REDIRECT_URI, where a real application listens; paste the address it shows there.
#
#   CLIENT_ID=webshop CLIENT_SECRET=… REDIRECT_URI=http://localhost:8100/callback ./code.sh
set -eu
. "$(dirname "$0")/common.sh"
need curl openssl CLIENT_ID REDIRECT_URI
: "${SCOPE:=openid profile}"

# The verifier stays here; its hash travels with the browser. The state ties the answer
# to this request.
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
verifier=$(openssl rand 32 | base64url)
challenge=$(printf '%s' "$verifier" | openssl dgst -sha256 -binary | base64url)
state=$(openssl rand -hex 16)

echo "Open $TESSERA_URL/oauth2/authorize$(query response_type=code "client_id=$CLIENT_ID" "redirect_uri=$REDIRECT_URI" \
	"scope=$SCOPE" "state=$state" "code_challenge=$challenge" code_challenge_method=S256)"
echo 'and paste the address at which the browser ends:'
read -r back || fail 'no address was given'

[ "$(printf '%s\n' "$back" | parameter state)" = "$state" ] || fail 'this answer is not to the request above'
# RFC 9207: an answer of another server must not be taken for one of this.
[ "$(printf '%s\n' "$back" | parameter iss | sed 's/%3[Aa]/:/g; s/%2[Ff]/\//g')" = "$TESSERA_URL" ] || fail "this answer is not from $TESSERA_URL"
code=$(printf '%s\n' "$back" | parameter code)
[ -n "$code" ] || fail "not granted: $(printf '%s\n' "$back" | parameter error)"

# A code works once, for a minute.
answer=$(post /oauth2/token grant_type=authorization_code "code=$code" "redirect_uri=$REDIRECT_URI" "code_verifier=$verifier")
first=$(printf '%s' "$answer" | field refresh_token)
echo "granted: $(printf '%s' "$answer" | field scope)"
printf 'userinfo: '
bearer /oauth2/userinfo "$(printf '%s' "$answer" | field access_token)"

# Every refresh gives a new refresh token; keep it before using the access token.
answer=$(post /oauth2/token grant_type=refresh_token "refresh_token=$first")
second=$(printf '%s' "$answer" | field refresh_token)
token=$(printf '%s' "$answer" | field access_token)
[ "$second" != "$first" ] || fail 'the refresh token was not rotated'
echo 'refreshed: the refresh token is a new one'

# When that answer is lost, ask again: for 10 seconds the old token gives the same new
# one. Later it counts as stolen, and everything that came of the code ends.
answer=$(post /oauth2/token grant_type=refresh_token "refresh_token=$first")
[ "$(printf '%s' "$answer" | field refresh_token)" = "$second" ] || fail 'a repeated refresh gave another refresh token'
echo 'refreshed again: the same new refresh token'

# Revoking either token ends both.
post /oauth2/revoke "token=$second" >/dev/null
if (bearer /oauth2/tokeninfo "$token") >/dev/null 2>&1; then
	fail 'the access token outlived its refresh token'
fi
echo 'revoked: the access token is refused'
