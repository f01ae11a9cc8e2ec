#!/bin/sh
# A job without a person: client credentials (RFC 6749 §4.4). It acts as the user whom its
# client "runs as", asks the server about its token, reads records, and gives the token back.
#
#   CLIENT_ID=night-sync CLIENT_SECRET=… MODEL=res.partner ./backend.sh
set -eu
. "$(dirname "$0")/common.sh"
need curl CLIENT_ID CLIENT_SECRET
: "${MODEL:=res.partner}"

# One token serves until it expires; ask for a new one then, not for every request.
answer=$(post /oauth2/token grant_type=client_credentials ${SCOPE:+"scope=$SCOPE"})
token=$(printf '%s' "$answer" | field access_token)
echo "granted: $(printf '%s' "$answer" | field scope), for $(printf '%s' "$answer" | field expires_in) seconds"

printf 'tokeninfo: '
bearer /oauth2/tokeninfo "$token"

# Further records: &cursor= with the last id of the answer before.
printf 'otherinfo: '
bearer "/oauth2/otherinfo$(query "model=$MODEL" limit=3)" "$token"

printf 'introspect: '
post /oauth2/introspect "token=$token"

# Revocation holds at once, on every instance (RFC 7009).
post /oauth2/revoke "token=$token" >/dev/null
printf 'introspect after revocation: '
post /oauth2/introspect "token=$token"
