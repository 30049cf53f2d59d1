#!/bin/sh
# Where the database is, when nothing but the environment tells: in the
# official PostgreSQL container no option is needed; and of several ways to
# say it the nearest one counts.
#
# The container has its socket in /var/run/postgresql.  Where the test cannot
# have a server there, PGHOST stands for that folder.
# Budget: messages are matched on one line.
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


# A server of our own, seen at $SOCKET_DIR where that can be; else $socket is
# the variable that says where it is.  The owner of the database has a password.
server() {
	pg_start_own || exit 99
	at_exit pg_stop
	PG_DB=postgres
	pg_sql "CREATE ROLE app LOGIN PASSWORD 'S3cret word'" \
	    'CREATE DATABASE app OWNER app' 'CREATE DATABASE shop OWNER app'
	echo 'local all app scram-sha-256
local all all trust' >"$PG_ROOT/data/pg_hba.conf"
	pg_sql 'SELECT pg_reload_conf()' >/dev/null
	host=$SOCKET_DIR
	socket=
	if ln -s "$PG_ROOT/.s.PGSQL.5432" "$SOCKET_DIR/.s.PGSQL.5432" \
	    2>/dev/null; then
		at_exit "rm -f $SOCKET_DIR/.s.PGSQL.5432"
	else
		diag "PGHOST stands for $SOCKET_DIR"
		host=$PGHOST
		socket=PGHOST=$PGHOST
	fi
	mkdir migrations
	echo 'CREATE TABLE a (x INTEGER);' >migrations/001_a.sql
}

# with [NAME=VALUE...] -- ARGUMENT...: with the official image's variables.
with() {
	# shellcheck disable=SC2086
	bare ${socket:+"$socket"} PGDATA=/var/lib/postgresql/data \
	    PG_VERSION=15.18-1.pgdg120+1 PG_MAJOR=15 "$@"
}

# reached USER DATABASE NAME: that one answered, and has 001 now.
reached() {
	expect_status 0 "$3"
	expect_stderr_like "^database $2, user $1, host $host \\(" \
	    "$3: it says where it works"
	PG_DB=$2
	is "$(pg_sql 'SELECT name, applied_by FROM schema_version' |
	    sed 's,/.*,,')" "001_a|$1" "$3: it worked there"
	pg_sql 'DROP TABLE a, schema_version, schema_version_log,
		schema_version_journal'
}

container() {
	with POSTGRES_PASSWORD=any -- apply
	reached postgres postgres "with the image's defaults"
	expect_stdout_like '^applied 001_a '
	with POSTGRES_DB=shop -- apply
	reached postgres shop 'a database named by POSTGRES_DB'
	with POSTGRES_USER=app 'POSTGRES_PASSWORD=S3cret word' -- apply
	reached app app 'the database is named after POSTGRES_USER'
	with POSTGRES_USER=app POSTGRES_DB=shop \
	    'POSTGRES_PASSWORD=S3cret word' -- apply
	reached app shop 'all three'

	echo 'S3cret word' >password
	echo app >user
	echo shop >name
	with POSTGRES_USER=app "POSTGRES_PASSWORD_FILE=$PWD/password" -- apply
	reached app app 'a password in a file'
	with "POSTGRES_USER_FILE=$PWD/user" "POSTGRES_DB_FILE=$PWD/name" \
	    "POSTGRES_PASSWORD_FILE=$PWD/password" -- apply
	reached app shop 'all three in files'

	with POSTGRES_PASSWORD=any -- current
	expect_status 0
	expect_stdout 0.0.0 'reading commands need no option, either'
	with POSTGRES_PASSWORD=any -- wait --timeout=5s
	expect_status 0
	expect_stdout_like '^ready: database postgres, user postgres'
}

container_errors() {
	with POSTGRES_USER=app POSTGRES_PASSWORD=Wr0ng -- apply
	expect_status 6 'a wrong password'
	expect_stderr_like 'password authentication failed for user "app"'
	expect_stderr_like 'The address came from POSTGRES_'
	unlike "$stdout$stderr" Wr0ng 'it is not shown'
	with POSTGRES_USER=app POSTGRES_PASSWORD=Wr0ng -- apply --json
	expect_status 6
	unlike "$stdout$stderr" Wr0ng 'nor as JSON'
	with POSTGRES_USER=app POSTGRES_PASSWORD=a \
	    "POSTGRES_PASSWORD_FILE=$PWD/password" -- apply
	expect_status 2 'a password and its file'
	expect_stderr_like \
	    'both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set'
	with "POSTGRES_PASSWORD_FILE=$PWD/nowhere" -- apply
	expect_status 2 'a password file that is not there'
	expect_stderr_like "$PWD/nowhere: "
	expect_stderr_like 'named by POSTGRES_PASSWORD_FILE'
	with POSTGRES_USER=app POSTGRES_DB=none \
	    'POSTGRES_PASSWORD=S3cret word' -- apply
	expect_status 6 'a database that is not there'
	expect_stderr_like 'database "none" does not exist'
	for PG_DB in postgres app shop; do
		is "$(pg_sql "SELECT count(*) FROM pg_tables
			WHERE schemaname = 'public'")" 0 \
		    "after these errors nothing is in $PG_DB"
	done
}

