#!/bin/sh
# Files without a transaction: the journal, what is left after a failure, and
# two runners at once.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# put NAME TEXT: a file of the folder, without a transaction.
put() {
	mkdir -p m
	printf '%s\n' '-- sqlmigrate: no-transaction' "$2" >"m/$1"
}

fresh() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);
INSERT INTO a VALUES (1), (1);'
	sqlmigrate apply
}

works() {
	fresh
	expect_status 0 "$engine: a file without a transaction"
	put 002_v.sql 'VACUUM;
INSERT INTO a VALUES (2);
BEGIN;
INSERT INTO a VALUES (3);
INSERT INTO a VALUES (4);
COMMIT;
VACUUM;'
	put 002_v_rollback.sql 'VACUUM;
DELETE FROM a WHERE x > 1;'
	sqlmigrate plan
	expect_stdout_like '^apply +002_v +no transaction, pending$'
	sqlmigrate apply
	expect_status 0 "$engine: VACUUM, and a block of its own"
	is "$(db_sql 'SELECT sum(x), count(*) FROM a')" '11|5' \
	    "$engine: each statement once"
	is "$(journal)" '' "$engine: the journal is empty again"
	is "$(db_sql 'SELECT name FROM schema_version ORDER BY number')" \
	    '001_a
002_v' "$engine: the rows are there"
	sqlmigrate rollback
	expect_status 0 "$engine: a rollback without a transaction"
	is "$(db_sql 'SELECT sum(x), count(*) FROM a')" '2|2' \
	    "$engine: it did its work"
	is "$(journal)" '' "$engine: the journal is empty after it, too"
}

# Nothing was done: nothing is half applied.
first_fails() {
	fresh
	put 002_b.sql 'INSERT INTO nosuch VALUES (1);
CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 1 "$engine: the first statement fails"
	expect_stderr_like '^Nothing of 002_b was kept\. 001 stays applied'
	is "$(journal)" '' "$engine: no entry stays"
	sqlmigrate status
	expect_status 0
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 0 "$engine: it can be mended"
}

# half STATEMENT STATE: 002 is half applied, and every command says so, where
# and why.
half() {
	expect_status 7
	expect_stderr_like "$3"
	expect_stderr_like '^002_b is half applied\. 001 is applied\.'
	is "$(journal)" "2|$1|$2" "$engine: the journal: $1 $2"
	is "$(db_sql 'SELECT max(number) FROM schema_version')" 1 \
	    "$engine: no row"
	is "$(db_sql 'SELECT outcome FROM schema_version_log
		WHERE number = 2')" failed "$engine: the log knows"
	for command in apply 'rollback 001' status 'apply 001'; do
		# shellcheck disable=SC2086
		sqlmigrate $command
		expect_status 7
		expect_stderr_like 'm/002_b\.sql:[0-9]+:1: 002_b is half applied: '
		expect_stderr_like '^ +[0-9]\. Undo manually .*: sqlmigrate repair$'
	done
	expect_stderr_like "stopped at statement $1"
	sqlmigrate status
	expect_stdout_like '^002 +half applied '
}

later_fails() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);
INSERT INTO nosuch VALUES (1);'
	sqlmigrate apply
	expect_stderr_like 'm/002_b\.sql:3:[0-9]+: .*nosuch'
	half 1 'done' '1 of its statements is done'

	db_sql 'DROP TABLE b' 'DELETE FROM schema_version_journal'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);
BEGIN;
INSERT INTO b VALUES (1);
INSERT INTO b VALUES (2);
INSERT INTO nosuch VALUES (1);
COMMIT;'
	db_sql 'DELETE FROM schema_version_log WHERE number = 2'
	sqlmigrate apply
	expect_stderr_like 'm/002_b\.sql:6:[0-9]+: .*nosuch'
	is "$(db_sql 'SELECT count(*) FROM b')" 0 \
	    "$engine: a block that fails leaves nothing"
	half 1 'done' '1 of its statements is done'

	# The way on that the hint tells.
	db_sql 'DROP TABLE b' 'DELETE FROM schema_version_journal'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 0 "$engine: and on, after the hint was followed"
}

