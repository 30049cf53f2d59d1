#!/bin/sh
# Proofs of rollbacks: what each verdict looks like, what is left behind, and
# who finds them later.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

TMPDIR=$tmp
export TMPDIR

# A server of our own: scratch databases of other tests would be counted.
if has_engine postgres; then
	pg_start_own || exit 99
	at_exit pg_stop
fi

# How many scratch databases there are.
scratches() {
	case $engine in
	postgres) psql -XAtq -d postgres -c "SELECT count(*) FROM pg_database
		WHERE datname LIKE 'sqlmigrate_scratch%'" ;;
	sqlite) find "$tmp" -maxdepth 1 -name 'sqlmigrate-scratch*' | wc -l ;;
	esac
}

fresh() {
	db_new
	rm -rf m
	p=
	[ "$engine" = sqlite ] || p=public.
	put 001_a.sql 'CREATE TABLE a (x INTEGER, y INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
}

# A reason in either file.
exempt() {
	fresh
	put 002_b.sql '-- sqlmigrate: no-proof=needs a device' \
	    'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'SELECT 1;'
	put 003_c.sql 'CREATE TABLE c AS SELECT * FROM b;'
	put 003_c_rollback.sql '-- sqlmigrate: no-proof=c stays' 'SELECT 1;'
	sqlmigrate apply
	expect_status 0 "$engine: apply takes no notice of no-proof"
	sqlmigrate prove --all --record
	expect_status 0 "$engine: exempt migrations"
	is "$stdout" '001_a: proven
002_b: exempt (needs a device)
003_c: exempt (c stays)
1 proven, 2 exempt' "$engine: are shown with their reasons"
	sqlmigrate --json prove 002
	expect_stdout_like '"verdict":"exempt".*"reason":"needs a device"'
	is "$(db_sql "SELECT outcome FROM schema_version_log
	    WHERE action = 'prove' ORDER BY number" | tr '\n' ' ')" \
	    'proven exempt exempt ' "$engine: in the log, too"
	put 002_b_rollback.sql '-- sqlmigrate: no-proof=' 'SELECT 1;'
	sqlmigrate prove
	expect_status 2 "$engine: a reason is needed"
	expect_stderr_like '002_b_rollback\.sql:1.*the directive no-proof needs a reason'
}

# The settings of the database are those of the one for trials.
settings() {
	fresh
	pg_sql "ALTER DATABASE $PG_DB SET search_path = app, \"Odd one\", public" \
	    "ALTER DATABASE $PG_DB SET app.tenant = 'a''c, d'" \
	    "ALTER ROLE postgres IN DATABASE $PG_DB SET work_mem = '7MB'" \
	    "ALTER DATABASE $PG_DB SET work_mem = '9MB'"
	put 001_a.sql 'CREATE SCHEMA app;' 'CREATE TABLE users AS
	    SELECT 1 / (current_setting($$app.tenant$$) = $$a$$ || chr(39) ||
		$$c, d$$ AND current_setting($$work_mem$$) = $$7MB$$ AND
		current_setting($$search_path$$) =
		    $$app, "Odd one", public$$)::int AS x;'
	put 001_a_rollback.sql 'DROP TABLE app.users; DROP SCHEMA app;'
	sqlmigrate prove --all
	expect_status 0 'settings of the database and of the role in it'
	is "$stdout" '001_a: proven
1 proven' 'hold in the one for trials'
}

# Settings that the database for trials cannot have, or should not.
odd_settings() {
	fresh
	pg_sql "ALTER DATABASE $PG_DB SET temp_tablespaces = 'no_such_space'" \
	    "ALTER DATABASE $PG_DB SET default_transaction_read_only = on"
	put 001_a.sql 'SET default_transaction_read_only = off;' \
	    'CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
	PGOPTIONS='-c default_transaction_read_only=off' sqlmigrate prove --all
	expect_status 0 'settings that cannot be had are passed over'
	is "$(PG_DB=postgres pg_sql "SELECT count(*) FROM pg_database
	    WHERE datname LIKE 'sqlmigrate_scratch_%'")" 0 'nothing is left'
}

