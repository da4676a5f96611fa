#!/usr/bin/env bash
# make install: what lands where, and that another program can be built against the
# installed headers and libraries, and nothing else of this tree.
. "$(dirname "$0")/../guard/lib.inc"
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-install.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
unset SANITIZE COVERAGE
D=$dir/dest
src=$PWD
CC=${CC:-cc}

said=$(make -s install prefix=/opt/lintel DESTDIR="$D" 2>&1)
verdict "make install succeeds" "$([ $? -eq 0 ] || echo "$said")"
P=$D/opt/lintel
verdict "everything lands under DESTDIR and prefix" "$(find "$D" -type f -not -path "$P/*")"
for f in bin/lintel lib/liblintel-lti.a lib/liblintel-xml.a lib/pkgconfig/lintel-lti.pc \
	lib/pkgconfig/lintel-xml.pc lib/systemd/system/lintel.service lib/systemd/system/lintel.socket \
	include/lintel/lti/verify.h include/lintel/xml/roster.h include/lintel/base/err.h \
	share/doc/lintel/LICENSE share/doc/lintel/lintel.conf.example; do
	[ -s "$P/$f" ] || echo "$f"
done >"$dir/lacks"
verdict "all of it is there" "$(cat "$dir/lacks")"
verdict "no face of the gateway is installed" "$(ls -d "$P"/include/lintel/{gw,store} 2>/dev/null)"
verdict "no place was left open" "$(grep -rnE '@[a-z]+@' "$P/lib/pkgconfig" "$P/lib/systemd")"
verdict "installed headers include only installed ones" \
	"$(grep -rnE '#[[:space:]]*include "(base|lti|xml|gw|store)/' "$P/include")"
verdict "lintel runs from there" "$("$P/bin/lintel" --help 2>&1 | grep -q serve || echo "no help")"

# Elsewhere, with pkg-config alone.
pc() { PKG_CONFIG_PATH=$P/lib/pkgconfig pkg-config --define-variable=prefix="$P" \
	--define-variable=libdir="$P/lib" --define-variable=includedir="$P/include" "$@"; }
mkdir "$dir/other"
cp tests/deploy/login.c tests/deploy/count.c "$dir/other"
cd "$dir/other" || exit 1
for h in "$P"/include/lintel/{lti,xml,base}/*.h; do
	echo "#include <${h#"$P/include/"}>"
done >every.c
verdict "each installed header compiles" "$($CC -std=gnu17 -Wall -Wextra -Werror $(pc --cflags lintel-lti lintel-xml) \
	-fsyntax-only every.c 2>&1)"
verdict "a tool builds on liblintel-lti" "$($CC -std=gnu17 -Wall -Wextra -Werror $(pc --cflags lintel-lti) login.c \
	$(pc --libs lintel-lti) -o login 2>&1)"
verdict "and runs" "$(./login 2>&1 | awk '
	NR == 1 && $0 != "login-hint" { print "refused as " $0 }
	NR == 2 && $0 !~ "^https://lms.example/auth\\?.*response_mode=form_post" { print "sent to " $0 }
	END { if (NR != 2) print NR " lines" }')"
verdict "a reader builds on liblintel-xml" "$($CC -std=gnu17 -Wall -Wextra -Werror $(pc --cflags lintel-xml) count.c \
	$(pc --libs lintel-xml) -o count 2>&1)"
verdict "and counts twenty people" "$([ "$(./count <"$src/tests/data/roster/ims-01-full.xml")" = "imsent 20" ] ||
	./count <"$src/tests/data/roster/ims-01-full.xml")"
finish
