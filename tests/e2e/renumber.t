#!/bin/sh
# renumber: two branches are merged, and what is pending moves to the end.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

files() {
	(cd m && echo *)
}

# Main has 001 and 002 applied; the branch brings another 002 and its 003.
merge() {
	db_new
	rm -rf m
	put 001_a.sql '-- Migration: 001_a' '-- Version: 1.0.0' \
	    'CREATE TABLE a (x INTEGER);'
	put 002_main.sql '-- Version: 1.1.0' 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 0
	put 002_branch.sql '-- Migration: 002_branch' \
	    '--  version:  1.1.0' '-- Description: 002_branch stays' \
	    'CREATE TABLE c (x INTEGER);' '-- Version: 1.1.0'
	put 002_branch_rollback.sql '-- Rollback: 002_branch' \
	    '-- Version: 1.1.0 -> 1.0.0' 'DROP TABLE c;'
	put 003_branch.sql '-- Version: 1.2.0' 'CREATE TABLE d (x INTEGER);'
}

merged() {
	merge
	sqlmigrate apply
	expect_status 2 "$engine: two files with one number"
	expect_stderr_like '^Hint: .*sqlmigrate renumber'
	before=$(files)
	sqlmigrate renumber --dry-run
	expect_status 0
	expect_stdout '002_branch -> 004_branch, version 1.1.0 -> 1.3.0'
	is "$(files)" "$before" "$engine: a dry run changes nothing"
	sqlmigrate renumber
	expect_status 0 "$engine: renumber"
	expect_stdout '002_branch -> 004_branch, version 1.1.0 -> 1.3.0'
	is "$(files)" '001_a.sql 002_main.sql 003_branch.sql 004_branch.sql 004_branch_rollback.sql' \
	    "$engine: the pair has moved"
	is "$(cat m/004_branch.sql)" '-- Migration: 004_branch
--  version:  1.3.0
-- Description: 002_branch stays
CREATE TABLE c (x INTEGER);
-- Version: 1.1.0' "$engine: its headers with it, and nothing else"
	is "$(cat m/004_branch_rollback.sql)" '-- Rollback: 004_branch
-- Version: 1.3.0 -> 1.2.0
DROP TABLE c;' "$engine: those of the rollback, too"
	sqlmigrate apply
	expect_status 0 "$engine: then it is applied"
	sqlmigrate renumber
	expect_stdout 'no migration collides or falls behind'
	sqlmigrate verify
	expect_status 0
}

# Behind the newest; several; in another order; without a database.
behind() {
	merge
	rm m/002_branch* m/003_branch.sql
	put 0005_late.sql '-- Version: 1.5.0' 'CREATE TABLE l (x INTEGER);'
	put 007_z.sql '-- Version: 2.0.0' 'CREATE TABLE z (x INTEGER);'
	sqlmigrate apply 007_z
	expect_status 0
	put 003_b.sql '-- Version: 3.0.0' 'CREATE TABLE e (x INTEGER);'
	put 003_a.sql 'CREATE TABLE f (x INTEGER);' '-- no version'
	put 008_n.sql '-- Version: 2.1.0' 'CREATE TABLE n (x INTEGER);'
	sqlmigrate apply
	expect_status 2
	sqlmigrate renumber --json
	expect_status 0
	is "$(printf '%s\n' "$stdout" | grep moved | sed 's/,"time":.*//')" '{"event":"moved","number":3,"name":"003_a","version":null,"new_name":"009_a","new_version":null
{"event":"moved","number":3,"name":"003_b","version":"3.0.0","new_name":"010_b","new_version":null
{"event":"moved_end","count":2' "$engine: both move, one keeps its version"
	sqlmigrate status
	expect_stdout_like '^010 +pending'
	rm -rf m
	put 20250101120000_a.sql 'SELECT 1;'
	put 20250101120000_b.sql 'SELECT 2;'
	sqlmigrate renumber --from 0
	expect_status 0 "$engine: without a database"
	expect_stdout_like '^20250101120000_b -> 20[2-9][0-9]{11}_b$'
	put 20250101120000_b.sql 'SELECT 2;'
	mkdir m/x.sql.d
	touch m/20990101000000_b.sql
	sqlmigrate renumber --from 0
	expect_stdout_like '_b -> 20990101000001_b$'
	case $engine in sqlite) rm -f "$DB_FILE" ;; esac
}

# Rows made by hand have no number: the version or the description tells.
by_hand() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0' 'SELECT 1;'
	put 002_b.sql '-- Version: 1.1.0' 'SELECT 2;'
	put 002_c.sql '-- Version: 1.2.0' 'SELECT 3;'
	put 003_d.sql '-- Version: 1.3.0' 'SELECT 4;'
	db_sql 'CREATE TABLE schema_version (version VARCHAR(50) PRIMARY KEY,
	    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	    description TEXT)' "INSERT INTO schema_version (version, description)
	    VALUES ('1.0.0', 'first'), ('x', 'ran 002_c.sql')"
	sqlmigrate renumber
	expect_status 0 "$engine: rows made by hand"
	expect_stdout_like '^002_b -> 004_b, version '
	is "$(files)" '001_a.sql 002_c.sql 003_d.sql 004_b.sql' \
	    "$engine: what they stand for stays"
}

