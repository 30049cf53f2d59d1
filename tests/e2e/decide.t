#!/bin/sh
# repair --statement: the operator says what became of the statement that a
# migration without a transaction stopped at, and of no other.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

x() {
	db_sql 'SELECT x FROM t ORDER BY x' | tr '\n' ' '
}

logged() {
	db_sql "SELECT action, number, name, outcome FROM schema_version_log
	    ORDER BY id DESC LIMIT $1" | tr '\n' ' '
}

# How many decisions the log has, and the journal.
kept() {
	echo "$(db_sql "SELECT count(*) FROM schema_version_log
	    WHERE action = 'decide'") $(journal)"
}

# The script of a plan, run up to its VACUUM, of which it only has the entry.
run_to_vacuum() {
	sqlmigrate plan --sql "$@"
	expect_status 0 "$engine: plan --sql $*"
	printf '%s\n' "$stdout" | sed '/^VACUUM/,$d' >part.sql
	db_shell part.sql
}

folder() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.1.0' 'CREATE TABLE t (x INTEGER);'
	put 002_b.sql '-- Version: 1.2.0' '-- sqlmigrate: no-transaction' \
	    'INSERT INTO t VALUES (1);' 'BEGIN;' 'INSERT INTO t VALUES (2);' \
	    'COMMIT;' 'VACUUM' "    $(either t main);" 'INSERT INTO t VALUES (4);' \
	    'INSERT INTO t SELECT x FROM late;'
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' \
	    'DELETE FROM t;' 'VACUUM;'
	sqlmigrate apply 001
}

# 002 stopped at its third statement, which was started.
stopped() {
	folder
	run_to_vacuum 002
	is "$(journal)" '2|3|started' "$engine: a statement was started"
}

completed() {
	stopped
	sqlmigrate repair 002 --statement 3=done --yes
	expect_status 0 "$engine: done"
	is "$stdout" 'recorded statement 3 of 002_b as done
1 change; the schema is at 1.1.0 (001_a)' "$engine: what it says"
	expect_stderr_like '^sqlmigrate: notice: decide 002_b: its run stopped at statement 3, which was started$'
	is "$(journal)" '2|3|done' "$engine: the journal has it"
	is "$(logged 1)" 'decide|2|002_b|3=done ' "$engine: and so has the log"
	like "$(db_sql "SELECT actor FROM schema_version_log
	    WHERE action = 'decide'")" "$(id -un)@" "$engine: with who did it"
	sqlmigrate history
	expect_stdout_like ' decide +3=done +002_b +((<1|[0-9]+) ms +)?by .*@'
	sqlmigrate apply --resume -vv
	expect_status 7 "$engine: the rest runs"
	expect_stderr_like ' INSERT INTO t VALUES \(4\)$'
	expect_stderr_unlike ' VACUUM$' "$engine: what is done does not"
	is "$(x)" '1 2 4 ' "$engine: each once"
	db_sql 'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply --resume
	expect_status 0 "$engine: to its end"
}

undone() {
	stopped
	sqlmigrate repair --statement=undone --yes 1.2.0
	expect_status 0 "$engine: undone"
	expect_stdout_like '^recorded statement 3 of 002_b as undone$'
	is "$(journal)" '2|3|undone' "$engine: the journal has it"
	is "$(logged 1)" 'decide|2|002_b|3=undone ' "$engine: and so has the log"
	sqlmigrate repair --statement 3=undone
	expect_status 0 "$engine: what is so needs no answer"
	expect_stdout 'nothing to repair; the schema is at 1.1.0 (001_a)'
	is "$(kept)" '1 2|3|undone' "$engine: nothing was written"
	sqlmigrate apply --resume -vv
	expect_stderr_like ' VACUUM$' "$engine: it runs again"
	is "$(x)" '1 2 4 ' "$engine: and the rest once"

	stopped
	sqlmigrate -q repair --statement 3=undone --yes
	sqlmigrate repair 002_b.sql --statement 3=done --yes
	expect_status 0 "$engine: completed manually after that"
	expect_stderr_like ' stopped at statement 3, which is recorded as undone$'
	is "$(kept)" '2 2|3|done' "$engine: it is done"
}

