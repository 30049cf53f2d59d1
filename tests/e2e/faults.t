#!/bin/sh
# Servers that crash, locks that others hold, runners that wait for killed
# ones: each migration is applied exactly once, or not at all.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# A server of our own, which can be crashed, with 001 applied.
fresh() {
	pg_start_own "$@" || exit 99
	at_exit pg_stop
	pg_newdb || exit 99
	DB_URL=$PG_URL
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	expect_status 0
}

# begin: apply in the background, its output in ./out; sets pid.
begin() {
	"$SQLMIGRATE" -d "$DB_URL" -m m "$@" apply >out 2>&1 3>&- &
	pid=$!
}

# end STATUS NAME: the run of begin has ended that way.
end() {
	status=0
	wait "$pid" || status=$?
	stdout=$(cat out)
	stderr=
	expect_status "$1" "$2"
}

# waits EVENT: one of our runners' statements waits for that.
waits() {
	[ "$(pg_sql "SET synchronous_commit = local;
		SELECT count(*) FROM pg_stat_activity
		WHERE application_name = 'sqlmigrate'
		AND wait_event = '$1'")" = 1 ]
}

# once: 001 and 002 are applied, each once.
once() {
	is "$(pg_sql 'SELECT name FROM schema_version ORDER BY number')" \
	    '001_a
002_b' "$1: both are applied"
	is "$(pg_sql "SELECT count(*) FROM schema_version_log
		WHERE outcome = 'done'")" 2 "$1: each once"
	is "$(pg_sql "SELECT count(*) FROM pg_locks
		WHERE locktype = 'advisory'")" 0 "$1: no lock is left"
}

crash_in_statement() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);
SELECT pg_sleep(600);'
	begin
	ok 'the statement has begun' eventually waits PgSleep
	pg_crash
	end 6 'a server that crashes'
	expect_stdout_like '^sqlmigrate: m/002_b\.sql:2:1: '
	expect_stdout_like '^Nothing of 002_b was kept\.'
	sqlmigrate apply
	expect_status 6 'it is not there'
	pg_resume || exit 99
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 0 'it is there again'
	once 'after a crash'
	pg_stop
}

# COMMIT waits for a standby that there is not when the server crashes.  Only
# the server can tell then whether it is done, and it is not there.
crash_in_commit() {
	fresh "synchronous_standby_names = 'nobody'" \
	    'synchronous_commit = local'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	pg_sql "ALTER DATABASE $PG_DB SET synchronous_commit = on"
	begin
	ok 'COMMIT waits' eventually waits SyncRep
	pg_crash
	end 6 'a server that crashes during COMMIT'
	expect_stdout_like '^Whether 002_b was kept is not known\.'
	expect_stdout_like '^Hint: .*sqlmigrate status'
	unlike "$stdout" '^Nothing of' 'nothing else is said about it'
	echo "synchronous_standby_names = ''" >>"$PG_ROOT/data/postgresql.conf"
	pg_resume || exit 99
	sqlmigrate status
	expect_status 0
	expect_stdout_like '^002 +applied '
	sqlmigrate apply
	expect_status 0
	expect_stdout_like '^nothing to apply'
	once 'after a crash during COMMIT'
	pg_stop
}

# The entry of what is stopped waits for no standby, and for no lock for long.
stopped_in_commit() {
	fresh "synchronous_standby_names = 'nobody'" \
	    'synchronous_commit = local'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	pg_sql "ALTER DATABASE $PG_DB SET synchronous_commit = on"
	begin
	ok 'COMMIT waits' eventually waits SyncRep
	kill -TERM "$pid"
	end 143 'a run that is stopped while COMMIT waits for a standby'
	expect_stdout_like '^applied 002_b '
	once 'after that'
	put 003_c.sql 'SELECT pg_sleep(600);'
	begin
	ok 'the statement has begun' eventually waits PgSleep
	pg_hold 'BEGIN; LOCK TABLE schema_version_log'
	kill -TERM "$pid"
	end 143 'and while another has the log'
	pg_release
	pg_stop
}

