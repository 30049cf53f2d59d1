#!/bin/sh
# What may stand in a folder of migrations, and what may not: each bad input
# gets one clear error, status 2, and leaves the database as it was.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# put NAME FORMAT: a file of the folder ./m, written by printf.
put() {
	mkdir -p "$(dirname "m/$1")"
	# shellcheck disable=SC2059
	printf -- "$2" >"m/$1"
}

# The folder so far is refused for REGEX; NAME says what is in it.
bad() {
	sqlmigrate apply
	expect_status 2 "$engine: $1: status"
	expect_stderr_like "$2" "$engine: $1: message"
	is "$(printf '%s\n' "$stderr" | grep -c '^sqlmigrate: ')" 1 \
	    "$engine: $1: one message"
	is "$(db_tables)" '' "$engine: $1: nothing was run"
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);\n'
}

# unprivileged CMD...: as somebody whom the modes of files bind.
unprivileged() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		setpriv --reuid "$(id -u nobody)" --regid "$(id -g nobody)" \
		    --clear-groups "$@"
	fi
}

# The folder is read before the database is looked for.
unreadable() {
	chmod 0 "$1"
	run unprivileged "$tmp/sqlmigrate" -d "$DB_URL" -m m apply
	chmod 755 "$1"
	expect_status 2 "$engine: no right to read $1"
	expect_stderr_like "$1: Permission denied\$" "$engine: message"
	is "$(printf '%s\n' "$stderr" | grep -c '^sqlmigrate: ')" 1 \
	    "$engine: one message"
	is "$(db_tables)" '' "$engine: nothing was run"
}

# A file 002 with this text is refused.
bad_text() {
	put 002_b.sql "$2"
	bad "$1" "$3"
}

names() {
	for name in 1x.sql _x.sql 002_.sql 002-x.sql x.sql '002_a b.sql' \
	    1234567890123456789_x.sql; do
		put "$name" 'SELECT 1;'
		bad "the name $name" 'm/.*\.sql: '
	done
	put 002_b.SQL 'SELECT 1;'
	bad 'an ending in capitals' 'm/002_b\.SQL: .*'
	put sub/002_b.sql 'SELECT 1;'
	bad 'a folder with a migration' 'm/sub'
	put 1_b.sql 'SELECT 1;'
	bad 'one number twice' 'm/1_b\.sql.*same number, 1'
	put 002_b_rollback.sql 'SELECT 1;'
	bad 'a rollback alone' '002_b_rollback\.sql: a rollback without'
	mkdir m/002_b.sql
	bad 'a folder as a migration' '002_b\.sql: .*'
	mkfifo m/002_b.sql
	bad 'a FIFO' '002_b\.sql: not a regular file'
	echo 'SELECT 1;' >outside.sql
	ln -s ../outside.sql m/002_b.sql
	bad 'a link out of the folder' '002_b\.sql: .*leaves the folder'
	ln -s nowhere.sql m/002_b.sql
	bad 'a dangling link' '002_b\.sql: a symbolic link to nothing'
	put "$(printf '002_b\033[2J.sql')" 'SELECT 1;'
	bad 'an escape in a name' '002_b\\x1b\[2J\.sql'
	unlike "$stderr" "$(printf '\033')" "$engine: it is not printed raw"
	put "$(printf '002_b\nsqlmigrate: x.sql')" 'SELECT 1;'
	bad 'a line end in a name' 'm/002_b\\nsqlmigrate: x\.sql: '
	put '002_%s$(x);.sql' 'SELECT 1;'
	bad 'a format in a name' 'm/002_%s\$\(x\);\.sql: '
	put "$(printf '002_\342\200\256b.sql')" 'SELECT 1;'
	bad 'a name that reads backwards' 'm/002_\\u\{202e\}b\.sql: '
	put "$(printf '002_\377b.sql')" 'SELECT 1;'
	bad 'a name that is not UTF-8' 'm/002_\\xffb\.sql: '
	put 002_b.sql 'SELECT 1;'
	unreadable m/002_b.sql
	unreadable m
	rm m/002_b.sql
	run "$SQLMIGRATE" -d "$DB_URL" -m nowhere apply
	expect_status 2 "$engine: no folder"
	expect_stderr_like 'nowhere'
	expect_stderr_like '^Hint: '
}

