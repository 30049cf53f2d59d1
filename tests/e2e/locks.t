#!/bin/sh
# shellcheck disable=SC2030,SC2031 # some tests have a server of their own
# Several runners, killed runners, lost connections: each migration is applied
# exactly once, or not at all.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# A statement that takes long, and one that never ends.
slow() {
	case $engine in
	postgres) echo "SELECT pg_sleep(${1:-600});" ;;
	sqlite) echo "WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL
		SELECT i + 1 FROM r WHERE i < ${1:-100000000000}00000)
		SELECT max(i) FROM r;" ;;
	esac
}

# Eight runners at once, on a database without a table of ours.
together() {
	db_new
	rm -rf m
	for i in 1 2 3 4 5 6 7 8 9 10; do
		put "${i}_t.sql" "CREATE TABLE t$i (x INTEGER);
$(slow 0.01)"
	done
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		(
			"$SQLMIGRATE" -d "$DB_URL" -m m apply >"out$i" 2>&1
			echo $? >"status$i"
		) &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	is "$(cat status?)" '0
0
0
0
0
0
0
0' "$engine: eight runners at once, all succeed"
	is "$(cat out? | grep -c '^applied ')" 10 \
	    "$engine: each migration is applied once"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 10 \
	    "$engine: ten rows"
	is "$(db_sql 'SELECT count(*) FROM schema_version_log')" 10 \
	    "$engine: ten rows of the log"
}

started() {
	case $engine in
	postgres) [ "$(pg_sql "SELECT count(*) FROM pg_stat_activity WHERE
		datname = '$PG_DB' AND query ~ 'pg_sleep\([0-9]+\)' AND
		state = 'active' AND pid <> pg_backend_pid()")" = 1 ] ;;
	sqlite) grep -q . out && sleep 0.2 ;;
	esac
}

ended() {
	case $engine in
	postgres) [ "$(pg_sql "SELECT count(*) FROM pg_stat_activity WHERE
		datname = '$PG_DB' AND application_name = 'sqlmigrate'")" = 0 ] ;;
	sqlite) : ;;
	esac
}

# One is applied, and 002 does not end by itself.
endless() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	put 002_b.sql "CREATE TABLE b (x INTEGER);
$(slow)"
}

# hang [COMMAND...]: begin to apply it, run by COMMAND; sets pid.
hang() {
	endless
	"$@" "$SQLMIGRATE" -d "$DB_URL" -m m -vv apply >out 2>&1 &
	pid=$!
	ok "$engine: the statement has begun" eventually started
}

# What is true after 002 was not applied, and it can be applied.
not_applied() {
	ok "$engine: $1: the server's statement ends too" eventually ended
	is "$(db_sql 'SELECT max(number) FROM schema_version')" 1 \
	    "$engine: $1: nothing of it was kept"
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate apply
	expect_status 0 "$engine: $1: the next run goes on"
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 2 \
	    "$engine: $1: each once"
}

# stopped SIGNAL STATUS: though SIGHUP be ignored where the test runs.
stopped() {
	hang env --default-signal=HUP
	kill -s "$1" "$pid"
	status=0
	wait "$pid" || status=$?
	is "$status" "$2" "$engine: $1: status"
	if [ "$1" != KILL ]; then
		like "$(cat out)" \
		    "^sqlmigrate: m/002_b\.sql:2:[0-9]+: stopped by SIG$1\$" \
		    "$engine: $1: message"
		is "$(db_sql "SELECT outcome FROM schema_version_log
			WHERE number = 2")" failed "$engine: $1: it is logged"
	fi
	not_applied "$1"
}

# A closed terminal sends SIGHUP, sometimes twice; nohup keeps it away.
hung_up() {
	hang env --default-signal=HUP
	kill -s HUP "$pid"
	kill -s HUP "$pid" 2>/dev/null
	status=0
	wait "$pid" || status=$?
	is "$status" 129 "$engine: HUP twice: status"
	like "$(cat out)" 'stopped by SIGHUP' "$engine: it ends in order"
	hang nohup
	kill -s HUP "$pid"
	kill -s TERM "$pid"
	status=0
	wait "$pid" || status=$?
	is "$status" 143 "$engine: nohup: it is not heeded"
}

