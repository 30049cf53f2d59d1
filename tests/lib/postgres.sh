# shellcheck shell=sh
# A private PostgreSQL for the tests: in a temporary directory, on a Unix
# socket only, as an unprivileged user when we are root, gone at the end.
#
#	pg_start		use the server of this run of `make check', or
#				start one of our own
#	pg_start_own [NAME=VALUE...]
#				start one of our own, with these settings;
#				PG_OWN_PORT is its port, 5432 where not set
#	pg_stop			stop it and remove what it left
#	pg_crash		kill it at once; pg_resume starts it again
#	pg_newdb		make an empty database: sets PG_DB and PG_URL
#	pg_sql SQL...		run SQL in PG_DB, print the rows (a|b)
#
# All set PGHOST, PGPORT and PGUSER (a superuser, no password) for psql.

PG_OWN=
PG_ROOT=
PG_DBS=0

# Where the programs are; the newest version counts.  PG_SERVER_BIN may name
# the folder of another server's initdb and postgres.
pg_bindir() {
	for pg_dir in /usr/lib/postgresql/*/bin; do
		[ -x "$pg_dir/initdb" ] && echo "$pg_dir"
	done | sort -rV | head -n 1 | grep . && return
	if command -v initdb >/dev/null && command -v postgres >/dev/null; then
		dirname "$(command -v initdb)"
		return
	fi
	pg_dir=$(pg_config --bindir 2>/dev/null) || return 1
	[ -x "$pg_dir/initdb" ] && [ -x "$pg_dir/postgres" ] && echo "$pg_dir"
}

pg_missing() {
	echo 'The tests need a PostgreSQL server; on Debian: apt-get install' \
	    'postgresql; to go without, set SQLMIGRATE_TEST_POSTGRES=no.' >&2
	return 1
}

# Become CMD in PG_ROOT, as somebody who is not root, to end with this shell.
pg_exec() {
	cd "$PG_ROOT" || exit 1
	HOME=$PG_ROOT
	export HOME
	if [ "$(id -u)" -ne 0 ]; then
		if command -v setpriv >/dev/null; then
			exec setpriv --pdeathsig QUIT "$@"
		fi
		exec "$@"
	fi
	exec setpriv --reuid "$(id -u "$(pg_user)")" \
	    --regid "$(id -g "$(pg_user)")" --clear-groups \
	    --pdeathsig QUIT "$@"
}

pg_user() {
	if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

pg_start_own() {
	PG_BIN=$(pg_bindir) || pg_missing || return 1
	PG_SERVER_BIN=${PG_SERVER_BIN-$PG_BIN}
	PG_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/sqlmigrate-pg.XXXXXX") || return 1
	chmod 755 "$PG_ROOT"
	PGHOST=$PG_ROOT PGPORT=${PG_OWN_PORT-5432} PGUSER=postgres
	export PGHOST PGPORT PGUSER
	[ "$(id -u)" -ne 0 ] || chown "$(pg_user)" "$PG_ROOT"
	(pg_exec "$PG_SERVER_BIN/initdb" -N -A trust -U postgres -E UTF8 \
	    --no-locale -D "$PG_ROOT/data" >"$PG_ROOT/initdb.log" 2>&1) || {
		cat "$PG_ROOT/initdb.log" >&2
		rm -rf "$PG_ROOT"
		return 1
	}
	{
		echo "listen_addresses = ''"
		echo "port = $PGPORT"
		echo "unix_socket_directories = '$PG_ROOT'"
		echo 'fsync = off'
		echo 'full_page_writes = off'
		echo "log_line_prefix = '%m [%p] %a: '"
		for pg_set in "$@"; do
			echo "$pg_set"
		done
	} >>"$PG_ROOT/data/postgresql.conf"
	pg_resume
}

pg_resume() {
	(pg_exec "$PG_SERVER_BIN/postgres" -D "$PG_ROOT/data" \
	    >>"$PG_ROOT/server.log" 2>&1 </dev/null) &
	PG_OWN=$!
	pg_tries=0
	while ! "$PG_BIN/pg_isready" -q -t 1; do
		pg_tries=$((pg_tries + 1))
		if [ "$pg_tries" -gt 600 ] || ! kill -0 "$PG_OWN"; then
			tail -n 20 "$PG_ROOT/server.log" >&2
			pg_stop
			return 1
		fi
		sleep 0.1
	done
}

pg_stop() {
	if [ -n "$PG_OWN" ]; then
		kill -INT "$PG_OWN" 2>/dev/null || :
		wait "$PG_OWN" 2>/dev/null || :
		PG_OWN=
	fi
	[ -z "$PG_ROOT" ] || rm -rf "$PG_ROOT"
	PG_ROOT=
}

# SIGQUIT is the postmaster's immediate shutdown: as a crash would leave it.
pg_crash() {
	kill -QUIT "$PG_OWN"
	wait "$PG_OWN" 2>/dev/null || :
	PG_OWN=
}

pg_start() {
	if [ -n "${TEST_PGHOST-}" ]; then
		PG_BIN=$(pg_bindir) || pg_missing || return 1
		PGHOST=$TEST_PGHOST PGPORT=5432 PGUSER=postgres
		export PGHOST PGPORT PGUSER
	else
		pg_start_own
	fi
}

pg_newdb() {
	PG_DBS=$((PG_DBS + 1))
	PG_DB=t$$_$PG_DBS
	PG_URL="postgresql://postgres@/$PG_DB?host=$PGHOST"
	export PG_URL
	"$PG_BIN/psql" -XAtq -d postgres -c "CREATE DATABASE $PG_DB"
}

pg_sql() {
	for pg_text in "$@"; do
		"$PG_BIN/psql" -XAtq -v ON_ERROR_STOP=1 -d "$PG_DB" \
		    -c "$pg_text" || return
	done
}
