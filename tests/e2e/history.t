#!/bin/sh
# Files and history that drift apart: each is told, with its exit status, and
# nothing is run that should not be.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

versions() {
	db_sql 'SELECT version FROM schema_version ORDER BY applied_at'
}

# Three migrations, applied.
three() {
	db_new
	rm -rf m
	put 001_a.sql '-- Version: 1.0.0
CREATE TABLE a (x INTEGER);'
	put 001_a_rollback.sql 'DROP TABLE a;'
	put 002_b.sql '-- Version: 1.1.0
CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
	put 003_c.sql '-- Version: 1.2.0
CREATE TABLE c (x INTEGER);'
	put 003_c_rollback.sql 'DROP TABLE c;'
	sqlmigrate apply
	expect_status 0
}

# disagree STATE TEXT NAME: apply and status end with 4, and say why.
disagree() {
	sqlmigrate apply
	expect_status 4 "$engine: $3: apply refuses"
	expect_stderr_like "$2"
	expect_stderr_like '^Hint: '
	sqlmigrate status
	expect_status 4 "$engine: $3: so does status"
	expect_stdout_like "$1"
}

changed() {
	three
	put 002_b.sql '-- Version: 1.1.0
CREATE TABLE b (x TEXT);'
	disagree '^002 +changed' '002_b was changed' 'a changed file'
	put 002_b.sql '-- Version: 1.1.1
CREATE TABLE b (x INTEGER);'
	disagree '^002 +changed' '1\.1\.0' 'a changed version'
	put 002_b.sql '-- Version: 1.1.0
-- a comment
CREATE   TABLE b
	(x INTEGER)'
	sqlmigrate apply
	expect_status 0 "$engine: white space and comments are no change"
	expect_stderr_like 'notice: 002_b was reformatted .* To silence this: sqlmigrate repair$'
	sqlmigrate repair --yes
	expect_status 0
	sqlmigrate apply
	expect_stderr_unlike 'reformatted' "$engine: repair silences that"
	mv m/002_b.sql m/002_bb.sql
	mv m/002_b_rollback.sql m/002_bb_rollback.sql
	disagree '^002 +changed' 'applied as 002_b' 'a renamed file'
	mv m/002_bb.sql m/004_b.sql
	mv m/002_bb_rollback.sql m/004_b_rollback.sql
	disagree '^004 +renamed' 'renamed' 'a renumbered file'
	rm m/004*
	disagree '^002 +missing' '002_b is applied.*gone' 'a missing file'
	is "$(versions)" '1.0.0
1.1.0
1.2.0' "$engine: the history is as it was"
}

two_releases() {
	three
	rm m/003*
	sqlmigrate apply
	expect_status 0 "$engine: an older folder beside a newer database"
	expect_stderr_like 'notice: 003_c is applied and newer'
	expect_stdout_like '^nothing to apply'
	sqlmigrate status
	expect_status 0
	expect_stdout_like '^003 +newer'
	sqlmigrate rollback
	expect_status 4 "$engine: what has no file is not rolled back"
	expect_stderr_like '003_c'
}

out_of_order() {
	three
	sqlmigrate rollback 002 --cascade --yes
	mv m/003_c.sql m/004_c.sql
	mv m/003_c_rollback.sql m/004_c_rollback.sql
	mv m/002_b.sql m/hidden
	mv m/002_b_rollback.sql m/hidden_rollback
	sqlmigrate apply
	expect_status 0
	mv m/hidden m/002_b.sql
	mv m/hidden_rollback m/002_b_rollback.sql
	sqlmigrate status
	expect_stdout_like '^002 +out of order'
	sqlmigrate apply
	expect_status 4 "$engine: a file below the newest is refused"
	expect_stderr_like '002_b is out of order'
	expect_stderr_like '^Hint: .*--out-of-order'
	sqlmigrate apply --out-of-order
	expect_status 0
	expect_stdout_like '^applied 002_b'
}

# refused NAME REGEX: nothing of 004 is kept, every row is as it was.
refused() {
	before=$(db_sql 'SELECT * FROM schema_version ORDER BY number')
	sqlmigrate apply
	expect_status 1 "$engine: $1 is refused"
	expect_stderr_like "$2"
	is "$(db_sql 'SELECT * FROM schema_version ORDER BY number')" \
	    "$before" "$engine: $1: the rows are as they were"
	rm m/004*
}

