#!/bin/sh
# An SQL error names file, line, column, the statement, the reason, what was
# kept and where the schema stands.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

put() {
	mkdir -p m
	# shellcheck disable=SC2059
	printf -- "$2" >"m/$1"
}

# Without the line that says which database it is.
error() {
	printf '%s\n' "$stderr" | grep -v '^database '
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

form() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);\n'
	put 002_b.sql '-- a comment\nINSERT INTO a VALUES (1);\n\n%s\n' \
	    'SELECT 1;'
	printf 'CREATE TABLE b (x INTEGER);\n/* äöü */ SELECT 1,\n\t%s;\n' \
	    "'ä', nosuch FROM a" >m/002_b.sql
	sqlmigrate apply
	expect_status 1
	is "$(error)" "$(either \
'sqlmigrate: m/002_b.sql:3:7: column "nosuch" does not exist (SQLSTATE 42703)
    3 | 	'"'ä'"', nosuch FROM a;
      | 	     ^
Nothing of 002_b was kept. 001 stays applied.' \
'sqlmigrate: m/002_b.sql:3:7: no such column: nosuch
    3 | 	'"'ä'"', nosuch FROM a;
      | 	     ^
Nothing of 002_b was kept. 001 stays applied.')" \
	    "$engine: the form of an error, the caret counts characters"
	is "$(db_tables | grep -c '^b$')" 0 "$engine: nothing was kept"
	sqlmigrate apply --json
	expect_status 1
	expect_stderr ''
	expect_stdout_like '"event":"error","code":1,.*"file":"m/002_b.sql","line":3,"column":7'

	put 002_b.sql 'SELECT 1;\r\n  CREATE TABLE a (y INTEGER);\r\n'
	sqlmigrate apply
	expect_status 1
	like "$(error)" '^sqlmigrate: m/002_b\.sql:2:[0-9]+: .*already exists' \
	    "$engine: CRLF, and a statement without a position"
	unlike "$stderr" "$(printf '\r')" "$engine: no CR is printed"
}

deferred() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED);'
	put 002_b.sql 'INSERT INTO c VALUES (7);'
	run "$SQLMIGRATE" --foreign-keys=on -d "$DB_URL" -m m apply
	expect_status 1 "$engine: a deferred constraint fails before the end"
	expect_stderr_like '[Ff][Oo][Rr][Ee][Ii][Gg][Nn] [Kk][Ee][Yy]'
	is "$(db_sql 'SELECT count(*) FROM c')" 0 "$engine: nothing was kept"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 1 \
	    "$engine: and no row written"
}

# The middle of a thousand: what was before stays, and it goes on from there.
thousand() {
	db_new
	rm -rf m
	mkdir m
	i=1
	while [ "$i" -le 1000 ]; do
		echo "CREATE TABLE t$i (x INTEGER);" >"m/${i}_t.sql"
		i=$((i + 1))
	done
	put 500_t.sql 'CREATE TABLE t500 (x INTEGER);\nINSERT INTO\n nosuch VALUES (1);\n'
	sqlmigrate -q apply
	expect_status 1
	expect_stderr_like "^sqlmigrate: m/500_t\.sql:$(either 3:2 2:1): "
	expect_stderr_like '^Nothing of 500_t was kept\. 499 stays applied'
	is "$(db_sql 'SELECT count(*), max(number) FROM schema_version')" \
	    '499|499' "$engine: 499 are applied"
	put 500_t.sql 'CREATE TABLE t500 (x INTEGER);\n'
	sqlmigrate -q apply
	expect_status 0
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 1000 \
	    "$engine: and the rest after mending"
	is "$(db_sql "SELECT count(*) FROM schema_version_log
		WHERE outcome = 'done'")" 1000 "$engine: each once"
	sqlmigrate apply
	expect_status 0
	expect_stdout_like '^nothing to apply'
}

