#!/usr/bin/env bash
# Lintel behind the nginx and the haproxy that deploy/ describes, where they are
# installed: over TLS, on a socket that was passed on as systemd does it.
#   DEPLOY_PORT=22120   and the one after it
. "$(dirname "$0")/../guard/lib.inc"
port=${DEPLOY_PORT:-22120}
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-front.XXXXXX") || exit 1
chmod 755 "$dir"
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$dir"' EXIT
PATH=$PATH:/usr/sbin
nginx=$(command -v nginx) haproxy=$(command -v haproxy)
[ -n "$nginx$haproxy" ] || echo "# neither nginx nor haproxy is here: tests/deps.sh proxies"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lintel.example \
	-keyout "$dir/key.pem" -out "$dir/fullchain.pem" 2>/dev/null
cat "$dir/fullchain.pem" "$dir/key.pem" >"$dir/both.pem"

# as systemd does it: the listening socket is descriptor 3, LISTEN_PID is the program's own
cat >"$dir/pass.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
s.listen(64)
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
END
start_lintel() { # PORT
	LINTEL_CONF=/dev/null LINTEL_LISTEN=systemd LINTEL_PUBLIC_URL=https://lintel.example:$1 \
		LINTEL_DATA_DIR=$dir/data LINTEL_LAB_MODE=0 \
		python3 "$dir/pass.py" "$dir/lintel.sock" "$PWD/build/lintel" serve >"$dir/lintel.log" 2>&1 &
	lintel=$!
	pids+=($lintel)
}
up() { # COMMAND...: within ten seconds
	for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	return 1
}
ask() { curl -sk --max-time 20 --resolve "lintel.example:$at:127.0.0.1" "$@"; }
status() { ask -o /dev/null -w '%{http_code}' "$@"; }
is() { # NAME WANT GOT
	verdict "$1" "$([ "$2" = "$3" ] || echo "$3, not $2")"
}
too_large() { # ARGS...
	case $(status --http1.1 "$@") in 413 | 000) [ "$(status "https://lintel.example:$at/healthz")" = 200 ] && echo yes ;; esac
}
raw() { # BYTES (for printf): the status line
	(printf "$1"; sleep 2) | timeout 10 openssl s_client -quiet -connect "127.0.0.1:$at" \
		-servername lintel.example -alpn http/1.1 2>/dev/null | head -n 1 | tr -d '\r' | cut -d' ' -f2
}

behind() { # PROXY
	local u=https://lintel.example:$at
	is "$1: a page of Lintel" 200 "$(status "$u/healthz")"
	is "$1: over HTTP/1.1 too" 200 "$(status --http1.1 "$u/healthz")"
	verdict "$1: its headers arrive" "$(ask -D- -o /dev/null "$u/lti/login" | grep -qi '^content-security-policy:' || echo none)"
	is "$1: a login without anything is refused by Lintel" 400 "$(status "$u/lti/login?login_hint=anna-who-reads")"
	is "$1: the metrics stay inside" 404 "$(status "$u/metrics")"
	is "$1: a foreign name leads nowhere" yes \
		"$(case $(status -H 'Host: evil.example' "$u/healthz") in 4??) echo yes ;; esac)"
	# haproxy may cut the line before the answer is read (over HTTP/2 it always does)
	head -c 70000 /dev/zero | tr '\0' a >"$dir/big"
	is "$1: a form of 70,000 bytes" yes "$(too_large --data-binary "@$dir/big" "$u/lti/login")"
	is "$1: but not on /lti/launch" 400 "$(status --http1.1 --data-binary "@$dir/big" "$u/lti/launch")"
	head -c 200000 /dev/zero | tr '\0' a >"$dir/big"
	is "$1: a launch of 200,000 bytes" yes "$(too_large --data-binary "@$dir/big" "$u/lti/launch")"
	is "$1: NUL in a header" 400 "$(raw "GET /healthz HTTP/1.1\r\nHost: lintel.example:$at\r\nX: a\\000b\r\n\r\n")"
	is "$1: NUL in the target" 400 "$(raw "GET /heal\\000thz HTTP/1.1\r\nHost: lintel.example:$at\r\n\r\n")"
	is "$1: length and chunked at once" 400 "$(raw "POST /lti/login HTTP/1.1\r\nHost: lintel.example:$at\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")"
	# refused, or written anew: never handed on
	is "$1: bare line feeds do not reach Lintel" yes \
		"$(case $(raw "GET /healthz HTTP/1.1\nHost: lintel.example:$at\n\n") in 200 | 400) echo yes ;; esac)"
}

