#!/bin/sh
# What is refused says what, where and why, and stands in nobody else's way.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

fresh() {
	db_new
	rm -rf m
	mkdir m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
}

# refused FILE STATUS REGEX TEXT...: apply of a file with that text.
refused() {
	file=$1
	status=$2
	like=$3
	shift 3
	put "$file" "$@"
	sqlmigrate apply
	expect_status "$status" "$engine: $file: $1"
	expect_stderr_like "$like"
	rm "m/$file"
}

endings() {
	fresh
	for name in 001_a_Rollback 001_a_ROLLBACK; do
		mv m/001_a_rollback.sql "m/$name.sql"
		sqlmigrate apply
		expect_status 2 "$engine: $name.sql never runs forward"
		expect_stderr_like "$name\.sql: the ending of a rollback must be"
		mv "m/$name.sql" m/001_a_rollback.sql
	done
}

# A bad file is told of, and keeps only apply from working.
bad_pending() {
	fresh
	sqlmigrate apply
	put 002_b.sql "SELECT 'open;"
	sqlmigrate status
	expect_status 0 "$engine: status beside a bad file"
	expect_stderr_like 'warning: m/002_b\.sql:1:8: unterminated string'
	expect_stdout_like '^001 +applied .* 001_a'
	sqlmigrate current
	expect_stdout_like '^001_a'
	sqlmigrate apply
	expect_status 2 "$engine: apply refuses it"
	sqlmigrate rollback
	expect_status 0 "$engine: rollback goes on beside it"
}

# All files whose headers are refused are named, in their order.
several() {
	fresh
	put 002_b.sql '-- Version: 1.0' 'SELECT 1;'
	put 003_c.sql 'SELECT 1;'
	for i in $(seq 100 130); do
		put "${i}_d.sql" '-- sqlmigrate: faster'
	done
	sqlmigrate verify
	expect_status 2 "$engine: many files with bad headers"
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:1:13: "1\.0" is not a version'
	expect_stderr_like '^Detail: m/100_d\.sql:1:16: unknown directive "faster"\.$'
	expect_stderr_like '^    m/119_d\.sql:1:16: unknown directive "faster"\.$'
	expect_stderr_like '^    And 11 more\.$'
	expect_stderr_unlike '120_d'
}

# Files of other programs, which hold the rollback behind a mark of their own.
sections() {
	fresh
	while IFS='|' read -r up down; do
		refused 002_b.sql 2 '^sqlmigrate: m/002_b\.sql:3:1: the other direction' \
		    "$up" 'CREATE TABLE b (x INTEGER);' "$down" 'DROP TABLE b;'
		expect_stderr_like '^Hint: .* X\.sql and X_rollback\.sql\.$'
	done <<'EOT'
-- migrate:up|-- migrate:down transaction:false
-- +goose Up|-- +goose Down
-- +migrate Up notransaction|-- +migrate Down
--+micrate UP|--+MICRATE DOWN
-- Up Migration|-- Down Migration
-- made by hand|---- create above / drop below ----
--|-- //@UNDO
EOT
	printf -- '-- +goose Up\r\nSELECT 1;\r\n-- +goose Down\r\nSELECT 2;\r\n' \
	    >m/002_b.sql
	sqlmigrate apply
	expect_status 2 "$engine: with CRLF"
	refused 002_b.sql 2 '002_b\.sql:3:1: ' '-- migrate:down' 'SELECT 1;' \
	    '-- migrate:up' 'SELECT 2;'
	put 002_b.sql '-- migrate:up' 'CREATE TABLE b (x INTEGER);' \
	    '/* -- migrate:down */ -- migrate:down' 'SELECT 1;' \
	    '-- Down migration of b' 'SELECT 2;' '-- migrate:down' ';' \
	    '-- nothing'
	put 002_b_rollback.sql '-- +goose Down' 'DROP TABLE b;'
	sqlmigrate apply
	expect_status 0 "$engine: a section of the other direction, but empty"
	sqlmigrate rollback
	expect_status 0 "$engine: a rollback that begins as one"
	is "$(db_tables | grep -cw b)" 0 "$engine: it runs"
}

control() {
	fresh
	refused 002_b.sql 1 '002_b\.sql:' 'CREATE TABLE b (x INTEGER);' \
	    'COMMIT nonsense;'
	refused 002_b.sql 1 'm/002_b\.sql:' 'BEGIN nonsense;' 'SELECT 1;' \
	    'COMMIT;'
	fresh
	put 002_b.sql '-- Version: 1.1.0' 'SELECT 1;'
	put 001_a.sql '-- Version: 1.0.0' 'CREATE TABLE a (x INTEGER);'
	refused 002_b_rollback.sql 2 'm/002_b_rollback\.sql:1:13: .*7\.0\.0' \
	    '-- Version: 1.1.0 -> 7.0.0' 'SELECT 1;'
	refused 003_c.sql 2 'm/003_c\.sql:1:16: .*needs a duration' \
	    '-- sqlmigrate: statement-timeout=3000' 'SELECT 1;'
}