headers() {
	bad_text 'a bad version' '-- Version: 1.0\nSELECT 1;' \
	    'm/002_b\.sql:1:[0-9]+: .*version'
	bad_text 'two versions' '-- Version: 1.0.0\n-- Version: 1.0.1\n' \
	    'm/002_b\.sql:2:'
	bad_text 'another name' '-- Migration: 003_x\nSELECT 1;' \
	    'm/002_b\.sql:1:.*003_x'
	bad_text 'an unknown directive' '-- sqlmigrate: no-transactions\n' \
	    'm/002_b\.sql:1:.*no-transactions'
	bad_text 'a late directive' \
	    'SELECT 1;\n-- sqlmigrate: no-transaction\n' 'm/002_b\.sql:2:'
	bad_text 'a bad duration' '-- sqlmigrate: lock-timeout=soon\n' \
	    'm/002_b\.sql:1:16: .*needs a duration'
	put 001_a.sql '-- Version: 1.0.0\nSELECT 1;'
	bad_text 'a missing version' 'SELECT 1;' 'm/002_b\.sql: no .*Version'
	put 001_a.sql '-- Version: 1.0.0\nSELECT 1;'
	bad_text 'a version twice' '-- Version: 1.0.0\nSELECT 1;' \
	    'same version, 1\.0\.0'
	put 002_b.sql '-- Version: 1.1.0\nSELECT 1;'
	put 001_a.sql '-- Version: 1.0.0\nSELECT 1;'
	put 002_b_rollback.sql '-- Version: 1.2.0 -> 1.0.0\nSELECT 1;'
	bad 'a rollback for another version' '002_b_rollback\.sql:1:.*1\.2\.0'
	put 002_b.sql 'SELECT 1;'
	put 002_b_rollback.sql '-- Rollback: 003_x\nSELECT 1;'
	bad 'a rollback of another name' 'm/002_b_rollback\.sql:1:.*003_x'
}

texts() {
	bad_text 'a NUL byte' 'SELECT 1;\nSELECT \0002;' \
	    'm/002_b\.sql:2:8: NUL byte'
	bad_text 'invalid UTF-8' 'SELECT 1;\nSELECT \377;' \
	    'm/002_b\.sql:2:8: invalid UTF-8 byte 0xff'
	bad_text 'UTF-16' '\377\376S\000' 'm/002_b\.sql:1:1: '
	like "$stderr" UTF-16 "$engine: the hint names it"
	bad_text 'an open string' "SELECT 1;\n  SELECT 'a;\n" \
	    'm/002_b\.sql:2:10: '
	bad_text 'a COMMIT half way' 'SELECT 1;\nCOMMIT;\nSELECT 2;' \
	    'm/002_b\.sql:2:1: COMMIT without a BEGIN'
	bad_text 'a ROLLBACK' 'SELECT 1;\nROLLBACK;' 'm/002_b\.sql:2:1: '
	bad_text 'two blocks' 'BEGIN;\nCOMMIT;\nBEGIN;\nCOMMIT;' \
	    'm/002_b\.sql:3:1: a second BEGIN'
	bad_text 'an open BEGIN' 'BEGIN;\nSELECT 1;' \
	    'm/002_b\.sql:1:1: BEGIN without a COMMIT'
	bad_text 'VACUUM' 'VACUUM;' 'm/002_b\.sql:1:1: .*inside a transaction'
	like "$stderr" '^Hint: .*-- sqlmigrate: no-transaction' \
	    "$engine: the hint has the directive"
	[ "$engine" = postgres ] || return 0
	bad_text 'CONCURRENTLY' 'CREATE INDEX CONCURRENTLY i ON a (x);' \
	    'm/002_b\.sql:1:1: '
	bad_text 'an open dollar quote' 'SELECT $$ a;\n' 'm/002_b\.sql:1:8: '
	bad_text 'an open comment' '/* SELECT 1;\n' 'm/002_b\.sql:1:1: '
	bad_text 'an open parenthesis' 'CREATE TABLE b (x int;\n' \
	    'm/002_b\.sql:1:16: '
	bad_text "psql's commands" 'SELECT 1;\n\\\\i other.sql\n' \
	    'm/002_b\.sql:2:1: '
	bad_text 'open COPY data' 'COPY a FROM stdin;\n1\n' 'm/002_b\.sql:1:1: '
}

