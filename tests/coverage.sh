#!/usr/bin/env bash
# make coverage: which lines of lti/, xml/, gateway/ the tests ran, by folder, as gcov
# counts them. Needs gcc alone. COVERAGE_SUITES="unit store" for less.
# Lines run only inside the roster child's cage are not seen: it may write no file.
set -u
cd "$(dirname "$0")/.."
export COVERAGE=1
B=build/cov
find "$B" -name '*.gcda' -delete 2>/dev/null
# shellcheck disable=SC2086
tests/check.sh ${COVERAGE_SUITES:-unit store http fuzz}
rc=$?
gcov=${GCOV:-gcov}
for o in $(find "$B/obj/lti" "$B/obj/xml" "$B/obj/gateway" -name '*.gcno'); do
	"$gcov" -n -o "$o" "$o" 2>/dev/null
done | awk '
	/^File / { f = $0; gsub(/^File .|.$/, "", f); next }
	/^Lines executed:/ && f ~ /^(lti|xml|gateway)\// {
		split($0, a, /[:% ]+/)
		n = $NF; p = a[3]; ran[f] = int(n * p / 100 + 0.5); all[f] = n
	}
	{ f = "" } # what follows without a name is the sum of all of them
	END { for (f in all) print f, ran[f], all[f] }' | sort >"$B/lines.txt"
echo
awk '
	{ d = $1; sub(/\/[^\/]*$/, "", d); r[d] += $2; a[d] += $3; R += $2; A += $3 }
	END {
		for (d in a) printf "%-24s %6d of %6d lines  %5.1f %%\n", d, r[d], a[d], 100 * r[d] / a[d] | "sort"
		close("sort")
		printf "%-24s %6d of %6d lines  %5.1f %%\n", "all", R, A, A ? 100 * R / A : 0
	}' "$B/lines.txt"
echo
echo "Least covered (all files: $B/lines.txt):"
awk '$3 > 20 { printf "  %5.1f %%  %4d lines not run  %s\n", 100 * $2 / $3, $3 - $2, $1 }' "$B/lines.txt" | sort -n | head -n 12
exit $rc
