#!/bin/sh
# apply --resume: behind what is done, nothing twice; where nothing can tell,
# the operator is asked.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

x() {
	db_sql 'SELECT x FROM a ORDER BY x' | tr '\n' ' '
}

# A file that stopped at its third statement.
half() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'INSERT INTO a VALUES (1);' 'BEGIN;' 'INSERT INTO a VALUES (2);' \
	    'INSERT INTO a VALUES (3);' 'COMMIT;' 'INSERT INTO nosuch VALUES (4);' \
	    'INSERT INTO a VALUES (5);'
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' \
	    'DELETE FROM a WHERE x < 3;' 'SELECT nosuch;' 'DELETE FROM a;'
	put 003_c.sql 'CREATE TABLE c (x INTEGER);'
	sqlmigrate apply
	expect_status 7
	is "$(journal)" '2|3|done' "$engine: three statements are done"
}

# Without its directive it would run from its start, and the journal stay.
unlike_before() {
	half
	sed -i '1d; s/INSERT INTO nosuch.*//' m/002_b.sql
	sed -i '/BEGIN;/d; /COMMIT;/d' m/002_b.sql
	sqlmigrate apply --resume
	expect_status 7 "$engine: the directive is gone"
	expect_stderr_like '^sqlmigrate: 002_b was begun without a transaction, and its file asks for one now$'
	is "$(x)" '1 2 3 ' "$engine: nothing ran twice"
	half
	sed -i 's/INTO nosuch/INTO a/' m/002_b.sql
	db_sql "INSERT INTO schema_version (version, number, name)
	    VALUES ('0.0.2', 2, '002_b')"
	sqlmigrate apply --resume
	expect_status 7 "$engine: a row made by hand"
	expect_stderr_like '^sqlmigrate: 002_b is half applied, and has a row in .* already$'
	is "$(x)" '1 2 3 ' "$engine: nothing ran"
	sqlmigrate repair --yes
	sqlmigrate status
	expect_status 0 "$engine: repair clears the journal"
	half
	printf '%s\n' 'BEGIN;' >>m/002_b.sql
	sqlmigrate apply --resume
	expect_status 7 "$engine: a file that is refused is half applied still"
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:9:1: '
	expect_stderr_like '^Detail: 002_b is half applied'
}

mended() {
	half
	sqlmigrate status
	expect_stderr_like '^ +1\. Remove the cause, and continue with this statement: sqlmigrate apply --resume$'
	sqlmigrate apply --resume
	expect_status 7 "$engine: it fails again at the same statement"
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:7:1'
	is "$(x)" '1 2 3 ' "$engine: nothing ran twice"
	sqlmigrate rollback --resume
	expect_status 7 "$engine: it is no rollback"
	sed -i 's/INSERT INTO nosuch VALUES (4)/INSERT INTO a VALUES (4)/' \
	    m/002_b.sql
	sqlmigrate apply --resume -vv
	expect_status 0 "$engine: a mended file goes on"
	expect_stderr_like ' INSERT INTO a VALUES \(4\)$'
	expect_stderr_unlike ' INSERT INTO a VALUES \([123]\)$' \
	    "$engine: what is passed over is not told of"
	is "$(x)" '1 2 3 4 5 ' "$engine: each statement once"
	expect_stdout_like '^applied 003_c'
	expect_stdout_like '^2 migrations applied .* at 003_c$'
	is "$(journal)" '' "$engine: nothing is half applied"
	sqlmigrate verify
	expect_status 0 "$engine: the row is that of the file as it is now"
	sqlmigrate apply --resume
	expect_stdout_like '^nothing to apply'
	sqlmigrate rollback --resume
	expect_stdout_like '^nothing to roll back'
	is "$(x)" '1 2 3 4 5 ' "$engine: what is whole is not rolled back"
	sqlmigrate rollback --cascade 002 --yes
	expect_status 2
	put 003_c_rollback.sql 'DROP TABLE c;'
	sqlmigrate rollback
	sqlmigrate rollback
	expect_status 7 "$engine: a rollback that stops"
	sqlmigrate apply --resume
	expect_status 7 "$engine: is no apply"
	sed -i /nosuch/d m/002_b_rollback.sql
	sqlmigrate rollback --resume
	expect_status 0 "$engine: and goes on"
	is "$(x)" '' "$engine: to its end"
	sqlmigrate current
	expect_stdout '001_a'
}

