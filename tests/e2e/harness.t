#!/bin/sh
# The test library itself: a check that cannot fail proves nothing.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# script TEXT: run a test made of that text; the library is read in first.
script() {
	printf '%s\n' ". \"\$top_srcdir/tests/lib/tap.sh\"" "$1" >inner.t
	run sh inner.t
}

script 'pass one; is a a two; done_testing'
expect_status 0
expect_stdout 'ok 1 - one
ok 2 - two
1..2'

script 'done_testing'
expect_status 1 'a test without an assertion fails'
expect_stdout_like '^not ok 1 ' 'and says so'

script 'pass one'
expect_status 99 'a test without done_testing fails'

script 'is a b different; done_testing'
expect_status 1 'a difference fails'
expect_stdout_like '^not ok 1 - different'

script 'run sh -c "echo out; echo err >&2; exit 3"
expect_status 3; expect_stdout out; expect_stderr err
expect_stdout_like "^o.t"; expect_stderr_unlike out; done_testing'
expect_status 0
expect_stdout_unlike '^not ok'

script 'echo "$tap_dir" >"$OLDPWD/dir"; pass x; done_testing'
not_ok 'the temporary directory is gone' test -e "$(cat dir)"

script 'pass x; kill -TERM $$; pass y; done_testing'
expect_status 143 'a test that is killed fails'

body() {
	db_new
	is "$(db_tables)" '' "a new database is empty on $engine"
	db_sql 'CREATE TABLE a (x INTEGER)' 'INSERT INTO a VALUES (7)'
	is "$(db_sql 'SELECT x, x FROM a')" '7|7' "$engine answers"
	is "$(db_tables)" a "its table is seen on $engine"
	not_ok "$engine refuses" db_sql 'SELECT nonsense' 2>/dev/null
}
for_each_engine body

if has_engine postgres; then
	(
		pg_start_own work_mem=1MB && pg_newdb &&
		    pg_sql 'SHOW work_mem; SHOW listen_addresses'
		pg_crash && pg_resume && pg_sql 'SELECT 1'
		echo "$PG_ROOT" >own
		pg_stop
	) >rows
	is "$(cat rows)" '1MB

1' 'a server of our own starts, crashes and starts again'
	not_ok 'it leaves no directory' test -e "$(cat own)"
fi

done_testing
