#!/bin/sh
# Text is stored as it was written, or refused with the place: encodings, line
# ends, byte order marks, and characters that nobody sees.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

cr=$(printf '\r')
bom=$(printf '\357\273\277')
blank=$(printf '\302\240')

# The server would read UTF-8 as another encoding.
encodings() {
	db_new
	for set in "SET client_encoding = 'LATIN1'" "SET NAMES 'WIN1252'" \
	    "SELECT set_config('client_encoding', 'LATIN1', false)"; do
		rm -rf m
		put 001_a.sql 'CREATE TABLE a (t text);' "$set;" \
		    "INSERT INTO a VALUES ('x'), ('caf" "é');"
		sqlmigrate apply
		expect_status 2 "$set"
		expect_stderr_like '^sqlmigrate: m/001_a.sql:4:1: the server would not read this character as UTF-8$'
		expect_stderr_like '^Detail: Line 2 sets client_encoding'
		sqlmigrate verify
		expect_stdout_like 'm/001_a.sql:4:1: the server would not read'
	done
	put 001_a.sql 'CREATE TABLE a (t text);' 'SET NAMES '\''latin1'\'';' \
	    'COPY a FROM stdin;' 'x' 'café' '\.'
	sqlmigrate apply
	expect_status 2 'in the data of a COPY'
	expect_stderr_like '^sqlmigrate: m/001_a.sql:5:4: the server would not'
	printf 'CREATE TABLE a (t text);\nSET NAMES %slatin1%s;\n' "'" "'" \
	    >m/001_a.sql
	{
		echo 'COPY a FROM stdin;'
		seq 30000
		printf 'café\n\\.\n'
	} >>m/001_a.sql
	sqlmigrate apply
	expect_status 2 'far down in the data'
	expect_stderr_like '^sqlmigrate: m/001_a.sql:30004:4: the server would not'
	put 001_a.sql '-- café' 'CREATE TABLE a (t text);' 'SET NAMES '\''latin1'\'';' \
	    "INSERT INTO a VALUES ('x'); -- é" 'RESET client_encoding;' \
	    "INSERT INTO a VALUES ('café');" "SET client_encoding = 'UTF8';" \
	    "INSERT INTO a VALUES ('é');"
	sqlmigrate apply
	expect_status 0 'ASCII text, comments, and the encoding put back'
	is "$(db_sql 'SELECT t, length(t) FROM a' | tr '\n' ' ')" \
	    'x|1 café|4 é|1 ' 'all is stored as it was written'
}

# A lone CR does not end a comment in SQLite.
carriage_returns() {
	db_new
	rm -rf m
	put 001_a.sql "CREATE TABLE a (x int); -- a${cr}CREATE TABLE b (x int);"
	sqlmigrate apply
	expect_status 2 'a lone CR in a comment'
	expect_stderr_like '^sqlmigrate: m/001_a.sql:1:29: a carriage return without a line feed is in a -- comment$'
	put 001_a.sql "CREATE TABLE a (x int);${cr}CREATE TABLE b (x int);$cr" \
	    "-- CR LF$cr" "CREATE TABLE c (x int);$cr"
	sqlmigrate apply
	expect_status 0 'between statements, and before a line feed'
	is "$(db_tables | grep -c '^[abc]$')" 3 'every table is created'
}

# What cannot be seen is shown in a message.
unseen() {
	db_new
	rm -rf m
	put 001_a.sql "CREATE TABLE a (x int UNIQUE${blank}CHECK (x > 0));"
	sqlmigrate apply
	not_ok "$engine: a no-break space" test "$status" -eq 0
	expect_stderr_like 'UNIQUE\\u\{00a0\}'
}

# Any editor may have saved them.
files() {
	db_new
	rm -rf m
	put 001_a.sql "${bom}CREATE TABLE a (x int);$cr"
	put 001_a_rollback.sql "${bom}DROP TABLE a;$cr"
	printf '%s%s\r\n' "$bom" "$DB_URL" >url
	run env DATABASE_URL_FILE=url "$SQLMIGRATE" -m m apply
	expect_status 0 "$engine: the file with the address"
	run env DATABASE_URL_FILE=url "$SQLMIGRATE" -m m dump
	printf '%s\n' "$stdout" >dump.txt
	sqlmigrate verify --against dump.txt
	expect_status 0 "$engine: a dump"
	printf '%s' "$bom" >dos.txt
	sed "s/\$/$cr/" dump.txt >>dos.txt
	sqlmigrate verify --against dos.txt
	expect_status 0 "$engine: the same as another editor saves it"
	printf '%slock-wait=3s\r\ntable=other\r\n' "$bom" >dos.conf
	sqlmigrate --config dos.conf config
	expect_status 0 "$engine: the configuration"
	expect_stdout_like '^table .*other'
	printf '%sINSERT INTO a VALUES (1);\r\n' "$bom" >seed.sql
	put 002_b.sql 'ALTER TABLE a ADD COLUMN y int;'
	put 002_b_rollback.sql 'ALTER TABLE a DROP COLUMN y;'
	sqlmigrate prove --seed seed.sql 002
	expect_status 0 "$engine: a seed"
}

if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/encodings" && cd "$tmp/encodings" || exit 99
	encodings
fi
if has_engine sqlite; then
	engine=sqlite
	mkdir "$tmp/returns" && cd "$tmp/returns" || exit 99
	carriage_returns
fi
for_each_engine unseen
for_each_engine files
done_testing