# PG* variables and addresses go before the container's.
addresses() {
	with POSTGRES_PASSWORD=any PGDATABASE=shop PGUSER=postgres -- apply
	reached postgres shop 'PGDATABASE and PGUSER'
	with POSTGRES_USER=app POSTGRES_PASSWORD=Wr0ng PGUSER=postgres -- apply
	reached postgres app "PGUSER goes before, without the other's password"
	for scheme in postgresql postgres postgresql+asyncpg \
	    postgresql+psycopg2 postgres+pg8000; do
		with DATABASE_URL="$scheme://postgres@/shop?host=$host" -- apply
		reached postgres shop "$scheme://"
	done
	with DATABASE_URL="postgresql+asyncpg://app:S3cret%%20word@/app?host=$host" \
	    -- apply
	expect_status 2 'an address that cannot be read'
	unlike "$stdout$stderr" S3cret 'it is not repeated'
	with DATABASE_URL="postgresql+asyncpg://app:S3cret%20word@/app?host=$host" \
	    -- apply
	reached app app 'a password in an address'
	unlike "$stdout$stderr" S3cret 'it is not shown'
	with "DATABASE_URL=host=$host user=app dbname=shop password='S3cret word'" \
	    -- apply
	reached app shop 'key=value pairs'
	unlike "$stdout$stderr" S3cret 'its password is not shown, either'
	with DATABASE_URL=postgresql://postgres@/ -- apply
	expect_status 2 'an address that names no database'
	expect_stderr_like '^sqlmigrate: the database address names no database$'
	bare -- -d "postgresql://app:Wr0ng@/app?host=$host" apply
	expect_status 6 'a wrong password in an address'
	expect_stderr_like 'The address came from --database'
	unlike "$stdout$stderr" Wr0ng 'that is not shown'
	bare -- apply "postgresql://app:Wr0ng@/app?host=$host"
	expect_status 2 'an address in the wrong place'
	unlike "$stdout$stderr" Wr0ng 'that is not shown'
}

# says NAME REGEX: which address counted, by what current says is missing.
says() {
	expect_status 6 "$1"
	expect_stderr_like "^sqlmigrate: the database $2 is not there\$" \
	    "$1: which one"
}

precedence() {
	mkdir -p "$tmp/precedence/migrations"
	cd "$tmp/precedence" || exit 99
	printf 'sqlite:file.db\n' >url
	set -- DATABASE_URL_FILE=url POSTGRES_PASSWORD=x
	bare "$@" -- current
	says 'DATABASE_URL_FILE before the container' file.db
	set -- "$@" DATABASE_URL=sqlite:url.db
	bare "$@" -- current
	says 'DATABASE_URL before its file' url.db
	set -- "$@" SQLMIGRATE_DATABASE=sqlite:ours.db PGDATABASE=other
	bare "$@" -- current
	says 'SQLMIGRATE_DATABASE before DATABASE_URL' ours.db
	bare "$@" -- --database=sqlite:option.db current
	says 'the option before the environment' option.db
	bare "$@" -- current -d sqlite:option.db
	says 'the option after the command' option.db

	bare DATABASE_URL_FILE=nowhere -- current
	expect_status 2 'a DATABASE_URL_FILE that is not there'
	expect_stderr_like '^sqlmigrate: nowhere: '
	expect_stderr_like 'named by DATABASE_URL_FILE'
	: >empty
	bare DATABASE_URL_FILE=empty -- current
	expect_status 2 'a DATABASE_URL_FILE that is empty'
	printf 'sqlite:crlf.db\r\n' >url
	bare DATABASE_URL_FILE=url -- current
	says 'a line end of the file does not count' crlf.db
	bare DATABASE_URL=mysql://u:Wr0ng@h/db -- current
	expect_status 2 'an address of an unknown kind'
	expect_stderr_like 'DATABASE_URL is of no known form'
	unlike "$stdout$stderr" Wr0ng 'its password is not shown'
	is "$(find . -name '*.db')" '' 'and no file was made'
}

sqlite_forms() {
	mkdir -p "$tmp/forms/migrations"
	cd "$tmp/forms" || exit 99
	echo 'CREATE TABLE a (x INTEGER);' >migrations/001_a.sql
	for form in sqlite:FILE sqlite:///FILE sqlite:"$PWD"/FILE \
	    sqlite:///"$PWD"/FILE sqlite+aiosqlite:///FILE SQLite:FILE; do
		bare DATABASE_URL="${form%FILE}a.db" -- apply
		expect_status 0 "$form"
		expect_stderr_like 'created just now' "$form: a new file"
		is "$(sqlite3 a.db 'SELECT name FROM schema_version')" 001_a \
		    "$form: it is there"
		rm -f a.db
	done
	for form in sqlite: sqlite:// sqlite://host/a.db sqlite:///a.db?mode=ro \
	    sqlite::memory: sqlite:///:memory:; do
		bare DATABASE_URL="$form" -- apply
		expect_status 2 "$form"
		is "$(printf '%s\n' "$stderr" | grep -c '^sqlmigrate: ')" 1 \
		    "$form: one message"
	done
	is "$(ls)" migrations 'and no file was made'
}

nothing
if has_engine sqlite; then
	precedence
	sqlite_forms
fi
if has_engine postgres; then
	mkdir "$tmp/container" && cd "$tmp/container" || exit 99
	server
	container
	container_errors
	addresses
fi
done_testing
