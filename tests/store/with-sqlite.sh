#!/usr/bin/env bash
# with-sqlite.sh PROGRAM [ARG...]: runs it on a fresh SQLite file.
set -u
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-sqlite.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
LINTEL_TEST_DB=sqlite:$dir/test.db LINTEL_TEST_DIR=$dir "$@"
