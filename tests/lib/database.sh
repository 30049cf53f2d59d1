# shellcheck shell=sh
# The same test on each engine; use after tap.sh:
#
#	body() { db_new; run "$SQLMIGRATE" -d "$DB_URL" apply; ... }
#	for_each_engine body
#
#	for_each_engine FUNCTION	call it with $engine set, in a fresh
#					directory, for each engine there is
#	db_new				make an empty database: sets DB_URL
#					(for SQLite a file that is not there)
#	db_sql SQL...			run SQL in it, print the rows (a|b)
#	db_shell FILE			run a script as a DBA would
#	db_tables			the names of its tables, sorted
#	sqlmigrate ARGUMENT...		run the program on it and the folder m
#	put NAME LINE...		make a file of that folder
#	one_applied LINE...		a new database where 001_a is applied,
#					and 002_b, with these lines, pending
#	db_swallow EVENT TABLE		a trigger drops what is written there
#	eventually CMD...		whether it succeeds, within 20 s
#	either TEXT TEXT		by engine: on PostgreSQL the first
#	journal				what the journal has
#	hinted STATE			run the repair that the last hint has
#					for this state, and agree to it
#	commands			the commands that the last hints print,
#					one a line, without "sqlmigrate"
#	hint REGEX			run the first of them that matches, and
#					agree to it: it must end with 0
#	hold, hold_end			let statements wait that ask for the
#					advisory lock 42 (only PostgreSQL)
#	held_up				whether one does; on SQLite, whether the
#					journal has anything
#	pg_hold SQL			run it in a psql that stays, on fd 3,
#					which our runners must not inherit
#	pg_release			end that psql
#	pg_forbid TAG, pg_allow		DDL of that tag fails: "not now"

# shellcheck source=tests/lib/postgres.sh
. "$top_srcdir/tests/lib/postgres.sh"

engines() {
	if [ "${WITH_POSTGRES-yes}" = yes ] &&
	    [ "${SQLMIGRATE_TEST_POSTGRES-}" != no ]; then
		echo postgres
	fi
	if [ "${WITH_SQLITE-yes}" = yes ]; then
		echo sqlite
	fi
}

# Whether the engine is there: has_engine postgres || ...
has_engine() {
	engines | grep -qx "$1"
}

db_postgres() {
	[ -n "${PG_BIN-}" ] && return
	at_exit pg_stop
	pg_start || exit 99
}

for_each_engine() {
	for engine in $(engines); do
		diag "on $engine"
		mkdir -p "$tmp/$1-$engine"
		cd "$tmp/$1-$engine" || exit 99
		"$1"
		cd "$tmp" || exit 99
	done
}

db_count=0

db_new() {
	db_count=$((db_count + 1))
	case $engine in
	postgres)
		db_postgres
		pg_newdb || exit 99
		DB_URL=$PG_URL
		;;
	sqlite)
		DB_FILE=$tmp/db$db_count.sqlite
		DB_URL=sqlite:$DB_FILE
		;;
	esac
	export DB_URL
}

db_sql() {
	case $engine in
	postgres) pg_sql "$@" ;;
	sqlite)
		for db_text in "$@"; do
			printf '%s\n' "$db_text" |
			    sqlite3 -batch -bail "$DB_FILE" || return
		done
		;;
	esac
}

db_shell() {
	case $engine in
	postgres) run "$PG_BIN/psql" -Xq -d "$PG_DB" -f "$1" ;;
	sqlite) run sh -c "sqlite3 '$DB_FILE' <'$1'" ;;
	esac
}

db_tables() {
	case $engine in
	postgres) pg_sql "SELECT relname FROM pg_class c JOIN pg_namespace n
		ON n.oid = relnamespace WHERE relkind IN ('r', 'p') AND
		nspname !~ '^(pg_|information_schema)' ORDER BY 1" ;;
	sqlite) db_sql "SELECT name FROM sqlite_schema WHERE type = 'table'
		AND name NOT LIKE 'sqlite_%' ORDER BY 1" ;;
	esac
}

sqlmigrate() {
	run "$SQLMIGRATE" -d "$DB_URL" -m m "$@"
}

put() {
	mkdir -p m
	put_name=$1
	shift
	printf '%s\n' "$@" >"m/$put_name"
}

one_applied() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	sqlmigrate apply
	expect_status 0 "$engine: a first migration"
	put 002_b.sql "$@" 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
}

db_swallow() {
	case $engine in
	postgres) db_sql 'CREATE FUNCTION swallow() RETURNS trigger
		LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$' \
	    "CREATE TRIGGER swallow BEFORE $1 ON $2
		FOR EACH ROW EXECUTE FUNCTION swallow()" ;;
	sqlite) db_sql "CREATE TRIGGER swallow BEFORE $1 ON $2
		BEGIN SELECT RAISE(IGNORE); END;" ;;
	esac
}

either() {
	if [ "$engine" = postgres ]; then echo "$1"; else echo "$2"; fi
}

journal() {
	db_sql 'SELECT number, statement, state FROM schema_version_journal'
}

hinted() {
	hinted=$(printf '%s\n' "$stderr" |
	    grep -oE "sqlmigrate repair [0-9]+ --statement [0-9]+=$1\$")
	if [ -z "$hinted" ]; then
		fail "the hint has a command for $1" "$stderr"
		return
	fi
	$hinted --yes
	expect_status 0 "$hinted"
	expect_stdout_like "^recorded statement [0-9]+ of .* as $1\$"
}

commands() {
	printf '%s\n' "$stderr" | sed 's/;  /\n/g' |
	    sed -n 's/.*[Rr]un: sqlmigrate //p'
}

hint() {
	hint=$(commands | grep -E -m 1 -e "$1")
	if [ -z "$hint" ]; then
		fail "a hint has the command $1" "$stderr"
		return 1
	fi
	eval "sqlmigrate $hint --yes"
	expect_status 0 "$engine: the hint's $hint"
}

eventually() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 400 ] || return 1
		sleep 0.05
	done
}

pg_hold() {
	rm -f hold held
	mkfifo hold
	"$PG_BIN/psql" -XAtq -d "$PG_DB" <hold >held &
	PG_HOLDER=$!
	exec 3>hold
	echo "$1; SELECT 'held';" >&3
	eventually grep -q held held
}

pg_release() {
	exec 3>&-
	wait "$PG_HOLDER"
}

hold() {
	[ "$engine" = postgres ] || return 0
	pg_hold 'SELECT pg_advisory_lock(42)'
}

hold_end() {
	[ "$engine" = postgres ] || return 0
	pg_release
}

held_up() {
	case $engine in
	postgres) [ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
		WHERE datname = '$PG_DB' AND wait_event = 'advisory'")" = 1 ] ;;
	sqlite) [ -n "$(journal 2>/dev/null)" ] ;;
	esac
}

pg_forbid() {
	pg_sql "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql
	    AS \$\$ BEGIN RAISE 'not now'; END \$\$" \
	    "CREATE EVENT TRIGGER no ON ddl_command_start
	    WHEN TAG IN ('$1') EXECUTE FUNCTION no()"
}

pg_allow() {
	pg_sql 'DROP EVENT TRIGGER no' 'DROP FUNCTION no'
}
