#!/bin/sh
# A database that was migrated by hand: its table is shown as what it will
# become, and completed by the first command that writes.
# Budget: messages are matched on one line.
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

# rows_are ROW...: the hand-made rows of a new database.
rows_are() {
	by_hand
	for row in "$@"; do
		db_sql "INSERT INTO schema_version (version, description)
		    VALUES ($row)"
	done
}

numbers() {
	db_sql 'SELECT version, number, origin FROM schema_version
	    ORDER BY number, version' | tr '\n' ' '
}

# The number, or the name of the file, as a loop in a shell writes it.
by_number_and_name() {
	for pair in "001 2" "v1 v002" "001_initial_schema 2" \
	    "1 002_add_user_phone.sql" "V001 migrations/002_add_user_phone.sql"
	do
		rows_are "'${pair% *}', 'x'" "'${pair#* }', NULL"
		sqlmigrate status
		expect_status 0
		expect_stdout_like \
		    "^001 +applied .*adopted, by the (number|name) ${pair% *}\$"
		expect_stdout_like \
		    "^002 +applied .*adopted, by the (number|name) ${pair#* }\$"
		expect_stdout_like '^003 +pending'
		sqlmigrate apply
		expect_status 0 "$engine: rows $pair"
		expect_stdout_unlike '^applied 00[12]'
		is "$(numbers)" "${pair% *}|1|adopted ${pair#* }|2|adopted 1.2.0|3|applied " \
		    "$engine: their versions stay"
	done
}

# A description is a guess: somebody must agree to it.
by_description() {
	rows_are "'a', 'ran 001_initial_schema.sql'" \
	    "'it''s b', '002_add_user_phone done'"
	sqlmigrate status
	expect_status 4
	expect_stdout_like '^- +unknown +a .*001_initial_schema is named by its description$'
	for command in apply plan; do
		sqlmigrate "$command"
		expect_status 4 "$engine: $command does not guess"
	done
	sqlmigrate repair
	expect_status 2 "$engine: repair asks"
	is "$(db_tables)" 'schema_version
sessions
users' "$engine: and nothing has changed"
	sqlmigrate status
	hint 'stamp --row=a 001_initial_schema$'
	expect_stdout_like '^adopted 001_initial_schema$'
	sqlmigrate status
	hint '^repair$'
	expect_stderr_like "notice: adopt 002_add_user_phone: the row of version it's b: 002_add_user_phone is named by its description"
	expect_stdout_like "the schema is at it's b \(002_add_user_phone\)\$"
	sqlmigrate apply
	expect_status 0 "$engine: then both have their files"
	expect_stdout_unlike '^applied 00[12]'
	is "$(numbers)" "a|1|adopted it's b|2|adopted 1.2.0|3|applied " \
	    "$engine: and their versions"
	rm -rf m
	cp -R "$top_srcdir/migrations" m
	echo 'SELECT 1;' >>m/002_add_user_phone.sql
	run "$SQLMIGRATE" -d "$DB_URL" -m m verify
	expect_status 4 "$engine: a file was changed"
	run "$SQLMIGRATE" -d "$DB_URL" -m m repair --yes
	expect_status 0 "$engine: which is accepted"
	is "$(db_sql 'SELECT version FROM schema_version WHERE number = 2')" \
	    "it's b" "$engine: the version stays then, too"
	run "$SQLMIGRATE" -d "$DB_URL" -m m verify
	expect_status 0 "$engine: and the files agree"
}

# A name within another one is not meant; two that fit are both shown.
loose() {
	db_new
	rm -rf m
	put 1_add_tax.sql 'CREATE TABLE a (x INTEGER);'
	put 11_add_tax.sql 'CREATE TABLE b (x INTEGER);'
	db_sql 'CREATE TABLE schema_version (version VARCHAR(50) PRIMARY KEY,
		applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
		description TEXT)' "INSERT INTO schema_version (version,
		description) VALUES ('h', 'hotfix 11_add_tax'),
		('u', '1_add_tax_cleanup and more')"
	run "$SQLMIGRATE" -d "$DB_URL" -m m status
	expect_stdout_like ' h .*11_add_tax is named by its description$'
	expect_stdout_like '^- +unknown +u '
	expect_stdout_unlike '^1 +applied' "$engine: it is no other file's row"
	db_sql "DELETE FROM schema_version WHERE version = 'u'" \
	    "UPDATE schema_version SET description =
	    '1_add_tax, then 11_add_tax' WHERE version = 'h'"
	run "$SQLMIGRATE" -d "$DB_URL" -m m apply
	expect_status 4 "$engine: two files fit"
	expect_stderr_like '1_add_tax and 11_add_tax both fit'
	expect_stderr_like 'stamp --row=h 1_add_tax;.*stamp --row=h 11_add_tax;'
}