changed() {
	half
	sed -i 's/VALUES (2)/VALUES (22)/' m/002_b.sql
	sqlmigrate apply --resume
	expect_status 7 "$engine: what is done was changed"
	expect_stderr_like 'the first 3 statements of 002_b are not those that ran'
	sed -i '/VALUES (22)/,$d' m/002_b.sql
	echo 'COMMIT;' >>m/002_b.sql
	sqlmigrate apply --resume
	expect_status 7 "$engine: or cut off"
	rm m/002*
	sqlmigrate apply --resume
	expect_status 7 "$engine: or is gone"
	is "$(x)" '1 2 3 ' "$engine: nothing ran"
	is "$(journal)" '2|3|done' "$engine: the journal stays"
}

# begun STATEMENT [SQL]: a file whose second statement was begun when the runner
# was killed; the SQL comes before it, in the first file.
begun() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' \
	    'INSERT INTO a VALUES (1);' "${2-}"
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'INSERT INTO a VALUES (2);' "$1" 'INSERT INTO a VALUES (3);'
	sqlmigrate apply 001
	db_sql 'CREATE FUNCTION wait(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
	    AS $$ BEGIN PERFORM pg_sleep(60); RETURN $1; END $$' \
	    'CREATE PROCEDURE call_it() LANGUAGE plpgsql AS
	    $$ BEGIN PERFORM pg_sleep(60); END $$'
	"$SQLMIGRATE" -d "$DB_URL" -m m apply >out 2>&1 3>&- &
	pid=$!
	ok "$1: has begun" eventually in_state started
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	eventually gone
}

in_state() {
	[ "$(journal)" = "2|2|$1" ] && [ "$(pg_sql "SELECT count(*) FROM
	    pg_stat_activity WHERE datname = '$PG_DB' AND
	    wait_event = 'PgSleep'")" = 1 ]
}

# The invalid indexes.
invalid() {
	db_sql 'SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid
	    ORDER BY indexrelid::regclass::text' | tr '\n' ' '
}

gone() {
	[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity
	    WHERE datname = '$PG_DB' AND application_name = 'sqlmigrate'")" = 0 ]
}

postgres_only() {
	begun 'CREATE INDEX CONCURRENTLY "Odd i" ON a (wait(x));'
	is "$(pg_sql "SELECT indisvalid FROM pg_index
	    WHERE indexrelid = '\"Odd i\"'::regclass")" f 'the index is invalid'
	db_sql 'CREATE OR REPLACE FUNCTION wait(int) RETURNS int LANGUAGE sql
	    IMMUTABLE AS $$ SELECT $1 $$'
	sqlmigrate apply --resume
	expect_status 7 'it is asked about'
	expect_stderr_like 'Index public\."Odd i" was left invalid'
	sqlmigrate apply --resume --yes
	expect_status 0 'dropped, and made again'
	is "$(pg_sql "SELECT indisvalid FROM pg_index
	    WHERE indexrelid = '\"Odd i\"'::regclass")" t 'it is valid'
	is "$(x)" '1 2 3 ' 'the rest ran once'

	begun 'CREATE INDEX CONCURRENTLY i ON a (wait(x));'
	db_sql 'CREATE OR REPLACE FUNCTION wait(int) RETURNS int LANGUAGE sql
	    IMMUTABLE AS $$ SELECT $1 $$' \
	    'DROP INDEX i' 'CREATE INDEX i ON a (wait(x))'
	sqlmigrate apply --resume
	expect_status 0 'one that is there by now is not made again'
	is "$(x)" '1 2 3 ' 'the rest ran once'

	begun 'CALL call_it();'
	sqlmigrate apply --resume
	expect_status 7 'what cannot be seen is not run again'
	expect_stderr_like 'whether statement 2 of 002_b took effect cannot be seen'
	expect_stderr_like '^Hint: 1\. Check the database, and that no session still runs the statement\.$'
	expect_stderr_like '^      2\. If it took effect, or after you have completed it manually, run: sqlmigrate repair 002 --statement 2=done$'
	expect_stderr_like '^         If it had no effect, or after you have undone its effect manually, run: sqlmigrate repair 002 --statement 2=undone$'
	expect_stderr_like '^      3\. Continue: sqlmigrate apply --resume$'
	expect_stderr_like '^      Or begin again: undo manually all that the file has done so far, then run: sqlmigrate repair$'
	hinted 'done'
	sqlmigrate apply --resume
	expect_status 0 'the operator has decided'
	expect_stdout_like '^1 migration applied .* at 002_b$'
	is "$(x)" '1 2 3 ' 'the rest ran once'

	begun 'CALL call_it();'
	db_sql 'CREATE OR REPLACE PROCEDURE call_it() LANGUAGE sql
	    AS $$ INSERT INTO a VALUES (2) $$'
	sqlmigrate apply --resume
	hinted undone
	sqlmigrate apply --resume
	expect_status 0 'the operator has decided that it did not'
	is "$(x)" '1 2 2 3 ' 'it runs again, and the rest once'

	begun 'CALL call_it();'
	sqlmigrate repair 002 --statement 2=undone --yes
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' 'VACUUM nosuch;'
	sqlmigrate status
	expect_stderr_like 'statement 2, which was started, and did not take effect'
	sqlmigrate rollback --yes
	expect_status 7 'a rollback is refused in between'
	is "$(journal)" '2|2|undone' 'and what was decided stands'
}

