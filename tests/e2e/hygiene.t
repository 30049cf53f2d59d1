#!/bin/sh
# What a migration sets in its session reaches neither the next one nor the
# runner's own statements, and the run lock survives it.
# Budget: a table of statements, one a line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

has_engine postgres || {
	pass 'only PostgreSQL has such a session'
	done_testing
}
engine=postgres
db_postgres
role=hygiene_$$
PG_DB=postgres
pg_sql "CREATE ROLE $role"
at_exit "pg_sql \"DROP ROLE $role\""
PG_DB=

# What the statement of 001 sets, and what must hold in 002 nevertheless.
cases() {
	cat <<-EOF
	SET work_mem = '1MB'|current_setting('work_mem') <> '1MB'
	SELECT set_config('work_mem', '1MB', false)|current_setting('work_mem') <> '1MB'
	SET ROLE $role|current_user = 'postgres'
	SET SESSION AUTHORIZATION $role|session_user = 'postgres' AND current_user = 'postgres'
	SET search_path = pg_temp|current_setting('search_path') LIKE '%public%'
	SET search_path = ''|current_setting('search_path') LIKE '%public%'
	CREATE TEMPORARY TABLE gone (x integer)|to_regclass('pg_temp.gone') IS NULL
	CREATE TEMPORARY TABLE schema_version (version text)|to_regclass('pg_temp.schema_version') IS NULL
	PREPARE p AS SELECT 1|NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'p')
	DEALLOCATE ALL|true
	SET client_encoding = 'LATIN1'|current_setting('client_encoding') = 'UTF8'
	SET standard_conforming_strings = off|current_setting('standard_conforming_strings') = 'on'
	SET row_security = off|current_setting('row_security') = 'on'
	SET TIMEZONE = 'Pacific/Kiritimati'|current_setting('TimeZone') <> 'Pacific/Kiritimati'
	SET DateStyle = 'German, DMY'|current_setting('DateStyle') NOT LIKE 'German%'
	SET bytea_output = 'escape'|current_setting('bytea_output') = 'hex'
	SET synchronous_commit = off|current_setting('synchronous_commit') = 'on'
	SET session_replication_role = replica|current_setting('session_replication_role') = 'origin'
	SET check_function_bodies = off|current_setting('check_function_bodies') = 'on'
	LISTEN something|NOT EXISTS (SELECT FROM pg_listening_channels())
	SELECT pg_advisory_lock(7)|NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND pid = pg_backend_pid())
	SELECT pg_advisory_unlock_all()|true
	DECLARE c CURSOR WITH HOLD FOR SELECT 1|NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'c')
	SET default_transaction_read_only = on|current_setting('transaction_read_only') = 'off'
	SET default_transaction_isolation = 'serializable'|current_setting('transaction_isolation') = 'read committed'
	SET default_transaction_deferrable = on|current_setting('transaction_deferrable') = 'off'
	SET lock_timeout = '1ms'|current_setting('lock_timeout') = '5s'
	SET statement_timeout = '1h'|current_setting('statement_timeout') = '0'
	SET idle_in_transaction_session_timeout = '1h'|current_setting('idle_in_transaction_session_timeout') = '0'
	CREATE SEQUENCE s; SELECT nextval('s')|true
	SET my.own = 'x'|coalesce(current_setting('my.own', true), '') = ''
	EOF
}

# The text of 002 is read as its own session does, not as 001 has set it.
db_new
put 001_a.sql 'CREATE TABLE p (v text);' \
    'SET standard_conforming_strings = off;' 'SET escape_string_warning = off;' \
    "INSERT INTO p VALUES ('it\\'s');"
put 002_b.sql 'SELECT 1;' "INSERT INTO p VALUES ('C:\\'), ('D:\\');"
sqlmigrate apply
expect_status 0 'backslashes escape in one file'
is "$(pg_sql 'SELECT * FROM p' | tr '\n' ' ')" "it's C:\\ D:\\ " 'not in the next'
db_new
pg_sql "ALTER DATABASE $PG_DB SET standard_conforming_strings = off"
pg_sql "ALTER DATABASE $PG_DB SET escape_string_warning = off"
sqlmigrate init
put 001_a.sql 'CREATE TABLE p (v text);' \
    'SET LOCAL standard_conforming_strings = on;'
put 002_b.sql 'SELECT 1;' "INSERT INTO p VALUES ('it\\'s');"
sqlmigrate apply
expect_status 0 'they do not in one file'
is "$(pg_sql 'SELECT * FROM p')" "it's" 'in the next they do'
rm -rf m

# The limit for an idle transaction is that of the database.
db_new
pg_sql "ALTER DATABASE $PG_DB SET idle_in_transaction_session_timeout = '2h'"
put 001_a.sql "CREATE TABLE p AS
    SELECT current_setting('idle_in_transaction_session_timeout') AS v;"
