#!/bin/sh
# What a statement with CONCURRENTLY leaves where it is ended early, what is
# told of that, and how apply --resume takes it.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# fresh [SQL...]: the table t, with duplicates in j.
fresh() {
	db_new
	rm -rf m
	put 001_t.sql 'CREATE TABLE t (i INTEGER PRIMARY KEY, j INTEGER, k TEXT);' \
	    'INSERT INTO t VALUES (1, 1), (2, 1);' "$@"
	sqlmigrate apply
}

# outside NAME LINE...: a file without a transaction.
outside() {
	outside_name=$1
	shift
	put "$outside_name" '-- sqlmigrate: no-transaction' "$@"
}

# What is invalid, and what is being detached.
left() {
	db_sql 'SELECT indexrelid::regclass::text FROM pg_index
	    WHERE NOT indisvalid ORDER BY 1' \
	    'SELECT inhrelid::regclass FROM pg_inherits WHERE inhdetachpending' |
	    tr '\n' ' '
}

has_left() {
	[ "$(left)" = "$1" ]
}

# No session but the holder's is there.
gone() {
	[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
	    WHERE datname = '$PG_DB' AND application_name = 'sqlmigrate'")" = 0 ]
}

# stopped SIGNAL LEFT COMMAND...: the runner gets the signal when this is left
# so far; what it said is in the file said.
stopped() {
	signal=$1 wanted=$2
	shift 2
	timeout 60 "$SQLMIGRATE" -d "$DB_URL" -m m "$@" >said 2>&1 3>&- &
	pid=$!
	ok "$*: it is under way" eventually has_left "$wanted"
	runner=$(ps -o pid= --ppid "$pid")
	kill "-$signal" "${runner:-$pid}"
	wait "$pid" 2>/dev/null
	eventually gone
}

# other NAME SQL: a psql that runs it, and waits.
other() {
	PGAPPNAME=$1 "$PG_BIN/psql" -Xq -d "$PG_DB" -c "$2" >"$1" 2>&1 3>&- &
	other=$!
}

# An index of the name that is not the statement's, then one that is.
another() {
	fresh
	outside 002_u.sql 'CREATE UNIQUE INDEX CONCURRENTLY tj ON t (j);' \
	    'CREATE TABLE after (i INTEGER);'
	sqlmigrate apply
	expect_status 7 'an index that cannot be unique'
	db_sql 'DROP INDEX tj' 'CREATE INDEX tj ON t (j)'
	sqlmigrate apply --resume --yes
	expect_status 7 'one of its name that is not unique'
	expect_stderr_like '^sqlmigrate: m/002_u\.sql:2:1: index public\.tj is not that of statement 1 of 002_u$'
	expect_stderr_like 'It is: CREATE INDEX \.\.\. USING btree \(j\)$'
	expect_stderr_like 'The statement makes: CREATE UNIQUE INDEX \.\.\. USING btree \(j\)$'
	expect_stderr_like '^Hint: 1\. Run in the database: DROP INDEX CONCURRENTLY public\.tj;$'
	expect_stderr_like '^         If the index is to stay, run this instead: sqlmigrate repair 002 --statement 1=done$'
	expect_stderr_like '^      2\. Continue: sqlmigrate apply --resume$'
	is "$(journal)" '2|1|started' 'the journal stays'
	is "$(db_tables | grep after)" '' 'nothing ran'
	is "$(db_sql 'SELECT count(*) FROM pg_class WHERE relname = $$t$$')" 1 \
	    'the copy of the table is gone'
	for wrong in '(i)' '(j DESC)' '(j) INCLUDE (i)' 'USING hash (k)' \
	    '(j) WHERE j > 1' '((j + 1))' '(j, i)' '(j) WITH (fillfactor = 50)'
	do
		unique=UNIQUE
		case $wrong in *hash*) unique= ;; esac
		db_sql 'DROP INDEX tj' 'UPDATE t SET j = i' \
		    "CREATE $unique INDEX tj ON t $wrong"
		sqlmigrate apply --resume --yes
		expect_status 7 "$wrong: that is another one"
	done
	db_sql 'DROP INDEX tj' 'CREATE UNIQUE INDEX tj ON t USING btree (j)'
	sqlmigrate apply --resume
	expect_status 0 'one that means the same'
	is "$(db_tables | grep after)" after 'the rest ran'
}

