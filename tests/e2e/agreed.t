#!/bin/sh
# What was decided before the lock was had is not done to another history: not
# a rollback under what was applied meanwhile, and no file above a hole.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

rows() {
	db_sql 'SELECT number FROM schema_version ORDER BY number' | tr '\n' ' '
}

# Three files, of which two are applied.
two() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE t (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE t;'
	put 002_b.sql 'INSERT INTO t VALUES (2);'
	put 002_b_rollback.sql 'DELETE FROM t WHERE x = 2;'
	put 003_c.sql 'INSERT INTO t VALUES (3);'
	put 003_c_rollback.sql 'DELETE FROM t WHERE x = 3;'
	sqlmigrate -q apply 2
}

waits() {
	grep -q '^waiting for the lock' out
}

# Begin with these arguments, which waits for the lock; sets pid.
begin() {
	rm -f out
	"$SQLMIGRATE" -d "$DB_URL" -m m "$@" >out 2>&1 3>&- 4>&- &
	pid=$!
	ok "$engine: $*: waits" eventually waits
}

# refused ARGUMENT...: what waited is refused, and nothing of it was done.
refused() {
	status=0
	wait "$pid" || status=$?
	is "$status" 4 "$engine: $*: status"
	like "$(cat out)" 'the history has changed in the meantime$' \
	    "$engine: $*: message"
	unlike "$(cat out)" '^(rolled back|applied) ' "$engine: $*: nothing is done"
}

# Another run is at 003, by these arguments, and this one comes to its end.
meanwhile() {
	if [ "$engine" = sqlite ]; then
		rm -f held
		mkfifo held
		sqlite3 "${DB_URL#sqlite:}" <held >/dev/null 2>&1 &
		other=$!
		exec 4>held
		printf '%s\n' '.timeout 20000' 'BEGIN IMMEDIATE;' >&4
		ok 'it is held' eventually held_file
		return
	fi
	hold
	"$SQLMIGRATE" -d "$DB_URL" -m m "$@" >other 2>&1 3>&- &
	other=$!
	ok 'another one is at work' eventually held_up
}

held_file() {
	! sqlite3 "${DB_URL#sqlite:}" 'BEGIN IMMEDIATE' 2>/dev/null
}

# end SQL: on SQLite what the other one has done.
end() {
	if [ "$engine" = sqlite ]; then
		echo "$1; COMMIT;" >&4
		exec 4>&-
	else
		hold_end
	fi
	wait "$other"
}

back() {
	for arguments in 'rollback --all --yes' 'rollback --to 1 --yes' \
	    'rollback --cascade --yes 2' 'rollback -2 --yes' rollback \
	    'redo --yes' 'redo 2 --cascade --yes'; do
		two
		[ "$engine" = sqlite ] || put 003_c.sql \
		    'SELECT pg_advisory_xact_lock(42);' 'INSERT INTO t VALUES (3);'
		meanwhile apply
		# shellcheck disable=SC2086 # they are words
		begin $arguments
		end "INSERT INTO t VALUES (3); INSERT INTO schema_version
		    (version, number, name) VALUES ('0.0.3', 3, '003_c')"
		refused "$arguments"
		like "$(cat out)" '^Detail: 003_c is applied now\.$' \
		    "$engine: which one is told"
		is "$(rows)" '1 2 3 ' "$engine: $arguments: no row is gone"
	done
}

# What was applied meanwhile has no file in the folder that was read.
hidden() {
	two
	[ "$engine" = sqlite ] || put 003_c.sql \
	    'SELECT pg_advisory_xact_lock(42);' 'INSERT INTO t VALUES (3);'
	meanwhile apply
	mkdir -p away
	mv m/003* away
	begin rollback --all --yes
	end "INSERT INTO schema_version (version, number, name)
	    VALUES ('0.0.3', 3, '003_c')"
	refused 'rollback --all'
	like "$(cat out)" '^Detail: 003_c is applied now\.$' \
	    "$engine: not that its file is gone"
}