# Of two hosts the other one, a standby that is behind, answers then.
crash_beside_standby() {
	fresh "synchronous_standby_names = 'nobody'" \
	    'synchronous_commit = local'
	pg_crash
	cp -a "$PG_ROOT/data" "$PG_ROOT/standby"
	touch "$PG_ROOT/standby/standby.signal"
	pg_resume || exit 99
	(pg_exec "$PG_SERVER_BIN/postgres" -D "$PG_ROOT/standby" -p 5433 \
	    >>"$PG_ROOT/standby.log" 2>&1 </dev/null 3>&-) &
	standby=$!
	ok 'a standby' eventually "$PG_BIN/pg_isready" -q -p 5433
	DB_URL="$PG_URL,$PGHOST&port=$PGPORT,5433"
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	pg_sql "ALTER DATABASE $PG_DB SET synchronous_commit = on"
	begin --lock-wait=1s
	ok 'COMMIT waits' eventually waits SyncRep
	pg_crash
	end 6 'a standby cannot tell what became of a COMMIT'
	expect_stdout_like '^Detail: What became of 002_b could not be found out: the server is a standby\.$'
	expect_stdout_like '^Whether 002_b was kept is not known\.'
	unlike "$stdout" '^Nothing of' 'nothing else is said about it'
	kill -INT "$standby"
	wait "$standby"
	echo "synchronous_standby_names = ''" >>"$PG_ROOT/data/postgresql.conf"
	pg_resume || exit 99
	sqlmigrate apply
	expect_status 0 'it was kept'
	once 'after a crash beside a standby'
	pg_stop
}

# Two wait for a third, which is killed.
killed_holder() {
	fresh
	put 002_b.sql 'SELECT pg_advisory_lock(42);
CREATE TABLE b (x INTEGER);
SELECT pg_advisory_unlock(42);'
	ok 'a lock that the statement waits for' \
	    pg_hold 'SELECT pg_advisory_lock(42)'
	begin --lock-timeout=none
	first=$pid
	ok 'the first run is at it' eventually waits advisory
	for i in 1 2 3; do
		"$SQLMIGRATE" -d "$DB_URL" -m m apply >"out$i" 2>&1 3>&- &
		eval "pid$i=\$!"
		ok "run $i waits" eventually \
		    grep -q '^waiting for the lock, .*by pid' "out$i"
	done
	kill -s TERM "$pid3"
	status=0
	wait "$pid3" || status=$?
	is "$status" 143 'one that waits can be stopped'
	kill -s KILL "$first"
	wait "$first" 2>/dev/null
	pg_release
	for i in 1 2; do
		eval "pid=\$pid$i"
		status=0
		wait "$pid" || status=$?
		is "$status" 0 "run $i went on"
	done
	is "$(cat out1 out2 | grep -c '^applied 002_b ')" 1 \
	    'one of them applied it'
	is "$(cat out1 out2 | grep -c '^nothing to apply')" 1 \
	    'and the other had nothing to do'
	once 'after a killed run'
	pg_stop
}

# COPY data, more of them than the sockets hold: the server waits with the
# first row, and we with the rest.
copying() {
	fresh
	pg_sql 'CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
	    $$BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END$$' \
	    'CREATE TRIGGER slow BEFORE INSERT ON a
	    FOR EACH ROW EXECUTE FUNCTION slow()'
	{
		echo 'CREATE TABLE b (x INTEGER);'
		echo 'COPY a FROM stdin;'
		yes 1234567890 | head -n 500000
		printf '%s\n' '\.' 'INSERT INTO b VALUES (1);'
	} >m/002_b.sql
	ok 'a lock that a row waits for' pg_hold 'SELECT pg_advisory_lock(42)'
	begin --lock-timeout=none
	ok 'the row waits' eventually waits advisory
}

stopped_in_copy() {
	copying
	kill -s TERM "$pid"
	end 143 'a signal in the middle of COPY data'
	expect_stdout_like '^sqlmigrate: .*stopped by SIGTERM'
	expect_stdout_like '^Nothing of 002_b was kept\.'
	is "$(pg_sql 'SELECT count(*) FROM a')" 0 'no row is there'
	is "$(pg_sql "SELECT outcome FROM schema_version_log
		WHERE number = 2")" failed 'the connection is good for the log'
	pg_release
	pg_sql 'DROP TRIGGER slow ON a'
	sqlmigrate apply
	expect_status 0
	is "$(pg_sql 'SELECT count(*) FROM a')" 500000 'all of them at last'
	once 'after COPY data that were stopped'
	pg_stop
}

crash_in_copy() {
	copying
	pg_crash
	end 6 'a server that crashes in the middle of COPY data'
	expect_stdout_like '^sqlmigrate: m/002_b\.sql:2:1: '
	expect_stdout_like '^Nothing of 002_b was kept\.'
	exec 3>&-
	wait "$PG_HOLDER"
	pg_resume || exit 99
	is "$(pg_sql 'SELECT count(*) FROM a')" 0 'no row is there'
	pg_stop
}

# A signal before the first migration begins: while the history is read.
stopped_early() {
	fresh
	ok 'a history that is locked' \
	    pg_hold 'BEGIN; LOCK TABLE schema_version'
	begin
	reads() {
		[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
			WHERE wait_event_type = 'Lock' AND
			application_name = 'sqlmigrate'")" = 1 ]
	}
	ok 'it is waited for' eventually reads
	kill -s TERM "$pid"
	end 143 'a signal while the history is read'
	like "$(cat out)" 'stopped by SIGTERM' 'and that is told'
	pg_release
	pg_stop
}