# An index without a name, which the server gives: that of its table which is
# invalid, if there is one alone.
nameless() {
	begun 'CREATE INDEX CONCURRENTLY ON a (wait(x));'
	is "$(invalid)" 'a_wait_idx ' 'it is invalid'
	db_sql 'CREATE OR REPLACE FUNCTION wait(int) RETURNS int LANGUAGE sql
	    IMMUTABLE AS $$ SELECT $1 $$'
	sqlmigrate apply --resume
	expect_status 7 'it is asked about'
	expect_stderr_like 'Index public\.a_wait_idx was left invalid'
	sqlmigrate apply --resume --yes
	expect_status 0 'dropped, and made again'
	is "$(invalid)$(x)" '1 2 3 ' 'it is valid, and the rest ran once'

	begun 'CREATE INDEX CONCURRENTLY ON a (wait(x));'
	db_sql "UPDATE pg_index SET indisvalid = false
	    WHERE indrelid = 'a'::regclass" 'CREATE INDEX other ON a (x)' \
	    "UPDATE pg_index SET indisvalid = false
	    WHERE indexrelid = 'other'::regclass"
	sqlmigrate apply --resume --yes
	expect_status 7 'of two none is taken'
	expect_stderr_like 'whether statement 2 of 002_b took effect cannot be seen'
	is "$(invalid)" 'a_wait_idx other ' 'both are there'
	db_sql 'DROP INDEX a_wait_idx' 'DROP INDEX other'
	sqlmigrate apply --resume --yes
	expect_status 7 'and where none is, it may be done'

	begun 'CREATE INDEX CONCURRENTLY ON a (wait(x));' \
	    'CREATE INDEX old ON a ((x + 1));'
	db_sql "UPDATE pg_index SET indisvalid = indexrelid <> 'old'::regclass
	    WHERE indrelid = 'a'::regclass"
	sqlmigrate apply --resume --yes
	expect_status 7 'one that was there before is not taken'
	is "$(invalid)" 'old ' 'and stays'
}