# What a first file makes does not see how sqlmigrate makes its tables.
watches() {
	fresh
	put 001_a.sql 'CREATE FUNCTION frozen() RETURNS event_trigger
	    LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION $q$frozen: %$q$, tg_tag;
	    END $$;' 'CREATE EVENT TRIGGER audit ON ddl_command_start
	    EXECUTE FUNCTION frozen();'
	put 001_a_rollback.sql 'DROP EVENT TRIGGER audit; DROP FUNCTION frozen;'
	sqlmigrate prove --all
	expect_status 0 'a first file with an event trigger is proven'
	sqlmigrate apply
	expect_status 0 'and applied'
	sqlmigrate rollback
	db_new
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' 'SELECT 1 / 0;'
	sqlmigrate apply
	expect_status 1 'a first file that fails'
	is "$(db_tables)" '' 'leaves no table'
	put 001_a.sql 'DO $$ BEGIN EXECUTE $q$CREATE TABLE schema_version
	    (version varchar(50) PRIMARY KEY, applied_at timestamp DEFAULT now(),
	    description text)$q$; END $$;'
	sqlmigrate apply
	expect_status 0 'a first file that makes the table unseen comes first'
}

verdicts() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b; CREATE TABLE c (x INTEGER);'
	put 003_c.sql 'CREATE TABLE d (x INTEGER);'
	put 003_c_rollback.sql 'DROP TABLE nosuch;'
	put 004_d.sql 'CREATE TABLE e (x INTEGER);'
	put 004_d_rollback.sql '-- nothing'
	put 005_e.sql 'CREATE TABLE f (x INTEGER);'
	put 006_f.sql 'ALTER TABLE a ADD COLUMN z INTEGER;'
	put 006_f_rollback.sql 'ALTER TABLE a DROP COLUMN z;'
	put 007_g.sql 'INSERT INTO a (x) VALUES (1);'
	put 007_g_rollback.sql 'DELETE FROM a; DROP TABLE b;'
	sqlmigrate prove
	expect_status 8
	is "$(printf '%s\n' "$stdout" | grep -v 'no such\|does not exist\|DROP\|\^')" \
	    "001_a: proven
002_b: lies
    table ${p}c is left over
    table ${p}c is left over after the second apply
003_c: fails (rollback)
004_d: empty
    table ${p}e is left over
005_e: no rollback
006_f: proven
007_g: lies
    table ${p}b is missing
    table ${p}b is missing after the second apply
2 proven, 2 lies, 1 fails, 1 empty, 1 no rollback" "$engine: each verdict"
	expect_stdout_like '^    sqlmigrate: m/003_c_rollback\.sql:1:'
	is "$(scratches)" 0 "$engine: no scratch database is left"
	is "$(db_tables 2>/dev/null)" '' "$engine: nothing is written"
	put 003_c_rollback.sql 'DROP TABLE d; DROP TABLE nosuch;'
	put 004_d_rollback.sql 'DROP TABLE e; ALTER TABLE d ADD COLUMN y INTEGER;'
	sqlmigrate prove
	expect_stdout_like '^    column '"$p"'d\.y is left over$' \
	    'a rollback that failed has left all as it was'
	put 003_c_rollback.sql '-- sqlmigrate: no-transaction
DROP TABLE d; DROP TABLE nosuch;'
	sqlmigrate prove
	expect_stdout_like '^    column '"$p"'d\.y is left over$' \
	    'what a rollback left before it failed is made good'
	rm m/003* m/004* m/002* m/007*
	sqlmigrate prove
	expect_status 0 'what is proven, or has no rollback'
	sqlmigrate -q prove
	expect_stdout ''
	put 002_b.sql 'CREATE TABL b;'
	put 002_b_rollback.sql 'DROP TABLE b;'
	sqlmigrate prove
	expect_status 8
	expect_stdout_like '^002_b: fails \(apply\)$'
	expect_stdout_like '^1 proven, 1 fails, 2 unproven$|^2 unproven, 1 proven, 1 fails$'
}

# Which ones: what is pending, a range, all.
chosen() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	put 003_c_rollback.sql 'DROP TABLE c;'
	sqlmigrate apply 001
	for what in '' --pending 002..003; do
		# shellcheck disable=SC2086
		sqlmigrate prove $what
		expect_stdout '002_b: proven
003_c: proven
2 proven'
	done
	sqlmigrate prove 002_b
	expect_stdout '002_b: proven