# Who has pressed ^C is told at once that it was heard.
typed() {
	endless
	rm -f keys
	mkfifo keys
	script -qec "$SQLMIGRATE -d '$DB_URL' -m m -vv apply" /dev/null \
	    <keys >out 2>&1 &
	pid=$!
	exec 4>keys
	ok "$engine: the statement has begun" eventually started
	printf '\003' >&4
	status=0
	wait "$pid" || status=$?
	exec 4>&-
	is "$status" 130 "$engine: ^C: status"
	like "$(tr -d '\r' <out)" \
	    '^sqlmigrate: SIGINT: stopping; a second signal ends at once, ' \
	    "$engine: ^C is answered"
	unlike "$(sed -n '/SIGINT: stopping/,$p' out | sed 1d)" 'SIGINT: stopping' \
	    'once'
	not_applied 'a typed INT'
}

signals() {
	stopped TERM 143
	stopped HUP 129
	stopped KILL 137
	# A shell without job control starts its children with SIGINT ignored.
	hang
	kill -s KILL "$pid"
	wait "$pid" 2>/dev/null
	ok "$engine: it has ended" eventually ended
	status=0
	timeout --foreground -s INT 1 "$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 ||
	    status=$?
	like "$(cat out)" 'stopped by SIGINT' "$engine: INT: message"
	not_applied INT
	hung_up
	typed
}

# Another runner has the lock, and goes on having it.
held() {
	hang
	sqlmigrate --lock-wait=1s apply
	expect_status 5 'the lock is not had in time'
	expect_stderr_like 'held by pid [0-9]+, user postgres, application .?sqlmigrate'
	expect_stderr_like '^Hint: .*--lock-wait'
	kill -s KILL "$pid"
	wait "$pid" 2>/dev/null
	not_applied 'a lock that was held'
}

# The connection is lost in the middle, and during COMMIT.
lost() {
	hang
	pg_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = '$PG_DB' AND
		application_name = 'sqlmigrate'" >/dev/null
	status=0
	wait "$pid" || status=$?
	is "$status" 6 'a lost connection'
	not_applied 'a lost connection'
}

# COMMIT waits for a standby that there is not, and the backend is killed:
# what it wrote is durable, and the runner finds that out.
in_doubt() {
	rm -f doubt
	(
		SQLMIGRATE_LOCK=$1
		export SQLMIGRATE_LOCK
		pg_start_own "synchronous_standby_names = 'nobody'" \
		    'synchronous_commit = local' && pg_newdb || exit 1
		rm -rf m
		put 001_a.sql 'CREATE TABLE a (x INTEGER);'
		put 002_b.sql 'CREATE TABLE b (x INTEGER);'
		put 003_c.sql 'CREATE TABLE c (x INTEGER);'
		DB_URL=$PG_URL
		"$SQLMIGRATE" -d "$DB_URL" -m m init >/dev/null 2>&1
		pg_sql "ALTER DATABASE $PG_DB SET synchronous_commit = on"
		"$SQLMIGRATE" -d "$DB_URL" -m m apply >doubt.out 2>&1 &
		pid=$!
		commits() {
			[ "$(pg_sql "SET synchronous_commit = local;
				SELECT count(*) FROM pg_stat_activity
				WHERE wait_event = 'SyncRep'")" = 1 ]
		}
		eventually commits && echo waiting >doubt
		# The next connection must find it: two transactions.
		pg_sql "SET synchronous_commit = local;
			ALTER DATABASE $PG_DB SET synchronous_commit = local" \
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE wait_event = 'SyncRep'" >/dev/null
		wait "$pid"
		echo "status $?" >>doubt
		pg_sql 'SELECT count(*) FROM schema_version' >>doubt
		pg_stop
	)
	is "$(cat doubt)" 'waiting
status 0
3' "$1: a connection lost during COMMIT: it had succeeded, the rest follow"
	like "$(cat doubt.out)" 'lost during COMMIT' 'and that is told'
	is "$(grep -c '^applied' doubt.out)" 3 'each is told once'
}

