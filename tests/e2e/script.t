#!/bin/sh
# plan --sql: run by psql or sqlite3, the script does what apply and rollback
# do, and nothing where the history is another one.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# The schema and the history, without times and who it was.
state() {
	case $engine in
	postgres) "$PG_BIN/pg_dump" -s -d "$PG_DB" | grep -v '^[\]' ;;
	sqlite) sqlite3 "$DB_FILE" .schema ;;
	esac
	db_sql 'SELECT number, version, name, description, checksum,
	    content_checksum, rollback_checksum, rollback_sql, origin
	    FROM schema_version ORDER BY number'
	db_sql 'SELECT action, number, name, version, checksum, author,
	    written_on, outcome, error FROM schema_version_log ORDER BY id'
	db_sql 'SELECT * FROM schema_version_journal'
}

# offline ARGUMENT...: without a database; the engine is told by the scheme.
offline() {
	case $engine in
	postgres) run "$SQLMIGRATE" -d postgresql:///none -m m "$@" ;;
	sqlite) run "$SQLMIGRATE" -d sqlite:none.db -m m "$@" ;;
	esac
}

# write FILE ARGUMENT...
write() {
	file=$1
	shift
	"$@"
	expect_status 0 "$engine: $*"
	printf '%s\n' "$stdout" >"$file"
}

folder() {
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0' "-- Author: O'Neill" \
	    '-- Description: back\slash "quote"' \
	    'CREATE TABLE a (x INTEGER, t TEXT);' \
	    "INSERT INTO a VALUES (1, 'semi; \\colon');"
	put 001_a_rollback.sql 'DROP TABLE a; -- \ '"'"
	put 002_b.sql '-- Version: 1.1.0' 'BEGIN;' 'CREATE TABLE b (x INTEGER);' \
	    'COMMIT;'
	put 002_b_rollback.sql 'DROP TABLE b;'
	put 003_c.sql '-- Version: 2.0.0-rc.1' '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE c (x INTEGER);' 'VACUUM;' 'BEGIN;' \
	    'CREATE TABLE d (x INTEGER);' 'INSERT INTO d VALUES (1);' 'COMMIT;'
	put 003_c_rollback.sql 'DROP TABLE c; DROP TABLE d;'
	# A table made anew, with the keys of others to it unwatched.
	[ "$engine" = postgres ] || put 002_b.sql '-- Version: 1.1.0' \
	    'PRAGMA foreign_keys = off;' 'CREATE TABLE b (x INTEGER);' \
	    'CREATE TABLE n (x INTEGER, t TEXT);' \
	    'INSERT INTO n SELECT * FROM a;' 'DROP TABLE a;' \
	    'ALTER TABLE n RENAME TO a;' 'PRAGMA foreign_keys = on;'
}

# What apply makes of it, and what the script does.
same() {
	folder
	db_new
	sqlmigrate apply
	expect_status 0
	state >applied
	sqlmigrate rollback --all --yes
	state >rolled
	db_new
	write up.sql offline plan --sql --from 0
	db_shell up.sql
	expect_status 0 "$engine: the script runs"
	expect_stdout ''
	expect_stderr ''
	state >scripted
	is "$(cat scripted)" "$(cat applied)" "$engine: it does what apply does"
	sqlmigrate verify
	expect_status 0 "$engine: the files agree"
	write up2.sql sqlmigrate plan --sql
	unlike "$(cat up2.sql)" 'apply 0' "$engine: nothing is pending"
	db_shell up.sql
	not_ok "$engine: a second time it is refused" test "$status" -eq 0
	write down.sql sqlmigrate plan --rollback --all --sql
	offline plan --rollback --all --sql --from 003
	expect_stdout_like '^-- roll back 003_c$'
	db_shell down.sql
	expect_status 0 "$engine: the way back"
	state >scripted
	is "$(cat scripted)" "$(cat rolled)" "$engine: it does what rollback does"
}

