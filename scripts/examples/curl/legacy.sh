#!/bin/sh
# The password grant (RFC 6749 §4.3), for an old application that cannot open a browser.
# Its client is of the type Legacy and has a last day (legacy_until).
#
#   CLIENT_ID=till CLIENT_SECRET=… LOGIN=anna@example.com PASSWORD=… ./legacy.sh
set -eu
. "$(dirname "$0")/common.sh"
need curl CLIENT_ID LOGIN PASSWORD

cat >&2 <<'WARNING'
Warning: this application is told the person's password, RFC 9700 §2.4 forbids that, and
the grant ends on the client's last day. Its tokens live ten minutes and there is no
refresh token. Use code.sh where a browser can be opened, backend.sh where nobody signs in.
WARNING

answer=$(post /oauth2/token grant_type=password "username=$LOGIN" "password=$PASSWORD" ${SCOPE:+"scope=$SCOPE"})
token=$(printf '%s' "$answer" | field access_token)
echo "granted: $(printf '%s' "$answer" | field scope), for $(printf '%s' "$answer" | field expires_in) seconds"
[ -z "$(printf '%s' "$answer" | field refresh_token)" ] || fail 'a refresh token was issued'

printf 'userinfo: '
bearer /oauth2/userinfo "$token"
