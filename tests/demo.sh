#!/usr/bin/env bash
# make demo: builds, fills an SQLite database with the practice school and five weeks
# of its life, starts Lintel and a practice LMS on this machine, prints the address.
#
#   PORT=8700 LMS_PORT=8710   other ports
#   FRESH=1                   begin anew (else what you did last time is still there)
#   ONCE=1                    stop as soon as everything runs (for tests)
set -eu
cd "$(dirname "$0")/.."

PORT=${PORT:-8700} LMS_PORT=${LMS_PORT:-8710}
dir=${DEMO_DIR:-$PWD/build/demo}
tool="http://127.0.0.1:$PORT" lms="http://localhost:$LMS_PORT"
log=$dir/log

say() { printf '%s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

say "Building (a minute or two the first time)…"
mkdir -p build
make -s -j"$(nproc)" all >build/demo-build.log 2>&1 || {
	tail -n 20 build/demo-build.log >&2
	die "the build failed; the lines above say why (all of it: build/demo-build.log)"
}

[ "${FRESH:-0}" = 1 ] && rm -rf "$dir"
mkdir -p "$log"
chmod 700 "$dir"
export LINTEL_PUBLIC_URL=$tool LINTEL_LISTEN=127.0.0.1:$PORT LINTEL_DATA_DIR=$dir/data \
	LINTEL_DATABASE="sqlite:$dir/data/lintel.db" LINTEL_KEY_FILE=$dir/data/key LINTEL_LAB_MODE=1
export LINTEL_CONF=/dev/null PATH=${BUILD_DIR:-$PWD/build}:$PATH

pids=()
stop() {
	trap - EXIT INT TERM
	[ ${#pids[@]} -gt 0 ] && kill "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
}
trap stop EXIT
trap 'exit 0' INT TERM

wait_for() { # URL NAME PID LOG
	for _ in $(seq 300); do
		curl -fs -o /dev/null "$1" && return 0
		kill -0 "$3" 2>/dev/null || { tail -n 5 "$4" >&2; die "$2 did not start"; }
		sleep 0.1
	done
	die "$2 did not answer within 30 seconds (log: $4)"
}

# Half a story is no story: one that was interrupted begins anew.
if [ ! -e "$dir/filled" ]; then
	rm -rf "$dir/data"
	say "Filling the practice school with five weeks of its life (half a minute)…"
	node tests/practice/fill.mjs --dir "$dir/data" --port "$PORT" --lms-port "$LMS_PORT" ||
		die "the practice school could not be filled; the line above says why"
	touch "$dir/filled"
fi

lintel serve >"$log/lintel.log" 2>&1 &
pids+=($!)
wait_for "$tool/readyz" "Lintel" "${pids[0]}" "$log/lintel.log"
practice-lms --port "$LMS_PORT" --tool "$tool" >"$log/practice-lms.log" 2>&1 &
pids+=($!)
wait_for "$lms/" "the practice LMS" "${pids[1]}" "$log/practice-lms.log"

cat <<EOF

  Lintel is open. Walk in here:

      $lms/

  As a teacher:  choose Ms Okafor. What needs her stands first: answer the note
                 about Софія, then look at Lina's goals in the class.
  As a parent:   choose Ms Rima Haddad, in a second tab. Her pages are in Arabic;
                 "Language" (اللغة) makes them English. Say yes to the new goal,
                 and choose a time for the conference.
  Then look at the other tab again: each sees what the other did.

  Everybody and everything here is made up. Ctrl-C stops it, and what you did is
  kept; FRESH=1 make demo begins anew.

EOF
[ "${ONCE:-0}" = 1 ] && exit 0
wait -n
die "one of the two programs ended (logs: $log)"