# A table that SQLite's ALTER TABLE cannot mend.
shapes() {
	fresh
	db_sql 'CREATE TABLE schema_version (version varchar(50), applied_at
		timestamp, description text)'
	sqlmigrate apply
	expect_status 4 "$engine: a table without a key"
	if [ "$engine" = sqlite ]; then
		expect_stderr_unlike 'ALTER TABLE'
		expect_stderr_like '^Hint: Make a table like it'
	else
		expect_stderr_like '^Hint: Run: ALTER TABLE'
		fresh
		db_sql 'CREATE SEQUENCE schema_version'
		sqlmigrate apply
		expect_status 4 'a sequence'
		expect_stderr_like 'schema_version.*: it is not a plain table'
	fi
}

# What is gone after a crash, or with the session, records nothing.
fleeting() {
	for suffix in '' _log _journal; do
		fresh
		sqlmigrate init
		db_sql "ALTER TABLE schema_version$suffix SET UNLOGGED"
		put 001_a.sql '-- sqlmigrate: no-transaction' 'VACUUM;'
		sqlmigrate apply
		expect_status 4 "schema_version$suffix is unlogged"
		expect_stderr_like "^sqlmigrate: table public\.schema_version$suffix is unlogged: a crash of the server would empty it\$"
		expect_stderr_like "^Hint: Run: ALTER TABLE public\.schema_version$suffix SET LOGGED;\$"
		db_sql "ALTER TABLE schema_version$suffix SET LOGGED"
		sqlmigrate apply
		expect_status 0 'what the hint says helps'
	done
	fresh
	put 001_a.sql 'CREATE TABLE public.a (x INTEGER);'
	db_sql "ALTER DATABASE \"$PG_DB\" SET search_path = pg_temp, public"
	sqlmigrate apply
	expect_status 0 'a search path that begins with what is temporary'
	sqlmigrate apply
	expect_stdout_like '^nothing to apply'
	is "$(db_sql 'SELECT count(*) FROM public.schema_version')" 1 \
	    'the history is where it stays'
}

# The tables beside the history are made again where they were dropped.
beside() {
	fresh
	sqlmigrate apply
	db_sql 'DROP TABLE schema_version_journal'
	for command in status verify; do
		sqlmigrate "$command"
		expect_status 0 "$engine: $command without the journal"
	done
	is "$(db_tables | grep -c journal)" 0 "$engine: which reads only"
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 0 "$engine: apply without the journal"
	expect_stdout_like '^applied 002_b '
	expect_stderr_unlike 'transaction|lost' \
	    "$engine: in a transaction that stays"
	is "$(db_sql 'SELECT count(*) FROM schema_version_journal')" 0 \
	    "$engine: makes it again"
	put 003_c.sql 'CREATE TABLE c (x INTEGER);' \
	    'DROP TABLE schema_version_journal;' \
	    "INSERT INTO schema_version (version) VALUES ('0.0.3');"
	sqlmigrate apply
	expect_status 0 "$engine: a file that drops it"
	is "$(db_sql 'SELECT count(*) FROM c')" 0 "$engine: is kept whole"
	is "$(db_sql 'SELECT count(*) FROM schema_version_journal')" 0 \
	    "$engine: and it is made again"
}

addresses() {
	fresh
	printf 'sqlite:f.db\nsqlite:g.db\n' >two
	run env DATABASE_URL_FILE=two "$SQLMIGRATE" -m m status
	expect_status 2 'an address file of two lines'
	expect_stderr_like '^sqlmigrate: two: more than one line'
}

checkpoint() {
	fresh
	put 001_a.sql 'PRAGMA wal_checkpoint;'
	sqlmigrate apply
	expect_status 2 'PRAGMA wal_checkpoint in a transaction'
	expect_stderr_like '^Hint: Put the line "-- sqlmigrate: no-transaction"'
	put 001_a.sql '-- sqlmigrate: no-transaction' 'PRAGMA wal_checkpoint;'
	sqlmigrate apply
	expect_status 0 'and without one'
}

# What fails at COMMIT, or has no place of its own, names the file.
placeless() {
	fresh
	put 001_a.sql 'CREATE TABLE a (x INTEGER PRIMARY KEY);' \
	    'CREATE TABLE b (x INTEGER REFERENCES a INITIALLY DEFERRED);' \
	    'INSERT INTO b VALUES (1);'
	sqlmigrate apply
	expect_status 1 'a deferred key that is violated'
	expect_stderr_like '^sqlmigrate: m/001_a\.sql: .*SQLSTATE 23503'
	fresh
	refused 002_b.sql 1 'm/002_b\.sql:1:1: COPY TO STDOUT has nobody' \
	    'COPY a TO STDOUT;'
}

# A rollback that drops the table runs its statements once.
drops() {
	fresh
	put 001_a.sql 'CREATE TABLE schema_version (version varchar(50) PRIMARY
		KEY, applied_at timestamp DEFAULT now(), description text);'
	put 001_a_rollback.sql "SELECT nextval('s');" 'DROP TABLE schema_version;'
	db_sql 'CREATE SEQUENCE s'
	sqlmigrate apply
	sqlmigrate rollback
	expect_status 0 'a rollback that drops the history table'
	is "$(db_sql 'SELECT last_value FROM s')" 1 'its statements ran once'
}

