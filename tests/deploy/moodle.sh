#!/usr/bin/env bash
# The plugin for Moodle: it parses, its words are whole in each language, its zip is what
# Moodle unpacks, and what it adds to a launch (moodle.php).
. "$(dirname "$0")/../guard/lib.inc"
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-moodle.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
P=deploy/moodle/ltisource_lintel

verdict "every file parses" "$(find $P -name '*.php' -exec php -l {} \; 2>&1 | grep -v '^No syntax errors')"
keys() { sed -nE "s/^\\\$string\['([^']+)'\] = .*/\1/p" "$P/lang/$1/ltisource_lintel.php" | sort; }
for l in es ar; do
	verdict "$l has the words that English has" "$(diff <(keys en) <(keys $l))"
done
grep -rhoE "'(privacy:[a-z:]+|[a-z_]+)', 'ltisource_lintel'|'privacy:[a-z:]+'" $P/settings.php $P/classes |
	sed -E "s/^'([^']+)'.*/\1/" | sort -u >"$dir/used"
verdict "no word is missing" "$(keys en | comm -23 "$dir/used" -)"
verdict "every file carries its licence" "$(grep -rL 'GPL' $P --include='*.php' --include=README.md)"

zip=$(make -s moodle-plugin 2>&1) || zip="no zip: $zip"
verdict "make moodle-plugin names its zip" "$([ -s "$zip" ] || echo "$zip")"
python3 - "$zip" >"$dir/names" 2>&1 <<'END' || true
import sys, zipfile
print("\n".join(n for n in zipfile.ZipFile(sys.argv[1]).namelist() if not n.endswith("/")))
END
verdict "it holds one folder named lintel, and every file" \
	"$(diff <(cd $P && find . -type f | sed 's|^\.|lintel|' | sort) <(sort "$dir/names"))"
cp "$zip" "$dir/first.zip" 2>/dev/null
touch $P/version.php
make -s moodle-plugin >/dev/null 2>&1
verdict "made twice it is the same, byte for byte" "$(cmp "$zip" "$dir/first.zip" 2>&1)"
php tests/deploy/moodle.php $P
finish