forth() {
	for arguments in apply 'apply 3' 'apply +1'; do
		two
		[ "$engine" = sqlite ] || put 002_b_rollback.sql \
		    'SELECT pg_advisory_xact_lock(42);' 'DELETE FROM t WHERE x = 2;'
		meanwhile rollback 2
		# shellcheck disable=SC2086
		begin $arguments
		end 'DELETE FROM t WHERE x = 2; DELETE FROM schema_version
		    WHERE number = 2'
		refused "$arguments"
		like "$(cat out)" '^Detail: 002_b is pending now\.$' \
		    "$engine: which one is told"
		is "$(rows)" '1 ' "$engine: $arguments: there is no hole"
	done
}

# Its rollback was begun by what is the first statement of both files.
turned() {
	[ "$engine" = sqlite ] || return 0
	two
	put 003_c.sql '-- sqlmigrate: no-transaction' \
	    'DROP TABLE IF EXISTS late;' 'INSERT INTO t SELECT x FROM late;'
	sqlmigrate apply
	expect_status 7 "$engine: half applied"
	put 003_c.sql '-- sqlmigrate: no-transaction' \
	    'DROP TABLE IF EXISTS late;' 'INSERT INTO t VALUES (3);'
	meanwhile
	begin apply --resume
	end "UPDATE schema_version_journal SET direction = 'rollback'"
	ended 7 '003_c is half rolled back$' 'turned round'
	is "$(db_sql 'SELECT count(*) FROM t WHERE x = 3')" 0 \
	    "$engine: it does not go on forwards"
}

# asks_then COMMAND...: a rollback that asks, and is answered behind that.
asks_then() {
	: >said
	{
		eventually grep -q 'y/N' said
		"$@"
		echo y
	} | script -qefc "$SQLMIGRATE -d '$DB_URL' -m m rollback" said >/dev/null
	status=$?
}

# The half of it was to be undone, which another run completes meanwhile.
whole() {
	db_new
	rm -rf m
	put 001_a.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE t (x INTEGER);' 'INSERT INTO t SELECT x FROM late;'
	put 001_a_rollback.sql 'DROP TABLE t;'
	sqlmigrate apply
	expect_status 7 "$engine: half applied"
	db_sql 'CREATE TABLE late (x INTEGER)' 'INSERT INTO late VALUES (1)'
	asks_then sqlmigrate apply --resume
	is "$status" 4 "$engine: a half that is whole now"
	like "$(cat said)" 'the history has changed in the meantime' \
	    "$engine: it is not rolled back"
	like "$(cat said)" 'Detail: 001_a is applied wholly now\.' \
	    "$engine: the cause"
	is "$(db_sql 'SELECT x FROM t')" 1 "$engine: all of it is there"
}

# A part of it was done by another: the rest goes on.
part() {
	two
	put 004_d.sql 'INSERT INTO t VALUES (4);'
	[ "$engine" = sqlite ] || put 003_c.sql \
	    'SELECT pg_advisory_xact_lock(42);' 'INSERT INTO t VALUES (3);'
	meanwhile apply 3
	begin apply
	end "INSERT INTO t VALUES (3); INSERT INTO schema_version
	    (version, number, name) VALUES ('0.0.3', 3, '003_c')"
	wait "$pid"
	is $? 0 "$engine: what another has done is done"
	is "$(rows)" '1 2 3 4 ' "$engine: and the rest follows"
}

# ended STATUS PATTERN NAME: what began ends so, and says so.
ended() {
	status=0
	wait "$pid" || status=$?
	is "$status" "$1" "$engine: $3: status"
	like "$(cat out)" "$2" "$engine: $3: message"
}

# Without a transaction, too; on PostgreSQL the lock is had before.
part_outside() {
	[ "$engine" = sqlite ] || return 0
	two
	put 003_c.sql '-- sqlmigrate: no-transaction' 'INSERT INTO t VALUES (3);'
	meanwhile
	begin apply
	end "INSERT INTO t VALUES (3); INSERT INTO schema_version
	    (version, number, name) VALUES ('0.0.3', 3, '003_c')"
	ended 0 'notice: another runner was first; looking again$' \
	    'done by another'
	is "$(db_sql 'SELECT count(*) FROM t WHERE x = 3')" 1 \
	    "$engine: it is done once"
}