# refuses STATUS MESSAGE DETAIL ARGUMENT...: and nothing is written.
refuses() {
	want=$1 message=$2 detail=$3
	shift 3
	before=$(kept)
	sqlmigrate repair --yes "$@"
	expect_status "$want" "$engine: repair $*"
	expect_stderr_like "^sqlmigrate: $message\$"
	expect_stderr_like "^Detail: ${detail:+$detail  }Nothing was changed\\.\$"
	expect_stderr_like '^Hint: To see what to do next, run: sqlmigrate status$'
	expect_stdout ''
	is "$(kept)" "$before" "$engine: nothing was written"
	next=${stderr##*run: }
	$next
	expect_status "$(if [ -n "$(journal)" ]; then echo 7; else echo 0; fi)" \
	    "$engine: $next"
}

refused() {
	stopped
	at='The journal names 002_b: its run stopped at statement 3, which was started\.'
	refuses 4 '002_b did not stop at statement 2, but at statement 3' \
	    "$at" 002 --statement 2=done
	refuses 4 '002_b did not stop at statement 4, but at statement 3' \
	    "$at" --statement 4=undone
	for target in 001 1 001_a 002_c nosuch 3; do
		refuses 4 "\"$target\" is not the migration that is half applied, which is 002_b" \
		    "$at" "$target" --statement 3=done
	done
	sqlmigrate repair 001..002 --statement 3=done --yes
	expect_status 2 "$engine: a range"
	for value in maybe 0=done 3= =done 3 ''; do
		sqlmigrate repair 002 "--statement=$value" --yes
		expect_status 2 "$engine: --statement=$value"
		expect_stderr_like '^sqlmigrate: --statement: (bad value|the value is empty)'
	done
	for command in apply status 'stamp 002' 'rollback --resume'; do
		# shellcheck disable=SC2086 # they are words
		sqlmigrate $command --statement 3=done
		expect_status 2 "$engine: $command --statement"
		expect_stderr_like '^Hint: --statement belongs to repair\.$'
	done
	is "$(kept)" '0 2|3|started' "$engine: nothing was written"

	sqlmigrate -q apply --resume
	is "$(journal)" '2|4|done' "$engine: another run went on"
	at='The journal names 002_b: its run stopped at statement 4, which is completed\.'
	refuses 4 '002_b did not stop at statement 3, but at statement 4' \
	    "$at" 002 --statement 3=undone
	for value in 4=undone 4=done undone; do
		refuses 4 'statement 4 of 002_b is recorded as done already' \
		    "$at" 002 --statement "$value"
	done

	db_sql 'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply --resume
	expect_status 0 "$engine: it is applied"
	for target in 002 001 nosuch; do
		refuses 4 'no migration is half applied' \
		    'The journal has no entry, and so no statement to decide\.' \
		    "$target" --statement 3=done
	done
}

# Nobody answers: nothing is written, and the question is shown.
unanswered() {
	stopped
	sqlmigrate repair 002 --statement 3=done
	expect_status 2 "$engine: no terminal"
	expect_stderr_like '^Detail: The question is: Record statement 3 of 002_b \(m/002_b\.sql:7: VACUUM\.\.\.\) as done\?$'
	expect_stderr_like '^Hint: Give --yes if that is what you want\.$'
	sqlmigrate --json repair --statement undone
	expect_status 2 "$engine: no terminal, as JSON"
	expect_stdout_like '"event":"error","code":2,.*The question is: Record statement 3 of 002_b .*as undone\?'
	is "$(kept)" '0 2|3|started' "$engine: nothing was written"
	sqlmigrate --json repair --statement 3=done --yes
	expect_status 0 "$engine: as JSON"
	expect_stdout_like '^\{"event":"amended","number":2,"name":"002_b","version":null,"action":"decide","reason":"its run stopped at statement 3, which was started","statement":3,"state":"done",'
	expect_stdout_like '^\{"event":"amended_end","count":1,"current_version":"1\.1\.0",'
	is "$(kept)" '1 2|3|done' "$engine: it is written"
}

# asks PATTERN NAME: the question is this.
asks() {
	sqlmigrate repair --statement undone
	expect_stderr_like "^Detail: The question is: Record statement $1 as undone\\?\$" \
	    "$engine: $2"
}

# The statement is shown if the file has it.
shown() {
	stopped
	sed -i 's/^VACUUM$/SELECT 1 AS/' m/002_b.sql
	asks '3 of 002_b' 'it is another one by now'
	sed -i 's/VALUES (1)/VALUES (11)/; s/^SELECT 1 AS$/VACUUM/' m/002_b.sql
	asks '3 of 002_b' 'what comes before it is'
	echo "'" >>m/002_b.sql
	asks '3 of 002_b' 'a file that is refused'
	rm m/002_b*
	asks '3 of 002_b' 'there is no file'
	sqlmigrate repair 002 --statement 3=done --yes
	expect_status 0 "$engine: it needs none"
	is "$(journal)" '2|3|done' "$engine: it is written"

	folder
	put 002_b.sql '-- Version: 1.2.0' '-- sqlmigrate: no-transaction' \
	    'SELECT 1;' \
	    'VACUUM /* 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 */ ;'
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' \
	    'DELETE FROM t;' 'VACUUM /* 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 */ t;'
	[ "$engine" = postgres ] || sed -i '/^VACUUM/s/ t;$/;/' \
	    m/002_b_rollback.sql
	run_to_vacuum 002
	asks '2 of 002_b \(m/002_b\.sql:4: VACUUM\)' 'a comment behind it'
	sqlmigrate -q apply --resume
	expect_status 0 "$engine: it is applied"
	run_to_vacuum --rollback 002
	expect_status 0 "$engine: a shell runs a part of its rollback"
	is "$(journal)" '2|2|started' "$engine: a rollback was started"
	asks "2 of the rollback of 002_b \\(m/002_b_rollback\\.sql:3: VACUUM$(either \
	    ' /\* 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 \*/\.\.\.')\\)" \
	    'a long one, of a rollback'
	sqlmigrate repair 002 --statement 2=done --yes
	expect_status 0 "$engine: of a rollback"
	expect_stderr_like ' its rollback stopped at statement 2, which was started$'
	sqlmigrate rollback --resume
	expect_status 0 "$engine: it goes on"
	is "$(journal)" '' "$engine: to its end"
}

# answers ANSWER OPTION COMMAND...: a terminal, on which the answer comes after
# the command.
answers() {
	answer=$1 option=$2
	shift 2
	: >said
	{
		eventually grep -q 'y/N' said
		[ $# -eq 0 ] || "$@"
		echo "$answer"
	} | script -qefc \
	    "$SQLMIGRATE -d '$DB_URL' -m m repair --statement $option" said \
	    >/dev/null
	status=$?
}

# moved MESSAGE DETAIL NAME
moved() {
	is "$status" 4 "$engine: $3: status"
	like "$(cat said)" "sqlmigrate: .*$1" "$engine: $3: message"
	like "$(cat said)" "^Detail: $2 +Nothing was changed\\." \
	    "$engine: $3: detail"
	like "$(cat said)" '^Hint: To see what to do next, run: sqlmigrate status' \
	    "$engine: $3: hint"
}

resume_to_end() {
	db_sql 'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply --resume
}

roll_back() {
	sqlmigrate rollback --yes
	run_to_vacuum 002
}

other_checksum() {
	db_sql "UPDATE schema_version_journal SET checksum = 'x'"
}

# What another run does between the question and the answer is not relabelled.
meanwhile() {
	stopped
	answers n 'done'
	is "$status" 2 "$engine: no: status"
	like "$(cat said)" '^Record statement 3 of 002_b \(m/002_b\.sql:7: VACUUM\.\.\.\) as done\? \[y/N\] ' \
	    "$engine: the question"
	like "$(cat said)" 'nothing was changed: the answer was not yes' \
	    "$engine: no: message"
	is "$(kept)" '0 2|3|started' "$engine: no: nothing is written"

	for option in 'done' 3=done; do
		stopped
		answers y "$option" sqlmigrate apply --resume
		moved '002_b did not stop at statement 3, but at statement 4' \
		    'The journal names 002_b: its run stopped at statement 4, which is completed\.' \
		    "$option: it went on"
		is "$(kept)" '0 2|4|done' "$engine: nothing is written"

		stopped
		answers y "$option" resume_to_end
		moved 'no migration is half applied' \
		    'The journal has no entry, and so no statement to decide\.' \
		    "$option: it came to its end"
		is "$(kept)" '0 ' "$engine: nothing is written"
	done

	stopped
	answers y undone sqlmigrate repair --statement 3=done --yes
	moved 'statement 3 of 002_b is recorded as done already' \
	    'The journal names 002_b: its run stopped at statement 3, which is completed\.' \
	    'it was decided'
	is "$(kept)" '1 2|3|done' "$engine: that stays"

	stopped
	answers y 'done' sqlmigrate repair --statement 3=undone --yes
	moved 'the journal has changed in the meantime' \
	    'The journal names 002_b: its run stopped at statement 3, which is recorded as undone\.' \
	    'it was decided differently'
	is "$(kept)" '1 2|3|undone' "$engine: that stays"

	stopped
	answers y 'done' other_checksum
	moved 'the journal has changed in the meantime' \
	    'The journal names 002_b: its run stopped at statement 3, which was started\.' \
	    'it is another statement'
	is "$(kept)" '0 2|3|started' "$engine: nothing is written"

	stopped
	answers y 'done'
	is "$status" 0 "$engine: yes: status"
	is "$(kept)" '1 2|3|done' "$engine: yes: it is written"
}

# The write itself compares: here the entry does not take it.
swallowed() {
	stopped
	db_swallow UPDATE schema_version_journal
	refuses 4 'the row of 002_b in .*schema_version_journal.* is not as it was read' \
	    '' --statement 3=done
	is "$(kept)" '0 2|3|started' "$engine: the log has nothing of it"
}

# begin_run STATEMENT: a run that is at it, the second one of 002; sets $first.
begin_run() {
	folder
	put 002_b.sql '-- Version: 1.2.0' '-- sqlmigrate: no-transaction' \
	    '-- sqlmigrate: lock-timeout=0' 'INSERT INTO t VALUES (1);' \
	    "$1"
	hold
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >first 2>&1 3>&- &
	first=$!
	ok "$engine: a run is at work" eventually held_up
}

# begin_repair OPTION: one that waits for it; sets $second.
begin_repair() {
	rm -f second
	"$SQLMIGRATE" -d "$DB_URL" -m m repair 002 --statement "$1" --yes \
	    >second 2>&1 3>&- &
	second=$!
	ok "$engine: it waits" eventually grep -qs '^waiting for the lock' \
	    second
}

# killed OPTION STATEMENT: the run is killed while the repair waits for it.
killed() {
	begin_run "$2"
	begin_repair "$1"
	kill -s KILL "$first"
	wait "$first" 2>/dev/null
	hold_end
	status=0
	wait "$second" || status=$?
}

# A run that is at it is waited for.
waits() {
	long=$(either 'SELECT pg_advisory_lock(42);' 'WITH RECURSIVE r (i)
	    AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 15000000)
	    SELECT max(i) FROM r;')
	begin_run "$long"
	begin_repair 1=undone
	hold_end
	wait "$first"
	is $? 0 "$engine: the run ends well"
	status=0
	wait "$second" || status=$?
	is "$status" 4 "$engine: then there is nothing to decide"
	like "$(cat second)" '^sqlmigrate: no migration is half applied$' \
	    "$engine: which is said"
	is "$(kept)" '0 ' "$engine: nothing was written"

	killed 1=done "$long"
	is "$status" 4 "$engine: a killed run had completed it"
	like "$(cat second)" '^sqlmigrate: statement 1 of 002_b is recorded as done already$' \
	    "$engine: which is said"
	is "$(kept)" '0 2|1|done' "$engine: nothing was written"

	# What a killed run has left nobody has seen when this was typed.
	[ "$engine" = postgres ] || return 0
	killed 2=done 'DO $$ BEGIN PERFORM pg_advisory_lock(42); END $$;'
	is "$status" 7 'a killed run had started it'
	like "$(cat second)" '^Detail: .* stopped at statement 2, which was started' \
	    'which is said'
	is "$(kept)" '0 2|2|started' 'nothing was written'
	sqlmigrate repair 002 --statement 2=undone --yes
	expect_status 0 'after a look at it'
}

# Another run has the lock, and ends after it has gone on.
locked() {
	stopped
	if [ "$engine" = postgres ]; then
		pg_hold "SELECT pg_advisory_lock(hashtextextended(
		    'sqlmigrate public.schema_version', 0))"
	else
		rm -f hold held
		mkfifo hold
		sqlite3 "$DB_FILE" <hold >held &
		PG_HOLDER=$!
		exec 3>hold
		echo "BEGIN IMMEDIATE; SELECT 'held';" >&3
		eventually grep -q held held
	fi
	begin_repair 3=done
	echo "UPDATE schema_version_journal SET statement = 4;" >&3
	[ "$engine" = postgres ] || echo 'COMMIT;' >&3
	pg_release
	status=0
	wait "$second" || status=$?
	is "$status" 4 "$engine: it is not the statement any more"
	like "$(cat second)" '^sqlmigrate: 002_b did not stop at statement 3, but at statement 4$' \
	    "$engine: which is said"
	is "$(kept)" '0 2|4|started' "$engine: nothing was written"
}