# What commits its first half may have done that, where it was ended early.
detaching() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER) PARTITION BY RANGE (x);' \
	    'CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (1) TO (9);'
	sqlmigrate apply
	put 002_b.sql '-- sqlmigrate: no-transaction' "-- sqlmigrate: $1" \
	    'INSERT INTO a VALUES (1);' \
	    'ALTER TABLE a DETACH PARTITION a1 CONCURRENTLY;'
	pg_hold 'BEGIN; SELECT count(*) FROM a'
	sqlmigrate apply
	expect_status 7 "$1: a partition is being detached when time is up"
	pg_release
	is "$(journal)" '2|2|started' 'that has begun'
	db_sql 'ALTER TABLE a DETACH PARTITION a1 FINALIZE'
	sqlmigrate repair 002 --statement 2=done --yes
	sqlmigrate apply --resume
	expect_status 0 'once it is done by hand the run goes on'
	put 003_c.sql '-- sqlmigrate: no-transaction' \
	    'ALTER TABLE a DETACH PARTITION a1 CONCURRENTLY;'
	sqlmigrate apply
	expect_status 1 'what is no partition is not detached'
	is "$(journal)" '' 'and nothing has begun'
}

# A rollback of 002 failed, and nothing of it is left.
half_still() {
	is "$(journal) $(x)" '2|3|done 1 2 3 ' "$engine: it is half applied still"
	expect_stderr_like '^Detail: 002_b is half applied still: nothing of its rollback was kept\.$'
	expect_stderr_like '^Hint: To see what to do next, run: sqlmigrate status$'
	expect_stderr_like '^002_b is half applied\. 001 is applied\.'
	expect_stderr_unlike 'of its statements'
}

# What is half applied goes by its rollback file.
rolls_back() {
	half
	sqlmigrate rollback
	expect_status 2 "$engine: it is asked about"
	expect_stderr_like 'The question is: Roll back 1 migration: 002_b \(half applied; its rollback file runs whole\)\?'
	for command in redo repair; do
		sqlmigrate "$command"
		expect_status 2 "$engine: so does $command"
		expect_stderr_like 'The question is: '
	done
	sqlmigrate rollback -2 --yes
	expect_status 7 "$engine: with others it is refused"
	expect_stderr_like '^ +[0-9]\. Undo what it did by running its rollback file: sqlmigrate rollback$'
	sqlmigrate plan --rollback
	expect_stdout_like '^roll back .* 002_b .*half applied'
	sqlmigrate plan --rollback --sql
	expect_status 7 "$engine: no script does that"
	sqlmigrate rollback 001 --yes
	expect_status 7 "$engine: another one is, too"
	is "$(journal) $(x)" '2|3|done 1 2 3 ' "$engine: nothing was done"

	put 002_b_rollback.sql 'DELETE FROM a;' 'COMMIT;'
	for command in rollback redo; do
		sqlmigrate "$command" --yes
		expect_status 7 "$engine: $command: its file is refused"
		expect_stderr_like '^sqlmigrate: m/002_b_rollback\.sql:2:1: COMMIT without a BEGIN'
		expect_stderr_like '^Detail: 002_b is half applied\.$'
	done
	put 002_b_rollback.sql 'DELETE FROM a;' 'DELETE FROM nosuch;'
	sqlmigrate rollback --yes
	expect_status 7 "$engine: a rollback in a transaction fails"
	expect_stderr_like '^sqlmigrate: m/002_b_rollback\.sql:2:'
	half_still
	sqlmigrate --json rollback --yes
	expect_status 7 "$engine: as JSON, too"
	expect_stdout_like '"event":"failed".*"direction":"rollback","half_applied":true,'
	expect_stdout_like '"event":"error","code":7,.*"detail":"002_b is half applied still: nothing of its rollback was kept\."'
	put 002_b_rollback.sql 'DELETE FROM a;'
	sqlmigrate rollback 002 --yes
	expect_status 0 "$engine: and succeeds"
	expect_stdout_like '^rolled back 002_b'
	is "$(journal)$(x)" '' "$engine: nothing is left of it"
	is "$(db_sql 'SELECT max(number) FROM schema_version')" 1 \
	    "$engine: the row below it stays"
	is "$(db_sql "SELECT outcome FROM schema_version_log
	    WHERE number = 2 AND action = 'rollback' ORDER BY id" | tr '\n' ' ')" \
	    'failed failed done ' "$engine: the log tells"
	sqlmigrate status
	expect_stdout_like '^002 +pending'
}

