#!/bin/sh
# --single-transaction: all that is pending, or nothing.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

fresh() {
	db_new
	rm -rf m
	mkdir m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);' 'INSERT INTO b VALUES (2);'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
}

versions() {
	db_sql 'SELECT version FROM schema_version ORDER BY applied_at, number'
}

all() {
	fresh
	sqlmigrate apply --single-transaction
	expect_status 0 "$engine: all in one"
	expect_stdout_like '^applied 001_a'
	expect_stdout_like '^applied 003_c'
	expect_stdout_like '^3 migrations applied'
	is "$(versions | tr '\n' ' ')" '0.0.1 0.0.2 0.0.3 ' \
	    "$engine: each has its row, in order"
	is "$(db_sql "SELECT count(*) FROM schema_version_log
		WHERE outcome = 'done'")" 3 "$engine: and its row of the log"
	put 004_d.sql 'CREATE TABLE d (x INTEGER);'
	put 005_e.sql 'INSERT INTO nosuch VALUES (1);'
	put 006_f.sql 'CREATE TABLE f (x INTEGER);'
	sqlmigrate apply --single-transaction
	expect_status 1 "$engine: one that fails"
	expect_stderr_like '^sqlmigrate: m/005_e\.sql:1:'
	expect_stderr_like 'nothing of those before it was kept'
	expect_stderr_like '003 stays applied\.'
	expect_stdout_unlike 'applied 004'
	is "$(versions | wc -l | tr -d ' ')" 3 "$engine: nothing was kept"
	is "$(db_tables | grep -cx '[df]')" 0 "$engine: no table, either"
	put 005_e.sql 'CREATE TABLE e (x INTEGER);'
	sqlmigrate apply --single-transaction 005
	expect_status 0 "$engine: up to a target, after mending"
	sqlmigrate --json apply --single-transaction
	expect_status 0 "$engine: as JSON"
	expect_stdout_like '"event":"applied".*"name":"006_f"'
	sqlmigrate apply --single-transaction
	expect_stdout_like '^nothing to apply'
}

# Files that look after the table and their rows themselves.
own() {
	fresh
	put 001_a.sql 'BEGIN;' 'CREATE TABLE schema_version (version varchar(50)
PRIMARY KEY, applied_at timestamp DEFAULT CURRENT_TIMESTAMP, description text);' \
	    "INSERT INTO schema_version (version, description)
VALUES ('1.0.0', 'first');" 'COMMIT;'
	put 002_b.sql "INSERT INTO schema_version (version, description)
VALUES ('1.1.0', 'second');" 'CREATE TABLE b (x INTEGER);'
	put 003_c.sql "INSERT INTO schema_version (version, description)
VALUES ('1.2.0', 'third');"
	sqlmigrate apply --single-transaction
	expect_status 0 "$engine: files with rows of their own"
	is "$(versions | tr '\n' ' ')" '1.0.0 1.1.0 1.2.0 ' "$engine: are kept"
	put 004_d.sql "UPDATE schema_version SET description = 'mine'
WHERE version = '1.0.0';"
	put 005_e.sql 'CREATE TABLE e (x INTEGER);'
	sqlmigrate apply --single-transaction
	expect_status 1 "$engine: another's row"
	expect_stderr_like 'changes the row of version 1\.0\.0'
}

refused() {
	fresh
	put 002_b.sql '-- sqlmigrate: no-transaction' 'VACUUM;'
	for command in apply plan; do
		sqlmigrate init
		sqlmigrate "$command" --single-transaction
		expect_status 2 "$engine: $command: a file without a transaction"
		expect_stderr_like 'not all can be in one transaction: 002_b\.sql$'
	done
	is "$(versions)" '' "$engine: nothing ran"
	rm m/002_b.sql
	for other in --sql --rollback; do
		sqlmigrate plan --single-transaction "$other"
		expect_status 2 "$engine: a plan with $other"
		expect_stderr_like "^sqlmigrate: $other and --single-transaction exclude each other"
	done
}

modes() {
	fresh
	put 003_c.sql 'BEGIN ISOLATION LEVEL SERIALIZABLE;' 'SELECT 1;' 'COMMIT;'
	sqlmigrate apply --single-transaction
	expect_status 2 'another isolation level'
	expect_stderr_like 'one transaction: 003_c\.sql$'
	fresh
	put 001_a.sql "SET search_path = 'nowhere';" 'SET ROLE pg_monitor;' \
	    'RESET ROLE;' 'CREATE TEMP TABLE t (x INTEGER);'
	put 002_b.sql 'CREATE TABLE t (x INTEGER);'
	sqlmigrate apply --single-transaction
	expect_status 0 'what one file sets'
	is "$(db_sql "SELECT 'public.t'::regclass")" t \
	    'does not reach the next'
}

keys() {
	fresh
	put 002_b.sql 'PRAGMA foreign_keys = off;' 'SELECT 1;'
	sqlmigrate apply --single-transaction
	expect_status 2 'foreign keys that are turned off'
	expect_stderr_like 'one transaction: 002_b\.sql$'
	fresh
	put 001_a.sql 'PRAGMA user_version = 7;' 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql 'CREATE TEMP TABLE t (x INTEGER);'
	sqlmigrate apply --single-transaction
	expect_status 1 'a temporary table that the next file would see'
	expect_stderr_like '^sqlmigrate: m/003_c\.sql: .* left a setting or a temporary object'
	is "$(db_sql "PRAGMA user_version")" 0 'nothing was kept'
	fresh
	put 001_a.sql 'CREATE TABLE a (x INTEGER, y INTEGER);' \
	    'ALTER TABLE a RENAME COLUMN x TO z;' 'ALTER TABLE a DROP COLUMN y;' \
	    'ALTER TABLE a ADD COLUMN y INTEGER CHECK (y > 0);' \
	    'ALTER TABLE a RENAME TO e;' 'ALTER TABLE e RENAME TO a;' \
	    'PRAGMA table_info(a);' 'PRAGMA foreign_key_check(a);'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply --single-transaction
	expect_status 0 'what ALTER TABLE and the like look at is not left behind'
}

for_each_engine all
for_each_engine own
for_each_engine refused
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/modes" && cd "$tmp/modes" || exit 99
	modes
fi
if has_engine sqlite; then
	engine=sqlite
	mkdir "$tmp/keys" && cd "$tmp/keys" || exit 99
	keys
fi
done_testing