# What a shell has begun in the meantime is half applied: nothing goes on.
half() {
	[ "$engine" = sqlite ] || return 0
	for entry in "3, '003_c', 'apply'" "2, '002_b', 'rollback'"; do
		for how in no-transaction lock-timeout=5s; do
			two
			put 003_c.sql "-- sqlmigrate: $how" \
			    'INSERT INTO t VALUES (3);'
			meanwhile
			begin apply
			end "INSERT INTO t VALUES (3);
			    INSERT INTO schema_version_journal (number, name,
			    direction, checksum, statement, state)
			    VALUES ($entry, '', 1, 'done')"
			ended 7 'is half (applied|rolled back)$' "$entry, $how"
			is "$(rows)" '1 2 ' "$engine: there is no row"
			is "$(db_sql 'SELECT count(*) FROM t WHERE x = 3')" 1 \
			    "$engine: nothing is done twice"
			is "$(db_sql 'SELECT number FROM schema_version_journal')" \
			    "${entry%%,*}" "$engine: the journal is left alone"
		done
	done
}

resume_into_next() {
	db_sql 'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply --resume
}

undo_and_begin_again() {
	sqlmigrate rollback --yes
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE u (x INTEGER);' 'INSERT INTO u SELECT x FROM never;'
	sqlmigrate apply
}

# Of what is half applied another one takes the place.
other_half() {
	db_new
	rm -rf m
	put 001_a.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE t (x INTEGER);' 'INSERT INTO t SELECT x FROM late;'
	put 001_a_rollback.sql 'DROP TABLE t;'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE u (x INTEGER);' 'INSERT INTO u SELECT x FROM never;'
	put 002_b_rollback.sql 'DROP TABLE u;'
	sqlmigrate apply
	expect_status 7 "$engine: half applied"
	asks_then resume_into_next
	is "$status" 7 "$engine: another is half applied"
	like "$(cat said)" '002_b is half applied' \
	    "$engine: which one is told"
	is "$(rows)" '1 ' "$engine: nothing is rolled back"
	sqlmigrate apply --resume 1
	expect_status 7 "$engine: below it there is nothing to go on with"
	expect_stderr_like '002_b is half applied'
}

# What was to be undone whole is half applied.
half_again() {
	two
	sqlmigrate -q rollback 2
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE u (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE u;'
	sqlmigrate -q apply 2
	echo '-- changed, so that it asks' >>m/002_b.sql
	echo 'SELECT 1;' >>m/002_b.sql
	asks_then undo_and_begin_again
	is "$status" 7 "$engine: it is half applied meanwhile"
	like "$(cat said)" '002_b is half applied' \
	    "$engine: that is told"
	is "$(db_sql 'SELECT count(*) FROM u')" 0 "$engine: the half is there"
}

# As many rows as before, and others.
exchanged() {
	[ "$engine" = sqlite ] || return 0
	two
	put 004_d.sql 'INSERT INTO t VALUES (4);'
	meanwhile
	begin apply 3
	end "UPDATE t SET x = 4; UPDATE schema_version
	    SET version = '0.0.4', number = 4, name = '004_d', checksum = NULL,
	    content_checksum = NULL WHERE number = 2"
	ended 4 '^sqlmigrate: 002_b is out of order$' 'another row instead of one'
	is "$(rows)$(db_sql 'SELECT x FROM t')" '1 4 4' 'nothing is applied'
}

for_each_engine back
for_each_engine hidden
for_each_engine forth
for_each_engine part
for_each_engine part_outside
for_each_engine half
for_each_engine turned
for_each_engine whole
for_each_engine other_half
for_each_engine half_again
for_each_engine exchanged
done_testing