good() {
	db_new
	rm -rf m
	put 2_order.sql 'CREATE TABLE t (n INTEGER);'
	put 010_crlf.sql 'INSERT INTO t\r\nVALUES (10);\r\n'
	put 11_bom.sql '\357\273\277INSERT INTO t VALUES (11);\n'
	put 12_empty.sql ''
	put 13_comment.sql '/* nothing; really */\n'
	put 20250101120000_later.sql 'INSERT INTO t VALUES (20)'
	put README 'not a migration'
	put .hidden.sql 'SELECT nonsense;'
	put ..data/file 'INSERT INTO t VALUES (30);'
	put 2_order_rollback.sql 'DROP TABLE t;'
	ln -s ..data/file m/20250101120001_linked.sql
	sqlmigrate apply
	expect_status 0
	is "$(db_sql 'SELECT n FROM t')" '10
11
20
30' "$engine: in the order of the numbers, and no rollback"
	expect_stderr_like 'warning: m/12_empty\.sql: empty'
	sqlmigrate status
	expect_stdout_like '^2 +applied .* 2_order'
}

all_bad() {
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER);\n'
	case $engine in sqlite) : >"$DB_FILE" ;; esac
	# The build's folder may be closed to others than its owner.
	cp "$SQLMIGRATE" "$tmp/sqlmigrate"
	names
	headers
	texts
}

missing_rollback() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql '-- nothing to do\n'
	sqlmigrate apply
	sqlmigrate status
	expect_stdout_like '^001 .*no rollback'
	expect_stdout_like '^002 .*empty rollback'
	sqlmigrate rollback
	expect_status 0 "$engine: an empty rollback is allowed"
	sqlmigrate rollback
	expect_status 2 "$engine: a rollback that is not there"
	expect_stderr_like '001_a has no rollback file'
	expect_stderr_like '^Hint: '
}

# Folders that were written for other tools.
automatic() {
	db_new
	rm -rf m
	put 001_a.sql 'BEGIN;\nCREATE TABLE a (x INTEGER);\nCOMMIT;\nBEGIN;
CREATE TABLE b (x INTEGER);\nCOMMIT;\n'
	sqlmigrate apply
	expect_status 2 "$engine: two blocks, strictly"
	put 002_c.sql 'BEGIN;\nCREATE TABLE c (x INTEGER);\n'
	put 003_v.sql 'CREATE TABLE d (x INTEGER);\nVACUUM;\n'
	sqlmigrate --transaction=auto apply
	expect_status 0 "$engine: --transaction=auto runs them"
	is "$(db_tables | grep -v schema_version | tr '\n' ' ')" 'a b c d ' \
	    "$engine: all of them"
	is "$(db_sql 'SELECT count(*) FROM schema_version_journal')" 0 \
	    "$engine: and nothing is half applied"
}

# Files are read by all processors; what is said does not depend on which was
# first.
order() {
	db_new
	rm -rf m
	case $engine in sqlite) : >"$DB_FILE" ;; esac
	i=100
	while [ "$i" -lt 300 ]; do
		put "${i}_t.sql" "CREATE TABLE t$i (x INTEGER);\n"
		i=$((i + 1))
	done
	put 130_t.sql 'COMMIT;\n'
	put 131_t.sql "SELECT 'open\\n"
	put 290_t.sql 'ROLLBACK;\n'
	sqlmigrate apply
	expect_status 2 "$engine: three of 200 refused"
	expect_stderr_like '^sqlmigrate: m/130_t\.sql:1:1: ' 'the first is told'
	sqlmigrate status
	told=$(printf '%s\n' "$stderr" |
	    sed -n 's/^.*warning: \(m[^:]*\).*/\1/p' | tr '\n' ' ')
	is "$told" 'm/130_t.sql m/131_t.sql m/290_t.sql ' \
	    "$engine: status tells of all, in order"
	put 150_t.sql '-- Version: one\n'
	put 299_t.sql '-- Version: two\n'
	sqlmigrate status
	expect_stderr_like '^sqlmigrate: m/150_t\.sql:1:' \
	    "$engine: of two bad headers the first"
	put 150_t.sql ''
	put 299_t.sql ''
	rm m/130_t.sql m/131_t.sql m/290_t.sql
	sqlmigrate apply
	expect_status 0 "$engine: 197 are applied"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 197 \
	    "$engine: each with its row"
}

for_each_engine automatic
for_each_engine order
for_each_engine all_bad
for_each_engine good
for_each_engine missing_rollback
done_testing
