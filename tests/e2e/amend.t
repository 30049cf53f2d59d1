#!/bin/sh
# stamp and repair: the history is changed, no file is run, and the log says
# who did what.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

three() {
	db_new
	rm -rf m
	for i in 1 2 3; do
		put "00${i}_t.sql" "-- Version: 1.$i.0" \
		    "CREATE TABLE t$i (x INTEGER);"
		put "00${i}_t_rollback.sql" "DROP TABLE t$i;"
	done
}

rows() {
	db_sql 'SELECT number, version, name, origin FROM schema_version
	    ORDER BY number' | tr '\n' ' '
}

logged() {
	db_sql "SELECT action, number, outcome FROM schema_version_log
	    ORDER BY id DESC LIMIT $1" | tr '\n' ' '
}

# Another run has the lock, which SQLite's own is; it ends with a row.
other_begin() {
	if [ "$engine" = postgres ]; then
		pg_hold "SELECT pg_advisory_lock(hashtextextended(
		    'sqlmigrate public.schema_version', 0))"
		return
	fi
	rm -f hold held
	mkfifo hold
	sqlite3 "$DB_FILE" <hold >held &
	PG_HOLDER=$!
	exec 3>hold
	echo "BEGIN IMMEDIATE; SELECT 'held';" >&3
	eventually grep -q held held
}

# other_end SQL
other_end() {
	echo "$1;" >&3
	[ "$engine" = postgres ] || echo 'COMMIT;' >&3
	pg_release
}

# stamped_behind SQL: a stamp that waits for another run, which does this.
stamped_behind() {
	three
	sqlmigrate init
	other_begin
	"$SQLMIGRATE" -d "$DB_URL" -m m stamp 002 >out 2>err 3>&- &
	pid=$!
	ok 'stamp waits' eventually grep -q '^waiting for the lock' err
	other_end "$1"
	status=0
	wait "$pid" || status=$?
}

# What another run did while this one waited was not agreed to.
meanwhile() {
	stamped_behind "INSERT INTO schema_version (number, version, name)
	    VALUES (1, '1.1.0', '001_t')"
	is "$status" 4 "$engine: another run had stamped one of them"
	like "$(cat err)" '^sqlmigrate: the history has changed in the meantime$' \
	    'which is told'
	like "$(cat err)" '^Hint: Run the command again\.$' 'and what to do'
	is "$(db_sql 'SELECT number FROM schema_version')" 1 'nothing was written'
	sqlmigrate stamp 002
	expect_status 0
	expect_stdout_like '^stamped 002_t$'
}

# A table of the history that went meanwhile is made again.
dropped() {
	stamped_behind 'DROP TABLE schema_version_journal'
	is "$status" 0 "$engine: the journal was dropped meanwhile"
	is "$(rows)" '1|1.1.0|001_t|stamped 2|1.2.0|002_t|stamped ' \
	    "$engine: both are stamped"
	is "$(journal)" '' "$engine: the journal is there again"
	is "$(logged 3)" 'stamp|2|done stamp|1|done ' "$engine: once each"
}

# A schema that was made by other means.
baseline() {
	three
	db_sql 'CREATE TABLE t1 (x INTEGER)' 'CREATE TABLE t2 (x INTEGER)'
	sqlmigrate apply
	expect_status 1 "$engine: the first migration meets what is there"
	expect_stderr_like 'already exists'
	expect_stderr_like '^Hint: .*sqlmigrate stamp 001_t'
	sqlmigrate stamp
	expect_status 2 "$engine: stamp without a target"
	expect_stderr_like '^sqlmigrate: stamp needs one of TARGET and --all'
	sqlmigrate stamp 002
	expect_status 0 "$engine: stamp"
	is "$stdout" "stamped 001_t
stamped 002_t
2 changes; the schema is at 1.2.0 (002_t)" "$engine: what it says"
	is "$(rows)" '1|1.1.0|001_t|stamped 2|1.2.0|002_t|stamped ' \
	    "$engine: the rows"
	is "$(logged 2)" 'stamp|2|done stamp|1|done ' "$engine: the log"
	sqlmigrate stamp 2
	expect_status 0
	expect_stdout 'nothing to stamp; the schema is at 1.2.0 (002_t)'
	sqlmigrate apply
	expect_status 0 "$engine: then the rest is applied"
	is "$(db_tables | grep -c '^t')" 3 "$engine: and nothing twice"
	sqlmigrate status
	expect_stdout_like '^001 +applied .* stamped$'
	sqlmigrate rollback --all --yes
	expect_status 0 "$engine: what was stamped is rolled back like others"
	is "$(db_tables | grep -c '^t')" 0 "$engine: by its file"
}