# What has no rollback file is not rolled back by one.
no_rollback() {
	half
	rm m/002_b_rollback.sql
	sqlmigrate rollback --yes
	expect_status 7 "$engine: there is no rollback file"
	expect_stderr_like '^    It has no rollback file\.$'
	expect_stderr_unlike 'sqlmigrate rollback'
	sqlmigrate status
	expect_stderr_like '^    It has no rollback file\.$'
	is "$(journal) $(x)" '2|3|done 1 2 3 ' "$engine: nothing was done"
}

# The same without a transaction, whose journal takes the place of the other.
rolls_back_outside() {
	half
	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' 'SELECT nosuch;' \
	    'DELETE FROM a WHERE x < 3;' 'SELECT nosuch;' 'DELETE FROM a;'
	sqlmigrate rollback --yes
	expect_status 7 "$engine: its first statement fails"
	half_still
	sed -i 2d m/002_b_rollback.sql
	sqlmigrate rollback --yes
	expect_status 7 "$engine: a later one fails"
	expect_stderr_like '^Detail: .*: 1 of its statements is done\.$'
	expect_stderr_like '^002_b is half rolled back\. '
	is "$(journal) $(x)" '2|1|done 3 ' "$engine: the journal is the rollback's"
	sqlmigrate rollback --yes
	expect_status 7 "$engine: which does not begin again"
	expect_stderr_like '^ +1\. Remove the cause, and continue with this statement: sqlmigrate rollback --resume$'
	sed -i '/nosuch/d' m/002_b_rollback.sql
	sqlmigrate rollback --resume
	expect_status 0 "$engine: but goes on"
	is "$(journal)$(x)" '' "$engine: to its end"
	half
	put 002_b_rollback.sql 'DELETE FROM a;'
	sed -i '/nosuch/d' m/002_b.sql
	sqlmigrate redo --yes
	expect_status 0 "$engine: redo begins again"
	is "$(journal)$(x)" '1 2 3 5 ' "$engine: and all is there"
}

# meanwhile COMMAND...: while it waits for its transaction, another runner's
# undoes what is half applied.
meanwhile() {
	half
	sed -i 's/INTO nosuch/INTO a/' m/002_b.sql
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b_rollback.sql 'INSERT INTO a VALUES (9);'
	rm -f hold held said
	mkfifo hold
	sqlite3 -batch "$DB_FILE" <hold >held &
	holder=$!
	exec 3>hold
	echo "BEGIN IMMEDIATE; SELECT 'held';" >&3
	eventually grep -q held held
	timeout 60 "$SQLMIGRATE" -d "$DB_URL" -m m "$@" >said 2>&1 3>&- &
	runner=$!
	ok "$1: it waits" eventually grep -q '^waiting for the lock' said
	echo 'DELETE FROM a; DELETE FROM schema_version_journal; COMMIT;' >&3
	exec 3>&-
	wait "$holder"
	wait "$runner"
	status=$?
}

undone_meanwhile() {
	meanwhile rollback --yes
	is "$status $(x)" '0 ' 'its rollback does not run a second time'
	ok 'nothing is left to roll back' grep -q '^nothing to roll back' said
	meanwhile rollback --yes 002
	is "$status $(x)" '4 ' 'nor does it where it is named'
	meanwhile apply --resume
	is "$status $(x)" '0 1 2 3 4 5 ' 'it is applied from its start'
	is "$(journal)" '' 'and whole'
}

# What an index meets that is made again is told like the first time.
fails_again() {
	for index in 'uu ' ''; do
		for first in '' 'INSERT INTO a VALUES (1);'; do
			db_new
			rm -rf m
			put 001_a.sql 'CREATE TABLE a (x INTEGER);' \
			    'INSERT INTO a VALUES (1), (1);'
			put 002_b.sql '-- sqlmigrate: no-transaction' "$first" \
			    "CREATE UNIQUE INDEX CONCURRENTLY ${index}ON a (x);"
			sqlmigrate apply
			expect_status 7 "$index: duplicates"
			left=$(invalid)
			before=$(journal)
			sqlmigrate apply --resume --yes
			expect_status 7 'again'
			expect_stderr_like "The invalid index public\\.${left% } was left behind\\."
			is "$(journal)$(invalid)" "$before$left" \
			    'the journal has it, and it is there'
			sqlmigrate apply --resume
			expect_status 7 'it is asked about'
			db_sql 'DELETE FROM a'
			sqlmigrate apply --resume --yes
			expect_status 0 'without them'
			is "$(invalid)$(db_sql "SELECT count(*) FROM pg_index
			    WHERE indrelid = 'a'::regclass")" 1 \
			    'there is one, and it is valid'
		done
	done
}

