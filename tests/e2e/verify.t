#!/bin/sh
# verify tells all that is wrong, and writes nothing; redo rolls back and
# applies again.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

three() {
	db_new
	rm -rf m
	for i in 1 2 3; do
		put "00${i}_t.sql" "-- Version: 1.$i.0" \
		    "CREATE TABLE t$i (x INTEGER);"
		put "00${i}_t_rollback.sql" "DROP TABLE t$i;"
	done
	sqlmigrate apply
	expect_status 0
}

good() {
	three
	sqlmigrate verify
	expect_status 0 "$engine: nothing to complain about"
	expect_stdout '6 files checked: 0 errors, 0 warnings; the schema is at 1.3.0 (003_t)'
	expect_stderr ''
	put 006_n.sql '-- Version: 2.0.0' 'SELECT 1;'
	sqlmigrate verify
	expect_status 0 "$engine: warnings are no errors"
	expect_stdout_like '^warning: 006_n: there is nothing between 3 and it$'
	expect_stdout_like '^warning: 006_n: it has no rollback file$'
	sqlmigrate -q verify
	expect_stdout ''
	put 007_e.sql '-- Version: 2.0.1'
	put 007_e_rollback.sql '-- nothing to undo'
	sqlmigrate verify
	expect_stdout_like '^warning: m/007_e\.sql: empty, it holds no statement$'
	expect_stdout_like '^9 files checked: 0 errors, 3 warnings; '
	expect_stderr ''
}

# A type that another engine fills in.
types() {
	db_new
	rm -rf m
	put 001_a.sql 'SELECT 1;' 'CREATE TABLE a (id SERIAL PRIMARY KEY);'
	sqlmigrate apply
	expect_status 0
	sqlmigrate verify
	expect_status 0
	if [ "$engine" = sqlite ]; then
		expect_stdout_like '^warning: 001_a: SERIAL in line 2 is no type of SQLite: it would stay NULL; write INTEGER PRIMARY KEY$'
	else
		expect_stdout_unlike 'SERIAL'
	fi
}

# Without a database: all that is wrong with the files, at once.
offline() {
	db_new
	rm -rf m
	scheme=$(either postgresql: sqlite:)
	put 001_a.sql 'SELECT 1;'
	put 001_a_rollback.sql 'SELECT 1;'
	put 002_b.sql "SELECT 'a;"
	put 003_c.sql 'BEGIN; SELECT 1;'
	run "$SQLMIGRATE" -d "$scheme" -m m verify --offline
	expect_status 2 "$engine: errors without a database"
	expect_stdout_like '^error: m/002_b\.sql:1:8: unterminated string$'
	expect_stdout_like '^error: m/003_c\.sql:1:1: BEGIN without a COMMIT$'
	expect_stdout_like '^4 files checked: 2 errors'
	rm m/00[23]*
	run "$SQLMIGRATE" -d "$scheme" -m m verify --offline
	expect_status 0 "$engine: files in order, without a database"
	run "$SQLMIGRATE" -d "$scheme" -m m verify --offline --schema
	expect_status 2
	expect_stderr_like '^sqlmigrate: --offline and --schema exclude'
	put x.sql 'SELECT 1;'
	put 004-y.sql 'SELECT 1;'
	run "$SQLMIGRATE" -d "$scheme" -m m verify --offline
	expect_status 2 "$engine: bad names"
	expect_stderr_like '^sqlmigrate: m/004-y\.sql: '
	expect_stderr_like '^Detail: m/x\.sql: .*\.$'
	rm -r m
	run "$SQLMIGRATE" -d "$scheme" -m m init --offline
	expect_status 0 "$engine: init without a database"
	expect_stdout_like '^created m$'
	ok "$engine: and the directory exists" test -d m
	run "$SQLMIGRATE" -d "$scheme" -m m verify --offline
	expect_stdout_like '^0 files checked'
}

# Two branches: one below what is applied, and a database that is ahead.
order() {
	three
	rm m/002_t*
	db_sql 'DELETE FROM schema_version WHERE number = 2'
	put 002_u.sql '-- Version: 1.2.0' 'SELECT 1;'
	sqlmigrate verify
	expect_status 0 "$engine: what is out of order is no error"
	expect_stdout_like '^warning: 002_u: it is pending below one that is applied$'
	rm m/003_t*
	sqlmigrate verify
	expect_stdout_like '^warning: 003_t: it is applied and newer than this folder$'
}

