#!/bin/sh
# lock=table: a row keeps other runs out where there are no advisory locks.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

pg_start_own 'log_statement = all' || exit 99
at_exit pg_stop
engine=postgres
SQLMIGRATE_LOCK=table
export SQLMIGRATE_LOCK

# Runners at once, on a database without a table of ours.
together() {
	db_new
	for i in 1 2 3 4 5 6 7 8 9; do
		put "00${i}_t.sql" "CREATE TABLE t$i (x INTEGER);" \
		    'SELECT pg_sleep(0.02);'
		put "00${i}_t_rollback.sql" "DROP TABLE t$i;"
	done
	pids=
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		(
			timeout 60 "$SQLMIGRATE" -d "$DB_URL" -m m apply \
			    >"out$i" 2>&1 3>&-
			echo $? >"status$i"
		) &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	is "$(sort -u status*)" 0 'twelve runners at once, all succeed'
	is "$(cat out* | grep -c '^applied ')" 9 'each is applied once'
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 9 'nine rows'
	is "$(db_sql "SELECT count(*) FROM schema_version_log
		WHERE action = 'apply'")" 9 'nine rows of the log'
	is "$(db_sql 'SELECT number, name FROM schema_version_journal')" \
	    '-1|lock' 'there is the row that is locked'
	sqlmigrate status
	expect_status 0 'it is nothing half applied'
	sqlmigrate rollback
	expect_status 0
	expect_stdout_like '^rolled back 009_t '
	unlike "$(cat "$PG_ROOT/server.log")" 'advisory_' \
	    'no advisory lock was asked for'
}

# The row is locked by another session.
held() {
	db_sql 'SELECT pg_sleep(30) FROM (SELECT FROM schema_version_journal
		FOR UPDATE) AS held' >/dev/null 2>&1 3>&- &
	holder=$!
	eventually held_now || :
	sqlmigrate --lock-wait 1s apply
	expect_status 5
	expect_stderr_like '^sqlmigrate: another run holds the lock, and did not end within 1 s$'
	is "$(db_sql "SELECT count(*) FROM schema_version
		WHERE number = 9")" 0 'nothing was applied'
	db_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE query ~ 'pg_sleep.30' AND pid <> pg_backend_pid()" \
	    >/dev/null
	wait "$holder" || :
	sqlmigrate apply
	expect_status 0 'it is free again'
}

held_now() {
	[ "$(db_sql "SELECT count(*) FROM pg_stat_activity
		WHERE wait_event = 'PgSleep'")" = 1 ]
}

# A row cannot be locked for longer than a transaction.
outside() {
	put 010_c.sql 'SELECT 1;'
	put 011_v.sql '-- sqlmigrate: no-transaction' 'VACUUM t1;'
	sqlmigrate apply
	expect_status 2
	expect_stderr_like '^sqlmigrate: m/011_v\.sql:1:16: a row can be locked within a transaction only, '
	expect_stderr_like '^Hint: Give --lock=advisory where the server has it\.$'
	echo 'VACUUM t1;' >m/011_v.sql
	sqlmigrate apply --transaction=auto
	expect_status 2 'a file without the directive'
	expect_stderr_like '^sqlmigrate: m/011_v\.sql: a row can be locked '
	put 011_v.sql '-- sqlmigrate: no-transaction' 'VACUUM t1;'
	is "$(db_sql 'SELECT max(number) FROM schema_version')" 9 \
	    'the file before it was not applied either'
	sqlmigrate --lock=advisory apply
	expect_status 0
	sqlmigrate status
	expect_status 0 'the journal was cleared'
	is "$(db_sql 'SELECT count(*) FROM schema_version_journal')" 1 \
	    'the row that is locked stays'
}

# Nobody else is in a scratch database.
proven() {
	sqlmigrate prove --all
	expect_status 0
	expect_stdout_like '^9 proven, 2 no rollback$'
}

# The functions are there, and may not be called.
without() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	db_sql 'CREATE ROLE plain LOGIN' 'GRANT ALL ON SCHEMA public TO plain' \
	    "DO \$\$ DECLARE f regprocedure; BEGIN
	    FOR f IN SELECT oid FROM pg_proc WHERE proname ~ 'advisory' LOOP
	    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
	    END LOOP; END \$\$"
	DB_URL="$PG_URL&user=plain"
	sqlmigrate --lock=advisory apply
	expect_status 1 'no advisory locks'
	expect_stderr_like '^sqlmigrate: permission denied for function pg_try_advisory_lock '
	expect_stderr_like '^Hint: Where advisory locks cannot be had, --lock=table locks a row of the history instead\.$'
	is "$(db_tables)" '' 'nothing was made'
	for line in apply 'redo --yes' 'rollback --yes' 'stamp 001' \
	    'stamp --undo 001 --yes' plan 'plan --sql' status verify; do
		# shellcheck disable=SC2086
		sqlmigrate $line
		expect_status 0 "without advisory locks: $line"
	done
}

together
held
outside
proven
without
done_testing
