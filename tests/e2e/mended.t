#!/bin/sh
# Going on with what is half applied: what was mended meanwhile, and what is gone.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

x() {
	db_sql 'SELECT x FROM a ORDER BY x' | tr '\n' ' '
}

undone() {
	sqlmigrate repair 001 --statement 2=undone --yes
}

# called STATEMENT...: the second statement has failed, and may have committed.
called() {
	db_new
	rm -rf m
	db_sql 'CREATE TABLE a (x INTEGER)' 'CREATE PROCEDURE add(n integer)
	    LANGUAGE sql AS $$ INSERT INTO a VALUES (6 / n) $$'
	put 001_a.sql '-- sqlmigrate: no-transaction' \
	    'INSERT INTO a VALUES (1);' 'CALL add(0);' \
	    'INSERT INTO a VALUES (3);'
	sqlmigrate apply
	expect_status 7 'a CALL that fails'
	is "$(journal)" '1|2|started' 'it is begun'
	put 001_a.sql '-- sqlmigrate: no-transaction' "$@"
}

begun() {
	called 'INSERT INTO a VALUES (1);' 'CALL add(0);' \
	    'INSERT INTO a VALUES (4);'
	sqlmigrate apply --resume
	expect_status 7 'nothing can tell'
	expect_stderr_like '^sqlmigrate: m/001_a\.sql:3:1: whether statement 2 of 001_a took effect cannot be seen$'
	expect_stderr_like '^ +3 \| CALL add\(0\);$'

	called 'INSERT INTO a VALUES (1);' 'CALL add(3);' \
	    'INSERT INTO a VALUES (3);'
	sqlmigrate apply --resume
	expect_status 7 'the statement was mended'
	expect_stderr_like '^sqlmigrate: m/001_a\.sql:3:1: statement 2 of 001_a is not the one that was begun$'
	expect_stderr_like '^Hint: 1\. Restore it as it was\.  Or, if it had no effect \(and any invalid index that it left is dropped\), run: sqlmigrate repair 001 --statement 2=undone$'
	expect_stderr_like '^      2\. Continue: sqlmigrate apply --resume$'
	hinted undone
	sqlmigrate apply --resume
	expect_status 0 'it did nothing, and runs as it is now'
	is "$(x)" '1 2 3 ' 'each of them once'

	called 'INSERT INTO a VALUES (1);'
	undone
	sqlmigrate apply --resume
	expect_status 0 'it is left out, and so is all behind it'
	is "$(x)" '1 ' 'nothing else runs'

	called 'INSERT INTO a VALUES (11);' 'CALL add(3);'
	undone
	sqlmigrate apply --resume
	expect_status 7 'what is done may not be another'
	expect_stderr_like 'the first statement of 001_a is not the one that ran$'
	is "$(x)" '1 ' 'nothing runs'
}

half() {
	db_new
	rm -rf m gone
	mkdir gone
	put 001_a.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE a (x INTEGER);' 'INSERT INTO late VALUES (1);'
	put 001_a_rollback.sql '-- sqlmigrate: no-transaction' \
	    'DROP TABLE a;' 'DROP TABLE late;'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
}

# tells FILE COMMAND...: the command tells that the file is not there.
tells() {
	file=$1
	shift
	sqlmigrate "$@"
	expect_status 7 "$engine: $*: half applied"
	expect_stderr_like "^ +1\\. $file does not exist: restore it as it was, and continue: sqlmigrate [a-z]* --resume\$"
}

# The file of what is half applied is not in the folder.
forward_gone() {
	half
	sqlmigrate apply
	expect_status 7 "$engine: half applied"
	mv m/001* gone
	for command in apply 'apply --resume' 'rollback --yes' \
	    'rollback --yes 001'; do
		# shellcheck disable=SC2086 # they are words
		tells '001_a\.sql' $command
	done
	sqlmigrate status
	expect_stderr_like '^ +1\. 001_a\.sql does not exist: restore it as it was'
	mv gone/* m
	db_sql 'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply --resume
	expect_status 0 "$engine: with its file it goes on"
}

# rolled_back FILE...: what is half rolled back has no rollback file any more;
# its text is stored.
rolled_back() {
	half
	db_sql 'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply 001
	db_sql 'DROP TABLE late'
	sqlmigrate rollback
	expect_status 7 "$engine: half rolled back"
	db_sql 'CREATE TABLE late (x INTEGER)'
	mv "$@" gone
	tells '001_a_rollback\.sql' rollback --resume
	expect_stderr_like '^ +2\. Continue with the text that the database has stored: sqlmigrate rollback --resume --stored$'
	sqlmigrate rollback --resume --stored --yes
	expect_status 0 "$engine: it goes on by the stored text"
	is "$(db_tables | grep -c '^late$')" 0 "$engine: to its end"
	sqlmigrate current
	expect_stdout '0.0.0'
}

rollback_gone() {
	rolled_back m/001_a_rollback.sql
}

both_gone() {
	rolled_back m/001_a_rollback.sql m/001_a.sql
}

# A whole one, too, has its rollback in the database alone.
rollback_stored() {
	half
	db_sql 'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply 001
	rm m/001_a_rollback.sql
	sqlmigrate rollback
	expect_status 2 "$engine: no rollback file"
	expect_stderr_like '^      1\. Restore 001_a_rollback\.sql, or write it\.$'
	expect_stderr_like '^      2\. Run what the database has stored: sqlmigrate rollback --stored$'
	sqlmigrate rollback --stored --yes
	expect_status 0 "$engine: the stored one"
	is "$(db_tables | grep -c '^late$')" 0 "$engine: has run"
}

# A table made by hand may have NULL where the runner's cannot.
handmade() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	db_sql 'CREATE TABLE j AS SELECT * FROM schema_version_journal' \
	    'DROP TABLE schema_version_journal' \
	    'ALTER TABLE j RENAME TO schema_version_journal' \
	    'INSERT INTO schema_version_journal (number) VALUES (2)'
	put 002_b.sql '-- sqlmigrate: no-transaction' 'SELECT 1;'
	sqlmigrate apply
	expect_status 7 'an entry of the number alone is an entry'
	sqlmigrate apply --resume --yes
	expect_status 7 'nothing agrees with it'
	sqlmigrate repair --yes
	expect_status 0 'it can be forgotten'
}

# What the server has cancelled did nothing: there is nothing to mend.
cancelled() {
	db_new
	rm -rf m
	db_sql 'CREATE TABLE a (x INTEGER)'
	put 001_a.sql '-- sqlmigrate: no-transaction' 'SET lock_timeout = 0;' \
	    'DO $$ BEGIN PERFORM pg_advisory_lock(42);' \
	    'INSERT INTO a VALUES (1); END $$;'
	hold
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >first 2>&1 3>&- &
	first=$!
	ok 'its first statement has begun' eventually held_up
	kill "$first"
	status=0
	wait "$first" || status=$?
	is "$status" 143 'nothing of the file is done'
	hold_end
	is "$(journal)" '' 'nothing is half applied'
	sqlmigrate apply
	expect_status 0 'it runs from the start'
	is "$(x)" '1 ' 'once'
}

for_each_engine forward_gone
for_each_engine rollback_gone
for_each_engine both_gone
for_each_engine rollback_stored
for_each_engine handmade
if has_engine postgres; then
	engine=postgres
	begun
	cancelled
fi
done_testing