undo() {
	three
	sqlmigrate init
	sqlmigrate stamp --all
	expect_stdout_like '^3 changes; the schema is at 1\.3\.0'
	sqlmigrate stamp --undo 002..003
	expect_status 0 "$engine: stamped rows are forgotten"
	is "$stdout" "forgot 002_t
forgot 003_t
2 changes; the schema is at 1.1.0 (001_t)" "$engine: what it says"
	is "$(logged 1)" 'forget|3|done ' "$engine: the log"
	db_sql 'CREATE TABLE t1 (x INTEGER)'
	sqlmigrate apply 2
	expect_status 0
	sqlmigrate stamp --undo 002
	expect_status 2 "$engine: what was applied is asked about"
	expect_stderr_like 'notice: forget 002_t: it was not stamped'
	expect_stderr_like 'this needs a yes'
	is "$(rows)" '1|1.1.0|001_t|stamped 2|1.2.0|002_t|applied ' \
	    "$engine: nothing was changed"
	sqlmigrate stamp --undo 003..001 --yes
	expect_status 2
	expect_stderr_like 'the first stands behind the last'
	sqlmigrate stamp --undo --all
	expect_status 0 "$engine: --all takes what was stamped only"
	is "$(rows)" '2|1.2.0|002_t|applied ' "$engine: the rest stays"
	sqlmigrate stamp --undo 1.2.0 --yes
	is "$(rows)" '' "$engine: with --yes that, too"
	is "$(db_tables | grep -c '^t2$')" 1 "$engine: but not its table"
	sqlmigrate stamp 003..003
	is "$(rows)" '3|1.3.0|003_t|stamped ' "$engine: a range of one"
}

# A row made by hand that matches no file.
unknown() {
	three
	db_sql "CREATE TABLE schema_version (version varchar(50) PRIMARY KEY,
	    applied_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
	    description text)" \
	    "INSERT INTO schema_version (version, description)
		VALUES ('1.1.0', 'one'), ('0.9.9', 'odd')"
	sqlmigrate apply
	expect_status 4
	expect_stderr_like '^Hint: .*sqlmigrate stamp --undo --row=0\.9\.9'
	sqlmigrate stamp --undo 0.9.9
	expect_status 2 "$engine: it is asked about"
	sqlmigrate stamp --undo 0.9.9 --yes
	expect_status 0 "$engine: and forgotten"
	is "$(rows)" '1|1.1.0|001_t|adopted ' "$engine: the other is adopted"
	sqlmigrate apply --dry-run
	expect_status 0
}

repaired() {
	three
	sqlmigrate repair
	expect_status "$(if [ "$engine" = sqlite ]; then echo 6; else echo 0; fi)"
	sqlmigrate apply
	sqlmigrate repair
	expect_status 0
	expect_stdout 'nothing to repair; the schema is at 1.3.0 (003_t)'
	put 001_t.sql '-- Version: 1.1.1' 'CREATE TABLE t1 (x TEXT);'
	put 002_t.sql '-- Version: 1.2.0' '-- new' 'CREATE TABLE t2 (x INTEGER);'
	mv m/003_t.sql m/004_u.sql
	mv m/003_t_rollback.sql m/004_u_rollback.sql
	sqlmigrate apply
	expect_status 4
	expect_stderr_like 'sqlmigrate repair accepts it'
	sqlmigrate repair
	expect_status 2 "$engine: it asks"
	expect_stderr_like 'notice: accept 001_t: the file is not what was applied'
	expect_stderr_like 'notice: accept 002_t: reformatted'
	expect_stderr_like 'notice: repoint 004_u: applied as 003_t'
	expect_stderr_like 'Change 3 rows of the history\?'
	sqlmigrate repair 001 --yes
	expect_stdout_like '^accepted 001_t as it is now$'
	expect_stdout_like '^1 change; '
	sqlmigrate repair --yes
	expect_status 0
	is "$(rows)" "1|1.1.1|001_t|applied 2|1.2.0|002_t|applied 4|1.3.0|004_u|applied " \
	    "$engine: the rows"
	is "$(db_sql 'SELECT checksum FROM schema_version WHERE number = 2')" \
	    "$(sha256sum m/002_t.sql | cut -d' ' -f1)" "$engine: the sum"
	is "$(logged 3)" 'repoint|4|done accept|2|done accept|1|done ' \
	    "$engine: the log"
	sqlmigrate status
	expect_status 0 "$engine: they agree"
	sqlmigrate rollback
	expect_status 0 "$engine: the renamed one can be rolled back"
	is "$(db_tables | grep -c '^t3$')" 0 "$engine: by its new file"
	rm m/002*
	sqlmigrate repair --yes
	expect_stdout_like '^nothing to repair'
	sqlmigrate apply
	expect_status 4 "$engine: a file that is gone is not repaired"
	expect_stderr_like 'sqlmigrate stamp --undo --row=1\.2\.0'
}