1 proven'
	sqlmigrate prove --all
	expect_stdout_like '^3 proven$'
	sqlmigrate apply
	sqlmigrate prove
	expect_status 0
	expect_stderr_like '^sqlmigrate: notice: nothing is pending; --all proves every migration, TARGET one$'
	mkdir -p none
	sqlmigrate --dir none prove --all
	expect_status 0
	expect_stderr_like 'notice: the folder has no migration$'
	sqlmigrate prove 002 --all
	expect_status 2
	expect_stderr_like '^Hint: Give one of TARGET, --all and --pending\.$'
	sqlmigrate prove 009
	expect_status 2
	sqlmigrate prove --all --allow nosuch
	expect_status 2
	expect_stderr_like '^sqlmigrate: "nosuch" cannot be allowed$'
}

allowed() {
	fresh
	put 002_b.sql 'ALTER TABLE a DROP COLUMN x;'
	put 002_b_rollback.sql 'ALTER TABLE a ADD COLUMN x INTEGER;'
	sqlmigrate prove
	expect_status 8
	expect_stdout_like "^    column order ${p}a differs \(column-order\)\$"
	sqlmigrate prove --allow owner,column-order
	expect_status 0
	expect_stdout '001_a: proven
002_b: proven
2 proven'
	sqlmigrate -v prove --allow column-order
	expect_stdout_like "^    column order ${p}a differs \(column-order, allowed\)\$"
	put 002_b_rollback.sql '-- sqlmigrate: allow=column-order' \
	    'ALTER TABLE a ADD COLUMN x INTEGER;'
	sqlmigrate prove
	expect_status 0 "$engine: allowed by a directive"
	put 002_b_rollback.sql '-- sqlmigrate: allow=everything' \
	    'ALTER TABLE a ADD COLUMN x INTEGER;'
	sqlmigrate prove
	expect_status 2
	expect_stderr_like '^sqlmigrate: m/002_b_rollback\.sql:1:.*"everything" cannot be allowed$'
}

# The schema comes back, the rows do not.
seeded() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER); INSERT INTO b SELECT x FROM a;' \
	    'ALTER TABLE a DROP COLUMN y;'
	put 002_b_rollback.sql 'DROP TABLE b; ALTER TABLE a ADD COLUMN y INTEGER;'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	put 003_c_rollback.sql 'DROP TABLE c; DELETE FROM a WHERE x = 1;'
	sqlmigrate prove
	expect_status 0 "$engine: without rows all is well"
	echo 'INSERT INTO a (x, y) VALUES (1, 10), (2, 20);' >seed.sql
	sqlmigrate prove 002..003 --seed seed.sql
	expect_status 8
	expect_stdout "002_b: lies
    table ${p}a: rows of it were changed
003_c: lies
    table ${p}a: it had 2 rows, and has 1
2 lies"
	echo 'INSERT INTO a (x) VALUES (1);' >seed.sql
	sqlmigrate prove 003 --seed seed.sql
	expect_status 8
	expect_stdout_like "^    table ${p}a: it had 1 row, and has 0\$"
	echo 'INSERT INTO nosuch VALUES (1);' >seed.sql
	sqlmigrate prove 002 --seed seed.sql
	expect_status 1
	expect_stderr_like '^sqlmigrate: seed\.sql:1:'
	sqlmigrate prove 002 --seed nosuch.sql
	expect_status 2
	expect_stderr_like '^sqlmigrate: .*nosuch\.sql'
}

recorded() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b; CREATE TABLE c (x INTEGER);'
	sqlmigrate apply
	sqlmigrate status
	expect_stdout_unlike 'proven' "$engine: nothing is said without records"
	sqlmigrate prove --all --record
	expect_status 8
	is "$(db_sql "SELECT name, outcome FROM schema_version_log
		WHERE action = 'prove' ORDER BY id")" '001_a|proven
002_b|lies' "$engine: the log has them"
	sqlmigrate status
	expect_stdout_like '^001 .* proven$'
	expect_stdout_like '^002 .* lies$'
	sqlmigrate rollback
	expect_stderr_like '^sqlmigrate: notice: the rollback of 002_b: lies$'
	put 001_a_rollback.sql 'DROP TABLE a; -- changed since'
	sqlmigrate status
	expect_stdout_like '^001 .* unproven$'
	sqlmigrate rollback
	expect_stderr_like '^sqlmigrate: notice: the rollback of 001_a: unproven$'
	db_new
	sqlmigrate prove --record
	case $engine in
	postgres)
		expect_status 4
		expect_stdout '' 'there is no proof that could not be kept'
		;;
	sqlite) expect_status 6 ;;
	esac
}

