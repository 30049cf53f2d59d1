#!/bin/sh
# Rights that are missing: what has not run yet is refused before it does, and
# the statement that helps is told.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

has_engine postgres || {
	pass 'only PostgreSQL has rights'
	done_testing
}
engine=postgres
pg_start_own || exit 99
at_exit pg_stop
pg_newdb || exit 99
pg_sql 'CREATE ROLE "App" LOGIN' 'CREATE ROLE "Boss"' \
    'GRANT CREATE ON SCHEMA public TO "App"'
DB_URL="postgresql://App@/$PG_DB?host=$PGHOST"
put 001_a.sql 'CREATE TABLE a (x INTEGER);'
sqlmigrate apply
expect_status 0 'a role with rights'

# helps HINT: 002 goes on once the statement of the hint was run.
helps() {
	expect_stderr_like "^Hint: $1\$"
	pg_sql "$(printf '%s\n' "$stderr" |
	    sed -n 's/^Hint: .*run: \([^;]*;\).*/\1/p')"
	sqlmigrate apply
	expect_status 0 'what the hint says helps'
}

# denied MESSAGE TEXT: applying 002.
denied() {
	pg_sql 'DELETE FROM schema_version WHERE number = 2'
	put 002_b.sql "$2"
	sqlmigrate apply
	expect_status 1 "$2"
	expect_stderr_like "^sqlmigrate: m/002_b\.sql:1:[0-9]+: $1 \(SQLSTATE 42501\)"
}

# A statement of a migration.
statements() {
	pg_sql 'REVOKE CREATE ON SCHEMA public FROM "App"' \
	    'CREATE TABLE "T 1" (x serial)' 'CREATE VIEW v AS SELECT 1' \
	    'ALTER VIEW v OWNER TO "Boss"' 'CREATE TABLE w (x INTEGER)' \
	    'ALTER TABLE w OWNER TO "Boss"' 'CREATE SCHEMA "S 1"' \
	    'CREATE SCHEMA away' 'CREATE TABLE away.w (x INTEGER)'
	denied 'permission denied for schema public' \
	    'CREATE TABLE b (x INTEGER);'
	helps 'As postgres run: GRANT CREATE ON SCHEMA public TO "App";'
	denied 'permission denied for schema S 1' 'TABLE "S 1".t;'
	expect_stderr_like '^Hint: As postgres run: GRANT USAGE, CREATE ON SCHEMA "S 1" TO "App";$'
	denied 'permission denied for table T 1' 'SELECT * FROM "T 1";'
	helps 'As postgres run: GRANT SELECT, INSERT, UPDATE, DELETE ON public."T 1" TO "App";'
	denied 'permission denied for sequence T 1_x_seq' \
	    "SELECT nextval('\"T 1_x_seq\"');"
	helps 'As postgres run: GRANT USAGE, SELECT, UPDATE ON SEQUENCE public."T 1_x_seq" TO "App";'
	denied 'must be owner of table T 1' 'ALTER TABLE "T 1" ADD y INTEGER;'
	expect_stderr_like '^Detail: It belongs to postgres\.$'
	helps 'As postgres run: ALTER TABLE public."T 1" OWNER TO "App";'
	denied 'must be owner of schema S 1' 'DROP SCHEMA "S 1";'
	helps 'As postgres run: ALTER SCHEMA "S 1" OWNER TO "App";'
	denied 'must be owner of table w' 'ALTER TABLE w ADD y INTEGER;'
	expect_stderr_like '^Detail: It belongs to "Boss"\.$'
	expect_stderr_like '^Hint: As "Boss" run: ALTER TABLE public\.w OWNER TO "App"; or GRANT "Boss" TO "App"; and put SET ROLE "Boss"; before it in the file\.$'
	pg_sql 'ALTER ROLE "App" NOINHERIT' 'GRANT "Boss" TO "App"'
	denied 'must be owner of view v' 'DROP VIEW v;'
	expect_stderr_like '^Hint: Put SET ROLE "Boss"; before it in the file, or as "Boss" run: ALTER VIEW public\.v OWNER TO "App";$'
	put 002_b.sql 'SET ROLE "Boss";' 'DROP VIEW v;' 'DROP TABLE a;'
	sqlmigrate apply
	expect_status 1 'rights of another role'
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:3:1: must be owner of table a'
	expect_stderr_unlike '^Hint'
	put 002_b.sql 'SET ROLE "Boss";' 'DROP VIEW v;'
	sqlmigrate apply
	expect_status 0 'as the hint said'
}

# lacks TABLE RIGHT COMMAND...: before anything runs, with the exact GRANT.
lacks() {
	lacks_table=$1
	lacks_right=$2
	shift 2
	pg_sql "REVOKE $lacks_right ON $lacks_table FROM \"App\""
	sqlmigrate "$@"
	expect_status 1 "no $lacks_right on $lacks_table: $*"
	expect_stderr_like "^Hint: As \"App\" run: GRANT $lacks_right ON public\.$lacks_table TO \"App\";\$"
	is "$(pg_sql "SELECT count(*) FROM schema_version_log
		WHERE number = 3")" 0 'nothing ran'
	pg_sql "GRANT $lacks_right ON $lacks_table TO \"App\""
}

