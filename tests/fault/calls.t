#!/bin/sh
# Every call that may fail does, one after the other (sweep.c, shim.h): no
# crash, nothing leaked, a status that the manual has, one message, and the
# database as before or as after; then the next run goes on.  A sample of the
# calls, or with SQLMIGRATE_TORTURE=full each of them; TORTURE_ONLY is a regular
# expression (grep -E) for the names of the sweeps to make.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# KIND:STEP, the step where it is a sample.
own='alloc:61 open:9 read:9 write:1 sync:1 close:9 stat:13 folder:9 name:1
lock:1 print:13 thread:1 child:1 who:1 load:29'
anywhere_sqlite='any-alloc:307 any-open:3 any-read:17 any-write:23 any-grow:17
any-sync:3'
anywhere_postgres='any-alloc:61 any-net:17'
full=${SQLMIGRATE_TORTURE-}

# The program itself makes no fault wait; but a server that is busy may be late
# to see that the run before has died.
export SQLMIGRATE_LOCK_WAIT
SQLMIGRATE_CONNECT_TIMEOUT=2s
export SQLMIGRATE_CONNECT_TIMEOUT

# What is compared: the files, the schema, the history, what migrations left.
# A table that is not there is an error that is compared, too.
cat >check.sh <<'EOT'
find . -name '*.sql' | LC_ALL=C sort | xargs -r cksum
if [ "$PG_DB" ]; then
	"$PG_BIN/psql" -XAtq -d "$PG_DB" -f ../check.sql 2>&1
elif [ -s app.db ]; then
	sqlite3 -batch app.db <../check.sql 2>&1
fi
find . -name '*.part' ${left--print}
if [ -e backup ]; then
	echo a backup
	case $PG_DB in
	'') sqlite3 backup 'PRAGMA integrity_check' ;;
	*) "$PG_BIN/pg_restore" -l backup | wc -l ;;
	esac
fi
EOT
check_sql() {
	case $engine in
	postgres)
		echo "SELECT relname FROM pg_class WHERE relkind = 'r' AND
		    relnamespace = 'public'::regnamespace ORDER BY 1;"
		;;
	sqlite)
		echo "PRAGMA integrity_check; SELECT name FROM sqlite_schema
		    WHERE type = 'table' ORDER BY 1;"
		;;
	esac
	cat <<-'EOT'
		SELECT n, count(*) FROM trace GROUP BY n ORDER BY n;
		SELECT number, name, origin, content_checksum
		FROM schema_version ORDER BY version;
		SELECT * FROM schema_version_journal;
		SELECT action, name, outcome FROM schema_version_log
		WHERE outcome = 'done' AND action <> 'backup' ORDER BY id;
	EOT
}

# A folder of three migrations, each of which leaves a mark.
folder() {
	mkdir -p base/migrations
	cd base/migrations || exit 99
	for i in 1 2 3; do
		cat >"00${i}_m$i.sql" <<-EOT
			CREATE TABLE t$i (x INTEGER);
			INSERT INTO trace VALUES ($i);
		EOT
		cat >"00${i}_m${i}_rollback.sql" <<-EOT
			DROP TABLE t$i;
			DELETE FROM trace WHERE n = $i;
		EOT
	done
	{ echo 'CREATE TABLE trace (n INTEGER);' && cat 001_m1.sql; } >new
	mv new 001_m1.sql
	printf 'DROP TABLE t1;\nDROP TABLE trace;\n' >001_m1_rollback.sql
	cd ../.. || exit 99
	printf '# settings\ncolor = never\n' >base/sqlmigrate.conf
}

# begin COMMAND...: a folder and an empty database, after these commands.
begin() {
	rm -rf base work dump.sql
	check_sql >check.sql
	mkdir work
	if [ "$1" = bare ]; then shift; else folder; fi
	[ $# -gt 0 ] || set -- config
	case $engine in
	postgres)
		db_new
		DATABASE_URL=$PG_URL
		;;
	sqlite) DATABASE_URL=sqlite:app.db ;;
	esac
	export DATABASE_URL PG_DB PG_BIN
	mkdir -p base
	cd base || exit 99
	for line in "$@"; do
		# shellcheck disable=SC2086
		"$SQLMIGRATE" -q $line >/dev/null || exit 99
	done
	cd ..
	if [ "$engine" = postgres ]; then
		"$PG_BIN/pg_dump" --clean --if-exists -n public "$PG_DB" \
		    >dump.sql || exit 99
	fi
}

restore='find . -mindepth 1 -delete; cp -a ../base/. .'
restore_postgres="$restore"'
"$PG_BIN/psql" -Xqo /dev/null -d "$PG_DB" -c "DROP SCHEMA public CASCADE" \
    -f ../dump.sql >/dev/null 2>../restore.err'

# In full every call fails, and from each one on all do; of the many that
# libraries make for memory, some.
kinds() {
	for kind in "$@"; do
		if [ "$full" != full ]; then
			echo "$kind"
		else
			each=1
			[ "${kind%%:*}" != any-alloc ] || each=7
			echo "${kind%%:*}:$each"
			echo "${kind%%:*}+:$each"
		fi
	done | paste -sd ,
}

