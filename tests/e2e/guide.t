#!/bin/sh
# The manual-migration guide's own files, unchanged: BEGIN and COMMIT, their
# own INSERT INTO and DELETE FROM schema_version, and a first file that makes
# that table itself.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

sqlmigrate() {
	run "$SQLMIGRATE" -d "$DB_URL" -m "$dir" "$@"
}

# The guide's way to ask for the version.
version_is() {
	is "$(db_sql 'SELECT version FROM schema_version
		ORDER BY applied_at DESC LIMIT 1')" "$1" \
	    "$engine: the guide's question answers $1"
}

guide() {
	db_new
	dir=$top_srcdir/tests/fixtures/guide/$engine
	sqlmigrate apply
	expect_status 0
	expect_stdout_like '^applied 001_initial_schema'
	version_is 1.2.0
	is "$(db_sql 'SELECT number, version, description, name, origin
		FROM schema_version ORDER BY number')" \
	    "1|1.0.0|Initial schema|001_initial_schema|applied
2|1.1.0|Phone and address: the user's own words|002_add_user_phone|applied
3|1.2.0|Preferences|003_add_user_preferences|applied" \
	    "$engine: the files' rows are completed, their words stay"

	sqlmigrate rollback 002
	expect_status 4 "$engine: a rollback under an applied one is refused"
	expect_stderr_like '003_add_user_preferences'
	expect_stderr_like '^Hint: .*--cascade'
	version_is 1.2.0
	sqlmigrate rollback 002 --cascade
	expect_status 2 "$engine: several are asked about first"
	sqlmigrate rollback 002 --cascade --yes
	expect_status 0
	expect_stdout_like '^rolled back 002_add_user_phone'
	version_is 1.0.0
	sqlmigrate apply
	expect_status 0
	version_is 1.2.0
	sqlmigrate rollback
	expect_status 0 "$engine: the newest alone does not ask"
	version_is 1.1.0

	sqlmigrate rollback --all --yes
	expect_status 0 "$engine: the first file's rollback drops the table"
	is "$(db_tables)" 'schema_version_journal
schema_version_log' "$engine: nothing but the log stays"
	sqlmigrate current
	expect_stdout 0.0.0
	sqlmigrate apply
	expect_status 0 "$engine: and all begins anew"
	expect_stderr_unlike 'already exists' "$engine: without a word about it"
	version_is 1.2.0
}

# A folder without Version headers: the version is what the file inserts.
inserted() {
	db_new
	dir=m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql "BEGIN; CREATE TABLE b (x INTEGER);
		INSERT INTO schema_version (version, description)
		VALUES ('7.1.0', 'own'); COMMIT;"
	sqlmigrate apply
	expect_status 0
	is "$(db_sql 'SELECT version FROM schema_version ORDER BY number')" \
	    '0.0.1
7.1.0' "$engine: without headers the inserted version counts"
	sqlmigrate status
	expect_status 0
}

contradiction() {
	db_new
	dir=m
	put 001_a.sql '-- Version: 1.0.0
CREATE TABLE a (x INTEGER);'
	put 002_b.sql "-- Version: 1.1.0
CREATE TABLE b (x INTEGER);
INSERT INTO schema_version (version) VALUES ('1.2.0');"
	sqlmigrate apply
	expect_status 1 "$engine: another version than the header's fails"
	expect_stderr_like 'inserts version 1\.2\.0.*header says 1\.1\.0'
	is "$(db_sql 'SELECT version FROM schema_version')" 1.0.0 \
	    "$engine: nothing of it is kept"
	unlike "$(db_tables)" '^b$' "$engine: its table neither"
}

for_each_engine guide
for_each_engine inserted
for_each_engine contradiction
# Its row, but not the table.
row_alone() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0' 'CREATE TABLE a (x INTEGER);' \
	    "INSERT INTO schema_version (version) VALUES ('1.0.0');"
	sqlmigrate apply
	expect_status 1 "$engine: a file that expects the table"
	expect_stderr_like '^Hint: .* run: sqlmigrate init$'
	sqlmigrate init
	sqlmigrate apply
	expect_status 0 "$engine: after the hint it has it"
}

for_each_engine row_alone
done_testing