# What stopped the run was not the statement that the journal has as begun: it
# may have taken effect, and stays begun.
still_begun() {
	begun 'SET work_mem = 64; CALL call_it();'
	sed -i 's/SET work_mem = 64/SET work_mem = 0/' m/002_b.sql
	sqlmigrate apply --resume
	expect_status 7 'a setting before it fails'
	expect_stderr_like 'work_mem'
	is "$(journal)" '2|2|started' 'it is still begun'

	begun 'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (wait(x));'
	db_sql 'CREATE OR REPLACE FUNCTION wait(int) RETURNS int LANGUAGE sql
	    IMMUTABLE AS $$ SELECT $1 $$'
	pg_forbid 'DROP INDEX'
	sqlmigrate apply --resume --yes
	expect_status 7 'an invalid index cannot be dropped'
	expect_stderr_like 'not now'
	is "$(journal)" '2|2|started' 'its statement is still begun'
	pg_allow
	sqlmigrate apply --resume --yes
	expect_status 0 'then it can'
	is "$(pg_sql "SELECT indisvalid FROM pg_index
	    WHERE indexrelid = 'i'::regclass")" t 'the index is valid'

	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' \
	    'CREATE PROCEDURE add() LANGUAGE sql
	    AS $$ INSERT INTO a VALUES (2) $$;'
	sqlmigrate apply
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'INSERT INTO a VALUES (1);' 'CALL add();'
	db_sql "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql
	    AS \$\$ BEGIN RAISE 'disk full'; END \$\$" \
	    "CREATE TRIGGER no BEFORE UPDATE ON schema_version_journal
	    FOR EACH ROW WHEN (NEW.statement = 2 AND NEW.state = 'done')
	    EXECUTE FUNCTION no()"
	sqlmigrate apply
	expect_status 7 'a statement is done, and the journal cannot have it'
	expect_stderr_like 'disk full'
	is "$(x)" '1 2 ' 'it took effect'
	is "$(journal)" '2|2|started' 'it is not taken for one that did not run'
	db_sql 'DROP TRIGGER no ON schema_version_journal'
	sqlmigrate apply --resume
	expect_status 7 'the operator is asked'
	is "$(x)" '1 2 ' 'nothing ran twice'
}

# An index was made, and it cannot be looked at: that says nothing of it.
unlooked() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE ROLE owner_of_a; CREATE SCHEMA s;' \
	    'GRANT ALL ON SCHEMA s TO owner_of_a;' \
	    'CREATE TABLE s.a (x INTEGER);' \
	    'ALTER TABLE s.a OWNER TO owner_of_a;'
	sqlmigrate apply
	db_sql "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql
	    SECURITY DEFINER
	    AS \$\$ BEGIN REVOKE ALL ON SCHEMA s FROM owner_of_a; END \$\$" \
	    "CREATE EVENT TRIGGER no ON ddl_command_end
	    WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION no()"
	put 002_b.sql '-- sqlmigrate: no-transaction' 'SET ROLE owner_of_a;' \
	    'CREATE INDEX CONCURRENTLY i ON s.a (x);'
	sqlmigrate apply
	expect_status 7 'an index is made that cannot be looked at'
	expect_stderr_like 'permission denied for schema s'
	is "$(journal)" '2|1|started' 'it is not taken for one that was refused'
	db_sql 'DROP EVENT TRIGGER no' 'GRANT ALL ON SCHEMA s TO owner_of_a'
	sqlmigrate apply --resume
	expect_status 0 'then it is seen to be done'
	put 003_c.sql '-- sqlmigrate: no-transaction' \
	    'CREATE INDEX CONCURRENTLY U&"\006a" ON s /* x */ . a (x);'
	sqlmigrate apply
	expect_status 0 'one whose name cannot be asked for is not looked at'
}

