#!/bin/sh
# A migration without a transaction while its run is alive: it is no
# half-applied one, for any command; and it is one when the run was killed.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

escape=$(printf '\033')

# All that a command could have written.
written() {
	for table in schema_version schema_version_log schema_version_journal; do
		db_sql "SELECT * FROM $table ORDER BY 1"
	done
	ls -1
}

# A statement that lasts until another session lets it go on: PostgreSQL
# waits for a lock, SQLite counts.
long_statement() {
	either "-- a comment before it
	SELECT pg_advisory_lock(42) /* $2 ${escape}[31m */ AS locked
	;" "WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL
	SELECT i + 1 FROM r WHERE i < ${1}00000) SELECT max(i) FROM r;"
}

# begin TENTHS NOTE: a run that is at the second statement of 002.
begin() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    '-- sqlmigrate: lock-timeout=0' \
	    'CREATE TABLE b (x INTEGER);' "$(long_statement "$1" "$2")"
	put 002_b_rollback.sql 'DROP TABLE b;'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	put 003_c_rollback.sql 'DROP TABLE c;'
	hold
	"$SQLMIGRATE" -d "$DB_URL" -m m apply 002 >first 2>&1 3>&- &
	first=$!
	if ! eventually held_up; then
		cat first
		exit 99
	fi
}

# What a message says of the runner.
runner() {
	either "pid [0-9]+, user postgres, application 'sqlmigrate', from this host, since 20[-0-9: ]+ UTC, running 'SELECT pg_advisory_lock\(42\) /\* x .*\[31m \*/ AS locked'" \
	    "pid $first \\(${SQLMIGRATE##*/}\\)"
}

# looks STATUS COMMAND: it ends with that, and says who is at it; what waits
# says so where it tells of the wait, and at its end.
looks() {
	looks_status=$1
	shift
	sqlmigrate "$@"
	expect_status "$looks_status" "$engine: $*, while it runs"
	unlike "$(echo "$stdout$stderr" | sed 's/"half_applied":0//')" 'half|stopped|resume|repair' \
	    "$engine: $* does not call it half applied"
	unlike "$stdout$stderr" "$escape" "$engine: $* escapes what it says"
	[ "$1" = history ] || like "$stdout
$stderr" "the migration of 002_b is being run, now at statement 2$by" \
	    "$engine: $* says who is at it"
}

alive() {
	begin 100000 x
	before=$(written)
	by=", by $(runner)"
	looks 0 status
	expect_stdout_like '^002 +running  002_b'
	expect_stdout_like '^3 migrations: 1 applied, 1 pending'
	looks 3 status --exit-code
	looks 0 status --json
	expect_stdout_like '"event":"status","number":2,.*"state":"running"'
	expect_stdout_like '"event":"notice","text":"the migration of 002_b is'
	looks 0 current
	expect_stdout '001_a'
	looks 0 verify
	looks 0 history
	looks 5 plan
	expect_stderr_like '^Hint: Wait for it to end\.$'
	looks 5 plan --rollback
	looks 5 apply --dry-run
	looks 5 renumber
	by='$'
	for command in apply 'apply --resume' rollback redo 'stamp 003' \
	    'stamp --undo 001' repair 'repair 001'; do
		# shellcheck disable=SC2086 # words
		looks 5 $command --yes --lock-wait=100ms
		expect_stderr_like "^waiting for the lock, which is held by $(runner)\$"
		expect_stderr_like "^Detail: It is held by $(runner)\.\$"
		is "$(printf '%s\n' "$stderr" | grep -c 'by pid')" 2 \
		    "$engine: $command: and no more often"
		expect_stderr_like '^sqlmigrate: another run holds the lock, and did not end within 0\.1 s$'
	done
	is "$(written)" "$before" "$engine: nothing was written"
	touch m/bad.sql
	sqlmigrate status
	expect_status 2 "$engine: a folder that is refused is that, and no more"
	rm m/bad.sql

	kill -s KILL "$first"
	wait "$first" 2>/dev/null
	sees_half() {
		sqlmigrate status
		[ "$status" -eq 7 ]
	}
	ok "$engine: killed, it is half applied" eventually sees_half
	expect_stdout_like '^002 +half applied '
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:[0-9]+:[0-9]+: 002_b is half applied$'
	expect_stderr_like '^Detail: .* stopped at statement 1, which was done'
	hold_end
	sqlmigrate stamp 003
	expect_status 7 "$engine: stamp stops"
	sqlmigrate repair --yes
	expect_status 0 "$engine: repair clears its journal"
	is "$(journal)" '' "$engine: which is empty"
}

# A run that is at a migration in a transaction, which no journal names.
in_transaction() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	put 002_b.sql '-- sqlmigrate: lock-timeout=0' \
	    'CREATE TABLE b (x INTEGER);' "$(long_statement 100000 x)"
	for command in status plan; do
		sqlmigrate "$command"
		expect_stderr_unlike 'at work'
	done
	hold
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >first 2>&1 3>&- &
	first=$!
	sees_run() {
		sqlmigrate status
		printf '%s\n' "$stderr" |
		    grep -q "another run is at work: .*$(either 42 '')"
	}
	ok "$engine: status sees the run" eventually sees_run
	expect_status 0
	expect_stdout_like '^002 +pending '
	expect_stderr_like "^sqlmigrate: notice: another run is at work: $(runner)\$"
	sqlmigrate plan
	expect_status 0
	expect_stdout_like '^apply .* 002_b '
	expect_stderr_like "^sqlmigrate: notice: another run is at work: $(runner)\$"
	sqlmigrate status --json
	expect_stdout_like '"event":"notice","text":"another run is at work: pid'
	kill -s TERM "$first"
	wait "$first"
	hold_end
	sqlmigrate status
	expect_stderr_unlike 'at work'
}

