#!/bin/sh
# The journal entry of a migration without a transaction: a run replaces and
# deletes the entry that it read or wrote last, and never another run's.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

JOURNAL=schema_version_journal

# fresh LINE...: 002_b, without a transaction, has these lines.
fresh() {
	one_applied
	put 002_b.sql '-- sqlmigrate: no-transaction' "$@"
}

is_begun() {
	[ "$(journal)" = '2|2|started' ]
}

entry() {
	db_sql "SELECT statement, state, actor FROM $JOURNAL"
}

# taken NAME: the run ended since another one has the entry.
taken() {
	expect_status 7 "$engine: $1"
	expect_stderr_like '^sqlmigrate: .*another run has changed the journal entry of 002_b$'
	expect_stderr_like '^ *(Detail: )?A statement may have given up the lock of this run: DISCARD ALL, or pg_advisory_unlock_all\(\)\.$'
	expect_stderr_like '^Hint: Run sqlmigrate status\.  If another run is at work, wait until it has finished\.  No trigger may change the rows of the journal\.$'
	expect_stderr_unlike 'of its statements (is|are) done'
	said=$stderr
	sqlmigrate status
	expect_status 7 "$engine: what the hint names shows what is so"
}

names_the_run() {
	fresh 'CREATE TABLE b (x INTEGER);' 'INSERT INTO nosuch VALUES (1);'
	sqlmigrate apply
	expect_status 7 "$engine: the second statement fails"
	like "$(entry)" '^1\|done\|.*@.* run [0-9a-f]{16}\.1$' \
	    "$engine: the entry names the run"
	first=$(entry)
	sqlmigrate apply --resume
	expect_status 7 "$engine: it fails again"
	is "$(entry)" "$first" "$engine: which wrote nothing"
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE b (x INTEGER);' 'CREATE TABLE c (x INTEGER);' \
	    'INSERT INTO nosuch VALUES (1);'
	sqlmigrate apply --resume
	like "$(entry)" '^2\|done\|.* run [0-9a-f]{16}\.1$' \
	    "$engine: the next run has done one more"
	ok "$engine: in its own name" [ "${first##* }" != "$(entry | sed 's/.* //')" ]
}

# No two attempts at a statement have the same entry.
numbers_entries() {
	fresh 'CREATE TABLE b (x INTEGER);' 'VACUUM a;'
	pg_hold 'BEGIN; LOCK TABLE a'
	"$SQLMIGRATE" -d "$DB_URL" -m m --lock-timeout=100ms \
	    --lock-retries=99 apply >out 2>&1 3>&- &
	pid=$!
	is_attempt() { entry | grep -q "^2|started|.*\.$1\$"; }
	ok 'the first attempt' eventually is_attempt 2
	ok 'the next attempt has another entry' eventually is_attempt 3
	pg_release
	status=0
	wait "$pid" || status=$?
	is "$status" 0 'and succeeds'
}

# The same statement and state, but of another run.
changes_with_statement() {
	fresh 'CREATE TABLE b (x INTEGER);' \
	    "UPDATE $JOURNAL SET actor = 'me, run 1';" \
	    'CREATE TABLE c (x INTEGER);'
	sqlmigrate apply
	taken 'only the run in the entry is another'
	is "$(db_tables | grep -cx c)" 0 "$engine: nothing after it runs"
}

# Each column counts.
changes_each() {
	for change in "direction = 'rollback'" "checksum = 'x'" \
	    'statement = 5' "state = 'undone'"; do
		fresh 'CREATE TABLE b (x INTEGER);' \
		    "UPDATE $JOURNAL SET $change;"
		sqlmigrate apply
		taken "$change"
	done
	fresh 'CREATE TABLE b (x INTEGER);' "DELETE FROM $JOURNAL;"
	sqlmigrate apply
	expect_status 7 "$engine: the entry was deleted"
}

# A trigger stands for a run that moves on while this one finishes.
changes_at_end() {
	fresh 'CREATE TABLE b (x INTEGER);'
	case $engine in
	postgres) db_sql 'CREATE FUNCTION other() RETURNS trigger
		LANGUAGE plpgsql AS $$BEGIN UPDATE public.schema_version_journal
		SET statement = 9; RETURN NULL; END$$' \
	    'CREATE TRIGGER other AFTER INSERT ON schema_version
		FOR EACH ROW EXECUTE FUNCTION other()' ;;
	sqlite) db_sql "CREATE TRIGGER other AFTER INSERT ON schema_version
		BEGIN UPDATE $JOURNAL SET statement = 9; END;" ;;
	esac
	sqlmigrate apply
	taken 'while the row is written'
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 1 \
	    "$engine: the row is not written"
	is "$(journal)" '2|1|done' "$engine: the entry is as it was"
}