# Two who want the newest rolled back mean the same one, not two.
twice() {
	db_new
	rm -rf m
	for i in 1 2 3; do
		put "${i}_t.sql" "CREATE TABLE t$i (x INTEGER);"
		put "${i}_t_rollback.sql" "$(slow 1)
DROP TABLE t$i;"
	done
	sqlmigrate apply
	pids=
	for i in 1 2 3; do
		"$SQLMIGRATE" -d "$DB_URL" -m m rollback >"back$i" 2>&1 &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	is "$(cat back? | grep -c '^rolled back 3_t')" 1 \
	    "$engine: three rollbacks at once: the newest"
	is "$(db_sql 'SELECT max(number) FROM schema_version')" 2 \
	    "$engine: and no other"
}

# With nothing to do there is no lock, and no transaction.
idle() {
	(
		pg_start_own 'log_statement = all' && pg_newdb || exit 1
		DB_URL=$PG_URL
		rm -rf m
		mkdir m
		i=1
		while [ "$i" -le 1000 ]; do
			echo "CREATE TABLE t$i (x INTEGER);" >"m/${i}_t.sql"
			i=$((i + 1))
		done
		"$SQLMIGRATE" -q -d "$DB_URL" -m m apply >/dev/null
		: >"$PG_ROOT/server.log"
		"$SQLMIGRATE" -d "$DB_URL" -m m apply >idle.out
		grep ' sqlmigrate: LOG:  ' "$PG_ROOT/server.log" |
		    grep -vcE "set_config\('lock_timeout'|pg_backend_pid\(\)$" >idle
		grep -cE ': (BEGIN|INSERT|SET|SELECT .*advisory)' \
		    "$PG_ROOT/server.log" >>idle
		pg_stop
	)
	like "$(cat idle.out)" '^nothing to apply' 'nothing is pending'
	like "$(head -n 1 idle)" '^[123]$' 'it waits for three queries at most'
	is "$(tail -n 1 idle)" 0 'and neither a lock nor a transaction'
}

idle_sqlite() {
	engine=sqlite
	mkdir -p "$tmp/idle" && cd "$tmp/idle" || exit 99
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	# Somebody else is writing, and we only look.
	mkfifo hold
	sqlite3 "$DB_FILE" <hold >held &
	holder=$!
	exec 3>hold
	echo "BEGIN IMMEDIATE; SELECT 'held';" >&3
	ok 'sqlite: the database is locked' eventually grep -q held held
	sqlmigrate apply
	expect_status 0 'sqlite: nothing pending needs no lock'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	sqlmigrate --lock-wait=300ms apply
	expect_status 5 'sqlite: what is pending does'
	expect_stderr_like '^waiting for the lock'
	expect_stderr_like "another process holds a lock on $DB_FILE, and did not release it within 0\.3 s"
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 3>&- &
	pid=$!
	ok 'sqlite: it waits' eventually grep -q '^waiting for the lock' out
	exec 3>&-
	wait "$holder"
	wait "$pid"
	is "$?" 0 'sqlite: and goes on'
	sqlmigrate apply
	expect_status 0
}

# Files without a transaction.
outside() {
	engine=postgres
	mkdir -p "$tmp/outside" && cd "$tmp/outside" || exit 99
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1), (1);'
	put 002_i.sql '-- sqlmigrate: no-transaction
CREATE INDEX CONCURRENTLY i ON a (x);'
	sqlmigrate apply
	expect_status 0 'CREATE INDEX CONCURRENTLY in a no-transaction file'
	is "$(db_sql 'SELECT count(*) FROM schema_version_journal')" 0 \
	    'the journal is empty again'
	put 003_u.sql '-- sqlmigrate: no-transaction
