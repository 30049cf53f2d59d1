#!/bin/sh
# The schema as text, and whether it is still what it was.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

fresh() {
	db_new
	rm -rf m
	p=
	[ "$engine" = sqlite ] || p=public.
	put 001_a.sql 'CREATE TABLE a (x INTEGER NOT NULL, y TEXT);' \
	    'CREATE VIEW v AS SELECT x' 'FROM a;'
	put 001_a_rollback.sql 'DROP VIEW v; DROP TABLE a;'
	put 002_b.sql 'CREATE TABLE b (x INTEGER);'
	put 002_b_rollback.sql 'DROP TABLE b;'
}

dumped() {
	fresh
	sqlmigrate apply
	sqlmigrate dump
	expect_status 0
	expect_stderr ''
	case $engine in
	postgres) expect_stdout_like '^-- sqlmigrate dump of PostgreSQL [0-9]+$' ;;
	sqlite) expect_stdout_like '^-- sqlmigrate dump of SQLite 3$' ;;
	esac
	expect_stdout_like "^table ${p}a\$"
	expect_stdout_like "^  column ${p}a\\.x\$"
	expect_stdout_like '^      not null$'
	expect_stdout_unlike schema_version "$engine: not our own tables"
	printf '%s\n' "$stdout" >one
	first=$DB_URL
	db_new
	sqlmigrate apply
	"$SQLMIGRATE" -d "$DB_URL" dump >two
	ok "$engine: two databases, one dump" cmp one two
	# Into it, and back to the one it came from.
	"$SQLMIGRATE" -d "$first" -m m verify --against two >out
	is "$?" 0 "$engine: nothing differs"
}

against() {
	fresh
	sqlmigrate apply
	"$SQLMIGRATE" -d "$DB_URL" dump >was
	db_sql 'ALTER TABLE a ADD COLUMN z INTEGER;' 'DROP TABLE b;' \
	    'CREATE TABLE c (x INTEGER);'
	sqlmigrate verify --against was
	expect_status 8
	like "$stdout" "^    table ${p}b is missing\$" "$engine: what is missing"
	like "$stdout" "^    column ${p}a\\.z is not in the dump\$" \
	    "$engine: what is new"
	like "$stdout" "^    table ${p}c is not in the dump\$" "$engine: a table"
	expect_stdout_like '^error: the schema differs from was$'
	expect_stdout_unlike '- was ' "$engine: no sign, no legend"
	db_sql 'ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7;'
	"$SQLMIGRATE" -d "$DB_URL" dump >earlier.txt
	db_sql 'ALTER TABLE a DROP COLUMN y' \
	    'ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 8;'
	sqlmigrate verify --against earlier.txt
	like "$(printf '%s\n' "$stdout" | head -1)" '^    - earlier\.txt  \+ database$' \
	    "$engine: what the signs mean"
	db_sql 'ALTER TABLE a DROP COLUMN y'
	sqlmigrate --json verify --against was
	expect_status 8
	expect_stdout_like '^\{"event":"difference","number":null,"name":null,"after":null,"kind":"table","identity":"'"${p}b"'","new_identity":null,'
	sqlmigrate verify --against nosuch
	expect_status 2
	for bad in 'nothing' "$(head -n 1 was)
what is this" "$(head -n 1 was)
  column a.b" "$(head -n 1 was)
    type: integer"; do
		printf '%s\n' "$bad" >bad
		sqlmigrate verify --against bad
		expect_status 2
		expect_stderr_like '^sqlmigrate: bad'
	done
}

# A dump is read as it was written, whatever names there are.
names() {
	db_new
	rm -rf m
	mkdir m
	db_sql 'CREATE TABLE "a b" ("c
d" INTEGER, "e\f" TEXT);' 'CREATE TABLE "column order x" (y INTEGER);'
	"$SQLMIGRATE" -d "$DB_URL" dump >was
	sqlmigrate verify --against was
	expect_status 0
	db_sql 'DROP TABLE "a b";'
	sqlmigrate verify --against was
	expect_status 8
}

# Roles whose names need quotes, and what was granted on by them.
grantees() {
	db_new
	rm -rf m
	mkdir m
	db_sql 'CREATE ROLE "Odd ""one"' 'CREATE ROLE drift_2' \
	    'CREATE TABLE a (x INTEGER)' \
	    'GRANT SELECT ON a TO "Odd ""one" WITH GRANT OPTION' \
	    'SET ROLE "Odd ""one"; GRANT SELECT ON a TO drift_2'
	sqlmigrate dump
	expect_status 0
	expect_stdout_like 'SELECT\*? .*TO "Odd ""one"$'
	expect_stdout_like 'SELECT TO drift_2 BY "Odd ""one"$'
	db_sql 'DROP TABLE a' 'DROP ROLE "Odd ""one"' 'DROP ROLE drift_2'
}

