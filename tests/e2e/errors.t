#!/bin/sh
# An SQL error names file, line, column, the statement, the reason, what was
# kept and where the schema stands.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

sqlmigrate() {
	run "$SQLMIGRATE" -d "$DB_URL" -m m "$@"
}

put() {
	mkdir -p m
	# shellcheck disable=SC2059
	printf -- "$2" >"m/$1"
}

# Without the line that says which database it is.
error() {
	printf '%s\n' "$stderr" | grep -v '^database '
}

# By engine: on PostgreSQL the first, on SQLite the second.
either() {
	if [ "$engine" = postgres ]; then echo "$1"; else echo "$2"; fi
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
Nothing of 002_b was kept. 001 stays applied; the schema is at 0.0.1.' \
'sqlmigrate: m/002_b.sql:3:7: no such column: nosuch
    3 | 	'"'ä'"', nosuch FROM a;
      | 	     ^
Nothing of 002_b was kept. 001 stays applied; the schema is at 0.0.1.')" \
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

output() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);\n'
	sqlmigrate apply
	status=0
	"$SQLMIGRATE" -d "$DB_URL" -m m status >/dev/full 2>err || status=$?
	is "$status" 1 "$engine: a result that cannot be written is a failure"
	like "$(cat err)" '^sqlmigrate: .*No space left' "$engine: and says why"
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
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:1:1: invalid input syntax'
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
	run "$SQLMIGRATE" -m m -d "postgresql://postgres@/none?host=$PGHOST" apply
	expect_status 6 'a database that is not there'
	expect_stderr_like 'database "none" does not exist'
	passwords
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
		pg_stop
	)
	like "$(cat wrong)" '^6 .*password authentication failed' \
	    'a wrong password'
	unlike "$(cat wrong)" Wr0ng 'it is not shown'
	is "$(cat right)" 0 'the right one'
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
	put 001_a.sql 'INSERT INTO a VALUES ($x);'
	sqlmigrate apply
	expect_status 2 'sqlite: a parameter would be null in silence'
	expect_stderr_like 'm/001_a\.sql:1:23: '
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
for_each_engine output
if has_engine postgres; then postgres; fi
if has_engine sqlite; then sqlite; fi
done_testing
