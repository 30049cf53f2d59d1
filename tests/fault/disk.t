#!/bin/sh
# A disk that gets full, at every size: nothing is half applied, the message
# says so, and with room again the next run does it.  No file system of that
# size is needed: what would make a file longer fails (shim.h, disk.c).
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

full=${SQLMIGRATE_TORTURE-}
SQLMIGRATE_LOCK_WAIT=0s
export SQLMIGRATE_LOCK_WAIT

# Tables, an index and rows, so that files grow all along.
migrations() {
	put 001_a.sql 'CREATE TABLE a (x TEXT);' 'CREATE INDEX ai ON a (x);'
	case $engine in
	postgres) rows='generate_series(1, 2000) AS n' ;;
	sqlite) rows="(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL
	    SELECT n + 1 FROM c WHERE n < 400) SELECT n FROM c)" ;;
	esac
	put 002_b.sql 'CREATE TABLE b (x TEXT);' \
	    "INSERT INTO b SELECT 'a row of the table b, number ' || n FROM $rows;" \
	    "INSERT INTO a SELECT x FROM b;" 'CREATE INDEX bi ON b (x);'
	put 002_b_rollback.sql 'DROP TABLE b;' 'DELETE FROM a;'
}

# sweep JOURNAL COMMAND [OPTION...]
sweep() {
	journal=$1 command=$2
	shift 2
	cd work || exit 99
	run "$top_builddir/tests/fault/sweep" "$@" \
	    -c 'sqlite3 app.db "PRAGMA integrity_check; SELECT count(*) FROM a;
		SELECT name FROM sqlite_schema ORDER BY 1;
		SELECT name FROM schema_version ORDER BY 1;"' \
	    -r 'find . -mindepth 1 -delete; cp -a ../base/. .' \
	    -m 'disk is full|No space left' "$command"
	cd ..
	expect_status 0 "sqlite, $journal: $command"
	diag "$(printf '%s\n' "$stdout" | tail -n 1)"
}

sqlite() {
	engine=sqlite
	DATABASE_URL=sqlite:app.db
	export DATABASE_URL
	migrations
	kinds=any-grow:1,any-grow+:1
	[ "$full" = full ] || kinds=any-grow:3,any-grow+:2
	for journal in delete wal; do
		rm -rf base work
		mkdir base work
		cp -r m base/migrations
		(cd base && sqlite3 app.db "PRAGMA journal_mode = $journal" &&
		    "$SQLMIGRATE" -q apply 001) >/dev/null || exit 99
		sweep "$journal" apply -k "$kinds"
		(cd base && "$SQLMIGRATE" -q apply) || exit 99
		sweep "$journal" 'rollback 002' -k "$kinds" \
		    -f 'rollback --to 001'
	done
}

# The server of our own, on the disk.
server() {
	DISK_ROOM=$tmp/room
	export DISK_ROOM
	# shellcheck disable=SC2086
	ok 'the disk is made' $CC -shared -fPIC -D_GNU_SOURCE -o "$tmp/disk.so" \
	    "$top_srcdir/tests/fault/disk.c"
	LD_PRELOAD=$tmp/disk.so
	export LD_PRELOAD
	at_exit pg_stop
	pg_start_own 'autovacuum = off' || exit 99
	unset LD_PRELOAD
	pg_newdb || exit 99
	DB_URL=$PG_URL
}

kept() {
	pg_sql "SELECT count(*) FROM a" \
	    "SELECT name FROM schema_version ORDER BY number" \
	    "SELECT relname FROM pg_class WHERE relname IN ('b', 'bi')
	    ORDER BY relname" |
	    tr '\n' ' '
}

# with N: apply while there is room for N pages more.
with() {
	head -c "$1" /dev/zero >"$DISK_ROOM"
	chmod 666 "$DISK_ROOM"
	sqlmigrate apply
	rm "$DISK_ROOM"
}

# At N pages it fails, cleanly.
fails() {
	before=$(kept)
	with "$1"
	[ "$status" -ne 0 ] || return 1
	if [ "$status" -ne 1 ] || [ "$(kept)" != "$before" ] ||
	    ! printf '%s\n' "$stderr" | grep -q 'SQLSTATE 53100' ||
	    ! printf '%s\n' "$stderr" | grep -q '^Nothing of 002_b was kept'; then
		fail "room for $1 pages" "status $status, kept: $(kept)
$stderr"
	fi
	tries=$((tries + 1))
}

postgres() {
	server
	migrations
	sqlmigrate apply 001
	expect_status 0
	tries=0
	n=0
	while fails "$n"; do
		if [ "$full" = full ]; then n=$((n + 1)); else n=$((n * 3 / 2 + 1)); fi
	done
	ok 'it failed many times' test "$tries" -gt 5
	diag "$tries sizes; with room for $n pages it was done"
	is "$(kept)" '2000 001_a 002_b b bi ' 'then it is done, once'

	# The server crashes on it.
	sqlmigrate rollback
	expect_status 0
	pg_sql 'VACUUM FULL'
	fails 7
	expect_status 1 'a full disk'
	pg_crash
	pg_resume || exit 99
	is "$(kept)" '0 001_a ' 'after a crash nothing of it is there'
	sqlmigrate apply
	expect_status 0
	is "$(kept)" '2000 001_a 002_b b bi ' 'it is done, once'
	pg_stop
}

for engine in $(engines); do
	mkdir "$engine"
	cd "$engine" || exit 99
	"$engine"
	cd ..
done
done_testing
