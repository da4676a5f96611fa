#!/usr/bin/env bash
# lintel roster import and runs, as an admin types them, through the caged child.
set -u
cd "$(dirname "$0")/../.."
L=${BUILD_DIR:-$PWD/build}/lintel D=$PWD/tests/data/roster
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-roster.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
p=0 f=0

check() { # NAME, then a test that must hold
	local name=$1
	shift
	if "$@"; then p=$((p + 1)); echo "ok $name"; else f=$((f + 1)); echo "not ok $name"; sed 's/^/# /' "$dir/out"; fi
}
says() { grep -qF -- "$1" "$dir/out"; }
run() { "$L" --config "$dir/lintel.conf" "$@" >"$dir/out" 2>&1; }
rc() { local want=$1; shift; run "$@"; [ $? -eq "$want" ]; }

cat >"$dir/lintel.conf" <<END
database = sqlite:$dir/lintel.db
data_dir = $dir
key_file = $dir/key
public_url = http://127.0.0.1:21650
lab_mode = 1
END
check "a new database comes with its key" rc 0 db migrate
check "which is its owner's alone" [ "$(stat -c %a "$dir/key")" = 600 ]
mv "$dir/key" "$dir/key.lost"
check "an old database never gets a new key" rc 1 db migrate
check "and names the file" says "$dir/key"
mv "$dir/key.lost" "$dir/key"
run platform add --issuer https://lms.example --client-id 1 --name Lms --auth-url https://lms.example/a \
	--token-url https://lms.example/t --jwks-url https://lms.example/j

check "a platform is needed" rc 2 roster import "$D/ims-01-full.xml"
check "an unknown platform is refused" rc 1 roster import "$D/ims-01-full.xml" --platform Nobody
check "a dry run counts" rc 0 roster import "$D/ims-01-full.xml" --platform Lms --dry-run
check "a dry run says so" says "dry-run"
check "a file comes in" rc 0 roster import "$D/ims-01-full.xml" --platform Lms --report "$dir/r.json"
check "it was applied" says "applied"
check "its persons were counted" says "20 seen       20 new"
check "the report is JSON" node -e '
	const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
	process.exit(r.state === "applied" && r.counts.link.created === 10 && r.file.bytes > 15000 ? 0 : 1)' "$dir/r.json"
check "the report is its owner's alone" [ "$(stat -c %a "$dir/r.json")" = 600 ]
check "the same file is unchanged" rc 0 roster import "$D/ims-01-full.xml" --platform Lms
check "unchanged is said" says "unchanged"
check "a delta comes in" rc 0 roster import "$D/ims-04-delta.xml" --issuer https://lms.example --client-id 1
check "a broken file is refused" rc 1 roster import "$D/bad-68-mismatched-tag.xml" --platform Lms
check "with its line" says "line 15"
check "another format is refused" rc 1 roster import "$D/edfi-01-contact-5.2.xml" --platform Lms
check "and named" says "Ed-Fi"
check "an empty full file is held" rc 1 roster import "$D/ims-18-empty-roster.xml" --platform Lms
check "and says what to do" says "--threshold"
check "a missing file is refused" rc 1 roster import "$D/no-such-file.xml" --platform Lms
check "the runs are listed" rc 0 roster runs --platform Lms
check "the newest first" [ "$(head -n 1 "$dir/out" | grep -c held)" = 1 ]
check "the runs are JSON too" rc 0 roster runs --platform Lms --json
check "six runs" node -e '
	process.exit(JSON.parse(require("fs").readFileSync(process.argv[1])).length === 6 ? 0 : 1)' "$dir/out"
echo "# $p passed, $f failed"
[ $f -eq 0 ] && [ $p -gt 0 ]