# Names that need quotes, a schema, expressions: all that it can have.
odd() {
	fresh 'CREATE SCHEMA "S";' \
	    'CREATE TABLE "S"."T ""x"" ON a.b" (i INTEGER, "J" TEXT, n INTEGER);' \
	    'ALTER TABLE "S"."T ""x"" ON a.b" DROP COLUMN i;' \
	    "INSERT INTO \"S\".\"T \"\"x\"\" ON a.b\" VALUES ('a', 1), ('A', 1);"
	outside 002_o.sql 'SET search_path = "S";' \
	    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I ""x"" ON" ON ONLY "T ""x"" ON a.b"' \
	    '/* it */ USING btree (lower("T ""x"" ON a.b"."J") COLLATE "C" text_pattern_ops DESC, (n + 1))' \
	    'INCLUDE (n) WITH (fillfactor = 70) WHERE "J" IS NOT NULL -- so' ';'
	sqlmigrate apply
	expect_status 7 'duplicates'
	db_sql 'DROP INDEX "S"."I ""x"" ON"' 'DELETE FROM "S"."T ""x"" ON a.b"' \
	    'CREATE UNIQUE INDEX "I ""x"" ON" ON "S"."T ""x"" ON a.b" (lower("J") COLLATE "C" text_pattern_ops DESC, (1 + n)) INCLUDE (n) WITH (fillfactor = 70) WHERE "J" IS NOT NULL'
	sqlmigrate apply --resume
	expect_status 7 'an expression that is another'
	expect_stderr_like 'index "S"\."I ""x"" ON" is not that of statement 1 of 002_o$'
	db_sql 'DROP INDEX "S"."I ""x"" ON"' \
	    'CREATE UNIQUE INDEX "I ""x"" ON" ON "S"."T ""x"" ON a.b" (lower("J") COLLATE "C" text_pattern_ops DESC, (n + 1)) INCLUDE (n) WITH (fillfactor = 70) WHERE "J" IS NOT NULL'
	sqlmigrate apply --resume
	expect_status 0 'one that is the same'
}

# What cannot be made on the copy cannot be told.
untold() {
	fresh
	outside 002_u.sql 'CREATE UNIQUE INDEX CONCURRENTLY tj ON t (j);'
	sqlmigrate apply
	outside 002_u.sql 'CREATE UNIQUE INDEX CONCURRENTLY tj ON t (j);'
	db_sql 'DROP INDEX tj' 'DELETE FROM t' 'CREATE UNIQUE INDEX tj ON t (j)'
	pg_forbid 'CREATE INDEX'
	sqlmigrate apply --resume --yes
	expect_status 7 'an index that cannot be made on a copy'
	expect_stderr_like '^sqlmigrate: m/002_u\.sql:2:1: whether index public\.tj is that of statement 1 of 002_u cannot be told$'
	expect_stderr_like '^Detail: not now\.$'
	is "$(journal)" '2|1|started' 'the journal stays'
	pg_allow
	hinted 'done'
	sqlmigrate apply --resume
	expect_status 0 'the operator has decided'
}

