#!/bin/sh
# The journal of a script of plan --sql: whatever becomes of the shell that
# runs it, status tells how far it came, the script is refused when it is given
# again, and apply --resume goes on behind what is done.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# write FILE ARGUMENT...: a script for the database as it is.
write() {
	file=$1
	shift
	sqlmigrate plan --sql "$@"
	expect_status 0 "$engine: plan --sql $*"
	printf '%s\n' "$stdout" >"$file"
}

# begin SCRIPT PATTERN: a shell that has the lines before the first that
# matches, and waits for more.
begin() {
	rm -f in
	mkfifo in
	case $engine in
	postgres) "$PG_BIN/psql" -Xq -d "$PG_DB" <in >begun 2>&1 & ;;
	sqlite) sqlite3 "$DB_FILE" <in >begun 2>&1 & ;;
	esac
	shell_pid=$!
	exec 4>in
	sed "/$2/,\$d" "$1" >&4
}

# The rest from there on.
end() {
	sed -n "/$2/,\$p" "$1" >&4
	exec 4>&-
	status=0
	wait "$shell_pid" || status=$?
	stdout=$(cat begun)
}

gone() {
	[ "$engine" = sqlite ] || [ "$(db_sql "SELECT count(*)
	    FROM pg_stat_activity WHERE datname = '$PG_DB'
	    AND application_name = 'psql' AND pid <> pg_backend_pid()")" = 0 ]
}

kill_shell() {
	kill -9 "$shell_pid"
	wait "$shell_pid" 2>/dev/null
	exec 4>&-
	eventually gone
}

journal_is() {
	[ "$(journal 2>/dev/null)" = "$1" ]
}

x() {
	db_sql 'SELECT x FROM t ORDER BY x' | tr '\n' ' '
}

refused() {
	not_ok "$1" test "$status" -eq 0
	expect_stderr_like "$(either "$2" 'sqlmigrate: a migration is half applied, or being run: sqlmigrate status tells which and the way on')"
}

# A block, a statement that cannot be in a transaction, and plain ones.
folder() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE t (x INTEGER);'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'INSERT INTO t VALUES (1001);' 'BEGIN;' \
	    'INSERT INTO t VALUES (1002);' 'INSERT INTO t VALUES (1003);' \
	    'COMMIT;' 'VACUUM;' 'INSERT INTO t VALUES (1004);' \
	    'CREATE INDEX t_x ON t (x);'
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' \
	    'DROP INDEX t_x;' 'DELETE FROM t WHERE x > 1002;' 'DELETE FROM t;'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	sqlmigrate apply 001
	write up.sql 002
	sqlmigrate -q plan --sql --from 002 --to 003
	printf '%s\n' "$stdout" >up3.sql
}

# killed PATTERN JOURNAL DONE STOPPED
killed() {
	folder
	begin up.sql "$1"
	ok "$engine: $1: the journal says $2" eventually journal_is "$2"
	kill_shell
	is "$(x)" "$3" "$engine: $1: what is done"
	sqlmigrate status
	expect_status 7 "$engine: $1: it is half applied"
	expect_stderr_like "stopped at statement $4\\."
	db_shell up.sql
	refused "$engine: $1: a second time it is refused" \
	    "sqlmigrate: the migration of 002_b is half applied, or being run: it is at statement ${4%%,*}$"
	is "$(x)" "$3" "$engine: $1: nothing ran twice"
	is "$(journal)" "$2" "$engine: $1: the journal is what it was"
	db_shell up3.sql
	refused "$engine: $1: so is the script of the next" 'sqlmigrate: .*002_b'
	is "$(db_tables | grep -c '^c$')" 0 "$engine: $1: which did nothing"
	sqlmigrate apply --resume
	expect_status 0 "$engine: $1: apply --resume goes on"
	is "$(x)" '1001 1002 1003 1004 ' "$engine: $1: each once"
	sqlmigrate status
	expect_stdout_like '^3 migrations: 3 applied, 0 pending'
}