# A trial of these would change more than a scratch database.
reaching() {
	fresh
	case $engine in
	postgres) set -- 'CREATE ROLE %s;' 'DROP USER %s;' \
	    "ALTER DATABASE postgres SET work_mem = '1MB';" \
	    'ALTER SYSTEM RESET ALL;' 'GRANT pg_monitor TO postgres;' \
	    'REVOKE ALL ON DATABASE postgres FROM PUBLIC;' \
	    "COMMENT ON ROLE postgres IS 'x';" 'REASSIGN OWNED BY a TO b;' \
	    "COPY (SELECT 1) TO PROGRAM 'cat';" "COPY a TO '/nosuch/a';" \
	    "COPY a (x) FROM PROGRAM 'true';" ;;
	sqlite) set -- "ATTACH 'other.db' AS other;" \
	    "VACUUM INTO 'other.db';" ;;
	esac
	for statement; do
		put 002_b.sql '-- sqlmigrate: no-transaction' "$statement"
		sqlmigrate prove
		expect_status 2
		expect_stderr_like '^sqlmigrate: m/002_b\.sql:2:1: this acts on more than a scratch database'
	done
	put 002_b.sql 'SELECT 1;'
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' 'SELECT 1;' "$1"
	sqlmigrate prove
	expect_status 2
	expect_stderr_like '^sqlmigrate: m/002_b_rollback\.sql:3:1: '
	put 002_b_rollback.sql 'SELECT 1;'
	printf '%s\n' '-- sqlmigrate: no-transaction' "$1" >seed.sql
	sqlmigrate prove --seed seed.sql
	expect_status 2 'nor may a seed'
	expect_stderr_like '^sqlmigrate: seed\.sql:2:1: this acts on more than a scratch database'
	is "$(scratches)" 0 "$engine: no scratch database is left"
	[ "$engine" = postgres ] || return 0
	rm m/002*
	echo 'SELECT 1; CREATE ROLE prove_reaching;' >seed.sql
	sqlmigrate prove --seed seed.sql
	expect_status 2 'nor may the rows that are put in'
	expect_stderr_like '^sqlmigrate: seed\.sql:1:11: this acts on more than a scratch database'
	is "$(psql -XAtq -d postgres -c "SELECT count(*) FROM pg_roles
		WHERE rolname = 'prove_reaching'")" 0 'no role was made'
	put 002_b.sql 'COPY a (x) FROM stdin;' '1' '\.'
	put 002_b_rollback.sql 'DELETE FROM a;'
	sqlmigrate prove
	expect_status 0 'COPY within the connection reaches nothing'
}

# A run that was killed leaves a scratch database; the next one removes it.
killed() {
	fresh
	case $engine in
	postgres) slow='SELECT pg_sleep(600);' ;;
	sqlite) slow='WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL
		SELECT i + 1 FROM r) SELECT max(i) FROM r;' ;;
	esac
	put 002_b.sql "$slow"
	for signal in TERM KILL; do
		"$SQLMIGRATE" -d "$DB_URL" -m m prove >out 2>&1 3>&- &
		pid=$!
		eventually grep -q 001_a out
		sleep 0.3
		kill -s "$signal" "$pid"
		code=0
		wait "$pid" || code=$?
		[ "$signal" != TERM ] ||
		    is "$code" 143 "$engine: the status after $signal"
	done
	is "$(scratches)" 1 "$engine: only the killed one has left its own"
	rm m/002_b.sql
	[ "$engine" = postgres ] ||
	    touch -d '2 minutes ago' "$tmp"/sqlmigrate-scratch*
	[ "$engine" = sqlite ] || psql -q -d postgres \
	    -c 'CREATE DATABASE sqlmigrate_scratch_1_2' \
	    -c "COMMENT ON DATABASE sqlmigrate_scratch_1_2 IS 'mine'" \
	    -c 'CREATE DATABASE kept_of_scratch' \
	    -c "COMMENT ON DATABASE kept_of_scratch
		IS 'sqlmigrate scratch database of session 1 2'"
	sqlmigrate prove
	expect_status 0
	[ "$engine" = sqlite ] || is "$(psql -XAtq -d postgres \
	    -c "SELECT datname FROM pg_database WHERE datname ~ 'scratch'
		ORDER BY 1" -c 'DROP DATABASE kept_of_scratch' \
	    -c 'DROP DATABASE sqlmigrate_scratch_1_2')" 'kept_of_scratch
