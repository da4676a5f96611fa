#!/usr/bin/env bash
# People walking through Lintel in a real browser: walk.mjs and what it imports.
#   SHOTS=1        every page as a picture under build/shots
#   PICTURES=1     makes docs/img anew
#   ONLY=frames    only the walks whose file name holds this word
# Needs chromium and npm (tests/deps.sh). The packages come once and stay in node_modules.
set -eu
cd "$(dirname "$0")"

# node_modules is fit when npm's own note in it names the same versions as the lock file
fit() {
	node -e '
		const [want, got] = ["package-lock.json", "node_modules/.package-lock.json"]
			.map(f => JSON.parse(require("fs").readFileSync(f)).packages);
		for (const p in want)
			if (p && got[p]?.integrity !== want[p].integrity) process.exit(1);
	' 2>/dev/null
}
fit || timeout 300 npm ci --no-audit --no-fund --ignore-scripts >&2
exec node walk.mjs