# The row that a file writes itself, and the rows that are not its own.
rows() {
	fresh
	put 002_b.sql "CREATE TABLE b (x INTEGER);
INSERT INTO schema_version (version, description)
VALUES ('0.0.2', 'its own words');
INSERT INTO b VALUES (1);"
	put 002_b_rollback.sql "DELETE FROM schema_version
WHERE version = '0.0.2';
DROP TABLE b;"
	sqlmigrate apply
	expect_status 0 "$engine: a row of its own"
	is "$(db_sql 'SELECT number, name, description, origin
		FROM schema_version WHERE number = 2')" \
	    '2|002_b|its own words|applied' "$engine: it is completed"
	sqlmigrate rollback
	expect_status 0 "$engine: a rollback that deletes it"
	is "$(db_sql 'SELECT number FROM schema_version')" 1 "$engine: it is gone"
	is "$(db_tables | grep -cx b)" 0 "$engine: and so is the table"
	is "$(journal)" '' "$engine: nothing is half applied"

	db_sql 'DELETE FROM schema_version_log WHERE number = 2'
	before=$(db_sql 'SELECT * FROM schema_version')
	put 002_b.sql "CREATE TABLE b (x INTEGER);
UPDATE schema_version SET description = 'x' WHERE number = 1;"
	sqlmigrate apply
	expect_stderr_like 'changes the row of version 0\.0\.1'
	half 1 'done' '1 of its statements is done'
	is "$(db_sql 'SELECT * FROM schema_version')" "$before" \
	    "$engine: another's row is as it was"
	db_sql 'DELETE FROM schema_version_journal'
	put 002_b.sql "$(either 'TRUNCATE' 'DELETE FROM') schema_version;"
	sqlmigrate apply
	expect_status 1 "$engine: all rows deleted by the first statement"
	expect_stderr_like 'deletes the row of version 0\.0\.1'
	expect_stderr_like '^Nothing of 002_b was kept\.'
	is "$(db_sql 'SELECT * FROM schema_version')" "$before" \
	    "$engine: they are as they were"
	printf '%s schema_version;\n' "$(either 'TRUNCATE' 'DELETE FROM')" \
	    >m/002_b.sql
	sqlmigrate apply
	expect_status 1 "$engine: all rows deleted in a transaction"
	expect_stderr_like 'deletes the row of version 0\.0\.1'
	is "$(db_sql 'SELECT * FROM schema_version')" "$before" \
	    "$engine: they are as they were then, too"
}

# A statement that lasts until another session lets it go on, or that ends
# with the runner: PostgreSQL waits for a lock, SQLite counts.
long_statement() {
	either "SET lock_timeout = 0;
DO \$\$ BEGIN PERFORM pg_advisory_lock(42); END \$\$;" \
	    "WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL
	SELECT i + 1 FROM r WHERE i < ${1}00000) SELECT max(i) FROM r;"
}

# What another run is at is not half applied: its end is waited for.
together() {
	fresh
	put 002_b.sql "CREATE TABLE b (x INTEGER);
$(long_statement 150)"
	hold
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >first 2>&1 3>&- &
	first=$!
	ok "$engine: the first run is at it" eventually held_up
	sqlmigrate --lock-wait=100ms apply
	expect_status 5 "$engine: a second one waits, not for long"
	expect_stderr_like "^Detail: It is held by pid $(either '[0-9]+' "$first")"
	expect_stderr_like 'did not end within 0\.1 s$'
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >second 2>&1 3>&- &
	second=$!
	ok "$engine: the second one says for what" \
	    eventually grep -q '^waiting for the lock, .* by pid' second
	hold_end
	status=0
	wait "$first" || status=$?
	is "$status" 0 "$engine: the first one ends"
	status=0
	wait "$second" || status=$?
	is "$status" 0 "$engine: and so does the second"
	like "$(cat second)" '^nothing to apply' "$engine: with nothing to do"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 2 \
	    "$engine: each migration is applied once"
	is "$(db_sql 'SELECT count(*) FROM schema_version_log')" 2 \
	    "$engine: one row of the log each"
}