sqlmigrate_scratch_1_2' 'one without the mark stays, and one of another name'
	is "$(scratches)" 0 "$engine: the killed one's is gone"
}

# Who watches a terminal sees which one is at it.
watched() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
	script -qec "$SQLMIGRATE -d '$DB_URL' -m m prove" /dev/null \
	    </dev/null >out 2>&1
	is "$(tr '\r' '\n' <out | grep -o '^proving [^[:cntrl:]]*')" \
	    'proving 1 of 2: 001_a
proving 2 of 2: 002_b' "$engine: how far it is"
}

busy() {
	! flock -n "$tmp/sqlmigrate-scratch-busy" true
}

# A place where nothing can be made, and what looks like a killed run's.
nowhere() {
	fresh
	TMPDIR=$PWD/nosuch sqlmigrate prove
	expect_status 6
	expect_stdout ''
	expect_stderr "sqlmigrate: cannot make a folder for a scratch database in $PWD/nosuch: No such file or directory
Hint: TMPDIR names another place."
	for name in busy file; do
		mkdir "$tmp/sqlmigrate-scratch-$name"
		touch "$tmp/sqlmigrate-scratch-$name/kept"
	done
	rm -r "$tmp/sqlmigrate-scratch-file"
	touch "$tmp/sqlmigrate-scratch-file"
	touch -d '2 minutes ago' "$tmp"/sqlmigrate-scratch-*
	mkfifo hold
	flock "$tmp/sqlmigrate-scratch-busy" cat hold &
	holder=$!
	ok 'it is locked' eventually busy
	sqlmigrate prove
	expect_status 0
	is "$(cd "$tmp" && echo sqlmigrate-scratch-*)" \
	    'sqlmigrate-scratch-busy sqlmigrate-scratch-file' \
	    'the one that is in use stays, and what is no folder'
	ok 'with all that is in it' test -e "$tmp/sqlmigrate-scratch-busy/kept"
	: >hold
	wait "$holder"
	rm -r "$tmp"/sqlmigrate-scratch-*
}

outside() {
	fresh
	case $engine in
	postgres) put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE INDEX CONCURRENTLY a_x ON a (x);' ;;
	sqlite) put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE INDEX a_x ON a (x); VACUUM;' ;;
	esac
	put 002_b_rollback.sql 'DROP INDEX a_x;'
	sqlmigrate prove
	expect_status 0
	expect_stdout_like '^002_b: proven$'
}

# What cannot be applied is not laid at the door of the database itself.
stuck() {
	fresh
	put 002_b.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE a;'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	put 003_c_rollback.sql 'DROP TABLE c;'
	sqlmigrate prove 003
	expect_status 1
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:1:'
	expect_stderr_like '^Detail: It was applied in the scratch database, for those behind it; no other database was changed\.$'
	sqlmigrate --json prove
	expect_status 8
	expect_stdout_like '"event":"proof_end","proven":1,.*,"unproven":1,'
	echo 'INSERT INTO a (x) VALUES (1);' >seed.sql
	sqlmigrate prove 001 --seed seed.sql
	expect_status 1
	expect_stderr_like '^Detail: It ran in the scratch database, which has what was made before 001_a\.$'
	put 001_a_rollback.sql 'SELECT 1;'
	sqlmigrate prove 001
	expect_status 8
	expect_stdout_like '^001_a: fails \(second apply\)$'
	expect_stdout_unlike 'sqlmigrate stamp' "$engine: no advice to stamp it"
	like "$(printf '%s\n' "$stdout" | sed -n 2p)" \
	    '^    table .*a is left over$' "$engine: the cause comes first"
	like "$(printf '%s\n' "$stdout" | sed -n 3,\$p)" \
	    '^    sqlmigrate: m/001_a\.sql:1:' "$engine: and then what failed"
}

# The scratch database is nobody else's, whichever lock is wanted.
locked() {
	fresh
	put 002_b.sql '-- sqlmigrate: no-transaction' 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
	sqlmigrate --lock=table prove
	expect_status 0 "$engine: with the lock of a row"
	expect_stdout_like '^2 proven$'
}