# The first of all, a rollback, and a line that is too long to be shown.
others() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);\nSELECT nosuch;\n'
	sqlmigrate apply
	expect_status 1
	like "$(error)" '^Nothing of 001_a was kept\. No migration is applied; the schema is at 0\.0\.0\.$' \
	    "$engine: the first of all"
	is "$(db_sql "$(either "SELECT count(*) FROM pg_class
		WHERE relname = 'a'" "SELECT count(*) FROM sqlite_schema
		WHERE name = 'a'")")" 0 "$engine: nothing was kept"

	put 001_a.sql 'CREATE TABLE a (x INTEGER);\n'
	put 001_a_rollback.sql 'DROP TABLE a;\nDROP TABLE nosuch;\n'
	sqlmigrate apply
	sqlmigrate rollback
	expect_status 1 "$engine: a rollback that fails"
	like "$(error)" \
	    '^sqlmigrate: m/001_a_rollback\.sql:2:1: .*nosuch' \
	    "$engine: its place"
	like "$(error)" '^Nothing of the rollback of 001_a was kept\. 001 stays applied\.$' \
	    "$engine: what was kept"
	is "$(db_sql 'SELECT count(*) FROM a')" 0 "$engine: the table is there"
	is "$(db_sql "SELECT outcome, action FROM schema_version_log
		ORDER BY id DESC LIMIT 1")" 'failed|rollback' \
	    "$engine: the log knows"

	long=$(printf '%0600d' 0 | sed "s/0/'x',/g")
	put 002_b.sql "SELECT $long nosuch, $long 'end';\\n"
	sqlmigrate apply
	expect_status 1
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:1:2409: .*nosuch'
	is "$(error | awk 'length > 220' | wc -l)" 0 \
	    "$engine: the line is cut"
	shown=$(error | grep '^    1 | ' | cut -c9-)
	caret=$(error | grep '^      | ' | cut -c9- | tr -d '^')
	like "$(printf %s "$shown" | cut -c"$((${#caret} + 1))-")" '^nosuch' \
	    "$engine: the caret is under it where the line is cut"
}

output() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);\n'
	sqlmigrate apply
	status=0
	"$SQLMIGRATE" -d "$DB_URL" -m m status >/dev/full 2>err || status=$?
	is "$status" 1 "$engine: a result that cannot be written is a failure"
	like "$(cat err)" '^sqlmigrate: .*No space left' "$engine: and says why"

	for i in 002 003 004 005 006 007 008 009; do
		put "${i}_t.sql" "CREATE TABLE t$i (x INTEGER);"
	done
	status=0
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >/dev/full 2>err || status=$?
	is "$status" 1 "$engine: nor can what was applied"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 9 \
	    "$engine: but it is"
	# The reader goes away: no signal, and no waiting.
	{
		until [ -e gone ]; do sleep 0.05; done
		timeout 20 "$SQLMIGRATE" -d "$DB_URL" -m m status 2>err
		echo $? >left
	} | {
		exec <&-
		: >gone
	}
	is "$(cat left)" 1 "$engine: a reader that has gone"
	like "$(cat err)" '^sqlmigrate: .*Broken pipe' "$engine: it says why"
	for i in 010 011 012 013; do
		put "${i}_t.sql" "CREATE TABLE t$i (x INTEGER);"
	done
	timeout 20 "$SQLMIGRATE" -d "$DB_URL" -m m apply 2>err | head -n 1 >one
	like "$(cat one)" '^applied 010_t ' "$engine: a reader of one line"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 13 \
	    "$engine: all is applied"
}

postgres() {
	engine=postgres
	mkdir -p "$tmp/postgres" && cd "$tmp/postgres" || exit 99
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER);
COPY a FROM stdin;
1
2
\\.
'
	put 002_b.sql 'COPY a FROM stdin;