# Without a proxy: the socket alone.
local_status() { curl -s --max-time 20 -o /dev/null -w '%{http_code}' --unix-socket "$dir/lintel.sock" "$@"; }
start_lintel "$port"
verdict "Lintel starts on a socket that was passed on" \
	"$(up curl -fs --unix-socket "$dir/lintel.sock" http://127.0.0.1/readyz || cat "$dir/lintel.log")"
is "metrics for this machine" 200 "$(local_status http://127.0.0.1/metrics)"
is "no metrics by the public name" 404 "$(local_status -H "Host: lintel.example:$port" http://127.0.0.1/metrics)"
kill "$lintel"
wait "$lintel"
is "it stops in order" 0 "$?"
verdict "and leaves the socket to whoever passed it" "$([ -S "$dir/lintel.sock" ] || echo gone)"
rm -f "$dir/lintel.sock"
pids=()

if [ -n "$nginx" ]; then
	at=$port
	sed -e "s|/etc/ssl/lintel|$dir|; s|/var/log/nginx/lintel|$dir/nginx-lintel|; s|/run/lintel/lintel.sock|$dir/lintel.sock|" \
		-e "/listen \[::\]/d; s/listen 80;/listen unix:$(sed 's|/|\\/|g' <<<"$dir")\/plain;/; s/listen 443/listen 127.0.0.1:$at/" \
		deploy/nginx/lintel.nginx >"$dir/site"
	cat >"$dir/nginx.conf" <<-END
		$([ "$(id -u)" -ne 0 ] || echo "user nobody nogroup;")
		pid $dir/nginx.pid; error_log $dir/nginx.log; daemon off;
		events { }
		http {
			client_body_temp_path $dir/b; proxy_temp_path $dir/p; fastcgi_temp_path $dir/f;
			uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
			include $dir/site;
		}
	END
	start_lintel "$at"
	"$nginx" -c "$dir/nginx.conf" -e "$dir/start.log" &
	pids+=($!)
	verdict "nginx and Lintel start" "$(up ask -f "https://lintel.example:$at/readyz" || cat "$dir"/{lintel,nginx,start}.log)"
	behind nginx
	verdict "nginx: its log has the path" "$(grep -q ' /lti/login 400 ' "$dir/nginx-lintel.log" || cat "$dir/nginx-lintel.log")"
	verdict "nginx: its log names no person" "$(grep -n anna "$dir/nginx-lintel.log" "$dir/nginx-lintel-error.log")"
	kill "${pids[@]}"
	wait
	pids=()
	rm -f "$dir/lintel.sock"
fi
if [ -n "$haproxy" ]; then
	at=$((port + 1))
	sed -e "s|/etc/ssl/lintel|$dir|; s|/run/lintel/lintel.sock|$dir/lintel.sock|; /log global/d; /log \/dev\/log/d" \
		-e "/bind :80/d; s/bind :443/bind 127.0.0.1:$at/; s/str lintel.example/str lintel.example:$at/" \
		deploy/haproxy/lintel.haproxy >"$dir/haproxy.cfg"
	start_lintel "$at"
	"$haproxy" -db -f "$dir/haproxy.cfg" >"$dir/haproxy.log" 2>&1 &
	pids+=($!)
	verdict "haproxy and Lintel start" "$(up ask -f "https://lintel.example:$at/readyz" || cat "$dir"/{lintel,haproxy}.log)"
	behind haproxy
fi
verdict "Lintel's log names no person" "$(grep -n 'anna' "$dir/lintel.log")"
finish
