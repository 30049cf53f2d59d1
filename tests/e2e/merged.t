#!/bin/sh
# Two branches used one number.  After the merge a database may have the row
# of a migration whose file has another number now: it is not the row of the
# file that has its number.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# 002_phone is applied; then it is 003, and 002 is another migration.
merged() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0' 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_phone.sql '-- Version: 1.1.0' \
	    'ALTER TABLE a ADD COLUMN phone TEXT;'
	put 002_phone_rollback.sql 'ALTER TABLE a DROP COLUMN phone;'
	sqlmigrate apply
	expect_status 0
	mv m/002_phone.sql m/003_phone.sql
	mv m/002_phone_rollback.sql m/003_phone_rollback.sql
	sed -i 's/1\.1\.0/1.2.0/' m/003_phone.sql
	put 002_age.sql '-- Version: 1.1.0' \
	    'ALTER TABLE a ADD COLUMN age INTEGER;'
	put 002_age_rollback.sql 'ALTER TABLE a DROP COLUMN age;'
}

rows() {
	db_sql 'SELECT number, version, name FROM schema_version
	    ORDER BY number' | tr '\n' ' '
}

columns() {
	db_sql 'SELECT * FROM a LIMIT 0' >/dev/null &&
	    for column in phone age; do
		db_sql "SELECT $column FROM a" >/dev/null 2>&1 &&
		    printf '%s ' "$column"
	    done
}

moved() {
	merged
	sqlmigrate status
	expect_status 4
	expect_stdout_like '^002 +renamed +1\.1\.0 +002_phone .*now 003_phone$'
	expect_stdout_like '^002 +pending +1\.1\.0 +002_age'
	expect_stdout_like '^003 +renamed .*applied as 002_phone$'
	sqlmigrate apply
	expect_status 4
	expect_stderr_like '^sqlmigrate: 002_phone was renamed: it is now 003_phone$'
	expect_stderr_like 'that of 002_age, another migration'
	hint '^repair$'
	is "$(rows)" '1|1.0.0|001_a 3|1.2.0|003_phone ' \
	    "$engine: the row has followed its file"
	sqlmigrate apply
	expect_status 4 "$engine: the other is pending, below it"
	sqlmigrate apply --out-of-order
	expect_status 0
	is "$(columns)" 'phone age ' "$engine: both columns exist"
	sqlmigrate rollback --to 001 --yes
	expect_status 0 "$engine: and each has its rollback"
	is "$(columns)" '' "$engine: which undoes it"
	for target in 002 003 002_phone; do
		merged
		sqlmigrate repair "$target" --yes
		is "$(rows)" '1|1.0.0|001_a 3|1.2.0|003_phone ' \
		    "$engine: repair $target is about the row"
	done
}

# What it says about a row whose file is nowhere.
gone() {
	merged
	rm m/003_phone*
	for command in 'repair --yes' 'repair 002 --yes' apply status \
	    'stamp 002'; do
		# shellcheck disable=SC2086
		sqlmigrate $command
		expect_status 4 "$engine: $command is refused"
		expect_stderr_like '002_phone is applied, but its file is gone'
	done
	is "$(rows)" '1|1.0.0|001_a 2|1.1.0|002_phone ' \
	    "$engine: the row is as it was"
	is "$(columns)" 'phone ' "$engine: and nothing ran"
	owner
	hint '^rollback --stored 002_phone$'
	no_owner
	is "$(columns)" '' "$engine: the stored text ran, and no other"
	sqlmigrate apply
	expect_status 0 "$engine: then the other one can be applied"
	merged
	rm m/003_phone*
	sqlmigrate apply
	hint '^stamp --undo --row=1\.1\.0$'
	is "$(rows)" '1|1.0.0|001_a ' "$engine: the row is deleted"
	sqlmigrate apply
	expect_status 0
}

# As somebody who is no superuser, where the engine has any.
owner() {
	[ "$engine" = postgres ] || return 0
	db_sql "CREATE ROLE sqlmigrate_owner LOGIN" \
	    "ALTER TABLE a OWNER TO sqlmigrate_owner" \
	    "ALTER TABLE schema_version OWNER TO sqlmigrate_owner" \
	    "ALTER TABLE schema_version_log OWNER TO sqlmigrate_owner" \
	    "ALTER TABLE schema_version_journal OWNER TO sqlmigrate_owner"
	DB_OLD=$DB_URL
	DB_URL="$DB_URL&user=sqlmigrate_owner"
}

no_owner() {
	[ "$engine" = postgres ] || return 0
	DB_URL=$DB_OLD
	db_sql 'REASSIGN OWNED BY sqlmigrate_owner TO postgres' \
	    'DROP OWNED BY sqlmigrate_owner' 'DROP ROLE sqlmigrate_owner'
}

# The name alone is a guess, which repair does not make.
named() {
	merged
	echo 'CREATE TABLE more (x INTEGER);' >>m/003_phone.sql
	sqlmigrate repair --yes
	expect_status 4
	expect_stderr_like 'If it is the row of 003_phone, run: sqlmigrate'
	hint '^stamp --row=1\.1\.0 003_phone$'
	is "$(rows)" '1|1.0.0|001_a 3|1.2.0|003_phone ' \
	    "$engine: the row has the file that was named"
	sqlmigrate apply --out-of-order
	expect_status 0
}

# A row after the other: each gives its number to the one before it.
chain() {
	db_new
	rm -rf m
	put 001_x.sql '-- Version: 1.0.0' 'CREATE TABLE x (x INTEGER);'
	put 002_y.sql '-- Version: 1.1.0' 'CREATE TABLE y (x INTEGER);'
	sqlmigrate apply
	mv m/002_y.sql m/003_y.sql
	mv m/001_x.sql m/002_x.sql
	put 001_main.sql '-- Version: 0.9.0' 'CREATE TABLE main (x INTEGER);'
	sqlmigrate repair 002_x --yes
	expect_status 4 "$engine: one alone has no room"
	hint '^repair$'
	is "$(rows)" '2|1.0.0|002_x 3|1.1.0|003_y ' "$engine: all have moved"
	sqlmigrate apply --out-of-order
	expect_status 0
	sqlmigrate verify
	expect_status 0 "$engine: and the files agree"
}

# --stored runs what is stored, though a file exists.
stored() {
	merged
	mv m/003_phone.sql m/002_phone.sql
	mv m/003_phone_rollback.sql m/002_phone_rollback.sql
	sed -i 's/1\.2\.0/1.1.0/' m/002_phone.sql
	rm m/002_age*
	echo 'DROP TABLE a;' >m/002_phone_rollback.sql
	owner
	sqlmigrate rollback --stored
	expect_status 0
	is "$(rows)" '1|1.0.0|001_a ' "$engine: the stored text ran"
	expect_stderr_like '^    \| ALTER TABLE a DROP COLUMN phone;$'
	sqlmigrate --store-rollback=no apply
	sqlmigrate rollback --stored
	expect_status 4 "$engine: nothing is stored"
	expect_stderr_like '002_phone cannot be rolled back: its rollback is not stored$'
	expect_stderr_like '^Hint: To run its rollback file, leave --stored out'
	no_owner
}

for_each_engine moved
for_each_engine gone
for_each_engine named
for_each_engine chain
for_each_engine stored
done_testing