# What cannot be seen through is told, and what cannot be written.
odd() {
	db_new
	rm -rf m
	cp -r "$top_srcdir/tests/fixtures/guide/$engine" m
	sqlmigrate apply
	expect_status 0
	for f in m/003*; do
		sed s/003_add/002_also_add/ "$f" \
		    >"$(printf %s "$f" | sed s/003_add/002_also_add/)"
	done
	sqlmigrate renumber
	expect_status 0
	expect_stderr_like 'warning: 004_also_add_user_preferences writes its own row: change its version to '
	cp m/001_initial_schema.sql m/001_z.sql
	chmod 555 m
	if [ "$(id -u)" -ne 0 ]; then
		sqlmigrate renumber
		expect_status 2 "$engine: a folder that is read-only"
		expect_stderr_like 'cannot create'
	fi
	chmod 755 m
}

# Headers are where the program reads them; a title is no name.
headers() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0' 'SELECT 1;'
	put 001_b.sql "$(printf '\357\273\277')-- Version: 1.0.0" \
	    '-- Migration: 001_b' 'SELECT 2;'
	put 001_b_rollback.sql '-- Version: 1.0.0 -> 0.9.0' 'SELECT 3;'
	put 001_c.sql '/* ours */' "  -- migration : 001_c.sql" \
	    "	--Version : 1.0.0 $(printf '\r')" '-- Version of 2026' 'SELECT 4;'
	put 001_d.sql '-- Migration: more of it' 'SELECT 5;' \
	    '-- Migration: 001_d'
	sqlmigrate renumber --from 0
	expect_status 0 "$engine: headers in other forms"
	is "$(cat m/002_b.sql)" "$(printf '\357\273\277')-- Version: 1.1.0
-- Migration: 002_b
SELECT 2;" "$engine: behind a byte order mark"
	is "$(cat m/002_b_rollback.sql)" '-- Version: 1.1.0 -> 1.0.0
SELECT 3;' "$engine: without a name"
	is "$(cat m/003_c.sql)" "/* ours */
  -- migration : 003_c
	--Version : 1.2.0$(printf '\r')
-- Version of 2026
SELECT 4;" "$engine: with blanks and behind a block comment"
	is "$(cat m/004_d.sql)" '-- Migration: more of it
SELECT 5;
-- Migration: 001_d' "$engine: a title stays"
}

# Numbers end at 18 digits.
last() {
	db_new
	rm -rf m
	put 999999999999999999_a.sql 'SELECT 1;'
	put 999999999999999999_b.sql 'SELECT 2;'
	for option in --dry-run --quiet; do
		sqlmigrate renumber --from 0 "$option"
		expect_status 2 "$engine: behind the last number"
		expect_stderr_like 'cannot become 10{18}_b: .*18 digits'
	done
	is "$(files)" '999999999999999999_a.sql 999999999999999999_b.sql' \
	    "$engine: nothing was moved"
}