# A full disk says nothing of a rollback.
full() {
	engine=sqlite
	fresh
	put 002_b.sql 'CREATE TABLE b AS WITH RECURSIVE r (i) AS' \
	    '(SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 20000)' \
	    'SELECT hex(randomblob(50)) AS x FROM r;'
	put 002_b_rollback.sql 'DROP TABLE b;'
	(
		trap '' XFSZ
		ulimit -f 512
		"$SQLMIGRATE" -d "$DB_URL" -m m prove
		echo "status $?"
	) >out 2>&1
	is "$(grep -v '^ ' out | head -n 2 | cut -d: -f1-4)" '001_a: proven
sqlmigrate: m/002_b.sql:1:1' 'the proof ends with the error'
	is "$(tail -n 1 out)" 'status 1' 'which is no verdict'
	is "$(scratches)" 0 'no scratch database is left'
}

for_each_engine exempt
for_each_engine verdicts
for_each_engine chosen
for_each_engine allowed
for_each_engine seeded
for_each_engine recorded
for_each_engine reaching
for_each_engine killed
for_each_engine watched
for_each_engine outside
for_each_engine stuck
for_each_engine locked

# What only PostgreSQL has.
roles() {
	fresh
	psql -q -d postgres -c "CREATE ROLE poor LOGIN" \
	    -c "CREATE ROLE maker LOGIN CREATEDB"
	url=$DB_URL
	DB_URL=$(echo "$url" | sed 's/postgres@/poor@/')
	sqlmigrate prove
	expect_status 1
	expect_stderr_like 'permission denied to create database'
	expect_stderr_like '^Hint: Trials need a role that may create databases \(ALTER ROLE \.\.\. CREATEDB\); --scratch URL names a server where it may\.$'
	psql -q -d "$url" -c "DO \$\$BEGIN EXECUTE format('ALTER DATABASE %I SET
		default_transaction_read_only = on', current_database()); END\$\$"
	DB_URL=$(echo "$url" | sed 's/postgres@/maker@/')
	sqlmigrate prove
	expect_status 1
	expect_stderr_like '^Hint: Trials need a database of their own; --scratch URL names a server where it can be made\.$'
	psql -q -d postgres -c 'SELECT 1' -c "ALTER DATABASE \"$(psql -XAtq \
	    -d "$url" -c 'SELECT current_database()')\" RESET ALL"
	put 002_b.sql 'CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION f();'
	put 002_b_rollback.sql 'DROP EVENT TRIGGER t;'
	sqlmigrate prove
	expect_status 8
	expect_stdout_like '^001_a: proven$'
	expect_stdout_like '^002_b: cannot be proven here \(apply\)$'
	DB_URL=$url
}

# The schema of the history was made by hand, and is made for a trial.
schemas() {
	fresh
	psql -q -d "$DB_URL" -c 'CREATE SCHEMA "of Own"'
	put 002_b.sql 'INSERT INTO "of Own".log (version) VALUES ($$0.0.2$$);'
	put 002_b_rollback.sql 'SELECT 1;'
	sqlmigrate --table 'of Own.log' prove
	expect_status 0
	expect_stdout_like '^2 proven$'
	put 003_c.sql 'CREATE TABL c;'
	sqlmigrate --table 'of Own.log' prove 002..003
	expect_status 8
	expect_stdout_like '^002_b: proven$'
}

# A sequence moves on where a statement uses it, and does not come back.
sequences() {
	fresh
	put 002_b.sql 'CREATE TABLE b (x serial, y integer);'
	put 003_c.sql 'INSERT INTO b (y) VALUES (1);'
	put 003_c_rollback.sql 'DELETE FROM b;'
	echo 'SELECT 1;' >seed.sql
	sqlmigrate prove 003 --seed seed.sql
	expect_stdout_like '^    sequence public\.b_x_seq: it stood at 1 \(unused\), and stands at 1 \(sequence\)$'
	echo "SELECT setval('b_x_seq', 7);" >seed.sql
	sqlmigrate prove 003 --seed seed.sql
	expect_stdout_like '^    sequence public\.b_x_seq: it stood at 7, and stands at 8 \(sequence\)$'
}