sqlmigrate apply
is "$(pg_sql 'SELECT v FROM p')" 2h 'an idle migration is not left alone'

# A first migration that fails on what exists already is not run again.
db_new
rm -rf m
pg_sql 'CREATE SEQUENCE ran' 'CREATE TABLE users (x integer)'
put 001_a.sql "SELECT nextval('ran');" 'CREATE TABLE users (x integer);'
sqlmigrate apply
expect_status 1 'a table that exists already'
is "$(pg_sql 'SELECT last_value FROM ran')" 1 'the file has run once'
rm -rf m

# In 003 a statement without a transaction sees the lock of the session.
probe='CREATE PROCEDURE probe() LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO locked SELECT count(*) FROM pg_locks WHERE
	locktype = '"'advisory'"' AND pid = pg_backend_pid(); END $$;'

# reaches HOW: after 001, which the case made, in the folder m.
reaches() {
	put 002_b.sql "DO \$\$ BEGIN ASSERT $clean; END \$\$;" \
	    'CREATE TABLE b (t text);' "INSERT INTO b VALUES ('a\\b');"
	put 003_c.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE locked (n integer);' "$probe" 'CALL probe();'
	sqlmigrate apply
	expect_status 0 "$1: $statement"
	is "$(pg_sql "SELECT count(*), bool_and(applied_at <= (now() AT TIME ZONE 'UTC') AND
		applied_at > (now() AT TIME ZONE 'UTC') - interval '1 hour')
		FROM public.schema_version" 'SELECT count(*)
		FROM public.schema_version_log' 'SELECT t FROM b' \
		'SELECT n > 0 FROM locked')" '3|t
3
a\b
t' "$1: $statement: the rows are right, and the lock is held"
}

cases >table
while IFS='|' read -r statement clean <&4; do
	db_new
	pg_sql "GRANT ALL ON SCHEMA public TO $role" \
	    "GRANT ALL ON DATABASE $PG_DB TO $role"
	rm -rf m
	put 001_a.sql "$statement;"
	reaches 'in a transaction'
	pg_sql 'SET client_min_messages = warning;
		DROP SCHEMA public CASCADE' 'CREATE SCHEMA public' \
	    "GRANT ALL ON SCHEMA public TO $role"
	rm -rf m
	put 001_a.sql '-- sqlmigrate: no-transaction' "$statement;"
	reaches 'without one'
	pg_sql "DROP OWNED BY $role"
done 4<table

# These cannot be in a transaction.
for statement in 'DISCARD ALL' 'DISCARD ALL; SET work_mem = 64'; do
	clean='true'
	db_new
	rm -rf m
	put 001_a.sql '-- sqlmigrate: no-transaction' "$statement;"
	reaches 'without one'
done

# What is told as applied outlasts a crash, whatever the database's default is.
for default in off local on; do
	db_new
	rm -rf m
	put 001_a.sql 'SELECT 1;'
	sqlmigrate apply
	pg_sql "ALTER DATABASE $PG_DB SET synchronous_commit = $default" \
	    'CREATE TABLE public.seen (setting text)' \
	    "CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS
	    \$\$ BEGIN INSERT INTO public.seen
	    VALUES (current_setting('synchronous_commit'));
	    RETURN NULL; END \$\$" 'CREATE TRIGGER see AFTER INSERT
	    ON schema_version EXECUTE FUNCTION public.see()'
	put 002_b.sql 'SET synchronous_commit = off;'
	put 003_c.sql '-- sqlmigrate: no-transaction' 'VACUUM;'
	sqlmigrate apply
	expect_status 0 "synchronous_commit of the database: $default"
	[ "$default" != off ] || default=local
	is "$(pg_sql 'SELECT DISTINCT setting FROM public.seen')" "$default" \
	    "the runner's own is $default"
done

# A statement gives up the lock, and another session takes it meanwhile.
db_new
rm -rf m
put 001_a.sql 'CREATE TABLE a (x integer);
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN
PERFORM pg_advisory_unlock_all(); PERFORM pg_sleep(1); END $$;'
put 002_b.sql '-- sqlmigrate: no-transaction' 'INSERT INTO a VALUES (1);' \
    'CALL p();' 'INSERT INTO a VALUES (2);'
"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 3>&- &
pid=$!
sleeps() {
	[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity WHERE
	    datname = '$PG_DB' AND wait_event = 'PgSleep'")" = 1 ]
}
ok 'the lock is given up' eventually sleeps
ok 'and taken' pg_hold "SELECT pg_advisory_lock(
    hashtextextended('sqlmigrate public.schema_version', 0))"
status=0
wait "$pid" || status=$?
is "$status" 7 'the run that gave it up stops'
like "$(cat out)" 'another run has the lock, which this one does not hold' \
    'and says why'
like "$(cat out)" '1 of its statements is done' 'and what is done'
is "$(pg_sql 'SELECT x FROM a')" 1 'nothing ran without the lock'
pg_release
done_testing
