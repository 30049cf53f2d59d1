#!/bin/sh
# Two releases: a newer one migrates, an older one is deployed again, and what
# the newer one did is rolled back by the text that the database keeps.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# The older release has 001 and 002, the newer one 003 and 004, too.
releases() {
	db_new
	rm -rf m old new
	put 001_a.sql '-- Version: 1.0.0' 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b.sql '-- Version: 1.1.0' 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
	cp -r m old
	put 003_c.sql '-- Version: 2.0.0' 'CREATE TABLE c (x INTEGER);'
	put 003_c_rollback.sql '-- Rollback: 003_c' '-- Version: 2.0.0 -> 1.1.0' \
	    'BEGIN;' 'DROP TABLE c;' 'COMMIT;'
	put 004_d.sql '-- Version: 2.1.0' 'CREATE TABLE d (x INTEGER);'
	put 004_d_rollback.sql 'DROP TABLE d;'
	mv m new
}

release() {
	rm -rf m
	cp -r "$1" m
}

# As somebody who is no superuser, where the engine has any.
owner() {
	[ "$engine" = postgres ] || return 0
	db_sql "CREATE ROLE sqlmigrate_owner LOGIN" \
	    "ALTER SCHEMA public OWNER TO sqlmigrate_owner"
	DB_URL="$DB_URL&user=sqlmigrate_owner"
}

no_owner() {
	[ "$engine" = postgres ] || return 0
	db_sql 'REASSIGN OWNED BY sqlmigrate_owner TO postgres' \
	    'DROP OWNED BY sqlmigrate_owner' 'DROP ROLE sqlmigrate_owner'
}

story() {
	releases
	owner
	release new
	sqlmigrate apply
	expect_status 0 "$engine: the newer release"
	release old
	sqlmigrate apply
	expect_status 0 "$engine: the older one starts"
	expect_stderr_like 'notice: 003_c is applied and newer than this folder'
	expect_stdout_like '^nothing to apply; the schema is at 2\.1\.0'
	sqlmigrate rollback --to 002
	expect_status 4 "$engine: its files cannot"
	expect_stderr_like '2 migrations cannot be rolled back: 004_d \(no files\), 003_c \(no files\)$'
	expect_stderr_like '^      2\. Run what the database has stored: sqlmigrate rollback --to 002 --stored$'
	sqlmigrate plan --rollback --to 002 --stored
	expect_status 0
	expect_stdout_like '^roll back +2\.1\.0 +004_d +applied, stored$'
	sqlmigrate rollback --to 002 --stored
	expect_status 2 "$engine: two are asked about"
	expect_stderr_like '^the stored rollback of 003_c:$'
	expect_stderr_like '^    \| DROP TABLE c;$'
	sqlmigrate rollback --to 002 --stored --yes
	expect_status 0 "$engine: the stored text can"
	expect_stdout_like '^rolled back 004_d'
	expect_stdout_like '^2 migrations rolled back .*at 1\.1\.0 \(002_b\)'
	is "$(db_tables | grep -v schema_version | tr '\n' ' ')" 'a b ' \
	    "$engine: the schema is the older one's"
	sqlmigrate status
	expect_status 0 "$engine: and so is the history"
	release new
	sqlmigrate apply
	expect_status 0 "$engine: the newer one again"
	sqlmigrate rollback --stored --json
	expect_status 0
	expect_stdout_like '"event":"rolled_back","number":4,'
	is "$(printf '%s\n' "$stdout" | grep -c '"event":"stored"')" 1 \
	    "$engine: the stored text is used, though the file exists"
	no_owner
}

# A file in the middle, another text, one that was not stored, one that fails.
odd() {
	releases
	owner
	release new
	sqlmigrate apply 003
	put 003_c_rollback.sql 'DROP TABLE IF EXISTS c;'
	sqlmigrate plan --rollback
	expect_status 0
	sqlmigrate rollback
	expect_status 0 "$engine: a rollback file that was changed"
	expect_stderr_like 'notice: 003_c_rollback\.sql is not the rollback that was there when 003_c was applied; the file is used'
	sqlmigrate apply
	rm m/003*
	sqlmigrate rollback --to 002 --yes
	expect_status 4 "$engine: a gap stops"
	sqlmigrate rollback --to 002 --stored --yes
	expect_status 0 "$engine: but not with --stored"
	release new
	sqlmigrate --store-rollback=no apply
	release old
	sqlmigrate rollback --stored
	expect_status 4
	expect_stderr_like 'files do not exist, and its rollback is not stored'
	release new
	sqlmigrate rollback --to 002 --yes
	put 003_c_rollback.sql 'DROP TABLE c;' 'SELECT nosuch;'
	sqlmigrate apply 003
	release old
	sqlmigrate rollback --stored
	expect_status 1 "$engine: one that fails"
	expect_stderr_like '^sqlmigrate: 003_c_rollback\.sql \(stored\):2:8: '
	expect_stderr_like '^    2 \| SELECT nosuch;$'
	db_sql "UPDATE schema_version SET rollback_sql = 'DROP TABLE a'
	    WHERE number = 3"
	sqlmigrate rollback --stored
	expect_status 4 "$engine: one that was tampered with"
	expect_stderr_like 'the stored rollback of 003_c is not the one that was'
	is "$(db_tables | grep -c '^a$')" 1 "$engine: did not run"
	sqlmigrate apply --stored
	expect_status 2
	no_owner
}

