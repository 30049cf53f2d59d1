#!/bin/sh
# What only SQLite does: other writers and readers, transactions that a
# statement ends, foreign keys, files that are no database.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

has_engine sqlite || {
	pass 'there is no SQLite'
	done_testing
}
engine=sqlite

# A database of that journal mode, with 001 applied.
fresh() {
	db_new
	rm -rf m
	db_sql "PRAGMA journal_mode = $mode" >/dev/null
	put 001_a.sql 'CREATE TABLE a (x INTEGER PRIMARY KEY);' \
	    'CREATE TABLE c (p INTEGER REFERENCES a (x)
		DEFERRABLE INITIALLY DEFERRED);' 'INSERT INTO a VALUES (1);' \
	    'INSERT INTO c VALUES (1);'
	sqlmigrate "$@" apply
	expect_status 0 "$mode: a first migration"
}

# refused REGEX NAME: the pending 002 fails so, and nothing of it is kept.
refused() {
	before=$(db_sql .dump)
	sqlmigrate apply
	expect_status 1 "$mode: $2"
	expect_stderr_like "$1" "$mode: $2: message"
	expect_stderr_like '^Nothing of 002_b was kept\. 001 stays applied'
	is "$(db_sql .dump | grep -v 'INTO schema_version_log')" \
	    "$(printf '%s\n' "$before" | grep -v 'INTO schema_version_log')" \
	    "$mode: $2: the database is as it was"
	is "$(db_sql 'PRAGMA integrity_check')" ok "$mode: $2: and whole"
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 0 "$mode: $2: the mended file is applied"
}

# The statement 'SQL' in a file whose end would be committed without care.
ended() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER UNIQUE);' \
	    'INSERT INTO b VALUES (1);' \
	    "CREATE TRIGGER g BEFORE INSERT ON b WHEN new.x > 5 BEGIN
		SELECT RAISE($1); END;" "$2" \
	    'CREATE TABLE after (x INTEGER);'
	refused "$3" "$4"
}

ends() {
	ended "ROLLBACK, 'enough'" 'INSERT INTO b VALUES (6);' 'enough' RAISE\(ROLLBACK\)
	ended "ABORT, 'enough'" 'INSERT INTO b VALUES (6);' 'enough' RAISE\(ABORT\)
	ended "FAIL, 'enough'" 'INSERT INTO b VALUES (2), (6);' 'enough' RAISE\(FAIL\)
	ended "ROLLBACK, 'enough'" 'INSERT OR ROLLBACK INTO b VALUES (1);' \
	    'UNIQUE constraint failed' 'INSERT OR ROLLBACK'
	ended "ROLLBACK, 'enough'" 'UPDATE OR ROLLBACK b SET x = NULL; INSERT OR ROLLBACK INTO b VALUES (3), (3);' \
	    'UNIQUE constraint failed' 'OR ROLLBACK behind a statement that is well'
	ended "ROLLBACK, 'enough'" 'REPLACE INTO b VALUES (7);' 'enough' 'a trigger of REPLACE'
	ended IGNORE 'INSERT INTO b VALUES (6); INSERT INTO nosuch VALUES (1);' \
	    'no such table' RAISE\(IGNORE\)
	# A constraint whose own words say so.
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER UNIQUE ON CONFLICT ROLLBACK);' \
	    'INSERT INTO b VALUES (1);' 'INSERT INTO b VALUES (1);' \
	    'CREATE TABLE after (x INTEGER);'
	refused 'UNIQUE constraint failed' 'ON CONFLICT ROLLBACK'
}

