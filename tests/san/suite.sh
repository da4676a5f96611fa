#!/usr/bin/env bash
# The whole suite once more, built with AddressSanitizer and UndefinedBehaviorSanitizer
# into build/san: unit and HTTP programs, the store on both engines, the HTTP scripts
# against build/san/lintel, the fuzz replays. Leaks count too. What a server or a child
# process finds goes to files, because nobody reads its standard error: one file is one
# failure (tests/practice/client.mjs writes those of UBSan, whose log_path gcc 12 ignores). `make san` adds the browser and the kill -9 run.
#   SAN_SUITES="unit fuzz"   only these
set -u
cd "$(dirname "$0")/../.."
suites=${SAN_SUITES:-unit store http fuzz}
reports=$PWD/build/san/reports
rm -rf "$reports"
mkdir -p "$reports" build/san/log
chmod 1777 "$reports"
# strict_string_checks stays off: gcc 12 counts the byte after strndup's n as read
export SANITIZE=address,undefined
export ASAN_OPTIONS=log_path=$reports/asan:detect_stack_use_after_return=1:check_initialization_order=1:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1
export SAN_REPORTS=$reports

# First: would a leak and an overflow be seen at all, with these very options?
faulty() { # STATEMENT: builds and runs it, fails as it does
	printf '#include <stdlib.h>\nvoid *volatile p;\nint main(void) { %s return 0; }\n' "$1" >build/san/fault.c
	# shellcheck disable=SC2086
	${CC:-cc} -fsanitize=$SANITIZE -fno-sanitize-recover=all -o build/san/fault build/san/fault.c && build/san/fault
}
p0=0
faulty '' && ! faulty 'p = malloc(7); p = NULL;' && [ -n "$(ls -A "$reports")" ] &&
	! faulty 'volatile int x = __INT_MAX__; x++;' 2>/dev/null && p0=1
[ $p0 -eq 1 ] && echo "ok a leak and an overflow are seen" || echo "not ok a leak and an overflow are seen"
rm -f "$reports"/*

# The store's tests wait for disks and clocks: they run beside the others, on a database each.
lane() { # NAME SUITE...: its report goes to a file
	[ $# -gt 1 ] || return 0
	KEEP_PG=1 tests/check.sh "${@:2}" >"build/san/log/lane-$1.txt" 2>&1
}
rest=() store=()
for s in $suites; do
	if [ "$s" = store ]; then store=(store); else rest+=("$s"); fi
done
rm -f build/san/log/lane-*.txt
make -s DEVELOPER=1 all tests >build/san/log/make.log 2>&1	# once, before both ask for it
lane store "${store[@]}" &
lane rest "${rest[@]}"
wait
tests/pg.sh stop >/dev/null 2>&1
p=0 f=0
for text in build/san/log/lane-*.txt; do
	cat "$text"
	last=$(tail -n 1 "$text")
	lp=${last%% passed*} lf=${last##*passed, }
	lf=${lf%% failed*}
	case $lp$lf in '' | *[!0-9]*) lp=0 lf=1 ;; esac
	p=$((p + lp)) f=$((f + lf))
done
n=0
for r in "$reports"/*; do
	[ -s "$r" ] || continue
	n=$((n + 1))
	echo "not ok a program reported: $r"
	head -n 25 "$r" | sed 's/^/# /'
done
echo "# slice: $suites under address,undefined; $n reports of programs"
f=$((f + 1 - p0))
echo "# $((p + p0)) passed, $((f + n)) failed"
[ "$f" -eq 0 ] && [ "$n" -eq 0 ] && [ "$p" -gt 0 ]