swallowed() {
	fresh 'CREATE TABLE b (x INTEGER);' 'CREATE TABLE c (x INTEGER);'
	for event in UPDATE DELETE; do
		db_swallow "$event" "$JOURNAL"
		sqlmigrate apply --resume
		expect_status 7 "$engine: a trigger swallows the $event"
		expect_stderr_like "^sqlmigrate: .*the row of .*$JOURNAL.* was not written"
		expect_stderr_like '^Hint: 1\. Look for a rule or a trigger on that table'
		db_sql "DROP TRIGGER swallow$(either " ON $JOURNAL" '')" \
		    "$(either 'DROP FUNCTION swallow()' 'SELECT 1')" >/dev/null
	done
	sqlmigrate apply --resume
	expect_status 0 "$engine: without the trigger it ends"
}

# An index of its own: the entry of what is half applied goes with it.
rolls_back() {
	fresh 'CREATE TABLE b (x INTEGER);' 'INSERT INTO nosuch VALUES (1);'
	sqlmigrate apply
	expect_status 7 "$engine: half applied"
	put 002_b_rollback.sql "DELETE FROM $JOURNAL;" 'DROP TABLE b;'
	sqlmigrate rollback 002 --yes
	expect_status 0 "$engine: a rollback file may delete the entry"
	is "$(journal)" '' "$engine: nothing is half applied"
}

# The rollback of what is half applied begins, is killed, and is refused when it
# is resumed: what is half applied is not forgotten.
resumes_rollback() {
	fresh 'CREATE TABLE b (x INTEGER);' 'INSERT INTO nosuch VALUES (1);'
	sqlmigrate apply
	expect_status 7 'half applied'
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' 'VACUUM a;' \
	    'DROP TABLE b;'
	pg_hold 'BEGIN; LOCK TABLE a'
	"$SQLMIGRATE" -d "$DB_URL" -m m --lock-timeout=none rollback 002 \
	    --yes >out 2>&1 3>&- &
	pid=$!
	is_back() { [ "$(journal)" = '2|1|started' ]; }
	ok 'the rollback has begun' eventually is_back
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	sqlmigrate --lock-timeout=100ms --lock-retries=0 rollback --resume --yes
	expect_status 7 'it is refused when it is resumed'
	expect_stderr_like '^002_b is half rolled back\.'
	is "$(journal)" '2|1|undone' 'the entry stays, and nothing was done'
	sqlmigrate apply
	expect_status 7 'so it is not applied again'
	pg_release
	sqlmigrate rollback --resume --yes
	expect_status 0 'the next one ends it'
	is "$(journal)$(db_tables | grep -x b)" '' 'and nothing is left'
}

# A statement that says COMMIT makes what another run would have made durable.
commits_other() {
	fresh 'CREATE TABLE b (x INTEGER);' \
	    "DO \$\$ BEGIN UPDATE $JOURNAL SET statement = 3,
	    actor = 'them, run 2'; COMMIT; END \$\$;" \
	    'CREATE TABLE c (x INTEGER);'
	sqlmigrate apply
	taken 'another run has moved on'
	like "$said" '^Detail: The journal is at statement 3 of 002_b now, written by them, run 2\.$' \
	    'it says whose entry it is'
	is "$(entry)" '3|started|them, run 2' "its entry is kept"
	is "$(db_tables | grep -cx c)" 0 'nothing after it runs'
}

# Another run has ended the migration: this one goes on after it.
ended() {
	fresh 'CREATE TABLE b (x INTEGER);' \
	    "DO \$\$ BEGIN INSERT INTO schema_version (version, number, name)
	    VALUES ('0.0.2', 2, '002_b'); DELETE FROM $JOURNAL; COMMIT; END \$\$;" \
	    'CREATE TABLE c (x INTEGER);'
	put 003_c.sql 'CREATE TABLE d (x INTEGER);'
	sqlmigrate apply
	expect_stderr_like '^sqlmigrate: notice: another runner was first; looking again$'
	is "$(db_tables | grep -cx c)" 0 'nothing after it runs'
	is "$(db_tables | grep -cx d)" 1 'but the next migration does'
	is "$(journal)" '' 'nothing is half applied'
}

