#!/usr/bin/env bash
# Sizes, banned calls, portable SQL, and what may never be committed.
. "$(dirname "$0")/lib.inc"

ours() { git ls-files -- "$@" | grep -vE '^tests/(fuzz/corpus|data)/'; }
sources=$(ours 'lti/*.c' 'xml/*.c' 'gateway/*.c' 'gateway/**/*.c')
all_c=$(ours '*.c' '*.h')

over() { # CAP FILES...
	local cap=$1
	shift
	[ $# -gt 0 ] && wc -l "$@" | awk -v cap="$cap" '$2 != "total" && $1 > cap { print $1, $2 }'
}
verdict "no .c over 800 lines" "$(over 800 $(ours '*.c'))"
verdict "no .h over 120 lines" "$(over 120 $(ours '*.h'))"

median() { sort -n | awk '{ v[NR] = $1 } END { print NR == 0 ? 0 : v[int((NR + 1) / 2)] }'; }
lines() { [ $# -gt 0 ] && wc -l "$@" | awk '$2 != "total" { print $1 }'; }
mc=$(lines $sources | median) mh=$(lines $(ours 'include/*.h') | median)
verdict "the median .c has at most 350 lines" "$([ "$mc" -le 350 ] || echo "$mc")"
verdict "the median .h has at most 60 lines" "$([ "$mh" -le 60 ] || echo "$mh")"

# A function begins at a line of column 0 that ends in ')' and is followed by '{'.
functions() {
	awk '
		FNR == 1 { start = 0; head = "" }
		/^\{/ { start = FNR; name = head }
		/^\}/ && start { print FNR - start - 1, FILENAME ":" name; start = 0 }
		/^[a-zA-Z_].*\(/ { head = $0 }
	' "$@"
}
verdict "no function over 60 lines" "$(functions $sources | awk '$1 > 60')"
fm=$(functions $sources | awk '{ print $1 }' | median)
echo "# functions: median $fm lines; .c median $mc; .h median $mh"

loc=$(cat $sources include/*/*.h | wc -l) as=$(cat $sources include/*/*.h | grep -cE '\b(assert|CHECK_MAGIC|CAST_MAGIC|WRONG)\(')
echo "# $as assertions in $loc lines"
verdict "at least 15 assertions in 1,000 lines" "$([ $((as * 1000)) -ge $((loc * 15)) ] || echo "$as in $loc lines")"
tl=$(cat $(ours 'tests/*.c' 'tests/*.h' 'tests/*.mjs' 'tests/*.sh') | wc -l)
echo "# $tl lines of tests for $loc of source"

verdict "banned calls" "$(grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|alloca)[[:space:]]*\(' $all_c)"
verdict "calls that never serve a gateway" "$(grep -nE '\b(strtok|atoi|system|popen|tmpnam|mktemp)[[:space:]]*\(' $sources)"
verdict "no // comments" "$(grep -nE '^[[:space:]]*//|[;{}][[:space:]]+//' $all_c)"
verdict "lines of at most 100 columns" "$(expand -t 8 $(ours 'lti/*.[ch]' 'xml/*.[ch]' 'gateway/*.c' 'gateway/**/*.c' 'include/*.h') |
	awk 'length($0) > 110 { print length($0) ": " $0 }')"
verdict "no blanks at the end of a line" "$(grep -nE '[[:blank:]]+$' $all_c $(ours '*.sql' '*.css' '*.html' '*.cat'))"

sql=$(ours 'gateway/store/*.c' 'gateway/store/migrations/*.sql' | grep -vE 'db_(sqlite|pg)\.c|writer\.c|reader\.c|pool\.c|migrate\.c')
verdict "SQL stays in the subset every engine accepts" "$(grep -nE '\b(SERIAL|SEQUENCE|TRIGGER|ADVISORY|LISTEN|NOTIFY|TRUNCATE|SAVEPOINT|TEMP|TEMPORARY|ILIKE|DEFERRABLE|EXCLUDE|GLOB|AUTOINCREMENT|ROWID|ctid)\b' $sql |
	grep -vE '^\S+:[0-9]+:[[:space:]]*(--|\*|/\*)')"
verdict "rows are read by each.h" "$(grep -nE '\bdb_(query|next)\(' gateway/store/*.c | grep -vE '/(db(_[a-z]+)?|each)\.c:')"
verdict "no LIKE or lower() on names" "$(grep -nE '"[^"]*\b(LIKE|lower\()' $sql)"

# The words are put together so that this file does not find itself.
w=work t=tmp d=debian
verdict "no machine path, no registry address" "$(git grep -nIE "/$w/(main|wt|shared|[.]library|[.]mirror)|registry[.]npm|deb[.]$d|/$t/bash_jobs|[.][.]/shared/" -- . ':!LICENSE' ':!tests/guard/style.sh')"
verdict "lock files record no address" "$(git grep -lE '"resolved"[[:space:]]*:' -- '*package-lock.json')"
finish
