#!/bin/sh
# What is half applied: status says where and why, and each way out that it
# prints leads out.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# One that fails at its second statement, in the line given.
failed() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE b (x INTEGER);' '' 'INSERT INTO' '  nosuch' \
	    'VALUES (1);'
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' 'DROP TABLE b;'
	sqlmigrate apply
	expect_status 7 "$engine: half applied"
}

# The command at the end of the hint's line that begins with this, agreed to.
follow() {
	follow=$(printf '%s\n' "$stderr" | grep -F "$1" |
	    sed -n 's/.*: \(sqlmigrate .*\)$/\1/p')
	if [ -z "$follow" ]; then
		fail "$engine: the hint has a way: $1" "$stderr"
		return
	fi
	follow=$(printf '%s\n' "$follow" |
	    sed 's/sqlmigrate/"$SQLMIGRATE" -d "$DB_URL" -m m/g
	    s/ repair\( &&\|$\)/ repair --yes\1/; s/\(=[a-z]*done\)$/\1 --yes/
	    s/ \(rollback\|--resume\)$/ \1 --yes/
	    s/ --undo [0-9]*$/& --yes/')
	run sh -c "$follow"
	expect_status 0 "$engine: $follow"
}

# out WANTED...: nothing is half applied any more; the numbers in the history.
out() {
	is "$(journal)" '' "$engine: nothing is half applied any more"
	is "$(db_sql 'SELECT number FROM schema_version ORDER BY 1' |
	    paste -sd ' ')" "$*" "$engine: the history says so"
}

where_and_why() {
	failed
	sqlmigrate status
	expect_status 7
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:4:1: 002_b is half applied: .*nosuch'
	expect_stderr_like '^ +4 \| INSERT INTO$'
	expect_stderr_like '^Detail: .* stopped at statement 1, which was done\.$'
	is "$(printf '%s\n' "$stderr" | grep -c 'is half applied')" 1 \
	    "$engine: once"
	follows=$(printf '%s\n' "$stderr" | sed -n 's/^      \([0-9]\)\. .*/\1/p' |
	    tr '\n' ' ')
	is "$follows" '1 2 3 4 ' "$engine: each way on its own line"
	sqlmigrate verify
	expect_stdout_like '^error: m/002_b\.sql:4:1: 002_b is half applied: .*nosuch'
	expect_stdout_like '^       4\. Undo manually what it did'
	sqlmigrate status --json
	expect_stdout_like '"event":"error","code":7,"message":"002_b is half applied: .*"file":"m/002_b\.sql","line":4,"column":1'
}

ways() {
	failed
	sqlmigrate status
	db_sql 'CREATE TABLE nosuch (x INTEGER)'
	follow '1. Remove the cause'
	out 1 2
	failed
	sqlmigrate status
	follow '2. Undo what it did'
	out 1
	is "$(db_tables | grep -cx b)" 0 "$engine: and it is undone"
	failed
	sqlmigrate status
	follow '3. Finish the rest'
	out 1 2
	failed
	sqlmigrate status
	follow '4. Undo manually'
	out 1
}

# A run that came further, and was killed before it could log why.
killed_later() {
	failed
	db_sql "UPDATE schema_version_journal SET statement = 2"
	sqlmigrate status
	expect_stderr_like '^sqlmigrate: m/002_b\.sql: 002_b is half applied$'
	expect_stderr_like '^ +1\. Continue with this statement: '
	failed
	sqlmigrate apply --resume
	db_sql "UPDATE schema_version_log SET outcome = 'done', error = NULL"
	sqlmigrate status
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:4:1: 002_b is half applied$'
}

# Its rollback, which its row is still there for.
rolled_back() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' 'CREATE TABLE b (x INTEGER);'
	put 001_a_rollback.sql '-- sqlmigrate: no-transaction' 'DROP TABLE b;' \
	    'BEGIN;' 'DROP TABLE a;' 'DROP TABLE nosuch;' 'COMMIT;'
	sqlmigrate apply
	sqlmigrate rollback
	expect_status 7 "$engine: half rolled back"
}

back() {
	rolled_back
	sqlmigrate status
	expect_stderr_like '^sqlmigrate: m/001_a_rollback\.sql:5:1: 001_a is half rolled back: .*nosuch'
	db_sql 'CREATE TABLE nosuch (x INTEGER)'
	follow '1. Remove the cause'
	out
	rolled_back
	sqlmigrate status
	follow '2. Finish the rollback'
	out
	rolled_back
	sqlmigrate status
	follow '3. Restore manually'
	out 1
}

# duplicates: a unique index that cannot be built.
duplicates() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' \
	    'INSERT INTO a VALUES (1), (1);'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE UNIQUE INDEX CONCURRENTLY i ON a (x);'
	sqlmigrate apply
	expect_status 7 'a unique index with duplicates'
	expect_stderr_like '^Hint: 1\. Remove the duplicate rows\.$'
	expect_stderr_like '^      2\. Drop what was left invalid, and build it again: sqlmigrate apply --resume$'
	db_sql 'DELETE FROM a'
	follow '2. Drop what was left invalid'
	out 1 2
}

# Only a person can tell.
doubt() {
	db_new
	rm -rf m
	db_sql 'CREATE PROCEDURE p() LANGUAGE plpgsql AS $$
	    BEGIN COMMIT; RAISE division_by_zero; END $$'
	put 001_a.sql '-- sqlmigrate: no-transaction' 'CALL p();'
	sqlmigrate apply
	expect_status 7 'a procedure that committed'
	sqlmigrate status
	expect_stderr_like '^sqlmigrate: m/001_a\.sql:2:1: 001_a is half applied: division_by_zero$'
	expect_stderr_like '^         If it did not, run: sqlmigrate repair 001 --statement 1=undone$'
	follow '1. Find out whether the statement took effect'
	sqlmigrate apply --resume
	expect_status 0 'what is done is not run again'
	out 1
}

# Who may not read the log gets to know no reason.
unreadable() {
	engine=postgres
	failed
	db_sql 'CREATE ROLE half_reader LOGIN' \
	    'GRANT SELECT ON schema_version, schema_version_journal
	    TO half_reader'
	run "$SQLMIGRATE" -m m plan \
	    -d "postgresql://half_reader@/$PG_DB?host=$PGHOST"
	expect_status 7 'without the right to read the log'
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:4:1: 002_b is half applied$'
	db_sql 'DROP OWNED BY half_reader' 'DROP ROLE half_reader'
}

for_each_engine where_and_why
for_each_engine ways
for_each_engine killed_later
for_each_engine back
if has_engine postgres; then
	mkdir "$tmp/postgres" && cd "$tmp/postgres" || exit 99
	engine=postgres
	duplicates
	doubt
	unreadable
fi
done_testing