# What writes to the history waits, and decides on what it then is.
waited_for() {
	begin 150 x
	"$SQLMIGRATE" -d "$DB_URL" -m m stamp 003 >second 2>&1 3>&- &
	second=$!
	"$SQLMIGRATE" -d "$DB_URL" -m m repair >third 2>&1 3>&- &
	third=$!
	for who in second third; do
		ok "$engine: the $who waits" \
		    eventually grep -q '^waiting for the lock, .* by pid' "$who"
	done
	hold_end
	for who in first second third; do
		eval "pid=\$$who"
		status=0
		wait "$pid" || status=$?
		is "$status" 0 "$engine: the $who ends well"
	done
	is "$(db_sql 'SELECT number, origin FROM schema_version ORDER BY 1')" \
	    '1|applied
2|applied
3|stamped' "$engine: what was run is not stamped"
	like "$(cat third)" '^nothing to repair; ' \
	    "$engine: and there is nothing to repair"
	is "$(journal)" '' "$engine: the journal is empty"
}

# A journal without a runner, and without a lock file: looking makes none.
no_lock_file() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	db_sql "INSERT INTO schema_version_journal (number, name, direction,
		checksum, statement, state)
		VALUES (2, '002_b', 'apply', 'x', 1, 'done')"
	before=$(sha256sum "$DB_FILE")
	for command in status current plan verify; do
		sqlmigrate "$command"
		expect_status 7 "$command: nobody is at it"
	done
	is "$(sha256sum "$DB_FILE")" "$before" 'nothing was written'
	not_ok 'no lock file was made' test -e "$DB_FILE-sqlmigrate-lock"
}

# Who may not see what others run is told the rest.
unprivileged() {
	begin 0 x
	pg_sql 'CREATE ROLE running_reader LOGIN' \
	    'GRANT SELECT ON ALL TABLES IN SCHEMA public TO running_reader'
	run "$SQLMIGRATE" -m m status \
	    -d "postgresql://running_reader@/$PG_DB?host=$PGHOST"
	expect_status 0
	expect_stdout_like '^002 +running '
	expect_stderr_like "statement 2, by pid [0-9]+, user postgres, application 'sqlmigrate'\$"
	pg_sql 'DROP OWNED BY running_reader' 'DROP ROLE running_reader'
	hold_end
	wait "$first"
}

# What may be a password is not shown.
secrets() {
	for note in "PassWord 'hunter2'" 'postgresql://u:hunter2@h/d'; do
		begin 0 "$note"
		sqlmigrate status
		expect_status 0
		expect_stderr_like 'statement 2, by pid [0-9]+, .* UTC$'
		unlike "$stdout$stderr" hunter2 "not shown: $note"
		hold_end
		wait "$first"
	done
}

# The holder is told once, whatever it runs meanwhile.
told_once() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate init
	pg_hold "SELECT pg_advisory_lock(hashtextextended(
	    'sqlmigrate public.schema_version', 0))"
	"$SQLMIGRATE" -d "$DB_URL" -m m apply --lock-wait=3s >out 2>&1 3>&- &
	pid=$!
	ok 'it waits' eventually grep -q "^waiting .*, last ran 'SELECT ''held'" out
	echo 'SELECT 7;' >&3
	status=0
	wait "$pid" || status=$?
	is "$status" 5 'not for ever'
	is "$(grep -c '^waiting' out)" 1 'the holder is told once'
	like "$(cat out)" "^Detail: It is held by .*, last ran 'SELECT 7;'\\.\$" \
	    'and in the end with what it ran last'
	pg_release
}

# Those that a statement met are told of in the same way.
blockers() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	put 002_b.sql 'ALTER TABLE a ADD y INTEGER;'
	pg_hold "BEGIN; LOCK TABLE a; SELECT 1 AS \"$(printf '%090d' 0)\""
	sqlmigrate apply --lock-timeout=100ms --lock-retries=0
	expect_status 1
	expect_stderr_like "^(Detail: |    )Holds locks: pid [0-9]+, user postgres, application 'psql', idle in transaction, on a, since 20[-0-9: ]+ UTC, last ran 'SELECT ''held'';'\\.\$"
	echo "SELECT 1 AS \"$(printf '%090d' 0)\"; " \
	    "\\! touch asked" >&3
	eventually test -e asked
	sqlmigrate apply --lock-timeout=100ms --lock-retries=0
	expect_stderr_like "last ran 'SELECT 1 AS \"0{64}\.\.\.'\\.\$"
	pg_release
}

for_each_engine alive
for_each_engine in_transaction
for_each_engine waited_for
if has_engine sqlite; then
	engine=sqlite
	mkdir "$tmp/file" && cd "$tmp/file" || exit 99
	no_lock_file
fi
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/seen" && cd "$tmp/seen" || exit 99
	unprivileged
	secrets
	told_once
	blockers
fi
done_testing
