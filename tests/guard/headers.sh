#!/usr/bin/env bash
# Every public header compiles alone, without a warning, and says what it is for.
. "$(dirname "$0")/lib.inc"
flags=$(pkg-config --cflags libxml-2.0 jansson 2>/dev/null)

for h in include/*/*.h; do
	out=$(echo "#include \"${h#include/}\"" |
		gcc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes -Werror \
			$flags -Iinclude -Ibuild -Ibuild/gen -fsyntax-only -x c - 2>&1)
	verdict "$h compiles alone" "$out"
	head -c 3 "$h" | grep -q '^/\*' || verdict "$h opens with what it is for" "no comment on line 1"
done
finish