foreign_rows() {
	three
	put 003_c_rollback.sql "DROP TABLE c;
DELETE FROM schema_version WHERE version = '1.0.0';"
	sqlmigrate rollback
	expect_status 1 "$engine: a rollback with another's DELETE fails"
	expect_stderr_like 'deletes the row of version 1\.0\.0'
	is "$(versions)" '1.0.0
1.1.0
1.2.0' "$engine: no row is lost"
	like "$(db_tables)" '^c$' "$engine: and nothing of it was kept"
	put 003_c_rollback.sql 'DROP TABLE c;'
	put 004_d.sql "-- Version: 2.0.0
UPDATE schema_version SET description = 'x' WHERE version = '1.0.0';"
	refused 'an UPDATE of another row' 'changes the row of version 1\.0\.0'
	put 004_d.sql "-- Version: 2.0.0
INSERT INTO schema_version (version) VALUES ('2.0.0'), ('3.0.0');"
	refused 'a second row' 'inserts the row of version'
	put 004_d.sql '-- Version: 2.0.0
DROP TABLE schema_version;'
	refused 'dropping the table' 'version'
}

# hidden STATEMENT: 004 runs it where the text of the file does not show it.
hidden() {
	case $engine in
	postgres) put 004_d.sql "-- Version: 2.0.0
DO \$\$ BEGIN $1; END \$\$;" ;;
	sqlite) put 004_d.sql "-- Version: 2.0.0
CREATE TRIGGER t AFTER INSERT ON a BEGIN $1; END;
INSERT INTO a VALUES (1);" ;;
	esac
}

hidden_rows() {
	three
	hidden 'DELETE FROM schema_version WHERE number = 1'
	refused 'a hidden DELETE' 'deletes the row of version 1\.0\.0'
	hidden "INSERT INTO schema_version (version) VALUES ('3.0.0')"
	refused 'a hidden row beside its own' \
	    'inserts a second row, of version 3\.0\.0, into '
	hidden "INSERT INTO schema_version (version) VALUES ('2.0.0')"
	sqlmigrate apply
	expect_status 0 "$engine: a hidden row that is its own"
	is "$(db_sql "SELECT number, name FROM schema_version
		WHERE version = '2.0.0'")" '4|004_d' "$engine: it is completed"
}

words() {
	db_new
	rm -rf m
	put 001_a.sql "-- Description: It's \"quoted\"; -- 100% \\ $(
	    printf '\033[31m')red
CREATE TABLE a (x INTEGER);"
	sqlmigrate apply
	expect_status 0
	is "$(db_sql 'SELECT description FROM schema_version')" \
	    "It's \"quoted\"; -- 100% \\ $(printf '\033[31m')red" \
	    "$engine: a description is stored as it is"
	sqlmigrate status --json
	expect_stdout_like 'u001b\[31mred' "$engine: and shown escaped"
}

log() {
	three
	put 004_d.sql '-- Version: 2.0.0
-- Author: Ann
-- Date: 2026-01-02
SELECT nonsense;'
	sqlmigrate apply
	expect_status 1
	sqlmigrate rollback
	is "$(db_sql "SELECT action, number, outcome FROM schema_version_log
		ORDER BY id")" 'apply|1|done
apply|2|done
apply|3|done
apply|4|failed
rollback|3|done' "$engine: the log has every run"
	like "$(db_sql "SELECT author, written_on, error
		FROM schema_version_log WHERE number = 4")" \
	    '^Ann\|2026-01-02\|.*nonsense' "$engine: and why it failed"
	is "$(db_sql 'SELECT count(DISTINCT applied_at), count(*)
		FROM schema_version')" '2|2' "$engine: no two rows tie"
}

# A table of that name that is not ours: refused, and left alone.
stranger() {
	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	db_sql "$1"
	sqlmigrate apply
	expect_status 4 "$engine: $2"
	expect_stderr_like "$3"
	expect_stderr_like '^Hint: '
	unlike "$(db_tables)" '^(a|schema_version_log)$' "$engine: $2: nothing run"
}

