#!/usr/bin/env bash
# make deb: the package builds, holds what it should and nothing else, its program
# runs from the unpacked tree, and the same tree gives the same bytes.
. "$(dirname "$0")/../guard/lib.inc"
dir=$(mktemp -d "${TMPDIR:-/tmp}/lintel-deb.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
unset SANITIZE COVERAGE
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 1790000000)
export SOURCE_DATE_EPOCH

said=$(make -s deb 2>&1)
deb=$(tail -n 1 <<<"$said")
verdict "the package builds" "$([ -f "$deb" ] || echo "$said")"
[ -f "$deb" ] || finish || exit 1

cat >"$dir/want" <<END
./etc/lintel/lintel.conf
./usr/bin/lintel
./usr/lib/systemd/system/lintel.service
./usr/lib/systemd/system/lintel.socket
./usr/share/doc/lintel/README.md
./usr/share/doc/lintel/copyright
./usr/share/doc/lintel/lintel.conf.example
./usr/share/doc/lintel/lintel.haproxy
./usr/share/doc/lintel/lintel.nginx
END
dpkg-deb -c "$deb" | awk '$1 ~ /^-/ { print $6 }' | sort >"$dir/got"
verdict "it holds the right files" "$(diff "$dir/want" "$dir/got")"
verdict "all of them are root's" "$(dpkg-deb -c "$deb" | awk '$2 != "root/root"')"
verdict "nobody else may write any" "$(dpkg-deb -c "$deb" | grep -E '^.{5}w|^.{8}w')"

verdict "its name says version and machine" "$([ "$(dpkg-deb -f "$deb" Package Version Architecture | awk '{ print $2 }' | paste -sd_)" = \
	"lintel_$(sed -n 's/^VERSION := //p' Makefile)_$(dpkg --print-architecture)" ] || dpkg-deb -f "$deb")"
for l in libmicrohttpd libjwt libsqlite3 libpq5 libcurl libxml2 libicu libseccomp; do
	dpkg-deb -f "$deb" Depends | grep -q "$l" || echo "$l"
done >"$dir/lacks"
verdict "it depends on the libraries it uses" "$(cat "$dir/lacks")"
verdict "and on nothing that is only for building" "$(dpkg-deb -f "$deb" Depends | grep -oE '[a-z0-9-]+-dev')"

dpkg-deb -x "$deb" "$dir/tree" && dpkg-deb -e "$deb" "$dir/control"
verdict "the configuration is a conffile" "$(grep -qx /etc/lintel/lintel.conf "$dir/control/conffiles" || echo missing)"
verdict "the scripts are sound" "$(for s in postinst prerm postrm; do sh -n "$dir/control/$s" 2>&1; done)"
verdict "the sums fit" "$(cd "$dir/tree" && md5sum --quiet -c ../control/md5sums 2>&1)"
verdict "lintel --help runs from the unpacked tree" "$("$dir/tree/usr/bin/lintel" --help 2>&1 | grep -q 'serve' || echo "no help")"
verdict "it takes the configuration it brings" "$("$dir/tree/usr/bin/lintel" \
	--config "$dir/tree/etc/lintel/lintel.conf" config --check 2>&1 | grep -v 'is fine')"
verdict "the unit starts the program where it is" "$(grep -q '^ExecStart=/usr/bin/lintel serve$' \
	"$dir/tree/usr/lib/systemd/system/lintel.service" || echo no)"
verdict "no place was left open" "$(grep -rn '@[a-z]*@' "$dir/control" "$dir/tree/usr/lib" "$dir/tree/etc")"

cp "$deb" "$dir/first.deb"
make -s deb >/dev/null 2>&1
verdict "the same tree gives the same bytes" "$(cmp "$dir/first.deb" "$deb" 2>&1)"
finish
