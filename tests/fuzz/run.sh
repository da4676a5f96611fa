#!/usr/bin/env bash
# make fuzz: every target with libFuzzer, one after the other. Or: run.sh jwt form
#   FUZZ_SECONDS=60   for each target
# The corpus of the repository is only read; what is found anew goes to
# build/fuzz/corpus, and stays there for the next time. Input that breaks a target
# goes to build/fuzz/found, and the end of this says what to do with it.
set -u
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
case $seconds in '' | *[!0-9]*) echo "SECONDS=$seconds is not a number" >&2; exit 2 ;; esac
names=("$@")
[ $# -gt 0 ] || for s in tests/fuzz/fuzz_*.c; do s=${s##*/fuzz_}; names+=("${s%.c}"); done
for n in "${names[@]}"; do
	[ -f "tests/fuzz/fuzz_$n.c" ] || { echo "there is no target $n: look at tests/fuzz/fuzz_*.c" >&2; exit 2; }
done

mkdir -p build/fuzz/log
make -s -j"$(nproc)" FUZZ=1 "${names[@]/#/build/fuzz/tests/fuzz/fuzz_}" >build/fuzz/log/build.log 2>&1 || {
	tail -n 20 build/fuzz/log/build.log >&2
	echo "building with clang failed; the lines above say why" >&2
	exit 1
}
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
ok=0 bad=0
broken=()
for n in "${names[@]}"; do
	new=build/fuzz/corpus/$n found=build/fuzz/found/$n log=build/fuzz/log/$n.log
	mkdir -p "$new" "$found"
	before=$(find "$found" -type f | wc -l)
	dict=()
	[ -f "tests/fuzz/$n.dict" ] && dict=("-dict=tests/fuzz/$n.dict")
	"build/fuzz/tests/fuzz/fuzz_$n" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
		-print_final_stats=1 -artifact_prefix="$found/" "${dict[@]}" "$new" "tests/fuzz/corpus/$n" >"$log" 2>&1
	rc=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	cov=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1)
	printf '%-14s %9s runs in %s s, %s edges, %d files in build/fuzz/corpus\n' "$n" "${runs:-?}" "$seconds" \
		"${cov#cov: }" "$(find "$new" -type f | wc -l)"
	if [ $rc -eq 0 ] && [ "$(find "$found" -type f | wc -l)" -eq "$before" ]; then
		ok=$((ok + 1))
		continue
	fi
	bad=$((bad + 1))
	grep -E '^(==[0-9]+==ERROR|SUMMARY|lintel: bug|.*runtime error)' "$log" | head -n 4 | sed 's/^/    /'
	broken+=("$n")
done
for n in "${broken[@]}"; do
	f=$(find "build/fuzz/found/$n" -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
	cat <<-END

		$n broke. The whole story: build/fuzz/log/$n.log
		  again:    build/fuzz/tests/fuzz/fuzz_$n $f
		  smaller:  build/fuzz/tests/fuzz/fuzz_$n -minimize_crash=1 -max_total_time=60 $f
		  then fix it, and keep the input under the attack's name, so that make check tries it always:
		            cp $f tests/fuzz/corpus/$n/NAME-OF-THE-ATTACK
	END
done
echo "# $ok passed, $bad failed"
[ "$bad" -eq 0 ]