strangers() {
	stranger 'CREATE TABLE schema_version (version INTEGER)' \
	    'an integer version' 'tern'
	stranger 'CREATE TABLE schema_version (version BIGINT PRIMARY KEY,
		dirty BOOLEAN NOT NULL)' 'a dirty column' 'golang-migrate'
	stranger "CREATE VIEW schema_version AS SELECT '1' AS version" \
	    'a view' 'is a view'
	stranger 'CREATE TABLE schema_version (version VARCHAR(50))' \
	    'no key' 'no primary key'
	stranger 'CREATE TABLE schema_version (version VARCHAR(50) PRIMARY KEY,
		who TEXT NOT NULL)' 'a foreign column' 'column who'
}

# What only PostgreSQL has: schemas, roles, settings.
postgres() {
	engine=postgres
	db_new
	mkdir -p "$tmp/postgres" && cd "$tmp/postgres" || exit 99
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	db_sql 'CREATE SCHEMA app' 'CREATE TABLE app.schema_version
		(version VARCHAR(50) PRIMARY KEY, applied_at TIMESTAMP NOT NULL
		DEFAULT now(), description TEXT)'
	sqlmigrate apply
	expect_status 4 'a table in another schema'
	expect_stderr_like 'stands in schema app'
	expect_stderr_like '^Hint: .*--table app\.schema_version'
	sqlmigrate --table app.schema_version apply
	expect_status 0
	is "$(db_sql 'SELECT number FROM app.schema_version')" 1 \
	    '--table names it'

	db_new
	db_sql "CREATE ROLE poor_$$ LOGIN"
	run "$SQLMIGRATE" -d "postgresql://poor_$$@/$PG_DB?host=$PGHOST" \
	    -m m apply
	expect_status 1 'a role without CREATE on public'
	expect_stderr_like "GRANT USAGE, CREATE ON SCHEMA public TO poor_$$"
	db_sql 'CREATE TABLE schema_version (version VARCHAR(50) PRIMARY KEY,
		applied_at TIMESTAMP NOT NULL DEFAULT now(), description TEXT)' \
	    "GRANT ALL ON schema_version TO poor_$$"
	run "$SQLMIGRATE" -d "postgresql://poor_$$@/$PG_DB?host=$PGHOST" \
	    -m m apply
	expect_status 1 "somebody else's table"
	expect_stderr_like "ALTER TABLE public.schema_version OWNER TO poor_$$"

	# What the hint says about a column of a key works.
	db_new
	db_sql 'CREATE TABLE schema_version (id int PRIMARY KEY,
	    version varchar(50) UNIQUE, applied_at timestamp, description text)' \
	    "INSERT INTO schema_version VALUES (1, '9.9.9', now(), 'old 001_a')"
	sqlmigrate status
	expect_status 4 'a key that sqlmigrate does not know'
	hint=${stderr#*Run: }
	hint=$(printf '%s\n' "$hint" | head -n 1)
	db_sql "${hint%%; if *}" "${hint#*also run: }"
	is "$?" 0 'the commands of its hint run'
	db_sql "INSERT INTO schema_version (version) VALUES ('1')"
	is "$(db_sql "SELECT id FROM schema_version WHERE version = '1'")" 2 \
	    'and rows get a key'
	db_new
	db_sql 'CREATE TABLE schema_version (id text PRIMARY KEY,
	    version varchar(50) UNIQUE, applied_at timestamp, description text)'
	sqlmigrate apply
	expect_stderr_like '^Hint: Use another table.s name with --table\.$'
	sqlmigrate --table other apply
	expect_status 0 'another table for one that cannot count up'

	# The zone of whoever runs it does not matter, nor that of the column.
	for type in timestamp timestamptz; do
		db_new
		rm -rf m
		put 001_a.sql 'SELECT 1;'
		put 002_b.sql 'SELECT 2;'
		put 003_c.sql 'SELECT 3;'
		db_sql "CREATE TABLE schema_version (version varchar(50) PRIMARY KEY,
		    applied_at $type NOT NULL DEFAULT now(), description text)"
		PGTZ=Asia/Kolkata sqlmigrate apply 1
		PGTZ=America/New_York sqlmigrate apply 2
		PGTZ=Asia/Kolkata sqlmigrate plan --sql
		printf "%s\n" "$stdout" >up.sql
		PGTZ=Asia/Tokyo "$PG_BIN/psql" -Xq -d "$PG_DB" -f up.sql
		is "$(PGTZ=UTC pg_sql "SELECT count(*), bool_and(applied_at
		    BETWEEN localtimestamp - interval '10 min' AND localtimestamp),
		    count(DISTINCT applied_at) FROM schema_version
		    WHERE number IS NOT NULL")" '3|t|3' "$type: times are in UTC"
	done

	db_new
	rm -rf m
	put 001_a.sql 'CREATE TABLE a (x INTEGER);'
	db_sql "CREATE ROLE \"Odd-$$\" LOGIN" 'CREATE SCHEMA "Odd app"'
	odd="postgresql://Odd-$$@/$PG_DB?host=$PGHOST"
	run "$SQLMIGRATE" -d "$odd" -m m -t 'Odd app.h' apply
	expect_status 1 'names that need quotes'
	expect_stderr_like "GRANT USAGE, CREATE ON SCHEMA \"Odd app\" TO \"Odd-$$\";"
	run "$SQLMIGRATE" -d "$odd" -m m -t 'Other.h' apply
	expect_status 4
	expect_stderr_like '^Hint: Run: CREATE SCHEMA "Other";'
	sqlmigrate -t 'Other.h' status
	expect_status 4 'nor can what only reads know of a schema that is not'
	sqlmigrate -t 'Odd app.h' apply
	run "$SQLMIGRATE" -d "$odd" -m m -t 'Odd app.h' status
	expect_status 1 'a schema that may not be used'
	expect_stderr_like "^Hint: As postgres run: GRANT USAGE ON SCHEMA \"Odd app\" TO \"Odd-$$\"; GRANT SELECT ON \"Odd app\"\.h TO \"Odd-$$\";\$"
	db_sql "GRANT USAGE ON SCHEMA \"Odd app\" TO \"Odd-$$\""
	run "$SQLMIGRATE" -d "$odd" -m m -t 'Odd app.h' apply
	expect_status 1 'a table that may not be read'
	expect_stderr_like "^Hint: As postgres run: GRANT SELECT ON \"Odd app\"\.h TO \"Odd-$$\";\$"
	db_sql "GRANT SELECT ON ALL TABLES IN SCHEMA \"Odd app\" TO \"Odd-$$\""
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	run "$SQLMIGRATE" -d "$odd" -m m -t 'Odd app.h' apply
	expect_status 1
	expect_stderr_like "^Hint: As postgres run: GRANT INSERT, UPDATE, DELETE ON \"Odd app\"\.h TO \"Odd-$$\";\$"

	db_new
	rm -rf m
	put 001_a.sql "CREATE TABLE a (x INTEGER);