ended() {
	[ "$engine" = sqlite ] || [ "$(pg_sql "SELECT count(*)
		FROM pg_stat_activity WHERE datname = '$PG_DB' AND
		application_name = 'sqlmigrate'")" = 0 ]
}

# What the message and the log say of a run that a signal has stopped.
stopped_by() {
	like "$(cat first)" \
	    "^sqlmigrate: m/002_b\.sql:$(either 4 3):[0-9]+: stopped by $1\$" \
	    "$engine: $1: is named, and where it came"
	like "$(cat first)" "^ +$(either 4 3) \| " "$engine: $1: and the line shown"
	like "$(cat first)" '^002_b is half applied\.' "$engine: $1: and what is left"
	is "$(db_sql 'SELECT error FROM schema_version_log
		WHERE number = 2')" "statement 2: stopped by $1" "$engine: $1: is in the log"
}

# stopped SIGNAL STATUS JOURNAL: in the middle of statement 2, though SIGHUP be
# ignored where the test runs.
stopped() {
	fresh
	put 002_b.sql "CREATE TABLE b (x INTEGER);
$(long_statement 10000000000)"
	hold
	env --default-signal=HUP \
	    "$SQLMIGRATE" -d "$DB_URL" -m m apply >first 2>&1 3>&- &
	first=$!
	ok "$engine: $1: it has begun" eventually held_up
	kill -s "$1" "$first"
	status=0
	wait "$first" || status=$?
	is "$status" "$2" "$engine: $1: status"
	ok "$engine: $1: its statement ends with it" eventually ended
	hold_end
	is "$(journal)" "2|$3" "$engine: $1: the journal"
	[ "$1" = KILL ] || stopped_by "SIG$1"
	sqlmigrate apply
	expect_status 7 "$engine: $1: half applied"
	expect_stderr_like "stopped at statement ${3%|*}, which was"
}

killed() {
	stopped KILL 137 "$(either '2|started' '1|done')"
	stopped TERM 7 '1|done'
	stopped HUP 7 '1|done'
}

# An invalid index is what a failed CREATE INDEX CONCURRENTLY leaves behind,
# and IF NOT EXISTS would then take it for a whole one.
invalid_index() {
	fresh
	put 002_b.sql 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS u
ON a (x);'
	sqlmigrate apply
	expect_stderr_like 'The invalid index public\.u was left behind'
	expect_stderr_like '^ +2\. Drop what was left invalid, and build it again: sqlmigrate apply --resume$'
	half 1 started '0 of its statements are done'
	db_sql 'DELETE FROM a'
	sqlmigrate repair --yes
	sqlmigrate apply
	expect_status 1 'what is there and invalid is not passed over'
	expect_stderr_like '002_b\.sql:2:1: index public\.u was there already, and is invalid'
	expect_stderr_like '^Hint: Run: DROP INDEX CONCURRENTLY public\.u;'
	db_sql 'DROP INDEX CONCURRENTLY u'
	sqlmigrate apply
	expect_status 0 'and on, after the hint was followed'
	is "$(db_sql "SELECT indisvalid FROM pg_index
		WHERE indexrelid = 'u'::regclass")" t 'the index is valid'
}

# What goes on while somebody says that it may be forgotten is not.
alive() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);
DO $$ BEGIN PERFORM pg_sleep(2); COMMIT; END $$;
CREATE TABLE c (x INTEGER);
SELECT nosuch;'
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >/dev/null 2>&1 3>&- &
	pid=$!
	begun() {
		[ "$(journal)" = '2|2|started' ]
	}
	eventually begun
	sqlmigrate repair --yes
	expect_status 7 'the journal is not cleared of a run that went on'
	expect_stderr_like '^waiting for the lock, which is held by pid'
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:[0-9]+:[0-9]+: 002_b is half applied: '
	wait "$pid"
	is "$(journal)" '2|3|done' 'it says how far that came'
}