# ... and has begun the next one, which is not this run's.
ended_and_begun() {
	fresh 'CREATE TABLE b (x INTEGER);' \
	    "DO \$\$ BEGIN INSERT INTO schema_version (version, number, name)
	    VALUES ('0.0.2', 2, '002_b'); UPDATE $JOURNAL SET number = 3,
	    name = '003_c', actor = 'them, run 2'; COMMIT; END \$\$;" \
	    'CREATE TABLE c (x INTEGER);'
	put 003_c.sql '-- sqlmigrate: no-transaction' 'VACUUM;'
	sqlmigrate apply
	expect_status 7 'the next one is half applied'
	expect_stderr_like '^sqlmigrate: m/003_c\.sql.*: 003_c is half applied$'
	expect_stderr_unlike '002_b is half applied'
	is "$(journal)" '3|2|started' 'its entry is kept'
}

# The entry was cleared, and no run has ended the migration.
cleared() {
	fresh 'CREATE TABLE b (x INTEGER);' \
	    "DO \$\$ BEGIN DELETE FROM $JOURNAL; COMMIT; END \$\$;" \
	    'CREATE TABLE c (x INTEGER);'
	sqlmigrate apply
	expect_status 4 'the entry was cleared'
	expect_stderr_like '^ *(Detail: )?The journal has no entry of 002_b any more\.$'
	expect_stderr_like '^Whether 002_b was kept is not known\.$'
	expect_stderr_unlike 'half applied'
	is "$(db_tables | grep -cx c)" 0 'nothing after it runs'
}

# A statement waits for a lock, in the background; what it says goes to out.
waits() {
	fresh 'CREATE TABLE b (x INTEGER);' 'VACUUM a;'
	pg_hold 'BEGIN; LOCK TABLE a'
	"$SQLMIGRATE" -d "$DB_URL" -m m --lock-timeout=1s --lock-retries=0 \
	    apply >out 2>&1 3>&- &
	pid=$!
	ok 'the statement waits' eventually is_begun
}

# ends_refused: another run ends the migration, whose statement is refused.
ends_refused() {
	waits
	db_sql "INSERT INTO schema_version (version, number, name)
	    VALUES ('0.0.2', 2, '002_b')" "DELETE FROM $JOURNAL" >/dev/null
	status=0
	wait "$pid" || status=$?
	pg_release
	like "$(cat out)" 'another runner was first; looking again' \
	    'a refused statement of what another run has ended'
	unlike "$(cat out)" 'half applied' 'is not half applied'
}

# A lock on the journal is waited for and tried again, before anything runs.
journal_locked() {
	one_applied
	put 002_b.sql 'SELECT pg_advisory_xact_lock(42);'
	put 003_c.sql '-- sqlmigrate: no-transaction' 'VACUUM a;'
	hold
	"$SQLMIGRATE" -d "$DB_URL" -m m --lock-timeout=100ms \
	    --lock-retries=999 apply >out 2>&1 3>&- &
	pid=$!
	ok 'the migration before it waits' eventually held_up
	echo "BEGIN; LOCK TABLE $JOURNAL IN ACCESS EXCLUSIVE MODE;
	    SELECT pg_advisory_unlock(42);" >&3
	ok 'the journal is tried again' eventually grep -q '^retrying 003_c, ' out
	hold_end
	status=0
	wait "$pid" || status=$?
	is "$status" 0 'and succeeds'
}

# refused STATEMENT: it waits for a lock, another run moves on, it is refused.
refused() {
	waits
	db_sql "UPDATE $JOURNAL SET $1, actor = 'them, run 2'" >/dev/null
	before=$(entry)
	status=0
	wait "$pid" || status=$?
	pg_release
	is "$status" 7 "$1: it is refused"
	is "$(entry)" "$before" "$1: and takes nothing back that is not its own"
	like "$(cat out)" 'If another run is at work, wait until it has finished' "$1: it says so"
	unlike "$(cat out)" 'of its statements (is|are) done' \
	    "$1: and claims nothing else"
}

# Settings are no statements that the journal counts.
without_entry() {
	fresh "$(either "SET work_mem = '1MB';" 'PRAGMA cache_size = 100;')"
	sqlmigrate apply
	expect_status 0 "$engine: a file that sets something, and no more"
	is "$(journal)" '' "$engine: needs no entry"
}

for_each_engine without_entry
for_each_engine names_the_run
for_each_engine changes_with_statement
for_each_engine changes_each
for_each_engine changes_at_end
for_each_engine swallowed
for_each_engine rolls_back
if has_engine postgres; then
	engine=postgres
	numbers_entries
	ended
	ended_and_begun
	cleared
	ends_refused
	journal_locked
	resumes_rollback
	commits_other
	refused "state = 'started'"
	refused "statement = 4, state = 'done'"
fi
done_testing
