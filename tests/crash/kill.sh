#!/usr/bin/env bash
# The kill -9 campaign on both engines. KILLS=2000 for the long one.
set -u
cd "$(dirname "$0")/../.."
rc=0
for engine in ${ENGINES:-sqlite postgresql}; do
	ENGINE=$engine node tests/crash/kill.mjs || rc=1
done
exit $rc