# The first file may make the table itself, whatever stands behind it.
first_makes() {
	db_new
	rm -rf m
	mkdir m
	echo 'CREATE TABLE schema_version (version varchar(50) PRIMARY KEY,
applied_at timestamp DEFAULT CURRENT_TIMESTAMP, description text);
CREATE TABLE a (x INTEGER);' >m/001_a.sql
	put 002_v.sql 'VACUUM;'
	sqlmigrate apply
	expect_status 0 "$engine: a first file that makes the table"
}

# What is half applied comes before everything else that is wrong.
half_first() {
	fresh
	printf 'VACUUM;\nSELECT nosuch;\n' >m/002_v.sql
	sqlmigrate apply --transaction=auto
	expect_status 7 "$engine: half applied by --transaction=auto"
	for command in status current apply rollback; do
		sqlmigrate "$command"
		expect_status 7 "$engine: $command without the option"
		expect_stderr_like '002_v is half applied'
	done
	echo "SELECT 'open" >m/003_x.sql
	sqlmigrate status
	expect_status 7 "$engine: a later file that is refused"
	touch m/notes.sql
	sqlmigrate status
	expect_status 7 "$engine: a folder that is refused"
	expect_stderr_like 'The folder is refused, too: .*notes\.sql'
	rm -r m
	sqlmigrate current
	expect_status 7 "$engine: a folder that is gone"
}

half_back() {
	fresh
	put 001_a_rollback.sql 'DELETE FROM a;
SELECT nosuch;'
	sqlmigrate rollback
	expect_status 7 "$engine: half rolled back"
	expect_stderr_like 'the schema is at 0\.0\.0'
	sqlmigrate current
	expect_stdout_like '^0\.0\.0'
}

# An own row of the wrong version does not outlive its statement.
wrong_version() {
	fresh
	put 002_b.sql "-- Version: 1.1.0
CREATE TABLE b (x INTEGER);
INSERT INTO schema_version (version, description) VALUES ('1.2.0', 'x');"
	rm -f m/001_a.sql
	put 001_a.sql '-- Version: 0.0.1
CREATE TABLE a (x INTEGER);
INSERT INTO a VALUES (1), (1);'
	sqlmigrate apply
	expect_status 7 "$engine: an own row of another version"
	expect_stderr_like 'inserts version 1\.2\.0, but its header says 1\.1\.0'
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 1 \
	    "$engine: it is not there"
}

# A role that the file sets is for its own statements.
roles() {
	fresh
	db_sql 'CREATE ROLE sqlmigrate_app' \
	    'GRANT ALL ON SCHEMA public TO sqlmigrate_app'
	put 002_r.sql 'SET ROLE sqlmigrate_app;
CREATE TABLE r (x INTEGER);
SET SESSION AUTHORIZATION sqlmigrate_app;
CREATE TABLE s (x INTEGER);
CREATE INDEX CONCURRENTLY i ON s (x);
DO $$ BEGIN CREATE TABLE t (x INTEGER); END $$;'
	sqlmigrate apply
	expect_status 0 'a file without a transaction that sets a role'
	is "$(db_sql "SELECT string_agg(tableowner, ' ') FROM pg_tables
		WHERE tablename IN ('r', 's', 't')")" \
	    'sqlmigrate_app sqlmigrate_app sqlmigrate_app' \
	    'its tables are those of the role'
	put 003_f.sql 'SET ROLE sqlmigrate_app;
CREATE TABLE f (x INTEGER);
SELECT nosuch;'
	sqlmigrate apply
	expect_status 7 'and fails with it'
	is "$(db_sql "SELECT outcome FROM schema_version_log
		ORDER BY id DESC LIMIT 1")" failed 'the log tells'
	db_sql 'DROP OWNED BY sqlmigrate_app' 'DROP ROLE sqlmigrate_app'
}

