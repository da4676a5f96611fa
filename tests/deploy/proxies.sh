#!/usr/bin/env bash
# What deploy/ hands out: the example configuration is one Lintel takes, the units are
# sound, and nginx and haproxy, where they are installed, accept theirs.
. "$(dirname "$0")/../guard/lib.inc"
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-deploy.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
PATH=$PATH:/usr/sbin

# quiet COMMAND...: nothing if it succeeds, else what it said
quiet() { "$@" >"$dir/out" 2>&1 || { cat "$dir/out"; echo "exit status not 0"; }; }

verdict "lintel takes the example configuration" \
	"$(quiet env -u LINTEL_CONF build/lintel --config deploy/lintel.conf.example config --check)"
# each key that is only shown is one, too
sed 's/^#\([a-z_]* = \)/\1/' deploy/lintel.conf.example >"$dir/all.conf"
verdict "every key of the example exists" "$(quiet build/lintel --config "$dir/all.conf" config --check)"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lintel.example \
	-keyout "$dir/key.pem" -out "$dir/fullchain.pem" 2>/dev/null
cat "$dir/fullchain.pem" "$dir/key.pem" >"$dir/both.pem"

if command -v nginx >/dev/null; then
	sed -e "s|/etc/ssl/lintel|$dir|; s|/var/log/nginx|$dir|" deploy/nginx/lintel.nginx >"$dir/site"
	cat >"$dir/nginx.conf" <<-END
		pid $dir/nginx.pid;
		error_log $dir/nginx.log;
		events { }
		http { include $dir/site; }
	END
	verdict "nginx -t" "$(quiet nginx -t -c "$dir/nginx.conf" -e "$dir/start.log")"
else
	echo "# nginx is not here: its configuration was not checked"
fi

if command -v haproxy >/dev/null; then
	sed "s|/etc/ssl/lintel|$dir|" deploy/haproxy/lintel.haproxy >"$dir/haproxy.cfg"
	verdict "haproxy -c" "$(quiet haproxy -c -f "$dir/haproxy.cfg")"
	verdict "haproxy warns of nothing" "$(grep -E 'WARNING|ALERT' "$dir/out")"
else
	echo "# haproxy is not here: its configuration was not checked"
fi

mb=$(($(sed -nE 's/^CONF_INT\(roster_max_mb, ([0-9]+),.*/\1/p' gateway/conf/conf.def) + 1))
verdict "both proxies let a roster through, and its frame" "$(
	grep -q "client_max_body_size ${mb}m;" deploy/nginx/lintel.nginx || echo nginx
	grep -q "roster { req.hdr_val(content-length) gt $((mb << 20)) }" deploy/haproxy/lintel.haproxy || echo haproxy)"

for u in service socket; do
	sed -e "s|@bindir@|$PWD/build|; s|@docdir@|/usr/share/doc/lintel|" "deploy/systemd/lintel.$u" >"$dir/lintel.$u"
done
if command -v systemd-analyze >/dev/null; then
	verdict "systemd-analyze verify" "$(systemd-analyze verify --man=no --recursive-errors=no \
		"$dir/lintel.service" "$dir/lintel.socket" 2>&1 | grep -F "$dir")"
	exposed=$(systemd-analyze security --no-pager --offline=true "$dir/lintel.service" 2>/dev/null |
		sed -nE 's/.*Overall exposure level for .*: ([0-9]+)\.([0-9]).*/\1\2/p')
	verdict "the unit's exposure is at most 2.0 of 10" "$([ "${exposed:-99}" -le 20 ] || echo "$exposed tenths")"
	echo "# exposure ${exposed:-?} tenths"
else
	echo "# systemd-analyze is not here: the units were not checked"
fi
finish
