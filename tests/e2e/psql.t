#!/bin/sh
# Our statements are those that psql sends: over generated SQL, on a server
# that logs what it is sent.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

show=$top_builddir/tests/unit/sql/show_statements
TEXTS=3000

compared() {
	"$show" generate 1 "$TEXTS" >texts.sql
	pg_start_own 'logging_collector = on' 'log_destination = jsonlog' \
	    'log_statement = all' "log_directory = 'log'" || exit 99
	at_exit pg_stop
	pg_newdb || exit 99
	pg_sql 'CREATE TABLE t (a text, b text, c text, e text)'
	# Each statement is its own, whatever became of the one before.
	"$PG_BIN/psql" -X -q -d "$PG_DB" -f texts.sql >psql.out 2>&1
	pg_log=$PG_ROOT/data/log
	"$top_srcdir/tests/lib/logged-statements" "$pg_log"/*.json >sent
	"$show" each <sent | grep -vE \
	    '^( CREATE DATABASE.*| CREATE TABLE t .*|)$' >psql.lines
	"$show" split <texts.sql >our.lines
	is "$?" 0 'the scanner takes it all'
	ok 'as many statements as were asked for' \
	    test "$(wc -l <our.lines)" -gt "$TEXTS"
	ok 'psql sends the same statements' cmp psql.lines our.lines
	diff psql.lines our.lines | head -n 20 | sed 's/^/# /'
}

if has_engine postgres; then
	compared
fi
done_testing
