#!/bin/sh
# Limits of PostgreSQL on how long a statement waits for a lock, and runs:
# where they hold, and what is told of one that was reached.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

has_engine postgres || {
	pass 'only PostgreSQL has such limits'
	done_testing
}
engine=postgres

fresh() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' 'INSERT INTO a VALUES (1);'
	sqlmigrate apply
}

# outside NAME LINE...: a file without a transaction.
outside() {
	outside_name=$1
	shift
	put "$outside_name" '-- sqlmigrate: no-transaction' "$@"
}

journal() {
	db_sql 'SELECT number, statement, state FROM schema_version_journal'
}

# What would make others queue up behind it does not wait for long.
strong() {
	fresh
	outside 002_f.sql 'CREATE TABLE b (x INTEGER);' "$1"
	pg_hold 'BEGIN; SELECT FROM a'
	sqlmigrate --lock-timeout=100ms --lock-retries=1 apply
	expect_status 7 "$1: a lock that is not had"
	expect_stderr_like '^retrying 002_f, 1 of 1 in 100 ms: lock timeout \(0\.[0-9]+ s\); blocked by pid [0-9]+ psql: '
	is "$(printf '%s\n' "$stderr" | grep -c '^retrying')" 1 \
	    "$1: as often as asked for"
	expect_stderr_like '^sqlmigrate: m/002_f\.sql:3:1: canceling statement due to lock timeout'
	expect_stderr_like '^Detail: Holds locks: pid [0-9]+, user postgres, '
	expect_stderr_like '1 of its statements is done'
	expect_stderr_like '^Hint: 1\. Wait until who holds locks has ended, or '
	expect_stderr_like '^      2\. Continue: sqlmigrate apply --resume$'
	is "$(journal)" '2|1|done' "$1: the journal knows that it did nothing"
	"$SQLMIGRATE" -d "$DB_URL" -m m --lock-timeout=100ms --lock-retries=99 \
	    apply --resume >out 2>&1 3>&- &
	pid=$!
	ok "$1: it is tried again" eventually grep -q '^retrying' out
	is "$(journal)" "$2" "$1: the journal meanwhile"
	pg_release
	status=0
	wait "$pid" || status=$?
	is "$status" 0 "$1: and succeeds"
	is "$(journal)" '' "$1: the journal is empty again"
}

tried_often() {
	[ "$(grep -c '^retrying' out)" -ge 4 ]
}

# A signal between two tries.
stopped() {
	fresh
	outside 002_f.sql 'CREATE TABLE b (x INTEGER);' 'VACUUM FULL a;'
	pg_hold 'BEGIN; SELECT FROM a'
	"$SQLMIGRATE" -d "$DB_URL" -m m --lock-timeout=100ms \
	    --lock-retries=1000 apply >out 2>&1 3>&- &
	pid=$!
	ok 'a lock is tried for' eventually tried_often
	kill -s TERM "$pid"
	status=0
	wait "$pid" || status=$?
	is "$status" 7 'a signal between two tries'
	like "$(cat out)" '^sqlmigrate: .*stopped by SIGTERM$' 'is told'
	is "$(journal)" '2|1|done' 'the journal knows that nothing was done'
	pg_release
	sqlmigrate apply --resume
	expect_status 0 'and it goes on from there'
}

waits() {
	[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
		WHERE datname = '$PG_DB' AND wait_event_type = 'Lock'")" = 1 ]
}

# outlasts WHOSE OPTION...: 002 waits for another's transaction to end.
outlasts() {
	whose=$1
	shift
	pg_hold 'BEGIN; INSERT INTO a VALUES (2)'
	"$SQLMIGRATE" -d "$DB_URL" -m m "$@" apply >out 2>&1 3>&- &
	pid=$!
	ok 'CREATE INDEX CONCURRENTLY waits' eventually waits
	sleep 1
	pg_release
	status=0
	wait "$pid" || status=$?
	is "$status" 0 "and has no limit by $whose"
}

