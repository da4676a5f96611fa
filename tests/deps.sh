#!/usr/bin/env bash
# Installs what the build and the tests need, if it is missing. Debian 12.
# Asks for root only when something has to be installed.
#   tests/deps.sh          for make, make demo, make check
#   tests/deps.sh fuzz     for make fuzz
#   tests/deps.sh proxies  so that tests/deploy checks what it says to nginx and haproxy
set -eu

need=(gcc make pkg-config libmicrohttpd-dev libjwt-dev libssl-dev libjansson-dev
	libxml2-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev libicu-dev
	libqrencode-dev libzip-dev libseccomp-dev sqlite3 postgresql postgresql-client
	chromium chromium-sandbox nodejs curl openssl python3-minimal procps
	zip php-cli php-sqlite3)
# chromium-sandbox: where namespaces are not for everybody chromium starts for nobody but root without it
# zip and php: the plugin for Moodle, its package and its tests
# fonts for the scripts the practice school writes its names in
need+=(fonts-noto-core fonts-noto-cjk)

for more in "$@"; do
	case $more in
	fuzz) need+=(clang libclang-rt-14-dev llvm) ;;
	proxies) need+=(nginx-light haproxy systemd) ;;
	*) echo "deps.sh: $more is nothing I know" >&2; exit 2 ;;
	esac
done

missing=()
for p in "${need[@]}"; do
	case $p in
	# any nodejs will do, also one that did not come from Debian
	nodejs) command -v node >/dev/null && continue ;;
	esac
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
command -v npm >/dev/null || missing+=(npm)
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Installing: ${missing[*]}"
run=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "These packages are missing and installing them needs root: ${missing[*]}" >&2
		exit 1
	}
	run=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
"${run[@]}" apt-get -q update >"$log" 2>&1 &&
	"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || {
	tail -n 20 "$log" >&2
	echo "Installing packages failed; the lines above say why." >&2
	exit 1
}
rm -f "$log"