kills() {
	killed '^INSERT INTO t VALUES (1003)' '2|1|done' '1001 ' \
	    '1, which was done'
	killed '^VACUUM' '2|4|started' '1001 1002 1003 ' \
	    '4, which was started; whether it took effect is not known'
	killed '^INSERT INTO t VALUES (1004)' '2|4|done' '1001 1002 1003 ' \
	    '4, which was done'
	killed '^DELETE FROM .*journal' '2|6|done' '1001 1002 1003 1004 ' \
	    '6, which was done'
}

# Before its first statement there is nothing to go on with.
not_begun() {
	folder
	begin up.sql '^INSERT INTO t VALUES (1001)'
	kill_shell
	sqlmigrate status
	expect_status 0 "$engine: nothing is half applied"
	db_shell up.sql
	expect_status 0 "$engine: the script runs"
	is "$(x)" '1001 1002 1003 1004 ' "$engine: all of it"
	db_shell up.sql
	not_ok "$engine: and no second time" test "$status" -eq 0
	expect_stderr_like 'sqlmigrate: the history is not as this script expects it'
	is "$(x)" '1001 1002 1003 1004 ' "$engine: nothing ran twice"
}

# The first script makes the tables.
first() {
	db_new
	rm -rf m
	put 001_a.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE IF NOT EXISTS t (x INTEGER);' \
	    'INSERT INTO t VALUES (1);' 'INSERT INTO t VALUES (2);'
	write up.sql --from 0
	begin up.sql '^INSERT INTO t VALUES (2)'
	eventually journal_is '1|2|done'
	kill_shell
	db_shell up.sql
	not_ok "$engine: where it made the tables it is refused" \
	    test "$status" -eq 0
	expect_stderr_like 'sqlmigrate: the history is not as this script expects it'
	is "$(x)" '1 ' "$engine: nothing ran twice"
	sqlmigrate apply --resume
	is "$(x)" '1 2 ' "$engine: apply --resume goes on"
}

fails() {
	folder
	sed -i 's/INTO t VALUES (1004)/INTO nosuch VALUES (1004)/' m/002_b.sql
	write bad.sql 002
	db_shell bad.sql
	not_ok "$engine: a statement is refused" test "$status" -eq 0
	is "$(journal)" '2|4|done' "$engine: those before it are done"
	sed -i 's/1001/999/' m/002_b.sql
	sqlmigrate apply --resume
	expect_status 7 "$engine: what is done must be what ran"
	expect_stderr_like 'the first 4 statements of 002_b are not those that ran'
	sed -i 's/999/1001/; s/nosuch/t/' m/002_b.sql
	sqlmigrate apply --resume
	expect_status 0 "$engine: what is not may be mended"
	is "$(x)" '1001 1002 1003 1004 ' "$engine: each once"
}

back() {
	folder
	sqlmigrate apply 002
	write down.sql --rollback 002
	begin down.sql '^DELETE FROM t;'
	ok "$engine: the rollback is journalled" eventually journal_is '2|2|done'
	kill_shell
	db_shell down.sql
	refused "$engine: a rollback is refused, too" \
	    'sqlmigrate: the rollback of 002_b is half applied, or being run: it is at statement 2$'
	db_shell up3.sql
	refused "$engine: and what would come after" 'the rollback of 002_b'
	is "$(db_tables | grep -c '^c$')" 0 "$engine: which did nothing"
	is "$(x)" '1001 1002 ' "$engine: half of it is gone"
	sqlmigrate rollback --resume
	expect_status 0 "$engine: rollback --resume goes on"
	is "$(x)" '' "$engine: to the end"
	sqlmigrate apply 002
	write down.sql --rollback 002
	db_shell down.sql
	expect_status 0 "$engine: a whole one"
	is "$(journal)" '' "$engine: leaves no entry"
}

