#!/bin/sh
# Nothing can be written: it is said before anything runs, with what helps.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

has_engine postgres || {
	pass 'only PostgreSQL has such a setting'
	done_testing
}
engine=postgres
pg_start_own || exit 99
at_exit pg_stop
pg_newdb || exit 99
DB_URL=$PG_URL
put 001_a.sql 'CREATE TABLE a (x INTEGER);'
put 001_a_rollback.sql 'DROP TABLE a;'
sqlmigrate apply
put 002_b.sql 'CREATE TABLE b (x INTEGER);'
pg_sql 'CREATE ROLE reader LOGIN SUPERUSER'

# refused HINT NAME: every command that would write says so, and none else.
refused() {
	for command in apply 'stamp 002' rollback; do
		# shellcheck disable=SC2086
		sqlmigrate $command
		expect_status 1 "$2: $command"
		expect_stderr_like '^sqlmigrate: nothing can be written: '
		expect_stderr_like "^Hint: $1\$"
	done
	sqlmigrate status
	expect_status 0 "$2: status"
	is "$(pg_sql 'SELECT count(*) FROM schema_version_log')" 1 \
	    "$2: nothing was written"
}

# by_itself LINE DETAIL TEXT...: 002 makes itself read-only.
by_itself() {
	line=$1
	detail=$2
	shift 2
	put 002_b.sql "$@"
	sqlmigrate apply
	expect_status 1 "$1"
	expect_stderr_like "^sqlmigrate: m/002_b\.sql:$line:1: cannot execute CREATE TABLE in a read-only transaction"
	expect_stderr_like "^(Detail:|   ) The file itself $detail\.\$"
	expect_stderr_like '^Hint: Take that out of the file\.$'
}

create='CREATE TABLE b (x INTEGER);'
by_itself 2 'asks for a transaction that is READ ONLY' \
    'SET TRANSACTION READ ONLY;' "$create"
by_itself 2 'asks for a transaction that is READ ONLY' \
    'BEGIN READ ONLY;' "$create" 'COMMIT;'
by_itself 3 'makes it read-only, in line 2' 'SELECT 1;' \
    'SET transaction_read_only = on;' "$create"
by_itself 3 'makes it read-only, in line 2' '-- sqlmigrate: no-transaction' \
    'SET default_transaction_read_only = on;' \
    "DO \$\$ BEGIN $create END \$\$;"
put 002_b.sql "$create"
pg_sql 'DELETE FROM schema_version_log WHERE number = 2'

pg_sql "ALTER DATABASE $PG_DB SET default_transaction_read_only = on"
refused "Run: ALTER DATABASE $PG_DB RESET default_transaction_read_only;" \
    'set for the database'
PGOPTIONS='-c default_transaction_read_only=off'
export PGOPTIONS
pg_sql "ALTER DATABASE $PG_DB RESET default_transaction_read_only" \
    'ALTER ROLE reader SET default_transaction_read_only = on'
unset PGOPTIONS
DB_URL="postgresql://reader@/$PG_DB?host=$PGHOST"
refused 'Run: ALTER ROLE reader RESET default_transaction_read_only;' \
    'set for the role'
pg_sql 'ALTER ROLE reader RESET default_transaction_read_only' \
    "ALTER ROLE reader IN DATABASE $PG_DB SET default_transaction_read_only = on"
refused "Run: ALTER ROLE reader IN DATABASE $PG_DB RESET default_transaction_read_only;" \
    'set for both'
pg_sql "ALTER ROLE reader IN DATABASE $PG_DB RESET ALL"
DB_URL=$PG_URL
PGOPTIONS='-c default_transaction_read_only=on'
export PGOPTIONS
refused 'The address or PGOPTIONS sets it\.' 'set by the client'
unset PGOPTIONS
echo 'default_transaction_read_only = on' >>"$PG_ROOT/data/postgresql.conf"
pg_crash
pg_resume || exit 99
refused 'Run: ALTER SYSTEM SET default_transaction_read_only = off; SELECT pg_reload_conf\(\);' \
    'set for the server'
sed -i '$d' "$PG_ROOT/data/postgresql.conf"

# A standby, here of a primary that there is not.
pg_crash
touch "$PG_ROOT/data/standby.signal"
pg_resume || exit 99
refused 'Connect to its primary; of several hosts target_session_attrs=read-write takes that one\.' \
    'a standby'
for command in current history plan verify; do
	sqlmigrate "$command"
	expect_status 0 "a standby: $command"
done
sqlmigrate backup standby.dump
expect_status 0 'a standby: backup'
expect_stderr_like 'notice: the backup is not logged: '
"$PG_BIN/pg_restore" -l standby.dump >/dev/null
is $? 0 'it is a backup'

# Whether what is in the journal is being run shows on the primary alone.
pg_crash
rm "$PG_ROOT/data/standby.signal"
pg_resume || exit 99
pg_sql "INSERT INTO schema_version_journal (number, name, direction, checksum,
    statement, state) VALUES (2, '002_b', 'apply', 'x', 1, 'done')"
sqlmigrate status
expect_status 7 'a primary: nobody is at it'
expect_stderr_unlike standby
pg_crash
touch "$PG_ROOT/data/standby.signal"
pg_resume || exit 99
sqlmigrate status
expect_status 7 'a standby cannot tell'
expect_stderr_like '^    Or it is being run still, which a standby does not see: ask the primary\.$'

# It becomes read-only while a run is at work.
pg_crash
rm "$PG_ROOT/data/standby.signal"
pg_resume || exit 99
pg_sql 'DELETE FROM schema_version_journal'
put 002_b.sql 'SELECT pg_advisory_xact_lock(42);'
put 003_c.sql 'CREATE TABLE c (x INTEGER);'
hold
"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 3>&- &
pid=$!
ok 'a run is at work' eventually held_up
pg_sql 'ALTER SYSTEM SET default_transaction_read_only = on' \
    'SELECT pg_reload_conf()' >reloaded
shows_on() {
	[ "$(pg_sql 'SHOW default_transaction_read_only')" = on ]
}
ok 'the server is read-only now' eventually shows_on
hold_end
status=0
wait "$pid" || status=$?
is "$status" 1 'read-only behind the first migration'
like "$(cat out)" '^sqlmigrate: m/003_c\.sql:1:1: cannot execute CREATE TABLE in a read-only transaction' \
    'which statement'
like "$(cat out)" '^Detail: The reason: default_transaction_read_only is on\.$' \
    'and why'
like "$(cat out)" '^Hint: Run: ALTER SYSTEM SET default_transaction_read_only = off; SELECT pg_reload_conf\(\);$' \
    'and what helps'
is "$(pg_sql 'SELECT max(number) FROM schema_version')" 2 \
    'what was applied before stays'
done_testing
