# What the scripts beside share; each reads it with ". common.sh". It needs curl and sed.
#
#   TESSERA_URL    where Tessera is, http://localhost:8069 when empty
#   CLIENT_ID      the client's identifier
#   CLIENT_SECRET  its secret, empty for a public client
#
# Secrets and tokens reach curl on standard input: a command line is seen by everybody on
# the machine. None is printed.

: "${TESSERA_URL:=http://localhost:8069}" "${CLIENT_SECRET:=}"

fail() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# need NAME… ends the script unless the variables are set and the programs are there.
need() {
	for name in "$@"; do
		case $name in
		*[!A-Z_]*) command -v "$name" >/dev/null || fail "needs the program $name" ;;
		*) eval "[ -n \"\${$name:-}\" ]" || fail "set $name" ;;
		esac
	done
}

# option NAME VALUE writes a line of a curl configuration.
option() { printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')"; }

# call PATH sends the request that the configuration on standard input describes and
# prints the answer. A refusal ends the script with the server's own words.
call() {
	answer=$(curl --silent --show-error --max-time 10 --fail-with-body --config - "$TESSERA_URL$1") ||
		fail "$1 was refused: $answer"
	printf '%s\n' "$answer"
}

# post PATH NAME=VALUE… sends a form, with the client's identifier and secret.
post() {
	path=$1
	shift
	for pair in "client_id=$CLIENT_ID" ${CLIENT_SECRET:+"client_secret=$CLIENT_SECRET"} "$@"; do
		option data-urlencode "$pair"
	done | call "$path"
}

# bearer PATH TOKEN reads an address with an access token.
bearer() { option header "Authorization: Bearer $2" | call "$1"; }

# field NAME takes a text or number out of the flat JSON on standard input.
field() { sed -n "s/.*\"$1\" *: *\"\{0,1\}\([^\",}]*\).*/\1/p"; }

# query NAME=VALUE… joins parameters for an address.
query() {
	separator='?'
	for pair in "$@"; do
		printf '%s%s=' "$separator" "${pair%%=*}"
		printf '%s' "${pair#*=}" | sed 's/%/%25/g; s/ /%20/g; s/"/%22/g; s/#/%23/g; s/&/%26/g; s/+/%2B/g; s/=/%3D/g; s/{/%7B/g; s/}/%7D/g'
		separator='&'
	done
}

# parameter NAME takes one out of the address on standard input, as it stands there.
parameter() { sed -n "s/.*[?&#]$1=\([^&#]*\).*/\1/p"; }