# Another session builds it right now: it is let alone.
busy() {
	fresh
	outside 002_u.sql 'CREATE UNIQUE INDEX CONCURRENTLY tj ON t (j);'
	sqlmigrate apply
	expect_status 7 'an index that cannot be unique'
	db_sql 'DROP INDEX tj' 'UPDATE t SET j = i'
	pg_hold 'BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE'
	other builder 'CREATE UNIQUE INDEX CONCURRENTLY tj ON t (j)'
	ok 'another session builds it' eventually has_left 'tj '
	sqlmigrate apply --resume --yes
	expect_status 7 'it is not dropped'
	expect_stderr_like '^sqlmigrate: m/002_u\.sql:2:1: another session is building or dropping index public\.tj$'
	expect_stderr_like "^Detail: It is pid [0-9]+, user postgres, application 'builder'\\.$"
	expect_stderr_like '^Hint: 1\. Wait until it has ended\.$'
	expect_stderr_like '^      2\. Continue: sqlmigrate apply --resume$'
	is "$(journal)" '2|1|started' 'the journal stays'
	pg_release
	wait "$other"
	is "$? $(left)" '0 ' 'that session is done'
	sqlmigrate apply --resume
	expect_status 0 'the index is the one'

	fresh
	outside 002_r.sql 'REINDEX TABLE CONCURRENTLY t;'
	pg_hold 'BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE'
	toast=pg_toast.pg_toast_$(pg_sql "SELECT 't'::regclass::oid")_index_ccnew
	stopped KILL "$toast t_pkey_ccnew " apply
	other builder 'REINDEX INDEX CONCURRENTLY t_pkey'
	ok 'another session builds one' eventually has_left "$toast t_pkey_ccnew t_pkey_ccnew1 "
	sqlmigrate apply --resume --yes
	expect_status 7 'REINDEX does not run in between'
	expect_stderr_like 'is building or dropping index public\.t_pkey_ccnew1$'
	pg_release
	wait "$other"
	is "$?" 0 'that session is done'
	sqlmigrate apply --resume --yes
	expect_status 0 'what was left is dropped'
	is "$(left)" '' 'nothing is left'
}

# Which index another role's session builds cannot be seen: any of the table.
busy_unseen() {
	fresh
	outside 002_u.sql 'CREATE UNIQUE INDEX CONCURRENTLY tj ON t (j);'
	sqlmigrate apply
	db_sql 'DROP INDEX tj' 'UPDATE t SET j = i' \
	    'CREATE ROLE plain LOGIN' 'GRANT ALL ON SCHEMA public TO plain' \
	    "DO \$\$ DECLARE t regclass; BEGIN
	    FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND
	    relnamespace = 'public'::regnamespace LOOP
	    EXECUTE format('ALTER TABLE %s OWNER TO plain', t);
	    END LOOP; END \$\$"
	pg_hold 'BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE'
	other builder 'CREATE UNIQUE INDEX CONCURRENTLY tj ON t (j)'
	ok 'another role builds it' eventually has_left 'tj '
	DB_URL=$(echo "$DB_URL" | sed 's/postgres@/plain@/')
	sqlmigrate apply --resume --yes
	expect_status 7 'it is not dropped'
	expect_stderr_like "^Detail: It is pid [0-9]+, user postgres, application 'builder'\\.$"
	pg_release
	wait "$other"
	sqlmigrate apply --resume
	expect_status 0 'the index is the one'
}

# An index that is to go is dropped without a question.
dropped() {
	fresh 'CREATE INDEX tj ON t (j);'
	outside 002_d.sql 'SELECT 1;'
	outside 002_d_rollback.sql 'DROP INDEX CONCURRENTLY tj;'
	sqlmigrate apply
	pg_hold 'BEGIN; SELECT count(*) FROM t'
	stopped TERM 'tj ' rollback
	ok 'it says what is left' grep -q 'The invalid index public\.tj was left behind' said
	pg_release
	is "$(left)" 'tj ' 'the index is invalid'
	sqlmigrate rollback --resume
	expect_status 0 'it goes'
	is "$(db_sql "SELECT to_regclass('tj')")" '' 'it is gone'
}

# All that is left is told, with a command for each.
several() {
	fresh 'CREATE INDEX tj ON t (j);'
	outside 002_r.sql 'REINDEX TABLE CONCURRENTLY t;'
	toast=pg_toast.pg_toast_$(pg_sql "SELECT 't'::regclass::oid")_index_ccnew
	pg_hold 'BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE'
	stopped TERM "$toast t_pkey_ccnew tj_ccnew " apply
	for index in public.t_pkey_ccnew public.tj_ccnew "$toast"; do
		ok "$index: is named" grep -q "The invalid index $index was left behind" said
	done
	ok 'the cause comes first' grep -q '^Hint: 1\. Remove the cause\.$' said
	ok 'what drops them' grep -q '^      2\. Drop what was left invalid, and build it again: sqlmigrate apply --resume$' said
	pg_release
	sqlmigrate apply --resume
	expect_status 7 'it is asked about'
	expect_stderr_like '^Hint: If that is what you want: sqlmigrate apply --resume --yes$'
	sqlmigrate apply --resume --yes
	expect_status 0 'which does it'
	is "$(left)" '' 'nothing is left'
}