# What editors and hooks do to a file that is kept.
blanks() {
	db_new
	psql -q -d "$DB_URL" -c "CREATE FUNCTION f() RETURNS integer
		LANGUAGE sql AS '

		SELECT 1;

		'" -c "COMMENT ON FUNCTION f() IS 'one

		two'"
	rm -rf m
	mkdir m
	sqlmigrate dump
	expect_stdout_unlike ' $' 'no line ends in a blank'
	printf '%s\n' "$stdout" >was
	sed 's/^[a-z]/\n&/' was >spaced
	for file in was spaced; do
		sqlmigrate verify --against "$file"
		expect_status 0
	done
}

fingerprint() {
	fresh
	sqlmigrate init
	rm -f sqlmigrate.conf
	sqlmigrate verify --schema
	expect_status 8
	expect_stdout_like '^error: no run has logged a sum of the schema$'
	sqlmigrate --fingerprint yes apply 001
	is "$(db_sql "SELECT length(checksum) FROM schema_version_log
		WHERE action = 'fingerprint'")" 64 "$engine: once for the run"
	sqlmigrate verify --schema
	expect_status 0
	sqlmigrate --fingerprint yes apply 001
	is "$(db_sql "SELECT count(*) FROM schema_version_log
		WHERE action = 'fingerprint'")" 1 "$engine: not where nothing was done"
	db_sql 'CREATE TABLE extra (x INTEGER)'
	sqlmigrate verify
	expect_status 0 "$engine: only where it is asked for"
	sqlmigrate verify --schema
	expect_status 8
	expect_stdout_like '^error: the schema is not what the last run left at '
	db_sql 'DROP TABLE extra'
	sqlmigrate verify --schema
	expect_status 0
	sqlmigrate apply
	sqlmigrate verify --schema
	expect_status 8
	expect_stdout_like '^error: a run that logged no sum has changed the schema since '
	sqlmigrate --fingerprint yes rollback
	sqlmigrate verify --schema
	expect_status 0
	db_sql "UPDATE schema_version_log SET name = 'Other 9.1'
	    WHERE action = 'fingerprint'"
	sqlmigrate verify --schema
	expect_status 8 "$engine: a sum of another server"
	expect_stdout_like '^error: the sum of the schema was logged on Other 9\.1, this is (PostgreSQL|SQLite) [0-9.]+: they cannot be compared$'
	# What files and database disagree about is graver.
	put 001_a.sql 'CREATE TABLE other (x INTEGER);'
	db_sql 'CREATE TABLE extra (x INTEGER)'
	sqlmigrate verify --schema
	expect_status 4
}

# A dump is kept by version control, where a secret must not get.
secrets() {
	db_new
	pg_sql "ALTER DATABASE \"$PG_DB\" SET app.jwt_secret = 'hunter22'" \
	    "ALTER DATABASE \"$PG_DB\" SET work_mem = '5MB'"
	sqlmigrate dump
	expect_stdout_like '^setting app\.jwt_secret$'
	expect_stdout_like '^    value: hashed [0-9a-f]{8}$'
	expect_stdout_like '^    value: 5MB$'
	is "$(printf '%s' "$stdout" | grep -c hunter22)" 0 'no secret is dumped'
}

# KiB, at most, that a command took.
peak() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}

# A definition as long as the schema takes no more memory than it is long.
large() {
	db_new
	pg_sql "DO \$\$ DECLARE name text; all_names text[]; BEGIN
		FOR i IN 1..3000 LOOP
			name := rpad('t' || i || '_', 60, 'x');
			EXECUTE format('CREATE TABLE %I ()', name);
			all_names := all_names || name;
		END LOOP;
		EXECUTE 'CREATE PUBLICATION p FOR TABLE ' ||
			array_to_string(all_names, ', ');
		END \$\$" 2>/dev/null
	sqlmigrate dump
	is "$(printf '%s\n' "$stdout" | grep -c '^    table: ')" 3000 \
	    'a publication of 3000 tables'
	used=$(peak "$SQLMIGRATE" -d "$DB_URL" dump)
	ok "it is dumped in $used KiB" test "$used" -lt 65536
}

for_each_engine dumped
for_each_engine against
for_each_engine names
for_each_engine fingerprint
if has_engine postgres; then
	engine=postgres
	mkdir "$tmp/pg" && cd "$tmp/pg" || exit 99
	blanks
	grantees
	secrets
	large
fi
done_testing