# Half applied: the journal is cleared when that was looked into.
half() {
	three
	put 003_t.sql '-- Version: 1.3.0' '-- sqlmigrate: no-transaction' \
	    'CREATE TABLE t3 (x INTEGER);' 'SELECT nosuch;'
	sqlmigrate apply
	expect_status 7
	sqlmigrate status
	expect_stderr_like '^ +[0-9]\. Undo manually .*: sqlmigrate repair$'
	sqlmigrate stamp 003
	expect_status 7 "$engine: no stamp while it is half applied"
	sqlmigrate repair --json
	expect_status 2
	expect_stdout_like '"event":"notice","text":"clear 003_t: its run stopped at statement 1, which was done'
	sqlmigrate repair --json --yes
	expect_status 0
	expect_stdout_like '"event":"amended","number":3,"name":"003_t","version":null,"action":"clear","reason":"its run'
	expect_stdout_like '"event":"amended_end","count":1,'
	is "$(logged 1)" 'clear|3|done ' "$engine: the log"
	sqlmigrate stamp 003
	expect_status 0
	sqlmigrate apply
	expect_status 0
	expect_stdout_like '^nothing to apply'
}

# Two at once: one stamps, the other finds it done.
twice() {
	three
	sqlmigrate init
	"$SQLMIGRATE" -d "$DB_URL" -m m stamp 003 >one 2>&1 3>&- &
	first=$!
	sqlmigrate stamp 003
	wait "$first"
	is "$(rows)" '1|1.1.0|001_t|stamped 2|1.2.0|002_t|stamped 3|1.3.0|003_t|stamped ' \
	    "$engine: two stamps at once"
	is "$(db_sql "SELECT count(*) FROM schema_version_log")" 3 \
	    "$engine: are one"
}

# Each file gets a row of its own, even where two have the same content.
alike() {
	db_new
	rm -rf m
	put 001_a.sql 'SELECT 1;'
	put 002_b.sql 'SELECT 1;'
	sqlmigrate apply
	mv m/001_a.sql m/003_c.sql
	mv m/002_b.sql m/004_d.sql
	sqlmigrate repair --yes
	expect_status 0 "$engine: two renamed files of the same content"
	is "$(db_sql 'SELECT number, name FROM schema_version
	    ORDER BY number' | tr '\n' ' ')" '3|003_c 4|004_d ' \
	    "$engine: a row for each"
}

for_each_engine alike
for_each_engine baseline
for_each_engine undo
for_each_engine unknown
# Numbers that were exchanged, versions and all.
exchanged() {
	three
	sqlmigrate apply
	for suffix in '' _rollback; do
		mv "m/001_t$suffix.sql" "m/saved$suffix"
		mv "m/003_t$suffix.sql" "m/001_t$suffix.sql"
		mv "m/saved$suffix" "m/003_t$suffix.sql"
	done
	sqlmigrate repair --yes
	expect_status 0 "$engine: two files that changed places are accepted"
	is "$(rows)" '1|1.3.0|001_t|applied 2|1.2.0|002_t|applied 3|1.1.0|003_t|applied ' \
	    "$engine: each row has the version of its file"
	sqlmigrate status --exit-code
	expect_status 0 "$engine: files and database agree"
}

for_each_engine repaired
for_each_engine exchanged
for_each_engine half
for_each_engine twice
for_each_engine meanwhile
for_each_engine dropped
done_testing