# A row is the lock.
row_lock() {
	[ "$engine" = postgres ] || return 0
	stopped
	sqlmigrate --lock=table repair 002 --statement 3=done --yes
	expect_status 0 '--lock=table'
	is "$(db_sql 'SELECT number, statement, state
	    FROM schema_version_journal ORDER BY 1 DESC')" '2|3|done
-1|0|' 'the lock is none that is decided'
}

# COMMIT waits for a standby that does not exist, and the session is ended:
# what it wrote is durable, and is not taken for what another run has written.
in_doubt() {
	[ "$engine" = postgres ] || return 0
	for decision in 3=done 3=undone; do
		rm -f doubt
		(
			pg_start_own "synchronous_standby_names = 'nobody'" \
			    'synchronous_commit = local' || exit 1
			stopped >/dev/null
			pg_sql "CREATE FUNCTION wait() RETURNS trigger
			    LANGUAGE plpgsql AS \$\$ BEGIN PERFORM
			    set_config('synchronous_commit', 'on', true);
			    RETURN NULL; END \$\$" \
			    'CREATE TRIGGER wait AFTER UPDATE ON
			    schema_version_journal EXECUTE FUNCTION wait()'
			"$SQLMIGRATE" -d "$DB_URL" -m m repair --yes \
			    --statement "$decision" >doubt.out 2>&1 &
			pid=$!
			commits() {
				[ "$(pg_sql "SELECT count(*)
				    FROM pg_stat_activity
				    WHERE wait_event = 'SyncRep'")" = 1 ]
			}
			eventually commits && echo waiting >doubt
			pg_sql "SELECT pg_terminate_backend(pid)
			    FROM pg_stat_activity
			    WHERE wait_event = 'SyncRep'" >/dev/null
			wait "$pid"
			echo "status $?" >>doubt
			kept >>doubt
			pg_stop
		)
		is "$(cat doubt)" "waiting
status 0
1 2|3|${decision#*=}" "$decision: a connection lost during COMMIT"
		like "$(cat doubt.out)" 'lost during COMMIT' 'that is reported'
		like "$(cat doubt.out)" \
		    "^recorded statement 3 of 002_b as ${decision#*=}\$" \
		    'and so is what was recorded'
	done
}

for_each_engine completed
for_each_engine undone
for_each_engine refused
for_each_engine unanswered
for_each_engine shown
for_each_engine meanwhile
for_each_engine swallowed
for_each_engine waits
for_each_engine locked
for_each_engine row_lock
for_each_engine in_doubt
done_testing