# Fewer connections than a trial needs: waiting for one would not help.
cramped() {
	fresh
	url=$DB_URL
	psql -q -d postgres -c 'CREATE ROLE cramped LOGIN CREATEDB'
	DB_URL=$(echo "$url" | sed 's/postgres@/cramped@/')
	for limit in 1 3; do
		psql -q -d postgres -c \
		    "ALTER ROLE cramped CONNECTION LIMIT $limit"
		start=$(date +%s)
		sqlmigrate --lock-wait=60s prove
		expect_status 6 "connections: $limit"
		expect_stderr_like 'a trial needs 4 connections at the same time$'
		expect_stderr_like '^Hint: Raise the limit, or .*--scratch URL'
		ok 'it does not wait' test "$(($(date +%s) - start))" -lt 40
	done
	is "$(scratches)" 0 'nothing was created'
	psql -q -d postgres -c 'ALTER ROLE cramped CONNECTION LIMIT 4'
	sqlmigrate prove
	expect_status 0 'four are enough'
	psql -q -d postgres -c 'ALTER ROLE cramped CONNECTION LIMIT -1'
	name=$(psql -XAtq -d "$url" -c 'SELECT current_database()')
	psql -q -d postgres -c "ALTER DATABASE \"$name\" CONNECTION LIMIT 1"
	sqlmigrate prove
	expect_status 6 'a limit of the database'
	expect_stderr_like 'a trial needs 4 connections at the same time$'
	psql -q -d postgres -c "ALTER DATABASE \"$name\" CONNECTION LIMIT 2"
	sqlmigrate prove
	expect_status 0 'of which two are in the database'
	DB_URL=$url
}

# The sessions of a proof wait for one another, however little is allowed.
idle() {
	fresh
	put 002_b.sql 'SELECT pg_sleep(1.5);'
	psql -q -d postgres -c "CREATE ROLE idler LOGIN CREATEDB" \
	    -c "ALTER ROLE idler SET idle_session_timeout = '500ms'"
	url=$DB_URL
	DB_URL=$(echo "$url" | sed 's/postgres@/idler@/')
	sqlmigrate prove
	expect_status 0 'a slow migration, and a server with no patience'
	is "$(scratches)" 0 'no scratch database is left behind it'
	psql -q -d "$url" -c 'GRANT CREATE ON SCHEMA public TO idler'
	sqlmigrate init
	sqlmigrate prove --record
	expect_status 0
	is "$(psql -XAtq -d "$url" -c "SELECT count(*) FROM schema_version_log
		WHERE action = 'prove'")" 2 'what came out is written, too'
	DB_URL=$url
}

# Of a long text what differs, with a few lines around it.
texts() {
	fresh
	put 002_b.sql 'CREATE OR REPLACE FUNCTION f() RETURNS text' \
	    "LANGUAGE sql AS 'SELECT \$_\$" "$(seq 100 199)" "\$_\$';"
	put 002_b_rollback.sql 'DROP FUNCTION f();'
	for name in 003_c 003_c_rollback; do
		sed "s/150/$name/" m/002_b.sql >"m/$name.sql"
	done
	sqlmigrate prove 003
	is "$stdout" '003_c: lies
    function public.f() differs
      - definition:
      -     ... 51 lines alike
      -     147
      -     148
      -     149
      -     150
      -     151
      -     152
      -     153
      -     ... 47 lines alike
      + definition:
      +     ... 51 lines alike
      +     147
      +     148
      +     149
      +     003_c_rollback
      +     151
      +     152
      +     153
      +     ... 47 lines alike
1 lies' 'a line of a long function'
	sqlmigrate --json prove 003
	expect_stdout_like '\\n    199\\n' 'JSON has all of it'
}

sorts() {
	fresh
	put 002_b.sql "CREATE TYPE mood AS ENUM ('sad', 'happy');"
	put 002_b_rollback.sql 'DROP TYPE mood;'
	put 003_c.sql "ALTER TYPE mood ADD VALUE 'ok' AFTER 'sad';"
	put 003_c_rollback.sql 'SELECT 1;'
	put 004_d.sql 'ALTER TABLE a ADD CHECK (x BETWEEN 1 AND 2 AND y <> 0);'
	put 004_d_rollback.sql 'ALTER TABLE a DROP CONSTRAINT a_check;'
	put 005_e.sql 'ALTER TABLE a DROP CONSTRAINT a_check;'
	put 005_e_rollback.sql 'ALTER TABLE a ADD CONSTRAINT a_check CHECK' \
	    '(((x >= 1) AND (x <= 2) AND (y <> 0)));'
	sqlmigrate prove
	expect_status 8
	is "$(printf '%s\n' "$stdout" | grep -v '^ *sqlmigrate\|^ *[0-9]* |\|^  *|\|[-+] ')" \
	    '001_a: proven
002_b: proven
003_c: fails (second apply)
    enum public.mood differs (enum-values)
004_d: proven
005_e: proven
4 proven, 1 fails' 'enum values are told apart; what is respelled is not counted'
	sqlmigrate -v prove 005
	expect_stdout_like '^    constraint public\.a\.a_check differs \(respelled, allowed\)$'
}