# Parts of it, and guards.
guards() {
	folder
	db_new
	sqlmigrate apply 001
	write two.sql offline plan --sql --from 1.0.0 --to 002
	unlike "$(cat two.sql)" '003_c' "$engine: up to --to"
	write three.sql offline plan --sql --from 002 003_c
	db_shell three.sql
	not_ok "$engine: a hole is refused" test "$status" -eq 0
	expect_stderr_like 'sqlmigrate: the history is not as this script expects it'
	is "$(db_tables | grep -c '^c$')" 0 "$engine: nothing was done"
	db_shell two.sql
	expect_status 0 "$engine: in order it is not"
	sqlmigrate rollback
	write two.sql sqlmigrate plan --sql 002
	sed 's/^CREATE TABLE b .*/&;INSERT INTO schema_version (version) VALUES (9);/' \
	    two.sql >bad.sql
	db_shell bad.sql
	not_ok "$engine: a stray row is refused" test "$status" -eq 0
	is "$(db_tables | grep -c '^b$')" 0 "$engine: and all of it is undone"
	offline plan --sql --from 9
	expect_status 2 "$engine: no such migration"
	offline plan --sql
	expect_status 6 "$engine: without --from a database is needed"
	offline plan --from 001
	expect_stdout_like '^2 migrations to apply$'
	write up.sql offline plan --sql --from 0
	sqlmigrate -d "${DB_URL%%:*}:" plan --sql --from 0
	expect_status 0 "$engine: the scheme alone tells the engine"
	expect_stdout "$(cat up.sql)"
	offline plan --sql --from 0 --json 001
	expect_stdout_like '^\{"event":"sql","text":"-- written by sqlmigrate '
}

# The guide's own files make the table and write their rows.
guide() {
	rm -rf m
	cp -r "$top_srcdir/tests/fixtures/guide/$engine" m
	db_new
	sqlmigrate apply
	state >applied
	db_new
	write up.sql offline plan --sql --from 0
	db_shell up.sql
	expect_status 0 "$engine: the guide's files"
	sqlmigrate verify
	expect_status 0 "$engine: are recorded as by apply"
	is "$(db_sql 'SELECT number, version, name, description FROM
	    schema_version ORDER BY 1')" \
	    "$(grep '^[1-3]|' applied | cut -d'|' -f1-4)" "$engine: rows"
	write down.sql sqlmigrate plan --rollback --all --sql
	db_shell down.sql
	expect_status 0 "$engine: and rolled back, the table with them"
	is "$(db_tables | grep -c '^schema_version$')" 0 "$engine: it is gone"
	put 001_initial_schema.sql \
	    "INSERT INTO schema_version (version) VALUES ('1');"
	rm m/00[23]* m/001*_rollback.sql
	offline plan --sql --from 0
	expect_status 2 "$engine: a version that only the file knows"
	expect_stderr_like 'its version is not known before it runs'
}

names() {
	folder
	db_new
	name='odd "$1" ta'\''ble'
	sqlmigrate --table "$name" apply 001
	expect_status 0
	sqlmigrate --table "$name" plan --sql
	printf '%s\n' "$stdout" >odd.sql
	db_shell odd.sql
	expect_status 0 "$engine: a name that needs quotes"
	sqlmigrate --table "$name" current
	expect_stdout '2.0.0-rc.1 003_c'
	name=$(either public main).versions
	sqlmigrate --table "$name" plan --sql --from 0 003
	printf '%s\n' "$stdout" >named.sql
	for t in a b c d; do db_sql "DROP TABLE $t"; done
	db_shell named.sql
	expect_status 0 "$engine: a schema"
	db_shell named.sql
	not_ok "$engine: its tables are there" test "$status" -eq 0
	expect_stderr_like 'sqlmigrate: the history is not as this script expects it'
}

# Only PostgreSQL: data, settings of a body, the same lock as the runner's.
postgres_only() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER, t TEXT);' \
	    'COPY a FROM stdin;' '1	\\N' '2	x\\ty' '\.' \
	    "SET search_path TO ''; SET ROLE pg_monitor;"
	put 002_b.sql "COPY public.a (t) FROM stdin WITH (FORMAT csv);" \
	    '"q; ""x"""' '\.' 'CREATE TEMP TABLE b (x INTEGER);'
	put 003_c.sql '-- Description: größer' "SET client_encoding = 'LATIN1';" \
	    'CREATE TABLE b (x INTEGER);' 'CREATE INDEX ON a (x);'
	write up.sql offline plan --sql --from 0
	db_shell up.sql
	expect_status 0 'COPY data, and settings that end with their file'
	is "$(db_sql 'SELECT x, t FROM a ORDER BY x' | tr '\n' ' ')" \
	    '1|\N 2|x\ty |q; "x" ' 'the data'
	sqlmigrate verify
	expect_status 0
	is "$(db_sql 'SELECT description FROM schema_version
	    WHERE number = 3')" größer 'of a file with an encoding of its own'
	is "$(db_sql 'SELECT DISTINCT applied_by FROM schema_version')" \
	    'postgres/psql' 'who ran it'
	db_new
	pg_hold "SELECT pg_advisory_lock(hashtextextended(
	    'sqlmigrate public.schema_version', 0))"
	db_shell up.sql
	not_ok 'the run lock is taken' test "$status" -eq 0
	expect_stderr_like 'sqlmigrate: another run holds the lock$'
	pg_release
	db_sql "CREATE TABLE schema_version (version varchar(50) PRIMARY KEY,
	    applied_at timestamp NOT NULL DEFAULT now(), description text)"
	sqlmigrate plan --sql
	expect_status 4 'a table made by hand comes first'
	expect_stderr_like '^Hint: Run sqlmigrate init'
}