keys() {
	# Of a rebuild with the keys off, each violation that is new is told.
	fresh --foreign-keys=on
	put 002_b.sql 'PRAGMA foreign_keys = off;' \
	    'CREATE TABLE n (x INTEGER PRIMARY KEY);' 'DROP TABLE a;' \
	    'ALTER TABLE n RENAME TO a;' 'PRAGMA foreign_keys = on;'
	sqlmigrate --foreign-keys=on apply
	expect_status 1 "$mode: a rebuild that loses a parent"
	expect_stderr_like 'foreign key' "$mode: it is told"
	is "$(db_sql 'SELECT x FROM a' 'SELECT p FROM c')" '1
1' "$mode: neither parent nor child is lost"
	put 002_b.sql 'PRAGMA foreign_keys = off;' \
	    'CREATE TABLE n (x INTEGER PRIMARY KEY, y TEXT);' \
	    'INSERT INTO n (x) SELECT x FROM a;' 'DROP TABLE a;' \
	    'ALTER TABLE n RENAME TO a;' 'PRAGMA foreign_keys = on;'
	sqlmigrate --foreign-keys=on apply
	expect_status 0 "$mode: one that keeps it"
	is "$(db_sql 'SELECT x FROM a' 'SELECT p FROM c')" '1
1' "$mode: parent and child are there"
	# Deferred: broken in between, mended before the end; or not.
	put 003_d.sql 'INSERT INTO c VALUES (2);' 'INSERT INTO a VALUES (2, NULL);'
	sqlmigrate --foreign-keys=on apply
	expect_status 0 "$mode: a deferred key that is mended in time"
	put 004_e.sql 'INSERT INTO c VALUES (3);'
	sqlmigrate --foreign-keys=on apply
	expect_status 1 "$mode: one that is not"
	expect_stderr_like '^Nothing of 004_e was kept\.'
	is "$(db_sql 'SELECT max(p) FROM c')" 2 "$mode: nothing of it was"
}

# What helps is followed by the way on, where some of the file is done.
full() {
	fresh
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'INSERT INTO a VALUES (2);' 'PRAGMA max_page_count = 1;' \
	    'CREATE TABLE b AS SELECT zeroblob(100000);'
	sqlmigrate apply
	expect_status 7 "$mode: a file that is as large as it may be"
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:4:1: .*the disk is full, or the database at its largest size'
	expect_stderr_like '^Hint: 1\. Make room for it\.$'
	expect_stderr_like '^      2\. Continue: sqlmigrate apply --resume$'
	sed -i /max_page_count/d m/002_b.sql
	sqlmigrate apply --resume
	expect_status 0 "$mode: and with room it goes on"
}

# sqlite3 that holds SQL until release.
hold() {
	rm -f hold held
	mkfifo hold
	sqlite3 "$DB_FILE" <hold >held &
	holder=$!
	exec 3>hold
	echo "$1; SELECT 'held';" >&3
	eventually grep -q held held
}

release() {
	exec 3>&-
	wait "$holder"
}

# Another one writes, or reads while COMMIT wants the file for itself.
busy() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	ok "$mode: a writer" hold 'BEGIN IMMEDIATE'
	sqlmigrate --lock-wait=200ms apply
	expect_status 5 "$mode: it does not end in time"
	expect_stderr_like 'another process holds a lock on .*, and did not release it within 0\.2 s'
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 3>&- &
	pid=$!
	ok "$mode: it is waited for" eventually grep -q '^waiting' out
	release
	status=0
	wait "$pid" || status=$?
	is "$status" 0 "$mode: and then it goes on"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 2 "$mode: once"

	put 003_c.sql 'CREATE TABLE c3 (x INTEGER);'
	ok "$mode: a reader" hold 'BEGIN; SELECT count(*) FROM a'
	sqlmigrate --lock-timeout=100ms --lock-retries=1 apply
	if [ "$mode" = wal ]; then
		expect_status 0 'wal: it is in nobody'\''s way'
	else
		expect_status 5 'delete: COMMIT waits for it, and gives up'
		expect_stderr_like 'holds a lock on .*, and did not release it within 0\.1 s'
		expect_stderr_like '^Nothing of 003_c was kept\. 002 stays applied'
		is "$(db_sql 'SELECT count(*) FROM schema_version')" 2 \
		    'delete: nothing was kept'
	fi
	release
	sqlmigrate apply
	expect_status 0 "$mode: when it is gone"
	is "$(db_sql "SELECT count(*) FROM schema_version_log
		WHERE outcome = 'done' AND number = 3")" 1 "$mode: once"
	is "$(db_sql 'PRAGMA journal_mode')" "$mode" \
	    "$mode: the journal mode is the user's"
}

# A file that may not grow is an error of the write, and kills nobody.
file_limit() {
	mode=delete
	fresh
	put 003_c.sql 'CREATE TABLE large AS WITH RECURSIVE n(x) AS
	    (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000)
	    SELECT x, randomblob(500) AS y FROM n;'
	run sh -c 'ulimit -f 1000; exec "$@"' sh "$SQLMIGRATE" -d "$DB_URL" \
	    -m m apply
	expect_status 1 'a file that may not grow'
	expect_stderr_like '^sqlmigrate: m/003_c\.sql:1:1: '
	expect_stderr_like '^Nothing of 003_c was kept\. 001 stays applied'
	sqlmigrate apply
	expect_status 0 'where it may'
}