tables() {
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	for right in SELECT INSERT UPDATE DELETE; do
		lacks schema_version "$right" apply
	done
	expect_stderr_like '^sqlmigrate: user App lacks DELETE on table public\.schema_version$'
	lacks schema_version SELECT status
	lacks schema_version_log INSERT apply
	lacks schema_version_log SELECT history
	lacks schema_version_log SELECT status
	lacks schema_version_journal SELECT apply
	lacks schema_version_journal SELECT status
	put 003_c.sql '-- sqlmigrate: no-transaction' 'VACUUM "T 1";'
	for right in INSERT UPDATE DELETE; do
		lacks schema_version_journal "$right" apply
	done
	# What is not needed is not asked for.
	pg_sql 'REVOKE UPDATE, DELETE ON schema_version_log FROM "App"'
	sqlmigrate apply
	expect_status 0 'a log that is only added to'
}

schemas() {
	pg_sql 'REVOKE USAGE ON SCHEMA public FROM public'
	for command in apply status; do
		sqlmigrate "$command"
		expect_status 1 "no USAGE of the schema: $command"
		expect_stderr_like '^sqlmigrate: user App may not use schema public, where table schema_version stands$'
		expect_stderr_like '^Hint: As its owner run: GRANT USAGE ON SCHEMA "public" TO "App";$'
		sqlmigrate -t public.schema_version "$command"
		expect_status 1 "no USAGE of a schema that is named: $command"
		expect_stderr_like '^Hint: .*GRANT USAGE ON SCHEMA public TO "App";$'
	done
	pg_sql 'GRANT USAGE ON SCHEMA public TO "App"'
	sqlmigrate status
	expect_status 0 'and with it'
}

# Rows that are not seen would be run again.
hidden() {
	pg_sql 'TRUNCATE schema_version, schema_version_journal'
	put 001_a.sql 'SELECT 1;'
	rm -f m/00[2-9]*
	sqlmigrate apply
	expect_status 0 'a history'
	for table in schema_version schema_version_journal; do
		pg_sql "ALTER TABLE $table ENABLE ROW LEVEL SECURITY" \
		    "ALTER TABLE $table FORCE ROW LEVEL SECURITY"
		for command in status apply; do
			sqlmigrate "$command"
			expect_status 1 "$command: row-level security of $table"
			expect_stderr_like '^sqlmigrate: row-level security may hide rows of table public\.schema_version, or of its journal, from user App$'
			expect_stderr_like '^Hint: As its owner run: ALTER TABLE .* USING \(true\)\.$'
		done
		pg_sql "CREATE POLICY p ON $table TO \"App\" USING (true)"
		sqlmigrate status
		expect_status 0 "a policy that hides nothing of $table"
		pg_sql "CREATE POLICY r ON $table AS RESTRICTIVE USING (true)"
		sqlmigrate status
		expect_status 1 'nor may a restrictive one stand beside it'
		pg_sql "DROP POLICY r ON $table"
	done
	run "$SQLMIGRATE" -m m -d "postgresql://postgres@/$PG_DB?host=$PGHOST" status
	expect_status 0 'who bypasses it sees all'
}

connecting() {
	pg_sql "REVOKE CONNECT ON DATABASE $PG_DB FROM public"
	for command in apply status; do
		sqlmigrate "$command"
		expect_status 6 "no CONNECT: $command"
		expect_stderr_like '^sqlmigrate: cannot connect to .*permission denied for database'
		expect_stderr_like "^Hint: As its owner run: GRANT CONNECT ON DATABASE \"$PG_DB\" TO \"App\";\$"
	done
	pg_sql "GRANT CONNECT ON DATABASE $PG_DB TO \"App\""
	sqlmigrate status
	expect_status 0 'and with it'
}

# Who connects has a role of its own, which owns the history as all else: the
# runner's statements are made by that one, whatever a file has set.
own_role() {
	pg_newdb || exit 99
	pg_sql 'GRANT CREATE, USAGE ON SCHEMA public TO "Boss"' \
	    'ALTER ROLE "App" SET role = "Boss"'
	DB_URL="postgresql://App@/$PG_DB?host=$PGHOST"
	rm m/*
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b.sql 'RESET SESSION AUTHORIZATION;' 'SET ROLE NONE;' 'SELECT 1;'
	put 003_c.sql '-- sqlmigrate: no-transaction' 'SET ROLE NONE;' \
	    'SELECT 1;' 'RESET ROLE;' 'VACUUM a;'
	for target in 001 002 003; do
		sqlmigrate apply "$target"
		expect_status 0 "a role that ALTER ROLE sets: $target"
	done
	is "$(pg_sql "SELECT DISTINCT tableowner FROM pg_tables
	    WHERE schemaname = 'public'")" Boss 'it owns all of it'
	sqlmigrate status
	expect_status 0 'and reads it'
	sqlmigrate stamp --undo 003 --yes
	expect_status 0 'and stamps'
	put 002_b_rollback.sql 'SET ROLE NONE;'
	sqlmigrate rollback --to 0 --yes
	expect_status 0 'and rolls back'
	sqlmigrate plan --sql
	printf '%s\n' "$stdout" >script.sql
	run "$PG_BIN/psql" -XqU App -d "$PG_DB" -f script.sql
	expect_status 0 'and so does a script'
	sqlmigrate status --exit-code
	expect_status 0 'of which all is applied'
	pg_sql 'ALTER ROLE "App" RESET role'
}

statements
tables
schemas
hidden
connecting
own_role
done_testing