1
two
\\.
'
	sqlmigrate apply
	expect_status 1 'an error in COPY data'
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:3:1: invalid input syntax'
	expect_stderr_like '^ +3 \| two$'
	expect_stderr_like 'COPY a, line 2'
	is "$(db_sql 'SELECT sum(x) FROM a')" 3 'good COPY data is in'
	put 002_b.sql 'SELECT 1;\nDO $$ BEGIN\n RAISE EXCEPTION $x$no\\nway$x$;\nEND $$;\n'
	sqlmigrate apply
	expect_status 1 'an error inside DO'
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:2:1: no'
	expect_stderr_like 'PL/pgSQL function inline_code_block line 2'
	put 002_b.sql "DO \$\$ BEGIN RAISE NOTICE 'a\033[31mb'; END \$\$;\n"
	sqlmigrate apply
	expect_status 0
	expect_stderr_like 'a\\x1b\[31mb' "a server's notice is shown, escaped"

	run "$SQLMIGRATE" -m m -d "postgresql://x:Secr3t@/db?host=$tmp/none" apply
	expect_status 6 'a server that is not there'
	expect_stderr_like '^sqlmigrate: cannot connect to postgresql://x@'
	unlike "$stdout$stderr" Secr3t 'the password is not shown'
	run "$SQLMIGRATE" -m m -d "postgresql://nobody:nobody@/db?host=$PGHOST" \
	    status
	expect_status 6 'a role that is not there'
	expect_stderr_like 'role "nobody" does not exist' \
	    "the server's message is whole where the password is the same word"
	run "$SQLMIGRATE" -m m -d "postgresql://nobody:e@/db?host=$PGHOST" wait
	expect_status 6 'a password of one letter'
	expect_stderr_like 'role "nobody" does not exist' \
	    'garbles nothing in the message'
	run "$SQLMIGRATE" -m m -d "postgresql://nobody:e@/db?host=$PGHOST" \
	    status
	expect_stderr_like 'connection to server .* failed: FATAL: ' \
	    'of no command'
	expect_stderr_like '^ *(Detail: )?The address came from --database\.$' \
	    'where the address came from is a detail'
	expect_stderr_unlike '^Hint: The address'
	run "$SQLMIGRATE" -m m --connect-timeout=5s \
	    -d "postgresql://x:Secr3t@127.0.0.1:1/db" apply --json
	expect_status 6 'a port where nobody listens'
	expect_stdout_like '"event":"error","code":6,'
	unlike "$stdout$stderr" Secr3t 'the password is not shown as JSON'
	run "$SQLMIGRATE" -m m -d "postgresql://postgres@/none?host=$PGHOST" apply
	expect_status 6 'a database that is not there'
	expect_stderr_like 'database "none" does not exist'
	passwords
}