# A partition of which the detach was begun.
partition() {
	fresh 'CREATE SCHEMA s;' \
	    'CREATE TABLE s.p (x INTEGER) PARTITION BY RANGE (x);' \
	    'CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM (1) TO (9);'
	outside 002_d.sql 'SET search_path = s, public;' \
	    'CREATE TABLE before (i INTEGER);' \
	    'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;' \
	    'CREATE TABLE after (i INTEGER);'
	pg_hold 'BEGIN; SELECT count(*) FROM s.p'
	stopped "$1" 's.p1 ' apply
	pg_release
	is "$(left)" 's.p1 ' "$1: it is pending"
}

is_detached() {
	is "$(left)$(db_sql 'SELECT count(*) FROM pg_inherits
	    WHERE inhparent = $$s.p$$::regclass')" 0 'it is detached'
	is "$(db_tables | grep after)$(journal)" after 'the rest ran'
}

detached() {
	partition TERM
	ok 'it is told' grep -q 'The DETACH of partition s\.p1 is pending\.' said
	ok 'with its command' grep -q '^Hint: 1\. Run: ALTER TABLE s\.p DETACH PARTITION s\.p1 FINALIZE;$' said
	ok 'and the next one' grep -q '^      2\. Continue: sqlmigrate apply --resume$' said
	is "$(journal)" '2|2|started' 'its statement is begun'
	sqlmigrate apply --resume
	expect_status 7 'it is asked about'
	expect_stderr_like 'The question is: The DETACH of partition s\.p1 is pending\.  Finalize it\?'
	expect_stderr_like '^Hint: If that is what you want: sqlmigrate apply --resume --yes$'
	sqlmigrate apply --resume --yes
	expect_status 0 'and finalized'
	is_detached

	partition KILL
	db_sql 'ALTER TABLE s.p DETACH PARTITION s.p1 FINALIZE'
	sqlmigrate apply --resume
	expect_status 0 'finalized by hand'
	is_detached

	partition KILL
	sqlmigrate repair 002 --statement 2=undone --yes
	db_sql 'ALTER TABLE s.p DETACH PARTITION s.p1 FINALIZE'
	sqlmigrate apply --resume
	expect_status 0 'though the operator said no'
	is_detached

	partition KILL
	db_sql 'ALTER TABLE s.p DETACH PARTITION s.p1 FINALIZE' \
	    'ALTER TABLE s.p ATTACH PARTITION s.p1 FOR VALUES FROM (1) TO (9)'
	sqlmigrate apply --resume
	expect_status 0 'attached again: it is detached again'
	is_detached

	partition KILL
	db_sql 'ALTER TABLE s.p DETACH PARTITION s.p1 FINALIZE' \
	    'DROP TABLE s.p1'
	sqlmigrate apply --resume
	expect_status 7 'one that is gone cannot be seen'
	expect_stderr_like 'whether statement 2 of 002_d took effect cannot be seen'
}

# What it refuses it refuses before it has begun.
not_detached() {
	fresh 'CREATE TABLE p (x INTEGER) PARTITION BY RANGE (x);' \
	    'CREATE TABLE p1 (x INTEGER);'
	outside 002_d.sql 'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;'
	sqlmigrate apply
	expect_status 1 'no partition of it'
	expect_stderr_like 'relation "p1" is not a partition of relation "p"'
	is "$(journal)" '' 'no entry stays'
}

has_engine postgres || {
	pass 'only PostgreSQL has such statements'
	done_testing
}
engine=postgres
another
odd
untold
busy
busy_unseen
dropped
several
detached
not_detached
done_testing
