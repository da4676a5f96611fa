#!/usr/bin/env bash
# make deb: build/lintel_VERSION_ARCH.deb from what is built, with dpkg-deb alone.
# The same tree gives the same bytes (SOURCE_DATE_EPOCH, else the last commit's time).
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build} VERSION=${VERSION:?run this through make deb}
command -v dpkg-deb >/dev/null || { echo "make deb needs dpkg-deb, which Debian has" >&2; exit 1; }
arch=$(dpkg --print-architecture)
root=$PWD/$B/deb
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
umask 022
rm -rf "$root"
make -s install-program prefix=/usr DESTDIR="$root"
strip --strip-unneeded "$root/usr/bin/lintel"
install -d "$root/etc/lintel" "$root/DEBIAN"
install -m 644 deploy/lintel.conf.example "$root/etc/lintel/lintel.conf"
rm "$root/usr/share/doc/lintel/LICENSE"
install -m 644 deploy/debian/copyright "$root/usr/share/doc/lintel/copyright"

# Each library the program names or loads, by the package it came from here, not older.
depends() {
	local lazy
	lazy=$(grep -ohE 'lazy_load\("[^"]+"' gateway/*/*.c | cut -d'"' -f2)
	ldd "$root/usr/bin/lintel" | awk '$2 == "=>" { print $1, $3 }' >"$root.libs"
	/sbin/ldconfig -p | awk '/=>/ { print $1, $NF }' >>"$root.libs"
	for so in $(objdump -p "$root/usr/bin/lintel" | awk '$1 == "NEEDED" { print $2 }') $lazy; do
		path=$(awk -v so="$so" '$1 == so { print $2; exit }' "$root.libs")
		[ -n "$path" ] || continue
		# a merged /usr: dpkg may know the file by either name
		real=$(readlink -f "$path")
		dpkg-query -S "$real" "${real#/usr}" "$path" 2>/dev/null | sed 's/:.*//' | head -n 1
	done | sort -u | while read -r pkg; do
		dpkg-query -W -f='${Package} ${Version}\n' "$pkg" | head -n 1 |
			sed -E 's/^(\S+) (.*)$/\1 (>= \2)/; s/-[^-)]*\)$/)/'
	done | paste -sd, | sed 's/,/, /g'
}
d=$(depends)
rm -f "$root.libs"
[ -n "$d" ] || { echo "no library of the program belongs to a package" >&2; exit 1; }

size=$(du -sk --apparent-size "$root" | cut -f1)
sed -e "s|@version@|$VERSION|; s|@arch@|$arch|; s|@size@|$size|; s|@depends@|$d|" \
	deploy/debian/control.in >"$root/DEBIAN/control"
install -m 644 deploy/debian/conffiles "$root/DEBIAN/conffiles"
install -m 755 deploy/debian/postinst deploy/debian/prerm deploy/debian/postrm "$root/DEBIAN/"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
out=$B/lintel_${VERSION}_$arch.deb
dpkg-deb --root-owner-group --build "$root" "$out" >/dev/null
rm -rf "$root"
echo "$out"
