#!/usr/bin/env bash
# Every column of every table stands once in the data map, with a class, a reason
# and a time; and the map names nothing that does not exist.
. "$(dirname "$0")/lib.inc"
map=gateway/store/data.map

columns() {
	sed 's/--.*//' gateway/store/migrations/*.sql | awk '
		/^CREATE TABLE/ { t = $3; next }
		/^\)/ { t = "" }
		t != "" && $1 ~ /^[a-z][a-z_0-9]*$/ { print t "." $1 }
		/^ALTER TABLE/ && $4 == "ADD" { c = $5 == "COLUMN" ? $6 : $5; print $3 "." c }
	' | sort
}
mapped() {
	awk '
		/^table / { t = $2; sub(/:$/, "", t) }
		/^    [a-z]+:/ { for (i = 2; i <= NF; i++) print t "." $i }
	' "$map" | sort
}
verdict "every column is in the data map" "$(comm -23 <(columns) <(mapped | uniq))"
verdict "the data map names only what exists" "$(comm -13 <(columns) <(mapped | uniq))"
verdict "no column stands twice" "$(mapped | uniq -d)"
verdict "every table has a reason and a time" \
	"$(grep '^table ' "$map" | grep -vE '^table [a-z_]+: [^|?]{4,} \| [^|?]{4,}$')"
finish
