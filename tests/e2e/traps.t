#!/bin/sh
# What anybody may make in a schema of the search path, functions and operators
# that fit better than the server's own, is not called by the runner's queries.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

has_engine postgres || {
	pass 'only PostgreSQL has functions of users'
	done_testing
}
engine=postgres

# trap_function NAME TYPES...: a function that tells when it is called.
trap_function() {
	trap_name=$1
	shift
	for types in "$@"; do
		echo "CREATE FUNCTION public.$trap_name($types) RETURNS text
		    LANGUAGE plpgsql AS \$\$ BEGIN
		    RAISE WARNING 'trapped in $trap_name'; RETURN 'x'; END \$\$;"
	done
}

# As many arguments, each a text or a name.
variants() {
	list=
	all='text name'
	for _ in 2 3 4 5; do
		more=
		for one in $all; do
			more="$more $one,text $one,name"
		done
		all=$more
		list="$list $more"
	done
	echo "$list text name"
}

trap_operator() {
	echo "CREATE FUNCTION public.trapped_$4(a $2, b $3) RETURNS boolean
	    LANGUAGE plpgsql AS \$\$ BEGIN
	    RAISE WARNING 'trapped in $1'; RETURN true; END \$\$;
	    CREATE OPERATOR public.$1 (LEFTARG = $2, RIGHTARG = $3,
	    FUNCTION = public.trapped_$4);"
}

set_traps() {
	{
		for name in format concat concat_ws; do
			# shellcheck disable=SC2046
			trap_function "$name" $(variants | tr ' ' '\n' | sort -u)
		done
		trap_function quote_ident name
		trap_function quote_literal name
		trap_function hashtextextended text,integer
		trap_function parse_ident text
		trap_operator '~' name name 1
		trap_operator '!~' name name 2
		trap_operator '>=' oid integer 3
		trap_operator '=' oid regclass 4
		trap_operator '=' varchar varchar 5
		trap_operator '=' varchar text 6
		trap_operator '*' numeric integer 7
		trap_operator '*' 'double precision' integer 8
		trap_operator '||' name name 9
		trap_function to_char date,text
		trap_function to_jsonb pg_inherits
		trap_function pg_get_indexdef regclass
	} >traps.sql
	"$PG_BIN/psql" -Xq -v ON_ERROR_STOP=1 -d "$PG_DB" -f traps.sql ||
	    exit 99
}

# safe STATUS COMMAND...
safe() {
	safe_status=$1
	shift
	sqlmigrate "$@"
	expect_status "$safe_status"
	unlike "$stdout$stderr" trapped "$*: no trap is stepped into"
}

db_new
set_traps
# By hand, of other types than the runner's own, and with a row to adopt.
pg_sql 'CREATE TABLE schema_version (version varchar(20) PRIMARY KEY,
    applied_at date, description text)' \
    "INSERT INTO schema_version VALUES ('0.0.1', '2020-01-01', '001_a.sql')" \
    'CREATE TABLE a (x INTEGER)'
run "$PG_BIN/psql" -Xd "$PG_DB" -c "SELECT format('%s %s', 'a'::name, 'b'::text)"
expect_stderr_like 'trapped in format' 'the traps work'
put 001_a.sql 'CREATE TABLE a (x INTEGER);'
put 001_a_rollback.sql 'DROP TABLE a;'
put 002_b.sql '-- sqlmigrate: no-transaction' \
    'CREATE INDEX CONCURRENTLY i ON a (x);'
put 002_b_rollback.sql '-- sqlmigrate: no-transaction' \
    'DROP INDEX CONCURRENTLY i;'
safe 0 status
safe 0 apply
safe 0 plan
safe 0 verify
safe 0 rollback --to 0 --yes
put 001_a.sql "INSERT INTO schema_version (version) VALUES ('0.0.1');" \
    'CREATE TABLE a (x INTEGER);'
safe 0 apply
echo '-- More.' >>m/001_a.sql
safe 0 repair --yes
put 004_d.sql 'SELECT 4;'
safe 0 stamp 004
safe 0 stamp --undo 004
rm m/004_d.sql

# A script of this asks the shell's server which table is meant.
safe 0 plan --rollback --sql --from 2 --all
printf '%s\n' "$stdout" >down.sql
db_shell down.sql
expect_status 0 'the script runs'
unlike "$stdout$stderr" trapped 'no trap is stepped into by a script'
safe 0 apply

# What is said of a failure, of who holds locks, and of the run lock.
put 003_c.sql 'ALTER TABLE a ADD y INTEGER;'
pg_hold 'BEGIN; LOCK TABLE a'
safe 1 apply --lock-timeout=100ms --lock-retries=0
expect_stderr_like '^Detail: Holds locks: pid [0-9]+, user postgres, '
pg_release
pg_hold "SELECT pg_advisory_lock(pg_catalog.hashtextextended(
    'sqlmigrate public.schema_version', 0))"
safe 5 apply --lock-wait=0
expect_stderr_like '^Detail: It is held by pid [0-9]+, user postgres, '
pg_release
pg_sql 'CREATE ROLE app LOGIN' 'GRANT ALL ON schema_version,
    schema_version_log, schema_version_journal TO app'
for sql in 'SELECT x FROM a;' 'ALTER TABLE a ADD y INTEGER;'; do
	put 003_c.sql "$sql"
	run "$SQLMIGRATE" -d "postgresql://app@/$PG_DB?host=$PGHOST" -m m apply
	expect_status 1 "a right is missing: $sql"
	expect_stderr_like '^Hint: As postgres run: '
	unlike "$stderr" trapped 'no trap is stepped into'
done

# What was begun is looked for.
rm m/003*
put 003_c.sql '-- sqlmigrate: no-transaction' 'INSERT INTO a VALUES (1), (1);' \
    'CREATE UNIQUE INDEX CONCURRENTLY u ON a (x);'
safe 7 apply
pg_sql 'DROP INDEX u' 'CREATE INDEX u ON a (x)'
safe 7 apply --resume
expect_stderr_like 'index public\.u is not that of statement 2'
pg_sql 'DROP INDEX u' 'DELETE FROM a'
safe 0 apply --resume
put 004_d.sql 'CREATE TABLE p (x INTEGER) PARTITION BY RANGE (x);' \
    'CREATE TABLE q PARTITION OF p FOR VALUES FROM (1) TO (2);'
safe 0 apply
put 005_e.sql '-- sqlmigrate: no-transaction' \
    '-- sqlmigrate: lock-timeout=100ms' \
    'ALTER TABLE p DETACH PARTITION q CONCURRENTLY;'
pg_hold 'BEGIN; SELECT * FROM p'
safe 7 apply --lock-retries=0
pg_release
safe 0 apply --resume --yes

# A script for psql.
pg_sql 'DROP TABLE a'
rm m/*
put 001_a.sql 'CREATE TABLE a (x INTEGER);'
safe 0 plan --sql --table script
printf '%s\n' "$stdout" >script.sql
run "$PG_BIN/psql" -Xqd "$PG_DB" -f script.sql
expect_status 0 'a script'
expect_stderr '' 'it steps into no trap'
done_testing