SET TIMEZONE = 'Pacific/Kiritimati';
SET synchronous_commit = off;
CREATE TEMP TABLE schema_version (version TEXT);
SET search_path = pg_temp;
PREPARE p AS SELECT 1;
CREATE ROLE other_$$; GRANT other_$$ TO postgres; SET ROLE other_$$;"
	put 002_b.sql "DO \$\$ BEGIN
	ASSERT current_user = 'postgres';
	ASSERT current_setting('TimeZone') <> 'Pacific/Kiritimati';
	ASSERT current_setting('search_path') LIKE '%public%';
	ASSERT current_setting('synchronous_commit') = 'on';
	ASSERT to_regclass('pg_temp.schema_version') IS NULL;
	ASSERT NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'p');
END \$\$;"
	sqlmigrate apply
	expect_status 0 'what a file sets does not reach the next'
	is "$(db_sql "SELECT count(*), bool_and(applied_at < now()),
		bool_and(applied_at > now() - interval '1 hour')
		FROM public.schema_version")" '2|t|t' \
	    'nor the row of its own'
	put 003_c.sql 'DEALLOCATE ALL; CREATE TABLE c (x INTEGER);'
	put 004_d.sql 'CREATE TABLE d (x INTEGER);'
	sqlmigrate apply
	expect_status 0 'DEALLOCATE ALL in a file does no harm'
}

for_each_engine changed
for_each_engine two_releases
for_each_engine out_of_order
for_each_engine foreign_rows
for_each_engine hidden_rows
for_each_engine words
for_each_engine log
for_each_engine strangers
if has_engine postgres; then postgres; fi
done_testing