# What waits by design waits, and leaves nothing half made.
concurrent() {
	fresh
	outside 002_i.sql 'CREATE INDEX CONCURRENTLY i ON a (x);' \
	    "DO \$\$ BEGIN IF current_setting('lock_timeout') <> '100ms' THEN
	RAISE EXCEPTION 'the limit is not that of the option'; END IF; END \$\$;" \
	    'VACUUM a;'
	outlasts 'the option' --lock-timeout=100ms

	# Nor by a setting of the database.
	fresh
	pg_sql "ALTER DATABASE $PG_DB SET lock_timeout = '100ms'"
	outside 002_i.sql 'CREATE INDEX CONCURRENTLY i ON a (x);'
	outlasts 'the database'
	pg_sql "ALTER DATABASE $PG_DB RESET lock_timeout"
}

# But the file may ask for one.
concurrent_limited() {
	fresh
	put 002_i.sql '-- sqlmigrate: no-transaction' "$1" \
	    'CREATE INDEX CONCURRENTLY i ON a (x);'
	pg_hold 'BEGIN; INSERT INTO a VALUES (2)'
	sqlmigrate apply
	expect_status 7 "$1: a limit that the file asks for"
	expect_stderr_like 'm/002_i\.sql:3:1: canceling statement due to lock timeout'
	expect_stderr_like 'The invalid index public\.i was left behind'
	expect_stderr_unlike '^retrying'
	pg_release
}

# What the file has set for the session stays.
own_setting() {
	fresh
	outside 002_v.sql "SET lock_timeout = '7s';" "SET statement_timeout = '8s';" \
	    'VACUUM a;' \
	    "DO \$\$ BEGIN IF current_setting('lock_timeout') <> '7s' OR
	current_setting('statement_timeout') <> '8s' THEN
	RAISE EXCEPTION 'a setting is lost'; END IF; END \$\$;"
	sqlmigrate --statement-timeout=1min apply
	expect_status 0 "a file's own limits stay"
}

runs_long() {
	fresh
	outside 002_s.sql 'DO $$ BEGIN PERFORM pg_sleep(60); END $$;'
	sqlmigrate --statement-timeout=100ms apply
	expect_status 1 'a statement outside a transaction that takes too long'
	expect_stderr_like 'm/002_s\.sql:2:1: canceling statement due to statement timeout'
}

# Which limit was reached, who has set it, and what helps.
told() {
	fresh
	pg_hold 'BEGIN; SELECT FROM a'
	put 002_l.sql 'ALTER TABLE a ADD y INTEGER;'
	sqlmigrate --lock-timeout=100ms --lock-retries=0 apply
	expect_status 1 'a lock timeout'
	expect_stderr_like ' The limit was lock_timeout = 100ms, from --lock-timeout\.$'
	expect_stderr_like '^Hint: Wait until who holds locks has ended, or give a longer --lock-timeout or more --lock-retries\.$'
	SQLMIGRATE_LOCK_TIMEOUT=1s SQLMIGRATE_LOCK_RETRIES=0 sqlmigrate apply
	expect_stderr_like ' The limit was lock_timeout = 1s, from SQLMIGRATE_LOCK_TIMEOUT\.$'
	put 002_l.sql '-- sqlmigrate: lock-timeout=100ms' 'ALTER TABLE a ADD y INTEGER;'
	sqlmigrate --lock-retries=0 apply
	expect_stderr_like 'lock_timeout = 100ms, from the directive lock-timeout in line 1\.$'
	expect_stderr_like '^Hint: Set a longer one in that line, which comes before the option\.$'
	put 002_l.sql "SET LOCAL lock_timeout = '50ms';" \
	    'ALTER TABLE a ADD y INTEGER;' "SET lock_timeout = '1h';"
	sqlmigrate --lock-retries=0 apply
	expect_stderr_like ' The file itself sets lock_timeout, in line 1\.$'
	expect_stderr_like '^Hint: Set a longer one there\.$'
	put 002_l.sql 'LOCK TABLE a NOWAIT;'
	sqlmigrate --lock-retries=0 apply
	expect_status 1 'a lock that is not waited for'
	expect_stderr_unlike 'limit|^Hint'
	pg_release

	put 002_l.sql 'SELECT pg_sleep(60);'
	sqlmigrate --statement-timeout=100ms apply
	expect_status 1 'a statement timeout'
	expect_stderr_like '^Detail: The limit was statement_timeout = 100ms, from --statement-timeout\.$'
	expect_stderr_like '^Hint: Give a longer --statement-timeout, or the file a directive statement-timeout\.$'
	put 002_l.sql '' '-- sqlmigrate: statement-timeout=100ms' 'SELECT pg_sleep(60);'
	sqlmigrate --statement-timeout=10s apply
	expect_status 1 'the directive comes before the option'
	expect_stderr_like '^Detail: The limit was statement_timeout = 100ms, from the directive statement-timeout in line 2\.$'
	expect_stderr_like '^Hint: Set a longer one in that line, which comes before the option\.$'
	put 002_l.sql 'SELECT pg_sleep(60);'
	pg_sql "ALTER DATABASE $PG_DB SET statement_timeout = '100ms'"
	sqlmigrate apply
	expect_stderr_like "^Detail: The limit is statement_timeout = 100ms, from ALTER DATABASE $PG_DB SET\.\$"
	expect_stderr_like "^Hint: .* Or run: ALTER DATABASE $PG_DB SET statement_timeout = '\.\.\.';"
	pg_sql "ALTER DATABASE $PG_DB RESET statement_timeout"
	PGOPTIONS='-c statement_timeout=100' sqlmigrate apply
	expect_stderr_like '^Detail: The limit is statement_timeout = 100ms, from the address or PGOPTIONS\.$'
	expect_stderr_unlike 'ALTER'
	put 002_l.sql 'SELECT pg_cancel_backend(pg_backend_pid());' 'SELECT 1;'
	sqlmigrate apply
	expect_status 1 'a statement that somebody cancels'
	expect_stderr_unlike 'limit|^Hint'
}