CREATE TABLE c (x INTEGER);
CREATE UNIQUE INDEX CONCURRENTLY u ON a (x);'
	sqlmigrate apply
	expect_status 7 'a second statement that fails'
	expect_stderr_like '003_u\.sql:3:1: '
	expect_stderr_like 'invalid index public\.u was left'
	expect_stderr_like '1 of its statements are done|1 of its statements is done'
	for command in apply status rollback; do
		sqlmigrate "$command"
		expect_status 7 "$command then stops"
		expect_stderr_like '003_u is half applied'
	done
	expect_stderr_like '^ +[0-9]\. Undo manually .*: sqlmigrate repair$'

	db_new
	rm m/003*
	put 003_s.sql '-- sqlmigrate: no-transaction
CREATE TABLE c (x INTEGER);
DO $$ BEGIN PERFORM pg_sleep(600); END $$;'
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 &
	pid=$!
	ok 'the statement has begun' eventually started
	is "$(db_sql 'SELECT number, statement, state
		FROM schema_version_journal')" '3|2|started' \
	    'the journal names it'
	kill -s KILL "$pid"
	wait "$pid" 2>/dev/null
	ok 'its statement ends with it' eventually ended
	sqlmigrate apply
	expect_status 7 'a runner killed in the middle'
	expect_stderr_like 'statement 2, which was started'
}

