#!/bin/sh
# What Odoo's auth_oauth does (versions 14 to 18), to try a client before Odoo does: the
# implicit grant, then two requests of Odoo's server. The client is of the type Mobile,
# public, with a last day (legacy_until); its redirect URI is ODOO_URL/auth_oauth/signin.
#
#   CLIENT_ID=odoo ODOO_URL=https://odoo.example.com ./odoo.sh
set -eu
. "$(dirname "$0")/common.sh"
need curl CLIENT_ID ODOO_URL
: "${SCOPE:=profile email}"

state='{"d": "db", "p": 4, "r": "'"$ODOO_URL"'/web"}'
request=$(query response_type=token "client_id=$CLIENT_ID" "redirect_uri=$ODOO_URL/auth_oauth/signin" "scope=$SCOPE" "state=$state")
echo "Open $TESSERA_URL/oauth2/authorize$request"
echo 'and paste the address at which the browser ends:'
read -r back || fail 'no address was given'

# Odoo's page moves the fragment into the query; its state has to come back as it was.
token=$(printf '%s\n' "$back" | parameter access_token)
[ -n "$token" ] || fail "not granted: $(printf '%s\n' "$back" | parameter error)"
came=$(printf '%s\n' "$back" | parameter state | sed 's/+/ /g; s/%20/ /g; s/%22/"/g; s/%2[Cc]/,/g; s/%2[Ff]/\//g; s/%3[Aa]/:/g; s/%7[Bb]/{/g; s/%7[Dd]/}/g')
[ "$came" = "$state" ] || fail "the state came back as $came"

# odoo_reads PATH HOW sends the token in the query, Odoo's default, or as a bearer. Of a
# refusal Odoo reads WWW-Authenticate only.
odoo_reads() {
	case $2 in
	query) option url "$TESSERA_URL$1$(query "access_token=$token")" ;;
	header)
		option url "$TESSERA_URL$1"
		option header "Authorization: Bearer $token"
		;;
	esac | curl --silent --show-error --max-time 10 --include --config - | tr -d '\r' >"$reply"
	if ! sed -n '1p' "$reply" | grep -q ' 200'; then
		fail "$1 refused the token: $(sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: *//p' "$reply")"
	fi
	sed '1,/^$/d' "$reply"
}

reply=$(mktemp)
trap 'rm -f "$reply"' EXIT
for how in query header; do
	validation=$(odoo_reads /oauth2/tokeninfo "$how")
	data=$(odoo_reads /oauth2/userinfo "$how")
	# The account's key is the first of sub, id and user_id in both together.
	subject=$(printf '%s' "$data" | field sub)
	[ "$subject" = "$(printf '%s' "$validation" | field user_id)" ] || fail 'tokeninfo and userinfo speak of different people'
	echo "by $how: subject $subject, login $(printf '%s' "$data" | field email), name $(printf '%s' "$data" | field name)"
done