# A reader waits no longer than a runner does, and says for whom.
locked_history() {
	fresh
	for table in schema_version schema_version_journal; do
		pg_hold "BEGIN; LOCK TABLE $table"
		for command in status plan current apply verify; do
			sqlmigrate --lock-wait=100ms "$command"
			expect_status 5 "$command: $table is locked"
			expect_stderr_like "^sqlmigrate: another session has locked table public\.$table\$"
			expect_stderr_like "^Detail: Holds locks: pid [0-9]+, user postgres, .* on .*$table.*, since "
			expect_stderr_like '^Hint: Wait for it to end, or give a longer --lock-wait\.$'
		done
		pg_release
		sqlmigrate --lock-wait=0s status
		expect_status 0 "$table is free again"
	done
	pg_hold 'BEGIN; LOCK TABLE schema_version_log'
	sqlmigrate --lock-wait=100ms history
	expect_status 5 'history: the log is locked'
	pg_release
}

# busy TABLE: locked for a second.
busy() {
	PGOPTIONS="-c statement_timeout=0" pg_sql "BEGIN; LOCK TABLE $1;
	    SELECT pg_sleep(1); COMMIT" >busy.out &
	until [ "$(pg_sql "SELECT count(*) FROM pg_locks WHERE granted AND
	    mode = 'AccessExclusiveLock' AND relation = '$1'::regclass")" != 0 ]
	do sleep 0.05; done
}

# Limits of the database are for migrations.
limited_reads() {
	fresh
	pg_sql "ALTER DATABASE $PG_DB SET statement_timeout = '300ms'"
	for command in status 'apply --yes'; do
		busy schema_version
		# shellcheck disable=SC2086
		sqlmigrate $command
		expect_status 0 "$command waits for the history as --lock-wait says"
		wait
	done
	busy pg_catalog.pg_trigger
	sqlmigrate dump
	expect_status 0 'dump has limits of its own'
	wait
	put 002_s.sql 'SELECT pg_sleep(60);'
	sqlmigrate apply
	expect_status 1 'a statement of a migration has the limit'
	expect_stderr_like '^Detail: The limit is statement_timeout = 300ms, from ALTER DATABASE'
	put 002_s.sql 'CREATE TABLE s AS SELECT current_setting($$statement_timeout$$) AS v;'
	sqlmigrate apply
	is "$(pg_sql 'SELECT v FROM s')" 300ms 'and sees it'
}

strong 'VACUUM FULL a;' '2|2|started'
strong 'ALTER TABLE a ADD y INTEGER;' '2|1|done'
stopped
concurrent
concurrent_limited '-- sqlmigrate: lock-timeout=100ms'
concurrent_limited "SET lock_timeout = '100ms';"
own_setting
runs_long
told
locked_history
limited_reads
done_testing
