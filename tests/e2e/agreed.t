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
	: >said
	{
		eventually grep -q 'y/N' said
		sqlmigrate apply --resume
		echo y
	} | script -qefc "$SQLMIGRATE -d '$DB_URL' -m m rollback" said >/dev/null
	is $? 4 "$engine: a half that is whole now"
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

for_each_engine back
for_each_engine forth
for_each_engine part
for_each_engine whole
done_testing
