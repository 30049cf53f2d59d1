#!/bin/sh
# With -v the rows that a SELECT of a migration returns are shown.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

shown() {
	one_applied "SELECT 1 AS one, 'a	b' AS two, NULL AS three;"
	sqlmigrate apply -v
	expect_status 0 "$engine: apply -v"
	expect_stderr_like '^ +one \| two \| three$'
	expect_stderr_like '^ +1 \| a\\tb \| NULL$'
	put 003_c.sql 'SELECT 3 AS three;'
	sqlmigrate apply
	expect_stderr_unlike 'three'
	put 004_d.sql 'BEGIN;' 'COMMIT;' "SELECT 'done' AS end;"
	sqlmigrate apply -v
	expect_status 0 "$engine: a SELECT after the COMMIT"
	expect_stderr_like '^ +done$'
	put 005_e.sql '-- sqlmigrate: no-transaction' 'SELECT 5 AS five;' \
	    'BEGIN;' 'SELECT 6 AS six;' 'COMMIT;' 'SELECT 1 WHERE 1 = 0;'
	sqlmigrate apply -v --json
	expect_status 0 "$engine: without a transaction"
	expect_stdout_like '^\{"event":"row",.*"line":2,.*"text":"five",'
	expect_stdout_like '^\{"event":"row",.*"line":2,.*"text":"5",'
	expect_stdout_like '^\{"event":"row",.*"line":4,.*"text":"6",'
}

# A hundred are shown, and the rest is counted; nothing is lost.
bounded() {
	one_applied 'CREATE TABLE n (x INTEGER);' 'INSERT INTO n
	    WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL
	    SELECT i + 1 FROM r WHERE i < 150) SELECT i FROM r;' \
	    'SELECT x FROM n ORDER BY x;'
	sqlmigrate apply -v
	expect_status 0 "$engine: a SELECT of many rows"
	is "$(printf '%s\n' "$stderr" | grep -cE '^ +[0-9]+$')" 100 \
	    "$engine: the first hundred"
	expect_stderr_like '^ +100$'
	expect_stderr_like '^ +\.\.\. and 50 more rows$'
	is "$(db_sql 'SELECT count(*) FROM b')" 0 "$engine: the rest has run"
}

# A long value is cut between two characters.
long() {
	wide=$(printf 'é%.0s' $(seq 300))
	one_applied "SELECT '$wide' AS wide;"
	sqlmigrate apply -v
	expect_status 0 "$engine: a long value"
	expect_stderr_like '^ +(é){200}\.\.\.$'
}

for_each_engine shown
for_each_engine long
for_each_engine bounded
done_testing