bad() {
	three
	put 001_t.sql '-- Version: 1.1.0' 'CREATE TABLE t1 (x TEXT);'
	put 002_t.sql '-- Version: 1.2.0' '-- c' 'CREATE TABLE t2 (x INTEGER);'
	put 002_t_rollback.sql 'DROP TABLE IF EXISTS t2;'
	rm m/003_t*
	put 004_n.sql '-- Version: 1.4.0' 'SELECT 1;' 'COMMIT;'
	put 004_n_rollback.sql '-- Version: 1.9.0 -> 1.3.0' 'SELECT 1;'
	put 005_o.sql '-- Version: 1.5.0' "SELECT 'open;"
	before=$(db_sql 'SELECT version, applied_at FROM schema_version')
	sqlmigrate verify
	expect_status 4 "$engine: all is told"
	expect_stdout_like '^error: 001_t was changed after it was applied$'
	expect_stdout_like '^ +Put the file back as it was, '
	expect_stdout_like '^warning: 002_t: it was reformatted'
	expect_stdout_like '^warning: 002_t: the rollback file is not the one'
	expect_stdout_like '^error: 003_t is applied, but its file is gone$'
	expect_stdout_like '^error: m/004_n\.sql:3:1: COMMIT without a BEGIN$'
	expect_stdout_like '^error: m/004_n_rollback\.sql:1:13: the rollback is for version 1\.9\.0'
	expect_stdout_like '^error: m/005_o\.sql:2:8: unterminated string$'
	expect_stdout_like '^7 files checked: 5 errors, 3 warnings; '
	expect_stderr ''
	is "$(db_sql 'SELECT version, applied_at FROM schema_version')" \
	    "$before" "$engine: nothing was written"
	sqlmigrate verify --json
	expect_status 4
	expect_stdout_like '"event":"finding","number":4,"name":"004_n","severity":"error","message":"COMMIT without a BEGIN","file":"m/004_n.sql","line":3,"column":1,'
	expect_stdout_like '"event":"finding_end","files":7,"errors":5,"warnings":3,'
	rm m/00[1235]*
	db_new
	case $engine in sqlite) db_sql 'CREATE TABLE z (x INTEGER)' ;; esac
	sqlmigrate verify
	expect_status 2 "$engine: a refused file alone"
	chmod 644 m/*
	rm m/004_n_rollback.sql
	put 004_n.sql '-- Version: 1.4.0' '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE h (x INTEGER);' 'SELECT nosuch;'
	sqlmigrate apply
	expect_status 7
	sqlmigrate verify
	expect_status 7 "$engine: half applied beats all"
	expect_stdout_like '^error: m/004_n\.sql:4:1: 004_n is half applied: '
}

redone() {
	three
	put 003_t.sql '-- Version: 1.3.0' 'CREATE TABLE t3 (x INTEGER, y INTEGER);'
	sqlmigrate redo
	expect_status 0 "$engine: redo of a changed file"
	expect_stdout_like '^rolled back 003_t'
	expect_stdout_like '^applied 003_t'
	expect_stdout_like '^1 migration applied in .*; the schema is at 1\.3\.0'
	db_sql 'INSERT INTO t3 (y) VALUES (1)'
	is "$(db_sql 'SELECT y FROM t3')" 1 "$engine: it is the new one"
	is "$(db_sql 'SELECT action FROM schema_version_log ORDER BY id DESC
	    LIMIT 2' | tr '\n' ' ')" 'apply rollback ' "$engine: both are logged"
	sqlmigrate redo 002
	expect_status 4 "$engine: later ones are applied"
	sqlmigrate redo --cascade 002
	expect_status 2 "$engine: several are asked about"
	sqlmigrate redo --cascade 002 --yes
	expect_status 0 "$engine: redo of two"
	is "$(printf '%s\n' "$stdout" | sed -n 's/ (.*ms)//p' | tr '\n' ' ')" \
	    'rolled back 003_t rolled back 002_t applied 002_t applied 003_t ' \
	    "$engine: in order"
	put 004_p.sql '-- Version: 1.4.0' 'CREATE TABLE t4 (x INTEGER);' \
	    'ROLLBACK;'
	sqlmigrate redo
	expect_status 0
	is "$(db_tables | grep -c '^t4$')" 0 "$engine: what is pending is in nobody's way"
	put 003_t.sql '-- Version: 1.3.0' 'SELECT 1;' 'COMMIT;'
	sqlmigrate redo
	expect_status 2 "$engine: a refused file"
	is "$(db_tables | grep -c '^t3$')" 1 "$engine: nothing was rolled back"
	put 003_t.sql '-- Version: 1.3.0' 'CREATE TABLE t3 (x INTEGER);'
	cp m/001_t.sql 001_t.was
	put 001_t.sql '-- Version: 1.1.0' 'CREATE TABLE t1 (x INTEGER, y INTEGER);'
	sqlmigrate redo
	expect_status 4 "$engine: another file was changed"
	expect_stderr_like '001_t was changed after it was applied'
	is "$(db_tables | grep -c '^t3$')" 1 "$engine: nothing was rolled back"
	mv 001_t.was m/001_t.sql
	put 003_t.sql '-- Version: 1.3.0' 'CREATE TABLE t3 (x INTEGER);' 'SELECT nosuch;'
	sqlmigrate redo
	expect_status 1 "$engine: one that fails"
	expect_stderr_like '^Nothing of 003_t was kept\. 002 stays applied'
	sqlmigrate rollback --all --yes
	sqlmigrate redo
	expect_stdout_like '^nothing to roll back'
}

for_each_engine good
for_each_engine offline
for_each_engine types
for_each_engine order
for_each_engine bad
for_each_engine redone
done_testing