# What else went on with it in the meantime.
meddled() {
	folder
	begin up.sql '^VACUUM'
	eventually journal_is '2|4|started'
	db_sql "UPDATE schema_version_journal SET state = 'done'"
	end up.sql '^VACUUM'
	not_ok "$engine: another has moved the journal" test "$status" -eq 0
	like "$stdout" 'the history is not as this script expects it' \
	    "$engine: the script says so"
	is "$(x)" '1001 1002 1003 ' "$engine: and stops"
}

locked() {
	folder
	begin up.sql '^VACUUM'
	eventually journal_is '2|4|started'
	sqlmigrate status
	expect_status 0 'psql is at it'
	expect_stdout_like '^002 +running'
	expect_stderr_like 'the migration of 002_b is being run, now at statement 4, by .*application .psql'
	sqlmigrate --lock-wait 0 apply --resume
	expect_status 5 'no other goes on with it meanwhile'
	db_shell up.sql
	not_ok 'nor does another psql' test "$status" -eq 0
	expect_stderr_like 'sqlmigrate: another run holds the lock$'
	expect_stderr_like '^HINT: +Wait for it to end: sqlmigrate status tells of it\.$'
	db_shell up3.sql
	expect_stderr_like 'sqlmigrate: another run holds the lock$' 'nor any other migration, and none waits in its way'
	end up.sql '^VACUUM'
	is "$status $stdout" '0 ' 'it goes on to its end'
	is "$(x)" '1001 1002 1003 1004 ' 'with all of it'
	folder
	echo "SELECT count(*) FROM pg_locks l JOIN pg_database d
	    ON d.oid = l.database WHERE locktype = 'advisory' AND
	    datname = current_database();" >>up.sql
	db_shell up.sql
	expect_stdout_like '^ +0$' 'the lock is given up at the end'
}

# What a file sets is for its own statements; what it gives up comes back.
settings() {
	db_new
	rm -rf m
	role=sqlmigrate_script
	db_sql "CREATE ROLE $role" \
	    "CREATE SCHEMA s AUTHORIZATION $role"
	put 001_a.sql '-- sqlmigrate: no-transaction' \
	    "SET statement_timeout = '77s';" "SET search_path = s;" \
	    "SET ROLE $role;" "SET TimeZone = 'Asia/Tokyo';" \
	    'CREATE TABLE t (who text, what text);' \
	    "INSERT INTO t SELECT current_user, current_setting('statement_timeout');" \
	    'COPY t FROM stdin;' 'a	b' '\.' 'BEGIN;' 'COPY t FROM stdin;' \
	    'c	d' '\.' "SET client_encoding = 'LATIN1';" 'COMMIT;' \
	    "DO \$\$ BEGIN INSERT INTO t VALUES ('do', 'x'); END \$\$;" \
	    'DISCARD ALL;' "INSERT INTO s.t VALUES (current_user, 'last');"
	write up.sql --from 0
	begin up.sql 'last'
	ok 'after DISCARD ALL' eventually journal_is '1|7|done'
	sqlmigrate status
	expect_stdout_like '^001 +running' 'the lock is taken again'
	end up.sql 'last'
	is "$status $stdout" '0 ' 'settings of a file without a transaction'
	is "$(db_sql 'SELECT who, what FROM s.t' | tr '\n' ' ')" \
	    "$role|77s a|b c|d do|x postgres|last " 'hold for its statements'
	is "$(db_sql "SELECT tableowner FROM pg_tables WHERE tablename = 't'")" \
	    "$role" 'and its role'
	is "$(db_sql 'SELECT DISTINCT applied_by FROM schema_version')" \
	    'postgres/psql' 'the row is of who ran it'
	is "$(db_sql "SELECT count(*) FROM schema_version
	    WHERE abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - applied_at)) < 3600")" \
	    1 'at the time of the server'
	sqlmigrate verify
	expect_status 0
}

for_each_engine kills
for_each_engine not_begun
for_each_engine first
for_each_engine fails
for_each_engine back
for_each_engine meddled
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/only" && cd "$tmp/only" || exit 99
	locked
	settings
fi
done_testing