# Each way to decide about a row that matches nothing, and none hits another.
decided() {
	for way in keep delete give; do
		rows_are "'1.0.0', ''" "'1.1.0', ''" "'003', ''" \
		    "'003 (old)', ''" "'it''s; x', 'hotfix'"
		sqlmigrate apply
		expect_status 4
		hint '^stamp --undo'
		is "$(db_sql "SELECT version FROM schema_version WHERE
		    description <> 'hotfix' ORDER BY 1" | tr '\n' ' ')" \
		    '003 1.0.0 1.1.0 ' "$engine: the very row was deleted"
		sqlmigrate apply
		expect_status 4
		case $way in
		keep)
			hint "^stamp --row='it.* x'\$"
			sqlmigrate status
			expect_status 0 "$engine: a row that is kept"
			expect_stdout_like "^- +kept +it's; x "
			sqlmigrate stamp --row="it's; x"
			expect_stdout_like '^nothing to stamp'
			sqlmigrate current
			expect_stdout_like '^003 ' "$engine: does not count"
			sqlmigrate stamp --undo --row=003 --yes
			sqlmigrate apply
			expect_status 0 "$engine: and is in nobody's way"
			sqlmigrate rollback
			expect_status 0
			;;
		delete) hint "^stamp --undo --row='it'" ;;
		give)
			sqlmigrate stamp --row="it's; x" 003
			expect_status 4 "$engine: a file that has a row"
			expect_stderr_like '003_add_user_preferences has a row already, of version 003$'
			sqlmigrate stamp --undo --row=003 --yes
			expect_status 0
			sqlmigrate apply
			commands | grep -q "^stamp --row='it.* TARGET\$"
			is "$?" 0 "$engine: the hint has a command"
			sqlmigrate stamp --row="it's; x" 003
			expect_status 0 "$engine: a row is given its file"
			;;
		esac
		sqlmigrate apply
		expect_status 0 "$engine: $way: the history is in order"
	done
	sqlmigrate stamp --row=none 003
	expect_status 2 "$engine: no such row"
	sqlmigrate stamp --row=none --all
	expect_status 2
	sqlmigrate stamp --undo --row=none 003
	expect_status 2
	sqlmigrate stamp --row=1.0.0
	expect_status 4 "$engine: a row that has its file"
	sqlmigrate stamp --row=1.0.0 003
	expect_status 4
}

# A stamp beside hand-made rows: they can still be told apart.
beside() {
	rows_are "'x', ''"
	sqlmigrate stamp 002
	expect_status 0
	sqlmigrate status
	expect_status 4
	sqlmigrate stamp --undo --row=x --yes
	expect_status 0
	sqlmigrate status
	expect_status 0 "$engine: the stamped rows are still there"
	expect_stdout_like '^002 +applied'
}

# A file that inserts its version, but does not say so in its header.
inserts() {
	rows_are "'1.0.0', 'first'"
	rm -rf m
	put 001_a.sql "INSERT INTO schema_version (version, description)
	    VALUES ('1.0.0', 'first');"
	run "$SQLMIGRATE" -d "$DB_URL" -m m status
	expect_status 4
	expect_stderr_like 'm/001_a\.sql inserts this version'
	expect_stderr_like '^Hint: Add this line at the top of m/001_a\.sql: -- Version: 1\.0\.0$'
	line=$(printf '%s\n' "$stderr" | sed -n 's/^Hint: .*sql: //p')
	sed -i "1i $line" m/001_a.sql
	run "$SQLMIGRATE" -d "$DB_URL" -m m status
	expect_status 0 "$engine: the line that the hint has"
	expect_stdout_like '^001 +applied'
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
for_each_engine by_number_and_name
for_each_engine by_description
for_each_engine loose
for_each_engine decided
for_each_engine beside
for_each_engine inserts
for_each_engine no_match
done_testing
