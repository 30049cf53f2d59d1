#!/bin/sh
# More runners than the server has connections: they wait and try again.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

RUNNERS=24

runners() {
	i=0
	pids=
	while [ "$i" -lt "$RUNNERS" ]; do
		i=$((i + 1))
		"$SQLMIGRATE" -d "$DB_URL" -m m apply >"out.$i" 2>&1 &
		pids="$pids $!"
	done
	failed=0
	for pid in $pids; do
		wait "$pid" || failed=$((failed + 1))
	done
}

if ! has_engine postgres; then
	diag 'PostgreSQL is not here'
	pass 'nothing to test'
	done_testing
	exit
fi
engine=postgres
at_exit pg_stop
pg_start_own 'max_connections = 8' 'superuser_reserved_connections = 3' ||
    exit 99
PG_DB=postgres
pg_sql 'CREATE ROLE app LOGIN' 'CREATE DATABASE app OWNER app'
DB_URL="postgresql://app@/app?host=$PGHOST"
i=0
while [ "$i" -lt 20 ]; do
	i=$((i + 1))
	put "$(printf %03d "$i")_t.sql" "CREATE TABLE t$i (x INTEGER);" \
	    'SELECT pg_sleep(0.02);'
done
runners
is "$failed" 0 "$RUNNERS runners on 5 connections all end well"
like "$(cat out.*)" 'no connection free; waiting' 'some had to wait'
PG_DB=app
is "$(pg_sql 'SELECT count(*) FROM schema_version')" 20 'each ran once'
is "$(pg_sql "SELECT count(*) FROM schema_version_log
    WHERE outcome = 'done'")" 20 'and was logged once'
run "$SQLMIGRATE" -d "$DB_URL&user=nobody_there" -m m current
expect_status 6 'another refusal is not waited for'

# As many as there are stay: then it is said how long that was looked at.
PG_DB=postgres
# Another one takes a connection, where one is free.
taken() {
	"$PG_BIN/psql" -XAtq -U app -d app -c 'SELECT pg_sleep(600)' \
	    >/dev/null 2>&1 &
	[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
	    WHERE query ~ 'pg_sleep.600' AND usename = 'app'")" = 5 ]
}
ok 'every connection is taken' eventually taken
run "$SQLMIGRATE" -d "$DB_URL" -m m --lock-wait=1s apply
expect_status 6 'no connection is free in time'
expect_stderr_like '^sqlmigrate: cannot connect to .*connection slots are reserved'
expect_stderr_like '^Detail: The server had no connection free for 1 s \(--lock-wait\)\.$'
expect_stderr_like '^Hint: End sessions that are idle, .*longer --lock-wait\.$'
pg_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = 'app'" >/dev/null

# Who has lost his connection waits for one, too, and a signal ends that.
PG_DB=app
at_work() {
	[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
	    WHERE query ~ 'pg_sleep.500' AND usename = 'app'
	    AND state = 'active'")" = 1 ]
}
gone() {
	! kill -0 "$pid"
}
put 021_slow.sql '-- sqlmigrate: no-transaction' 'CREATE TABLE u (x INTEGER);' \
    'SELECT pg_sleep(500);'
"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 &
pid=$!
ok 'it is at work' eventually at_work
pg_sql 'ALTER ROLE app CONNECTION LIMIT 0'
pg_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = 'app'" >/dev/null
ok 'it waits for a connection' \
    eventually grep -q 'no connection free; waiting' out
kill -TERM "$pid"
ok 'it is stopped, long before --lock-wait' eventually gone
status=0
wait "$pid" || status=$?
is "$status" 7 'how far it came is not known'
like "$(cat out)" '^    021_slow runs without a transaction: at least 1 of its statements is done' \
    'but for what is known'
run "$SQLMIGRATE" -d "$DB_URL" -m m --lock-wait=1s apply
expect_status 6 'no connection is allowed'
expect_stderr_like '^Hint: .*CONNECTION LIMIT'
done_testing