# A procedure may have committed before it failed; a DO block did nothing.
refused() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);' \
	    "CREATE PROCEDURE add() LANGUAGE plpgsql AS \$\$
	    BEGIN INSERT INTO a VALUES (1); COMMIT; RAISE 'half'; END \$\$;"
	sqlmigrate apply
	put 002_b.sql '-- sqlmigrate: no-transaction' "DO \$\$
	    BEGIN INSERT INTO a VALUES (2); RAISE 'nothing'; END \$\$;"
	sqlmigrate apply
	expect_status 1 'a DO block that is refused'
	expect_stderr_like '^Nothing of 002_b was kept'
	put 002_b.sql '-- sqlmigrate: no-transaction' 'CALL add();'
	sqlmigrate apply
	expect_status 7 'a procedure that committed, and failed then'
	is "$(journal)" '2|1|started' 'it is begun'
	expect_stderr_unlike '^Nothing of 002_b was kept'
	sqlmigrate apply --resume
	expect_status 7 'the operator is asked'
	is "$(x)" '1 ' 'nothing ran twice'

	put 002_b_rollback.sql '-- sqlmigrate: no-transaction' 'VACUUM nosuch;'
	sqlmigrate rollback --yes
	expect_status 7 'a rollback whose first statement is refused'
	is "$(journal)" '2|1|started' 'leaves the journal as it was'
	expect_stderr_like '^002_b is half applied\. '
}

# A statement is refused, and the journal cannot be told: it is begun there.
untold() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	db_sql "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql
	    AS \$\$ BEGIN RAISE 'not now'; END \$\$" 'CREATE TRIGGER no
	    BEFORE DELETE ON schema_version_journal EXECUTE FUNCTION no()'
	put 002_b.sql '-- sqlmigrate: no-transaction' 'VACUUM late;'
	sqlmigrate apply
	expect_status 7 'a refused statement that the journal keeps'
	expect_stderr_like '^sqlmigrate: m/002_b\.sql:2:1: relation "late" does not exist'
	expect_stderr_like '0 of its statements are done'
	expect_stderr_unlike '^Nothing of 002_b was kept'
	is "$(journal)" '2|1|started' 'it is begun'
	is "$(db_sql "SELECT outcome FROM schema_version_log
	    WHERE number = 2")" failed 'and failed, as the log knows'
	db_sql 'DROP TRIGGER no ON schema_version_journal' \
	    'CREATE TABLE late (x INTEGER)'
	sqlmigrate apply --resume
	expect_status 0 'what may run twice runs again'
	is "$(journal)" '' 'and all is done'
}

# No statement fails, and an index is invalid all the same.
left_invalid() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	sqlmigrate apply
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'CREATE INDEX i ON a (x);' "UPDATE pg_index SET indisvalid = false
	    WHERE indexrelid = 'i'::regclass;"
	sqlmigrate apply
	expect_status 7 'an index is invalid at the end'
	expect_stderr_like '^sqlmigrate: .*index public\.i was left invalid$'
	expect_stderr_like '^Hint: 1\. Run in the database: DROP INDEX CONCURRENTLY public\.i;$'
	expect_stderr_like '^ +2\. Continue: sqlmigrate apply --resume$'
	is "$(journal)" '2|2|done' 'all of its statements are done'
	db_sql 'DROP INDEX CONCURRENTLY public.i'
	sqlmigrate apply --resume
	expect_status 0 'what the hint says helps'
	is "$(journal)" '' 'and it is whole'
}

for_each_engine mended
for_each_engine unlike_before
for_each_engine changed
for_each_engine rolls_back
for_each_engine no_rollback
for_each_engine rolls_back_outside
if has_engine sqlite; then
	engine=sqlite
	mkdir "$tmp/meanwhile" && cd "$tmp/meanwhile" || exit 99
	undone_meanwhile
fi
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/only" && cd "$tmp/only" || exit 99
	postgres_only
	nameless
	fails_again
	detaching statement-timeout=200ms
	detaching lock-timeout=200ms
	still_begun
	unlooked
	refused
	left_invalid
	untold
fi
done_testing