# A statement that the server refuses in a transaction, and no list has.
inside() {
	db_new
	pg_sql "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql
	    AS \$\$ BEGIN IF tg_tag = 'CREATE MATERIALIZED VIEW' THEN
	    RAISE 'CREATE MATERIALIZED VIEW ... WITH DATA cannot run inside a transaction block'
	    USING ERRCODE = '25001'; END IF; END \$\$" \
	    'CREATE EVENT TRIGGER refuse ON ddl_command_start
	    EXECUTE FUNCTION refuse()'
	rm -f m/*
	put 001_v.sql 'CREATE MATERIALIZED VIEW v AS SELECT 1 AS x;'
	sqlmigrate apply
	expect_status 1 'a statement that no transaction may have'
	expect_stderr_like '^Hint: Move the statement .*"-- sqlmigrate: no-transaction"'
	pg_sql 'DROP EVENT TRIGGER refuse'
	put 001_v.sql '-- sqlmigrate: no-transaction\nCREATE MATERIALIZED VIEW v AS SELECT 1 AS x;'
	sqlmigrate apply
	expect_status 0 'the file that the hint asks for'
	put 002_s.sql 'SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;'
	sqlmigrate apply
	expect_status 1 'an isolation level that comes too late'
	expect_stderr_unlike 'no-transaction' 'needs no such hint'
}

# uncommitted TEXT HINT: what a transaction does not bear, and the way on.
uncommitted() {
	put 003_c.sql "$1"
	sqlmigrate apply
	expect_status 1 "$1"
	expect_stderr_like "^Hint: $2\$"
	is "$(printf %s "$stderr" | grep -c '^Hint: ')" 1 'in one hint'
}

# The rules of transactions that only the server knows a file to break.
transactions() {
	db_new
	rm -f m/*
	put 001_a.sql "CREATE TYPE e AS ENUM ('a');"
	uncommitted "ALTER TYPE e ADD VALUE 'b'; SELECT 'b'::e;" \
	    'New enum values .*: put the ALTER TYPE into a migration of its own, which is committed before this one\.'
	uncommitted 'DO $$ BEGIN COMMIT; END $$;' \
	    'A DO or CALL that commits .*: put the line "-- sqlmigrate: no-transaction" at the top of the file\.'
	put 003_c.sql '-- sqlmigrate: no-transaction\nDO $$ BEGIN COMMIT; END $$;'
	sqlmigrate apply
	expect_status 0 'and it helps'
	put 004_d.sql '-- sqlmigrate: no-transaction\nBEGIN;\nDO $$ BEGIN COMMIT; END $$;\nCOMMIT;'
	sqlmigrate apply
	expect_status 1 'in a block of such a file'
	unlike "$stderr" 'put the line' 'no hint to write what is there'
}

# copied TEXT REGEX: 002 fails before its data, in a transaction and without.
copied() {
	for head in '' '-- sqlmigrate: no-transaction'; do
		put 002_b.sql "$head\n$1\nCOPY a FROM stdin;\n2\n\\\\.\n"
		sqlmigrate apply
		expect_status 1 "$head: $1"
		expect_stderr_like "^sqlmigrate: m/002_b\.sql:2:$2"
		expect_stderr_like '^Nothing of 002_b was kept\.'
	done
}

# row HEAD COPY DATA LINE: the error is shown at the line of the bad row.
row() {
	put 002_b.sql "$1$2;\n$3\n\\\\.\n"
	sqlmigrate apply
	expect_status 1 "$1$2: a bad row"
	expect_stderr_like "^sqlmigrate: m/002_b\.sql:$4:1: "
	is "$(printf '%s\n' "$stderr" | sed -n 's/^ *[0-9]* | //p' | sed 1q)" \
	    "$(sed -n "$4p" m/002_b.sql)" "$1$2: with that line"
}

# What the server counts as one line of the data may be two of the file.
rows() {
	for head in '' '-- sqlmigrate: no-transaction\n'; do
		# shellcheck disable=SC2059
		lines=$(printf -- "$head" | wc -l)
		row "$head" 'COPY t FROM stdin' \
		    '1\ta\noops\tb' $((lines + 3))
		row "$head" 'COPY t\nFROM stdin' \
		    '1\tone\\\ntwo\n2\t\\N\noops\tb\n4\tc' \
		    $((lines + 6))
		row "$head" '-- x\nCOPY t FROM stdin (FORMAT csv, HEADER)' \
		    'a,b\n1,"two\nlines"\n2,back\\\noops,b' $((lines + 7))
		row "$head" 'COPY t FROM stdin' '1\ta\n2' $((lines + 3))
		row "$head" 'COPY csv_t FROM stdin' \
		    '1\tone\\\ntwo\n2\tok\noops\tb' $((lines + 5))
	done
	put 002_b.sql "COPY t FROM stdin;\n$(seq 40000 |
	    awk '{ printf "%d\\tx\\n", $1 }')0\ty\n\\\\.\n"
	sqlmigrate apply
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:40002:1: new row .*check'
	expect_stderr_like '^40002 \| 0[[:space:]]y$'
}

# COPY data that nobody takes.
copies() {
	engine=postgres
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate -q apply
	db_sql 'CREATE TABLE t (a INTEGER CHECK (a > 0), b TEXT)' \
	    'CREATE TABLE csv_t (a INTEGER, b TEXT)'
	rows
	db_sql 'DROP TABLE t' 'DELETE FROM schema_version_log'
	copied 'COPY nosuch FROM stdin;\n1\n\\.' \
	    '[0-9]+: relation "nosuch" does not exist'
	copied 'SELECT nosuch;' '8: column "nosuch" does not exist'
	is "$(db_sql 'SELECT count(*) FROM a')" 0 'no row is there'
	is "$(db_sql "SELECT count(*) FROM schema_version_log
	    WHERE outcome = 'failed'")" 4 'the connection is good for the log'
}

# A server that asks for one.
passwords() {
	(
		pg_start_own && pg_newdb || exit 1
		pg_sql "CREATE ROLE joe LOGIN PASSWORD 'right'"
		echo 'local all joe scram-sha-256
local all all trust' >"$PG_ROOT/data/pg_hba.conf"
		pg_sql 'SELECT pg_reload_conf()' >/dev/null
		url="postgresql://joe:%s@/$PG_DB?host=$PGHOST"
		# shellcheck disable=SC2059
		run "$SQLMIGRATE" -m m -d "$(printf "$url" Wr0ng)" status
		echo "$status $stdout$stderr" >wrong
		# shellcheck disable=SC2059
		run "$SQLMIGRATE" -m m -d "$(printf "$url" Wr0ng)" status --json
		echo "$status $stdout$stderr" >>wrong
		# shellcheck disable=SC2059
		run "$SQLMIGRATE" -m m -d "$(printf "$url" right)" status
		echo "$status" >right
		run "$SQLMIGRATE" -m m -d \
		    "postgresql://joe@/$PG_DB?host=$PGHOST" status
		echo "$status $stderr" >missing
		PGPASSWORD=Wr0ng run "$SQLMIGRATE" -m m -d \
		    "postgresql://joe@/$PG_DB?host=$PGHOST" status
		echo "$status $stderr" >variable
		pg_stop
	)
	like "$(cat wrong)" '^6 .*password authentication failed' \
	    'a wrong password'
	unlike "$(cat wrong)" Wr0ng 'it is not shown'
	is "$(cat right)" 0 'the right one'
	like "$(cat wrong)" 'The password came from --database\.' \
	    'where a wrong one came from'
	like "$(cat variable)" 'The password came from PGPASSWORD\.' \
	    'likewise of a variable'
	like "$(cat missing)" '^Hint: Put the password into .*PGPASSWORD' \
	    'where a missing one may be put'
}

# A file that may be read only, and one whose folder is so.
read_only() {
	# The build's folder may be closed to others than its owner.
	cp "$SQLMIGRATE" "$tmp/sqlmigrate"
	mkdir ro
	chmod 755 ro
	sqlmigrate -q apply
	cp "$DB_FILE" ro/a.db
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	for mode in 444 666; do
		chmod 555 ro
		chmod "$mode" ro/a.db
		before=$(sha256sum ro/a.db)
		run unprivileged "$tmp/sqlmigrate" -m m -d sqlite:ro/a.db apply
		expect_status 1 "sqlite: apply to a file of mode $mode"
		expect_stderr_like 'ro/a\.db: the database is read-only$'
		expect_stderr_like '^Hint: .*must be writable'
		expect_stderr_like '^Nothing of 002_b was kept\.'
		is "$(printf '%s\n' "$stderr" | grep -c '^sqlmigrate: ')" 1 \
		    'one message'
		is "$(sha256sum ro/a.db)" "$before" 'the file is as it was'
		run unprivileged "$tmp/sqlmigrate" -m m -d sqlite:ro/a.db status
		expect_status 0 'sqlite: status of it can be seen'
		expect_stdout_like '^002 +pending '
	done
	run unprivileged "$tmp/sqlmigrate" -m m -d sqlite:ro/new.db apply
	expect_status 6 'sqlite: a new file in such a folder'
	expect_stderr_like 'cannot make the database ro/new\.db: Permission denied'
	chmod 0 ro/a.db
	run unprivileged "$tmp/sqlmigrate" -m m -d sqlite:ro/a.db status
	expect_status 6 'sqlite: a file that cannot be read'
	expect_stderr_like 'cannot open the database ro/a\.db: Permission denied'
	chmod 755 ro
	rm -f ro/a.db
	sqlite3 ro/w.db 'PRAGMA journal_mode = wal; CREATE TABLE a (x);' >wal
	is "$(cat wal; ls ro)" 'wal
w.db' 'sqlite: a database in WAL mode, and nothing beside it'
	chmod 666 ro/w.db
	chmod 555 ro
	for command in status apply; do
		run unprivileged "$tmp/sqlmigrate" -m m -d sqlite:ro/w.db "$command"
		expect_status 6 "sqlite: $command of it in such a folder"
		expect_stderr 'sqlmigrate: cannot open the database ro/w.db: it is in WAL mode, and the folder ro cannot be written
Hint: SQLite keeps the files -wal and -shm beside the database, also to read it: make the folder writable, or look at a copy of the file elsewhere, and of its -wal where there is one.'
	done
	chmod 755 ro
	rm -f m/002_b.sql "$DB_FILE"
}

# A file of a format to come: SQLite itself reads it, and does not write.
newer_format() {
	sqlmigrate -q apply
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	printf '\t' | dd of="$DB_FILE" bs=1 seek=18 conv=notrunc 2>/dev/null
	sqlmigrate apply
	expect_status 1 'sqlite: a file of a newer format'
	expect_stderr_like '^sqlmigrate: .*: the database has a newer format, which this SQLite can only read$'
	expect_stderr_like '^Hint: Use the version of SQLite that made it, or a newer one\.$'
	expect_stderr_unlike 'must be writable'
	sqlmigrate status
	expect_status 0 'sqlite: status of it can be seen'
	rm -f m/002_b.sql "$DB_FILE"
}

# The file that guards what is in no transaction.
lock_file() {
	sqlmigrate -q apply
	put 002_b.sql '-- sqlmigrate: no-transaction\nVACUUM;'
	mkdir "$DB_FILE-sqlmigrate-lock"
	sqlmigrate apply
	expect_status 1 'sqlite: a folder in place of the lock file'
	expect_stderr_like "^sqlmigrate: cannot lock .*-sqlmigrate-lock: Is a directory\$"
	rmdir "$DB_FILE-sqlmigrate-lock"
	mkdir locked
	cp "$DB_FILE" locked/a.db
	chmod 777 locked
	chmod 666 locked/a.db
	: >locked/a.db-sqlmigrate-lock
	chmod 400 locked/a.db-sqlmigrate-lock
	run unprivileged "$tmp/sqlmigrate" -m m -d sqlite:locked/a.db apply
	expect_status 1 'sqlite: a lock file that may not be written'
	expect_stderr_like '^sqlmigrate: cannot lock .*-sqlmigrate-lock: Permission denied$'
	expect_stderr_like '^Hint: .*it must be a plain file that all who migrate this database can read and write\.$'
	put 002_b.sql 'SELECT 1;'
	chmod 000 locked/a.db-sqlmigrate-lock
	run unprivileged "$tmp/sqlmigrate" -m m -d sqlite:locked/a.db apply
	expect_status 1 'sqlite: one that does not show who holds it'
	expect_stderr_like '^sqlmigrate: cannot lock .*-sqlmigrate-lock: Permission denied$'
	rm -f locked/a.db-sqlmigrate-lock
	put 002_b.sql '-- sqlmigrate: no-transaction\nVACUUM;'
	run sh -c "umask 077; exec $SQLMIGRATE -m m -d sqlite:locked/a.db apply"
	expect_status 0 'sqlite: one that we make'
	is "$(stat -c %a locked/a.db-sqlmigrate-lock)" 666 \
	    'sqlite: is for all who may use the database'
	rm -rf locked m/002_b.sql "$DB_FILE"
}

sqlite() {
	engine=sqlite
	mkdir -p "$tmp/sqlite" && cd "$tmp/sqlite" || exit 99
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	for command in status current plan rollback; do
		sqlmigrate "$command"
		expect_status 6 "sqlite: $command of a file that is not there"
		expect_stderr_like "$DB_FILE is not there"
	done
	not_ok 'and no file was made' test -e "$DB_FILE"
	run "$SQLMIGRATE" -m m -d sqlite:nowhere/x.db apply
	expect_status 6 'sqlite: a folder that is not there'
	mkdir folder
	run "$SQLMIGRATE" -m m -d sqlite:folder apply
	expect_status 6 'sqlite: a folder in place of the file'
	echo 'this is no database, but a long enough text' >text
	run "$SQLMIGRATE" -m m -d sqlite:text apply
	expect_status 6 'sqlite: a text in place of the file'
	is "$(cat text)" 'this is no database, but a long enough text' \
	    'and it is as it was'
	read_only
	newer_format
	lock_file
	put 001_a.sql 'INSERT INTO a VALUES ($x);'
	sqlmigrate apply
	expect_status 2 'sqlite: a parameter would be null in silence'
	expect_stderr_like 'm/001_a\.sql:1:23: '
	put 001_a.sql 'CREATE TABLE a (x $%KEY%$);'
	sqlmigrate apply
	expect_status 2 'sqlite: a sign of a template is no parameter'
	expect_stderr_like 'm/001_a\.sql:1:19: unrecognized token "\$"$'
	put 001_a.sql 'CREATE TABLE a (x INTEGER UNIQUE);
INSERT INTO a VALUES (1);
INSERT OR ROLLBACK INTO a VALUES (1);
CREATE TABLE after (x INTEGER);'
	sqlmigrate apply
	expect_status 1 'sqlite: OR ROLLBACK in a file'
	expect_stderr_like 'm/001_a\.sql:3:1: '
	is "$(db_tables)" '' 'nothing was kept'
}

for_each_engine form
for_each_engine deferred
for_each_engine thousand
for_each_engine others
for_each_engine output
if has_engine postgres; then
	postgres
	inside
	transactions
	copies
fi
if has_engine sqlite; then sqlite; fi
done_testing
