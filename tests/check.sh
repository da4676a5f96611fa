#!/usr/bin/env bash
# Runs the tests. Without arguments: all suites. With arguments: only those.
#   tests/check.sh guard unit store
# Every suite prints lines "# N passed, N failed"; they are added up here, and lines
# "# slice: …" (what of a long campaign was run) are shown. Logs stay in build/log.
# What failed is said where it happened and once more at the end, where a reader looks.
# KEEP_PG=1 leaves the throw-away PostgreSQL to whoever runs two of these at once.
# SANITIZE=address,undefined and COVERAGE=1 test the programs of build/san, build/cov.
set -u
cd "$(dirname "$0")/.."

J=$(nproc)
B=build
[ -z "${SANITIZE:-}" ] || B=build/san
[ -z "${COVERAGE:-}" ] || B=build/cov
export BUILD_DIR=$PWD/$B
passed=0 failed=0 again=()
mkdir -p $B/log
[ -n "${KEEP_PG:-}" ] || trap 'tests/pg.sh stop >/dev/null 2>&1' EXIT

say() { printf '%s\n' "$*"; }

# run NAME COMMAND...: one suite; its output goes to a log, failures are shown
run() {
	local name=$1 log=$B/log/${1//\//-}.log t0=$SECONDS p f rc
	shift
	timeout "${SUITE_TIMEOUT:-900}" "$@" >"$log" 2>&1 </dev/null
	rc=$?
	p=$(sed -nE 's/^# ([0-9]+) passed, ([0-9]+) failed$/\1/p' "$log" | awk "{s+=\$1} END {print s+0}")
	f=$(sed -nE 's/^# ([0-9]+) passed, ([0-9]+) failed$/\2/p' "$log" | awk "{s+=\$1} END {print s+0}")
	p=${p:-0} f=${f:-0}
	if [ "$rc" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
	if [ "$((p + f))" -eq 0 ]; then f=1; echo "# the suite ran no test" >>"$log"; fi
	passed=$((passed + p)) failed=$((failed + f))
	printf '%-28s %5d passed %5d failed  %4ds\n' "$name" "$p" "$f" $((SECONDS - t0))
	sed -n 's/^# slice: /    /p' "$log"
	[ "$f" -gt 0 ] || return 0
	[ "$rc" -lt 2 ] || echo "# the suite ended with status $rc after $((SECONDS - t0)) s" >>"$log"
	again+=("$name")
	wrong "$name" 40
}

# wrong NAME LINES: what the log of a suite says beside what went well
wrong() { grep -vE '^(ok |# slice: )' "$B/log/${1//\//-}.log" | tail -n "$2" | sed 's/^/    /'; }

want() { [ $# -gt 0 ] && case " $suites " in *" all "* | *" $1 "*) return 0 ;; esac; return 1; }
suites=${*:-all}

build_log=$B/log/build.log
say "Building (log: $build_log)"
if ! make -s -j"$J" DEVELOPER=1 all tests >"$build_log" 2>&1; then
	grep -E 'error|warning|\*\*\*' "$build_log" | head -n 40
	say "The build failed."
	echo "0 passed, 1 failed"
	exit 1
fi

if want guard; then
	for s in tests/guard/*.sh; do [ -e "$s" ] && run "guard/$(basename "$s" .sh)" bash "$s"; done
fi
if want unit; then
	for t in "$B"/tests/unit/*; do [ -x "$t" ] && [ -f "$t" ] && run "unit/$(basename "$t")" "$t"; done
fi
if want store; then
	for t in "$B"/tests/store/*; do
		[ -x "$t" ] && [ -f "$t" ] || continue
		run "store/$(basename "$t")/sqlite" tests/store/with-sqlite.sh "$t"
		run "store/$(basename "$t")/postgresql" tests/store/with-pg.sh "$t"
	done
fi
if want http; then
	for t in "$B"/tests/http/*; do [ -x "$t" ] && [ -f "$t" ] && run "http/$(basename "$t")" "$t"; done
	for t in tests/http/*.mjs; do [ -e "$t" ] && run "http/$(basename "$t" .mjs)" node "$t"; done
	for t in tests/http/*.sh; do [ -e "$t" ] && run "http/$(basename "$t" .sh)" bash "$t"; done
fi
if want fuzz; then
	for t in "$B"/tests/fuzz/fuzz_*; do
		[ -x "$t" ] && [ -f "$t" ] && run "fuzz/$(basename "$t")" "$t" "tests/fuzz/corpus/${t##*/fuzz_}"
	done
fi
# The next programs are compiled while the slow suites wait for browsers and proxies.
san_build=
if want san && [ -z "${SANITIZE:-}${COVERAGE:-}" ]; then
	SANITIZE=address,undefined nice -n 19 make -s DEVELOPER=1 all tests >$B/log/san-build.log 2>&1 &
	san_build=$!
fi
if want deploy; then
	for t in tests/deploy/*.sh; do [ -e "$t" ] && run "deploy/$(basename "$t" .sh)" bash "$t"; done
fi
if want browser; then
	for t in tests/browser/*.sh; do [ -e "$t" ] && run "browser/$(basename "$t" .sh)" bash "$t"; done
fi
if want crash; then
	for t in tests/crash/*.sh; do [ -e "$t" ] && run "crash/$(basename "$t" .sh)" bash "$t"; done
fi
if [ -n "$san_build" ]; then
	wait "$san_build"	# what failed there fails again, and is shown, in the suite
	for t in tests/san/*.sh; do
		[ -e "$t" ] && SUITE_TIMEOUT=${SAN_TIMEOUT:-2400} run "san/$(basename "$t" .sh)" bash "$t"
	done
fi

if [ ${#again[@]} -gt 0 ]; then
	say "What failed:"
	for name in "${again[@]}"; do
		say "  $name"
		wrong "$name" 12
	done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