# The limits of a file are those that apply gives it.
limits() {
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER, l TEXT, s TEXT);' "$(settings 1)"
	put 002_b.sql '-- sqlmigrate: lock-timeout=3s' \
	    '-- sqlmigrate: statement-timeout=4s' "$(settings 2)"
	put 003_c.sql '-- sqlmigrate: no-transaction' "$(settings 3)"
	db_new
	sqlmigrate --lock-timeout=1s --statement-timeout=2s apply
	is "$(db_sql 'SELECT * FROM a ORDER BY x' | tr '\n' ' ')" \
	    '1|1s|2s 2|3s|4s 3|1s|2s ' 'the limits of a run'
	db_new
	write up.sql offline plan --sql --from 0 --lock-timeout=1s \
	    --statement-timeout=2s
	db_shell up.sql
	is "$(db_sql 'SELECT * FROM a ORDER BY x' | tr '\n' ' ')" \
	    '1|1s|2s 2|3s|4s 3|1s|2s ' 'are those of a script'
}

# What sqlite3 takes for the end of a statement, and what is none to it.
separators() {
	db_new
	for line in / ' GO -- no' '	/ /* no */'; do
		rm -rf m
		put 001_a.sql 'CREATE TABLE a (x INTEGER CHECK (8' "$line" '2 > x));'
		offline plan --sql --from 0
		expect_status 2 "the shell ends the statement at: $line"
		expect_stderr_like "m/001_a.sql:2:[12]: the shell would end the statement at this line
.*2 | "
	done
	put 001_a.sql 'CREATE TABLE a (x INTEGER, t TEXT);' \
	    'INSERT INTO a VALUES (8 /' "2, '" / go "');" '/* ' / '*/'
	sqlmigrate apply
	state >applied
	db_sql 'SELECT * FROM a' >rows
	db_new
	write up.sql offline plan --sql --from 0
	db_shell up.sql
	expect_status 0 'within literals and comments it does not'
	state >scripted
	is "$(cat scripted)" "$(cat applied)" 'it does what apply does'
	is "$(db_sql 'SELECT * FROM a')" "$(cat rows)" 'with the same rows'
}

settings() {
	echo "INSERT INTO a VALUES ($1, current_setting('lock_timeout'),
	    current_setting('statement_timeout'));"
}

# A schema that goes is not that of the history.
other_schema() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE SCHEMA app;' 'CREATE TABLE app.a (x INTEGER);'
	put 001_a_rollback.sql 'DROP SCHEMA app CASCADE;'
	sqlmigrate -q apply
	write back.sql offline plan --sql --rollback --from 1
	db_shell back.sql
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 0 'the row goes'
	run db_shell back.sql
	not_ok 'and it does not run twice' test "$status" -eq 0
	sqlmigrate -q apply
	write back.sql sqlmigrate plan --sql --rollback
	db_shell back.sql
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 0 \
	    'nor with a connection'
	for version in '-- none' '-- Version: 1.0.0'; do
		db_new
		put 001_a.sql "$version" 'DROP SCHEMA IF EXISTS app CASCADE;'
		write go.sql offline plan --sql --from 0
		db_shell go.sql
		is "$(db_sql 'SELECT name FROM schema_version')" 001_a \
		    "nor forward: $version"
	done
}

for_each_engine same
for_each_engine guards
for_each_engine guide
for_each_engine names
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/only" && cd "$tmp/only" || exit 99
	postgres_only
	limits
	other_schema
fi
if has_engine sqlite; then
	engine=sqlite
	mkdir "$tmp/lite" && cd "$tmp/lite" || exit 99
	separators
fi
done_testing
