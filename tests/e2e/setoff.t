#!/bin/sh
# Triggers on the history's own tables, which the runner's rows set off.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# trigger EVENT TABLE SQL: the statements that make one.
trigger() {
	case $engine in
	postgres) echo "CREATE FUNCTION set_off() RETURNS trigger
	    LANGUAGE plpgsql SET search_path = public AS \$\$BEGIN $3;
	    RETURN NULL; END\$\$;
	    CREATE TRIGGER g AFTER $1 ON $2
	    FOR EACH ROW EXECUTE FUNCTION set_off();" ;;
	sqlite) echo "CREATE TRIGGER g AFTER $1 ON $2 BEGIN $3; END;" ;;
	esac
}

# not_kept REGEX NAME: apply fails so, and 002 is neither made nor recorded.
not_kept() {
	sqlmigrate apply
	expect_status 1 "$engine: $2"
	expect_stderr_like "$1"
	is "$(db_tables | grep -c '^b$')" 0 "$engine: $2: nothing was kept"
	is "$(db_sql 'SELECT number FROM schema_version')" 1 \
	    "$engine: $2: the history is as it was"
}

gone='DELETE FROM schema_version WHERE number = 2'
older='DELETE FROM schema_version WHERE number = 1'

set_off() {
	not_written='^sqlmigrate: .*the row of .*schema_version.* was not written$'
	deleted='^sqlmigrate: 002_b\.sql deletes the row of version 0\.0\.1 in '

	one_applied
	db_sql "$(trigger INSERT schema_version "$gone")"
	not_kept "$not_written" 'a trigger takes the row back'
	expect_stderr_like '^Hint: Look for a rule or a trigger on that table\.$'
	one_applied
	db_sql "$(trigger INSERT schema_version "$older")"
	not_kept "$deleted" 'a trigger takes an older row'
	expect_stderr_like '^Hint: Mend .*, or a trigger or rule on that table or those beside it\.$'
	one_applied
	db_sql "$(trigger INSERT schema_version_log "$gone")"
	not_kept "$not_written" 'a trigger of the log takes the row'
	one_applied '-- sqlmigrate: no-transaction'
	db_sql "$(trigger INSERT schema_version "$gone")"
	sqlmigrate apply
	expect_status 7 "$engine: without a transaction"
	expect_stderr_like "$not_written"
	one_applied '-- sqlmigrate: no-transaction'
	db_sql "$(trigger DELETE schema_version_journal "$gone")"
	sqlmigrate apply
	expect_status 7 "$engine: a trigger of the journal takes the row"
	expect_stderr_like "$not_written"
	one_applied "$(trigger INSERT schema_version "$gone")"
	not_kept "$not_written" 'a trigger that the file makes itself'
	one_applied
	db_sql "$(trigger INSERT schema_version \
	    'INSERT INTO a VALUES (NEW.number)')"
	sqlmigrate apply
	expect_status 0 "$engine: one that lets the history alone is borne"
	is "$(db_sql 'SELECT x FROM a')" 2 "$engine: and does its work"
	db_sql "$(trigger DELETE schema_version \
	    "UPDATE schema_version SET number = 2 WHERE number = 1" |
	    sed 's/set_off/twist/; s/TRIGGER g/TRIGGER h/; s/set_off/twist/')"
	sqlmigrate rollback
	expect_status 1 "$engine: a trigger that gives the number to another row"
	expect_stderr_like 'the row of version 0\.0\.1 in .*schema_version'
	is "$(db_sql 'SELECT number FROM schema_version ORDER BY 1' | xargs)" \
	    '1 2' "$engine: the row stays"
}

# What is deferred is set off by the end of the transaction alone.
deferred() {
	for how in '' --single-transaction no-transaction; do
		case $how in
		no-*) one_applied '-- sqlmigrate: no-transaction' ;;
		*) one_applied ;;
		esac
		put 003_c.sql 'CREATE TABLE c (x INTEGER);'
		db_sql "CREATE FUNCTION set_off() RETURNS trigger
		    LANGUAGE plpgsql SET search_path = public
		    AS \$\$BEGIN $gone; RETURN NULL; END\$\$" \
		    'CREATE CONSTRAINT TRIGGER g AFTER INSERT ON schema_version
		    DEFERRABLE INITIALLY DEFERRED
		    FOR EACH ROW EXECUTE FUNCTION set_off()'
		# shellcheck disable=SC2086
		sqlmigrate apply ${how%no-transaction}
		case $how in
		no-*) expect_status 7 'deferred, without a transaction' ;;
		*) expect_status 1 "deferred: $how" ;;
		esac
		expect_stderr_like 'the row of .*schema_version'
		is "$(db_sql 'SELECT number FROM schema_version')" 1 \
		    'the history is as it was'
		is "$(db_tables | grep -c '^c$')" 0 'nothing goes on'
	done
}

# A statement whose entry was swallowed would run again.
journal() {
	one_applied '-- sqlmigrate: no-transaction'
	put 002_b.sql '-- sqlmigrate: no-transaction' \
	    'INSERT INTO a VALUES (1);' 'VACUUM;' 'SELECT nosuch;'
	db_swallow INSERT schema_version_journal
	for command in apply 'apply --resume'; do
		# shellcheck disable=SC2086
		sqlmigrate $command
		expect_status 1 "$engine: $command: a trigger of the journal"
		expect_stderr_like '^sqlmigrate: .*the row of .*schema_version_journal.* was not written$'
	done
	is "$(db_sql 'SELECT count(*) FROM a')" 0 "$engine: nothing was kept"
}

for_each_engine set_off
for_each_engine journal
if has_engine postgres; then
	engine=postgres
	deferred
fi
done_testing
