#!/bin/sh
# A database that was migrated by hand: its table is shown as what it will
# become, and completed by the first command that writes.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

sqlmigrate() {
	run "$SQLMIGRATE" -d "$DB_URL" -m "$top_srcdir/migrations" "$@"
}

by_hand() {
	db_new
	db_sql 'CREATE TABLE schema_version (version VARCHAR(50) PRIMARY KEY,
		applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
		description TEXT)'
	for file in 001_initial_schema 002_add_user_phone; do
		db_sql "$(cat "$top_srcdir/migrations/$file.sql")"
	done
}

rows() {
	db_sql 'SELECT version, applied_at, description FROM schema_version
		ORDER BY version'
}

shown_and_adopted() {
	by_hand
	db_sql "INSERT INTO schema_version VALUES
		('1.0.0', '2025-01-01 10:00:00', 'First'),
		('1.1.0', '2025-02-01 10:00:00', 'It''s \"two\"
lines')"
	before=$(rows)
	sqlmigrate status
	expect_status 0
	expect_stdout_like '^001 +applied .*adopted'
	expect_stdout_like '^002 +applied .*adopted'
	expect_stdout_like '^003 +pending'
	sqlmigrate current
	expect_stdout_like '^1\.1\.0 002_add_user_phone'
	sqlmigrate plan
	expect_stdout_like 003_add_user_preferences
	expect_stdout_unlike 002_add_user_phone
	is "$(db_tables)" 'schema_version
sessions
users' "$engine: reading commands write nothing"
	is "$(db_sql 'SELECT * FROM schema_version ORDER BY version')" \
	    "$before" "$engine: no column was added"

	sqlmigrate apply
	expect_status 0
	expect_stdout_like '^applied 003'
	expect_stdout_unlike '^applied 00[12]'
	is "$(rows | head -n 3)" "$before" \
	    "$engine: time and words of the hand-made rows stay"
	is "$(db_sql 'SELECT number, name, origin, length(checksum)
		FROM schema_version ORDER BY number')" \
	    '1|001_initial_schema|adopted|64
2|002_add_user_phone|adopted|64
3|003_add_user_preferences|applied|64' "$engine: they are completed"
	is "$(db_sql "SELECT count(*) FROM schema_version_log
		WHERE action = 'adopt'")" 2 "$engine: and logged"
	sqlmigrate status
	expect_status 0
	expect_stdout_unlike '^00. +pending'
}

by_name() {
	by_hand
	db_sql "INSERT INTO schema_version VALUES
		('a', '2025-01-01 10:00:00', 'ran 001_initial_schema.sql'),
		('b', '2025-02-01 10:00:00', '002_add_user_phone done')"
	sqlmigrate repair
	expect_stdout_like 'the schema is at b \(002_add_user_phone\)$'
	sqlmigrate apply
	expect_status 0 "$engine: a row is matched by the file's name"
	expect_stdout_unlike '^applied 00[12]'
	is "$(db_sql 'SELECT version, number FROM schema_version
		ORDER BY number')" 'a|1
b|2
1.2.0|3' "$engine: its version stays"
	sqlmigrate apply
	expect_status 0
	rm -rf m
	cp -R "$top_srcdir/migrations" m
	echo 'SELECT 1;' >>m/002_add_user_phone.sql
	run "$SQLMIGRATE" -d "$DB_URL" -m m verify
	expect_status 4 "$engine: its file was changed"
	run "$SQLMIGRATE" -d "$DB_URL" -m m repair --yes
	expect_status 0 "$engine: which is accepted"
	is "$(db_sql 'SELECT version FROM schema_version WHERE number = 2')" b \
	    "$engine: its version stays then, too"
	run "$SQLMIGRATE" -d "$DB_URL" -m m verify
	expect_status 0 "$engine: and the files agree"
}

no_match() {
	by_hand
	db_sql "INSERT INTO schema_version VALUES
		('9.9.9', '2025-01-01 10:00:00', 'who knows')"
	for command in status apply plan; do
		sqlmigrate "$command"
		expect_status 4 "$engine: $command stops at a strange row"
		expect_stderr_like '9\.9\.9.*matches no file'
		expect_stderr_like '^Hint: '
	done
	is "$(db_tables)" 'schema_version
sessions
users' "$engine: and nothing has changed"
}

for_each_engine shown_and_adopted
for_each_engine by_name
for_each_engine no_match
done_testing
