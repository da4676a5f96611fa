#!/usr/bin/env bash
# make bench: what a launch and a page cost, on both engines; whether they cost more in a
# large district (GROWTH people); then the store and rosters.
set -u
cd "$(dirname "$0")/../.."
make -s -j"$(nproc)" all tests || exit 1
for engine in sqlite postgresql; do
	echo "== launches and pages, $engine"
	node tests/bench/launch.mjs "$engine" "${LAUNCHES:-2000}" "${CONNECTIONS:-64}" || exit 1
	echo
done
tests/pg.sh stop >/dev/null 2>&1
echo "== growth, sqlite"
node tests/bench/growth.mjs "${GROWTH:-100000}" || exit 1
echo
for b in build/tests/bench/*; do
	[ -x "$b" ] && [ -f "$b" ] || continue
	case $b in
	*/store) echo "== $(basename "$b"), sqlite" && tests/store/with-sqlite.sh "$b" ;;
	*/bench_roster)
		echo "== roster, sqlite" && "$b" "${PERSONS:-20000}" && echo
		echo "== roster, postgresql"
		tests/pg.sh start >/dev/null && LINTEL_BENCH_DB=$(tests/pg.sh newdb roster) "$b" "${PERSONS:-20000}"
		tests/pg.sh stop >/dev/null 2>&1
		;;
	*) echo "== $(basename "$b")" && "$b" ;;
	esac
	echo
done