# Versions that are equal or fall: only what they concern is refused.
versions() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0' 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	expect_status 0
	put 002_b.sql '-- Version: 1.1.0' 'CREATE TABLE b (x INTEGER);'
	put 003_c.sql '-- Version: 1.1.0' 'CREATE TABLE c (x INTEGER);'
	put 003_c_rollback.sql '-- Version: 1.1.0 -> 1.0.0' 'DROP TABLE c;'
	put 004_d.sql '-- Version: 1.0.0' 'CREATE TABLE d (x INTEGER);'
	put 005_e.sql '-- Version: 0.5.0' 'CREATE TABLE e (x INTEGER);'
	put 005_f.sql 'CREATE TABLE f (x INTEGER);'
	sqlmigrate verify
	expect_status 2
	expect_stdout_like '^error: m/003_c\.sql:1:13: .*/002_b\.sql and .*/003_c\.sql have the same version, 1\.1\.0$'
	expect_stdout_like '^error: m/004_d\.sql:1:13: .*/001_a\.sql and .*/004_d\.sql have the same version, 1\.0\.0$'
	expect_stdout_like '/005_e\.sql and .*/005_f\.sql have the same number, 5$'
	expect_stdout_like '^warning: .*/005_e\.sql: version 0\.5\.0 is below'
	expect_stdout_like ' 4 errors, ' "$engine: verify prints all of it"
	rm m/005_f.sql
	sqlmigrate status
	expect_status 0 "$engine: status does not stop"
	expect_stderr_like 'warning: .* have the same version, 1\.1\.0'
	sqlmigrate apply
	expect_status 2 "$engine: apply does, before it begins"
	expect_stderr_like 'have the same version, 1\.1\.0$'
	is "$(db_tables | grep -v schema_version)" a "$engine: nothing ran"
	sqlmigrate apply 1.1.0
	expect_status 2 "$engine: a version that means two"
	expect_stderr_like '"1\.1\.0" means both 002_b and 003_c'
	sqlmigrate stamp 004
	expect_status 2 "$engine: nor is one recorded twice"
	sqlmigrate apply 002
	expect_status 0 "$engine: the first of the two runs"
	before=$(cat m/*)
	sqlmigrate renumber --dry-run
	expect_status 0
	is "$(cat m/*)" "$before" "$engine: a dry run changes nothing"
	sqlmigrate apply
	expect_status 2
	sqlmigrate renumber
	expect_status 0
	expect_stdout '003_c, version 1.1.0 -> 1.2.0
004_d, version 1.0.0 -> 1.3.0
005_e, version 0.5.0 -> 1.4.0'
	is "$(cat m/003_c*)" '-- Version: 1.2.0
CREATE TABLE c (x INTEGER);
-- Version: 1.2.0 -> 1.1.0
DROP TABLE c;' "$engine: only the headers have changed"
	is "$(files)" '001_a.sql 002_b.sql 003_c.sql 003_c_rollback.sql 004_d.sql 005_e.sql' \
	    "$engine: and no name"
	sqlmigrate apply
	expect_status 0
	is "$(db_sql 'SELECT number, version FROM schema_version
	    ORDER BY number' | tr '\n' ' ')" \
	    '1|1.0.0 2|1.1.0 3|1.2.0 4|1.3.0 5|1.4.0 ' \
	    "$engine: each row has a version of its own"
	sqlmigrate verify
	expect_status 0
	put 006_g.sql '-- Version: 1.5.0' 'SELECT 1;'
	put 007_h.sql '-- Version: 1.6.0' 'SELECT 1;'
	sqlmigrate apply 007
	rm m/006_g.sql m/007_h.sql
	put 008_i.sql '-- Version: 1.6.0' 'SELECT 2;'
	db_sql 'UPDATE schema_version SET number = 9 WHERE number = 7' \
	    'DELETE FROM schema_version WHERE number = 6'
	sqlmigrate apply --out-of-order
	expect_status 2 "$engine: a row of another number has the version"
	expect_stderr_like 'm/008_i\.sql has the version 1\.6\.0, which a row of the history has$'
}

# A file that is applied under another number has its row moved first.
renamed() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0' 'CREATE TABLE a (x INTEGER);'
	put 002_mine.sql '-- Version: 1.1.0' 'CREATE TABLE mine (x INTEGER);'
	sqlmigrate apply
	mv m/002_mine.sql m/003_mine.sql
	sed -i 's/1\.1\.0/1.2.0/' m/003_mine.sql
	put 002_other.sql '-- Version: 1.1.0' 'CREATE TABLE other (x INTEGER);'
	before=$(cat m/*)
	sqlmigrate renumber
	expect_status 4 "$engine: a renamed file"
	is "$(cat m/*)" "$before" "$engine: no file is changed"
	hint 'repair'
	sqlmigrate apply --out-of-order
	expect_status 0 "$engine: after the hint the other branch is applied"
	is "$(db_sql 'SELECT name FROM schema_version ORDER BY number' |
	    tr '\n' ' ')" '001_a 002_other 003_mine ' "$engine: as in the files"
}

# Branches that number by time do not share a version either.
by_time() {
	db_new
	rm -rf m
	mkdir m
	for i in 1 2; do
		sqlmigrate new --timestamp "t$i"
		expect_status 0
	done
	is "$(grep -l Version m/*)" '' "$engine: no version where time counts"
	rm -rf m
	mkdir m
	sqlmigrate new --timestamp --minor t
	expect_status 0
	ok "$engine: but where one is asked for" grep -q Version m/*_t.sql
}

for_each_engine merged
for_each_engine headers
for_each_engine last
for_each_engine behind
for_each_engine by_hand
for_each_engine odd
for_each_engine versions
for_each_engine renamed
for_each_engine by_time
done_testing