# sweep NAME KINDS [OPTION...] COMMAND: the calls of these kinds fail.
sweep() {
	name=$1
	printf '%s\n' "$name" | grep -Eqx -e "${TORTURE_ONLY-.*}" || return 0
	case $engine in
	postgres) back=$restore_postgres ;;
	sqlite) back=$restore ;;
	esac
	# shellcheck disable=SC2086
	kinds=$(kinds $2)
	shift 2
	cd work || exit 99
	run "$top_builddir/tests/fault/sweep" -c ". $tmp/check.sh" \
	    -r "$back" -k "$kinds" "$@"
	cd ..
	expect_status 0 "$engine: $name"
	diag "$name: $(printf '%s\n' "$stdout" | tail -n 1)"
}

writing() {
	begin 'apply 001'
	sweep 'apply' "$own $anywhere" -b 'apply 002' apply
	sweep 'apply in one transaction' "$own $anywhere" \
	    'apply --single-transaction --json'
	sweep 'stamp' "$own" 'stamp 003'
	begin apply
	sweep 'rollback' "$own $anywhere" -b 'rollback' -b 'rollback -2 --yes' \
	    'rollback --all --yes'
	sweep 'redo' "$own" -b 'rollback' -f apply 'redo'
	rm base/migrations/003*
	sweep 'rollback --stored' "$own" -f '' 'rollback --stored --yes'
	begin apply
	echo 'SELECT 1;' >>base/migrations/003_m3.sql
	sweep 'repair' "$own" 'repair --yes'
}

reading() {
	begin 'apply 001'
	for line in status 'status --json' plan 'plan --sql' history \
	    'history --json' current config 'config --json' help 'apply -h'; do
		sweep "$line" "$own" "$line"
	done
	sweep 'verify' "$own" verify
	sweep 'plan without a database' "$own" 'plan --sql --from 1'
	sweep 'wait' "$own" 'wait --timeout=0s'
}

making() {
	begin
	# Without a name of the account there is no author.
	sweep 'new' "${own%%who*}" -f '' 'new x'
	begin bare config
	sweep 'init' "$own" init
	begin 'apply 001'
	cp base/migrations/003_m3.sql base/migrations/002_a.sql
	cp base/migrations/003_m3.sql base/migrations/002_b.sql
	sweep 'renumber' "$own" -a -f '' renumber
	begin 'apply'
	named=$(echo "$own ${anywhere#* }" |
	    sed 's/alloc:[0-9]*//; s/name:[0-9]*//')
	sweep 'backup' "$named" -f '' 'backup backup'
	# Without memory an unfinished one stays; without the right to name or
	# to remove anything, anything may.
	memory="${own%% *} ${anywhere%% *}"
	left=-delete
	export left
	sweep 'unfinished backup' "$memory" -f '' 'backup backup'
	sweep 'backup without names' name:1 -a -f '' 'backup backup'
	begin 'apply 001'
	sweep 'apply with a backup' "$named $memory" -b 'backup backup' \
	    -b 'apply --backup backup 002' -f apply 'apply --backup backup'
	unset left
}

# Large statements and files come in pieces; an archive on standard input.
feeding() {
	begin 'apply 001'
	{
		echo 'INSERT INTO trace VALUES (2);'
		yes 'INSERT INTO t1 VALUES (1);' | head -n 3000
		printf "INSERT INTO t1 SELECT length('"
		head -c 100000 /dev/zero | tr '\0' x
		echo "');"
	} >base/migrations/002_m2.sql
	rm base/migrations/003*
	sweep 'a large file' "$own" apply
	begin 'apply 001'
	tar -C base/migrations -cf tar .
	sweep 'a tar' "$own" -i ../tar -b 'apply 002' 'apply --dir -'
}

# Data go another way than statements.  libpq (15.18: fe-protocol3.c:1511,
# getCopyStart()) leaves the answer to COPY unread where it has no memory for
# it, and waits for more: so nothing is without memory but what is large.
copying() {
	begin 'apply 001'
	{
		echo 'CREATE TABLE t2 (x TEXT);'
		echo 'COPY t2 FROM STDIN;' && seq 500
		head -c 100000 /dev/zero | tr '\0' x
		printf '\n\\.\n'
		echo 'INSERT INTO trace SELECT 2 FROM t2;'
	} >base/migrations/002_m2.sql
	rm base/migrations/003*
	sweep 'COPY' "$own any-large:1 ${anywhere#* }" apply
}

# Each statement commits for itself: what is half applied is gone on with.
outside() {
	begin 'apply 001'
	rm base/migrations/003*
	cat >base/migrations/002_m2.sql <<-'EOT'
		-- sqlmigrate: no-transaction
		INSERT INTO trace VALUES (2);
		VACUUM;
		CREATE TABLE t2 (x INTEGER);
	EOT
	sweep 'no-transaction' "$own $anywhere" -a \
	    -f 'apply --resume --yes' apply
}

# What the database does differs, what is read and written beside it does not:
# a sample of the second engine is a small one.
body() {
	case $engine in
	postgres) anywhere=$anywhere_postgres SQLMIGRATE_LOCK_WAIT=20s ;;
	sqlite) anywhere=$anywhere_sqlite PG_DB='' SQLMIGRATE_LOCK_WAIT=0s ;;
	esac
	if [ "$engine" = sqlite ] || [ "$full" = full ]; then
		writing
		reading
		making
		feeding
	else
		begin 'apply 001'
		sweep 'apply' "$own $anywhere" -b 'apply 002' apply
		sweep 'status' "$own" status
		sweep 'backup' 'child:1' -f '' 'backup backup'
	fi
	[ "$engine" = sqlite ] || copying
	outside
}
for_each_engine body
done_testing
