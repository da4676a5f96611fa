#!/usr/bin/env bash
# with-pg.sh PROGRAM [ARG...]: runs it on a fresh PostgreSQL database. Starts the
# throw-away cluster if it does not run; `tests/pg.sh stop` ends it.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
url=$("$here/pg.sh" newdb) || exit 1
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-pgtest.XXXXXX") || exit 1
trap 'rm -rf "$dir"; "$here/pg.sh" dropdb "$url" >/dev/null 2>&1' EXIT
LINTEL_TEST_DB=$url LINTEL_TEST_DIR=$dir "$@"
