#!/bin/sh
# Where the database is, when nothing but the environment tells: in the
# official PostgreSQL container no option is needed; and of several ways to
# say it the nearest one counts.
#
# The container has its socket in /var/run/postgresql.  Where the test cannot
# have a server there, PGHOST stands for that folder.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

SOCKET_DIR=/var/run/postgresql

# bare [NAME=VALUE...] -- ARGUMENT...: run the program with no other variable.
bare() {
	bare_set=
	while [ "$1" != -- ]; do
		bare_set="$bare_set
$1"
		shift
	done
	shift
	bare_ifs=$IFS
	IFS='
'
	set -f
	# shellcheck disable=SC2086
	run env -i $bare_set "$SQLMIGRATE" "$@"
	set +f
	IFS=$bare_ifs
}

# The ways to name a database, where none was found.
no_database() {
	expect_status 2 "$1"
	expect_stdout '' "$1: nothing is done"
	expect_stderr_like '^sqlmigrate: no database given$' "$1: message"
	expect_stderr_like '^Hint: .*--database' "$1: the option is named"
	expect_stderr_like '^Hint: .*DATABASE_URL' "$1: the variable, too"
	is "$(printf '%s\n' "$stderr" | grep -c '^sqlmigrate: ')" 1 \
	    "$1: one message"
}

nothing() {
	bare -- apply
	no_database 'nothing is set'
	bare PGDATA=/var/lib/postgresql/data PG_VERSION=15 PG_MAJOR=15 -- apply
	no_database "the image's own variables say nothing"
	bare USER=postgres LOGNAME=postgres PGUSER=postgres PGHOST="$tmp" -- \
	    apply
	no_database 'a name is not guessed from a user'
	bare DATABASE_URL= PGDATABASE= POSTGRES_DB= -- apply
	no_database 'an empty variable is none'
}

# Whether we may have a server whose socket is where the container has it.
# SQLMIGRATE_TEST_SOCKET=no says not to.
has_socket_dir() {
	[ "${TEST_SOCKET_DIR-}" != no ] && [ -d "$SOCKET_DIR" ] &&
	    [ ! -e "$SOCKET_DIR/.s.PGSQL.5432" ] &&
	    [ ! -e "$SOCKET_DIR/.s.PGSQL.5432.lock" ] || return 1
	[ "$(id -u)" -ne 0 ] || return 0
	[ -w "$SOCKET_DIR" ]
}

server() {
	at_exit pg_stop
	set -- "wal_level = minimal" 'max_wal_senders = 0'
	socket=
	if has_socket_dir && pg_start_own "$@" \
	    "unix_socket_directories = '$SOCKET_DIR, @PG_ROOT@'"; then
		return
	fi
	diag "PGHOST stands for $SOCKET_DIR"
	pg_start_own "$@" || exit 99
	socket=PGHOST=$PGHOST
}
