#!/usr/bin/env bash
# The layers of the house: who may include whom, and where third-party headers live.
. "$(dirname "$0")/lib.inc"

includes() { # FILES...: prints "file:header" for every include
	grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' "$@" 2>/dev/null |
		sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]/:/; s/[>"]$//'
}

# deny NAME PATTERN FILES...: no file may include a header that matches
deny() {
	local name=$1 pattern=$2
	shift 2
	[ $# -gt 0 ] || return 0
	verdict "$name" "$(includes "$@" | grep -E ":($pattern)")"
}

c() { find "$@" -name '*.[ch]' 2>/dev/null | sort; }

deny "L0: base includes only base and the C library" \
	'(lti|xml|store|gw|gen)/' $(c include/base)
deny "L1: lti/ stands on base alone" '(xml|store|gw|gen)/' $(c lti include/lti)
deny "L1: xml/ stands on base alone" '(lti|store|gw|gen)/' $(c xml include/xml)
deny "L1: crypt sees no other part" \
	'(lti|xml|store|gen)/|gw/[^c]|gw/c[^r]' $(c gateway/crypt)
deny "L1: plan is pure computation" '(lti|xml|store|gen)/|gw/[^p]' $(c gateway/plan)
deny "L1: database drivers see only the store's own faces" \
	'(lti|xml|gen)/|gw/[^cl]' $(find gateway/store -name 'db_*.c')
deny "L2: the store knows no request, page or job" \
	'gen/|gw/(req|route|form|view|pieces|auth|session|server|job|conf|cli|fetch|keys)\.h' \
	$(c gateway/store include/store)
deny "L3: mechanisms include no feature" 'app/[a-z_]+/' \
	$(find gateway/conf gateway/http gateway/auth gateway/view gateway/i18n gateway/job -name '*.c')

# L4: features never include each other; no SQL, server, network or crypto.
bad=""
for dir in gateway/app/*/; do
	f=$(basename "$dir")
	for other in gateway/app/*/; do
		o=$(basename "$other")
		[ "$o" = "$f" ] && continue
		bad+=$(includes $(c "$dir") | grep -E "(app|tpl)/$o/")
	done
done
verdict "L4: features do not include each other" "$bad"
app=$(c gateway/app)
deny "L4: features include no server, network, crypto or command line" \
	'gw/(server|fetch|crypt|cli)\.h|microhttpd|curl|openssl|sqlite3|libpq' $app
[ -n "$app" ] && verdict "L4: features hold no SQL" \
	"$(grep -nE '"(SELECT|INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM) ' $app)"

# One home for each third-party header.
home() { # HEADER-PATTERN ALLOWED-PATH-PATTERN
	local all
	all=$(includes $(c lti xml gateway include) | grep -E ":($1)" | grep -vE "^($2)")
	verdict "home of <$1>" "$all"
}
home 'microhttpd\.h' 'gateway/http/'
home 'sqlite3\.h' 'gateway/store/db_sqlite\.c'
home 'libpq-fe\.h' 'gateway/store/db_pg\.c'
home 'curl/' 'gateway/job/(fetch|mail)\.c'
home 'openssl/' 'lti/jose[a-z0-9_]*\.[ch]|gateway/crypt/'
home 'jwt\.h' 'lti/jose_[a-z0-9_]*\.c'
home 'libxml/' 'xml/'
home 'unicode/' 'gateway/i18n/'
home 'jansson\.h' 'lti/|gateway/job/|gateway/http/json\.c'
home 'qrencode\.h' 'gateway/view/qr\.c'
home 'zip\.h' 'gateway/job/zip\.c'
home 'seccomp\.h' 'gateway/job/xmlchild\.c'
verdict "nobody includes <assert.h>" "$(includes $(c lti xml gateway include tests) | grep -E ':assert\.h$')"
finish