# bytes OFFSET TEXT: overwrite some of the file x.db; escapes as in printf %b.
bytes() {
	printf %b "$2" | dd of=x.db bs=1 seek="$1" conv=notrunc 2>/dev/null
}

# strange NAME REGEX: x.db is refused by each command, and stays as it is.
strange() {
	before=$(sha256sum x.db)
	for command in apply status rollback init 'stamp 001' verify; do
		# shellcheck disable=SC2086
		run "$SQLMIGRATE" -m m -d sqlite:x.db $command
		[ "$status" -ne 0 ] || fail "$1: $command" "$stdout"
		expect_stderr_like "$2" "$1: $command: message"
	done
	is "$(sha256sum x.db)" "$before" "$1: it is as it was"
}

strangers() {
	mode=delete
	fresh
	cp "$DB_FILE" x.db
	bytes 18 '\0003\0003'
	strange 'a newer format' '^sqlmigrate: x\.db has a newer format, which this SQLite cannot read$'
	cp "$DB_FILE" x.db
	bytes 0 'SQLite format 4'
	strange 'another format' 'x\.db.*is not an SQLite database'
	cp "$DB_FILE" x.db
	truncate -s 3000 x.db
	strange 'a file that was cut off' 'x\.db.*(malformed|damaged)'
	printf 'short' >x.db
	strange 'a short text' 'x\.db.*is not an SQLite database'
	head -c 8192 /dev/urandom >x.db
	strange 'noise' 'x\.db.*is not an SQLite database'
	expect_stderr_like '^Hint: Look at the path, .*: head -c 15 x\.db shows "SQLite format 3" where'
}

# seen NAME TEXT STATUS: what another process gets, without waiting, while a run
# is at 002: from the history, and as the exit status of status.
seen() {
	rm -f out
	"$SQLMIGRATE" -d "sqlite:$DB_FILE" -m m apply >out 2>&1 &
	pid=$!
	ok "$1: it is at 002" eventually grep -q '^applied 001' out
	sqlite3 -readonly "$DB_FILE" 'SELECT count(*) FROM schema_version' \
	    >seen 2>&1 || :
	run "$SQLMIGRATE" -d "sqlite:$DB_FILE" -m m --lock-wait=0 status
	kill "$pid"
	wait "$pid"
	is $? 143 "$1: it is ended"
	like "$(cat seen)" "$2" "$1: another process gets"
	expect_status "$3" "$1: status"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 1 "$1: 001 is kept"
}

# A file is kept by the run that has made it, and by no other.
kept() {
	rm -rf m && mkdir m
	put 001_a.sql 'CREATE TABLE t (x);'
	put 002_b.sql 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1
	    FROM n) INSERT INTO t SELECT max(x) FROM n;'
	DB_FILE=$tmp/kept.db
	seen made 'locked' 5
	db_sql 'DROP TABLE t; DROP TABLE schema_version;
	    DROP TABLE schema_version_log;'
	seen 'there before' '^1$' 0
	rm "$DB_FILE"
	db_sql 'PRAGMA journal_mode = wal' >/dev/null
	seen 'there before, WAL' '^1$' 0
	rm -f "$DB_FILE"*
	put 003_c.sql '-- sqlmigrate: no-transaction
	    VACUUM;'
	seen 'a file without a transaction follows' '^1$' 0
}

# What sqlite3 writes for a database with a virtual table.
dumped() {
	rm -rf m && mkdir m
	db_new
	sqlite3 old.db 'CREATE VIRTUAL TABLE notes USING fts5(body);'
	sqlite3 old.db .dump >m/001_a.sql
	sqlmigrate apply
	expect_status 1 'a dump that writes to the schema table'
	expect_stderr_like '^Hint: Write CREATE VIRTUAL TABLE in place .* run: sqlmigrate apply --unsafe-schema$'
	sqlmigrate apply --unsafe-schema
	expect_status 0 'the command of the hint works'
	is "$(db_sql "SELECT count(*) FROM notes")" 0 'and makes the table'
}

for mode in delete wal; do
	mkdir -p "$tmp/$mode" && cd "$tmp/$mode" || exit 99
	ends
	keys
	full
	busy
done
cd "$tmp" || exit 99
file_limit
dumped
strangers
kept
done_testing
