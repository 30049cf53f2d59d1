#!/bin/sh
# Rows whose number no file can have.
# Budget: messages are matched on one line.
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
# shellcheck source=tests/lib/database.sh
. "$top_srcdir/tests/lib/database.sh"

# What is no number of a file, and would not be found again by it.
numbers() {
	one_applied
	for number in -5 999999999999999999999 1.5 "'x'" "x'00ff'" "'01'"; do
		case $engine$number in
		postgres-5 | sqlite*) ;;
		*) continue ;;
		esac
		db_sql "UPDATE schema_version SET number = $number"
		for command in status apply 'rollback --yes' 'repair --yes'; do
			# shellcheck disable=SC2086
			sqlmigrate --lock-wait=1s $command
			case $engine$number in
			"sqlite'01'") expect_status 0 ;; # is 1 there
			*)
				expect_status 4 "$engine: $command: $number"
				expect_stderr_like '^sqlmigrate: the row of version 0\.0\.1 in .*schema_version.* has the number ".*", which no migration can have$'
				;;
			esac
		done
	done
	db_sql 'UPDATE schema_version SET number = NULL'
	sqlmigrate status
	expect_status 0 "$engine: the hint helps"
	[ "$engine" = sqlite ] || return
	# A column that lost its type keeps what it is given.
	one_applied
	db_sql 'CREATE TABLE o AS SELECT * FROM schema_version' \
	    'DROP TABLE schema_version' 'CREATE TABLE schema_version
		(version VARCHAR(50) PRIMARY KEY, applied_at TIMESTAMP NOT NULL
		DEFAULT CURRENT_TIMESTAMP, description, number, name, checksum,
		content_checksum, rollback_checksum, rollback_sql, applied_by,
		duration_ms, origin)' 'INSERT INTO schema_version SELECT * FROM o'
	sqlmigrate apply
	expect_status 0 'sqlite: a column without a type'
	sqlmigrate --lock-wait=1s rollback --all --yes
	expect_status 0 'sqlite: its rows are found again'
	is "$(db_sql 'SELECT count(*) FROM schema_version')" 0
}

for_each_engine numbers
done_testing
