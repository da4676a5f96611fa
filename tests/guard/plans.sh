#!/usr/bin/env bash
# What the gateway asks of SQLite, over all routes and roles, is looked up by keys.
. "$(dirname "$0")/lib.inc"
B=${BUILD_DIR:-$PWD/build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-plans.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT

${CC:-cc} -std=gnu17 -O1 -Wall -Wextra -Werror -shared -fPIC -o "$dir/plans.so" tests/guard/plans.c >"$dir/cc" 2>&1
verdict "the witness builds" "$(cat "$dir/cc")"
for t in authz goal note conference admin; do
	LD_PRELOAD=$dir/plans.so LINTEL_PLANS=$dir/plans BUILD_DIR=$B node tests/http/$t.mjs >"$dir/out" 2>&1
	grep -E '^not ok' "$dir/out"
	tail -n 1 "$dir/out" | grep -vE '^# [1-9][0-9]* passed, 0 failed'
done >"$dir/wrong"
verdict "every route was asked, every room used" "$(cat "$dir/wrong")"
verdict "no page walks a district" "$(node tests/guard/plans.mjs "$dir/plans" 2>"$dir/said" || cat "$dir/said")"
cat "$dir/said"
finish