# What is checked at the end of a transaction names its statement.
deferred() {
	fresh
	put 002_p.sql 'CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE q (x INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED);'
	sqlmigrate apply
	put 003_f.sql "INSERT INTO q
VALUES (1);"
	sqlmigrate apply
	expect_status 1 'a deferred key that is violated'
	expect_stderr_like '^sqlmigrate: m/003_f\.sql:2:1: .*q_x_fkey'
	expect_stderr_like '^ +2 . INSERT INTO q$'
	put 003_f.sql "COPY q FROM stdin;
1
\\."
	sqlmigrate apply
	expect_stderr_like '^sqlmigrate: m/003_f\.sql:2:1: .*q_x_fkey'
	put 003_f.sql 'BEGIN;
INSERT INTO q VALUES (1);
INSERT INTO q VALUES (2);
COMMIT;
SELECT 1;'
	sqlmigrate apply
	expect_status 1 'one in a block'
	expect_stderr_like '^sqlmigrate: m/003_f\.sql:5:1: .*q_x_fkey'
	expect_stderr_like '^ +5 . COMMIT;$'
}

# Data within the file: a COPY is a statement like others, done or not.
copies() {
	rm -rf m
	db_new
	put 001_c.sql 'CREATE TABLE c (x INTEGER);
COPY c FROM stdin;
1
2
\.
BEGIN;
COPY c FROM stdin;
3
\.
COMMIT;
VACUUM c;'
	sqlmigrate apply
	expect_status 0 'COPY without a transaction'
	is "$(db_sql 'SELECT string_agg(x::text, $$ $$ ORDER BY x) FROM c')" \
	    '1 2 3' 'all rows are there, once'
	put 002_d.sql 'COPY c FROM stdin;
4
\.
COPY c FROM stdin;
5
six
\.
VACUUM c;'
	sqlmigrate apply
	expect_status 7 'a COPY that fails'
	expect_stderr_like 'invalid input syntax for type integer: "six"'
	is "$(db_sql 'SELECT count(*) FROM c WHERE x > 3')" 1 \
	    'the one before it is done, nothing of it is'
	sed 's/^six$/6/' m/002_d.sql >new && mv new m/002_d.sql
	sqlmigrate apply --resume
	expect_status 0 'it is gone on with'
	is "$(db_sql 'SELECT string_agg(x::text, $$ $$ ORDER BY x) FROM c')" \
	    '1 2 3 4 5 6' 'each row is there, once'
}

# A rollback of a table made by hand takes the table away, and its row with it.
drops_history() {
	fresh
	put 001_a_rollback.sql 'DROP TABLE schema_version;
DROP TABLE a;'
	sqlmigrate rollback
	expect_status 0 "$engine: a rollback that drops the history table"
	is "$(journal)" '' "$engine: it leaves no entry"
	sqlmigrate apply
	expect_status 0 "$engine: it can be applied again"
	put 001_a_rollback.sql 'DROP TABLE schema_version;
DROP TABLE b;'
	sqlmigrate rollback
	expect_status 7 "$engine: one that fails behind that"
	sqlmigrate status
	expect_stdout_like '^001 +half applied '
	db_sql 'CREATE TABLE b (x INTEGER)'
	sqlmigrate rollback --resume
	expect_status 0 "$engine: it is gone on with"
	is "$(db_tables | grep '^b$')" '' "$engine: to its end"
}

for_each_engine drops_history
for_each_engine works
for_each_engine first_makes
for_each_engine half_first
for_each_engine half_back
for_each_engine wrong_version
for_each_engine first_fails
for_each_engine later_fails
for_each_engine rows
for_each_engine together
for_each_engine killed
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/index" && cd "$tmp/index" || exit 99
	invalid_index
	alive
	roles
	copies
	deferred
fi
done_testing