# Another session has locked the table that a migration changes.
table_lock() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);
ALTER TABLE a ADD COLUMN y INTEGER;'
	ok 'a table that is locked' \
	    pg_hold 'BEGIN; LOCK TABLE a IN ACCESS SHARE MODE'
	psql -Xq "$DB_URL" -c 'BEGIN; SELECT FROM a; SELECT pg_sleep(600)' \
	    >/dev/null 2>&1 &
	second=$!
	sleeps() {
		[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
		    WHERE wait_event = 'PgSleep'")" = 1 ]
	}
	ok 'by two' eventually sleeps
	sqlmigrate --lock-timeout=50ms --lock-retries=2 apply
	expect_status 1 'a lock that is not had'
	expect_stderr_like '^Detail: Holds locks: pid [0-9]+, user postgres, application .psql., idle in transaction, on a, since 20[0-9-]+ '
	expect_stderr_like '^retrying 002_b, 1 of 2 in 100 ms: lock timeout \(0\.05 s\); blocked by pid [0-9]+ psql: .*, pid [0-9]+ psql: '
	expect_stderr_like '^retrying 002_b, 2 of 2 in 200 ms: lock timeout \(0\.05 s\)$' \
	    'the same ones are not named again'
	pg_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE wait_event = 'PgSleep'" >/dev/null
	wait "$second"
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:2:1: .*lock timeout'
	expect_stderr_like '\(SQLSTATE 55P03\)'
	is "$(printf '%s\n' "$stderr" | grep -c '^retrying 002_b, ')" 2 \
	    'it was tried twice again'
	is "$(pg_sql "SELECT count(*) FROM pg_class WHERE relname = 'b'")" 0 \
	    'nothing was kept'
	begin --lock-timeout=50ms
	ok 'it is tried again' eventually grep -q '^retrying 002_b, ' out
	pg_release
	end 0 'until the lock is free'
	once 'after a locked table'

	# A limit that a file sets for itself.
	put 003_c.sql '-- sqlmigrate: statement-timeout=50ms
SELECT pg_sleep(600);'
	sqlmigrate apply
	expect_status 1 'a statement that takes too long'
	expect_stderr_like '^sqlmigrate: m/003_c\.sql:2:1: .*statement timeout'
	unlike "$stderr" '^retrying' 'it is not tried again'
	pg_stop
}

# The last COMMIT of a file without a transaction, which alone waits for a
# standby, is done when its session ends; the runner sees that in the next one.
lost_last_commit() {
	fresh "synchronous_standby_names = 'nobody'" \
	    'synchronous_commit = local'
	put 002_b.sql '-- sqlmigrate: no-transaction
CREATE TABLE b (x INTEGER);
VACUUM b;'
	pg_sql "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS \$\$
	    BEGIN PERFORM set_config('synchronous_commit', 'on', true);
	    RETURN NULL; END \$\$" 'CREATE TRIGGER wait AFTER DELETE
	    ON schema_version_journal EXECUTE FUNCTION wait()'
	begin
	ok 'the last COMMIT waits' eventually waits SyncRep
	pg_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE application_name = 'sqlmigrate'" >/dev/null
	end 0 'a session that ends during the last COMMIT'
	expect_stdout_like 'the connection was lost during COMMIT, which had succeeded$'
	expect_stdout_like '^applied 002_b '
	is "$(pg_sql 'SELECT number FROM schema_version_journal')" '' \
	    'nothing is half applied'
	once 'after a lost COMMIT'
	pg_stop
}

# What another session has changed meanwhile; nobody holds a lock.
conflict() {
	fresh
	pg_sql 'CREATE TABLE c AS SELECT 1 AS x'
	put 002_b.sql 'BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_advisory_xact_lock(42);
UPDATE c SET x = x + 1;
COMMIT;'
	pg_hold 'SELECT pg_advisory_lock(42)'
	begin
	ok 'it has begun' eventually waits advisory
	pg_sql 'UPDATE c SET x = 10'
	pg_release
	end 0 'a row that was changed meanwhile'
	like "$(cat out)" '^retrying 002_b, 1 of 10 in 100 ms: could not serialize access due to concurrent update$' \
	    'it is tried again'
	is "$(pg_sql 'SELECT x FROM c')" 11 'and sees the new row then'
	once 'after a conflict'
	pg_stop
}

has_engine postgres || {
	pass 'only PostgreSQL has a server'
	done_testing
}
stopped_early
stopped_in_copy
crash_in_copy
crash_in_statement
crash_in_commit
stopped_in_commit
crash_beside_standby
killed_holder
table_lock
lost_last_commit
conflict
done_testing