# What anybody could have written is not run with a superuser's rights.
superuser() {
	releases
	release new
	sqlmigrate apply
	release old
	db_sql 'CREATE ROLE sqlmigrate_low LOGIN' \
	    'GRANT SELECT, DELETE ON schema_version TO sqlmigrate_low'
	sqlmigrate plan --rollback --stored
	expect_status 0 'only superusers may write'
	db_sql 'GRANT UPDATE (rollback_sql) ON schema_version TO sqlmigrate_low'
	sqlmigrate rollback --stored
	expect_status 2 'somebody else may write'
	expect_stderr_like 'not run as a superuser: sqlmigrate_low may write'
	expect_stderr_like '^Hint: Connect as the owner of the schema instead'
	db_sql 'REVOKE ALL ON schema_version FROM sqlmigrate_low' \
	    'GRANT pg_write_all_data TO sqlmigrate_low'
	sqlmigrate rollback --stored
	expect_status 2 'somebody may write to all tables'
	db_sql 'REVOKE pg_write_all_data FROM sqlmigrate_low' \
	    'ALTER TABLE schema_version OWNER TO sqlmigrate_low'
	sqlmigrate rollback --stored
	expect_status 2 'somebody owns it'
	db_sql 'ALTER TABLE schema_version OWNER TO postgres' \
	    'DROP OWNED BY sqlmigrate_low' 'DROP ROLE sqlmigrate_low'
	sqlmigrate rollback --stored
	expect_status 0 'nobody else'
}

# Who asks waits for the answer: what runs is what was shown.
swapped() {
	releases
	owner
	release new
	sqlmigrate apply
	release old
	: >said
	{
		eventually grep -q 'y/N' said
		db_sql "UPDATE schema_version SET rollback_sql = 'DROP TABLE a;',
		    rollback_checksum =
		    '$(printf 'DROP TABLE a;' | sha256sum | cut -d' ' -f1)'
		    WHERE number = 3"
		echo y
	} | script -qefc "$SQLMIGRATE -d '$DB_URL' -m m rollback --stored -2" \
	    said >/dev/null
	is "$?" 4 "$engine: a text that is another one by now"
	like "$(cat said)" 'the stored rollback of 003_c has changed in the' \
	    "$engine: it is told"
	is "$(db_tables | grep -v schema_version | tr '\n' ' ')" 'a b c d ' \
	    "$engine: nothing ran"
	no_owner
}

# lacking: three are applied, and their rollbacks are stored.
lacking() {
	db_new
	rm -rf m
	for i in 1 2 3; do
		put "00${i}_t.sql" "CREATE TABLE t$i (x INTEGER);"
		put "00${i}_t_rollback.sql" "DROP TABLE t$i;"
	done
	sqlmigrate -q apply
}

# follow N: run the command of that way out, as it is printed.
follow() {
	follow=$(printf '%s\n' "$stderr" |
	    sed -n "s/^      $1\. .*: \(sqlmigrate .*\)/\1/p" |
	    sed 's/sqlmigrate/"$SQLMIGRATE" -d "$DB_URL" -m m/g
		s/ &&\|$/ --yes&/g')
	run sh -c "$follow"
	expect_status 0 "$engine: ${follow:-no way $1}"
}

# A file in the middle that does not exist; and all that is missing at once.
ways_out() {
	lacking
	rm m/002_t*
	sqlmigrate rollback 2 --cascade --yes
	expect_status 4 "$engine: a file that does not exist"
	expect_stderr_like '^      1\. Restore 002_t\.sql, 002_t_rollback\.sql\.$'
	follow 2
	is "$(db_tables | grep '^t')" t1 "$engine: the stored one ran"
	lacking
	rm m/002_t* m/003_t_rollback.sql
	sqlmigrate rollback --all --yes
	expect_status 4 "$engine: two without a rollback"
	follow 2
	is "$(db_tables | grep -c '^t')" 0 "$engine: by what is stored"
	lacking
	rm m/001_t_rollback.sql m/003_t_rollback.sql
	sqlmigrate rollback --all --yes
	expect_status 2 "$engine: two without a rollback file"
	expect_stderr_like '^sqlmigrate: 2 migrations cannot be rolled back: 003_t \(no rollback file\), 001_t \(no rollback file\)$'
	expect_stderr_like '^      1\. Restore 003_t_rollback\.sql, 001_t_rollback\.sql, or write them\.$'
	db_sql 'DROP TABLE t1' 'DROP TABLE t3'
	follow 3
	is "$(db_sql 'SELECT number FROM schema_version')" 2 \
	    "$engine: their rows are deleted"
	sqlmigrate rollback --all --stored --yes
	expect_status 0 "$engine: what is left"
}

for_each_engine ways_out
for_each_engine story
for_each_engine swapped
for_each_engine odd
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/superuser" && cd "$tmp/superuser" || exit 99
	superuser
fi
done_testing
