#!/usr/bin/env bash
# A throw-away PostgreSQL for the tests of this working copy.
#   tests/pg.sh start      starts it unless it runs
#   tests/pg.sh url [DB]   the address of a database (default: postgres)
#   tests/pg.sh newdb      makes an empty database and prints its address
#   tests/pg.sh dropdb URL
#   tests/pg.sh stop       stops it and removes every trace
# fsync stays on: the tests ask what survives. The cluster listens on a Unix
# socket in its own folder and, with a password, on a loopback port
# (LINTEL_PG_PORT, else any free one). initdb refuses root, so as root it runs
# as "postgres" or "nobody".
set -u
cd "$(dirname "$0")/.."
state=$PWD/build/pg.state
mkdir -p build

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")

as=()
if [ "$(id -u)" -eq 0 ]; then
	user=postgres
	id postgres >/dev/null 2>&1 || user=nobody
	as=(setpriv "--reuid=$(id -u $user)" "--regid=$(id -g $user)" --clear-groups env -u HOME)
fi

die() {
	echo "pg.sh: $*" >&2
	exit 1
}

# sets dir, port, pass from the state file; fails when nothing runs
running() {
	[ -s "$state" ] || return 1
	read -r dir port pass <"$state"
	[ -d "$dir/data" ] && (cd "$dir" && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1)
}

launch() {
	local try
	for try in 1 2 3 4 5 6 7 8; do
		port=${LINTEL_PG_PORT:-$((24000 + RANDOM % 8000))}
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
		(cd "$dir" && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" -o "-p $port" start) \
			>/dev/null 2>&1 9>&- && return 0
	done
	tail -n 5 "$dir/log" >&2
	return 1
}

start() {
	exec 9>"$state.lock"
	flock -w 120 9 || die "another start is stuck"
	running && return 0
	[ -x "$bin/initdb" ] || die "PostgreSQL's initdb is missing: run tests/deps.sh"
	dir=$(mktemp -d /tmp/lintel-pg.XXXXXX) || die "no temporary folder"
	pass=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s\n' "$pass" >"$dir/pw"
	[ ${#as[@]} -eq 0 ] || chown -R "$(id -u $user):$(id -g $user)" "$dir"
	(cd "$dir" && "${as[@]}" "$bin/initdb" -D "$dir/data" -U lintel -E UTF8 --locale=C.UTF-8 --no-sync \
		--auth-local=trust --auth-host=scram-sha-256 --pwfile="$dir/pw") >"$dir/initdb.log" 2>&1 ||
		{ tail -n 5 "$dir/initdb.log" >&2; rm -rf "$dir"; die "initdb failed"; }
	cat >>"$dir/data/postgresql.conf" <<-CONF
		listen_addresses = '127.0.0.1'
		unix_socket_directories = '$dir'
		max_connections = 150
		shared_buffers = 64MB
		fsync = on
		synchronous_commit = on
		log_min_messages = error
		log_min_error_statement = panic
	CONF
	launch || { rm -rf "$dir"; die "the server does not start"; }
	(umask 077; echo "$dir $port $pass" >"$state")
}

# a busy machine may take long to let a client in; that is not what is tested
url() { echo "postgresql://lintel:$pass@/$1?connect_timeout=30&host=$dir&port=$port"; }

sql() { PGOPTIONS='' "$bin/psql" -qAtX -v ON_ERROR_STOP=1 "$(url postgres)" -c "$1" >/dev/null; }

case ${1:-} in
start) start ;;
url)
	running || die "not running"
	url "${2:-postgres}"
	;;
newdb)
	running || (start) || exit 1
	running || die "not running"
	name=t$$_${RANDOM}_$RANDOM
	sql "CREATE DATABASE $name TEMPLATE template0" || die "no database made"
	url "$name"
	;;
dropdb)
	running || exit 0
	name=${2#*@/}
	sql "DROP DATABASE IF EXISTS ${name%%\?*} WITH (FORCE)"
	;;
stop)
	exec 9>"$state.lock"
	flock -w 120 9
	if [ -s "$state" ]; then
		read -r dir port pass <"$state"
		case $dir in /tmp/lintel-pg.*)
			(cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 30 stop) >/dev/null 2>&1
			rm -rf "$dir"
			;;
		esac
	fi
	rm -f "$state"
	;;
*)
	sed -n '2,12p' "$0" >&2
	exit 2
	;;
esac