# What goes with the temporary objects of a session is gone when it is looked
# at, however long that takes: the first time longer than the second.
temporary() {
	fresh
	put 002_b.sql 'CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql' \
	    "AS 'SELECT 1'; ALTER TABLE a ALTER x SET DEFAULT pg_temp.f();" \
	    'DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_largeobject_metadata)' \
	    'THEN PERFORM lo_create(0); FOR i IN 1..600 LOOP' \
	    "EXECUTE format('CREATE TEMPORARY TABLE t%s (a serial PRIMARY" \
	    "KEY, b text)', i); END LOOP; END IF; END \$\$;"
	put 002_b_rollback.sql 'ALTER TABLE a ALTER x DROP DEFAULT;'
	sqlmigrate prove
	expect_status 0
	expect_stdout_like '^2 proven$' 'nothing temporary is in the schema'
}

# One that cannot be dropped is told of.
stays() {
	fresh
	put 002_b.sql "DO \$\$ BEGIN EXECUTE format('ALTER DATABASE %I
		IS_TEMPLATE true', current_database()); END \$\$;"
	put 002_b_rollback.sql 'SELECT 1;'
	sqlmigrate prove
	expect_status 0
	expect_stderr_like '^sqlmigrate: notice: the scratch database sqlmigrate_scratch_[0-9a-f_]* is left: cannot drop a template database'
	left=$(psql -XAtq -d postgres -c "SELECT datname FROM pg_database
		WHERE datname LIKE 'sqlmigrate_scratch%'")
	psql -q -d postgres -c "ALTER DATABASE $left IS_TEMPLATE false" \
	    -c "DROP DATABASE $left"
}

elsewhere() {
	fresh
	put 002_b.sql 'CREATE ROLE prove_elsewhere;'
	put 002_b_rollback.sql 'DROP ROLE prove_elsewhere;'
	sqlmigrate prove --scratch "$DB_URL"
	expect_status 2 'the same server is none that nobody needs'
	sqlmigrate prove --scratch sqlite:other.db
	expect_status 2
	expect_stderr_like '^sqlmigrate: --scratch: the scratch database must be of the same kind as the database$'
	(
		pg_start_own || exit 99
		echo "$PGHOST $PG_OWN" >other
		"$SQLMIGRATE" -d "$DB_URL" -m m prove \
		    --scratch "postgresql://postgres@/postgres?host=$PGHOST"
		echo "status $?"
		psql -q -d postgres \
		    -c "CREATE ROLE joe LOGIN CREATEDB PASSWORD 'x'" \
		    -c 'CREATE DATABASE joe OWNER joe'
		printf 'local all %s\n' 'joe scram-sha-256' 'all trust' \
		    >"$PG_ROOT/data/pg_hba.conf"
		psql -XAtq -d postgres -c 'SELECT pg_reload_conf()' >/dev/null
		echo '*:*:joe:joe:x' >pass && chmod 600 pass
		PGPASSFILE=$PWD/pass "$SQLMIGRATE" -d "$DB_URL" -m m prove 1 \
		    --scratch "postgresql://joe@/joe?host=$PGHOST"
		echo "status $?"
		pg_stop
	) >out 2>&1
	is "$(cat out)" '001_a: proven
002_b: proven
2 proven
status 0
001_a: proven
1 proven
status 0' 'on another server roles may be made and dropped'
	is "$(psql -XAtq -d postgres -c "SELECT count(*) FROM pg_roles
		WHERE rolname = 'prove_elsewhere'")" 0 'this one has none'
}

if has_engine sqlite; then
	engine=sqlite
	full
	mkdir "$tmp/nowhere" && cd "$tmp/nowhere" || exit 99
	nowhere
fi
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/pg" && cd "$tmp/pg" || exit 99
	roles
	settings
	odd_settings
	watches
	schemas
	sequences
	cramped
	idle
	texts
	sorts
	stays
	temporary
	elsewhere
fi
done_testing