# A pooler that shares sessions.
pooler() {
	command -v pgbouncer >/dev/null || {
		fail 'pgbouncer is there' 'on Debian: apt-get install pgbouncer'
		return
	}
	engine=postgres
	mkdir -p "$tmp/pooler" && cd "$tmp/pooler" || exit 99
	db_new
	chmod 777 .
	cat >ini <<-EOF
		[databases]
		whole = host=$PGHOST user=postgres dbname=$PG_DB pool_mode=session
		single = host=$PGHOST user=postgres dbname=$PG_DB pool_mode=statement
		* = host=$PGHOST user=postgres
		[pgbouncer]
		listen_addr =
		unix_socket_dir = $PWD
		listen_port = 6432
		auth_type = any
		pool_mode = transaction
		logfile = $PWD/log
		pidfile = $PWD/pid
	EOF
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid "$(id -u "$(pg_user)")" --clear-groups \
		    pgbouncer -q ini >/dev/null 2>&1 &
	else
		pgbouncer -q ini >/dev/null 2>&1 &
	fi
	bouncer=$!
	ok 'the pooler is there' eventually test -S .s.PGSQL.6432
	direct=$DB_URL
	DB_URL="postgresql://postgres@/$PG_DB?host=$PWD&port=6432"
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql 'CREATE TABLE b (x INTEGER); SET search_path = pg_temp;'
	sqlmigrate --json apply
	expect_status 0 'transactions work behind a pooler'
	expect_stdout_like '"event":"database".*"pooled":true' \
	    'it is known before the first line'
	sqlmigrate --json wait
	expect_stdout_like '"event":"ready".*"pooled":true' 'wait knows it'
	sqlmigrate -v status
	expect_stderr_like '^database .*, behind a pooler\)' 'as status -v does'
	sqlmigrate prove --all
	expect_status 2 'prove is refused there'
	expect_stderr_like '^sqlmigrate: cannot create a scratch database: a connection pooler'
	expect_stderr_like '^Hint: .*--scratch URL'
	sqlmigrate --scratch "$direct" prove --all
	expect_status 0 'and works with the address that the hint asks for'
	sqlmigrate backup b.dump
	expect_status 2 'so is backup, whose restore could not work'
	expect_stderr_like '^sqlmigrate: no backup: a connection pooler'
	expect_stderr_like '^Hint: .*--direct URL'
	sqlmigrate --direct "$direct" --json backup b.dump
	expect_status 0 'and works with the address that the hint asks for'
	expect_stdout_unlike '"pooled":true' 'no pooler is seen where none is'
	expect_stdout_like "\"restore\":\"pg_restore .* -h $PGHOST -p 5432 " \
	    'the command that restores it goes to the server itself'
	DATABASE_URL=$DB_URL DATABASE_DIRECT_URL=$direct \
	    run "$SQLMIGRATE" -m m prove --all
	expect_status 0 'prove has it from the variable'
	expect_stdout_like '^001_a: no rollback$'
	DATABASE_DIRECT_URL=sqlite:other.db run "$SQLMIGRATE" -m m \
	    -d "$DB_URL" current
	expect_status 0 'a variable does not take the place of an option'
	DATABASE_URL=$DB_URL DATABASE_DIRECT_URL=$direct \
	    run "$SQLMIGRATE" config
	expect_stdout_like '^direct +postgresql://.* +DATABASE_DIRECT_URL$'
	expect_stdout_like '^database +postgresql://.*port=6432.* +DATABASE_URL$'
	is "$(pg_sql "SELECT count(*) FROM pg_locks
		WHERE locktype = 'advisory' AND database = (SELECT oid
		FROM pg_database WHERE datname = current_database())")" 0 \
	    'and no lock is left there'
	put 003_s.sql 'SELECT pg_sleep(2); CREATE TABLE s (x INTEGER);'
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 &
	pid=$!
	ok 'a first runner is at work' eventually started
	sqlmigrate --lock-wait=100ms apply
	expect_status 5 'a second one does not get the lock'
	expect_stderr_like 'another run holds the lock'
	sqlmigrate apply
	expect_status 0 'and waits for it'
	expect_stderr_like '^waiting for the lock'
	wait "$pid"
	is "$?" 0 'the first one ends well'
	put 004_i.sql '-- sqlmigrate: no-transaction
CREATE INDEX CONCURRENTLY i ON a (x);'
	sqlmigrate apply
	expect_status 2 'files without a transaction are refused there'
	expect_stderr_like '^sqlmigrate: m/004_i\.sql:1:16: a pooler '
	expect_stderr_like '^Hint: .*--pooler=session'
	expect_stderr_like '^Hint: .*--direct URL'
	sqlmigrate --direct "$direct" apply
	expect_status 0 'and work without it'
	DB_URL="postgresql://postgres@/whole?host=$PWD&port=6432"
	put 005_d.sql '-- sqlmigrate: no-transaction
DO $$ BEGIN PERFORM pg_sleep(2); END $$;'
	"$SQLMIGRATE" -d "$DB_URL" -m m apply --pooler=session >out 2>&1 &
	pid=$!
	ok 'a first runner is at work where sessions are kept' eventually started
	sqlmigrate --lock-wait=100ms --pooler=session apply
	expect_status 5 'a second one does not get its lock'
	wait "$pid"
	is "$?" 0 'and the first one ends well'
	DB_URL="postgresql://postgres@/single?host=$PWD&port=6432"
	put 006_e.sql 'CREATE TABLE e (x INTEGER);'
	for command in apply dump; do
		sqlmigrate "$command"
		not_ok "$command needs transactions" test "$status" -eq 0
		# The pooler may end the connection before dump has read why.
		[ "$command" = apply ] || continue
		expect_stderr_like '^sqlmigrate: .*statement pooling' \
		    "$command: the pooler's own error"
		expect_stderr_like 'connection pooler in statement mode'
		expect_stderr_like '^Hint: .* pool in transaction or session'
	done
	kill "$bouncer"
	wait "$bouncer" 2>/dev/null
}

for_each_engine together
for_each_engine signals
if has_engine postgres; then
	engine=postgres
	mkdir -p "$tmp/twice" && cd "$tmp/twice" || exit 99
	twice
fi
if has_engine postgres; then
	engine=postgres
	mkdir -p "$tmp/pg" && cd "$tmp/pg" || exit 99
	held
	lost
	in_doubt advisory
	in_doubt table
	idle
	outside
	pooler
fi
if has_engine sqlite; then idle_sqlite; fi
done_testing