rights() {
	fresh
	db_sql "ALTER DATABASE \"$PG_DB\" SET search_path = ''"
	sqlmigrate status
	expect_status 1 'an empty search path'
	expect_stderr_like 'the search path names no schema that user postgres may'
	db_sql "ALTER DATABASE \"$PG_DB\" RESET search_path"
	sqlmigrate --table nope.t apply
	expect_status 4 'a schema that is not there'
	expect_stderr_like '^sqlmigrate: there is no schema nope'
	sqlmigrate apply
	db_sql 'CREATE ROLE sqlmigrate_dml LOGIN' \
	    'GRANT ALL ON schema_version TO sqlmigrate_dml'
	DB_URL="$DB_URL&user=sqlmigrate_dml"
	sqlmigrate apply
	expect_status 1 'a role without rights on the other two tables'
	expect_stderr_like 'schema_version_journal .*SQLSTATE 42501'
	expect_stderr_like '^Hint: As postgres run: GRANT SELECT ON public\.schema_version_journal TO sqlmigrate_dml;$'
	db_sql 'GRANT ALL ON ALL TABLES IN SCHEMA public TO sqlmigrate_dml'
	sqlmigrate apply
	expect_status 0 'and with them'
	db_sql 'DROP OWNED BY sqlmigrate_dml' 'DROP ROLE sqlmigrate_dml'
}

# Without its row a migration was not applied.
swallowed() {
	fresh
	sqlmigrate init
	db_swallow INSERT schema_version
	sqlmigrate apply
	expect_status 1 "$engine: a row that is not written"
	expect_stderr_like '^sqlmigrate: the row of .*schema_version.* was not written$'
	expect_stderr_like '^Hint: Look for a rule or a trigger on that table\.$'
	expect_stderr_like '^Nothing of 001_a was kept\.'
	is "$(db_tables | grep -c '^a$')" 0 "$engine: so the table is not there"
	sqlmigrate stamp 001
	expect_status 1 "$engine: nor is it stamped"
	expect_stderr_like '^sqlmigrate: the row of 001_a in .*schema_version.* is not as it was read$'
	is "$(db_sql "SELECT count(*) FROM schema_version_log
	    WHERE outcome = 'done'")" 0 "$engine: and the log says so"
	fresh
	db_sql 'CREATE TABLE schema_version (version VARCHAR(50) PRIMARY KEY,
	    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	    description TEXT)' "INSERT INTO schema_version (version, description)
	    VALUES ('001_a', 'ran')"
	db_swallow UPDATE schema_version
	sqlmigrate init
	expect_status 1 "$engine: a row made by hand that stays as it is"
	expect_stderr_like '^sqlmigrate: the row of version 001_a could not be adopted$'
}

# A libpq that is not one, and one that is too old.
library() {
	fresh
	mkdir "$tmp/lib"
	echo junk >"$tmp/lib/libpq.so.5"
	run env "LD_LIBRARY_PATH=$tmp/lib" "$SQLMIGRATE" -d "$DB_URL" -m m status
	expect_status 6 'a broken libpq'
	expect_stderr_like '^sqlmigrate: libpq cannot be loaded: .*libpq\.so\.5'
	expect_stderr_like '^Hint: PostgreSQL needs its client library, 14 or'
	echo 'int nothing;' >old.c
	rm "$tmp/lib/libpq.so.5"
	$CC -shared -fPIC -o "$tmp/lib/libpq.so.5" old.c
	run env "LD_LIBRARY_PATH=$tmp/lib" "$SQLMIGRATE" -d "$DB_URL" -m m status
	expect_status 6 'a libpq without what is needed'
	expect_stderr_like 'cannot be loaded: .*undefined symbol: PQ'
	run env "LD_LIBRARY_PATH=$tmp/lib" "$SQLMIGRATE" -d sqlite:x.db -m m apply
	expect_status 0 'for SQLite it is not needed'
}

# A plan that is refused makes no database file.
no_file() {
	fresh
	sqlmigrate apply nosuch
	expect_status 2
	put 002_b.sql 'SELECT 1;' 'COMMIT;'
	sqlmigrate apply
	expect_status 2
	not_ok 'nothing was made' test -e "$DB_FILE"
	sqlmigrate apply 001
	expect_status 0 'then it is'
}

for_each_engine endings
for_each_engine bad_pending
for_each_engine several
for_each_engine sections
for_each_engine control
for_each_engine shapes
for_each_engine beside
for_each_engine swallowed
if has_engine sqlite; then
	engine=sqlite
	mkdir "$tmp/sqlite" && cd "$tmp/sqlite" || exit 99
	addresses
	checkpoint
	no_file
fi
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/postgres" && cd "$tmp/postgres" || exit 99
	placeless
	fleeting
	drops
	library
	rights
fi
done_testing
